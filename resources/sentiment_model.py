"""The model that reads a tenant's reviews: taken from the registry, watched by the ratings that come, trained when due.

In this order, so that every prediction is made before anything is learnt from what it is about: the versions in use
predict the rated reviews that they have not seen, what came of it is judged, a version is trained if there is a reason,
and it goes to production if it is not worse. Then the reviews are read.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import polars as pl

from market_research.cleaning.schema import MODEL_VERSIONS
from market_research.commerce.registry import drift, metrics, split, stages, subjects
from market_research.commerce.sentiment import classify
from market_research.commerce.sentiment import model as models
from market_research.commerce.sentiment.model import Model, NotEnoughRatings
from market_research.version import code_version
from resources import model_predictions
from resources import model_registry as registry
from resources.model_registry import Scope, Trained
from resources.model_watch import Look, look, note_alerts

log = logging.getLogger(__name__)
MODEL = "review sentiment"
HELD_OUT = "held out by turns (five folds)"
Embed = Callable[..., Any]


@dataclass(frozen=True)
class Readers:
    """Who reads reviews: the version in production (None: the lexicon), and maybe one beside it with its share."""

    production: Model | None
    challenger: Model | None = None
    share: float = 0.0

    def read(self, reviews: pl.DataFrame, embed: Embed) -> pl.DataFrame:
        """``classify.REVIEW_SENTIMENT``, each review by the version that it falls to."""
        if self.challenger is None:
            return classify.review_sentiment(reviews, self.production, embed)
        theirs = reviews.select(split.is_challengers(pl.col("review_id"), self.share)).to_series()
        parts = [(self.production, ~theirs), (self.challenger, theirs)]
        made = [classify.review_sentiment(reviews.filter(mask), reader, embed) for reader, mask in parts]
        ordered = reviews.select("review_id").join(pl.concat(made), on="review_id", how="left", maintain_order="left")
        return ordered.select(classify.REVIEW_SENTIMENT.names())


@dataclass(frozen=True)
class _Asked:
    """Whether a person asks for a training, whether the artifact in production was lost, and when it is."""

    by_hand: bool
    lost: bool
    now: datetime


@dataclass(frozen=True)
class Ratings:
    """A tenant's rated reviews that are no spam, by what they say; and the ids of all its reviews."""

    rated: pl.DataFrame
    present: frozenset[str]
    as_of: date

    @property
    def dated(self) -> pl.DataFrame:
        day = pl.col("written_at").dt.date().fill_null(self.as_of)
        return self.rated.select("subject_id", "review_id", "actual_class", actual="rating", for_date=day)


def readers(
    scope: Scope,
    reviews: pl.DataFrame,
    kept: pl.DataFrame,
    embed: Embed,
    embedding: str,
    *,
    now: datetime | None = None,
) -> Readers:
    """Bring a tenant's model up to date with its reviews and say who reads them.

    Args:
        reviews: all rows of ``reviews`` of the tenant.
        kept: those of them that are no spam.
        embed: see ``classify.Embed``.
        embedding: name of the embedder.
    """
    renew(scope, reviews, kept, embed, embedding, now=now)
    return _readers(scope)


def renew(
    scope: Scope,
    reviews: pl.DataFrame,
    kept: pl.DataFrame,
    embed: Embed,
    embedding: str,
    *,
    by_hand: bool = False,
    now: datetime | None = None,
) -> str:
    """Bring a tenant's model up to date with its reviews; says in sentences what was done. Arguments as of ``readers``.

    ``by_hand``: somebody asks for a training, so it takes no other reason than data or code that no version has learnt
    from, or an artifact in production that was lost.

    Raises:
        ArtifactLost: a version in use cannot be read, and nobody asks for a training.
    """
    moment = now or datetime.now(UTC)
    ratings = _ratings(reviews, kept, moment)
    in_use = stages.production(scope.events)
    lost = by_hand and in_use is not None and not registry.is_intact(scope, in_use)
    arrived = model_predictions.correct_actuals(scope, ratings.dated.select("subject_id", "actual", "actual_class"))
    arrived += 0 if lost else _predict(scope, ratings, kept, embed)
    found = look(scope, in_use, "actuals", now=moment) if in_use and arrived else None
    asked = _Asked(by_hand=by_hand, lost=lost, now=moment)
    action = _renew(scope, ratings, kept, embed, embedding, found, asked)
    if found is not None and in_use is not None:
        note_alerts(scope, in_use, found, action, now=moment)
    return action


