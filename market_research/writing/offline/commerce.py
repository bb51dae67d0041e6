"""The commerce chapter: what it comes to, prices, buyers, demand and stock, risks, actions, how sure all this is."""

from collections.abc import Sequence

import polars as pl

from market_research.analysis.base import say
from market_research.analysis.commerce_voice import FEWEST
from market_research.analysis.offers import counted, plural, table
from market_research.writing import numbers
from market_research.writing.evidence import Draft, Fact, Finding
from market_research.writing.exhibits import commerce as exhibits
from market_research.writing.material import Material, told
from market_research.writing.offline import commerce_actions
from market_research.writing.offline.commerce_risks import risk_table, risks
from market_research.writing.offline.common import gaps, merged, paragraph, plain, present
from market_research.writing.outline import Actions, Block, Paragraph, Quote, Section, Subheading

# So many sentences of each stand in the summary of the chapter.
TOLD_FIRST = {"sales_trend": 2, "price_position": 1, "sentiment": 1}
LONGEST_QUOTE = 240
QUOTES = 2
SURE = 50.0
"""Confidence from which a recommendation is not called unsure."""


def has_commerce(m: Material) -> bool:
    """True for an industry with offers."""
    return bool(table(m.tables, "products").height)


def only_commerce(m: Material) -> bool:
    """True where nothing but records of commerce has been received: no company reports, no text speaks."""
    return has_commerce(m) and not m.companies


def commerce(m: Material) -> Section:
    """The chapter; without blocks where the industry has no offers."""
    blocks: list[Block] = []
    if has_commerce(m):
        blocks = [*_summary(m), *_prices(m), *_buyers(m), *_demand(m), *_risks(m), *_actions(m), *_certainty(m)]
    return Section("commerce", "Commerce: prices, buyers, demand", blocks)


def _summary(m: Material) -> list[Block]:
    """The first sentence on each part, unless the executive summary has said it just before."""
    counts = _most_severe(m)
    sentences = [
        plain(finding, draft)
        for kind in TOLD_FIRST
        if (finding := m.one(kind)) is not None
        for draft in finding.sentences[: TOLD_FIRST[kind]]
    ] + ([counts] if counts else [])
    return [Paragraph(tuple(sentences))] if len(sentences) > 1 else []


def _most_severe(m: Material) -> Draft | None:
    grave = [risk for risk in risks(m) if risk.severity in ("critical", "high")]
    if not grave:
        return None
    number = m.book.derive(
        "grave_risks", m.subject.name, float(len(grave)), numbers.COUNT, formula="count(high or critical risks)",
        inputs=[risk.measure.fact_id for risk in grave],
    )  # fmt: skip
    are = "risk is" if len(grave) == 1 else "risks are"
    return say(f"{numbers.count(number.value).capitalize()} {are} of high or critical severity.", number)


def _rest(finding: Finding | None) -> list[Block]:
    """What a finding says beside what the summary of the chapter holds of it."""
    sentences = told(finding)[TOLD_FIRST[finding.kind] :] if finding else ()
    return [Paragraph(tuple(sentences))] if sentences else []


def _prices(m: Material) -> list[Block]:
    blocks: list[Block] = [Subheading("Prices against equivalents"), *_rest(m.one("price_position"))]
    blocks += gaps(m, "own_offers", "equivalents")
    for finding in m.of("price_gap")[:3]:
        blocks += paragraph(finding)
    blocks += present(exhibits.gap_distribution(m), exhibits.positions(m))
    blocks += [Subheading("How prices move"), *merged(m.one("price_alerts"), m.one("rival_promotions"))]
    blocks += merged(*m.of("price_alert")[:3])
    blocks += present(exhibits.price_history(m), exhibits.alerts(m))
    blocks.append(Subheading("Prices to ask"))
    for finding in m.of("price_recommendation")[:2]:
        blocks += paragraph(finding)
    return blocks + present(exhibits.recommendations(m))


def _buyers(m: Material) -> list[Block]:
    blocks: list[Block] = [Subheading("What buyers say"), *gaps(m, "reviews")]
    blocks += [*_rest(m.one("sentiment")), *paragraph(m.one("aspect_sentiment"))]
    blocks += present(exhibits.aspect_bars(m))
    for finding in sorted(m.of("product_sentiment"), key=lambda f: (f.value or 0, f.finding_id))[:2]:
        blocks += paragraph(finding)
    blocks += present(exhibits.sentiment(m))
    worst, wish = (_most(m, kind) for kind in ("complaint", "feature_request"))
    blocks += [Subheading("Complaints and wishes"), *merged(worst, wish)]
    return [*blocks, *present(exhibits.patterns(m)), *_quotes(m)]


def _most(m: Material, kind: str) -> Finding | None:
    return next(iter(sorted(m.of(kind), key=lambda f: (-(f.value or 0), f.subject or ""))), None)


def _quotes(m: Material) -> list[Block]:
    """The words of a review for the first complaint and the first wish; what the guard withholds is not quoted."""
    found: list[Block] = []
    said = " ".join(d.text for kind in ("complaint", "feature_request") for f in m.of(kind) for d in f.sentences)
    for name, what in (("complaints", "A buyer complains"), ("feature_requests", "A buyer wishes")):
        frame = table(m.tables, name)
        for row in frame.sort("count", "pattern", descending=[True, False]).head(5).to_dicts() if frame.height else ():
            quote = _quote(m, row["quotes"], row["quote_review_ids"], what, said)
            if quote is not None:
                found.append(quote)
                break
    return found


