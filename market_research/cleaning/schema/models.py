"""Trained models: their versions, the stages that these went through, what they predicted and how right that was."""

import polars as pl

from market_research.cleaning.schema.types import INDUSTRY, Column, Table, text, time

MODELS = ("review sentiment", "matching", "demand")
_CLASSES = ("negative", "neutral", "positive", "same", "different")
STAGES = ("development", "staging", "production", "archived")
_TENANT = text("tenant", "Whose model it is.")
_MODEL = text("model", "Which model it is a version of.", allowed=MODELS)
_VERSION = text("version_id", "The version, see `model_versions`.", pattern=r"^model_[0-9a-f]{16}$")


def _date(name: str, description: str, *, nullable: bool = False) -> Column:
    return Column(name, pl.Date(), description, nullable=nullable)


def _measure(name: str, description: str, *, unit: str | None = None, most: float | None = None) -> Column:
    return Column(name, pl.Float64(), description, nullable=True, minimum=0, maximum=most, unit=unit)


def _count(name: str, description: str) -> Column:
    return Column(name, pl.Int64(), description, minimum=0)


MODEL_VERSIONS = Table(
    "model_versions",
    "Every version of every trained model, and what it was trained on: reviews with stars, decisions on pairs of "
    "offers, sales. Rows are only ever added; `model_stages` says which version is in use.",
    (
        text("version_id", "Id from data, code and artifact.", pattern=r"^model_[0-9a-f]{16}$"),
        INDUSTRY, _TENANT, _MODEL,
        Column("number", pl.Int64(), "1, 2, …, counted for each model of a tenant.", minimum=1),
        text("label", "The name by which rows that it made point to it, such as `review_sentiment.model_version`."),
        text("data_sha256", "Hash of the training data, whatever their order.", pattern=r"^[0-9a-f]{64}$"),
        text("code_version", "Hash of the code that trained it."),
        _count("trained_on", "Rows that it was trained on."),
        text("artifact", "Where its parameters lie in the lake; named by their content, and nothing in it runs.",
             pattern=r"^artifacts/[0-9a-f]{64}\.json$"),
        text("parent_id", "The version in production when it was trained.", nullable=True),
        text("reason", "Why it was trained.",
             allowed=("first", "new data", "new code", "data withdrawn", "drift", "below threshold", "by hand")),
        _date("as_of", "Day of the newest datum that it was trained on.", nullable=True),
        time("trained_at", "When it was trained."),
    ),
    key=("version_id",),
)  # fmt: skip

MODEL_METRICS = Table(
    "model_metrics",
    "How good a version was when it was trained, on data that it had not learnt from.",
    (
        _VERSION, INDUSTRY,
        text("metric", "`macro_f1` is the mean over the classes, 0 to 1; precision, recall and f1 are of pairs of "
             "one product; MAPE is in percent.",
             allowed=("macro_f1", "accuracy", "precision", "recall", "f1", "mape_pct", "smape_pct", "mase",
                      "coverage_pct")),
        Column("value", pl.Float64(), "Its value."),
        _count("rows", "Rows that it was measured on."),
        text("measured_on", "Which data these are: held out by turns, or the first forecasts that came due."),
    ),
    key=("version_id", "metric"),
)  # fmt: skip

MODEL_STAGES = Table(
    "model_stages",
    "The history of versions: each row puts one into a stage. The row with the highest `ordinal` of a version holds.",
    (
        text("event_id", "Id from version, stage and ordinal.", pattern=r"^stage_[0-9a-f]{16}$"),
        INDUSTRY, _TENANT, _MODEL, _VERSION,
        Column("ordinal", pl.Int64(), "1, 2, …, in the order in which it happened.", minimum=1),
        text("stage", "The stage it is in from now on.", allowed=STAGES),
        text("cause", "What kind of step it was.",
             allowed=("trained", "kept back", "promoted", "superseded", "rolled back", "restored", "withdrawn")),
        text("reason", "Why, with the figures that decided."),
        Column("by_hand", pl.Boolean(), "Whether a person did it."),
        text("actor", "User of the operating system, or the Dagster run."),
        time("happened_at", "When."),
    ),
    key=("event_id",),
)  # fmt: skip

MODEL_SPLITS = Table(
    "model_splits",
    "Which share of the traffic a second version is given beside the one in production. The newest of a model holds.",
    (
        text("split_id", "Id from model, version, share and time.", pattern=r"^split_[0-9a-f]{16}$"),
        INDUSTRY, _TENANT, _MODEL, _VERSION,
        Column("share", pl.Float64(), "Share of the records, told by a hash of their id; 0 ends it.", minimum=0,
               maximum=1),
        text("actor", "Who set it."),
        time("set_at", "When."),
    ),
    key=("split_id",),
)  # fmt: skip

