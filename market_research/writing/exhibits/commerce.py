"""Exhibits of the commerce chapter: prices against rivals, what buyers say, demand and stock, risks."""

from itertools import pairwise

import polars as pl

from market_research.analysis.base import Notebook, say
from market_research.analysis.commerce_demand import forecast_facts
from market_research.analysis.commerce_pricing import by_stake, gap_facts, recommendation_facts
from market_research.analysis.commerce_voice import ASPECTS, FEWEST, aspects, sentiment_facts
from market_research.analysis.offers import Offers, table, trend_word, window
from market_research.report.model import Chart, Point, Series
from market_research.writing import numbers
from market_research.writing.evidence import Fact
from market_research.writing.exhibits.parts import cell, columns, point
from market_research.writing.material import Material
from market_research.writing.outline import Cell, Figure, Table

ROWS = 10
# Limits of the bars of the price gaps, in percent.
BINS = (-20.0, -10.0, -5.0, -1.0, 1.0, 5.0, 10.0, 20.0)
HORIZON = 30


def offers_of(m: Material) -> Offers:
    return Offers(m.tables, m.book, m.subject.request.commerce.currency)


def money_cell(fact: Fact | None) -> Cell:
    """A price with its cents."""
    return Cell(numbers.price(fact.value, fact.unit), fact) if fact else Cell("–")


def trends(m: Material, name: str) -> dict[str, str]:
    """Trend by offer of a table that has one."""
    frame = table(m.tables, name)
    return dict(frame.select("product_id", "trend").rows()) if frame.height else {}


def gap_distribution(m: Material) -> Figure | None:
    """Bars: how many of one's own offers stand how far from the median of their equivalents."""
    frame, offers = table(m.tables, "price_positions"), offers_of(m)
    if frame.height < 5:
        return None
    labels = _bin_labels()
    cut = frame["gap_pct"].cut(BINS, labels=labels, left_closed=True)
    counts = dict(cut.value_counts().rows())
    facts = [
        m.book.derive(
            "count_offers_by_gap", m.subject.name, float(counts.get(label, 0)), numbers.COUNT,
            formula="count(own offers with the gap)", inputs=[offers.rows("price_positions")],
            dimensions=f"gap={label}",
        )
        for label in labels
    ]  # fmt: skip
    shown = _trimmed(list(zip(labels, facts, strict=True)))
    return Figure(
        "price-gaps",
        say("How far do own prices stand from the median of equivalent offers? Offers by gap.", [f for _, f in shown]),
        Chart(
            kind="grouped_bar",
            series=(Series(name="Offers", points=tuple(point(fact, label) for label, fact in shown)),),
            unit="count",
            y_title="Own offers",
        ),
        "Bars of the number of own offers by their distance to the median of equivalent offers.",
        "Distance in percent of the median; left of the middle own offers are cheaper.",
    )


def _bin_labels() -> list[str]:
    inner = [f"{low:.0f} to {high:.0f}%" for low, high in pairwise(BINS)]
    return [f"under {BINS[0]:.0f}%", *inner, f"over {BINS[-1]:.0f}%"]


def _trimmed(shown: list[tuple[str, Fact]]) -> list[tuple[str, Fact]]:
    """Without empty bars at the ends."""
    filled = [place for place, (_, fact) in enumerate(shown) if fact.value]
    return shown[filled[0] : filled[-1] + 1] if filled else shown


def positions(m: Material) -> Table | None:
    """The own offers furthest from the median of their equivalents."""
    frame, offers, moved = table(m.tables, "price_positions"), offers_of(m), trends(m, "price_trends")
    if not frame.height:
        return None
    rows, facts = [], []
    for row in frame.sort(pl.col("gap_pct").abs(), "product_id", descending=[True, False]).head(ROWS).to_dicts():
        made = gap_facts(offers, row)
        if made is None:
            continue
        offer, price, median, gap, others = made
        many = offers.derived(
            "equivalents", offer, float(len(others)), numbers.COUNT, "count(equivalent offers)", others
        )
        sure = offers.derived(
            "match_confidence", offer, row["confidence"], numbers.INDEX,
            "100 * mean confidence of the matches, less where they are under three",
            [offers.rows("price_positions", product_id=offer.product_id)],
        )  # fmt: skip
        facts += [price, median, gap, many, sure]
        rows.append(
            (Cell(offer.name, strong=True), money_cell(price), money_cell(median), cell(gap), cell(many), cell(sure),
             Cell(trend_word(moved.get(offer.product_id))))
        )  # fmt: skip
    if not rows:
        return None
    return Table(
        "price-positions",
        say("Own offers furthest from the median of their equivalents.", facts),
        columns("Offer", "Price", "Median", "Gap", "Equivalents", "Confidence", "Price trend"),
        tuple(rows),
        "The median weighs each equivalent by how sure the match is. Confidence is from 0 to 100. The trend is of the "
        "own price over 90 days: stable within 1 percent.",
    )


