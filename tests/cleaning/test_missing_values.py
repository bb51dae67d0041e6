"""Cells without a value, in tables that become facts: flagged with what was done about them."""

from hypothesis import given
from hypothesis import strategies as st

from market_research.cleaning.schema import QUALITY_FLAGS
from market_research.cleaning.stage import Staged, stage
from market_research.sources.parse import parse
from market_research.sources.parsed import FIRST_PLACES

MISSING = ["", "n/a", "NA", "-", "–", "null"]


def staged(content: str, name: str = "results.csv") -> Staged:
    return stage(parse(content.encode(), name), industry="chips", document_id="doc_0123456789abcdef", uri=name)


def test_a_missing_value_among_others_is_flagged_with_its_place() -> None:
    made = staged("company,year,revenue,net income\nA,2020,10,n/a\nB,2020,,2\nC,2020,30,3\nD,2020,,\n")
    flags = made.quality_flags.sort("what").select("field", "flag", "what", "strategy", "count", "locator").rows()
    assert flags == [
        ("facts.value", "missing", "net income", "left out", 1, 'row 2, column "net income"'),
        ("facts.value", "missing", "revenue", "left out", 1, 'row 3, column "revenue"'),
    ]


def test_a_table_without_gaps_has_no_flag() -> None:
    assert staged("company,year,revenue\nA,2020,10\nB,2020,20\n").quality_flags.is_empty()


@given(
    st.lists(st.tuples(st.sampled_from([*MISSING, None]), st.sampled_from([*MISSING, None])), min_size=1, max_size=12)
)
def test_property_6_every_missing_value_is_flagged_with_its_strategy(rows: list[tuple[str | None, str | None]]) -> None:
    # None stands for a number; the first row makes both columns measures whatever follows.
    lines = ["company,year,revenue,net income", "First,2019,5,6"]
    lines += [f"C{n},2020,{'7' if a is None else a},{'8' if b is None else b}" for n, (a, b) in enumerate(rows)]
    made = staged("\n".join(lines) + "\n")
    beside = [(a, b) for a, b in rows if a is None or b is None]
    expected = {
        "revenue": sum(1 for a, _ in beside if a is not None),
        "net income": sum(1 for _, b in beside if b is not None),
    }
    counted = dict(made.quality_flags.select("what", "count").iter_rows())
    assert counted == {column: count for column, count in expected.items() if count}
    assert set(made.quality_flags["strategy"]) <= {"left out"}
    assert made.facts.height == 2 + sum(2 - (a is not None) - (b is not None) for a, b in beside)
    places = [locator.count("; ") + 1 for locator in made.quality_flags["locator"]]
    assert places == [min(count, FIRST_PLACES) for count in made.quality_flags["count"]]
    assert dict(made.quality_flags.schema) == QUALITY_FLAGS.schema
