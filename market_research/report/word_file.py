"""The Word file around the content: page, styles, header and footer, and a ZIP without a clock in it."""

import io
import zipfile
from datetime import UTC, datetime
from typing import Any

from market_research.report.model import Report
from market_research.report.word_xml import INK, MUTED, field, run, tab

SANS = "Calibri"
SERIF = "Georgia"
# 210 mm less the margins, in twentieths of a point.
TEXT_WIDTH = 9070
_STYLES: dict[str, tuple[str, str, float, str, bool, float, float]] = {
    # name: base, font, size, colour, bold, space before, space after
    "Title": ("Normal", SERIF, 30, "FFFFFF", False, 0, 8),
    "Subtitle": ("Normal", SANS, 13, "D6DFE8", False, 0, 20),
    "Heading 1": ("Normal", SERIF, 21, INK, False, 22, 8),
    "Heading 2": ("Normal", SANS, 12, "0F6B74", True, 12, 4),
    "Caption": ("Normal", SANS, 10, INK, True, 12, 4),
    "Quote": ("Normal", SERIF, 12, INK, False, 8, 8),
    "List Bullet": ("Normal", SANS, 10, INK, False, 0, 4),
    "Report Note": ("Normal", SANS, 7.5, MUTED, False, 3, 10),
    "Report Cell": ("Normal", SANS, 8, INK, False, 0, 0),
    "Report Text": ("Normal", SANS, 9.5, INK, False, 0, 2),
    "Report Ledger": ("Normal", SANS, 7, INK, False, 0, 0),
    "Report Gap": ("Normal", SANS, 9.5, "3C4858", False, 8, 8),
    "Report Lead": ("Normal", SANS, 9, MUTED, False, 0, 8),
    "TOC 1": ("Normal", SANS, 10.5, INK, True, 4, 0),
    "TOC 2": ("Normal", SANS, 9.5, MUTED, False, 0, 0),
}


def new_document(report: Report) -> Any:
    """An empty document with the report's page, styles, header, footer and properties."""
    import docx
    from docx.shared import Mm

    document = docx.Document()
    _styles(document)
    page = document.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.left_margin = page.right_margin = Mm(25)
    page.top_margin, page.bottom_margin = Mm(26), Mm(22)
    page.header_distance, page.footer_distance = Mm(13), Mm(11)
    page.different_first_page_header_footer = True
    _edges(page, report)
    made = datetime(report.as_of.year, report.as_of.month, report.as_of.day, tzinfo=UTC)
    properties = document.core_properties
    properties.title, properties.subject = report.title[:255], report.subtitle[:255]
    properties.author = properties.last_modified_by = "market_research"
    properties.keywords, properties.category = f"edition {report.edition_id}"[:255], report.industry[:255]
    properties.comments, properties.language, properties.identifier = "", "en", report.edition_id[:255]
    properties.created = properties.modified = made
    properties.last_printed = made
    properties.revision = 1
    return document


def _styles(document: Any) -> None:
    from docx.enum.style import WD_STYLE_TYPE
    from docx.oxml.ns import qn
    from docx.shared import Pt, RGBColor

    styles = document.styles
    normal = styles["Normal"]
    _font(normal, SANS)
    normal.font.size, normal.font.color.rgb = Pt(10), RGBColor.from_string(INK)
    normal.paragraph_format.space_after, normal.paragraph_format.line_spacing = Pt(6), 1.2
    names = {style.name for style in styles}
    for name, (base, font, size, colour, bold, before, after) in _STYLES.items():
        style = styles[name] if name in names else styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        if name not in ("Heading 1", "Heading 2", "Title", "List Bullet"):
            style.base_style = styles[base]
        _font(style, font)
        style.font.size, style.font.bold, style.font.italic = Pt(size), bold, False
        style.font.color.rgb = RGBColor.from_string(colour)
        style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(before), Pt(after)
        style.paragraph_format.line_spacing = 1.1 if "Report" in name or "Heading" in name or name == "Title" else 1.2
        for border in style.element.findall(f".//{qn('w:pBdr')}"):
            border.getparent().remove(border)
    styles["Heading 1"].paragraph_format.keep_with_next = True
    styles["Quote"].paragraph_format.left_indent = Pt(16)
    styles["Report Gap"].paragraph_format.left_indent = Pt(10)
    styles["TOC 2"].paragraph_format.left_indent = Pt(18)