def price_history(m: Material) -> Figure | None:
    """Steps: the price of an own offer and its equivalents over time, large changes marked."""
    frame, offers = table(m.tables, "watched_prices"), offers_of(m)
    if frame.height < 4:
        return None
    own = offers.of(frame["own_id"][0])
    if own is None:
        return None
    last = frame["observed_at"].max()
    series, facts = [], []
    for (product_id,), part in sorted(frame.partition_by(["product_id"], as_dict=True).items()):
        offer = offers.of(str(product_id))
        if offer is None:
            continue
        made = [(offers.price(offer, row), row) for row in part.to_dicts()]
        facts += [fact for fact, _ in made]
        points = [point(f, float(row["observed_at"].date().toordinal()), "alert" if row["is_alert"] else None)
                  for f, row in made]  # fmt: skip
        # A price holds until the end of the chart.
        end = made[-1][0]
        if made[-1][1]["observed_at"].date() < last.date():  # type: ignore[union-attr]
            points.append(point(end, float(last.date().toordinal())))  # type: ignore[union-attr]
        name = "own price" if offer.is_own else offer.marketplace
        series.append((not offer.is_own, Series(name=name, points=tuple(points))))
    return Figure(
        "price-history",
        say(f"How have the prices of {own.name} moved? Own price and those of equivalents.", facts),
        Chart(
            kind="line", series=tuple(one for _, one in sorted(series, key=lambda item: (item[0], item[1].name))),
            unit=offers.currency, y_title="Price", x_unit="day", steps=True,
        ),
        f"Steps of the prices of {own.name} by seller.",
        "Marks are changes above the limit for alerts.",
    )  # fmt: skip


def alerts(m: Material) -> Table | None:
    """The newest large changes of price."""
    frame, offers = table(m.tables, "price_alerts"), offers_of(m)
    if not frame.height:
        return None
    rows, facts = [], []
    for row in frame.head(ROWS).to_dicts():
        offer = offers.of(row["product_id"])
        if offer is None:
            continue
        new, old = offers.moved(offer, {**row, "price": row["new_price"]}, "", "old_")
        change = offers.price_change(offer, row["change_pct"], new, old)
        facts += [old, new, change]
        rows.append(
            (Cell(row["observed_at"].date().isoformat()), Cell(offer.name, strong=True),
             Cell("own shop" if offer.is_own else offer.marketplace), money_cell(old), money_cell(new), cell(change))
        )  # fmt: skip
    if not rows:
        return None
    return Table(
        "price-alerts",
        say("The newest changes of price above the limit for alerts.", facts),
        (("Day", "left"), ("Offer", "left"), ("At", "left"), ("From", "right"), ("To", "right"), ("Change", "right")),
        tuple(rows),
    )


def recommendations(m: Material) -> Table | None:
    """Recommended prices with what they are expected to do."""
    frame, offers, sells = table(m.tables, "price_recommendations"), offers_of(m), trends(m, "sales_trends")
    if not frame.height:
        return None
    rows, facts = [], []
    for _, row in by_stake(offers)[:ROWS]:
        made = recommendation_facts(offers, row)
        if made is None:
            continue
        offer, found = made
        sure = offers.derived(
            "recommendation_confidence", offer, row["confidence"], numbers.INDEX, "see reasons of the recommendation",
            [offers.rows("price_recommendations", product_id=offer.product_id)],
        )  # fmt: skip
        shown = [found.get(f"expected_{what}_change") for what in ("quantity", "revenue", "contribution")]
        facts += [*found.values(), sure]
        rows.append(
            (Cell(offer.name, strong=True), money_cell(found["price"]), money_cell(found["recommended_price"]),
             *(cell(fact) for fact in shown), cell(sure), Cell(trend_word(sells.get(offer.product_id))))
        )  # fmt: skip
    if not rows:
        return None
    return Table(
        "price-recommendations",
        say("Recommended prices and what they are expected to change.", facts),
        columns("Offer", "Today", "Recommended", "Pieces", "Revenue", "After cost", "Confidence", "Sales trend"),
        tuple(rows),
        "Pieces, revenue and what is left after the cost of the goods are changes in percent, expected from the "
        "offer's own elasticity. Confidence is from 0 to 100.",
    )


