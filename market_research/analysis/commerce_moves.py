"""Moves of prices: how many there were lately, which rivals moved on what one sells oneself, and their promotions."""

from datetime import timedelta
from typing import Any

import polars as pl

from market_research.analysis.base import Notebook, say
from market_research.analysis.offers import (
    NAMED,
    SUREST,
    WINDOW,
    YEAR,
    Offer,
    Offers,
    counted,
    opened,
    plural,
    sided,
    sold,
    table,
    window,
)
from market_research.writing import numbers
from market_research.writing.evidence import Fact

PLACED = ("price", "stated_price", "stated_currency", "observed_at", "document_id", "locator")
"""Columns of a price that ``Offers.price`` is made from."""
RECENT = 30
"""Days back from the newest price in which changes are news."""


def moves(offers: Offers, notebook: Notebook) -> None:
    """Findings: price_alerts, price_alert, rival_promotions."""
    _alerts(offers, notebook)
    _promotions(offers, notebook)


def _alerts(offers: Offers, notebook: Notebook) -> None:
    """How many prices moved lately, and the moves of rivals on what one sells oneself."""
    alerts = table(offers.tables, "price_alerts")
    if not alerts.height:
        return
    newest = table(offers.tables, "price_trends")["observed_at"].max()
    recent = alerts.filter(pl.col("observed_at") > newest - timedelta(days=RECENT))  # type: ignore[operator]
    limit = notebook.book.derive(
        "alert_limit", notebook.subject.name, notebook.subject.request.commerce.alert_pct, numbers.PERCENT,
        formula="limit of the request", inputs=[],
    )  # fmt: skip
    rows = offers.rows("price_alerts")
    total = counted(notebook, "price_alerts", recent.height, rows)
    mine = counted(notebook, "own_price_alerts", recent.filter("is_own").height, rows)
    span = window(notebook, RECENT)
    day = newest.date()  # type: ignore[union-attr]
    dated = notebook.book.derive(
        "newest_price", notebook.subject.name, recent.height, numbers.COUNT,
        formula="count(price alerts) up to the day", inputs=[rows], period=(day - timedelta(days=RECENT), day),
    )  # fmt: skip
    theirs = counted(notebook, "rival_price_alerts", total.value - mine.value, rows)
    notebook.find(
        "price_alerts",
        [
            say(
                f"In the {RECENT} days to {numbers.day(day)}, {plural(total.value, 'price')} moved by over "
                f"{numbers.percent(limit.value, 0)}: {numbers.count(mine.value)} of own offers and "
                f"{numbers.count(theirs.value)} of rivals.",
                total, mine, theirs, limit, span, dated,
            )
        ],
        value=total.value, unit=numbers.COUNT, confidence=90,
    )  # fmt: skip
    gaps = table(offers.tables, "price_gaps")
    if not gaps.height:
        return
    against = recent.filter(~pl.col("is_own")).join(
        gaps.filter(~pl.col("needs_review")).select(
            "other_price", "gap_pct", "match_confidence", "other_id", own_id="product_id",
            **{f"own_{name}": name for name in PLACED},
        ),
        left_on="product_id", right_on="other_id",
    )  # fmt: skip
    order = (pl.col("change_pct").abs() * pl.col("match_confidence"), pl.col("product_id"), pl.col("observed_at"))
    ranked = against.sort(*order, descending=[True, False, True]).unique("own_id", keep="first", maintain_order=True)
    for row in ranked.head(NAMED).to_dicts():
        _alert(offers, notebook, row)


