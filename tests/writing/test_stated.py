"""What a model may say around a true figure, and what it may not smuggle in beside it."""

from dataclasses import replace
from datetime import date

import pytest

from benchmarks import smuggled
from benchmarks.liars import Told
from market_research.writing import gate
from market_research.writing.evidence import Draft, Evidence, Fact

LEVELS = {
    ("Alder", "revenue", 2018): 514.4e9, ("Alder", "revenue", 2017): 500.3e9, ("Birch", "revenue", 2018): 232.9e9,
    ("Birch", "revenue", 2017): 177.9e9, ("Cedar", "revenue", 2018): 74.4e9, ("Birch", "net_income", 2018): 10.1e9,
    ("Alder", "net_income", 2018): 6.7e9,
}  # fmt: skip
IDS = {key: f"fact_{number}" for number, key in enumerate(LEVELS)}


@pytest.fixture(scope="module")
def evidence() -> Evidence:
    facts = {
        IDS[key]: Fact(IDS[key], key[0], key[1], value, "USD", key[2], date(key[2], 1, 1), date(key[2], 12, 31),
                       document_id="doc")
        for key, value in LEVELS.items()
    }  # fmt: skip
    return Evidence("trees", facts, {}, {}, {name: name for name in ("Alder", "Birch", "Cedar")})


def draft(text: str, *keys: tuple[str, str, int]) -> Draft:
    return Draft(text, tuple(IDS[key] for key in keys or tuple(LEVELS)), writer="model")


@pytest.mark.parametrize(
    "text",
    [
        "In fiscal 2018, Alder showed higher revenue than Birch: $514.4 billion against $232.9 billion.",
        "In fiscal 2018, Birch showed lower revenue than Alder: $232.9 billion against $514.4 billion.",
        "Alder and Birch had revenue of $514.4 billion and $232.9 billion in fiscal 2018.",
        "Compared with Alder's $514.4 billion, Birch took in $232.9 billion in fiscal 2018.",
        "Birch reported revenue of $232.9 billion in fiscal 2018, while Alder's was higher at $514.4 billion.",
        "Birch's sales came in at $232.9 billion for fiscal 2018, up from $177.9 billion a year earlier.",
        "In fiscal 2017 it was $177.9 billion; a year later, Birch's revenue had reached $232.9 billion.",
        "Birch's revenue was lower than Alder's in fiscal 2018.",
        "Birch's revenue rose in fiscal 2018.",
        "Of the three, Alder had the largest revenue in fiscal 2018, $514.4 billion, and Cedar the smallest.",
        "In fiscal 2018, Birch's net income was $10.1 billion on revenue of $232.9 billion.",
        "Birch's bottom line for fiscal 2018 shows a profit of $10.1 billion.",
    ],
)
def test_a_model_may_report_in_its_own_words(evidence: Evidence, text: str) -> None:
    assert gate.judge(draft(text), evidence).reason is None


@pytest.mark.parametrize(
    "text",
    [
        "In fiscal 2018, Alder showed lower revenue than Birch: $514.4 billion against $232.9 billion.",
        "In fiscal 2018, Alder showed higher revenue than Birch: $232.9 billion against $514.4 billion.",
        "In fiscal 2018, Birch showed higher revenue than Alder: $514.4 billion against $232.9 billion.",
        "Alder and Birch had revenue of $232.9 billion and $514.4 billion in fiscal 2018.",
        "Alder posted more revenue than Birch in fiscal 2018, at $232.9 billion and $514.4 billion.",
        "Birch's revenue was higher than Alder's in fiscal 2018.",
        "Birch's revenue fell in fiscal 2018.",
        "Birch's revenue declined and came to $232.9 billion in fiscal 2018.",
        "Birch reported revenue of $232.9 billion in fiscal 2018, while Alder's was lower.",
        "Birch had the largest revenue in fiscal 2018, $232.9 billion.",
        "Birch's revenue of $232.9 billion in fiscal 2018 was followed by Alder's.",
        "In fiscal 2017 it was $232.9 billion; a year later, Birch's revenue had reached $177.9 billion.",
        "Birch's net income was $232.9 billion on revenue of $10.1 billion in fiscal 2018.",
        "Birch lost $10.1 billion in fiscal 2018.",
        "Birch did not report revenue of $232.9 billion in fiscal 2018.",
    ],
)
def test_order_movement_and_measure_are_claims_that_figures_must_bear_out(evidence: Evidence, text: str) -> None:
    assert not gate.judge(draft(text), evidence).kept


def test_a_largest_that_leaves_out_the_larger_is_refused(evidence: Evidence) -> None:
    some = (("Birch", "revenue", 2018), ("Cedar", "revenue", 2018))
    assert not gate.judge(draft("Birch had the largest revenue in fiscal 2018, $232.9 billion.", *some), evidence).kept
    of_two = (
        "Of the two, Birch had the largest revenue in fiscal 2018, $232.9 billion, against $74.4 billion for Cedar."
    )
    assert gate.judge(draft(of_two, *some), evidence).kept


def test_a_measure_that_no_cited_fact_is_of_is_refused(evidence: Evidence) -> None:
    verdict = gate.judge(
        draft("Birch had net income of $232.9 billion in fiscal 2018.", ("Birch", "revenue", 2018)), evidence
    )
    assert verdict.reason == "the number '$232.9 billion' is of revenue, not of net income"


def test_nothing_is_smuggled_in_beside_true_figures(evidence: Evidence) -> None:
    true = [
        Told(draft("Birch reported revenue of $232.9 billion in fiscal 2018."), (), "level"),
        Told(draft("Alder took $514.4 billion in fiscal 2018, more than Birch with $232.9 billion."), (), "order"),
    ]
    assert all(gate.judge(one.draft, evidence).kept for one in true)
    lies = [lie for one in true for lie in smuggled.lies(one)]
    assert len(lies) >= 120
    assert [lie.text for _, lie in lies if gate.judge(lie, evidence).kept] == []


def test_amounts_stand_under_no_other_name_and_in_no_other_order_of_time(evidence: Evidence) -> None:
    lies = list(smuggled.renamed(evidence, writer="model"))
    assert {kind for kind, _ in lies} == {"measure", "time"}
    assert [lie.text for _, lie in lies if gate.judge(lie, evidence).kept] == []


def test_the_offline_writers_words_are_not_judged_by_this_rule(evidence: Evidence) -> None:
    odd = draft("Birch, an oak among trees, had revenue of $232.9 billion in fiscal 2018.")
    assert not gate.judge(odd, evidence).kept
    assert gate.judge(replace(odd, writer=""), evidence).kept