def _quote(m: Material, quotes: Sequence[str], reviews: Sequence[str], what: str, said: str) -> Quote | None:
    """The first quotation that may stand and is not ``said`` already."""
    for words, review in zip(quotes, reviews, strict=True):
        passage = m.reviews.get(review)
        if passage is None or not m.look.passages([passage]) or not 12 <= len(words) <= LONGEST_QUOTE:
            continue
        if any(mark in words for mark in '"“”„«»') or words.rstrip(".!?") in said:
            continue
        day = f", {numbers.day(passage.published_on)}" if passage.published_on else ""
        return Quote(Draft(f"“{words}”", (), (), (review,)), f"{what}{day}")
    return None


def _demand(m: Material) -> list[Block]:
    blocks: list[Block] = [Subheading("Demand and stock"), *gaps(m, "sales"), *_rest(m.one("sales_trend"))]
    for finding in m.of("demand_forecast")[:2]:
        blocks += paragraph(finding)
    blocks += present(exhibits.demand(m), exhibits.forecast_fan(m))
    blocks += merged(m.one("forecast_quality"), m.one("unforecast"))
    # In the order of the analysis: the most severe first.
    for finding in [f for f in m.findings if f.kind == "inventory_risk"][:3]:
        blocks += paragraph(finding)
    return blocks


def _risks(m: Material) -> list[Block]:
    return [Subheading("Risks"), *present(risk_table(m))]


def _actions(m: Material) -> list[Block]:
    found = commerce_actions.recommend(m)
    return [Subheading("What to do, ranked by impact and urgency"), Actions(tuple(found))] if found else []


def _certainty(m: Material) -> list[Block]:
    """How sure the chapter is, and of what not: in plain words, with numbers."""
    sentences = [*_unsure_matches(m), *_unsure_prices(m), *_few_reviews(m)]
    return [Subheading("How sure this is"), Paragraph(tuple(sentences))] if sentences else []


def _fact(m: Material, what: str, value: float, unit: str, formula: str, *inputs: str) -> Fact:
    return m.book.derive(what, m.subject.name, value, unit, formula=formula, inputs=inputs)


def _count(m: Material, what: str, number: float, *inputs: str) -> Fact:
    return counted(exhibits.notebook(m), what, number, *inputs)


def _unsure_matches(m: Material) -> list[Draft]:
    frame, offers = table(m.tables, "price_positions"), exhibits.offers_of(m)
    if not frame.height:
        return []
    rows = offers.rows("price_positions")
    mean = _fact(m, "mean_match_confidence", float(frame["confidence"].mean() or 0), numbers.INDEX,  # type: ignore[arg-type]
                 "mean confidence of the comparisons", rows)  # fmt: skip
    few = int((frame["equivalents"] < 3).sum())
    alone = _count(m, "offers_with_few_equivalents", few, rows)
    three = _fact(m, "equivalents_that_count_in_full", 3.0, numbers.COUNT, "rule of the analysis")
    return [
        say(
            f"Comparisons of prices have a mean confidence of {numbers.plain(mean.value)} out of 100: "
            f"{plural(alone.value, 'offer')} {'has' if few == 1 else 'have'} fewer than three equivalents.",
            mean, alone, three, _fact(m, "full_confidence", 100.0, numbers.INDEX, "scale"),
        )
    ]  # fmt: skip


def _unsure_prices(m: Material) -> list[Draft]:
    frame, offers = table(m.tables, "price_recommendations"), exhibits.offers_of(m)
    found = []
    if frame.height:
        rows = offers.rows("price_recommendations")
        low = int((frame["confidence"] < SURE).sum())
        total = _count(m, "recommended_prices", frame.height, rows)
        unsure = _count(m, "unsure_recommended_prices", low, rows)
        limit = _fact(m, "confidence_limit", SURE, numbers.INDEX, "rule of the report")
        found.append(
            say(
                f"Of {plural(total.value, 'recommended price')}, {numbers.count(unsure.value)} "
                f"{'has' if low == 1 else 'have'} a confidence under {numbers.plain(SURE)}, mostly because the "
                "interval of the elasticity is wide: try those on a part of the sales first.",
                total, unsure, limit,
            )
        )  # fmt: skip
    elastic = table(m.tables, "price_elasticities")
    missing = elastic.filter(pl.col("elasticity").is_null()).height if elastic.height else 0
    if missing:
        none = _count(m, "offers_without_elasticity", missing, offers.rows("price_elasticities"))
        found.append(
            say(
                f"For {plural(none.value, 'offer')} no elasticity can be told from the history, so no effect of a "
                "price is given.", none,
            )
        )  # fmt: skip
    return found


def _few_reviews(m: Material) -> list[Draft]:
    frame, offers = table(m.tables, "product_sentiment"), exhibits.offers_of(m)
    few = frame.filter(pl.col("reviews") < FEWEST).height if frame.height else 0
    if not few:
        return []
    number = _count(m, "offers_with_few_reviews", few, offers.rows("product_sentiment"))
    least = _fact(m, "fewest_reviews", float(FEWEST), numbers.COUNT, "rule of the report")
    return [
        say(
            f"{numbers.count(few).capitalize()} {'offer has' if few == 1 else 'offers have'} fewer than "
            f"{numbers.count(FEWEST)} reviews and are not judged one by one.", number, least,
        )
    ]  # fmt: skip
