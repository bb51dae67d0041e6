"""How right predictions were: of classes by F1, of quantities by errors in percent and in units of a plain guess.

Sources: macro F1 is the mean of the classes' F1 (van Rijsbergen, Information Retrieval, 1979); MAPE, sMAPE and MASE as
in Hyndman and Koehler, Another look at measures of forecast accuracy, 2006.
"""

from dataclasses import dataclass

import polars as pl

WEEK = 7
"""Days whose sum is compared for MAPE, and the season of MASE's plain guess."""


@dataclass(frozen=True)
class Accuracy:
    """What was measured, and on how many rows; what cannot be told is None. Percent are of 100."""

    rows: int
    macro_f1: float | None = None
    accuracy: float | None = None
    mape_pct: float | None = None
    smape_pct: float | None = None
    mase: float | None = None
    coverage_pct: float | None = None


def of_classes(predictions: pl.DataFrame) -> Accuracy:
    """Macro F1 (0 to 1) and accuracy of rows with ``predicted_class`` and ``actual_class``.

    The mean is over the classes that are among the actuals: of one that is not there nothing can be missed.
    """
    known = predictions.select(said="predicted_class", right="actual_class").drop_nulls()
    if known.is_empty():
        return Accuracy(0)
    hits = pl.col("said") == pl.col("right")
    real = known.group_by("right").agg(real=pl.len(), hit=hits.sum())
    told = known.group_by("said").agg(told=pl.len())
    each = real.join(told, left_on="right", right_on="said", how="left").select(
        f1=2 * pl.col("hit") / (pl.col("real") + pl.col("told").fill_null(0))
    )
    right = float(known.select(hits.mean()).item())
    # Sums of floats depend on their order, and that of groups is any.
    return Accuracy(known.height, float(each["f1"].sort().sum() / each.height), right)


def of_pairs(predictions: pl.DataFrame) -> dict[str, tuple[float, int]]:
    """Precision, recall and F1 (0 to 1) of the class "same", each with the rows that it rests on: pairs said to be one
    product, pairs that are one, and all. What rests on none is left out.

    ``predictions`` has ``predicted_class`` and ``actual_class``.
    """
    said, right = pl.col("predicted_class") == "same", pl.col("actual_class") == "same"
    hit, told, real = predictions.select(hit=(said & right).sum(), told=said.sum(), real=right.sum()).row(0)
    found = {
        "precision": (hit, told, told), "recall": (hit, real, real), "f1": (2 * hit, told + real, predictions.height),
    }  # fmt: skip
    return {name: (part / whole, rows) for name, (part, whole, rows) in found.items() if whole}


def chance(held_out: pl.DataFrame, macro_f1: float, rows: int, *, draws: int = 400) -> float | None:
    """How often a lot of so many reviews without drift has a macro F1 as low as this, from 0 to 1.

    Lots are drawn from what was held out when the version was trained (``predicted_class``, ``actual_class``): a rare
    class makes the F1 of a small lot jump by itself. None where nothing was held out. The same draws every time.
    """
    import numpy as np

    known = held_out.select("predicted_class", "actual_class").drop_nulls().sort("predicted_class", "actual_class")
    if known.is_empty():
        return None
    names = sorted({*known["predicted_class"], *known["actual_class"]})
    places = {name: place for place, name in enumerate(names)}
    said, right = (
        known[name].replace_strict(places, return_dtype=pl.Int64).to_numpy()
        for name in ("predicted_class", "actual_class")
    )
    pairs, size = right * len(names) + said, min(rows, 5000)
    shares = np.bincount(pairs, minlength=len(names) ** 2) / len(pairs)
    lots = np.random.default_rng(0).multinomial(size, shares, size=draws).reshape(draws, len(names), len(names))
    hits, real, told = lots.diagonal(axis1=1, axis2=2), lots.sum(axis=2), lots.sum(axis=1)
    each = np.divide(2 * hits, real + told, out=np.zeros(hits.shape), where=real + told > 0)
    f1 = each.sum(axis=1) / np.maximum((real > 0).sum(axis=1), 1)
    return float((f1 <= macro_f1).mean())


def of_quantities(predictions: pl.DataFrame, scales: pl.DataFrame | None = None) -> Accuracy:
    """Errors of forecasts whose ``actual`` is known; ``rows`` counts these days.

    Args:
        predictions: subject_id, made_on, for_date, predicted, actual, actual_at, lower, upper.
        scales: subject_id and scale, see ``seasonal_scales``; without it there is no MASE.

    MAPE is of what a product sells in the first seven days of a forecast together, since single days of few pieces are
    mostly chance; see ``weeks_of``. sMAPE, MASE and the coverage are of single days.
    """
    known = predictions.filter(pl.col("actual").is_not_null(), pl.col("predicted").is_not_null())
    if known.is_empty():
        return Accuracy(0)
    miss = (pl.col("predicted") - pl.col("actual")).abs()
    size = pl.col("predicted").abs() + pl.col("actual").abs()
    inside = pl.col("actual").is_between("lower", "upper")
    ordered = known.sort("subject_id", "made_on", "for_date")
    told = ordered.select(
        smape=pl.when(size > 0).then(200 * miss / size).otherwise(0.0).mean(), coverage=100 * inside.mean()
    ).row(0, named=True)
    mase = None
    if scales is not None:
        mase = (
            ordered.join(scales, on="subject_id")
            .filter(pl.col("scale") > 0)
            .select((miss / pl.col("scale")).mean())
            .item()
        )
    return Accuracy(
        known.height,
        mape_pct=weeks_of(predictions).select((100 * miss / pl.col("actual")).mean()).item(),
        smape_pct=told["smape"],
        mase=mase,
        coverage_pct=told["coverage"],
    )


def weeks_of(predictions: pl.DataFrame) -> pl.DataFrame:
    """The first seven days of each forecast together: subject_id, made_on, predicted, actual (over 0), sorted.

    ``predictions`` as of ``of_quantities``. As in the back-test both sums are of the days on which something could be
    sold. Spans that are not over (``actual_at``), of which more than half of the days say nothing, or in which nothing
    was sold, are left out.
    """
    known = pl.col("actual").is_not_null()
    return (
        predictions.filter(pl.col("actual_at").is_not_null())
        .filter((pl.col("for_date") - pl.col("made_on")).dt.total_days().is_between(1, WEEK))
        .group_by("subject_id", "made_on")
        .agg(pl.len(), pl.col("predicted").filter(known).sum(), pl.col("actual").sum(), seen=known.sum())
        .filter(pl.col("len") == WEEK, pl.col("seen") * 2 >= WEEK, pl.col("actual") > 0)
        .select("subject_id", "made_on", "predicted", "actual")
        .sort("subject_id", "made_on")
    )


def seasonal_scales(daily: pl.DataFrame) -> pl.DataFrame:
    """MASE's unit for each product: columns subject_id and scale, the mean absolute change from a week before.

    ``daily`` has subject_id, date and quantity, every day of a product's span.
    """
    change = (pl.col("quantity") - pl.col("quantity").shift(WEEK).over("subject_id")).abs()
    return (
        daily.sort("subject_id", "date")
        .with_columns(change=change)
        .group_by("subject_id", maintain_order=True)
        .agg(scale=pl.col("change").mean())
    )
