"""Measures of predictions against scikit-learn and by hand; what a share of the traffic is; when a model is judged."""

import itertools
from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market_research.commerce.registry import drift, metrics, split, subjects
from market_research.commerce.registry.metrics import Accuracy
from market_research.ids import content_id

CLASSES = ("negative", "neutral", "positive")
PAIRS = st.lists(st.tuples(st.sampled_from(CLASSES), st.sampled_from(CLASSES)), min_size=1, max_size=60)


def predicted(pairs: list[tuple[str, str]]) -> pl.DataFrame:
    return pl.DataFrame(pairs, schema={"predicted_class": pl.String, "actual_class": pl.String}, orient="row")


@given(PAIRS)
def test_macro_f1_and_accuracy_are_those_of_scikit_learn_over_the_classes_that_occur(
    pairs: list[tuple[str, str]],
) -> None:
    from sklearn.metrics import accuracy_score, f1_score

    said, right = zip(*pairs, strict=True)
    found = metrics.of_classes(predicted(pairs))
    expected = f1_score(right, said, labels=sorted(set(right)), average="macro", zero_division=0)
    assert found.macro_f1 == pytest.approx(expected)
    assert found.accuracy == pytest.approx(accuracy_score(right, said))
    assert found.rows == len(pairs)


@given(PAIRS, st.randoms())
def test_the_order_of_rows_changes_no_bit_of_the_f1(pairs: list[tuple[str, str]], random: object) -> None:
    mixed = list(pairs)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    assert metrics.of_classes(predicted(pairs)) == metrics.of_classes(predicted(mixed))


def forecasts(quantity: list[float], actual: list[float | None], made_on: date = date(2026, 1, 1)) -> pl.DataFrame:
    days = [made_on + timedelta(days=n) for n in range(1, len(quantity) + 1)]
    return pl.DataFrame(
        {"subject_id": "p", "made_on": made_on, "for_date": days, "predicted": quantity, "actual": actual,
         "actual_at": [None if value is None else made_on for value in actual],
         "lower": [value - 1 for value in quantity], "upper": [value + 1 for value in quantity]},
        schema_overrides={"actual": pl.Float64, "actual_at": pl.Date},
    )  # fmt: skip


def test_errors_of_forecasts_by_hand() -> None:
    found = metrics.of_quantities(
        forecasts([2.0] * 8, [1.0, 3.0, 2.0, 2.0, 0.0, 2.0, 2.0, 6.0]),
        pl.DataFrame({"subject_id": ["p"], "scale": [2.0]}),
    )
    assert found.mape_pct == pytest.approx(100 * 2 / 12)
    assert found.smape_pct == pytest.approx((200 / 3 + 200 / 5 + 200 + 800 / 8) / 8)
    assert found.mase == pytest.approx((1 + 1 + 2 + 4) / 8 / 2)
    assert found.coverage_pct == pytest.approx(100 * 6 / 8)
    assert found.rows == 8


def test_a_week_that_is_not_over_or_without_sales_has_no_mape() -> None:
    assert metrics.of_quantities(forecasts([2.0] * 7, [1.0] * 6 + [None])).mape_pct is None
    assert metrics.of_quantities(forecasts([2.0] * 7, [0.0] * 7)).mape_pct is None
    assert metrics.of_quantities(forecasts([], [])) == Accuracy(0)


def test_days_without_stock_are_left_out_of_both_sums_as_the_back_test_does() -> None:
    sold: list[float | None] = [4.0, None, None, 4.0, 4.0, None, 4.0]
    over = forecasts([2.0] * 7, sold).with_columns(actual_at=pl.lit(date(2026, 1, 9)))
    week = metrics.weeks_of(over)
    assert week.select("predicted", "actual").rows() == [(8.0, 16.0)]
    found = metrics.of_quantities(over)
    assert (found.rows, found.mape_pct) == (4, pytest.approx(50))
    # Three days are too few to tell a week by.
    assert metrics.weeks_of(forecasts([2.0] * 7, [None, *sold[1:]]).with_columns(over["actual_at"])).is_empty()


IDS = st.integers(0, 10**6).map(lambda number: content_id("rev", number))


@settings(max_examples=100)
@given(st.lists(IDS, min_size=1, max_size=30), st.floats(0, 1), st.floats(0, 1))
def test_a_record_falls_to_the_same_version_again_and_to_larger_shares_too(
    ids: list[str], one: float, two: float
) -> None:
    small, large = sorted((one, two))
    made = pl.DataFrame({"id": ids}).select(
        small=split.is_challengers(pl.col("id"), small), large=split.is_challengers(pl.col("id"), large)
    )
    assert made.filter(pl.col("small") & ~pl.col("large")).is_empty()
    again = pl.DataFrame({"id": ids[::-1]}).select(split.is_challengers(pl.col("id"), small)).to_series()
    assert again.reverse().to_list() == made["small"].to_list()


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 1.0])
def test_the_share_of_many_records_is_the_share_asked_for(share: float) -> None:
    ids = pl.DataFrame({"id": [content_id("prod", number) for number in range(4000)]})
    assert ids.select(split.is_challengers(pl.col("id"), share).mean()).item() == pytest.approx(share, abs=0.03)


def reviews(texts: list[str], stated: list[str | None], **more: object) -> pl.DataFrame:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    return pl.DataFrame(
        {"review_id": [f"r{n}" for n in range(len(texts))], "product_id": "prod_1", "stated_id": stated, "rating": 5.0,
         "title": None, "text": texts, "author": None, "written_at": moment, **more},
        schema_overrides={"stated_id": pl.String, "title": pl.String, "author": pl.String},
    )  # fmt: skip