def _font(style: Any, name: str) -> None:
    """Set the font by name and drop the theme's, which would win."""
    from docx.oxml.ns import qn

    style.font.name = name
    fonts = style.element.rPr.rFonts
    for key in list(fonts.attrib):
        if "heme" in key:
            del fonts.attrib[key]
    for key in ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia"):
        fonts.set(qn(key), name)


def _edges(page: Any, report: Report) -> None:
    """Running header with the title and the section, footer with the edition and "n / N"."""
    stops = "".join(f'<w:tab w:val="clear" w:pos="{position}"/>' for position in (4320, 4680, 8640, 9360))
    stop = f'<w:pPr><w:tabs>{stops}<w:tab w:val="right" w:pos="{TEXT_WIDTH}"/></w:tabs></w:pPr>'
    title = report.title if len(report.title) <= 70 else report.title[:69] + "…"
    top = run(title, size=8, colour=MUTED) + tab() + field('STYLEREF "Heading 1"', "", colour="0F6B74")
    edition = run(f"As of {report.as_of.isoformat()} · edition {report.edition_id}", size=7.5, colour=MUTED)
    bottom = edition + tab() + field("PAGE", "1", bold=True) + run(" / ") + field("NUMPAGES", "1", bold=True)
    for edge, content in ((page.header, top), (page.footer, bottom)):
        edge.is_linked_to_previous = False
        old = edge.paragraphs[0]._p
        old.addprevious(parse(f"<w:p>{stop}{content}</w:p>"))
        old.getparent().remove(old)


def parse(xml: str) -> Any:
    """One element of WordprocessingML from its string."""
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    head, rest = xml.split(">", 1) if not xml.split(">", 1)[0].endswith("/") else (xml[:-2], None)
    return parse_xml(f"{head} {nsdecls('w')}/>" if rest is None else f"{head} {nsdecls('w')}>{rest}")


def add_picture(document: Any, paragraph: Any, name: str, png: bytes, svg: bytes, width: float, alt: str) -> None:
    """Put a picture into ``paragraph``: the PNG for every program, the SVG for those that can show it."""
    from docx.opc.constants import RELATIONSHIP_TYPE
    from docx.opc.packuri import PackURI
    from docx.opc.part import Part
    from docx.oxml import parse_xml
    from docx.oxml.ns import qn
    from docx.shared import Pt

    paragraph.add_run().add_picture(io.BytesIO(png), width=Pt(width))
    drawing = paragraph._p.find(f".//{qn('wp:inline')}")
    described = drawing.find(qn("wp:docPr"))
    described.set("descr", alt)
    described.set("name", name)
    text = svg.decode()
    part = Part(
        PackURI(f"/word/media/{name}.svg"),
        "image/svg+xml",
        b'<?xml version="1.0" encoding="UTF-8"?>\n' + text[text.index("<svg") :].encode(),
        document.part.package,
    )
    related = document.part.relate_to(part, RELATIONSHIP_TYPE.IMAGE)
    drawing.find(f".//{qn('a:blip')}").append(
        parse_xml(
            '<a:extLst xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main">'
            '<a:ext uri="{96DAC541-7B7A-43D3-8B79-37D633B846F1}">'
            '<asvg:svgBlip xmlns:asvg="http://schemas.microsoft.com/office/drawing/2016/SVG/main" '
            'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
            f'r:embed="{related}"/></a:ext></a:extLst>'
        )
    )


def packed(document: Any) -> bytes:
    """The file's bytes, its members in a fixed order with a fixed date."""
    raw = io.BytesIO()
    document.save(raw)
    out = io.BytesIO()
    with zipfile.ZipFile(raw) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as target:
        for name in sorted(source.namelist(), key=lambda n: (n != "[Content_Types].xml", n)):
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type, entry.external_attr, entry.create_system = zipfile.ZIP_DEFLATED, 0o600 << 16, 3
            target.writestr(entry, source.read(name))
    return out.getvalue()