def _ratings(reviews: pl.DataFrame, kept: pl.DataFrame, now: datetime) -> Ratings:
    newest = kept["written_at"].max()
    as_of = newest.date() if isinstance(newest, datetime) else now.date()
    spoken = pl.concat_str("title", "text", ignore_nulls=True).str.contains(r"\w")
    rated = subjects.reviews_named(kept).filter(pl.col("actual_class").is_not_null(), spoken)
    return Ratings(rated, frozenset(subjects.reviews_named(reviews)["subject_id"]), as_of)


def _readers(scope: Scope) -> Readers:
    in_use, beside = stages.production(scope.events), registry.split(scope)
    if in_use is None:
        return Readers(None)
    present = models.from_json(registry.artifact(scope, in_use))
    if beside is None:
        return Readers(present)
    return Readers(present, models.from_json(registry.artifact(scope, beside[0])), beside[1])


def _predict(scope: Scope, ratings: Ratings, kept: pl.DataFrame, embed: Embed) -> int:
    """Note what the versions in use make of rated reviews that they have not seen; returns how many are new."""
    in_use, beside = stages.production(scope.events), registry.split(scope)
    added = 0
    for version, share in [(in_use, None), *([beside] if beside else [])]:
        if version is None:
            continue
        seen = model_predictions.read(scope, versions=[version])["subject_id"]
        unseen = ratings.dated.filter(~pl.col("subject_id").is_in(seen.implode()))
        if unseen.is_empty():
            continue
        reader = models.from_json(registry.artifact(scope, version))
        texts = unseen.select("review_id").join(kept, on="review_id", how="left", maintain_order="left")
        said = classify.review_sentiment(texts, reader, embed)
        drawn = split.is_challengers(pl.col("review_id"), beside[1] if beside else 0.0)
        served = drawn if share is not None else ~drawn
        added += model_predictions.add(scope, _rows(unseen, said, version, "live", served, ratings.as_of))
    return added


def _rows(
    about: pl.DataFrame, said: pl.DataFrame, version: str, kind: str, served: pl.Expr, made_on: date
) -> pl.DataFrame:
    answers = said.select("review_id", "confidence", predicted="score", predicted_class="class")
    joined = about.join(answers, on="review_id", how="inner", maintain_order="left")
    return joined.with_columns(
        version_id=pl.lit(version), kind=pl.lit(kind), served=served, made_on=pl.lit(made_on), actual_at=pl.lit(made_on)
    )


def _renew(
    scope: Scope, ratings: Ratings, kept: pl.DataFrame, embed: Embed, embedding: str, found: Look | None, asked: _Asked
) -> str:
    """Train a version if there is a reason and put it where it belongs; says what was done."""
    in_use = stages.production(scope.events)
    before = scope.of(MODEL_VERSIONS)
    sha256 = subjects.data_sha256(ratings.rated, embedding, str(models.FORMAT))
    code = code_version(folders=("market_research/commerce/sentiment",))
    same_data = before.filter(data_sha256=sha256)
    version = next(iter(same_data.filter(code_version=code)["version_id"]), None)
    learnt = _learnt(scope, in_use)
    gone = bool(learnt - ratings.present)
    reason = drift.training_reason(
        same_data=same_data.height > 0, same_code=version is not None, in_production=in_use is not None, withdrawn=gone,
        drifted=found is not None and found.has_drifted,
        poor=found is not None and found.judgement.is_poor,
        growth_pct=100 * len(set(ratings.rated["subject_id"]) - learnt) / max(len(learnt), 1), by_hand=asked.by_hand,
    )  # fmt: skip
    if asked.lost or (version is None and reason is not None):
        try:
            version = _train(scope, ratings, kept, embed, embedding, (sha256, code, reason or "by hand"), asked.now)
        except NotEnoughRatings as error:
            log.info("%s", error)
            if gone:
                registry.record(scope, stages.withdrawn(scope.events), by_hand=asked.by_hand, now=asked.now)
            return f"Not trained{'' if before.is_empty() else ' again'}: {error}"
    if version is None:
        return "Not trained again: there is too little new to learn from."
    return _place(scope, version, in_use, asked, gone=gone)


