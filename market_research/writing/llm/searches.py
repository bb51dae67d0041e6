"""Further searches for a section's passages, worded by the fast model as the sources would word them."""

import logging
from collections.abc import Sequence
from typing import Any

from market_research.guard.inspection import inspect
from market_research.language_model.errors import ModelError
from market_research.writing.llm.plan import Plan
from market_research.writing.llm.section import Desk, call_of
from market_research.writing.material import Material
from market_research.writing.prompts.schemas import Queries

EXPAND = "expand_query"
TOKENS = 400
MOST = 6
LONGEST = 120
log = logging.getLogger(__name__)


def expanded(desk: Desk, m: Material, plans: Sequence[Plan]) -> dict[str, tuple[str, ...]]:
    """Searches by the key of their plan; none for a plan where the model gives none: its own are then used alone.

    Raises:
        InvalidInput: the prompt cannot be filled.
    """
    request = m.subject.request
    words = list(dict.fromkeys((*request.segments, *request.technologies, *request.keywords)))
    given: dict[str, Any] = {"industry": m.subject.name}
    # By name: their order by size changes with any new figure, what to search for does not.
    given |= {"companies": sorted(m.companies)} if m.companies else {}
    given |= {"vocabulary": words} if words else {}
    calls = [
        call_of(desk.fill(EXPAND, {**given, "question": " ".join(plan.asked)}), f"searches for {plan.key}", TOKENS)
        for plan in plans
    ]
    found = {}
    for plan, answer in zip(plans, desk.model.gather(calls), strict=True):
        if isinstance(answer, ModelError):
            log.info("No further searches for %s: %s", plan.key, answer)
            continue
        assert isinstance(answer.value, Queries)
        found[plan.key] = tuple(
            query for said in answer.value.queries[:MOST] if (query := _sound(said)) and len(query) <= LONGEST
        )
    return found


def _sound(query: str) -> str:
    """The search on one line, or nothing where it is no search."""
    verdict = inspect(query, "strict")
    return " ".join(verdict.cleaned.split()) if verdict.allowed else ""
