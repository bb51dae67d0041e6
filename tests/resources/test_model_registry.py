"""The registry over real tables: versions, stages, predictions and what came of them, alerts, what a person may do."""

import json
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market_research.cleaning.schema import (
    DRIFT_ALERTS,
    MODEL_EVALUATIONS,
    MODEL_METRICS,
    MODEL_PREDICTIONS,
    MODEL_SPLITS,
    MODEL_STAGES,
    MODEL_TABLES,
    MODEL_VERSIONS,
)
from market_research.commerce.registry import drift, metrics, stages
from market_research.errors import InvalidInput, NotFound
from market_research.settings import SQL_FOLDER
from market_research.sqlfiles import read_views
from resources import audit, demand_watch, model_predictions, model_watch
from resources import model_registry as registry
from resources.checks import check_table
from resources.model_registry import ArtifactLost, Scope
from tests.resources.registered import DEFAULT, KEY, START, forecast, put, said, scope_in, sell, trained

EXAMPLES = settings(max_examples=100)
CLASSES = ("negative", "neutral", "positive")


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


STEPS = st.lists(st.tuples(st.sampled_from(["train", "worse", "rollback", "promote"]), st.integers(0, 20)), max_size=7)


@EXAMPLES
@given(steps=STEPS)
def test_property_61_each_training_is_a_version_and_what_was_known_of_earlier_ones_stays(
    base: Path, steps: list[tuple[str, int]]
) -> None:
    scope, made, gone = scope_in(base), [], set()
    for number, (step, pick) in enumerate(steps):
        events, present = scope.events, stages.production(scope.events)
        try:
            if step in ("train", "worse"):
                made.append(put(scope, f"model {number}", promote=step == "train", f1=0.5 + number / 100))
            elif step == "rollback":
                registry.rollback(scope, "worse on complaints", now=START)
                gone.add(present)
            elif made:
                version = made[pick % len(made)]
                registry.promote(scope.lake, KEY, version, "by hand", now=START)
                gone.discard(version)
        except InvalidInput:
            assert scope.events.equals(events)
        # What was noted before is there as it was.
        assert scope.events.head(events.height).equals(events)
        now = stages.production(scope.events)
        assert now is None or now not in gone
        assert list(stages.now(scope.events).values()).count("production") <= 1
        gone -= {now}
    versions = scope.of(MODEL_VERSIONS)
    assert versions["version_id"].to_list() == made
    assert versions["number"].to_list() == list(range(1, len(made) + 1))
    found = registry.rows(scope.lake, MODEL_METRICS, KEY)
    assert set(found["version_id"]) == set(made)
    assert [json.loads(registry.artifact(scope, version)) for version in made] == [
        [f"model {number}"] for number, (step, _) in enumerate(steps) if step in ("train", "worse")
    ]


PAIRS = st.lists(st.tuples(st.sampled_from(CLASSES), st.sampled_from(CLASSES)), min_size=20, max_size=60)


@EXAMPLES
@given(pairs=PAIRS, baseline=st.floats(0.1, 1))
def test_property_59_drift_raises_one_alert_with_old_new_and_change(
    base: Path, pairs: list[tuple[str, str]], baseline: float
) -> None:
    scope = scope_in(base)
    version = put(scope, "one", f1=baseline)
    model_predictions.add(scope, said(version, pairs))
    for _ in range(2):
        found = model_watch.look(scope, version, "actuals", now=START)
        model_watch.note_alerts(scope, version, found, "what was done", now=START)
    f1 = metrics.of_classes(model_predictions.read(scope)).macro_f1
    assert f1 is not None
    raised = registry.alerts(scope.lake, KEY).filter(kind="drift")
    enough = len(pairs) >= drift.LEAST_ROWS
    if abs((baseline - f1) / baseline - 0.1) > 1e-9:
        assert raised.height == (1 if enough and (baseline - f1) / baseline > 0.1 else 0)
    for row in raised.iter_rows(named=True):
        assert (row["old_value"], row["new_value"], row["rows"]) == (baseline, pytest.approx(f1), len(pairs))
        assert row["change_pct"] == pytest.approx(100 * (f1 - baseline) / baseline)
    poor = registry.alerts(scope.lake, KEY).filter(kind="below threshold")
    assert poor.height == (1 if enough and f1 < drift.LEAST_F1 else 0)


