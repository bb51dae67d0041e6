"""What may still be spent."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from market_research.language_model.calls import Records
from market_research.language_model.errors import OverBudget

WARN_AT = 0.8
log = logging.getLogger(__name__)


@dataclass
class Hold:
    """Dollars set aside for one call: for its present attempt, and for earlier ones that may have been charged."""

    attempt: float = 0.0
    lost: float = 0.0


@dataclass
class Till:
    """Dollars of a run and of a month; 0 is no limit. What calls under way can cost is set aside.

    ``notices`` are the warnings that have been given.
    """

    records: Records
    run_usd: float
    month_usd: float
    notices: list[str] = field(default_factory=list)
    _holds: list[Hold] = field(default_factory=list)
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def limited(self) -> bool:
        return bool(self.run_usd or self.month_usd)

    @asynccontextmanager
    async def call(self) -> AsyncIterator[Hold]:
        """What one call has set aside, freed at the end; its cost must have been booked by then."""
        hold = Hold()
        self._holds.append(hold)
        try:
            yield hold
        finally:
            # Not while somebody adds up: the cost would be in neither of the two sums.
            async with self._lock:
                self._holds = [other for other in self._holds if other is not hold]

    async def set_aside(self, hold: Hold, worst: float | None, model: str) -> None:
        """Set aside what an attempt can cost at most.

        Raises:
            OverBudget: that is more than is left, or a budget holds and the price is not known.
        """
        if worst is None:
            if self.limited:
                raise OverBudget(
                    f"What {model} costs is not known, so that no budget can hold; set its price, in dollars per "
                    f'million tokens: MARKET_RESEARCH_LLM_MODELS={{"{model}": {{"input_usd": 0, "output_usd": 0}}}}.'
                )
            return
        async with self._lock:
            run, month = await asyncio.to_thread(self.records.spent)
            held = sum(other.attempt + other.lost for other in self._holds)
            for name, spent, limit in (("run", run, self.run_usd), ("month", month, self.month_usd)):
                if limit:
                    self._check(name, spent, held + worst, limit)
            hold.attempt = worst

    def _check(self, name: str, spent: float, more: float, limit: float) -> None:
        setting = f"MARKET_RESEARCH_LLM_{name.upper()}_USD"
        if spent + more > limit:
            raise OverBudget(
                f"The budget of the {name} is {limit:,.2f} dollars, {spent:,.4f} are spent, and this call could take "
                f"it to {spent + more:,.4f}; it was not made. Raise {setting} to go on with the model."
            )
        notice = f"80 % of the budget of the {name} ({setting}) are spent or set aside for calls under way."
        if spent + more >= WARN_AT * limit and notice not in self.notices:
            self.notices.append(notice)
            log.warning("%s Spent: %.4f of %.2f dollars.", notice, spent, limit)
