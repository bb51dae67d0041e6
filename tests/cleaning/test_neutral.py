"""Markup in texts from outside: gone or inert wherever only words belong, in whatever format it came."""

import io
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser

import docx
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from market_research.cleaning.neutral import neutral, neutral_json
from market_research.cleaning.stage import Staged, stage
from market_research.cleaning.titles import clean
from market_research.sources.parse import parse

ATTACK = (
    '<script>alert(1)</script><img src=x onerror="a<b"> <a href="javascript:alert(1)">click</a> '
    "[here](javascript:alert(2)) ![pic](data:text/html;base64,AAAA) <svg onload=alert(3)>"
)
ESCAPED = ATTACK.replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
RUNS = re.compile(r"(?i)\b(?:javascript|vbscript):\S|\bdata:[a-z]+/[\w.+-]+[;,]")


class Tags(HTMLParser):
    """Collects what a parser of HTML takes for an element with attributes, or for one that acts by itself."""

    ACTING = frozenset("script style iframe object embed svg img form input link meta base a video audio math".split())

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self.ACTING or any(name.startswith("on") for name, _ in attrs):
            self.found.append(self.get_starttag_text() or tag)


def staged(content: bytes, name: str) -> Staged:
    return stage(parse(content, name), industry="chips", document_id="doc_0123456789abcdef", uri=name)


def texts(made: Staged) -> Iterator[str]:
    yield from made.passages["text"]
    yield from made.passages["heading"].drop_nulls()
    for column in ("entity", "metric", "concept", "dimensions"):
        yield from made.facts[column].drop_nulls()
    for record in made.table_rows["record"]:
        for key, value in json.loads(record).items():
            yield from (key, value or "")
    yield made.title or ""


def word() -> bytes:
    document = docx.Document()
    document.core_properties.title = f"Title {ATTACK}"
    document.add_heading(f"Head {ATTACK}")
    document.add_paragraph(f"Sales grew. {ATTACK}")
    table = document.add_table(2, 3)
    for column, text in enumerate(("company", "year", f"revenue {ATTACK}")):
        table.cell(0, column).text = text
    for column, text in enumerate((f"Alpha {ATTACK}", "2020", "5")):
        table.cell(1, column).text = text
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


QUOTED = ATTACK.replace('"', '""')
DOCUMENTS = {
    "page.html": f"<title>Title {ESCAPED}</title><body onload=alert(1)><h1>Head {ESCAPED}</h1><p>Sales grew. {ATTACK} "
    f"{ESCAPED}</p><table><tr><th>company</th><th>year</th><th>revenue {ESCAPED}</th></tr><tr><td>Alpha {ESCAPED}</td>"
    "<td>2020</td><td>5</td></tr></table>",
    "news.rss": f'<rss version="2.0"><channel><title>{ESCAPED}</title><item><title>{ESCAPED}</title><link>javascript:x'
    f"()</link><description>Sales grew. {ESCAPED.replace('&', '&amp;')}</description></item></channel></rss>",
    "rows.csv": f'company,year,revenue,note\n"Alpha {QUOTED}",2020,10,"{QUOTED}"\nBeta,2020,11,fine\n',
    "rows.json": json.dumps([{"company": f"A {ATTACK}", "year": 2020, "revenue": 3, f"note {ATTACK}": ATTACK}] * 2),
    "lines.jsonl": json.dumps({"company": f"A {ATTACK}", "year": 2020, "revenue": 3, "note": ATTACK}) + "\n",
    "note.md": f"# Head {ATTACK}\n\nSales grew. {ATTACK}\n\n| a | b |\n|---|---|\n| {ATTACK} | 1 |\n",
    "note.txt": f"Sales grew in 2020 and people were glad about it.\n\nThen {ATTACK}\n",
}


@pytest.mark.parametrize("name", [*DOCUMENTS, "report.docx"])
def test_no_markup_of_any_format_reaches_storage_as_markup(name: str) -> None:
    made = staged(word() if name == "report.docx" else DOCUMENTS[name].encode(), name)
    found = [*texts(made)]
    assert any("click" in text for text in found)
    assert [text for text in found if Tags(text).found or RUNS.search(text)] == []


def test_what_was_removed_is_flagged_with_its_place() -> None:
    made = staged(DOCUMENTS["rows.csv"].encode(), "rows.csv")
    flags = made.quality_flags.filter(flag="markup").select("field", "what", "strategy", "count", "locator").rows()
    assert ("table_rows.record", "tags or links", "removed", 1, "row 2") in flags
    assert "facts.entity" in {flag[0] for flag in flags}


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("A <b onclick=\"x()\">bold</b> claim", "A bold claim"),
        ("Prices < 5 and n<p and q>r, R&D <3", "Prices < 5 and n<p and q>r, R&D <3"),
        ("<scr<b>ipt>alert(1)</scr</b>ipt>", " alert(1) "),
        ("[a](javascript:f(1)) and [b](https://b.example)", "a and [b](https://b.example)"),
        ("see javascript:void(0) and data:text/html,x", "see javascript :void(0) and data :text/html,x"),
        ("JavaScript: the language; data: the oil", "JavaScript: the language; data: the oil"),
        ("<x onmouseover=f()>hover", "< x onmouseover=f()>hover"),
        ("plain words", "plain words"),
    ],
)  # fmt: skip
def test_words_and_comparisons_stay(text: str, made: str) -> None:
    assert neutral(text) == made


def test_names_of_fields_that_become_the_same_are_told_apart() -> None:
    assert json.loads(neutral_json('{"<b>a</b>": "1", "a": "<i>2</i>"}')) == {"a": "1", "a_": "2"}


def test_titles_lose_markup_and_personal_data() -> None:
    assert clean("<b>Call</b> jo@example.com") == "Call [e-mail]"


PIECES = st.sampled_from(
    ["<", ">", "</", "script", "img ", "svg ", "on", "error=", "x", '"', "'", "b", "a ", "href=", "javascript", ":",
     "(", ")", "[", "]", "!", "data:text/html,", " ", "&lt;", "/", "style", "iframe", "=", "\n"]
)  # fmt: skip


@settings(max_examples=400)
@example(["<", "svg ", "on", "error=", "x", "\n", ">"])
@given(st.lists(PIECES, max_size=14))
def test_nothing_active_remains_and_a_second_time_changes_nothing(pieces: list[str]) -> None:
    made = neutral("".join(pieces))
    assert Tags(made).found == []
    assert not RUNS.search(made)
    assert neutral(made) == made


def test_many_beginnings_of_tags_take_no_more_than_their_length() -> None:
    for text in ("<script>" * 20_000, "<a x='" * 20_000, "[](" * 20_000, "<b><" * 20_000, "javascript:(" * 20_000):
        neutral(text)
