"""Markup, scripts and links that run something, in texts where only words belong: they never become active again.

Readers of HTML leave all of that out already. What remains is text that spells it: cells of tables, fields of JSON,
plain text, and pages that show it as an example. Tags go, the words between them stay, and what only begins like a tag
gets a blank that makes it text for every browser. The raw document keeps its bytes.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from market_research.cleaning.schema import Table

JSON_COLUMNS = frozenset({"record"})
# Elements of HTML, of the JATS tags that publishers use in abstracts, and of MathML.
ELEMENTS = (
    "abbr|address|article|aside|audio|blockquote|body|br|button|canvas|caption|cite|code|dd|del|details|dfn|div|dl|dt|"
    "em|embed|figure|font|footer|form|h[1-6]|head|header|hr|html|iframe|img|input|ins|kbd|label|li|link|main|mark|math|"
    "meta|nav|noscript|object|ol|option|param|picture|pre|samp|script|section|select|small|source|span|strike|strong|"
    "style|sub|summary|sup|svg|table|tbody|td|template|textarea|tfoot|th|thead|time|title|tr|tt|ul|var|video|wbr|"
    "bold|italic|sec|sc|list|list-item|inline-formula|disp-formula|tex-math|xref|ext-link|"
    "jats:[\\w-]+|mml:\\w+|m(?:row|i|n|o|sup|sub|frac|text|subsup|over|under|sqrt|table|tr|td)"
)
# A short name may be a variable in a comparison (``n<p and q>r``): only with attributes or at once closed is it a tag.
TAG = re.compile(
    rf"</?(?:{ELEMENTS})(?=[\s/>])[^<>]*>|</?[abipqsu](?:\s+[\w:-]+\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s\"'<>]+))*\s*/?>",
    re.I,
)
INLINE = re.compile(
    r"</?(?:a|abbr|b|bold|cite|code|del|em|font|i|ins|italic|kbd|mark|q|s|sc|small|span|strong|sub|sup|tt|u"
    r"|jats:(?:bold|italic|su[bp]))\b",
    re.I,
)
_OPENING = re.compile(r"<(?=[A-Za-z/!?])")
# With one of these in it, what begins like a tag is not a comparison.
_ACTIVE = re.compile(rf"<[/!?]|<(?:{ELEMENTS})\b|\bon[a-z]+\s*=|\b(?:javascript|vbscript|data)\s*:", re.I)
_TARGET = r"(?:javascript|vbscript|data|file)\s*:(?:[^()\s]|\([^()\s]*\))*"
_MARKDOWN_LINK = re.compile(rf"!?\[([^\[\]]*)\]\(\s*<?{_TARGET}[^()]*\)", re.I)
_SCHEME = re.compile(r"\b(javascript|vbscript):(?=\S)|\b(data):(?=[a-z]+/[\w.+-]+[;,])", re.I)
# Rust's regular expressions: texts without any of this need no second look.
CANDIDATE = r"(?i)<[a-z/!?]|script:\S|data:[a-z]+/|\]\(\s*<?\s*file:"


def neutral(text: str) -> str:
    """The text without tags and without links that run something; its words stay, and so do comparison signs.

    >>> neutral('A <b onclick="x()">bold</b> claim, n<p')
    'A bold claim, n<p'
    """
    changed = "<" in text
    while changed:
        # What stood around a tag may be one itself once that is gone.
        made = TAG.sub(lambda tag: "" if INLINE.match(tag[0]) else " ", text)
        changed, text = made != text, made
    if "<" in text and _ACTIVE.search(text):
        text = _OPENING.sub("< ", text)
    if ":" in text:
        text = _MARKDOWN_LINK.sub(r"\1", text)
        text = _SCHEME.sub(lambda scheme: f"{scheme[1] or scheme[2]} :", text)
    return text


def tidy(text: str) -> str:
    """The same with the blanks that tags left behind made one; a text without any stays as it is."""
    made = neutral(text)
    return text if made == text else re.sub(" {2,}", " ", made).strip()


def neutral_json(record: str) -> str:
    """The same for the names and values of a JSON object of texts."""
    made: dict[str, str | None] = {}
    for key, value in json.loads(record).items():
        name = tidy(key)
        while name in made:
            name += "_"
        made[name] = tidy(value) if isinstance(value, str) else value
    return json.dumps(made, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Neutralised:
    """In how many texts of one column there was markup, and the first place."""

    field: str
    count: int
    locator: str


def neutral_frame(table: Table, frame: pl.DataFrame, *columns: str) -> tuple[pl.DataFrame, list[Neutralised]]:
    """A registered table's rows with the texts of some columns neutral, and what was changed.

    ``frame`` has the table's columns; its ``locator`` says where.
    """
    found: list[Neutralised] = []
    for column in columns:
        marked = frame.filter(pl.col(column).str.contains(CANDIDATE))
        if marked.is_empty():
            continue
        making: Callable[[str], str] = neutral_json if column in JSON_COLUMNS else tidy
        made = {text: making(text) for text in marked[column].unique()}
        made = {text: after for text, after in made.items() if after != text}
        changed = marked.filter(pl.col(column).is_in([*made]))
        if made:
            frame = frame.with_columns(pl.col(column).replace(made))
            found.append(Neutralised(f"{table.name}.{column}", changed.height, changed["locator"][0]))
    return frame, found
