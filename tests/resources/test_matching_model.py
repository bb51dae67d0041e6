"""A tenant's model of decisions on pairs through its life: learnt, watched, replaced, rolled back, withdrawn, lost."""

from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import polars as pl
import pytest
from sklearn.metrics import f1_score, precision_score, recall_score

from benchmarks.catalogues import catalogues
from market_research.cleaning.schema import MATCH_DECISIONS, MODEL_EVALUATIONS, MODEL_TABLES, MODEL_VERSIONS
from market_research.commerce.matching.evidence import evidence
from market_research.commerce.matching.learning import learn
from market_research.commerce.registry import stages
from market_research.errors import InvalidInput
from market_research.ids import content_id
from resources import model_predictions
from resources import model_registry as registry
from resources.checks import check_table
from resources.lake import Lake
from resources.matching_model import MODEL, Weigher, learnt_from_others, renew_matching, weigher
from resources.model_compare import compared
from resources.model_registry import Scope

KEY = "shop"
NOW = datetime(2026, 2, 1, tzinfo=UTC)


@cache
def shops() -> tuple[pl.DataFrame, pl.DataFrame]:
    """Offers that leave doubt (no identifiers, no model numbers), and decisions on their likeliest pairs, all right."""
    offers, same = catalogues(400)
    named = {old: content_id("prod", old) for old in offers["product_id"]}
    offers = offers.with_columns(
        gtin=pl.lit(None, pl.String), model=pl.lit(None, pl.String),
        name=pl.col("name").str.replace_all(r"\b[A-Z]{2,3}[- ]?\d+\b", ""),
        product_id=pl.col("product_id").replace_strict(named),
    )  # fmt: skip
    pairs = {
        tuple(sorted((named[one], named[other]))) for one, other in same.select("product_a", "product_b").rows()
    }  # fmt: skip
    rows = []
    for number, found in enumerate(evidence(offers).select("product_a", "product_b").rows()):
        one, other = sorted(found)
        day = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=number)
        rows.append(
            {"decision_id": content_id("deci", one, other), "industry": KEY, "product_a": one, "product_b": other,
             "same": (one, other) in pairs, "reviewer": "ann", "note": None, "decided_at": day}
        )  # fmt: skip
    return offers, MATCH_DECISIONS.frame(rows)


def decisions(number: int) -> pl.DataFrame:
    return shops()[1].head(number)


def take(
    scope: Scope, held: pl.DataFrame, offers: pl.DataFrame | None = None, *, by_hand: bool = False
) -> tuple[Weigher, str]:
    """As a run does it, or a person who asks for a training; who weighs then, and what was done."""
    offered = shops()[0] if offers is None else offers
    found = evidence(offered, None, held)
    said = renew_matching(scope, found, held, offered, by_hand=by_hand, now=NOW)
    return weigher(scope, found, held, offered, now=NOW), said


@pytest.fixture
def scope(tmp_path: Path) -> Scope:
    return Scope(Lake(tmp_path), KEY, "default", MODEL)


def state(scope: Scope) -> list[tuple[int, str, str]]:
    """Number, stage and reason of each version, the newest first."""
    return registry.listed(scope.lake, KEY).select("number", "stage", "reason").rows()


def test_too_few_decisions_leave_the_scores_and_no_version(scope: Scope) -> None:
    made, said = take(scope, decisions(49))
    assert made == Weigher()
    assert said.startswith("Not trained: ")
    assert "a model needs 50, and 5 of each kind" in said
    assert not registry.known(scope.lake, KEY)


def test_the_first_version_is_the_model_of_all_decisions_whatever_their_order_and_the_same_train_nothing(
    scope: Scope, tmp_path: Path
) -> None:
    offers, held = shops()[0], decisions(200)
    made, said = take(scope, held)
    assert said == "Trained version 1, now in production. No other version is in production."
    assert made.model == learn(evidence(offers, None, held), held)
    before = scope.lake.content_hash("models", MODEL_VERSIONS.name, KEY)
    again, said = take(scope, held.sample(fraction=1, shuffle=True, seed=1), offers.reverse())
    assert said == "Not trained again: there is nothing new to learn from since version 1, which is in production."
    assert again == made
    assert scope.lake.content_hash("models", MODEL_VERSIONS.name, KEY) == before
    assert state(scope) == [(1, "production", "first")]
    elsewhere = Scope(Lake(tmp_path / "other"), KEY, "default", MODEL)
    assert take(elsewhere, held.reverse(), offers.reverse())[0] == made
    assert elsewhere.of(MODEL_VERSIONS)["version_id"].equals(scope.of(MODEL_VERSIONS)["version_id"])


def test_prices_change_no_hash_and_what_an_offer_says_does(scope: Scope) -> None:
    offers, held = shops()[0], decisions(200)
    take(scope, held)
    _, said = take(scope, held, offers.with_columns(pl.col("price") * 1.1))
    assert "nothing new to learn from since version 1" in said
    _, said = take(scope, held, offers.with_columns(brand=pl.lit("Another")), by_hand=True)
    assert said.startswith("Trained version 2")


