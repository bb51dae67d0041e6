"""The computations behind findings, worked by hand on figures of one or two invented companies."""

from datetime import date

import polars as pl
import pytest

from market_research.analysis import margin_parts, newest, pace, segments, technology
from market_research.analysis.base import Notebook, Subject, possessive, within
from market_research.industries import ResearchRequest
from market_research.writing.evidence import Fact, FactBook

SUBJECT = Subject(ResearchRequest(industry="chips"), date(2025, 6, 30))


def notebook(figures: dict[tuple[str, str, int], float], unit: str = "USD") -> Notebook:
    """A notebook whose book holds reported facts by metric, company and fiscal year."""
    book = FactBook("chips")
    for (metric, company, year), value in figures.items():
        percent = metric.endswith(("margin", "growth", "intensity"))
        book.add(
            Fact(
                f"fact_{metric}_{company}_{year}", company, metric, value, "percent" if percent else unit, year,
                date(year, 1, 1), date(year, 12, 31), document_id="doc",
            )
        )  # fmt: skip
    return Notebook(SUBJECT, "results", book)


TWO_YEARS = {
    ("revenue", "A", 2023): 200.0, ("revenue", "A", 2024): 250.0,
    ("operating_income", "A", 2023): 40.0, ("operating_income", "A", 2024): 75.0,
    ("operating_margin", "A", 2023): 20.0, ("operating_margin", "A", 2024): 30.0,
    ("cost_of_revenue", "A", 2023): 100.0, ("cost_of_revenue", "A", 2024): 110.0,
    ("research_and_development", "A", 2023): 30.0, ("research_and_development", "A", 2024): 45.0,
}  # fmt: skip


class TestMarginParts:
    def test_each_line_gives_what_it_took_less_of_revenue(self) -> None:
        """Cost of revenue 50 % then 44 %: +6. Research 15 % then 18 %: -3. The margin widened by 10, so others +7."""
        found = margin_parts.bridge(notebook(TWO_YEARS), "A", 2024)
        assert found is not None
        assert found.change.value == pytest.approx(10)
        parts = {label: fact.value for label, fact in found.parts}
        assert parts == pytest.approx({"cost of revenue": 6, "research and development": -3, "all other costs": 7})
        assert sum(parts.values()) == pytest.approx(found.change.value)
        assert margin_parts.main_cause(found) is None  # the unnamed rest moved it most

    def test_the_sentence_names_causes_by_size(self) -> None:
        book = notebook(TWO_YEARS)
        found = margin_parts.bridge(book, "A", 2024)
        assert found is not None
        said = margin_parts.sentence(found, book.book.get("operating_margin", "A", 2024))
        assert said is not None
        assert said.text == (
            "The operating margin widened by 10.0 percentage points to 30.0%: +7.0 pp from all other costs, +6.0 pp "
            "from cost of revenue and -3.0 pp from research and development."
        )

    def test_overlapping_lines_are_not_split(self) -> None:
        figures = TWO_YEARS | {("research_and_development", "A", 2024): 70.0}
        assert margin_parts.bridge(notebook(figures), "A", 2024) is None

    def test_a_total_replaces_its_parts(self) -> None:
        figures = TWO_YEARS | {
            ("selling_general_administrative", "A", 2023): 20.0, ("selling_general_administrative", "A", 2024): 15.0,
            ("sales_and_marketing", "A", 2023): 10.0, ("sales_and_marketing", "A", 2024): 5.0,
        }  # fmt: skip
        found = margin_parts.bridge(notebook(figures), "A", 2024)
        assert found is not None
        assert "sales and marketing" not in dict(found.parts)
        assert dict(found.parts)["selling, general and administration"].value == pytest.approx(4)

    def test_one_line_is_too_few(self) -> None:
        figures = {key: value for key, value in TWO_YEARS.items() if key[0] != "research_and_development"}
        assert margin_parts.bridge(notebook(figures), "A", 2024) is None


def test_newest_results_compare_and_value_the_distance() -> None:
    """B's margin lies 20 points under A's; on revenue of 400 that is 80, and one point is 4."""
    book = notebook(
        TWO_YEARS
        | {
            ("revenue", "B", 2024): 400.0, ("operating_margin", "B", 2024): 10.0,
            ("revenue_growth", "A", 2024): 25.0, ("revenue_growth", "B", 2024): -5.0,
        }
    )  # fmt: skip
    newest.compare(book, {"A": 2024, "B": 2024})
    (finding,) = book.findings
    assert finding.statement == (
        "In their newest fiscal years A grew 25.0%, B shrank 5.0%; A kept 30.0% of its revenue as operating income, "
        "B 10.0%."
    )
    values = {book.book.facts[i].metric: book.book.facts[i].value for i in finding.fact_ids}
    assert values["operating_margin_gap_value"] == pytest.approx(80)
    assert values["margin_point_value"] == pytest.approx(4)
    assert finding.stake_usd == pytest.approx(4)


