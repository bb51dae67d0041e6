"""Prices: where one's own stand among equivalent offers, how rivals move, and which price to ask.

Money at stake is the yearly value at the pace of the last 90 days, in the currency of the request.
"""

from datetime import timedelta
from typing import Any

import polars as pl

from market_research.analysis.base import Notebook, Tables, say
from market_research.analysis.offers import (
    WINDOW,
    YEAR,
    Offer,
    Offers,
    counted,
    ids,
    opened,
    plural,
    price_trend,
    sided,
    table,
    window,
)
from market_research.writing import numbers
from market_research.writing.evidence import Draft, Fact

COMMERCE = (
    "products", "price_positions", "price_gaps", "price_alerts", "price_trends", "watched_prices", "promotions",
    "price_recommendations", "price_elasticities", "sales_trends",
)  # fmt: skip
LEVEL = 1.0
"""Percent from the median within which a price counts as level with it."""
NAMED = 3
RECENT = 30
"""Days back from the newest price in which changes are news."""


def analyse(tables: Tables, notebook: Notebook) -> None:
    """Findings: price_position, price_gap, price_alerts, price_alert, rival_promotions, price_recommendation."""
    offers = Offers(tables, notebook.book)
    _position(offers, notebook)
    _gaps(offers, notebook)
    _alerts(offers, notebook)
    _promotions(offers, notebook)
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
            f"Of {plural(own, 'own offer')}, {numbers.count(positions.height)} have an equivalent at a rival: "
            f"{numbers.count(above.value)} cost more than the median of their equivalents and "
            f"{numbers.count(below.value)} cost less, by over {numbers.percent(LEVEL, 0)} each.",
            all_own, compared, above, below, margin,
        ),
        say(f"Half of the compared offers stand more than {sided(middle.value)} that median, half less.", middle)
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


def gap_facts(offers: Offers, row: dict[str, Any]) -> tuple[Offer, Fact, Fact, Fact, list[Fact]] | None:
    """Of a row of ``price_positions``: the offer, its price, the median of its equivalents, the gap, their prices."""
    offer = offers.of(row["product_id"])
    gaps = table(offers.tables, "price_gaps").filter(pl.col("product_id") == row["product_id"]).to_dicts()
    if offer is None or not gaps:
        return None
    first = gaps[0]
    price = offers.price(offer, first["price"], first["observed_at"], first["document_id"], first["locator"])
    others = [
        offers.price(
            other, one["other_price"], one["other_observed_at"], one["other_document_id"], one["other_locator"]
        )
        for one in gaps
        if (other := offers.of(one["other_id"]))
    ]
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
    cost = f"{opened(offer.name)} costs {numbers.price(price.value, price.unit)}, {sided(gap.value)}"
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
    stake, meaning = _worth(offers, offer, price, median)
    notebook.find(
        "price_gap", [first, *([moved] if moved else [])], meaning=meaning, about=offer.name, value=gap.value,
        unit=numbers.PERCENT, stake_usd=stake, confidence=row["confidence"],
    )  # fmt: skip


def sold(offers: Offers, offer: Offer) -> tuple[Fact, Fact] | None:
    """Pieces and revenue of an offer in the window, as facts; None where nothing was sold."""
    trends = table(offers.tables, "sales_trends")
    row = (
        next(iter(trends.filter(pl.col("product_id") == offer.product_id).to_dicts()), None) if trends.height else None
    )
    if row is None or row["pieces"] <= 0:
        return None
    rows, period = offers.rows("sales", product_id=offer.product_id), (row["first_day"], row["last_day"])
    return (
        offers.derived("pieces_sold", offer, row["pieces"], numbers.PIECES, "sum(quantity) of the span", [rows],
                       period=period),
        offers.derived("sales_value", offer, row["revenue"], offers.currency, "sum(revenue) of the span", [rows],
                       period=period),
    )  # fmt: skip


