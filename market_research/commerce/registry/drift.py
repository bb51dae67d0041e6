"""When a version has become worse, when it is not good enough, when it is to be trained again, and when to look."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from market_research.commerce.registry.metrics import Accuracy

DRIFT_PCT = 10.0
"""A version has drifted when its F1 is more than this below, or its MAPE more than this above, that at promotion,
relative to it."""
LEAST_F1, MOST_MAPE_PCT = 0.85, 20.0
"""A version that is worse than this is trained again, if there is anything new to learn from."""
LEAST_ROWS = 30
"""Fewer predictions with actuals are not judged: chance would drift more than the version."""
MOST_CHANCE = 0.05
"""A change for the worse that comes more often than this without drift is told, but nothing is done about it."""
WINDOW = timedelta(days=30)
"""Days up to the newest actual that are looked at, beside whatever became known last."""
GROWTH_PCT = 10.0
"""New data of this many percent of what the version in production learnt from are worth training."""

Severity = Literal["info", "warning", "high", "critical"]
Verdict = Literal["steady", "drift", "too few"]
Reason = Literal["first", "new data", "new code", "data withdrawn", "drift", "below threshold", "by hand"]


@dataclass(frozen=True)
class Watched:
    """The metric by which a model is judged: ``falls`` says that lower is worse."""

    metric: Literal["macro_f1", "mape_pct"]
    falls: bool
    limit: float


WATCHED = {
    "review sentiment": Watched("macro_f1", True, LEAST_F1),
    "matching": Watched("macro_f1", True, LEAST_F1),
    "demand": Watched("mape_pct", False, MOST_MAPE_PCT),
}


@dataclass(frozen=True)
class Judgement:
    """A version's metric now against that at promotion; ``change_pct`` is relative, positive where the metric rose."""

    now: float | None
    baseline: float | None
    change_pct: float | None
    verdict: Verdict
    is_poor: bool

    @property
    def worse_pct(self) -> float:
        """By how many percent it became worse, never below 0."""
        return abs(self.change_pct or 0.0) if self.verdict == "drift" else 0.0


def judge(model: str, found: Accuracy, baseline: float | None) -> Judgement:
    """Compare what was measured with the metric at promotion."""
    watched = WATCHED[model]
    now: float | None = getattr(found, watched.metric)
    if now is None or found.rows < LEAST_ROWS:
        return Judgement(now, baseline, None, "too few", False)
    poor = now < watched.limit if watched.falls else now > watched.limit
    if not baseline:
        return Judgement(now, baseline, None, "steady", poor)
    change = 100 * (now - baseline) / baseline
    worse = -change if watched.falls else change
    return Judgement(now, baseline, change, "drift" if worse > DRIFT_PCT else "steady", poor)


def severity(worse_pct: float, chance: float | None = None) -> Severity:
    """How bad a change for the worse of so many percent is; info where it may be chance (``metrics.chance``,
    ``chance.of_weeks``).
    """
    if chance is not None and chance > MOST_CHANCE:
        return "info"
    return "critical" if worse_pct > 40 else "high" if worse_pct > 20 else "warning"


def training_reason(
    *,
    same_data: bool,
    same_code: bool,
    in_production: bool,
    withdrawn: bool,
    drifted: bool,
    poor: bool,
    growth_pct: float,
    by_hand: bool = False,
) -> Reason | None:
    """Why a version is to be trained now; None where nothing would be learnt, or not enough to be worth it.

    Args:
        same_data: a version was already trained on exactly these data.
        same_code: and by this code.
        in_production: a version is in production.
        withdrawn: it learnt from data that are no longer there.
        drifted: it has drifted.
        poor: it is not good enough.
        growth_pct: data that it has not learnt from, in percent of those that it has.
        by_hand: somebody asks for it.
    """
    if same_data:
        # Training on the same data again would give the same model, and so for ever.
        return None if same_code else "new code"
    if not in_production:
        return "first"
    if withdrawn:
        return "data withdrawn"
    if by_hand:
        return "by hand"
    if drifted:
        return "drift"
    if poor:
        return "below threshold"
    return "new data" if growth_pct >= GROWTH_PCT else None


def is_due(last: datetime | None, now: datetime, *, critical: bool) -> bool:
    """Whether a model is to be looked at: a critical one once a calendar day (UTC), any other once in seven days."""
    if last is None:
        return True
    days = (now.date() - last.date()).days
    return days >= (1 if critical else 7)