def test_one_company_is_not_compared() -> None:
    book = notebook(TWO_YEARS)
    newest.compare(book, {"A": 2024})
    assert not book.findings


def test_growth_without_its_driver() -> None:
    """Chips go from 50 to 90 of 200 to 250: 80 % of the growth, and the others from 150 to 160 grow 6.7 %."""
    book = notebook({("revenue", "A", 2023): 200.0, ("revenue", "A", 2024): 250.0, ("revenue_growth", "A", 2024): 25.0})
    for name, before, now in (("Chips", 50.0, 90.0), ("Boards", 150.0, 160.0)):
        for year, value in ((2023, before), (2024, now)):
            book.book.add(Fact(f"fact_{name}_{year}", "A", "revenue", value, "USD", year, dimensions=f"segment={name}"))
    frame = pl.DataFrame(
        [
            {"company": "A", "dimension": "segment", "segment": name, "metric": "revenue", "fiscal_year": year,
             "value_usd": value, "share_pct": 100 * value / total, "fact_id": f"fact_{name}_{year}",
             "total_fact_id": f"fact_revenue_A_{year}"}
            for name, before, now in (("Chips", 50.0, 90.0), ("Boards", 150.0, 160.0))
            for year, value, total in ((2023, before, 200.0), (2024, now, 250.0))
        ]
    )  # fmt: skip
    segments.analyse({"segment_results": frame}, book)
    (finding,) = book.findings
    assert [draft.text for draft in finding.sentences] == [
        "Chips supplied 80.0% of the $50 that A added in fiscal 2024, growing 80.0%.",
        "Without it A's revenue grew 6.7%, against 25.0% with it.",
        "A's largest segment in fiscal 2024 was Boards, with $160 or 64.0% of revenue.",
        "No other grew as fast; Boards grew slowest, by 6.7%.",
    ]
    assert finding.stake_usd == pytest.approx(40)


def test_the_slowest_is_measured_against_the_common_pace() -> None:
    """All went from 300 to 400; B from 200 to 220. At the common pace B would have sold 200 * 4 / 3."""
    row = {"company": "B", "start_year": 2020, "end_year": 2024, "start_revenue_usd": 200.0, "end_revenue_usd": 220.0,
           "start_fact_id": "b0", "end_fact_id": "b1"}  # fmt: skip
    book = notebook({})
    book.book.derive(
        "panel_cagr", SUBJECT.name, 100 * ((4 / 3) ** 0.25 - 1), "percent", formula="f", inputs=[], fiscal_year=2024
    )
    last = book.book.derive("revenue_cagr", "B", 2.4, "percent", formula="f", inputs=[], fiscal_year=2024)
    pace._lag(book, last, row)
    missed = book.book.get("revenue_behind_pace", "B", 2024)
    assert missed is not None
    assert missed.value == pytest.approx(200 * 4 / 3 - 220)


def test_one_technology_measured_twice_is_compared_once() -> None:
    levels = [
        Fact(f"fact_{n}", name, "adoption", 50.0, "percent", 2020, dimensions=population)
        for n, (name, population) in enumerate(
            [("Internet", "country=A"), ("Individuals using the Internet", "country=A"), ("Tablet", "country=A"),
             ("Tablet", "country=B")]
        )
    ]  # fmt: skip
    assert [(f.entity, f.dimensions) for f in technology.comparable(levels)] == [
        ("Internet", "country=A"), ("Tablet", "country=A"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "form"),
    [("Amazon", "Amazon's"), ("Charter Communications", "Charter Communications'"), ("Lowe's", "Lowe's"),
     ("Texas Instruments", "Texas Instruments'"), ("Guess", "Guess's")],
)  # fmt: skip
def test_possessive(name: str, form: str) -> None:
    assert possessive(name) == form


@pytest.mark.parametrize(
    ("name", "form"),
    [("Colour TV", "colour TV"), ("Internet", "Internet"), ("DNA test", "DNA test"), ("ChatGPT", "ChatGPT")],
)
def test_a_name_of_things_within_a_sentence(name: str, form: str) -> None:
    assert within(name) == form