MODEL_PREDICTIONS = Table(
    "model_predictions",
    "What versions predicted, and what came of it. A prediction of a class (of a review, of a decision on two offers) "
    "is made before the version learns from it; a forecast is noted when it is made, and its actual when the day has "
    "passed.",
    (
        INDUSTRY, _TENANT, _MODEL, _VERSION,
        text("subject_id", "A review, by what it says (the same in every export), a pair of offers, or a product."),
        text("kind", "Live, or held out: made in training, by a part of the data that did not hold it; of "
             "demand, the sum of the seven days up to `for_date`, as the back-test would have said it.",
             allowed=("live", "held out")),
        Column("served", pl.Boolean(), "Whether it was the one in use; else it was made for comparison."),
        _date("made_on", "Day of the newest data that was known."),
        _date("for_date", "Day that it is for; a review's or decision's own day."),
        Column("predicted", pl.Float64(), "Score from -1 to 1, probability of one product, or pieces."),
        text("predicted_class", "Predicted class.", nullable=True, allowed=_CLASSES),
        Column("confidence", pl.Float64(), "Probability of the class.", nullable=True, minimum=0, maximum=1),
        Column("lower", pl.Float64(), "Lower end of the 95 % interval.", nullable=True),
        Column("upper", pl.Float64(), "Upper end.", nullable=True),
        Column("actual", pl.Float64(), "Stars, 1 or 0 (one product or not), or pieces sold, as known now; null until "
               "known, and for days on which nothing could be sold (`demand_days_without_stock`).", nullable=True),
        text("actual_class", "Class of the stars, or of the decision.", nullable=True, allowed=_CLASSES),
        _date("actual_at", "Day of the data from which it became known, or known that nothing could be sold.",
              nullable=True),
    ),
    key=("version_id", "subject_id", "made_on", "for_date"),
)  # fmt: skip

MODEL_EVALUATIONS = Table(
    "model_evaluations",
    "How right the versions in use were lately: one row each time one was looked at.",
    (
        text("evaluation_id", "Id from version, days and time.", pattern=r"^eval_[0-9a-f]{16}$"),
        INDUSTRY, _TENANT, _MODEL, _VERSION,
        text("trigger", "What led to it.", allowed=("actuals", "schedule")),
        _date("first_date", "First day that it covers.", nullable=True),
        _date("last_date", "Last day.", nullable=True),
        _count("rows", "Predictions whose actuals are known."),
        _measure("macro_f1", "Macro F1 over the classes that occur.", most=1),
        _measure("accuracy", "Share of right classes.", most=1),
        _measure("mape_pct", "Mean absolute percentage error of each product's first seven days together.",
                 unit="percent"),
        _measure("smape_pct", "Symmetric MAPE of single days.", unit="percent", most=200),
        _measure("mase", "Mean absolute error in units of that of last week's same day."),
        _measure("coverage_pct", "Actuals inside the 95 % interval.", unit="percent", most=100),
        _measure("baseline", "F1 or MAPE of the version when it was promoted."),
        Column("change_pct", pl.Float64(), "Change from there, relative.", nullable=True, unit="percent"),
        _measure("chance", "How often it is as bad without drift, where it is worse and that can be told.", most=1),
        text("verdict", "Too few: fewer rows than a judgement needs.", allowed=("steady", "drift", "too few")),
        time("evaluated_at", "When."),
    ),
    key=("evaluation_id",),
)  # fmt: skip

DRIFT_ALERTS = Table(
    "drift_alerts",
    "Versions whose predictions have become worse (F1 down or MAPE up by more than 10 % from when they were promoted), "
    "or are not good enough (F1 below 0.85, MAPE above 20 %), and what was done.",
    (
        text("alert_id", "Id from version, kind and days.", pattern=r"^drift_[0-9a-f]{16}$"),
        INDUSTRY, _TENANT, _MODEL, _VERSION,
        text("kind", "Worse than before, or not good enough.", allowed=("drift", "below threshold")),
        text("metric", "What was measured.", allowed=("macro_f1", "mape_pct")),
        Column("old_value", pl.Float64(), "When it was promoted; of a threshold, the threshold."),
        Column("new_value", pl.Float64(), "Now."),
        Column("change_pct", pl.Float64(), "From old to new, relative.", unit="percent"),
        text("severity", "By the change: above 10, 20 and 40 percent for the worse; info where it may be chance.",
             allowed=("info", "warning", "high", "critical")),
        _measure("chance", "How often it is as bad without drift, 0 to 1, by the reviews held out or the weeks of the "
                 "back-test; above 0.05 is info. Null where that cannot be told.", most=1),
        _count("rows", "Predictions that it rests on."),
        _date("first_date", "First day of these."),
        _date("last_date", "Last day."),
        text("action", "What was done: a version was trained, or why not."),
        time("raised_at", "When."),
    ),
    key=("alert_id",),
)  # fmt: skip

MODEL_TABLES: tuple[Table, ...] = (
    MODEL_VERSIONS, MODEL_METRICS, MODEL_STAGES, MODEL_SPLITS, MODEL_PREDICTIONS, MODEL_EVALUATIONS, DRIFT_ALERTS,
)  # fmt: skip