def _alert(offers: Offers, notebook: Notebook, row: dict[str, Any]) -> None:
    offer, own = offers.of(row["product_id"]), offers.of(row["own_id"])
    if offer is None or own is None:
        return
    new, old = offers.moved(offer, {**row, "price": row["new_price"]}, "", "old_")
    change = offers.price_change(offer, row["change_pct"], new, old)
    mine = offers.price(own, row, "own_")
    theirs = offers.price(offer, {**row, "price": row["new_price"]})
    gap = offers.derived(
        "price_gap", own, row["gap_pct"], numbers.PERCENT, "100 * (price - rival's price) / rival's price",
        (mine, theirs), period=(theirs.period_end, mine.period_end),
    )  # fmt: skip
    did = "cut" if change.value < 0 else "raised"
    verb = f"{opened(offer.marketplace)} {did} its price of {offer.name} by {numbers.percent(abs(change.value))}"
    now = numbers.price(new.value, new.unit)
    if theirs.unit != new.unit:
        now += f", which is {numbers.price(theirs.value, theirs.unit)} at the rate of the day"
    level = abs(gap.value) < 0.05
    standing = "the same as that" if level else f"{sided(gap.value)} that"
    if not level and (change.value > 0) == (gap.value < 0) and not (gap.value < 0 and _asks_less(offers, own)):
        standing += ": it leaves room to ask more" if gap.value < 0 else ": buyers find it cheaper there"
    notebook.find(
        "price_alert",
        [
            say(
                f"{verb} on {numbers.day(new.period_end)}, from {numbers.price(old.value, old.unit)} to {now}.",  # type: ignore[arg-type]
                change, old, new, theirs,
            )
        ],
        meaning=[say(f"The own offer costs {numbers.price(mine.value, mine.unit)}, {standing}.", mine, gap)]
        if abs(row["other_price"] - row["new_price"]) < 0.005 else [],
        about=offer.name, value=change.value, unit=numbers.PERCENT, stake_usd=_at_stake(offers, own, change.value),
        confidence=min(SUREST, 100 * row["match_confidence"]),
    )  # fmt: skip


def _asks_less(offers: Offers, own: Offer) -> bool:
    """True if a lower price is recommended for the offer: then a rival's higher one is no room to ask more."""
    return any(row["change_pct"] < 0 for row in offers.about("price_recommendations", own.product_id))


def _at_stake(offers: Offers, own: Offer, change: float) -> float | None:
    """A year's revenue of the own offer times the rival's change."""
    found = sold(offers, own)
    return abs(change) / 100 * found[1].value * YEAR / WINDOW if found else None


def _promotions(offers: Offers, notebook: Notebook) -> None:
    """Promotions of rivals in the window: how many, and the deepest."""
    promotions = table(offers.tables, "promotions")
    if not promotions.height:
        return
    newest = table(offers.tables, "price_trends")["observed_at"].max()
    theirs = promotions.filter(
        ~pl.col("is_own").fill_null(value=True) & (pl.col("starts_at") > newest - timedelta(days=WINDOW))  # type: ignore[operator]
    )
    if not theirs.height:
        return
    rows = offers.rows("promotions", is_own=False)
    many = counted(notebook, "rival_promotions", theirs.height, rows)
    lasting = counted(notebook, "open_rival_promotions", int(theirs["is_open"].sum()), rows)
    last = {0: "none of them lasts", 1: "one of them lasts"}.get(
        int(lasting.value), f"{numbers.count(lasting.value)} of them last"
    )
    sentences = [
        say(
            f"Rivals began {plural(many.value, 'promotion')} in the last {WINDOW} days; {last} still.",
            many, lasting, window(notebook),
        )
    ]  # fmt: skip
    stated = theirs.drop_nulls("discount_pct").sort("discount_pct", "product_id", descending=[True, False])
    row = next(iter(stated.to_dicts()), None)
    offer = offers.of(row["product_id"]) if row else None
    if row and offer and row["ends_at"]:
        cut = _discount(offers, offer, row)
        sentences.append(
            say(
                f"{opened(offer.marketplace)} took {numbers.percent(cut.value, 0)} off {offer.name} until "
                f"{numbers.day(row['ends_at'].date())}.",
                cut,
            )
        )
    notebook.find("rival_promotions", sentences, value=many.value, unit=numbers.COUNT, confidence=80)


def _discount(offers: Offers, offer: Offer, row: dict[str, Any]) -> Fact:
    """The percent that a promotion takes off: as its source states it, or computed from prices."""
    day = row["ends_at"].date()
    if row["discount_is_stated"]:
        return offers.book.record(
            "discount", offer.name, row["discount_pct"], numbers.PERCENT, document_id=row["document_id"],
            locator=row["locator"], day=day, dimensions=offer.dimensions,
        )  # fmt: skip
    rows = offers.rows("promotions", product_id=offer.product_id, origin=row["origin"])
    return offers.derived(
        "discount",
        offer,
        row["discount_pct"],
        numbers.PERCENT,
        "100 * (price without it - price) / price without it",
        [rows],
        period=(row["starts_at"].date(), day),
    )
