"""Inline XBRL filings: tagged numbers and the text of the items."""

import re
import warnings
from datetime import date
from pathlib import Path

import pytest

from market_research.errors import UnreadableDocument
from market_research.sources.locate import excerpt
from market_research.sources.parse import parse
from market_research.sources.parsed import Parsed

PAGE = """<?xml version="1.0"?>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:ix="http://www.xbrl.org/2013/inlineXBRL"
 xmlns:xbrli="http://www.xbrl.org/2003/instance" xmlns:xbrldi="http://xbrl.org/2006/xbrldi"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><body>
<div style="display:none"><ix:header><ix:hidden>
<ix:nonNumeric name="dei:EntityCentralIndexKey" contextRef="y">0000000042</ix:nonNumeric></ix:hidden>
<ix:resources>
<xbrli:context id="y"><xbrli:entity><xbrli:identifier scheme="s">42</xbrli:identifier></xbrli:entity>
<xbrli:period><xbrli:startDate>2024-02-01</xbrli:startDate><xbrli:endDate>2025-01-31</xbrli:endDate></xbrli:period>
</xbrli:context>
<xbrli:context id="seg"><xbrli:entity><xbrli:identifier scheme="s">42</xbrli:identifier><xbrli:segment>
<xbrldi:explicitMember dimension="srt:ProductAxis">x:ChipsMember</xbrldi:explicitMember>
<xbrldi:explicitMember dimension="us-gaap:GeoAxis">country:US</xbrldi:explicitMember></xbrli:segment></xbrli:entity>
<xbrli:period><xbrli:instant>2025-01-31</xbrli:instant></xbrli:period></xbrli:context>
<xbrli:unit id="usd"><xbrli:measure>iso4217:USD</xbrli:measure></xbrli:unit>
<xbrli:unit id="odd"><xbrli:measure>iso4217:QQQ</xbrli:measure></xbrli:unit>
<xbrli:unit id="eps"><xbrli:divide><xbrli:unitNumerator><xbrli:measure>iso4217:USD</xbrli:measure>
</xbrli:unitNumerator><xbrli:unitDenominator><xbrli:measure>xbrli:shares</xbrli:measure></xbrli:unitDenominator>
</xbrli:divide></xbrli:unit></ix:resources></ix:header></div>
<p><ix:nonNumeric name="dei:DocumentType" contextRef="y">10-K</ix:nonNumeric> of
<ix:nonNumeric name="dei:EntityRegistrantName" contextRef="y">CHIPS&nbsp;INC</ix:nonNumeric>
(<ix:nonNumeric name="dei:TradingSymbol" contextRef="y">CHP</ix:nonNumeric>)
<ix:nonNumeric name="dei:DocumentPeriodEndDate" contextRef="y">January 31, 2025</ix:nonNumeric>
<ix:nonNumeric name="dei:CurrentFiscalYearEndDate" contextRef="y">--01-31</ix:nonNumeric></p>
<table><tr><td>Item 1.</td><td><a href="#i1">Business</a></td><td>3</td></tr>
<tr><td>Item 1A.</td><td>Risk Factors</td><td>9</td></tr><tr><td>Item 7.</td><td>Discussion</td><td>20</td></tr></table>
<p style="font-weight:700">ITEM 1. BUSINESS OF THE COMPANY</p><p><b>Our Markets</b></p>
<p>We sell chips. Item 7 of this report says more.</p><p>3</p>
<p style="font-weight:bold">Item 7. Discussion</p>
<p>Sales were $<ix:nonFraction name="us-gaap:Revenues" contextRef="y" unitRef="usd" scale="6" decimals="-6"
 format="ixt:num-dot-decimal" id="f1">1,130.497</ix:nonFraction> million, a share
<ix:nonFraction name="us-gaap:EarningsPerShareBasic" contextRef="y" unitRef="eps" sign="-"
 id="f2">0.07</ix:nonFraction>.</p>
%s</body></html>"""