def sentiment(m: Material) -> Table | None:
    """Offers that buyers like least and most."""
    frame, offers = table(m.tables, "product_sentiment"), offers_of(m)
    enough = frame.filter(pl.col("reviews") >= FEWEST).sort("score", "product_id") if frame.height else frame
    if not enough.height:
        return None
    ends = enough if enough.height <= ROWS else pl.concat([enough.head(ROWS // 2), enough.tail(ROWS // 2)])
    rows: list[tuple[Cell, ...]] = []
    facts: list[Fact] = []
    for row in ends.to_dicts():
        made = sentiment_facts(offers, row)
        if made is None:
            continue
        offer, found = made
        facts += found.values()
        rows.append(
            (Cell(offer.name, strong=True), *(cell(fact) for fact in found.values()), Cell(trend_word(row["trend"])))
        )
    return Table(
        "product-sentiment",
        say("What buyers think of the offers that they like least and most.", facts),
        columns("Offer", "Score", "Low", "High", "Reviews", "Trend"),
        tuple(rows),
        "Scores are from -1 to 1; low and high are the ends of a 95 % interval.",
    )


def aspect_bars(m: Material) -> Figure | None:
    """Bars: the mood about each aspect that many name."""
    found = sorted(aspects(offers_of(m), notebook(m), ASPECTS), key=lambda one: (-one[1].value, one[0]))
    if len(found) < 3:
        return None
    points = tuple(point(score, aspect, numbers.score(score.value)) for aspect, score, _ in found)
    facts = [fact for _, *both in found for fact in both]
    return Figure(
        "aspects",
        say("What do buyers praise and blame? Mean score of the aspects that they name most.", facts),
        Chart(kind="bar", series=(Series(name="Score", points=points),), unit="score", x_title="Score"),
        "Bar chart of the mean score of aspects.",
        "Scores are from -1 to 1, weighted by mentions. Aspects about which no judging word was found are left out.",
    )


def notebook(m: Material) -> Notebook:
    """A notebook for facts that the chapter counts itself."""
    return Notebook(m.subject, "customer_voice", m.book)


def demand(m: Material) -> Table | None:
    """What the offers that sell most have sold, and are forecast to."""
    sales, ahead, offers = table(m.tables, "sales_trends"), table(m.tables, "demand_summaries"), offers_of(m)
    if not sales.height:
        return None
    forecasts = {}
    if ahead.height:
        forecasts = {row["product_id"]: row for row in ahead.filter(pl.col("horizon_days") == HORIZON).to_dicts()}
    rows, facts = [], []
    for row in sales.head(ROWS).to_dicts():
        offer = offers.of(row["product_id"])
        if offer is None:
            continue
        source = offers.rows("sales_trends", product_id=offer.product_id)
        period = (row["first_day"], row["last_day"])
        shown = [
            offers.derived(metric, offer, float(row[column]), unit, formula, [source], period=period)
            if row[column] is not None else None
            for metric, column, unit, formula in (
                ("pieces_sold", "pieces", numbers.PIECES, "sum(pieces) of the span"),
                ("sales_value", "revenue", offers.currency, "sum(revenue) of the span"),
                ("pieces_change", "change_pct", numbers.PERCENT, "100 * (pieces - pieces before) / pieces before"),
            )
        ]  # fmt: skip
        made = forecast_facts(offers, forecasts[offer.product_id]) if offer.product_id in forecasts else None
        found = [made[1].get(f"demand_forecast{end}") if made else None for end in ("", "_low", "_high")]
        shown += found if forecasts else []
        facts += [fact for fact in shown if fact]
        rows.append((Cell(offer.name, strong=True), *(cell(fact) for fact in shown), Cell(trend_word(row["trend"]))))
    extra = (f"Next {HORIZON} days", "Low", "High") if forecasts else ()
    return Table(
        "demand",
        say("The offers that sell most: the last 90 days"
            + (f" and the forecast for the next {HORIZON}." if forecasts else "."), facts, _days(m)),
        columns("Offer", "Pieces", "Revenue", "Change", *extra, "Trend"),
        tuple(rows),
        "Change of pieces against the 90 days before; stable within 5 percent."
        + (" Low and high are the ends of a 95 % interval." if forecasts else ""),
    )  # fmt: skip


def _days(m: Material) -> list[Fact]:
    return [window(notebook(m)), window(notebook(m), HORIZON)]


def forecast_fan(m: Material) -> Figure | None:
    """Fan: daily sales of the offer that sells most, and the forecast with its 95 % interval."""
    frame, sold, offers = table(m.tables, "demand_forecasts"), table(m.tables, "recent_sales"), offers_of(m)
    if not frame.height or not sold.height:
        return None
    ranked = table(m.tables, "sales_trends")["product_id"].to_list()
    known = set(frame["product_id"].unique())
    chosen = next((product for product in ranked if product in known and offers.of(product)), None)
    offer = offers.of(chosen) if chosen else None
    if offer is None:
        return None
    past = [
        (row, offers.book.record(
            "pieces_sold", offer.name, float(row["quantity"]), numbers.PIECES, document_id=row["document_id"],
            locator=row["locator"], day=row["date"], dimensions=offer.dimensions,
        ) if row["records"] == 1 else offers.derived(
            "pieces_sold", offer, float(row["quantity"]), numbers.PIECES, "sum(quantity) of the day",
            [offers.rows("sales", product_id=offer.product_id, date=row["date"].isoformat())],
            period=(row["date"], row["date"]),
        ))
        for row in sold.filter(pl.col("product_id") == offer.product_id).to_dicts()
    ]  # fmt: skip
    ahead = frame.filter((pl.col("product_id") == offer.product_id) & (pl.col("ahead_days") <= HORIZON)).sort("date")
    points = []
    facts: list[Fact] = [fact for _, fact in past]
    for row in ahead.to_dicts():
        made = offers.derived(
            "daily_demand_forecast", offer, float(row["quantity"]), numbers.PIECES, f"forecast of {row['model']}",
            [offers.rows("demand_forecasts", product_id=offer.product_id, date=row["date"].isoformat())],
            period=(None, row["date"]),
        )  # fmt: skip
        facts.append(made)
        points.append(
            Point(x=float(row["date"].toordinal()), y=made.value, fact_id=made.fact_id, low=row["lower_95"],
                  high=row["upper_95"])
        )  # fmt: skip
    if not past or not points:
        return None
    history = tuple(point(fact, float(row["date"].toordinal())) for row, fact in past)
    return Figure(
        "demand-forecast",
        say(f"Where does demand for {offer.name} lead? Pieces a day, with the forecast.", facts),
        Chart(
            kind="fan",
            series=(Series(name="Sold", points=history), Series(name="Forecast", points=tuple(points))),
            unit="pieces", y_title="Pieces a day", x_unit="day",
        ),
        f"Fan chart of daily sales of {offer.name} and their forecast.",
        "The band is a 95 % interval for each single day.",
    )  # fmt: skip


def patterns(m: Material) -> Table | None:
    """Complaints and wishes by the number of reviews."""
    rows, facts = [], []
    for kind, label in (("complaint", "Complaint"), ("feature_request", "Wish")):
        for finding in sorted(m.of(kind), key=lambda f: (-(f.value or 0), f.subject or "")):
            found = {m.book.facts[i].metric: m.book.facts[i] for i in finding.fact_ids}
            shown = [found.get(f"{kind}_reviews"), found.get(f"{kind}_part"), found.get(f"count_offers_with_{kind}")]
            facts += [fact for fact in shown if fact]
            rows.append((Cell(finding.subject or "", strong=True), Cell(label), *(cell(fact) for fact in shown)))
    if not rows:
        return None
    return Table(
        "patterns",
        say("What reviews complain of and wish for, by the words that they share.", facts),
        (("In the words", "left"), ("Kind", "left"), ("Reviews", "right"), ("Of all", "right"), ("Offers", "right")),
        tuple(rows),
    )