def _worth(offers: Offers, offer: Offer, price: Fact, median: Fact) -> tuple[float | None, list[Draft]]:
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
    span = offers.book.derive(
        "days_compared", offers.book.industry, float(WINDOW), numbers.DAYS, formula="rule of the analysis", inputs=[]
    )
    return worth.value * YEAR / WINDOW, [say(text, pieces, worth, span)]


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
        "newest_price", notebook.subject.name, recent.height, numbers.COUNT, formula="count(price alerts) up to the day",
        inputs=[rows], period=(day - timedelta(days=RECENT), day),
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
            "product_id", "price", "other_price", "gap_pct", "match_confidence", other_id="other_id",
            own_observed_at="observed_at", own_document_id="document_id", own_locator="locator",
        ).rename({"product_id": "own_id"}),
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
    old = offers.price(offer, row["old_price"], row["old_observed_at"], row["old_document_id"], row["old_locator"])
    new = offers.price(offer, row["new_price"], row["observed_at"], row["document_id"], row["locator"])
    change = offers.derived(
        "price_change", offer, row["change_pct"], numbers.PERCENT, "100 * (price - earlier price) / earlier price",
        (new, old), period=(old.period_end, new.period_end),
    )  # fmt: skip
    mine = offers.price(own, row["price"], row["own_observed_at"], row["own_document_id"], row["own_locator"])
    gap = offers.derived(
        "price_gap", own, row["gap_pct"], numbers.PERCENT, "100 * (price - rival's price) / rival's price",
        (mine, new), period=(new.period_end, mine.period_end),
    )  # fmt: skip
    did = "cut" if change.value < 0 else "raised"
    verb = f"{opened(offer.marketplace)} {did} its price of {offer.name} by {numbers.percent(abs(change.value))}"
    now = numbers.price(new.value, new.unit)
    level = abs(gap.value) < 0.05
    standing = "the same as that" if level else f"{sided(gap.value)} that"
    notebook.find(
        "price_alert",
        [
            say(
                f"{verb} on {numbers.day(new.period_end)}, from {numbers.price(old.value, old.unit)} to {now}.",  # type: ignore[arg-type]
                change, old, new,
            )
        ],
        meaning=[say(f"The own offer costs {numbers.price(mine.value, mine.unit)}, {standing}.", mine, gap)]
        if abs(row["other_price"] - row["new_price"]) < 0.005 else [],
        about=offer.name, value=change.value, unit=numbers.PERCENT, stake_usd=_at_stake(offers, own, change.value),
        confidence=100 * row["match_confidence"],
    )  # fmt: skip


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
    last = "one of them lasts" if lasting.value == 1 else f"{numbers.count(lasting.value)} of them last"
    sentences = [
        say(
            f"Rivals began {plural(many.value, 'promotion')} in the last {WINDOW} days; {last} still.",
            many, lasting, window(notebook),
        )
    ]  # fmt: skip
    row = next(iter(theirs.drop_nulls("discount_pct").sort("discount_pct", "product_id", descending=[True, False]).to_dicts()), None)  # fmt: skip
    offer = offers.of(row["product_id"]) if row else None
    if row and offer and row["ends_at"]:
        cut = offers.book.record(
            "discount", offer.name, row["discount_pct"], numbers.PERCENT, document_id=row["document_id"],
            locator=row["locator"], day=row["ends_at"].date(), dimensions=offer.dimensions,
        )  # fmt: skip
        sentences.append(
            say(
                f"{opened(offer.marketplace)} took {numbers.percent(cut.value, 0)} off {offer.name} until "
                f"{numbers.day(row['ends_at'].date())}.",
                cut,
            )
        )
    notebook.find("rival_promotions", sentences, value=many.value, unit=numbers.COUNT, confidence=80)


