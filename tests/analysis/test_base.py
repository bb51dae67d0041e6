"""What analyses share: growth, confidence, notebooks and sentences."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market_research.analysis.base import Notebook, Subject, cagr, confidence, listing, say
from market_research.industries import ResearchRequest
from market_research.writing.evidence import Fact, FactBook

AS_OF = date(2025, 6, 30)
SUBJECT = Subject(ResearchRequest(industry="chips"), AS_OF)


@given(st.floats(1, 1e12), st.floats(-50, 200), st.integers(1, 20))
def test_cagr_is_the_rate_that_leads_from_start_to_end(start: float, rate: float, years: int) -> None:
    assert cagr(start, start * (1 + rate / 100) ** years, years) == pytest.approx(rate, abs=1e-6)


@pytest.mark.parametrize(
    ("primary", "companies", "year", "expected"),
    [(True, 5, 2024, 95), (False, 5, 2024, 80), (True, 4, 2023, 85), (True, 9, 2020, 86), (False, 2, 1990, 49)],
)
def test_confidence_follows_the_stated_deductions(primary: bool, companies: int, year: int, expected: float) -> None:
    assert confidence(primary=primary, companies=companies, year=year, as_of=AS_OF) == expected


@pytest.mark.parametrize(("names", "text"), [([], ""), (["A"], "A"), (["A", "B"], "A and B"), ("ABC", "A, B and C")])
def test_listing(names: list[str], text: str) -> None:
    assert listing(names) == text


def test_a_sentence_cites_each_fact_once_and_in_order() -> None:
    fact = Fact("fact_b", "A", "revenue", 1, "USD")
    draft = say("It grew.", "fact_a", fact, None, [fact, "fact_c"], passages=["pass_a", "pass_a"])
    assert draft.fact_ids == ("fact_a", "fact_b", "fact_c")
    assert draft.passage_ids == ("pass_a",)


class TestNotebook:
    def test_the_same_finding_has_the_same_id_and_another_another(self) -> None:
        def found(text: str) -> str:
            notebook = Notebook(SUBJECT, "market", FactBook("chips"))
            return notebook.find("growth", [say(text, "fact_a")], confidence=120).finding_id

        assert found("It grew.") == found("It grew.") != found("It fell.")

    def test_confidence_stays_within_its_bounds(self) -> None:
        notebook = Notebook(SUBJECT, "market", FactBook("chips"))
        assert notebook.find("x", [say("A.", "fact_a")], confidence=120).confidence == 100
        assert notebook.find("x", [say("A.", "fact_a")], confidence=-3).confidence == 0

    def test_a_gap_counts_what_there_is(self) -> None:
        notebook = Notebook(SUBJECT, "market", FactBook("chips"))
        gap = notebook.gap("peers", "Only one company is covered.", counted=1, inputs=["fact_a"])
        (fact_id,) = gap.fact_ids
        assert notebook.book.facts[fact_id].value == 1
        assert notebook.book.facts[fact_id].inputs == ("fact_a",)


class TestFactBook:
    def test_the_same_derivation_is_the_same_fact(self) -> None:
        book = FactBook("chips")
        first = book.derive("hhi", "Chips", 1.5, "index", formula="f", inputs=["a", "b", "a"], fiscal_year=2020)
        second = book.derive("hhi", "Chips", 1.5, "index", formula="f", inputs=["a", "b"], fiscal_year=2020)
        assert first == second
        assert first.inputs == ("a", "b")
        assert book.derived() == [first]
        other = book.derive("hhi", "Chips", 1.5, "index", formula="g", inputs=["a", "b"], fiscal_year=2020)
        assert other.fact_id != first.fact_id

    def test_the_first_of_a_key_is_found(self) -> None:
        book = FactBook("chips")
        first = book.add(Fact("fact_a", "A", "revenue", 1, "USD", 2020))
        book.add(Fact("fact_b", "A", "revenue", 2, "USD", 2020))
        assert book.get("revenue", "A", 2020) == first
        assert book.get("revenue", "A", 2021) is None
        assert set(book.facts) == {"fact_a", "fact_b"}

    def test_a_derived_fact_knows_its_years(self) -> None:
        fact = FactBook("chips").derive(
            "cagr", "A", 3, "percent", formula="f", inputs=[], fiscal_year=2020, start_year=2015
        )
        assert fact.years == {2015, 2020}
        assert fact.derived
