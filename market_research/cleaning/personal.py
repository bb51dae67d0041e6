"""Personal data in text from outside, replaced by the name of its kind wherever the registry says a column may hold it.

Only what its form proves is replaced: checksums decide on cards and bank accounts, and a telephone number has to be
written as one. Amounts, dates, register and accession numbers stay. The raw document keeps its bytes.
"""

import ipaddress
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import polars as pl

from market_research.cleaning.schema import Table

JSON_COLUMNS = frozenset({"record"})
"""Columns whose texts are JSON objects of texts: only the values are looked at."""

CANDIDATE = (
    r"@|\+\d|\d{3}\)?[-. ]{1,2}\d{3}[-. ]\d{4}|\d{3}-\d{2}-\d{4}|[2-6]\d{12}|\d{4}[ -]\d{4}[ -]\d{4}|\d{4}[ -]\d{6}"
    r"|[A-Z]{2}\d{2} ?[A-Z0-9]{4}|\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}|[0-9a-fA-F]{0,4}:[0-9a-fA-F]{0,4}:"
)
_EMAIL = re.compile(
    r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])"
)
_INTERNATIONAL = re.compile(
    r"(?<![\w.+])\+(?:[1-9]\d{7,14}|[1-9]\d{0,2}(?:[ .-]?\(\d{1,4}\))?(?:(?:[ -]\d{2,8}){1,5}|(?:\.\d{2,4}){2,5}))"
    r"(?!\w|[.,]\d)"
)
_NATIONAL = re.compile(
    r"(?<![\w.$€£-])(?:1[-. ])?(?:\([2-9]\d{2}\)[ -]?[2-9]\d{2}[-. ]\d{4}|[2-9]\d{2}([-.])[2-9]\d{2}\1\d{4})"
    r"(?![\w-]|[.,]\d)"
)
_SPOKEN = re.compile(
    r"\b(?:tel|telephone|phone|mobile|cell|fax|call)\b[^\d\n]{0,20}((?:1 )?[2-9]\d{2} [2-9]\d{2} \d{4})"
    r"(?![\w-]|[.,]\d)",
    re.I,
)
_SOCIAL_SECURITY = re.compile(r"(?<![\w.-])(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\w-])")
_CARD = re.compile(
    r"(?<![\w.,$€£+-])(?:[2-6]\d{3}([ -])\d{4}\1\d{4}\1\d{4}|3[47]\d{2}([ -])\d{6}\2\d{5}|[2-6]\d{12,18})"
    r"(?![\w-]|[.,]\d)"
)
_IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}")
_IPV4 = re.compile(r"(?<![\w.])(\d{1,3})(?:\.\d{1,3}){3}(?![\w]|\.\d)")
_IPV6 = re.compile(r"(?<![\w:.])(?:[0-9a-fA-F]{0,4}:){2,7}[0-9a-fA-F]{0,4}(?![\w:]|\.\d)")
_NUMBERED = re.compile(r"(?:\bv|version|release|section|item|exhibit|note|§|no\.)\s*$", re.I)
# Length of a bank account's number by country: it says where one ends in running text.
_IBAN_LENGTHS = {
    code: int(length)
    for length, codes in {
        "15": "NO", "16": "BE", "18": "DK FI FO GL NL SD", "19": "MK SI", "20": "AT BA EE KZ LT LU XK",
        "21": "CH CR HR LI LV", "22": "BG BH DE GB GE IE ME RS", "23": "AE GI IL IQ OM TL",
        "24": "AD CZ ES MD PK RO SA SE SK TN VG",
        "25": "LY PT ST", "26": "IS TR", "27": "BI DJ FR GR IT MC MR SM", "28": "AL AZ BY CY DO GT HU LB NI PL SV",
        "29": "BR EG PS QA UA", "30": "JO KW MU", "31": "MT SC", "32": "LC", "33": "RU",
    }.items()
    for code in codes.split()
}  # fmt: skip
_CARD_FORM = re.compile(
    r"4\d{12}(?:\d{3})?(?:\d{3})?|5[1-5]\d{14}|2(?:2[2-9]|[3-6]\d|7[01])\d{13}|3[47]\d{13}|6(?:011|5\d\d|4[4-9]\d)\d{12}"
)

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of personal data and how its places in a text are found."""

    name: str
    places: Callable[[str], Iterator[Span]]


def _all(pattern: re.Pattern[str]) -> Callable[[str], Iterator[Span]]:
    return lambda text: (match.span() for match in pattern.finditer(text))


def _emails(text: str) -> Iterator[Span]:
    return _all(_EMAIL)(text) if "@" in text else iter(())


def _phones(text: str) -> Iterator[Span]:
    for match in _INTERNATIONAL.finditer(text):
        digits = sum(char.isdigit() for char in match[0])
        groups = re.split(r"[ .-]", match[0])[1:]
        thousands = bool(groups) and all(len(group) == 3 for group in groups)
        if 8 <= digits <= 15 and not (thousands and ("." in match[0] or digits < 10)):
            yield match.span()
    yield from _all(_NATIONAL)(text)
    for match in _SPOKEN.finditer(text):
        yield match.span(1)


def _cards(text: str) -> Iterator[Span]:
    for match in _CARD.finditer(text):
        digits = re.sub(r"\D", "", match[0])
        if _CARD_FORM.fullmatch(digits) and luhn(digits):
            yield match.span()


def luhn(digits: str) -> bool:
    """Whether the last digit is the check digit that payment cards carry."""
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits)))
    return sum(value // 10 + value % 10 for value in doubled) % 10 == 0


def _accounts(text: str) -> Iterator[Span]:
    for match in _IBAN.finditer(text):
        length = _IBAN_LENGTHS.get(match[0][:2])
        if length is None:
            continue
        taken, end = "", match.start()
        while end < match.end() and len(taken) < length:
            taken += text[end].strip()
            end += 1
        if len(taken) == length and not text[end : end + 1].isalnum() and mod_97(taken):
            yield match.start(), end


def mod_97(account: str) -> bool:
    """Whether an international bank account number has the right check digits."""
    return int("".join(str(int(char, 36)) for char in account[4:] + account[:4])) % 97 == 1


def _addresses(text: str) -> Iterator[Span]:
    for match in (*_IPV4.finditer(text), *_IPV6.finditer(text)):
        try:
            address = ipaddress.ip_address(match[0])
        except ValueError:
            continue
        if not address.is_unspecified and not _NUMBERED.search(text[max(0, match.start() - 12) : match.start()]):
            yield match.span()


KINDS = (
    Kind("e-mail", _emails),
    Kind("bank account", _accounts),
    Kind("card", _cards),
    Kind("social security number", _all(_SOCIAL_SECURITY)),
    Kind("phone", _phones),
    Kind("IP address", _addresses),
)


def redact(text: str) -> tuple[str, Counter[str]]:
    """The text with every piece of personal data replaced by its kind in brackets, and how many of each there were."""
    counts: Counter[str] = Counter()
    found = True
    while found:
        # What stood beside one of them may be seen for another once that is gone.
        found = False
        for kind in KINDS:
            spans = list(kind.places(text))
            for start, end in sorted(spans, reverse=True):
                text = f"{text[:start]}[{kind.name}]{text[end:]}"
            counts[kind.name] += len(spans)
            found |= bool(spans)
    return text, +counts


def redact_json(record: str) -> tuple[str, Counter[str]]:
    """The same for the values of a JSON object of texts."""
    counts: Counter[str] = Counter()
    made: dict[str, str | None] = {}
    for key, value in json.loads(record).items():
        made[key], found = redact(value) if isinstance(value, str) else (value, Counter[str]())
        counts += found
    return (json.dumps(made, ensure_ascii=False), counts) if counts else (record, counts)


@dataclass(frozen=True, slots=True)
class Redaction:
    """How often one kind was replaced in one column, and the first place."""

    field: str
    kind: str
    count: int
    locator: str


def redact_frame(table: Table, frame: pl.DataFrame) -> tuple[pl.DataFrame, list[Redaction]]:
    """A registered table's rows with its personal columns redacted, and what was replaced.

    ``frame`` has the table's columns; its ``locator`` says where.
    """
    found: list[Redaction] = []
    for column in table.columns:
        if not column.personal or frame.is_empty():
            continue
        marked = frame.with_row_index("_at").filter(pl.col(column.name).str.contains(CANDIDATE))
        if marked.is_empty():
            continue
        replacing = redact_json if column.name in JSON_COLUMNS else redact
        counts: Counter[str] = Counter()
        first: dict[str, str] = {}
        changed: dict[int, str] = {}
        for at, text, locator in marked.select("_at", column.name, "locator").iter_rows():
            changed[at], here = replacing(text)
            counts += here
            for kind in here:
                first.setdefault(kind, locator)
        if counts:
            texts = pl.Series(
                column.name, [changed.get(at, text) for at, text in enumerate(frame[column.name])], pl.String
            )
            frame = frame.with_columns(texts)
        found += [
            Redaction(f"{table.name}.{column.name}", kind, count, first[kind]) for kind, count in sorted(counts.items())
        ]
    return frame, found
