"""The model that reads a tenant's reviews: taken from the registry, watched by the ratings that come, trained when due.

``model_renewal`` says in which order. Then the reviews are read.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import polars as pl

from market_research.commerce.registry import metrics, split, stages, subjects
from market_research.commerce.sentiment import classify
from market_research.commerce.sentiment import model as models
from market_research.commerce.sentiment.model import Model
from market_research.version import code_version
from resources import model_predictions
from resources import model_registry as registry
from resources.model_registry import Scope, Trained
from resources.model_renewal import HELD_OUT, Material, unseen
from resources.model_renewal import renew as renew_model

MODEL = "review sentiment"
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

    ``by_hand`` and errors as of ``model_renewal.renew``.
    """
    moment = now or datetime.now(UTC)
    ratings = _ratings(reviews, kept, moment)
    material = Material(
        labelled=ratings.dated.select("subject_id", "actual", "actual_class"), present=ratings.present,
        sha256=subjects.data_sha256(ratings.rated, embedding, str(models.FORMAT)),
        code=code_version(folders=("market_research/commerce/sentiment",)), noun="reviews",
    )  # fmt: skip

    def predict() -> int:
        return _predict(scope, ratings, kept, embed)

    def train(reason: str) -> str:
        return _train(scope, ratings, kept, embed, embedding, (material.sha256, material.code, reason), moment)

    return renew_model(scope, material, predict, train, by_hand=by_hand, now=moment)


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
        new = unseen(scope, version, ratings.dated)
        if new.is_empty():
            continue
        reader = models.from_json(registry.artifact(scope, version))
        texts = new.select("review_id").join(kept, on="review_id", how="left", maintain_order="left")
        said = classify.review_sentiment(texts, reader, embed)
        drawn = split.is_challengers(pl.col("review_id"), beside[1] if beside else 0.0)
        served = drawn if share is not None else ~drawn
        added += model_predictions.add(scope, _rows(new, said, version, "live", served, ratings.as_of))
    return added


def _rows(
    about: pl.DataFrame, said: pl.DataFrame, version: str, kind: str, served: pl.Expr, made_on: date
) -> pl.DataFrame:
    answers = said.select("review_id", "confidence", predicted="score", predicted_class="class")
    joined = about.join(answers, on="review_id", how="inner", maintain_order="left")
    return joined.with_columns(
        version_id=pl.lit(version), kind=pl.lit(kind), served=served, made_on=pl.lit(made_on), actual_at=pl.lit(made_on)
    )


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
