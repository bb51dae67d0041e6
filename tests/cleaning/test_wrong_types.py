"""Values of the wrong type are refused with file, place, expected type and what was found; a record without a critical
field is set aside with what it lacks."""

from hypothesis import given, settings
from hypothesis import strategies as st

from market_research.cleaning.stage import Staged, stage
from market_research.sources.parse import parse

FILE = "results.csv"
GOOD = ["First,2018,5,6", "Second,2018,7,8", "Third,2019,9,10"]
# No number, no period, no sign for a missing value, no word for a scale or a currency in any of these.
WORD = st.text(alphabet="gjwxyz", min_size=4, max_size=9)
NUMBER = st.integers(-(10**9), 10**9).map(str)
YEAR = st.integers(1990, 2024).map(str)


def staged(lines: list[str]) -> Staged:
    content = "\n".join(["company,fiscal_year,revenue,net income", *GOOD, *lines]) + "\n"
    return stage(parse(content.encode(), FILE), industry="chips", document_id="doc_0123456789abcdef", uri=FILE)


@settings(max_examples=150)
@given(st.lists(st.tuples(YEAR, st.one_of(NUMBER, WORD), st.one_of(NUMBER, WORD)), min_size=1, max_size=8))
def test_property_7_a_cell_of_the_wrong_type_is_refused_with_file_place_expected_type_and_value(
    rows: list[tuple[str, str, str]],
) -> None:
    made = staged([f"C{n},{year},{revenue},{income}" for n, (year, revenue, income) in enumerate(rows)])
    expected = {
        (FILE, f'row {n + 5}, column "{column}"', "The text is not a number.", text)
        for n, (_, *cells) in enumerate(rows)
        for column, text in zip(("revenue", "net income"), cells, strict=True)
        if text.isalpha()
    }
    assert set(made.quarantine.select("uri", "locator", "reason", "raw").rows()) == expected
    assert made.facts.height == 2 * (len(GOOD) + len(rows)) - len(expected)
    assert made.table_rows.height == len(GOOD) + len(rows)


@settings(max_examples=150)
@given(st.lists(st.tuples(st.one_of(YEAR, WORD), NUMBER), min_size=1, max_size=8))
def test_property_7_a_period_of_the_wrong_type_refuses_the_record(rows: list[tuple[str, str]]) -> None:
    made = staged([f"C{n},{year},{revenue},1" for n, (year, revenue) in enumerate(rows)])
    expected = {
        (FILE, f'row {n + 5}, column "fiscal_year"', year) for n, (year, _) in enumerate(rows) if year.isalpha()
    }
    assert set(made.quarantine.select("uri", "locator", "raw").rows()) == expected
    assert all("a year, quarter, month or date was expected" in reason for reason in made.quarantine["reason"])
    assert made.facts.height == 2 * (len(GOOD) + len(rows) - len(expected))


@settings(max_examples=150)
@given(st.lists(st.tuples(st.booleans(), st.booleans(), NUMBER), min_size=1, max_size=8))
def test_property_6_a_record_without_a_critical_field_is_set_aside_with_what_it_lacks(
    rows: list[tuple[bool, bool, str]],
) -> None:
    lines = [
        f"{f'C{n}' if named else ''},{2020 if dated else ''},{value},1" for n, (named, dated, value) in enumerate(rows)
    ]
    made = staged(lines)
    reasons = dict(made.quarantine.select("locator", "reason").rows())
    expected = {}
    for n, (named, dated, _) in enumerate(rows):
        if not named:
            expected[f'row {n + 5}, column "company"'] = "The row has numbers but nothing that they are about."
        elif not dated:
            expected[f'row {n + 5}, column "fiscal_year"'] = "The row has numbers but no period."
    assert reasons == expected
    assert made.facts.height == 2 * (len(GOOD) + len(rows) - len(expected))
