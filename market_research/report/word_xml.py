"""WordprocessingML as strings: runs, links, paragraphs and tables, every text escaped on its way in."""

from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape, quoteattr

ACCENT = "0F6B74"
INK = "14233A"
MUTED = "5B6675"
LINE = "D5DAE1"
WASH = "F4F6F8"


def run(
    text: str,
    *,
    bold: bool = False,
    italic: bool = False,
    colour: str | None = None,
    size: float | None = None,
    raised: bool = False,
    style: str | None = None,
    caps: bool = False,
    font: str | None = None,
) -> str:
    """A run of text."""
    looks = "".join(
        (
            f"<w:rStyle w:val={quoteattr(style)}/>" if style else "",
            f"<w:rFonts w:ascii={quoteattr(font)} w:hAnsi={quoteattr(font)} w:cs={quoteattr(font)}/>" if font else "",
            "<w:b/>" if bold else "",
            "<w:i/>" if italic else "",
            "<w:caps/>" if caps else "",
            f'<w:color w:val="{colour}"/>' if colour else "",
            f'<w:sz w:val="{round(size * 2)}"/><w:szCs w:val="{round(size * 2)}"/>' if size else "",
            '<w:vertAlign w:val="superscript"/>' if raised else "",
        )
    )
    return f'<w:r>{f"<w:rPr>{looks}</w:rPr>" if looks else ""}<w:t xml:space="preserve">{escape(text)}</w:t></w:r>'


def tab() -> str:
    """A tab."""
    return "<w:r><w:tab/></w:r>"


def field(instruction: str, shown: str, *, bold: bool = False, colour: str | None = None) -> str:
    """A field with the result that shows until the reader's program works it out."""
    return f"<w:fldSimple w:instr={quoteattr(f' {instruction} ')}>{run(shown, bold=bold, colour=colour)}</w:fldSimple>"


def link(anchor: str, content: str, hint: str = "") -> str:
    """A link to a bookmark; ``content`` is made of runs."""
    tip = f" w:tooltip={quoteattr(hint[:250])}" if hint else ""
    return f'<w:hyperlink w:anchor={quoteattr(anchor)} w:history="1"{tip}>{content}</w:hyperlink>'


class Bookmarks:
    """Hands out the numbers that bookmarks must have, in order."""

    def __init__(self) -> None:
        self._next = 0

    def around(self, name: str, content: str) -> str:
        """``content`` with a bookmark around it."""
        self._next += 1
        return (
            f'<w:bookmarkStart w:id="{self._next}" w:name={quoteattr(name)}/>{content}'
            f'<w:bookmarkEnd w:id="{self._next}"/>'
        )


def paragraph(content: str, style: str | None = None, *, align: str | None = None, keep: bool = False) -> str:
    """A paragraph of runs; ``keep`` holds it on the page of what follows."""
    looks = "".join(
        (
            f"<w:pStyle w:val={quoteattr(style)}/>" if style else "",
            "<w:keepNext/>" if keep else "",
            f'<w:jc w:val="{align}"/>' if align else "",
        )
    )
    return f"<w:p>{f'<w:pPr>{looks}</w:pPr>' if looks else ''}{content}</w:p>"


def cell(
    content: str | Iterable[str],
    *,
    width: int | None = None,
    fill: str | None = None,
    span: int = 1,
    top: str | None = None,
) -> str:
    """A table cell of paragraphs; ``width`` in twentieths of a point."""
    looks = "".join(
        (
            f'<w:tcW w:w="{width}" w:type="dxa"/>' if width else '<w:tcW w:w="0" w:type="auto"/>',
            f'<w:gridSpan w:val="{span}"/>' if span > 1 else "",
            f'<w:tcBorders><w:top w:val="single" w:sz="12" w:space="0" w:color="{top}"/></w:tcBorders>' if top else "",
            f'<w:shd w:val="clear" w:color="auto" w:fill="{fill}"/>' if fill else "",
        )
    )
    body = content if isinstance(content, str) else "".join(content)
    return f"<w:tc><w:tcPr>{looks}</w:tcPr>{body or '<w:p/>'}</w:tc>"


def row(cells: Iterable[str], *, header: bool = False, height: int = 0) -> str:
    """A row that is never split; a header is repeated on every page; ``height`` is the least it takes."""
    tall = f'<w:trHeight w:val="{height}" w:hRule="atLeast"/>' if height else ""
    looks = "<w:cantSplit/>" + tall + ("<w:tblHeader/>" if header else "")
    return f"<w:tr><w:trPr>{looks}</w:trPr>{''.join(cells)}</w:tr>"


def table(
    rows: Sequence[str], widths: Sequence[int], *, rules: bool = True, margin: int = 70, fixed: bool = True
) -> str:
    """A table as wide as its columns together, with hairlines between the rows."""
    line = f'w:val="single" w:sz="4" w:space="0" w:color="{LINE}"'
    none = 'w:val="nil"'
    borders = (
        f"<w:tblBorders><w:top {line if rules else none}/><w:left {none}/><w:bottom {line if rules else none}/>"
        f"<w:right {none}/><w:insideH {line if rules else none}/><w:insideV {none}/></w:tblBorders>"
    )
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    return (
        f'<w:tbl><w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/>{borders}'
        f'<w:tblLayout w:type="{"fixed" if fixed else "autofit"}"/>'
        f'<w:tblCellMar><w:top w:w="30" w:type="dxa"/><w:left w:w="{margin}" w:type="dxa"/>'
        f'<w:bottom w:w="30" w:type="dxa"/><w:right w:w="{margin}" w:type="dxa"/></w:tblCellMar>'
        f"</w:tblPr><w:tblGrid>{grid}</w:tblGrid>{''.join(rows)}</w:tbl>"
    )
