"""Company facts: every point becomes a number or a reject."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from market_research.errors import UnreadableDocument
from market_research.sources.locate import excerpt
from market_research.sources.parse import parse


def facts(units: dict[str, Any]) -> bytes:
    body = {"cik": 1045810, "entityName": "NVIDIA CORP", "facts": {"us-gaap": {"Revenues": {"units": units}}}}
    return json.dumps(body).encode()


def test_a_point_becomes_a_number_with_its_path() -> None:
    point = {"start": "2024-01-29", "end": "2025-01-26", "val": 130497000000, "filed": "2025-02-26"}
    content = facts({"USD": [point]})
    parsed = parse(content, "CIK.json")
    number = parsed.numbers[0]
    assert (number.entity, number.concept, number.value, number.unit) == (
        "NVIDIA CORP",
        "us-gaap:Revenues",
        130_497_000_000,
        "USD",
    )
    assert (number.period_start, number.period_end, number.filed_on) == (
        date(2024, 1, 29),
        date(2025, 1, 26),
        date(2025, 2, 26),
    )
    assert number.locator == "$.facts.us-gaap.Revenues.units.USD[0]"
    assert excerpt(content, "CIK.json", number.locator) == number.raw == "130497000000"
    assert parsed.company is not None
    assert parsed.company.cik == "0001045810"


@pytest.mark.parametrize(
    ("unit", "point", "reason"),
    [
        ("USD/widget", {"end": "2025-01-26", "val": 1}, "unit `USD/widget` is not known"),
        ("USD", {"end": "2025-01-26"}, "no numeric `val`"),
        ("USD", {"end": "2025-01-26", "val": "many"}, "no numeric `val`"),
        ("USD", {"val": 1}, "no valid date `end`"),
        ("USD", {"end": "2025-13-45", "val": 1}, "no valid date `end`"),
        ("USD", {"start": "x", "end": "2025-01-26", "val": 1}, "`start` is not valid"),
        ("USD", {"start": "2026-01-01", "end": "2025-01-26", "val": 1}, "ends before it starts"),
        ("USD", 7, "must be an object"),
    ],
)
def test_a_point_that_cannot_be_read_is_a_reject(unit: str, point: Any, reason: str) -> None:
    good = {"end": "2025-01-26", "val": 1}
    parsed = parse(facts({unit: [point], "shares": [good]}), "CIK.json")
    assert len(parsed.numbers) == 1
    assert len(parsed.rejects) == 1
    assert reason in parsed.rejects[0].reason
    assert parsed.rejects[0].locator.endswith("[0]")


def test_a_document_without_facts_is_unreadable() -> None:
    with pytest.raises(UnreadableDocument, match="without an object `facts`"):
        parse(b'{"cik": 1, "facts": []}', "CIK.json", media_type="application/json;profile=company-facts")


@pytest.mark.parametrize(("file", "count"), [("snow_facts.json", 8_163), ("lpa_facts.json", 768)])
def test_real_company_facts_are_complete(real_data: Path, file: str, count: int) -> None:
    content = (real_data / "sec_xbrl_facts" / file).read_bytes()
    parsed = parse(content, file)
    assert (len(parsed.numbers), parsed.rejects) == (count, [])
    for number in parsed.numbers[:: count // 5]:
        assert excerpt(content, file, number.locator) == number.raw
