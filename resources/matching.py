"""Equivalent offers of an industry: matched, shown to a person where that is not sure, and decided by one."""

import getpass
from collections.abc import Iterator
from datetime import UTC, datetime

import polars as pl

from market_research.cleaning.schema import MATCH_DECISIONS, PRODUCT_MATCHES
from market_research.errors import InvalidInput, NotFound
from market_research.ids import content_id
from market_research.settings import Settings
from resources import appended, audit
from resources import model_registry as registry
from resources.lake import Lake
from resources.lake_sql import COMMERCE
from resources.matching_model import MODEL, Weigher, learnt_from_others, renew_matching, weigher
from resources.model_registry import Scope

REFERENCE, REVIEWS = "reference", "reviews"
_OFFER = ("tenant", "product_id", "marketplace", "name", "brand", "model", "gtin", "category", "description")


def write_matches(lake: Lake, settings: Settings, industry: str, *, now: datetime | None = None) -> int:
    """Match the offers of each tenant's marketplaces, write ``PRODUCT_MATCHES`` and return the number of pairs.

    The pairs of a tenant of which people have decided enough are weighed by the version in production of a model of
    these decisions (``matching_model``), others by scoring.
    """
    held = decided(lake, industry)
    found = [
        _matched(settings, Scope(lake, industry, tenant, MODEL), offers, held, now)
        for tenant, offers in _by_tenant(lake, industry)
    ]
    made = pl.concat([PRODUCT_MATCHES.frame(), *found]).with_columns(industry=pl.lit(industry))
    lake.write(REFERENCE, PRODUCT_MATCHES.name, industry, made.sort("product_a", "product_b"))
    return made.height


def train_matching(
    lake: Lake, settings: Settings, industry: str, tenant: str | None = None, *, now: datetime | None = None
) -> dict[str, str]:
    """Train a version of each tenant's model (or of one's) if there is anything new to learn from.

    Returns:
        What was done, by tenant; empty where nobody has decided on any pair.
    """
    held = decided(lake, industry)
    if held.is_empty() or not lake.parts(COMMERCE, "products", industry):
        return {}
    said = {}
    for owner, offers in _by_tenant(lake, industry):
        own = _about(held, offers)
        if own.height and tenant in (None, owner):
            found = _evidence(settings, offers, own)
            said[owner] = renew_matching(
                Scope(lake, industry, owner, MODEL), found, own, offers, by_hand=True, now=now
            )  # fmt: skip
    return said


def withdrawn_versions(scope: Scope) -> set[str]:
    """Versions of a tenant's model that learnt from pairs of which an offer is no longer there."""
    held = decided(scope.lake, scope.industry)
    if scope.lake.parts(COMMERCE, "products", scope.industry):
        held = _about(held, _offers(scope.lake, scope.industry).filter(tenant=scope.tenant))
    return learnt_from_others(scope, held)


def _by_tenant(lake: Lake, industry: str) -> Iterator[tuple[str, pl.DataFrame]]:
    """The offers of each tenant that has more than one marketplace."""
    for (tenant,), offers in _offers(lake, industry).group_by("tenant", maintain_order=True):
        if offers["marketplace"].n_unique() > 1:
            yield str(tenant), offers.drop("tenant")


def _about(held: pl.DataFrame, offers: pl.DataFrame) -> pl.DataFrame:
    """The decisions on two of these offers."""
    for side in "ab":
        held = held.join(offers, left_on=f"product_{side}", right_on="product_id", how="semi", maintain_order="left")
    return held


def _evidence(settings: Settings, offers: pl.DataFrame, own: pl.DataFrame) -> pl.DataFrame:
    from market_research.commerce.matching.evidence import evidence
    from market_research.retrieval import embedding

    return evidence(offers, embedding.load(settings.models).embed(offers["name"].to_list()), own)


def _matched(
    settings: Settings, scope: Scope, offers: pl.DataFrame, held: pl.DataFrame, now: datetime | None
) -> pl.DataFrame:
    """Pairs of one tenant's offers, the smaller id first, as decisions have it."""
    from market_research.commerce.matching.decisions import pairs_of

    own = _about(held, offers)
    found = _evidence(settings, offers, own)
    # Where nobody has decided anything nothing was ever learnt; where the decisions are on offers now gone, it was.
    has_labels = held.height and (own.height or registry.known(scope.lake, scope.industry))
    by = weigher(scope, found, own, offers, now=now) if has_labels else Weigher()
    pairs = pairs_of(found, own, by.model)
    turned = pl.col("product_a") > pl.col("product_b")
    swapped = [
        pl.when(turned).then(f"{name}_{two}").otherwise(f"{name}_{one}").alias(f"{name}_{one}")
        for name in ("product", "marketplace")
        for one, two in ("ab", "ba")
    ]
    label = pl.when(pl.col("method") == "learned").then(pl.lit(by.label, pl.String))
    return PRODUCT_MATCHES.conform(pairs.with_columns(*swapped, model_version=label))


