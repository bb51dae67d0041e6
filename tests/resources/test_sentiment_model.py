"""A tenant's sentiment model through its life: trained, watched, drifting, replaced, rolled back, tried."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from market_research.cleaning.schema import MODEL_EVALUATIONS, MODEL_STAGES, MODEL_VERSIONS
from market_research.commerce.registry import stages
from market_research.commerce.sentiment import classify, model
from market_research.commerce.simulation import later_reviews, simulate
from market_research.ids import content_id
from resources import model_predictions, model_renewal, sentiment_model
from resources import model_registry as registry
from resources.lake import Lake
from resources.model_compare import compared
from resources.model_registry import Scope
from resources.sentiment_model import MODEL, readers

KEY = "shop"
NOW = datetime(2026, 2, 1, tzinfo=UTC)


def embed(texts: Sequence[str]) -> Any:
    """Three plain numbers a text: the story is about versions, and real vectors are tested elsewhere."""
    import numpy as np

    return np.array([[len(text) % 7, text.count("e"), 1.0] for text in texts])


def as_reviews(records: pl.DataFrame) -> pl.DataFrame:
    """Records as the table `reviews` has them."""
    return records.select(
        pl.col("review_id").map_elements(lambda said: content_id("rev", said), pl.String),
        pl.col("sku").map_elements(lambda said: content_id("prod", said), pl.String).alias("product_id"),
        pl.col("rating").cast(pl.Float64), pl.lit(None, pl.String).alias("title"), "text",
        pl.col("reviewer_id").alias("author"), pl.lit(value=True).alias("verified"),
        pl.col("written_at").str.to_date().cast(pl.Datetime("us", "UTC")), stated_id="review_id",
    )  # fmt: skip


@cache
def old() -> pl.DataFrame:
    shop = simulate(days=100)
    return as_reviews(
        shop.records["reviews.csv"].filter(~pl.col("review_id").is_in(shop.truth["spam"]["review_id"].implode()))
    )


@cache
def later() -> pl.DataFrame:
    return as_reviews(later_reviews())


def take(scope: Scope, reviews: pl.DataFrame) -> sentiment_model.Readers:
    return readers(scope, reviews, reviews, embed, "letters", now=NOW)


@pytest.fixture
def scope(tmp_path: Path) -> Scope:
    return Scope(Lake(tmp_path), KEY, "default", MODEL)


def state(scope: Scope) -> list[tuple[int, str, str]]:
    """Number, stage and reason of each version, the newest first."""
    return registry.listed(scope.lake, KEY).select("number", "stage", "reason").rows()


def test_the_first_version_reads_as_a_model_of_all_ratings_does_and_the_same_data_train_nothing(scope: Scope) -> None:
    made = take(scope, old())
    assert made.production == classify.trained(old(), embed, "letters")
    felt = made.read(old(), embed)
    assert felt.equals(classify.review_sentiment(old(), made.production, embed))
    before = scope.lake.content_hash("models", MODEL_VERSIONS.name, KEY)
    assert take(scope, old().sample(fraction=1, shuffle=True, seed=1)).production == made.production
    assert scope.lake.content_hash("models", MODEL_VERSIONS.name, KEY) == before
    assert state(scope) == [(1, "production", "first")]
    assert registry.rows(scope.lake, MODEL_EVALUATIONS, KEY).is_empty()


def test_a_few_more_reviews_are_predicted_but_not_yet_worth_a_training(scope: Scope) -> None:
    take(scope, old().head(-20))
    take(scope, old())
    assert state(scope) == [(1, "production", "first")]
    live = model_predictions.read(scope).filter(kind="live")
    assert set(live["actual"]) <= {1.0, 2.0, 3.0, 4.0, 5.0}
    assert live.height == 20
    assert registry.rows(scope.lake, MODEL_EVALUATIONS, KEY)["verdict"].to_list() == ["too few"]


@pytest.fixture
def drifted(scope: Scope) -> Scope:
    take(scope, old())
    take(scope, pl.concat([old(), later()]))
    return scope


def test_a_shifted_month_raises_an_alert_and_leads_to_a_version_that_is_better_on_it(drifted: Scope) -> None:
    assert state(drifted) == [(2, "production", "drift"), (1, "archived", "first")]
    drift, poor = registry.alerts(drifted.lake, KEY).rows(named=True)
    assert (drift["kind"], poor["kind"]) == ("drift", "below threshold")
    assert drift["change_pct"] < -10
    assert drift["rows"] == later().height
    assert drift["action"].startswith("Trained version 2, now in production. Not worse than the version in production")
    second = registry.find(drifted.lake, KEY, "2")
    assert second["parent_id"] == registry.find(drifted.lake, KEY, "1")["version_id"]
    # Nothing of the month was learnt before it was predicted.
    first = model_predictions.read(drifted, versions=[second["parent_id"]])
    assert set(first.filter(kind="held out")["subject_id"]).isdisjoint(first.filter(kind="live")["subject_id"])
    again = pl.concat([old(), later()])
    take(drifted, again)
    assert registry.alerts(drifted.lake, KEY).height == 2
    assert state(drifted)[0] == (2, "production", "drift")


def test_what_was_rolled_back_does_not_come_back_by_itself(drifted: Scope) -> None:
    everything = pl.concat([old(), later()])
    with_second = take(drifted, everything).production
    restored = registry.rollback(drifted, "praise is read as blame", now=NOW)
    made = take(drifted, everything)
    assert made.production is not None
    assert made.production != with_second
    assert made.production.version == registry.find(drifted.lake, KEY, restored)["label"]
    assert state(drifted) == [(2, "archived", "drift"), (1, "production", "first")]
    # With other data another version is trained, which may take the place of the restored one.
    more = as_reviews(later_reviews(reviews=100, seed=1).with_columns(pl.col("review_id").str.replace("s", "t")))
    take(drifted, pl.concat([everything, more]))
    assert [row[:2] for row in state(drifted)] == [(3, "production"), (2, "archived"), (1, "archived")]


def test_a_share_of_the_reviews_is_read_by_the_version_that_is_tried(drifted: Scope) -> None:
    everything = pl.concat([old(), later()])
    registry.rollback(drifted, "to try it", now=NOW)
    tried, present = (registry.find(drifted.lake, KEY, number)["version_id"] for number in "21")
    registry.set_split(drifted.lake, KEY, tried, 0.3)
    more = as_reviews(later_reviews(reviews=40, seed=2).with_columns(pl.col("review_id").str.replace("s", "u")))
    felt = take(drifted, pl.concat([everything, more])).read(pl.concat([everything, more]), embed)
    labels = dict(registry.listed(drifted.lake, KEY).select("version_id", "label").rows())
    shares = felt["model_version"].value_counts(normalize=True)
    assert shares.filter(model_version=labels[tried])["proportion"].item() == pytest.approx(0.3, abs=0.08)
    assert set(felt["model_version"]) == {labels[tried], labels[present]}
    # A version that is trained meanwhile waits until the trial is over.
    assert [row[:2] for row in state(drifted)] == [(3, "staging"), (2, "archived"), (1, "production")]
    told = {row["number"]: row for row in compared(drifted.lake, KEY).rows(named=True)}
    assert told[2]["same_rows"] == more.height
    assert told[2]["on_same"] > told[2]["productions_on_same"]
    assert told[2]["served_rows"] + told[1]["served_rows"] - later().height == more.height


def test_a_model_of_withdrawn_reviews_is_replaced_whatever_it_is_worth_and_goes_where_none_can_be_trained(
    drifted: Scope,
) -> None:
    take(drifted, old())
    assert state(drifted)[0][1:] == ("archived", "drift")
    assert take(drifted, old()).production == classify.trained(old(), embed, "letters")
    few = old().head(5)
    assert take(drifted, few).production is None
    assert stages.production(drifted.events) is None
    assert take(drifted, few).production is None


def test_a_run_that_was_killed_after_training_goes_on_where_it_was(
    scope: Scope, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(model_renewal, "place", killed)
        with pytest.raises(KeyboardInterrupt):
            take(scope, old())
    assert registry.rows(scope.lake, MODEL_STAGES, KEY).is_empty()
    assert take(scope, old()).production == classify.trained(old(), embed, "letters")
    assert state(scope) == [(1, "production", "first")]


def train_now(scope: Scope, reviews: pl.DataFrame) -> str:
    return sentiment_model.renew(scope, reviews, reviews, embed, "letters", by_hand=True, now=NOW)


def test_a_training_asked_for_follows_the_rules_of_a_run_and_is_never_of_the_same_data(scope: Scope) -> None:
    assert train_now(scope, old().head(10)).startswith("Not trained: There are")
    assert not registry.known(scope.lake, KEY)
    assert train_now(scope, old().head(-20)).startswith("Trained version 1, now in production.")
    assert train_now(scope, old().head(-20)) == (
        "Not trained again: there is nothing new to learn from since version 1, which is in production."
    )
    # Twenty more are no reason for a run, but they are something new.
    take(scope, old())
    assert [row[:2] for row in state(scope)] == [(1, "production")]
    said = train_now(scope, old())
    number, stage, reason = state(scope)[0]
    assert (number, reason) == (2, "by hand")
    assert said.startswith(f"Trained version 2, now in {stage}. ")
    assert stage in ("production", "staging")
    assert scope.events.filter(pl.col("version_id") == registry.find(scope.lake, KEY, "2")["version_id"])[
        "by_hand"
    ].all()
    assert "nothing new to learn from since version 2" in train_now(scope, old())
    before = state(scope)
    take(scope, old())
    assert state(scope) == before


def test_a_rating_that_was_changed_replaces_the_actual_of_what_was_predicted(scope: Scope) -> None:
    take(scope, old().head(-20))
    take(scope, old())
    changed = old().tail(20).with_columns(rating=pl.lit(1.0))
    live = pl.col("kind") == "live"
    before = model_predictions.read(scope).filter(live)
    assert set(before["actual"]) != {1.0}
    reviews = pl.concat([old().head(-20), changed])
    readers(scope, reviews, reviews, embed, "letters", now=NOW + timedelta(days=1))
    after = model_predictions.read(scope).filter(live)
    assert set(after["actual"]) == {1.0}
    assert set(after["actual_class"]) == {"negative"}
    assert after.drop("actual", "actual_class").equals(before.drop("actual", "actual_class"))
    assert registry.rows(scope.lake, MODEL_EVALUATIONS, KEY).height == 2


def lose(scope: Scope, number: str) -> None:
    """Remove a version's artifact."""
    Path(scope.lake.store.place(registry.find(scope.lake, KEY, number)["artifact"])).unlink()


