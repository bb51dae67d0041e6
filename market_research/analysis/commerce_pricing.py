"""Prices: where one's own stand among equivalent offers, how rivals move, and which price to ask.

Money at stake is the yearly value at the pace of the last 90 days, in the currency of the request.
"""

from typing import Any

import polars as pl

from market_research.analysis.base import Notebook, Tables, say
from market_research.analysis.commerce_moves import moves
from market_research.analysis.offers import (
    NAMED,
    WINDOW,
    YEAR,
    Offer,
    Offers,
    counted,
    offers_of,
    opened,
    plural,
    price_trend,
    sided,
    sold,
    table,
    window,
)
from market_research.writing import numbers
from market_research.writing.evidence import Draft, Fact

COMMERCE = (
    "products", "price_positions", "price_gaps", "price_alerts", "price_trends", "watched_prices", "promotions",
    "price_recommendations", "price_elasticities", "sales_trends", "currency_rates",
)  # fmt: skip
LEVEL = 1.0
"""Percent from the median within which a price counts as level with it."""
MOST = 400
"""Recommendations that are weighed by money; of more, those of the highest confidence."""


def analyse(tables: Tables, notebook: Notebook) -> None:
    """Findings: price_position, price_gap, price_alerts, price_alert, rival_promotions, price_recommendation."""
    offers = offers_of(tables, notebook)
    _position(offers, notebook)
    _gaps(offers, notebook)
    moves(offers, notebook)
    _recommendations(offers, notebook)


def _position(offers: Offers, notebook: Notebook) -> None:
    positions = table(offers.tables, "price_positions")
    own = offers.tables["products"].filter("is_own").height
    if not own:
        notebook.gap(
            "own_offers", "No offer is known to be one's own, so nothing is compared; name them under commerce in the "
            "request.", inputs=[offers.rows("products")],
        )  # fmt: skip
        return
    if not positions.height:
        notebook.gap(
            "equivalents", "No offer of a rival is known to be the same product as one's own, so prices are not "
            "compared.", inputs=[offers.rows("products")],
        )  # fmt: skip
        return
    rows = offers.rows("price_positions")
    all_own = counted(notebook, "own_offers", own, offers.rows("products", is_own=True))
    compared = counted(notebook, "compared_offers", positions.height, rows)
    above = counted(notebook, "offers_above_median", positions.filter(pl.col("gap_pct") > LEVEL).height, rows)
    below = counted(notebook, "offers_below_median", positions.filter(pl.col("gap_pct") < -LEVEL).height, rows)
    margin = notebook.book.derive(
        "level_with_median", notebook.subject.name, LEVEL, numbers.PERCENT, formula="rule of the analysis", inputs=[]
    )
    middle = notebook.book.derive(
        "median_price_gap", notebook.subject.name, float(positions["gap_pct"].median() or 0), numbers.PERCENT,  # type: ignore[arg-type]
        formula="median of the gaps to the equivalents' median, weighted by match confidence", inputs=[rows],
    )  # fmt: skip
    waiting = int((positions["in_review"] > 0).sum())
    sentences = [
        say(
            f"{_compared(own, positions.height)} an equivalent at a rival: "
            f"{numbers.count(above.value)} cost more than the median of their equivalents and "
            f"{numbers.count(below.value)} cost less, by over {numbers.percent(LEVEL, 0)} each.",
            all_own, compared, above, below, margin,
        ),
        say(
            f"The middle one of the compared offers stands {sided(middle.value)} the median of its equivalents.", middle
        )
        if abs(middle.value) >= 0.05 else None,
    ]  # fmt: skip
    meaning = []
    if waiting:
        unsure = counted(notebook, "offers_with_unsure_match", waiting, rows)
        meaning.append(
            say(
                f"{opened(numbers.count(waiting))} of the comparisons rest on a match that a person has yet to decide, "
                "and weigh less.",
                unsure,
            )
        )
    notebook.find(
        "price_position", [one for one in sentences if one], meaning=meaning, value=middle.value, unit=numbers.PERCENT,
        confidence=float(positions["confidence"].mean() or 0),  # type: ignore[arg-type]
    )  # fmt: skip


def _compared(own: int, compared: int) -> str:
    if own == compared:
        return f"All {plural(own, 'own offer')} have" if own > 1 else "The one own offer has"
    return f"Of {plural(own, 'own offer')}, {numbers.count(compared)} {'has' if compared == 1 else 'have'}"


