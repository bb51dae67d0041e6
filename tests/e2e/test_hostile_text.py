"""Documents full of markup, scripts and formulas: none is active in the lake, in the report, or in CSV."""

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pypdfium2
import pytest
from markdown_it import MarkdownIt

from e2e.house import House, results
from market_research.industries import Company, ResearchRequest

KEY = "hostile"
MARKUP = '<script>alert(1)</script><img src=x onerror=alert(2)><a href="javascript:alert(3)">tag</a>'
LINKS = "[click](javascript:alert(4)) ![pic](data:text/html,alert) [far](https://evil.example/x) <javascript:alert(5)>"
COMPANY = f"Elder {MARKUP}"
ITEM = (
    "<item><title>{escaped}</title><link>javascript:alert(6)</link><pubDate>Mon, 0{n} Mar 2025 08:00:00 GMT</pubDate>"
    "<description>Alder said on {escaped} {links} that its demand for timber rose by 12 percent in 2024 because new "
    "mills were opened.</description></item>"
)
RUNS = re.compile(r"(?i)\b(?:javascript|vbscript):\S|\bdata:[a-z]+/[\w.+-]+[;,]")


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


class Elements(HTMLParser):
    """Elements with their attributes as a parser of HTML finds them, in all places or in those below the body."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, models_folder: Path) -> House:
    """A finished edition whose request, companies, titles, files and texts all hold markup."""
    root = tmp_path_factory.mktemp("hostile") / "home"
    root.mkdir()
    (root / "models").symlink_to(models_folder)
    house = House(root)
    companies = (*(Company(name=name) for name in ("Alder", "Birch", "Cedar", "Dogwood")), Company(name=COMPANY))
    title = f"Timber {MARKUP} [click](javascript:alert(4))"
    house.workspace.registry.add(ResearchRequest(industry=KEY, title=title, companies=companies, definition=MARKUP))
    quoted = COMPANY.replace('"', '""')
    rows = "".join(f'"{quoted}",{year},{3_000 + year},{250}\n' for year in range(2021, 2025))
    house.write(KEY, "results.csv", results() + rows)
    items = "".join(ITEM.format(escaped=escaped(MARKUP), links=escaped(LINKS), n=n) for n in range(1, 6))
    head = f'<rss version="2.0"><channel><title>{escaped(MARKUP)} jo@example.com</title>'
    house.write(KEY, "news.rss", f"{head}{items}</channel></rss>")
    house.write(KEY, "page.html", f"<title>{escaped(MARKUP + LINKS)}</title><p onclick=alert(7)>Birch "
                f"{escaped(MARKUP)} plans to build a mill in 2025 and expects that it will double output.</p>"
                f"{MARKUP}")  # fmt: skip
    house.write(KEY, "note.md", f"# {MARKUP}\n\nCedar said that {LINKS} prices fell by 3 percent in 2024.\n")
    house.write(KEY, "cells.json", json.dumps([{"company": "=1+1", "year": "2020", "note": MARKUP, "delta": -5}] * 2))
    house.write(KEY, "<img src=x onerror=alert(8)>.csv", "company,year,revenue\nAlder,never,5\n")
    hints = {name: {"title": MARKUP + LINKS, "publisher": MARKUP, "url": "javascript:alert(9)", "licence": MARKUP}
             for name in ("results.csv", "note.md")}  # fmt: skip
    house.write(KEY, "sources.yaml", json.dumps(hints))
    (ran,) = house.run(KEY)
    assert ran.edition_id
    return house


def stored(house: House) -> Iterator[str]:
    for text, heading in house.query("SELECT text, heading FROM passages"):
        yield from (text, heading or "")
    for (record,) in house.query("SELECT record FROM table_rows"):
        for key, value in json.loads(record).items():
            yield from (key, value or "")
    for row in house.query("SELECT entity, metric, concept, dimensions FROM facts WHERE document_id IS NOT NULL"):
        yield from (value for value in row if value)
    for (title,) in house.query("SELECT title FROM documents UNION ALL SELECT title FROM document_versions"):
        yield title


def test_what_is_stored_as_text_holds_no_markup_and_no_personal_data(house: House) -> None:
    texts = [*stored(house)]
    assert len(texts) > 50
    for text in texts:
        assert Elements(text).found == []
        assert not RUNS.search(text)
        assert "jo@example.com" not in text


def test_the_html_report_runs_nothing(house: House) -> None:
    page = house.report(KEY)["html"].decode()
    elements = Elements(page).found
    assert len(elements) > 100
    for tag, attributes in elements:
        assert tag not in ("script", "iframe", "object", "embed", "form", "base"), tag
        assert not [name for name in attributes if name.startswith("on")], attributes
        link = attributes.get("href") or "#"
        assert link.startswith(("#", "https://", "http://")), link
        assert tag != "img" or str(attributes.get("src")).startswith("data:image/svg+xml;base64,")
    assert "evil.example" not in " ".join(str(a.get("href")) for _, a in elements)


def test_the_markdown_report_holds_only_its_own_links_and_anchors(house: House) -> None:
    text = house.report(KEY)["md"].decode().split("\n---\n", 1)[1]
    tokens = MarkdownIt("commonmark", {"html": True, "linkify": False}).enable("table").parse(text)
    inner = [token for block in tokens for token in (block, *(block.children or ()))]
    targets = [str(token.attrs.get("href", token.attrs.get("src", "#"))) for token in inner]
    assert len([target for target in targets if target != "#"]) > 20
    assert [target for target in targets if not target.startswith("#")] == []
    own = re.compile(r'</?(?:a|sup|sub)(?: id="[\w-]+")?>')
    assert [
        t.content for t in inner if t.type in ("html_inline", "html_block") and own.sub("", t.content).strip()
    ] == []
    assert not [token for token in inner if token.type == "image"]


def test_the_word_report_links_only_to_its_own_places(house: House) -> None:
    with zipfile.ZipFile(io.BytesIO(house.report(KEY)["docx"])) as archive:
        relations = "".join(archive.read(name).decode() for name in archive.namelist() if name.endswith(".rels"))
        fields = re.findall(r"<w:instrText[^>]*>([^<]*)", archive.read("word/document.xml").decode())
    assert re.findall(r'TargetMode="External"[^>]*|Target="(?!https?:)[a-z]+:[^"]*"', relations) == []
    assert [field for field in fields if not re.match(r"\s*(?:PAGE|NUMPAGES|TOC|PAGEREF|REF|SEQ)\b", field)] == []


def test_the_pdf_report_opens_nothing(house: House) -> None:
    content = house.report(KEY)["pdf"]
    assert b"/JavaScript" not in content
    assert b"/Launch" not in content
    assert re.findall(rb"/URI\s*\((?!https?:)", content) == []
    text = " ".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(content))
    assert "Alder" in text


def test_csv_of_the_warehouse_holds_no_formula_but_the_values_themselves_on_demand(house: House) -> None:
    query = "SELECT json_extract_string(record, '$.company') AS c, -5 AS d FROM table_rows WHERE record LIKE '%delta%'"
    shown = [*csv.reader(io.StringIO(house.cli("sql", query, "--format", "csv").stdout))]
    assert shown == [["c", "d"], ["'=1+1", "-5"], ["'=1+1", "-5"]]
    raw = [*csv.reader(io.StringIO(house.cli("sql", query, "--format", "csv-raw").stdout))]
    assert raw[1] == ["=1+1", "-5"]
