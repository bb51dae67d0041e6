"""A report in five formats: they open, their links lead somewhere, outside text stays text, bytes repeat."""

import hashlib
import io
import json
import logging
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from market_research.report.ledger import cut
from market_research.report.model import Evidence, Report
from market_research.report.pdf import to_pdf
from market_research.report.plain import clean, safe_link
from market_research.report.render import FORMATS, render
from market_research.report.view import View, decimal_padding
from tests.report.sample import HOSTILE, report

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "templates"
REPORT = report(30, small=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("reports") / "edition"
    records: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: records.append(record.getMessage())  # type: ignore[method-assign]
    logging.getLogger("weasyprint").addHandler(handler)
    written = render(REPORT, target, templates=TEMPLATES)
    logging.getLogger("weasyprint").removeHandler(handler)
    assert set(written) == set(FORMATS)
    assert records == [], "nothing failed, and no link of the PDF leads nowhere"
    return target


def _html(folder: Path):  # type: ignore[no-untyped-def]
    from lxml import html

    return html.fromstring((folder / "report.html").read_bytes())


def _pdf_text(folder: Path) -> str:
    import pypdfium2

    document = pypdfium2.PdfDocument(folder / "report.pdf")
    return "\n".join(page.get_textpage().get_text_range() for page in document)


def _cells() -> list[str]:
    return [
        cell.text
        for section in REPORT.sections
        for block in section.blocks
        if block.type == "table"
        for row in block.rows
        for cell in row
    ]


def test_all_formats_are_there_and_open(folder: Path) -> None:
    import docx

    assert sorted(path.name for path in folder.iterdir()) == sorted(f"report.{name}" for name in FORMATS)
    assert Report.model_validate_json((folder / "report.json").read_text(encoding="utf-8")) == REPORT
    assert docx.Document(str(folder / "report.docx")).core_properties.title == REPORT.title
    assert REPORT.title.split(":")[0] in _pdf_text(folder)
    assert (folder / "report.pdf").read_bytes().startswith(b"%PDF-")


def test_every_link_of_the_html_leads_to_one_place(folder: Path) -> None:
    page = _html(folder)
    ids = [element.get("id") for element in page.iter() if isinstance(element.tag, str) and element.get("id")]
    assert len(ids) == len(set(ids))
    targets = {a.get("href")[1:] for a in page.iter("a") if a.get("href").startswith("#")}
    assert targets <= set(ids)
    cited = {
        n for s in REPORT.sections for b in s.blocks if b.type == "paragraph" for x in b.sentences for n in x.cites
    }
    assert {f"e{n}" for n in cited} <= targets
    back = {
        n: {a.get("href")[1:] for a in page.get_element_by_id(f"e{n}").iter("a")} & {f"c{m}" for m in cited}
        for n in cited
    }
    assert all(back.values()), "the appendix leads back"
    assert {f"src{s.number}" for s in REPORT.sources} <= set(ids)


def test_citations_of_the_pdf_are_links_with_targets(folder: Path) -> None:
    import ctypes

    import pypdfium2
    import pypdfium2.raw as pdfium

    document = pypdfium2.PdfDocument(folder / "report.pdf")
    inside, outside = 0, []
    for page in document:
        position, link = ctypes.c_int(0), pdfium.FPDF_LINK()
        while pdfium.FPDFLink_Enumerate(page, position, link):
            action = pdfium.FPDFLink_GetAction(link)
            if pdfium.FPDFLink_GetDest(document, link):
                inside += 1
            elif pdfium.FPDFAction_GetType(action) == pdfium.PDFACTION_URI:
                text = ctypes.create_string_buffer(500)
                pdfium.FPDFAction_GetURIPath(document, action, text, 500)
                outside.append(text.value.decode())
            else:
                pytest.fail("a link that leads nowhere")
    # Citations, contents and the appendix's links: at least two for each entry that is cited.
    assert inside > 2 * len(REPORT.evidence)
    assert outside
    assert all(uri.startswith("https://example.org/") for uri in outside)
    assert len(list(document.get_toc())) >= len(REPORT.sections) + 2
    assert b"/JavaScript" not in (folder / "report.pdf").read_bytes()


def test_the_html_needs_nothing_else(folder: Path) -> None:
    page = _html(folder)
    assert not list(page.iter("script", "img", "link", "iframe", "object", "embed", "base"))
    assert not [e for e in page.iter() if isinstance(e.tag, str) and any(k.startswith("on") for k in e.attrib)]
    links = [a.get("href") for a in page.iter("a")]
    assert all(link.startswith(("#", "https://", "http://")) for link in links)
    css = page.find(".//style").text
    assert "@import" not in css
    assert "url(" not in css
    assert re.search(r"\.figure[^{]*\{[^}]*break-inside: avoid", css), "figures must not break"
    assert "table-header-group" in css


def test_tables_and_charts_survive_in_every_format(folder: Path) -> None:
    import docx

    page = _html(folder)
    in_html = {"".join(td.itertext()) for td in page.iter("td")}
    document = docx.Document(str(folder / "report.docx"))
    in_word = {t.text for t in document.element.body.iter(f"{{{document.element.nsmap['w']}}}t")}
    markdown = re.sub(r"\\(.)", r"\1", (folder / "report.md").read_text(encoding="utf-8"))
    pdf = re.sub(r"\s", "", _pdf_text(folder))
    for text in _cells():
        assert text in in_html
        assert text in in_word
        if text != HOSTILE:
            assert text.replace("&", "&amp;") in markdown
            assert re.sub(r"\s", "", text) in pdf
    figures = [b for s in REPORT.sections for b in s.blocks if b.type == "figure"]
    assert len(page.findall(".//svg[@class='chart']")) == len(figures)
    with zipfile.ZipFile(folder / "report.docx") as word:
        assert sum(name.endswith(".png") for name in word.namelist()) == len(figures)
        assert word.read("word/document.xml").decode().count("<a:blip ") == len(figures)
    for figure in figures:
        assert f"Figure {figure.number}." in markdown
        assert figure.chart.series[0].name in markdown or figure.chart.kind == "scatter"
    assert "383" in pdf, "the values printed in a chart are text of the PDF"


def test_word_links_lead_to_bookmarks(folder: Path) -> None:
    with zipfile.ZipFile(folder / "report.docx") as word:
        body = word.read("word/document.xml").decode()
        assert {entry.date_time for entry in word.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    names = re.findall(r'<w:bookmarkStart [^>]*w:name="([^"]+)"', body)
    assert len(names) == len(set(names))
    assert set(re.findall(r'w:anchor="([^"]+)"', body)) <= set(names)
    assert {f"e{e.number}" for e in REPORT.evidence} <= set(names)
    assert body.count("<w:tblHeader") >= 3
    assert 'w:val="Heading1"' in body
    assert "TOC \\o" in body


def test_hostile_text_stays_text_in_markdown(folder: Path) -> None:
    from markdown_it import MarkdownIt

    text = (folder / "report.md").read_text(encoding="utf-8").split("---\n", 2)[2]
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(text)
    flat = [t for token in tokens for t in (token, *(token.children or []))]
    links = [t.attrs["href"] for t in flat if t.type == "link_open"]
    assert links
    assert all(str(link).startswith(("#", "https://")) for link in links)
    raw = {t.content for t in flat if t.type in ("html_inline", "html_block")}
    assert all(re.fullmatch(r'(<a id="[\w-]+">)?(</a>)?|</?su[bp]>', r.strip()) for r in raw), raw
    assert not [t for t in flat if t.type == "image"]
    assert sum(t.type == "table_open" for t in flat) > 5


@pytest.mark.parametrize(
    "html", ["<img src=file:///etc/passwd>", "<link rel=stylesheet href='http://127.0.0.1:9/x.css'>", "<p style='background:url(file:///etc/hosts)'>x"]
)  # fmt: skip
def test_the_pdf_fetches_nothing(html: str) -> None:
    from weasyprint.urls import FatalURLFetchingError

    with pytest.raises(FatalURLFetchingError):
        to_pdf(html, "ed-1")


def test_links_are_only_made_to_web_addresses() -> None:
    assert safe_link("https://example.org/a?b=1&c=2") == "https://example.org/a?b=1&c=2"
    refused = "javascript:alert(1)| https://x.org|file:///etc/passwd|data:text/html,x|//x.org|inbox/a.csv"
    for uri in (*refused.split("|"), "https://x.org/<script>", "HTTPS://", "http://[bad"):
        assert safe_link(uri) is None


def test_text_is_cleaned_of_what_no_document_may_hold() -> None:
    assert clean("a\x00b\x1b[31m\u202egnp.exe\u2028\n  c") == "ab[31mgnp.exe c"
    assert clean("12\u00a0% – ≥ 3") == "12\u00a0% – ≥ 3"


def test_a_folder_with_the_same_bytes_is_left_alone_and_another_replaced(folder: Path) -> None:
    before = {path.name: path.stat().st_ino for path in folder.iterdir()}
    render(REPORT, folder, templates=TEMPLATES)
    assert {path.name: path.stat().st_ino for path in folder.iterdir()} == before
    (folder / "stray.txt").write_text("x")
    render(REPORT, folder, templates=TEMPLATES)
    assert set(before) == {path.name for path in folder.iterdir()}
    assert [path for path in folder.parent.iterdir() if path != folder] == [], "nothing is left beside it"


def test_the_same_report_gives_the_same_bytes_in_another_process(folder: Path, tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from tests.report.sample import report; "
        "from market_research.report.render import render; "
        f"render(report(30, small=True), Path('there/again'), templates=Path({str(TEMPLATES)!r}))"
    )
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    environment = {
        **os.environ,
        "PYTHONHASHSEED": "4711",
        "PYTHONPATH": str(ROOT),
        "TZ": "Asia/Tokyo",
        "SOURCE_DATE_EPOCH": "1",
    }
    subprocess.run([sys.executable, "-c", code], cwd=elsewhere, env=environment, check=True, timeout=120)
    for name in FORMATS:
        pair = [(place / f"report.{name}").read_bytes() for place in (folder, elsewhere / "there/again")]
        assert hashlib.sha256(pair[0]).hexdigest() == hashlib.sha256(pair[1]).hexdigest(), name


def _cited(*numbers: int) -> View:
    view = View(report(80, small=True))
    view.place = 3
    view.cite(numbers)
    return view


def test_citations_are_ranges_and_not_more_than_six_items() -> None:
    shown = View(report(80, small=True)).cite((31, 32, 33, 34, 35, 40, 41))
    assert "".join(c.text + c.joint for c in shown) == "31–35, 40, 41"
    assert [c.covers for c in shown] == [(31, 32, 33, 34), (35,), (40,), (41,)]
    shown = View(report(80, small=True)).cite(tuple(range(1, 40, 2)))
    assert "".join(c.text + c.joint for c in shown) == "1, 3, 5, 7, 9, …"
    assert shown[-1].number == 11
    assert shown[-1].covers == tuple(range(11, 40, 2)), "nothing is out of reach"
    assert View(report(80, small=True)).cite((999,)) == [], "what is not in the appendix is no link"


def test_every_entry_leads_back_to_the_citation_that_shows_it() -> None:
    view = _cited(4, 5, 6, 9)
    assert {n: view.marked[n] for n in (4, 5, 6, 9)} == {4: (3, "c4"), 5: (3, "c4"), 6: (3, "c6"), 9: (3, "c9")}
    assert [c.anchor for c in view.cite((5, 9, 10))] == [None, None, "c10"]


def test_inputs_in_a_row_share_a_paragraph() -> None:
    entries = [
        Evidence(number=n, kind="fact", id=f"f{n}", subject=f"Company {n}", label="revenue", exact=f"{n} USD",
                 period="2018-01-01 to 2018-12-31", source_number=1, locator=f'row {n}, column "revenue"')
        for n in range(1, 6)
    ] + [
        Evidence(number=6, kind="fact", id="f6", subject="All", label="sum", period="FY2018", exact="15 USD",
                 formula="a * b - c", inputs=(1, 2, 3, 4, 5))
    ]  # fmt: skip
    view = View(REPORT.model_copy(update={"evidence": tuple(entries)}))
    view.cite((6,))
    inputs, derived = view.appendix()
    assert [line.number for line in inputs] == [1, 2, 3, 4, 5]
    assert (inputs[0].where, inputs[0].place, inputs[0].period) == ('column "revenue"', "row 1", "2018")
    assert inputs[0].users == ((6, 6),)
    assert (derived[0].inputs, derived[0].formula, derived[0].back) == ([(1, 5)], "a × b − c", "c6")
    assert cut("$.facts.us-gaap.Revenues.units.USD[2]", 20) == "$.facts.us…ts.USD[2]"


def test_pages_named_in_the_pdf_are_where_things_stand(folder: Path) -> None:
    import pypdfium2

    document = pypdfium2.PdfDocument(folder / "report.pdf")
    texts = [page.get_textpage().get_text_range() for page in document]
    contents = texts[1]
    assert "Contents" in contents
    assert "How to read this report" in contents, "the contents fit on one page"
    named = re.findall(r"(Recommendations|Evidence|Sources)[ .]+(\d+)", contents)
    assert len(named) == 3
    for title, number in named:
        assert title in texts[int(number) - 1]
        assert texts[int(number) - 1].rstrip().endswith(number), "pages are numbered through"
    backs = re.findall(r"^(\d+) .*p\. (\d+)", texts[int(dict(named)["Evidence"]) - 1], re.MULTILINE)
    assert len(backs) > 20
    for number, page in backs:
        assert re.search(rf"\b{number}\b", texts[int(page) - 1])


def test_what_a_killed_run_left_is_removed(tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    dead, living = (tmp_path / f".ed_2.{pid}-0a1b.tmp" for pid in (gone.pid, os.getpid()))
    for scratch in (dead, living):
        (scratch / "new").mkdir(parents=True)
    render(REPORT, tmp_path / "ed_1", templates=TEMPLATES)
    assert {path.name for path in tmp_path.iterdir()} == {"ed_1", living.name}


def test_decimals_are_padded_to_one_line() -> None:
    from market_research.report.model import Cell, Sentence, Table, TableColumn

    rows = tuple((Cell(text="x"), Cell(text=text)) for text in ("1,234.5", "−12", "n/a", "3.25"))
    columns = (TableColumn(label="Name"), TableColumn(label="Value", align="right"))
    table = Table(key="t", number=1, title=Sentence(claim_id="c", text="T", cites=()), columns=columns, rows=rows)
    assert [row[1] for row in decimal_padding(table)] == [0.58, 1.4, 0.0, 0.0]


def test_json_is_indented_and_utf8(folder: Path) -> None:
    raw = (folder / "report.json").read_bytes()
    assert "“We depend" in raw.decode()
    assert json.loads(io.BytesIO(raw).read())["edition_id"] == REPORT.edition_id