def page(more: str = "") -> bytes:
    return (PAGE % more).encode()


def tag(attributes: str, text: str = "5") -> str:
    return f"<p><ix:nonFraction {attributes}>{text}</ix:nonFraction></p>"


def read(more: str = "") -> Parsed:
    return parse(page(more), "chp-2025-03-01.htm")


def test_scale_sign_and_divided_units_are_applied() -> None:
    revenue, loss = read().numbers
    assert (revenue.value, revenue.unit, revenue.raw, revenue.locator) == (
        1_130_497_000,
        "USD",
        "1,130.497",
        "xbrl #f1",
    )
    assert (loss.value, loss.unit) == (-0.07, "USD/shares")
    assert (revenue.period_start, revenue.period_end) == (date(2024, 2, 1), date(2025, 1, 31))
    assert revenue.filed_on == date(2025, 3, 1)


def test_the_company_is_known_from_the_cover() -> None:
    parsed = read()
    assert parsed.company is not None
    assert (parsed.company.name, parsed.company.ticker, parsed.company.cik) == ("CHIPS INC", "CHP", "0000000042")
    assert parsed.company.fiscal_year_end == (1, 31)
    assert parsed.title == "CHIPS INC, Form 10-K for the period ended 2025-01-31"


def test_dimensions_are_sorted_local_names() -> None:
    parsed = read(tag('name="us-gaap:Assets" contextRef="seg" unitRef="usd"'))
    number = parsed.numbers[-1]
    assert number.dimensions == "GeoAxis=US; ProductAxis=ChipsMember"
    assert (number.period_start, number.period_end) == (None, date(2025, 1, 31))


@pytest.mark.parametrize(
    ("attributes", "text", "reason"),
    [
        ('name="a:B" contextRef="y" unitRef="nowhere"', "5", "unit `nowhere` is not defined"),
        ('name="a:B" contextRef="y"', "5", "unit `None` is not defined"),
        ('name="a:B" contextRef="y" unitRef="odd"', "5", "unit `iso4217:QQQ` is not known"),
        ('name="a:B" contextRef="gone" unitRef="usd"', "5", "context `gone` is not defined"),
        ('name="a:B" contextRef="y" unitRef="usd"', "five", "not a number"),
        ('name="a:B" contextRef="y" unitRef="usd"', "", "not a number"),
        ('name="a:B" contextRef="y" unitRef="usd" format="ixt:roman"', "V", "format `ixt:roman` is not known"),
        ('name="a:B" contextRef="y" unitRef="usd" scale="x"', "5", "not a number"),
        ('name="a:B" contextRef="y" unitRef="usd" scale="999"', "5", "out of range"),
        ('contextRef="y" unitRef="usd"', "5", "does not name a concept"),
    ],
)
def test_a_bad_fact_is_a_reject_and_stops_nothing(attributes: str, text: str, reason: str) -> None:
    parsed = read(tag(attributes + ' id="bad"', text))
    assert len(parsed.numbers) == 2
    assert [(r.locator, reason in r.reason) for r in parsed.rejects] == [("xbrl #bad", True)]


def test_nil_facts_are_neither_numbers_nor_rejects() -> None:
    parsed = read(tag('name="a:B" contextRef="y" unitRef="usd" xsi:nil="true"', ""))
    assert (len(parsed.numbers), parsed.rejects) == (2, [])


def test_formats_in_words_dashes_and_decimal_commas() -> None:
    base = 'name="a:B" contextRef="y" unitRef="usd" format="ixt:'
    parsed = read(
        tag(base + 'fixed-zero"', "—")
        + tag(base + 'num-comma-decimal"', "1.234,5")
        + tag(base + 'numwordsen"', "twelve")
    )
    assert [n.value for n in parsed.numbers[2:]] == [0, 1234.5, 12]