@EXAMPLES
@given(days=st.lists(st.integers(0, 5), min_size=1, max_size=8), critical=st.booleans())
def test_property_58_the_clock_leaves_a_row_for_each_look_that_is_due(
    base: Path, days: list[int], critical: bool
) -> None:
    scope = scope_in(base)
    version = put(scope, "one")
    model_predictions.add(scope, said(version, [("positive", "positive")] * 40))
    names = (scope.model,) if critical else ()
    clock, last, expected = START, None, 0
    for step in days:
        clock += timedelta(days=step)
        if last is None or (clock - last).days >= (1 if critical else 7):
            expected, last = expected + 1, clock
        model_watch.look_by_the_clock(scope.lake, KEY, names, now=clock)
    looks = scope.of(MODEL_EVALUATIONS)
    assert looks.height == expected
    assert set(looks["trigger"]) == {"schedule"}
    assert looks["rows"].to_list() == [40] * expected


def test_a_version_that_is_worse_on_the_same_reviews_stays_in_staging_with_the_figures(base: Path) -> None:
    scope = scope_in(base)
    old, new = put(scope, "old"), registry.register(scope, trained("new"), parent=None, now=START)
    right = [(name, name) for name in CLASSES * 20]
    wrong = [("neutral", name) for name in CLASSES * 20]
    model_predictions.add(scope, said(old, right))
    model_predictions.add(scope, said(new, wrong, kind="held out"))
    held = model_predictions.read(scope)
    decision = stages.compare(held.filter(version_id=new), held.filter(version_id=old))
    assert not decision.promote
    assert "macro F1 0.167 against 1.000 on 60 reviews that came since" in decision.reason
    registry.record(scope, stages.trained(scope.events, new, decision), by_hand=False, now=START)
    assert stages.now(scope.events) == {old: "production", new: "staging"}
    equal = stages.compare(held.filter(version_id=old), held.filter(version_id=old))
    assert equal.promote


def test_what_a_person_does_is_audited_and_must_make_sense(base: Path) -> None:
    scope = scope_in(base)
    first = put(scope, "one")
    with pytest.raises(InvalidInput, match="No version was in production before"):
        registry.rollback(scope, "odd")
    second = put(scope, "two")
    with pytest.raises(InvalidInput, match="needs a reason"):
        registry.rollback(scope, " ")
    assert registry.rollback(scope, "odd figures") == first
    registry.set_split(scope.lake, KEY, second, 0.25)
    assert registry.split(scope) == (second, 0.25)
    for share in (-0.1, 1.0, 2.0):
        with pytest.raises(InvalidInput, match="no share"):
            registry.set_split(scope.lake, KEY, second, share)
    with pytest.raises(InvalidInput, match="in production itself"):
        registry.set_split(scope.lake, KEY, first, 0.5)
    registry.promote(scope.lake, KEY, second, "after all")
    assert registry.split(scope) is None
    with pytest.raises(NotFound, match="no version model_x"):
        registry.find(scope.lake, KEY, "model_x")
    log = audit.log(scope.lake, KEY).select("operation", "record_id", "reason").rows()
    assert log == [
        ("rollback", second, "odd figures"),
        ("split", second, "share 0.25"),
        ("promote", second, "after all"),
    ]
    assert len(registry.decided_by_hand(scope.lake, KEY)) == 5
    assert set(scope.events.filter("by_hand")["cause"]) == {"rolled back", "restored", "superseded", "promoted"}


def test_a_trial_is_ended_by_its_own_version_and_the_same_share_again_changes_nothing(base: Path) -> None:
    scope = scope_in(base)
    first, second, third = (put(scope, name) for name in ("one", "two", "three"))
    registry.set_split(scope.lake, KEY, second, 0.25)
    registry.set_split(scope.lake, KEY, second, 0.25)
    assert scope.of(MODEL_SPLITS).height == 1
    assert audit.log(scope.lake, KEY).height == 1
    with pytest.raises(InvalidInput, match=f"{first} is not tried .* nothing to end; {second} is"):
        registry.set_split(scope.lake, KEY, first, 0)
    registry.set_split(scope.lake, KEY, second, 0.5)
    assert registry.split(scope) == (second, 0.5)
    registry.set_split(scope.lake, KEY, first, 0.1)
    assert registry.split(scope) == (first, 0.1)
    registry.set_split(scope.lake, KEY, first, 0)
    assert registry.split(scope) is None
    registry.record(scope, stages.withdrawn(scope.events), by_hand=False, now=START)
    with pytest.raises(InvalidInput, match="No version of review sentiment is in production to try"):
        registry.set_split(scope.lake, KEY, third, 0.5)


def test_an_archived_version_can_be_promoted_unless_its_data_were_withdrawn(base: Path) -> None:
    scope = scope_in(base)
    first, second, third = (put(scope, name) for name in ("one", "two", "three"))
    with pytest.raises(InvalidInput, match="were withdrawn"):
        registry.promote(scope.lake, KEY, first, "the best so far", gone={first})
    registry.promote(scope.lake, KEY, first, "the best so far")
    assert stages.now(scope.events) == {first: "production", second: "archived", third: "archived"}
    with pytest.raises(InvalidInput, match="in production already"):
        registry.promote(scope.lake, KEY, first, "again")
    assert registry.rollback(scope, "it was not", gone={third}) == second


