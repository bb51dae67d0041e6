"""PDF files: text by page, and every way in which they fail."""

import pytest

from market_research.errors import UnreadableDocument
from market_research.sources.locate import excerpt
from market_research.sources.parse import parse

PASSWORD = b"""%%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj
4 0 obj<</Filter/Standard/V 1/R 2/P -4/O<%s>/U<%s>>>endobj
trailer<</Root 1 0 R/Size 5/Encrypt 4 0 R/ID[<00><00>]>>
%%%%EOF
""" % (b"41" * 32, b"42" * 32)


@pytest.fixture(scope="module")
def report() -> bytes:
    from weasyprint import HTML

    pages = "".join(
        f"<h1>Chapter {i}</h1><p>The market grew by {i} percent.</p><p>Prices fell.</p>"
        '<div style="break-after: page"></div>'
        for i in range(1, 4)
    )
    return bytes(HTML(string=f"<title>Chip market</title>{pages}").write_pdf())


def test_text_is_read_by_page(report: bytes) -> None:
    parsed = parse(report, "report.pdf")
    assert parsed.title == "Chip market"
    assert "The market grew by 2 percent." in " ".join(
        block.text for block in parsed.blocks if block.locator.startswith("page 2,")
    )
    for block in parsed.blocks:
        assert block.text in (excerpt(report, "report.pdf", block.locator) or "")


@pytest.mark.parametrize("part", [0.2, 0.5, 0.9])
def test_a_truncated_file_is_unreadable(report: bytes, part: float) -> None:
    with pytest.raises(UnreadableDocument, match=r"cut\.pdf: .*(truncated|damaged)"):
        parse(report[: int(len(report) * part)], "cut.pdf")


def test_a_file_with_a_password_is_unreadable() -> None:
    with pytest.raises(UnreadableDocument, match=r"secret\.pdf: protected by a password"):
        parse(PASSWORD, "secret.pdf")


def test_a_file_without_text_is_unreadable() -> None:
    from weasyprint import HTML

    with pytest.raises(UnreadableDocument, match=r"scan\.pdf: the PDF holds no text"):
        parse(bytes(HTML(string="<p></p>").write_pdf()), "scan.pdf")