def gap_facts(offers: Offers, row: dict[str, Any]) -> tuple[Offer, Fact, Fact, Fact, list[Fact]] | None:
    """Of a row of ``price_positions``: the offer, its price, the median of its equivalents, the gap, their prices."""
    offer = offers.of(row["product_id"])
    gaps = offers.about("price_gaps", row["product_id"])
    if offer is None or not gaps:
        return None
    first = gaps[0]
    price = offers.price(offer, first)
    others = [offers.price(other, one, "other_") for one in gaps if (other := offers.of(one["other_id"]))]
    median = offers.derived(
        "median_rival_price", offer, row["market_median"], offers.currency,
        "median of the equivalents' prices, weighted by match confidence",
        [*others, offers.rows("price_gaps", product_id=offer.product_id)],
    )  # fmt: skip
    gap = offers.derived(
        "price_gap", offer, row["gap_pct"], numbers.PERCENT, "100 * (price - median) / median", (price, median)
    )
    return offer, price, median, gap, others


def _gaps(offers: Offers, notebook: Notebook) -> None:
    """The offers furthest from the median on either side, those of sure matches first."""
    positions = table(offers.tables, "price_positions")
    if not positions.height:
        return
    sure = positions.filter((pl.col("in_review") == 0) & (pl.col("gap_pct").abs() > LEVEL))
    weight = pl.col("gap_pct").abs() * pl.col("confidence")
    for side in (sure.filter(pl.col("gap_pct") > 0), sure.filter(pl.col("gap_pct") < 0)):
        for row in side.sort(weight, "product_id", descending=[True, False]).head(NAMED).to_dicts():
            _gap(offers, notebook, row)


def _gap(offers: Offers, notebook: Notebook, row: dict[str, Any]) -> None:
    made = gap_facts(offers, row)
    if made is None:
        return
    offer, price, median, gap, others = made
    cost = f"{offer.name} costs {numbers.price(price.value, price.unit)}, {sided(gap.value)}"
    if len(others) == 1:
        rival = next(one for one in map(offers.of, row["other_ids"]) if one)
        first = say(
            f"{cost} the same product at {rival.marketplace}, which asks {numbers.price(median.value, median.unit)}.",
            price, gap, median,
        )  # fmt: skip
    else:
        many = offers.derived(
            "equivalents", offer, float(len(others)), numbers.COUNT, "count(equivalent offers)", others
        )
        first = say(
            f"{cost} the {numbers.price(median.value, median.unit)} that is the median of its "
            f"{numbers.count(many.value)} equivalents.",
            price, gap, median, many,
        )  # fmt: skip
    _, moved = price_trend(offers, notebook, offer)
    stake, meaning = _worth(offers, notebook, offer, price, median)
    notebook.find(
        "price_gap", [first, *([moved] if moved else [])], meaning=meaning, about=offer.name, value=gap.value,
        unit=numbers.PERCENT, stake_usd=stake, confidence=row["confidence"],
    )  # fmt: skip


def _worth(
    offers: Offers, notebook: Notebook, offer: Offer, price: Fact, median: Fact
) -> tuple[float | None, list[Draft]]:
    """What the distance to the median comes to on the pieces sold in the window."""
    found = sold(offers, offer)
    if found is None:
        return None, []
    pieces, _ = found
    worth = offers.derived(
        "price_gap_value", offer, abs(price.value - median.value) * pieces.value, offers.currency,
        "|price - median| * pieces sold", (price, median, pieces), period=(pieces.period_start, pieces.period_end),
    )  # fmt: skip
    text = (
        f"On the {plural(pieces.value, 'piece')} sold in the {WINDOW} days to {numbers.day(pieces.period_end)} the "  # type: ignore[arg-type]
        f"difference comes to {numbers.money(worth.value, worth.unit)}."
    )
    return worth.value * YEAR / WINDOW, [say(text, pieces, worth, window(notebook))]