def test_what_is_lost_or_damaged_is_said_with_what_to_do_and_goes_nowhere(base: Path) -> None:
    scope = scope_in(base)
    first, second = put(scope, "one"), put(scope, "two")
    place = scope.lake.store.place(registry.find(scope.lake, KEY, "1")["artifact"])
    events = scope.events
    for spoil, told in ((lambda: Path(place).write_text("[]"), "is damaged"), (Path(place).unlink, "not in the lake")):
        spoil()
        for act in (
            lambda: registry.artifact(scope, first),
            lambda: registry.rollback(scope, "odd"),
            lambda: registry.promote(scope.lake, KEY, first, "odd"),
            lambda: registry.set_split(scope.lake, KEY, first, 0.5),
        ):
            with pytest.raises(ArtifactLost, match=f"version 1 of review sentiment.*{told}.*models train"):
                act()
    assert scope.events.equals(events)
    assert registry.artifact(scope, second)
    # Whoever trains the same again puts it back.
    assert registry.register(scope, trained("one"), parent=None, now=START) == first
    assert registry.rollback(scope, "odd") == first


def test_nobody_chooses_how_demand_is_forecast(base: Path) -> None:
    scope = scope_in(base, "demand")
    version = put(scope, "one")
    with pytest.raises(InvalidInput, match="decided by back-test"):
        registry.set_split(scope.lake, KEY, version, 0.5)
    with pytest.raises(InvalidInput, match="decided by back-test"):
        registry.rollback(scope, "odd")


def test_all_tables_keep_the_rules_of_the_registry_and_the_view_says_what_python_does(base: Path) -> None:
    scope = scope_in(base)
    version = put(scope, "one")
    pairs = [(CLASSES[number % 3], CLASSES[(number // 2) % 3]) for number in range(50)]
    model_predictions.add(scope, said(version, pairs))
    found = model_watch.look(scope, version, "actuals", now=START)
    model_watch.note_alerts(scope, version, found, "nothing", now=START)
    demand = Scope(scope.lake, KEY, DEFAULT, "demand")
    made_on, product = START.date(), "prod_0123456789abcdef"
    forecast(demand, [10.0, 12, 0, 4, 5, 6, 7, 8, 9], made_on, product)
    sell(demand, {made_on - timedelta(days=9): 3, **{made_on + timedelta(days=n): n + 3 for n in range(1, 9)}}, product)
    demand_watch.watch_demand(scope.lake, KEY, now=START)
    assert demand_watch.watch_demand(scope.lake, KEY, now=START) == 8
    for known in MODEL_TABLES:
        outcome = check_table(scope.lake, "models", known, KEY)
        assert outcome.passed, (known.name, outcome.failures)
    with duckdb.connect() as connection:
        for known in MODEL_TABLES:
            frame = scope.lake.read("models", known, KEY)
            connection.register(f"_{known.name}", frame)
            connection.execute(f"CREATE TABLE {known.name} AS SELECT DISTINCT * FROM _{known.name}")
        view = connection.sql(read_views(SQL_FOLDER)["model_performance"].statement).pl()
    felt = metrics.of_classes(model_predictions.read(scope))
    row = view.filter(model="review sentiment").row(0, named=True)
    assert (row["macro_f1"], row["accuracy"]) == (pytest.approx(felt.macro_f1), pytest.approx(felt.accuracy))
    assert (row["month"], row["predictions"], row["stage"]) == ("2026-01", 50, "production")
    sold = metrics.of_quantities(model_predictions.read(demand))
    row = view.filter(model="demand").row(0, named=True)
    for name in ("mape_pct", "smape_pct", "coverage_pct"):
        assert row[name] == pytest.approx(getattr(sold, name)), name


def test_writing_again_what_is_there_changes_nothing(base: Path) -> None:
    scope = scope_in(base)
    version = put(scope, "one")
    rows = said(version, [("positive", "negative")] * 5)
    assert model_predictions.add(scope, rows) == 5
    assert model_predictions.add(scope, rows) == 0
    assert registry.register(scope, trained("one"), parent=None, now=START) == version
    assert scope.of(MODEL_VERSIONS).height == 1
    assert scope.lake.read("models", MODEL_PREDICTIONS, KEY).height == 5
    assert {DRIFT_ALERTS.name, MODEL_STAGES.name} <= {table.name for table in MODEL_TABLES}
