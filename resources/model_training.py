"""Training asked for by a person: the same steps as a run takes when it has a reason, with the data that it took in."""

from datetime import UTC, datetime
from typing import Literal, get_args

from market_research.cleaning.schema import MODEL_VERSIONS
from market_research.errors import NotFound
from resources import audit, demand_watch, matching_model, sentiment_model
from resources import model_registry as registry
from resources.demand import write_demand
from resources.matching import train_matching
from resources.sentiment import train_sentiment
from resources.workspace import Workspace

Kind = Literal["sentiment", "matching", "demand"]
KINDS: tuple[Kind, ...] = get_args(Kind)


def train(
    space: Workspace, industry: str, kinds: tuple[Kind, ...] = KINDS, *, tenant: str | None = None,
    now: datetime | None = None,
) -> list[tuple[str, str, str]]:  # fmt: skip
    """Train a version of each of these models on what the last run took in, where that teaches anything new.

    Returns:
        Model, tenant and what was done, in sentences: one of each model and tenant that has data.

    Raises:
        NotFound: no tenant, or not this one, has reviews, decisions on pairs of offers, or sales that are forecast.
    """
    moment, lake = now or datetime.now(UTC), space.lake
    before = registry.rows(lake, MODEL_VERSIONS, industry)["version_id"]
    done: list[tuple[str, str, str]] = []
    if "sentiment" in kinds:
        told = train_sentiment(lake, space.settings, industry, tenant, now=moment)
        done += [(sentiment_model.MODEL, owner, said) for owner, said in told.items()]
    if "matching" in kinds:
        told = train_matching(lake, space.settings, industry, tenant, now=moment)
        done += [(matching_model.MODEL, owner, said) for owner, said in told.items()]
    if "demand" in kinds:
        told = _train_demand(space, industry, tenant, moment)
        done += [(demand_watch.MODEL, owner, said) for owner, said in told.items()]
    if not done:
        whose = industry if tenant is None else f"{industry} (tenant {tenant})"
        raise NotFound(
            f"{whose} has no data to learn from: reviews for sentiment, sales for demand, decisions for matching. "
            f"`market-research run --industry {industry}` takes in what is in its inbox, "
            f"`market-research matches review --industry {industry}` decides on pairs of offers."
        )
    made = registry.rows(lake, MODEL_VERSIONS, industry)["version_id"]
    noted = [{"operation": "train", "record_id": version} for version in made if version not in before]
    audit.record(lake, industry, noted, now=moment)
    return done


def _train_demand(space: Workspace, industry: str, tenant: str | None, now: datetime) -> dict[str, str]:
    """Make the back-test again where sales or code are not those of the version in production."""
    said = demand_watch.nothing_new(space.lake, industry)
    has_sales = bool(space.lake.parts(demand_watch.COMMERCE, demand_watch.SALES, industry))
    if has_sales and (not said or None in said.values()):
        write_demand(space.lake, space.settings, industry)
        made = demand_watch.watched(space.lake, industry, by_hand=True, now=now)
        said |= {owner: action for owner, (_, action) in made.items() if said.get(owner) is None}
    return {owner: one for owner, one in said.items() if one is not None and tenant in (None, owner)}