def test_a_review_is_the_same_in_the_next_export_and_a_copy_counts_once() -> None:
    first = subjects.reviews_named(reviews(["good", "bad", "bad"], ["1", None, None]))
    later = subjects.reviews_named(reviews(["bad", "good as ever", "new"], [None, "1", None]))
    assert first.height == 2
    assert set(first["subject_id"]) < set(later["subject_id"])
    assert first["actual_class"].to_list() == ["positive", "positive"]


@given(st.permutations(["good", "bad", "odd"]))
def test_the_hash_of_training_data_knows_no_order(texts: list[str]) -> None:
    def hashed(said: list[str]) -> str:
        return subjects.data_sha256(subjects.reviews_named(reviews(said, [None] * len(said))), "embedder")

    assert hashed(texts) == hashed(["good", "bad", "odd"])
    assert hashed([*texts, "new"]) != hashed(texts)


@settings(max_examples=100)
@given(
    baseline=st.floats(0.05, 1), now=st.floats(0, 1), rows=st.integers(0, 60),
    model=st.sampled_from(sorted(drift.WATCHED)),
)  # fmt: skip
def test_property_59_drift_is_a_change_for_the_worse_of_more_than_ten_percent_on_enough_rows(
    baseline: float, now: float, rows: int, model: str
) -> None:
    metric = drift.WATCHED[model].metric
    scale = 1 if metric == "macro_f1" else 100
    found = drift.judge(model, Accuracy(rows, **{metric: now * scale}), baseline * scale)
    worse = (baseline - now) / baseline if metric == "macro_f1" else (now - baseline) / baseline
    if rows < drift.LEAST_ROWS:
        assert found.verdict == "too few"
    elif abs(worse - 0.1) > 1e-9:
        assert (found.verdict == "drift") == (worse > 0.1)
        assert found.change_pct == pytest.approx(100 * (now - baseline) / baseline)
    if found.verdict == "drift":
        assert drift.severity(found.worse_pct) in ("warning", "high", "critical")


@settings(max_examples=100)
@given(
    same_data=st.booleans(), same_code=st.booleans(), in_production=st.booleans(), withdrawn=st.booleans(),
    drifted=st.booleans(), growth_pct=st.floats(0, 200), now=st.floats(0, 1),
    model=st.sampled_from(sorted(drift.WATCHED)),
)  # fmt: skip
def test_property_60_what_is_not_good_enough_is_trained_again_but_never_twice_on_the_same_data(
    same_data: bool, same_code: bool, in_production: bool, withdrawn: bool, drifted: bool, growth_pct: float,
    now: float, model: str,
) -> None:  # fmt: skip
    of_classes = drift.WATCHED[model].metric == "macro_f1"
    measured = {"macro_f1": now} if of_classes else {"mape_pct": now * 100}
    judged = drift.judge(model, Accuracy(drift.LEAST_ROWS, **measured), None)
    assert judged.is_poor == (now < 0.85 if of_classes else now * 100 > 20)
    reason = drift.training_reason(
        same_data=same_data, same_code=same_code, in_production=in_production, withdrawn=withdrawn, drifted=drifted,
        poor=judged.is_poor, growth_pct=growth_pct,
    )  # fmt: skip
    if same_data and same_code:
        assert reason is None
    elif judged.is_poor or drifted:
        assert reason is not None


@settings(max_examples=100)
@given(st.lists(st.integers(1, 60), min_size=1, max_size=60), st.booleans())
def test_property_58_a_critical_model_is_looked_at_every_day_and_another_every_week(
    hours: list[int], critical: bool
) -> None:
    clock, last, looks = datetime(2026, 1, 1, tzinfo=UTC), None, []
    for step in hours:
        clock += timedelta(hours=step)
        if drift.is_due(last, clock, critical=critical):
            looks.append(clock)
            last = clock
    days = [look.date() for look in looks]
    ticks = sorted(
        {(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=sum(hours[: n + 1]))).date() for n in range(len(hours))}
    )
    if critical:
        assert days == ticks
    else:
        assert all((later - earlier).days >= 7 for earlier, later in itertools.pairwise(days))
        # No tick that a week has passed by is left out.
        assert all(any(day <= tick < day + timedelta(days=7) for day in days) for tick in ticks)


@settings(max_examples=100)
@given(PAIRS, st.integers(5, 60))
def test_chance_falls_with_the_f1_and_is_the_same_every_time(pairs: list[tuple[str, str]], rows: int) -> None:
    held = predicted(pairs)
    made = [metrics.chance(held, f1, rows, draws=50) for f1 in (0.0, 0.3, 0.6, 1.0)]
    assert made == sorted(made)  # type: ignore[type-var]
    assert made[-1] == 1
    assert made == [metrics.chance(held.reverse(), f1, rows, draws=50) for f1 in (0.0, 0.3, 0.6, 1.0)]


def test_a_fall_that_small_lots_have_by_themselves_is_chance_and_one_that_none_has_is_not() -> None:
    held = predicted([("positive", "positive")] * 900 + [("neutral", "neutral")] * 25 + [("positive", "neutral")] * 25)
    whole = metrics.of_classes(held).macro_f1
    assert whole is not None
    likely, unlikely = metrics.chance(held, whole * 0.85, 30), metrics.chance(held, whole * 0.5, 900)
    assert likely is not None
    assert likely > drift.MOST_CHANCE
    assert unlikely == 0
    assert metrics.chance(predicted([]), 0.5, 30) is None
    assert drift.severity(15, likely) == "info"
    assert drift.severity(15, 0.0) == drift.severity(15) == "warning"