def test_tags_without_an_id_of_their_own_are_counted() -> None:
    attributes = 'name="a:B" contextRef="y" unitRef="usd"'
    content = page(tag(attributes, "5") + tag(attributes, "6") + tag(attributes + ' id="f1"', "7"))
    parsed = parse(content, "x.htm")
    found = {n.locator: n.raw for n in parsed.numbers}
    assert found["xbrl a:B @y 1"] == "5"
    assert found["xbrl a:B @y 2"] == "6"
    assert "xbrl #f1" not in found
    assert all(excerpt(content, "x.htm", locator) == raw for locator, raw in found.items())


def test_text_stands_under_its_item_without_contents_and_page_numbers() -> None:
    blocks = [(block.headings, block.text) for block in read().blocks[1:]]
    assert blocks == [
        (("Item 1. Business of the Company", "Our Markets"), "We sell chips. Item 7 of this report says more."),
        (("Item 7. Discussion",), "Sales were $1,130.497 million, a share 0.07."),
    ]


def test_a_page_of_fifty_megabytes_is_refused_before_it_is_parsed() -> None:
    content = page() + b" " * (50 * 1024 * 1024)
    with pytest.raises(UnreadableDocument, match=r"big\.htm: 50 MB"):
        parse(content, "big.htm")


def test_damaged_markup_keeps_the_facts_before_the_damage() -> None:
    parsed = parse(page()[:-40], "x.htm")
    assert len(parsed.numbers) == 2


REVENUE = {
    "aapl": {"2024-09-28": 391_035, "2023-09-30": 383_285, "2022-09-24": 394_328},
    "amzn": {"2024-12-31": 637_959, "2023-12-31": 574_785, "2022-12-31": 513_983},
    "nflx": {"2024-12-31": 39_000.966, "2023-12-31": 33_723.297, "2022-12-31": 31_615.55},
    "nvda": {"2025-01-26": 130_497, "2024-01-28": 60_922, "2023-01-29": 26_974},
    "tsla": {"2024-12-31": 97_690, "2023-12-31": 96_773, "2022-12-31": 81_462},
    "wmt": {"2025-01-31": 680_985, "2024-01-31": 648_125, "2023-01-31": 611_289},
}
"""Consolidated revenue in millions of USD by period end, from the income statements."""


@pytest.fixture(scope="module")
def annual_reports(real_data: Path) -> dict[str, tuple[str, bytes, Parsed]]:
    found = {}
    for path in sorted((real_data / "sec_10k").glob("*.html")):
        content = path.read_bytes()
        found[path.name.partition("-")[0]] = (path.name, content, parse(content, path.name))
    return found


@pytest.mark.parametrize("ticker", REVENUE)
def test_revenue_is_exact_in_real_filings(annual_reports: dict[str, tuple[str, bytes, Parsed]], ticker: str) -> None:
    from market_research.cleaning import metrics, periods

    _, _, parsed = annual_reports[ticker]
    stated: dict[str, tuple[int, float]] = {}
    for number in parsed.numbers:
        kind = periods.period_kind(number.period_start, number.period_end)
        if metrics.canonical(number.concept) == "revenue" and kind == "annual" and not number.dimensions:
            best = (metrics.concept_rank(number.concept), number.value)
            stated[str(number.period_end)] = min(best, stated.get(str(number.period_end), best))
    assert {end: value for end, (_, value) in stated.items()} == {
        end: millions * 1_000_000 for end, millions in REVENUE[ticker].items()
    }
    assert parsed.company is not None
    assert parsed.company.ticker == ticker.upper()


def test_every_tag_of_a_real_filing_is_accounted_for(annual_reports: dict[str, tuple[str, bytes, Parsed]]) -> None:
    for name, content, parsed in annual_reports.values():
        tags = len(re.findall(rb"<ix:nonFraction\b", content))
        nil = len(re.findall(rb"<ix:nonFraction\b[^>]*xsi:nil=\"true\"", content))
        assert len(parsed.numbers) + len(parsed.rejects) == tags - nil, name
        assert parsed.rejects == [], name