def test_its_figures_are_of_pairs_that_it_had_not_learnt_from(scope: Scope) -> None:
    take(scope, decisions(200))
    row = registry.find(scope.lake, KEY, "1")
    assert row["trained_on"] == 200
    held = model_predictions.read(scope).filter(kind="held out")
    assert held.height == 200
    said, right = (held[name].to_list() for name in ("predicted_class", "actual_class"))
    expected = {
        "f1": f1_score(right, said, pos_label="same"), "precision": precision_score(right, said, pos_label="same"),
        "recall": recall_score(right, said, pos_label="same"), "macro_f1": f1_score(right, said, average="macro"),
    }  # fmt: skip
    for name, value in expected.items():
        assert registry.metric(scope.lake, KEY, row["version_id"], name) == pytest.approx(value), name
    assert expected["f1"] > 0.5


@pytest.fixture
def grown(scope: Scope) -> Scope:
    """A version of 150 decisions, and one of 100 more that came later."""
    take(scope, decisions(150))
    take(scope, decisions(250))
    return scope


def test_decisions_are_predicted_before_they_are_learnt_from_and_decide_which_version_is_used(grown: Scope) -> None:
    (number, stage, reason), first = state(grown)
    assert (number, first[0]) == (2, 1)
    assert reason in ("new data", "below threshold", "drift")
    second = registry.find(grown.lake, KEY, "2")
    assert second["parent_id"] == registry.find(grown.lake, KEY, "1")["version_id"]
    live = model_predictions.read(grown, versions=[second["parent_id"]]).filter(kind="live")
    assert set(live["subject_id"]).isdisjoint(
        model_predictions.read(grown, versions=[second["parent_id"]]).filter(kind="held out")["subject_id"]
    )
    assert live.height == 100
    assert "on 100 pairs that came since" in second["stage_reason"]
    assert (stage == "production") == second["stage_reason"].startswith("Not worse")
    assert grown.of(MODEL_EVALUATIONS)["rows"].to_list() == [100]
    in_use, _ = take(grown, decisions(250))
    assert in_use.label == registry.find(grown.lake, KEY, str(2 if stage == "production" else 1))["label"]
    told = {row["number"]: row for row in compared(grown.lake, KEY).rows(named=True)}
    assert told[1]["live_rows"] == 100
    assert told[1]["live"] == grown.of(MODEL_EVALUATIONS)["macro_f1"][0]
    for known in MODEL_TABLES:
        outcome = check_table(grown.lake, "models", known, KEY)
        assert outcome.passed, (known.name, outcome.failures)


def test_a_person_promotes_and_rolls_back_but_two_versions_share_no_pairs(grown: Scope) -> None:
    first, second = (registry.find(grown.lake, KEY, number)["version_id"] for number in "12")
    if stages.production(grown.events) == first:
        registry.promote(grown.lake, KEY, second, "to try it")
    with pytest.raises(InvalidInput, match="one version at a time"):
        registry.set_split(grown.lake, KEY, first, 0.2)
    assert registry.rollback(grown, "pairs of other sizes", now=NOW) == first
    made, _ = take(grown, decisions(250))
    assert made.label == registry.find(grown.lake, KEY, first)["label"]
    assert stages.production(grown.events) == first
    registry.promote(grown.lake, KEY, second, "after all")
    assert take(grown, decisions(250))[0].label == registry.find(grown.lake, KEY, second)["label"]
    assert registry.in_use(grown.lake, KEY) == [("default", MODEL, second, "", 0.0)]


def test_a_few_more_decisions_are_predicted_but_not_yet_worth_a_training(scope: Scope) -> None:
    take(scope, decisions(250))
    _, said = take(scope, decisions(260))
    assert said == "Not trained again: there is too little new to learn from."
    assert model_predictions.read(scope).filter(kind="live").height == 10
    changed = decisions(260).with_columns(same=pl.col("same") ^ (pl.int_range(pl.len()) == 255))
    take(scope, changed)
    live = model_predictions.read(scope).filter(kind="live")
    assert live["actual_class"].to_list() == ["same" if same else "different" for same in changed.tail(10)["same"]]
    assert take(scope, decisions(260), by_hand=True)[1].startswith("Trained version 2")


def test_a_version_that_learnt_from_offers_that_are_gone_is_replaced_or_taken_out_of_use(scope: Scope) -> None:
    offers, held = shops()[0], decisions(200)
    take(scope, held)
    first = registry.find(scope.lake, KEY, "1")["version_id"]
    assert learnt_from_others(scope, held) == set()
    fewer = held.filter(pl.col("product_a") != held["product_a"][0], pl.col("product_b") != held["product_a"][0])
    assert learnt_from_others(scope, fewer) == {first}
    offered = offers.filter(pl.col("product_id") != held["product_a"][0])
    _, said = take(scope, fewer, offered)
    assert said.startswith("Trained version 2, now in production. The version in production learnt from pairs that are")
    few = fewer.head(20)
    left = offered.filter(pl.col("product_id").is_in(pl.concat([few["product_a"], few["product_b"]]).implode()))
    assert take(scope, few, left)[0] == Weigher()
    assert stages.production(scope.events) is None
    assert scope.events["reason"][-1].startswith("It learnt from pairs that are no longer there")


def test_a_lost_artifact_stops_the_run_with_advice_and_a_training_puts_it_back(scope: Scope) -> None:
    made, _ = take(scope, decisions(200))
    Path(scope.lake.store.place(registry.find(scope.lake, KEY, "1")["artifact"])).unlink()
    with pytest.raises(registry.ArtifactLost, match=r"version 1 of matching.*models train --industry shop"):
        take(scope, decisions(200))
    again, said = take(scope, decisions(200), by_hand=True)
    assert said == "Trained version 1 again, as it was: its artifact was not in the lake any more."
    assert again == made
