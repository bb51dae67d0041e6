"""What buyers say: how they judge each offer and its aspects, what they complain of and wish for."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from market_research.analysis.base import Notebook, Tables, say
from market_research.analysis.offers import (
    NAMED,
    Offer,
    Offers,
    counted,
    offers_of,
    opened,
    plural,
    table,
    trend_word,
)
from market_research.writing import numbers
from market_research.writing.evidence import Draft, Fact

COMMERCE = (
    "products", "product_sentiment", "aspect_sentiment", "feature_requests", "complaints", "review_sentiment",
    "review_topics", "price_trends",
)  # fmt: skip
FEWEST = 10
"""Reviews from which an offer's score is worth a sentence."""
ASPECTS = 8
"""Aspects that the sentence on them and the figure are about, of those that most reviews name."""
JUDGED = 0.005
"""An aspect with a smaller score is one about which no judging word was found."""
PATTERNS = 5
SHORTEST_QUOTE, LONGEST_QUOTE = 12, 140
LONGEST_WORDS = 60
"""Characters of an aspect or pattern, which are words of reviews."""


def analyse(tables: Tables, notebook: Notebook) -> None:
    """Findings: sentiment, product_sentiment, aspect_sentiment, complaint, feature_request."""
    offers = offers_of(tables, notebook)
    products = table(tables, "product_sentiment")
    if not products.height or not products["reviews"].sum():
        notebook.gap(
            "reviews", "No review that is not spam has been received, so nothing is known of what buyers think.",
            inputs=[offers.rows("review_sentiment", is_spam=False)],
        )  # fmt: skip
        return
    _overall(offers, notebook, products)
    _products(offers, notebook, products)
    _aspects(offers, notebook)
    _patterns(offers, notebook, "complaints")
    _patterns(offers, notebook, "feature_requests")


def _overall(offers: Offers, notebook: Notebook, products: pl.DataFrame) -> None:
    rows = offers.rows("product_sentiment")
    sums = {name: int(products[name].sum()) for name in ("reviews", "positive", "neutral", "negative", "unread")}
    read = sums["positive"] + sums["neutral"] + sums["negative"]
    many = counted(notebook, "reviews", sums["reviews"], offers.rows("review_sentiment", is_spam=False))
    about = counted(notebook, "reviewed_offers", products.height, rows)
    if not read:
        return
    parts = {
        kind: notebook.book.derive(
            f"{kind}_reviews_part", notebook.subject.name, 100 * sums[kind] / read, numbers.PERCENT,
            formula=f"100 * {kind} reviews / reviews that could be read", inputs=[rows],
        )
        for kind in ("positive", "negative")
    }  # fmt: skip
    mean = notebook.book.derive(
        "mean_sentiment", notebook.subject.name, _mean(products, "reviews"), numbers.SCORE,
        formula="mean score of the offers, weighted by reviews", inputs=[rows],
    )  # fmt: skip
    trends = {word: products.filter(pl.col("trend") == word).height for word in ("increasing", "decreasing")}
    facts = {
        word: counted(notebook, f"offers_with_{word}_sentiment", count, offers.rows("product_sentiment", trend=word))
        for word, count in trends.items()
    }
    going = [
        f"{'better' if word == 'increasing' else 'worse'} at {plural(facts[word].value, 'offer')}"
        for word in trends if trends[word]
    ]  # fmt: skip
    moved = (
        f"Over time the score has become {' and '.join(going)}"
        if going
        else "Over time the score is stable at all offers"
    )
    judged = table(offers.tables, "review_sentiment")
    spam = int(judged["is_spam"].sum()) if judged.height else 0
    set_apart = counted(notebook, "spam_reviews", spam, offers.rows("review_sentiment", is_spam=True))
    sentences = [
        say(
            f"{opened(plural(many.value, 'review'))} of {plural(about.value, 'offer')} give a mean score of "
            f"{numbers.score(mean.value)} on a scale from worst at -1 to best at 1: "
            f"{numbers.percent(parts['positive'].value, 0)} are positive and "
            f"{numbers.percent(parts['negative'].value, 0)} negative.",
            many, about, mean, parts.values(), _scale(notebook),
        ),
        say(f"{moved}{', and stable at the others' if going else ''}.", facts.values(), about),
    ]  # fmt: skip
    if spam:
        sentences.append(
            say(f"{opened(plural(spam, 'further review'))} {'looks' if spam == 1 else 'look'} like spam and "
                f"{'does' if spam == 1 else 'do'} not count.", set_apart)
        )  # fmt: skip
    notebook.find(
        "sentiment", sentences, value=mean.value, unit=numbers.SCORE,
        confidence=100 * _mean(products, "reviews", "confidence"),
    )  # fmt: skip