def test_values_agree_with_an_independent_reader(annual_reports: dict[str, tuple[str, bytes, Parsed]]) -> None:
    import io

    from ixbrlparse.core import IXBRL

    _, content, parsed = annual_reports["nvda"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        reference = IXBRL(io.BytesIO(content), raise_on_error=False).numeric
    expected = {tag.soup_tag["id"]: tag.value for tag in reference}
    ours = {number.locator.removeprefix("xbrl #"): number.value for number in parsed.numbers}
    assert ours.keys() == expected.keys()
    assert all(ours[key] == pytest.approx(expected[key], rel=1e-12) for key in ours)


def test_places_in_real_filings_lead_back_to_the_text(annual_reports: dict[str, tuple[str, bytes, Parsed]]) -> None:
    for name, content, parsed in annual_reports.values():
        number, block = parsed.numbers[len(parsed.numbers) // 2], parsed.blocks[len(parsed.blocks) // 2]
        assert excerpt(content, name, number.locator) == number.raw
        assert excerpt(content, name, block.locator) == block.text


def test_the_parts_of_real_filings_are_found(annual_reports: dict[str, tuple[str, bytes, Parsed]]) -> None:
    for name, _, parsed in annual_reports.values():
        items = {block.headings[0].partition(".")[0] for block in parsed.blocks if block.headings}
        assert {"Item 1", "Item 1A", "Item 3", "Item 5", "Item 7", "Item 7A", "Item 8"} <= items, name
        risks = [b for b in parsed.blocks if b.headings and b.headings[0].startswith("Item 1A")]
        assert len(risks) > 20, name
        assert not any(block.text.lower() == "table of contents" for block in parsed.blocks), name


def test_parts_of_a_quarterly_report_are_told_apart(real_data: Path) -> None:
    path = next((real_data / "sec_10q").glob("*.html"))
    parsed = parse(path.read_bytes(), path.name)
    items = {block.headings[0] for block in parsed.blocks if block.headings}
    assert "Part II, Item 1. Legal Proceedings" in items
    assert any(item.startswith("Part I, Item 2. Management") for item in items)


def test_a_bare_instance_and_an_empty_filing_are_refused() -> None:
    with pytest.raises(UnreadableDocument, match="bare XBRL instance"):
        parse(b'<?xml version="1.0"?><xbrl xmlns="http://www.xbrl.org/2003/instance"/>', "i.xml")
    with pytest.raises(UnreadableDocument, match="neither tagged numbers nor text"):
        parse(b"<html><ix:header/></html>", "e.html")


def test_entities_from_outside_are_not_read() -> None:
    secret = '<!DOCTYPE html [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
    content = page("<p>before &x; after</p>").replace(b"<html", secret.encode() + b"<html", 1)
    texts = [block.text for block in parse(content, "x.htm").blocks]
    assert "before" in texts[-1]
    assert len(texts[-1]) < 20


def test_the_date_of_the_signature_dates_a_filing_whose_name_does_not() -> None:
    more = "<p><b>Item 16. Summary</b></p><p><b>SIGNATURES</b></p><p>By: A. Smith</p><p>Date: March 3, 2025</p>"
    assert str(parse(page(more), "chp.htm").published_at) == "2025-03-03 00:00:00+00:00"
    assert str(parse(page(), "chp.htm").published_at) == "2025-01-31 00:00:00+00:00"
    assert parse(page(more), "chp.htm").blocks[-1].headings == ("Signatures",)


def test_broken_bytes_and_halves_of_pairs_do_not_stop_the_reader() -> None:
    content = page("<p>odd &#xD800; and \ufffd</p>").replace("\ufffd".encode(), b"\xed\xa0\x80")
    parsed = parse(content, "x.htm")
    assert len(parsed.numbers) == 2
    assert parsed.blocks[-1].text.startswith("odd \ufffd and")