def recommendation_facts(offers: Offers, row: dict[str, Any]) -> tuple[Offer, dict[str, Fact]] | None:
    """Of a row of ``price_recommendations``: the offer, and by metric what is recommended, expected and rests on."""
    offer = offers.of(row["product_id"])
    trends = table(offers.tables, "price_trends").filter(pl.col("product_id") == row["product_id"]).to_dicts()
    if offer is None or not trends:
        return None
    newest = trends[0]
    price = offers.price(offer, newest["price"], newest["observed_at"], newest["document_id"], newest["locator"])
    rows = offers.rows("price_recommendations", product_id=offer.product_id)
    facts = {"price": price}
    for column, metric, unit, formula in (
        ("recommended_price", "recommended_price", offers.currency, f"best price within margin and change, by {row['method']}"),
        ("change_pct", "recommended_change", numbers.PERCENT, "100 * (recommended price - price) / price"),
        ("elasticity", "price_elasticity", "none", "log-log regression of pieces sold on price"),
        ("elasticity_lower", "price_elasticity_low", "none", "lower end of the 95 % interval of the elasticity"),
        ("elasticity_upper", "price_elasticity_high", "none", "upper end of the 95 % interval of the elasticity"),
        ("quantity_effect_pct", "expected_quantity_change", numbers.PERCENT, "(new price / price) ^ elasticity - 1"),
        ("revenue_effect_pct", "expected_revenue_change", numbers.PERCENT, "new revenue / revenue - 1"),
        ("profit_effect_pct", "expected_contribution_change", numbers.PERCENT, "(new price - cost) * new pieces / the same now - 1"),
        ("new_margin_pct", "expected_unit_margin", numbers.PERCENT, "100 * (recommended price - cost) / recommended price"),
    ):  # fmt: skip
        if row[column] is not None:
            facts[metric] = offers.derived(metric, offer, row[column], unit, formula, (price, rows))
    return offer, facts


def _recommendations(offers: Offers, notebook: Notebook) -> None:
    frame = table(offers.tables, "price_recommendations")
    if not frame.height:
        return
    made = []
    for row in frame.sort("confidence", "product_id", descending=[True, False]).head(400).to_dicts():
        made.append((_stake(offers, row), row))
    made.sort(key=lambda item: (-(item[0] or 0) * item[1]["confidence"], item[1]["product_id"]))
    for stake, row in made[: 2 * NAMED]:
        _recommendation(offers, notebook, row, stake)


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
            f"A price of {numbers.price(asked.value, asked.unit)} for {offer.name}, "
            f"{numbers.percent(abs(change.value))} {word} than today's {numbers.price(price.value, price.unit)}, is "
            f"{'what its own sales speak for' if row['method'] == 'elasticity' else 'where equivalent offers stand'}.",
            asked, change, price,
        )
    ]  # fmt: skip
    elastic = [facts.get(f"price_elasticity{end}") for end in ("", "_low", "_high")]
    if all(elastic):
        mid, low, high = (f"{fact.value:.1f}" for fact in elastic if fact)
        level = offers.book.derive("interval_level", notebook.subject.name, 95, numbers.PERCENT,
                                   formula="level of the interval", inputs=[])  # fmt: skip
        sentences.append(
            say(
                f"Its price elasticity is {mid}, with a {numbers.percent(95, 0)} interval from {low} to {high}: so many "
                "percent of the pieces go with each percent of the price.",
                elastic, level,
            )
        )  # fmt: skip
    revenue, gain = facts.get("expected_revenue_change"), facts.get("expected_contribution_change")
    meaning = []
    if revenue and gain:
        meaning.append(
            say(
                f"Expected effect: {numbers.percent(revenue.value)} on revenue and {numbers.percent(gain.value)} on what "
                "is left after the cost of the goods.",
                revenue, gain,
            )
        )  # fmt: skip
    notebook.find(
        "price_recommendation", sentences, meaning=meaning, about=offer.name, value=asked.value, unit=asked.unit,
        stake_usd=stake, confidence=row["confidence"],
    )  # fmt: skip


__all__ = ["COMMERCE", "analyse", "gap_facts", "ids", "recommendation_facts", "sold"]