def recommendation_facts(offers: Offers, row: dict[str, Any]) -> tuple[Offer, dict[str, Fact]] | None:
    """Of a row of ``price_recommendations``: the offer, and by metric what is recommended, expected and rests on."""
    offer = offers.of(row["product_id"])
    trends = offers.about("price_trends", row["product_id"])
    if offer is None or not trends:
        return None
    newest = trends[0]
    price = offers.price(offer, newest)
    rows = offers.rows("price_recommendations", product_id=offer.product_id)
    facts = {"price": price}
    for column, metric, unit, formula in (
        ("recommended_price", "recommended_price", offers.currency,
         f"best price within margin and change, by {row['method']}"),
        ("change_pct", "recommended_change", numbers.PERCENT, "100 * (recommended price - price) / price"),
        ("elasticity", "price_elasticity", "none", "log-log regression of pieces sold on price"),
        ("elasticity_lower", "price_elasticity_low", "none", "lower end of the 95 % interval of the elasticity"),
        ("elasticity_upper", "price_elasticity_high", "none", "upper end of the 95 % interval of the elasticity"),
        ("quantity_effect_pct", "expected_quantity_change", numbers.PERCENT, "(new price / price) ^ elasticity - 1"),
        ("revenue_effect_pct", "expected_revenue_change", numbers.PERCENT, "new revenue / revenue - 1"),
        ("profit_effect_pct", "expected_contribution_change", numbers.PERCENT,
         "(new price - cost) * new pieces / the same now - 1"),
    ):  # fmt: skip
        if row[column] is not None:
            facts[metric] = offers.derived(metric, offer, row[column], unit, formula, (price, rows))
    return offer, facts


def _recommendations(offers: Offers, notebook: Notebook) -> None:
    for stake, row in by_stake(offers)[: 2 * NAMED]:
        _recommendation(offers, notebook, row, stake)


def by_stake(offers: Offers) -> list[tuple[float | None, dict[str, Any]]]:
    """Rows of ``price_recommendations`` with their yearly money, that with most of it times confidence first."""
    frame = table(offers.tables, "price_recommendations")
    if not frame.height:
        return []
    surest = frame.sort("confidence", "product_id", descending=[True, False]).head(MOST)
    made = [(_stake(offers, row), row) for row in surest.to_dicts()]
    return sorted(made, key=lambda item: (-(item[0] or 0) * item[1]["confidence"], item[1]["product_id"]))


def _stake(offers: Offers, row: dict[str, Any]) -> float | None:
    """A year of what the price is expected to add: contribution where the cost is known, else revenue."""
    offer = offers.of(row["product_id"])
    found = sold(offers, offer) if offer else None
    if found is None:
        return None
    pieces, revenue = (fact.value * YEAR / WINDOW for fact in found)
    if row["profit_effect_pct"] is not None and row["cost"] is not None:
        return abs(row["profit_effect_pct"]) / 100 * (row["price"] - row["cost"]) * pieces
    effect = row["revenue_effect_pct"] if row["revenue_effect_pct"] is not None else row["change_pct"]
    return abs(effect or 0) / 100 * revenue


def _recommendation(offers: Offers, notebook: Notebook, row: dict[str, Any], stake: float | None) -> None:
    made = recommendation_facts(offers, row)
    if made is None:
        return
    offer, facts = made
    price, asked, change = facts["price"], facts["recommended_price"], facts["recommended_change"]
    word = "higher" if change.value > 0 else "lower"
    sentences = [
        say(
            f"{'The sales' if row['method'] == 'elasticity' else 'The equivalents'} of {offer.name} speak for a price "
            f"of {numbers.price(asked.value, asked.unit)}, {numbers.percent(abs(change.value))} {word} than today's "
            f"{numbers.price(price.value, price.unit)}.",
            asked, change, price,
        )
    ]  # fmt: skip
    elastic = [facts.get(f"price_elasticity{end}") for end in ("", "_low", "_high")]
    if all(elastic) and elastic[-1].value < 0:  # type: ignore[union-attr]
        mid, low, high = (f"{fact.value:.1f}" for fact in elastic if fact)
        level = offers.book.derive("interval_level", notebook.subject.name, 95, numbers.PERCENT,
                                   formula="level of the interval", inputs=[])  # fmt: skip
        sentences.append(
            say(
                f"Its price elasticity is {mid}, with a {numbers.percent(95, 0)} interval from {low} to {high}: the "
                "percentage of pieces that are lost with each percent more in price.",
                elastic, level,
            )
        )  # fmt: skip
    revenue, gain = facts.get("expected_revenue_change"), facts.get("expected_contribution_change")
    meaning = []
    if revenue and gain:
        meaning.append(
            say(
                f"Revenue is expected to change by {numbers.percent(revenue.value)}, and what is left of it after the "
                f"cost of the goods by {numbers.percent(gain.value)}.",
                revenue, gain,
            )
        )  # fmt: skip
    notebook.find(
        "price_recommendation", sentences, meaning=meaning, about=offer.name, value=asked.value, unit=asked.unit,
        stake_usd=stake, confidence=row["confidence"],
    )  # fmt: skip
