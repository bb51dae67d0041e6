"""Personal data in text from outside: replaced by their kind, and nothing else with them."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market_research.cleaning import personal
from market_research.cleaning.schema import PASSAGES, QUALITY_FLAGS, QUARANTINE, TABLE_ROWS, TABLES
from market_research.cleaning.stage import Staged, stage
from market_research.sources.parse import parse
from market_research.sources.parsed import Block, Parsed, Reject, Row

DOCUMENT = "doc_0123456789abcdef"


def staged(parsed: Parsed) -> Staged:
    return stage(
        parsed, industry="chips", document_id=DOCUMENT, uri="a.txt", quarantined_at=datetime(2025, 3, 1, tzinfo=UTC)
    )


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("Write to Jo.Doe+x@mail.example.co.uk today.", "Write to [e-mail] today."),
        ("Call (408) 996-1010 or 408-996-1010.", "Call [phone] or [phone]."),
        ("Tel: 408 996 1010", "Tel: [phone]"),
        (
            "Ring +44 20 7946 0958, +14155552671 or +49 (30) 901820 or +49 30 901820.",
            "Ring [phone], [phone] or [phone] or [phone].",
        ),
        ("SSN 123-45-6789.", "SSN [social security number]."),
        ("Card 4111 1111 1111 1111, 378282246310005", "Card [card], [card]"),
        ("IBAN GB82 WEST 1234 5698 7654 32 AND more", "IBAN [bank account] AND more"),
        ("From 192.168.10.7 and 2001:db8::8a2e:370:7334", "From [IP address] and [IP address]"),
    ],
)
def test_each_kind_is_replaced(text: str, redacted: str) -> None:
    assert personal.redact(text)[0] == redacted


@pytest.mark.parametrize(
    "text",
    [
        "Accession 0000320193-24-000123, CIK 0000320193, file 001-36743, IRS 94-2404110, CUSIP 037833100.",
        "Revenue of $4,111,111,111 against 4111111111111112 units; +12,345,678 and +1.234.567.890.",
        "From 2021-01-02 to 2022-12-31 at 12:30:45, 2021 2022 2023 2024.",
        "+12.5% and +1234567.89, 1.10.2.3.4 as well as version 10.2.3.4, 200.100.4000 in all.",
        "ISBN 978-3-16-148410-0, ISIN US0378331005, 10-K405, 555-1234.",
        "10 000 000 000, 123 456 7890 and 1234-5678",
    ],
)
def test_numbers_that_are_nobodys_stay(text: str) -> None:
    assert personal.redact(text) == (text, {})


def _with_check_digit(digits: str) -> str:
    return next(digits + check for check in "0123456789" if personal.luhn(digits + check))


@st.composite
def cards(draw: st.DrawFn) -> str:
    start, length = draw(st.sampled_from([("4", 16), ("51", 16), ("55", 16), ("34", 15), ("37", 15), ("6011", 16)]))
    digits = _with_check_digit(
        start + draw(st.text("0123456789", min_size=length - len(start) - 1, max_size=length - len(start) - 1))
    )
    mark = draw(st.sampled_from(["", " ", "-"]))
    groups = [4, 6, 5] if length == 15 else [4, 4, 4, 4]
    return mark.join(digits[sum(groups[:i]) : sum(groups[: i + 1])] for i in range(len(groups)))


@st.composite
def accounts(draw: st.DrawFn) -> str:
    country, size = draw(st.sampled_from([("DE", 18), ("FR", 23), ("GB", 18), ("NO", 11), ("MT", 27)]))
    letters = "0123456789" if country in {"DE", "NO"} else "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    body = draw(st.text(letters, min_size=size, max_size=size))
    account = next(
        f"{country}{check:02}{body}" for check in range(2, 99) if personal.mod_97(f"{country}{check:02}{body}")
    )
    if draw(st.booleans()):
        return " ".join(account[at : at + 4] for at in range(0, len(account), 4))
    return account


PHONES = st.one_of(
    st.from_regex(r"\([2-9][0-9]{2}\) [2-9][0-9]{2}-[0-9]{4}", fullmatch=True),
    st.from_regex(r"[2-9][0-9]{2}-[2-9][0-9]{2}-[0-9]{4}", fullmatch=True),
    st.from_regex(r"\+[1-9][0-9]{9,13}", fullmatch=True),
    st.from_regex(r"\+4[0-9] [1-9][0-9] [0-9]{4} [0-9]{4}", fullmatch=True),
)
NUMBERS = st.from_regex(r"[0-8][0-9]{2}-[0-9]{2}-[0-9]{4}", fullmatch=True).filter(
    lambda text: not text.startswith(("000", "666")) and text[4:6] != "00" and text[7:] != "0000"
)
ADDRESSES = st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)).filter(lambda a: not a.is_unspecified).map(str)
PIECES = st.one_of(
    st.emails().map(lambda text: ("e-mail", text)),
    PHONES.map(lambda text: ("phone", text)),
    cards().map(lambda text: ("card", text)),
    accounts().map(lambda text: ("bank account", text)),
    NUMBERS.map(lambda text: ("social security number", text)),
    ADDRESSES.map(lambda text: ("IP address", text)),
)
WORDS = st.lists(st.sampled_from("the revenue of 2024 grew by 12 percent or $1,234.5 million and".split()), max_size=6)


@given(st.lists(st.tuples(WORDS, PIECES), min_size=1, max_size=5))
def test_no_personal_data_survives_staging_and_nothing_else_goes(
    parts: list[tuple[list[str], tuple[str, str]]],
) -> None:
    text = " ".join(f"{' '.join(words)} so {piece};" for words, (_, piece) in parts)
    expected = " ".join(f"{' '.join(words)} so [{kind}];" for words, (kind, _) in parts)
    made = staged(
        Parsed("note", blocks=[Block(text, f"chars 0-{len(text)}")], rows=[Row({"a": text, "b": None}, "row 2")],
               rejects=[Reject("row 3", "Ragged.", text)])
    )  # fmt: skip
    assert " ".join(" ".join(made.passages["text"]).split()) == " ".join(expected.split())
    assert json.loads(made.table_rows["record"][0]) == {"a": expected, "b": None}
    assert made.quarantine["raw"].to_list() == [expected]
    counted = dict(made.quality_flags.filter(field="table_rows.record").select("what", "count").iter_rows())
    kinds = [kind for _, (kind, _) in parts]
    assert counted == {kind: kinds.count(kind) for kind in kinds}


@given(st.text(), st.lists(PIECES, max_size=3))
def test_redaction_is_idempotent(text: str, pieces: list[tuple[str, str]]) -> None:
    once, _ = personal.redact(text + "".join(piece for _, piece in pieces))
    assert personal.redact(once) == (once, {})


def test_places_of_passages_still_point_into_the_extracted_text() -> None:
    first, second = "Write to jo@example.com now.", "Margins rose to 41 percent."
    whole = f"{first}\n\n{second}"
    made = staged(Parsed("note", blocks=[Block(first, "item 1 (a)", ("A",)), Block(second, "item 2 (b)", ("B",))]))
    assert made.passages["text"].to_list() == ["Write to [e-mail] now.", second]
    assert [whole[start:end] for start, end in made.passages.select("char_start", "char_end").iter_rows()] == [
        first,
        second,
    ]


def test_the_registry_says_which_columns_are_redacted() -> None:
    declared = {
        f"{table.name}.{column.name}" for table in TABLES.values() for column in table.columns if column.personal
    }
    assert declared == {
        "passages.text", "passages.heading", "table_rows.record", "replaced_rows.record", "quarantine.raw",
        "security_events.excerpt", "documents.title", "document_versions.title", "review_records.title",
        "review_records.text",
    }  # fmt: skip
    assert {PASSAGES.name, TABLE_ROWS.name, QUARANTINE.name} <= TABLES.keys()


def test_flags_have_the_registered_schema_and_unique_keys() -> None:
    made = staged(Parsed("note", blocks=[Block("a@example.com b@example.com 192.168.1.2", "chars 0-40")]))
    assert dict(made.quality_flags.schema) == QUALITY_FLAGS.schema
    assert made.quality_flags.select("what", "strategy", "count", "locator").rows() == [
        ("IP address", "replaced by [IP address]", 1, "chars 0-39"),
        ("e-mail", "replaced by [e-mail]", 2, "chars 0-39"),
    ]
    assert not made.quality_flags.select(QUALITY_FLAGS.key).is_duplicated().any()


def test_real_filings_lose_no_number_of_a_fact(real_data: Path) -> None:
    path = real_data / "sec_10k" / "nvda-10-k-2025-02-26.html"
    parsed = parse(path.read_bytes(), path.name)
    made = staged(parsed)
    assert made.facts["value"].to_list() == [number.value for number in parsed.numbers]
    assert made.quality_flags.select("field", "what", "count").rows() == [("passages.text", "phone", 1)]
    (cover,) = [text for text in made.passages["text"] if "[phone]" in text]
    assert "telephone number, including area code: [phone]" in cover