def _learnt(scope: Scope, version: str | None) -> set[str]:
    """Reviews that a version has learnt from."""
    if version is None:
        return set()
    return set(model_predictions.read(scope, versions=[version]).filter(kind="held out")["subject_id"])


def _train(
    scope: Scope, ratings: Ratings, kept: pl.DataFrame, embed: Embed, embedding: str, about: tuple[str, str, str],
    now: datetime,
) -> str:  # fmt: skip
    """Train on the reviews that are no spam, note what was held out, and register the version.

    Raises:
        NotEnoughRatings: too few rated reviews of a class.
    """
    sha256, code, reason = about
    made, held = classify.trained_and_held_out(kept, embed, embedding)
    said = ratings.dated.join(held, on="review_id", how="inner").select(
        predicted_class="class", actual_class="actual_class"
    )
    found = metrics.of_classes(said)
    trained = Trained(
        made.version, models.to_json(made), sha256, code, made.trained_on, reason, ratings.as_of,
        {name: (value, found.rows) for name in ("macro_f1", "accuracy") if (value := getattr(found, name)) is not None},
        HELD_OUT,
    )  # fmt: skip
    version = registry.version_of(scope, trained)
    held_out = _rows(ratings.dated, held, version, "held out", pl.lit(value=False), ratings.as_of)
    model_predictions.add(scope, held_out)
    return registry.register(scope, trained, parent=stages.production(scope.events), now=now)


def _place(scope: Scope, version: str, in_use: str | None, asked: _Asked, *, gone: bool) -> str:
    """Put a version that is in no stage yet into one, by the rule that ``stages.compare`` says."""
    events = scope.events
    number = scope.of(MODEL_VERSIONS).filter(version_id=version)["number"][0]
    stage = stages.now(events).get(version)
    tried = registry.split(scope)
    if asked.lost and version == in_use:
        return f"Trained version {number} again, as it was: its artifact was not in the lake any more."
    if (
        stage is not None
        and not gone
        and not asked.lost
        and (in_use is not None or version in stages.rolled_back(events))
    ):
        return f"Not trained again: there is nothing new to learn from since version {number}, which is in {stage}."
    if in_use is None:
        decision = stages.Decision(True, "No other version is in production.")
    elif gone:
        decision = stages.Decision(True, "The version in production learnt from reviews that are no longer there.")
    elif asked.lost:
        decision = stages.Decision(True, "The artifact of the version in production was lost.")
    elif tried is not None:
        reason = (
            f"While {tried[0]} is tried beside the one in production, that one stays (`market-research models split`)."
        )
        decision = stages.Decision(False, reason)
    else:
        held = model_predictions.read(scope, versions=[version, in_use])
        decision = stages.compare(held.filter(version_id=version), held.filter(version_id=in_use))
    if stage is None:
        steps = stages.trained(events, version, decision, keep=None if tried is None else tried[0])
    else:
        steps = stages.promoted(events, version, decision.reason)
    registry.record(scope, steps, by_hand=asked.by_hand, now=asked.now)
    how = "Trained version" if stage is None else "Went back to version"
    return f"{how} {number}, now in {steps[-1].stage}. {decision.reason}"