def _scale(notebook: Notebook) -> tuple[Fact, Fact]:
    """The ends of the scale that scores are on."""
    low, high = (
        notebook.book.derive(f"{end}_score", notebook.subject.name, value, numbers.SCORE, formula="scale", inputs=[])
        for end, value in (("worst", -1.0), ("best", 1.0))
    )
    return low, high


def _mean(frame: pl.DataFrame, weight: str, column: str = "score") -> float:
    total = float(frame[weight].sum())
    return float((frame[column] * frame[weight]).sum()) / total if total else 0.0


def sentiment_facts(offers: Offers, row: dict[str, Any]) -> tuple[Offer, dict[str, Fact]] | None:
    """Of a row of ``product_sentiment``: the offer, and score, interval and reviews as facts."""
    offer = offers.of(row["product_id"])
    if offer is None:
        return None
    rows = offers.rows("product_sentiment", product_id=offer.product_id)
    return offer, {
        metric: offers.derived(metric, offer, float(row[column]), unit, formula, [rows])
        for column, metric, unit, formula in (
            ("score", "sentiment", numbers.SCORE, row["method"]),
            ("low", "sentiment_low", numbers.SCORE, "lower end of the 95 % interval"),
            ("high", "sentiment_high", numbers.SCORE, "upper end of the 95 % interval"),
            ("reviews", "reviews", numbers.COUNT, "count(reviews that are no spam)"),
        )
    }


def _products(offers: Offers, notebook: Notebook, products: pl.DataFrame) -> None:
    """The offers that buyers like least and most, where there are reviews enough."""
    enough = products.filter(pl.col("reviews") >= FEWEST).sort("score", "product_id")
    if enough.height < 2:
        return
    shown = [*enough.head(NAMED).to_dicts()]
    best = enough.row(-1, named=True)
    for row in [*shown, *([best] if best not in shown else [])]:
        made = sentiment_facts(offers, row)
        if made is None:
            continue
        offer, facts = made
        score, low, high, many = (facts[m] for m in ("sentiment", "sentiment_low", "sentiment_high", "reviews"))
        level = notebook.book.derive(
            "interval_level", notebook.subject.name, 95, numbers.PERCENT, formula="level of the interval", inputs=[]
        )
        trend = trend_word(row["trend"])
        goes = {"increasing": "It has become better over time.", "decreasing": "It has become worse over time."}
        sentences = [
            say(
                f"{offer.name} scores {numbers.score(score.value)} in {plural(many.value, 'review')}, with a "
                f"{numbers.percent(level.value, 0)} interval from {numbers.score(low.value)} to "
                f"{numbers.score(high.value)}.",
                score, many, level, low, high,
            ),
            say(goes.get(trend, "No trend over time can be told from chance."), score),
        ]  # fmt: skip
        found = _worst_aspect(offers, offer)
        notebook.find(
            "product_sentiment", sentences, meaning=[found] if found else [], about=offer.name, value=score.value,
            unit=numbers.SCORE, confidence=100 * row["confidence"],
        )  # fmt: skip


def _worst_aspect(offers: Offers, offer: Offer) -> Draft | None:
    """What buyers of an offer blame most."""
    frame = table(offers.tables, "aspect_sentiment")
    if not frame.height:
        return None
    own = frame.filter((pl.col("product_id") == offer.product_id) & (pl.col("mentions") >= 3) & (pl.col("score") < 0))
    row = next(iter(own.sort("score", "aspect").to_dicts()), None)
    if row is None:
        return None
    aspect = words(row["aspect"])
    rows = offers.rows("aspect_sentiment", product_id=offer.product_id, aspect=row["aspect"])
    score = offers.book.derive(
        "aspect_sentiment", offer.name, row["score"], numbers.SCORE, formula=row["method"], inputs=[rows],
        dimensions=f"aspect={aspect}",
    )  # fmt: skip
    many = offers.book.derive(
        "aspect_mentions", offer.name, float(row["mentions"]), numbers.COUNT, formula="count(reviews that name it)",
        inputs=[rows], dimensions=f"aspect={aspect}",
    )  # fmt: skip
    return say(
        f"What they blame is the {aspect}: {numbers.score(score.value)} in {plural(many.value, 'mention')}.",
        score,
        many,
    )


def words(text: str) -> str:
    """An aspect or pattern as sentences say it: words of reviews without marks and figures, not too many of them."""
    kept = "".join(c if c.isalpha() or c in " -'’" else " " for c in text)
    return " ".join(kept.split())[:LONGEST_WORDS].strip() or "unnamed"