def test_a_lost_artifact_stops_the_run_with_advice_and_a_training_puts_it_back(scope: Scope) -> None:
    made = take(scope, old())
    lose(scope, "1")
    with pytest.raises(registry.ArtifactLost, match="models train --industry shop"):
        take(scope, old())
    assert train_now(scope, old()) == "Trained version 1 again, as it was: its artifact was not in the lake any more."
    assert take(scope, old()) == made
    assert state(scope) == [(1, "production", "first")]


def test_a_lost_artifact_is_replaced_by_a_version_of_other_data_whatever_it_is_worth(drifted: Scope) -> None:
    lose(drifted, "2")
    more = as_reviews(later_reviews(reviews=40, seed=3).with_columns(pl.col("review_id").str.replace("s", "v")))
    said = train_now(drifted, pl.concat([old(), later(), more]))
    assert said == "Trained version 3, now in production. The artifact of the version in production was lost."
    assert take(drifted, pl.concat([old(), later(), more])).production is not None


def test_too_few_ratings_leave_the_lexicon_and_no_version(scope: Scope) -> None:
    assert take(scope, old().head(10)).production is None
    assert not registry.known(scope.lake, KEY)
    assert set(take(scope, old().head(10)).read(old().head(10), embed)["model_version"]) == {classify.LEXICON}
    assert model.CLASSES == ("negative", "neutral", "positive")
