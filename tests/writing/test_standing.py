"""Words of place, precedence and parts of time: kept where the cited figures give them, refused where they do not."""

from dataclasses import replace
from datetime import date

import pytest

from market_research.writing.evidence import Draft, Evidence, Fact
from market_research.writing.gate import judge


def fact(company: str, year: int, billions: float, metric: str = "net_income") -> Fact:
    day = (date(year, 1, 1), date(year, 12, 31))
    return Fact(f"fact_{company}_{year}", company, metric, billions * 1e9, "USD", year, *day, document_id="doc_1")


FACTS = [
    fact("Alder", 2022, 1.1), fact("Alder", 2023, 3.0), fact("Birch", 2022, 1.4), fact("Birch", 2023, 2.0),
    fact("Cedar", 2023, 0.5), fact("Dogwood", 2022, -1.2), fact("Dogwood", 2023, -0.4), fact("Elm", 2023, 0.9),
    fact("Elm", 2022, -0.7),
]  # fmt: skip
NAMES = {name: name for name in ("Alder", "Birch", "Cedar", "Dogwood", "Elm")}
EVIDENCE = Evidence("timber", {one.fact_id: one for one in FACTS}, {}, {}, NAMES)


def kept(text: str, *cited: str) -> bool:
    return judge(Draft(text, tuple(f"fact_{one}" for one in cited)), EVIDENCE).kept


BOTH = ("Alder_2023", "Birch_2023", "Alder_2022", "Birch_2022")
THREE = ("Alder_2023", "Birch_2023", "Cedar_2023")
PAIRS = [
    ("Alder overtook Birch in net income in fiscal 2023, $3.0 billion versus $2.0 billion; a year earlier it had "
     "trailed, $1.1 billion to $1.4 billion.", ("overtook", "was overtaken by"), BOTH),
    ("Alder overtook Birch in net income in fiscal 2023, $3.0 billion versus $2.0 billion; a year earlier it had "
     "trailed, $1.1 billion to $1.4 billion.", ("trailed", "led"), BOTH),
    ("Birch was second of the three in net income in fiscal 2023, at $2.0 billion.", ("second", "third"), THREE),
    ("Cedar had the second-smallest net income of fiscal 2023, $0.5 billion.", ("second-smallest", "second-largest"),
     ("Alder_2023", "Birch_2023", "Cedar_2023", "Dogwood_2023")),
    ("Cedar was last of the three in net income in fiscal 2023, at $0.5 billion.", ("last", "second"), THREE),
    ("Behind Alder, with net income of $3.0 billion in fiscal 2023, came Birch with $2.0 billion.",
     ("Behind", "Ahead of"), ("Alder_2023", "Birch_2023")),
    ("Across Alder, Birch and Cedar, net income in fiscal 2023 ranged from $0.5 billion to $3.0 billion.",
     ("$3.0 billion", "$2.0 billion"), THREE),
    ("Dogwood's net loss narrowed to $0.4 billion in fiscal 2023, from $1.2 billion a year earlier.",
     ("narrowed", "widened"), ("Dogwood_2023", "Dogwood_2022")),
    ("Elm was back in the black in fiscal 2023 with net income of $0.9 billion.", ("black", "red"), ("Elm_2023",)),
    ("Alder earned nearly $3.1 billion in fiscal 2023.", ("$3.1 billion", "$4.9 billion"), ("Alder_2023",)),
    ("Alder earned $3.0 billion in fiscal 2023.", ("fiscal 2023", "the first quarter of fiscal 2023"), ("Alder_2023",)),
    ("In the year to December 2023 Alder earned $3.0 billion.", ("December", "June"), ("Alder_2023",)),
]  # fmt: skip


@pytest.mark.parametrize(("text", "change", "cited"), PAIRS, ids=[" for ".join(change) for _, change, _ in PAIRS])
def test_the_word_that_the_figures_give_stands_and_its_contrary_does_not(
    text: str, change: tuple[str, str], cited: tuple[str, ...]
) -> None:
    assert kept(text, *cited)
    assert change[0] in text
    assert not kept(text.replace(*change), *cited)


def test_a_rank_without_others_figures_is_refused() -> None:
    assert not kept("Birch was second of the three in net income in fiscal 2023, at $2.0 billion.", "Birch_2023")


def test_a_quarters_own_figure_may_be_of_a_quarter() -> None:
    quarter = replace(
        FACTS[1], fact_id="fact_q", value=0.8e9, period_start=date(2023, 1, 1), period_end=date(2023, 3, 31)
    )
    evidence = replace(EVIDENCE, facts={**EVIDENCE.facts, "fact_q": quarter})
    assert judge(Draft("Alder earned $0.8 billion in the first quarter of fiscal 2023.", ("fact_q",)), evidence).kept