def _offers(lake: Lake, industry: str) -> pl.DataFrame:
    """Offers with their newest price, in the order of their ids."""
    products, prices = _table(lake, "products", industry), _table(lake, "product_prices", industry)
    newest = (
        prices.filter(~pl.col("is_absurd") & (pl.col("amount") > 0))
        .sort("observed_at")
        .unique("product_id", keep="last")
        .select("product_id", price="amount")
    )
    return products.select(_OFFER).join(newest, on="product_id", how="left").sort("product_id")


def _table(lake: Lake, name: str, industry: str) -> pl.DataFrame:
    paths = lake.parts(COMMERCE, name, industry)
    if not paths:
        raise NotFound(
            f"{industry} has no commerce tables yet; `market-research run --industry {industry}` makes them."
        )
    return pl.concat([pl.read_parquet(path) for path in paths])


def decided(lake: Lake, industry: str) -> pl.DataFrame:
    """Rows of ``MATCH_DECISIONS`` that hold: the newest of each pair."""
    rows = appended.read(lake, REVIEWS, MATCH_DECISIONS, industry).sort("decided_at", "part", maintain_order=True)
    return rows.drop("part").unique(["product_a", "product_b"], keep="last", maintain_order=True)


def matches(lake: Lake, industry: str, status: str | None = None) -> pl.DataFrame:
    """Pairs with what both offers are called and cost, those a person should look at first.

    Columns: product_a, name_a, marketplace_a, price_a, the same of b, confidence, method, status, reasons. The status
    is that of decisions made since the last run, too.
    """
    offers = _offers(lake, industry).select("product_id", "name", "price")
    pairs = lake.read(REFERENCE, PRODUCT_MATCHES, industry)
    held = decided(lake, industry).select("product_a", "product_b", "same")
    now = pairs.join(held, on=["product_a", "product_b"], how="left", maintain_order="left").with_columns(
        status=pl.when("same")
        .then(pl.lit("accepted"))
        .when(~pl.col("same"))
        .then(pl.lit("rejected"))
        .otherwise("status")
    )
    for side in "ab":
        named = offers.rename({"product_id": f"product_{side}", "name": f"name_{side}", "price": f"price_{side}"})
        now = now.join(named, on=f"product_{side}", how="left", maintain_order="left")
    columns = [f"{name}_{side}" for side in "ab" for name in ("product", "name", "marketplace", "price")]
    shown = now.select(*columns, "confidence", "method", "status", "reasons")
    chosen = shown if status is None else shown.filter(pl.col("status") == status)
    first = (pl.col("status") != "review", (pl.col("confidence") - 0.5).abs())
    return chosen.sort(*first, "product_a", "product_b")


def decide(
    lake: Lake, industry: str, one: str, other: str, *, same: bool, note: str = "", reviewer: str = "",
    now: datetime | None = None,
) -> str:  # fmt: skip
    """Record that two offers are, or are not, one product; the next run heeds it. Returns the decision's id.

    Raises:
        InvalidInput: it is one offer twice.
        NotFound: an offer is not known.
    """
    if one == other:
        raise InvalidInput(f"{one} is one offer; name two.")
    known = set(_table(lake, "products", industry)["product_id"])
    unknown = next((product for product in (one, other) if product not in known), None)
    if unknown:
        raise NotFound(f"{industry} has no offer {unknown!r}; `market-research matches list` shows the ids.")
    first, second = sorted((one, other))
    moment, who = now or datetime.now(UTC), reviewer or getpass.getuser()
    decision = content_id("deci", industry, first, second, same, who, moment.isoformat())
    row = {
        "decision_id": decision, "industry": industry, "product_a": first, "product_b": second, "same": same,
        "reviewer": who, "note": note or None, "decided_at": moment,
    }  # fmt: skip
    appended.append(lake, REVIEWS, MATCH_DECISIONS, industry, MATCH_DECISIONS.frame([row]))
    audit.record(
        lake, industry,
        [{"operation": "match", "record_id": f"{first} {second}", "original": None, "reason": note or f"same: {same}"}],
    )  # fmt: skip
    return decision