def aspects(offers: Offers, notebook: Notebook, count: int) -> list[tuple[str, Fact, Fact]]:
    """Aspects over all offers, most mentioned first: word, mean score weighted by mentions, mentions."""
    frame = table(offers.tables, "aspect_sentiment")
    if not frame.height:
        return []
    # "Great kettle" judges the offer as a whole, not one aspect of it.
    things = offers.tables["products"]["category"].drop_nulls().str.to_lowercase().str.split(" ").explode().unique()
    wishes = table(offers.tables, "feature_requests")
    others = [*things, *(wishes["pattern"] if wishes.height else [])]
    summed = (
        frame.filter(~pl.col("aspect").is_in(others))
        .group_by("aspect")
        .agg(
            mentions=pl.col("mentions").sum(),
            score=(pl.col("score") * pl.col("mentions")).sum() / pl.col("mentions").sum(),
        )
        .filter((pl.col("mentions") >= FEWEST) & (pl.col("score").abs() >= JUDGED))
        .sort("mentions", "aspect", descending=[True, False])
    )
    found, seen = [], set()
    for row in summed.head(count).to_dicts():
        aspect, rows = words(row["aspect"]), offers.rows("aspect_sentiment", aspect=row["aspect"])
        if aspect in seen:
            continue
        seen.add(aspect)
        score, many = (
            notebook.book.derive(metric, notebook.subject.name, float(value), unit, formula=formula, inputs=[rows],
                                 dimensions=f"aspect={aspect}")
            for metric, value, unit, formula in (
                ("aspect_sentiment", row["score"], numbers.SCORE, "mean score of the offers, weighted by mentions"),
                ("aspect_mentions", row["mentions"], numbers.COUNT, "sum of mentions over the offers"),
            )
        )  # fmt: skip
        found.append((aspect, score, many))
    return found


def _aspects(offers: Offers, notebook: Notebook) -> None:
    """The aspect that is judged worst and the one judged best, of those that many name."""
    found = sorted(aspects(offers, notebook, ASPECTS), key=lambda one: (one[1].value, one[0]))
    if len(found) < 2:
        return
    (worst, low, low_count), (best, high, high_count) = found[0], found[-1]
    judged = "worst" if low.value < 0 else "least well"
    notebook.find(
        "aspect_sentiment",
        [
            say(
                f"Of the aspects that buyers name most, {worst} is judged {judged}, with {numbers.score(low.value)} in "
                f"{plural(low_count.value, 'mention')}, and {best} best, with {numbers.score(high.value)} in "
                f"{plural(high_count.value, 'mention')}.",
                low, low_count, high, high_count,
            )
        ],
        about=worst, value=low.value, unit=numbers.SCORE, confidence=75,
    )  # fmt: skip


def _patterns(offers: Offers, notebook: Notebook, name: str) -> None:
    """Complaints or wishes by how many reviews have them, each with a review's own words."""
    frame = table(offers.tables, name)
    if not frame.height:
        return
    kind = "complaint" if name == "complaints" else "feature_request"
    for row in frame.sort("count", "pattern", descending=[True, False]).head(PATTERNS).to_dicts():
        pattern, rows = words(row["pattern"]), offers.rows(name, tenant=row["tenant"], pattern=row["pattern"])
        many, part = (
            notebook.book.derive(metric, notebook.subject.name, value, unit, formula=formula, inputs=[rows],
                                 dimensions=f"pattern={pattern}")
            for metric, value, unit, formula in (
                (f"{kind}_reviews", float(row["count"]), numbers.COUNT, "count(reviews with the pattern)"),
                (f"{kind}_part", 100 * row["share"], numbers.PERCENT, "100 * reviews with the pattern / reviews"),
            )
        )  # fmt: skip
        about = counted(notebook, f"offers_with_{kind}", len(set(row["product_ids"])), rows)
        verb = "complain" if kind == "complaint" else "wish"
        if round(many.value) == 1:
            verb = f"{verb}s" if kind == "complaint" else f"{verb}es"
        review, quote = telling_quote(row["quote_review_ids"], row["quotes"])
        how = f" in words such as “{quote.rstrip('.!?')}”" if quote else f" in the words: {pattern}"
        notebook.find(
            kind,
            [
                say(
                    f"{opened(plural(many.value, 'review'))}, {numbers.percent(part.value)} of all, of "
                    f"{plural(about.value, 'offer')} {verb}{how}.",
                    many, part, about, passages=[review] if review else [],
                )
            ],
            about=pattern, value=many.value, unit=numbers.COUNT, confidence=min(90.0, 50 + 2 * many.value),
        )  # fmt: skip


def telling_quote(reviews: Sequence[str], quotes: Sequence[str]) -> tuple[str | None, str]:
    """The first quotation that a sentence can hold, with its review: short, one sentence, no figures, no marks."""
    for review, quote in zip(reviews, quotes, strict=True):
        marked = any(mark in quote for mark in '"“”„«»\n')
        if not marked and SHORTEST_QUOTE <= len(quote) <= LONGEST_QUOTE and not numbers.tokens(quote):
            return review, quote
    return None, ""
