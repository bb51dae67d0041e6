"""Recommendations to act on, derived from findings by stated rules: who, what, when, measured how, worth what."""

from market_research.writing.material import Material
from market_research.writing.offline import company_actions, field_actions
from market_research.writing.outline import Action

RANK = {"high": 3, "medium": 2, "low": 1}
LIMIT = 6
PER_COMPANY = 2


def recommend(m: Material) -> list[Action]:
    """Up to six actions, ranked by impact, urgency and confidence, at most two for one company's people."""
    made: list[tuple[str, Action]] = []
    for company in m.reporting:
        made += [(company, action) for rule in company_actions.RULES if (action := rule(m, company)) is not None]
    made += [("", action) for rule in field_actions.RULES if (action := rule(m)) is not None]
    made.sort(key=lambda item: (-_rank(item[1]), item[1].who, item[1].what.text))
    most = LIMIT if len(m.reporting) == 1 else PER_COMPANY
    taken: list[tuple[str, Action]] = []
    for company, action in made:
        if len(taken) < LIMIT and (not company or sum(c == company for c, _ in taken) < most):
            taken.append((company, action))
    return [action for _, action in taken]


def _rank(action: Action) -> float:
    return RANK[action.impact] * RANK[action.urgency] * action.confidence
