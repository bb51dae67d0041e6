"""What the analyses of commerce share: offers by id, cells of their records as facts, words for where a figure goes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Literal

import polars as pl

from market_research.analysis.base import Notebook, Tables, say
from market_research.writing import numbers
from market_research.writing.evidence import CONVERTED, Draft, Fact, FactBook
from market_research.writing.offer_names import shown_name
from market_research.writing.rows import rows_of

Severity = Literal["low", "medium", "high", "critical"]
SEVERITIES: tuple[Severity, ...] = ("low", "medium", "high", "critical")
TRENDS = ("increasing", "decreasing", "stable")
UNKNOWN = "not known"
"""Of a trend: there is no earlier figure to compare with."""
WINDOW = 90
"""Days that ``price_trends`` and ``sales_trends`` compare."""
YEAR = 365.0
NAMED = 3
"""Offers that findings of a kind name, on either side."""
SUREST = 95.0
"""Confidence of what two records say when their match is certain."""


Row = Mapping[str, Any]


@dataclass(frozen=True)
class Offer:
    """One offer as reports speak of it."""

    product_id: str
    name: str
    marketplace: str
    is_own: bool

    @property
    def dimensions(self) -> str:
        return f"offer={self.product_id}"


@dataclass(frozen=True)
class Offers:
    """The offers of an industry, and facts about them."""

    tables: Tables
    book: FactBook
    currency: str
    """That of the request, in which amounts are compared."""

    @cached_property
    def _place(self) -> dict[str, int]:
        return {product_id: place for place, product_id in enumerate(self.tables["products"]["product_id"])}

    def of(self, product_id: str) -> Offer | None:
        place = self._place.get(product_id)
        if place is None:
            return None
        row = self.tables["products"].row(place, named=True)
        name = shown_name(row["name"], row["normalized_sku"])
        return Offer(product_id, name, row["marketplace"], row["is_own"])

    def about(self, name: str, product_id: str) -> list[dict[str, Any]]:
        """Rows of a table that are about one offer; none where there is no such table."""
        frame = table(self.tables, name)
        return frame.filter(pl.col("product_id") == product_id).to_dicts() if frame.height else []

    def rows(self, name: str, **equal: str | int | bool) -> str:
        """Rows of a table of this industry, to be an input of a derived fact."""
        return rows_of(name, industry=self.book.industry, **equal)

    def price(self, offer: Offer, row: Row, which: str = "") -> Fact:
        """The price of an offer at a moment, in the currency of the request.

        Where its record states another currency, it is derived from what that states and the rate of the day.
        ``which`` begins the names of the columns, such as ``other_`` of ``other_price``.
        """
        stated = self.stated_price(offer, row, which)
        if stated.unit == self.currency:
            return stated
        day = row[f"{which}observed_at"].date()
        rate = self._rate(stated.unit, day) or self.rows("product_prices", product_id=offer.product_id)
        return self.derived(
            "price", offer, row[f"{which}price"], self.currency, CONVERTED, (stated, rate), period=(None, day)
        )

    def stated_price(self, offer: Offer, row: Row, which: str = "") -> Fact:
        """The same as its record states it, in the currency of the record."""
        return self.book.record(
            "price", offer.name, row[f"{which}stated_price"], row[f"{which}stated_currency"],
            document_id=row[f"{which}document_id"], locator=row[f"{which}locator"],
            day=row[f"{which}observed_at"].date(), dimensions=offer.dimensions,
        )  # fmt: skip

    def _rate(self, currency: str, day: date) -> Fact | None:
        """What one unit of a currency is worth in that of the request, as the newest record up to the day says."""
        rates = table(self.tables, "currency_rates")
        known = rates.filter((pl.col("currency") == currency) & (pl.col("date") <= day)) if rates.height else rates
        for row in known.sort("date").tail(1).to_dicts() if known.height else ():
            return self.book.record(
                "exchange_rate", currency, row["rate"], "none", document_id=row["document_id"], locator=row["locator"],
                day=row["date"], dimensions=f"base={self.currency}",
            )  # fmt: skip
        return None

    def moved(self, offer: Offer, row: Row, new: str, old: str) -> tuple[Fact, Fact]:
        """The prices that a change is between: as stated if both are in one currency, for a rate moves no price."""
        if row[f"{new}stated_currency"] == row[f"{old}stated_currency"]:
            return self.stated_price(offer, row, new), self.stated_price(offer, row, old)
        return self.price(offer, row, new), self.price(offer, row, old)

    def price_change(self, offer: Offer, change_pct: float, new: Fact, old: Fact) -> Fact:
        """By how much an offer's price changed from the one to the other."""
        return self.derived(
            "price_change", offer, change_pct, numbers.PERCENT, "100 * (price - earlier price) / earlier price",
            (new, old), period=(old.period_end, new.period_end),
        )  # fmt: skip

    def derived(
        self, metric: str, offer: Offer, value: float, unit: str, formula: str, inputs: Iterable[Fact | str],
        *, period: tuple[date | None, date | None] | None = None,
    ) -> Fact:  # fmt: skip
        """A figure of one offer; inputs are facts or rows."""
        return self.book.derive(
            metric, offer.name, value, unit, formula=formula, inputs=ids(inputs), period=period,
            dimensions=offer.dimensions,
        )  # fmt: skip


def offers_of(tables: Tables, notebook: Notebook) -> Offers:
    """The offers that an analysis is of."""
    return Offers(tables, notebook.book, notebook.subject.request.commerce.currency)


def ids(inputs: Iterable[Fact | str]) -> list[str]:
    return [item.fact_id if isinstance(item, Fact) else item for item in inputs]


def table(tables: Tables, name: str) -> pl.DataFrame:
    """A table of commerce; without columns where it has not been made."""
    found = tables.get(name)
    return pl.DataFrame() if found is None else found


def counted(notebook: Notebook, what: str, number: float, *inputs: str) -> Fact:
    """How many rows of a table there are, or of those with a property that ``what`` names."""
    return notebook.book.derive(
        f"count_{what}", notebook.subject.name, float(number), numbers.COUNT,
        formula=f"count({what.replace('_', ' ')})", inputs=inputs,
    )  # fmt: skip


def window(notebook: Notebook, days: int = WINDOW) -> Fact:
    """A span of days that figures are compared over."""
    return notebook.book.derive(
        "days_compared", notebook.subject.name, float(days), numbers.DAYS, formula="rule of the analysis", inputs=[],
        dimensions=f"days={days}",
    )  # fmt: skip


def trend_word(trend: Any) -> str:
    """A trend as tables and sentences say it; forecasts call it rising and falling."""
    word = {"rising": "increasing", "falling": "decreasing"}.get(trend, trend)
    return str(word) if word in TRENDS else UNKNOWN


def sided(value: float, digits: int = 1) -> str:
    """ "4.2% above" or "4.2% below"."""
    return f"{numbers.percent(abs(value), digits)} {'above' if value >= 0 else 'below'}"


def plural(count: float, one: str, more: str | None = None) -> str:
    """``one review``, ``18 reviews``."""
    return f"{numbers.count(count)} {one if round(count) == 1 else more or one + 's'}"


def opened(text: str) -> str:
    """The text with its first letter large, as a sentence begins."""
    return text[:1].upper() + text[1:]


def price_trend(offers: Offers, notebook: Notebook, offer: Offer) -> tuple[Fact | None, Draft | None]:
    """An offer's change of price in the window as a fact, and the sentence on it."""
    row = next(iter(offers.about("price_trends", offer.product_id)), None)
    if row is None or row["change_pct"] is None:
        return None, None
    now, then = offers.moved(offer, {**row, "earlier_observed_at": row["earlier_at"]}, "", "earlier_")
    change = offers.price_change(offer, row["change_pct"], now, then)
    span = window(notebook)
    if row["trend"] == "stable":
        text = f"Its price has been stable over {numbers.plain(span.value)} days."
    else:
        moved = "risen" if change.value > 0 else "fallen"
        text = f"Its price has {moved} by {numbers.percent(abs(change.value))} in {numbers.plain(span.value)} days."
    return change, say(text, change, span)


def sold(offers: Offers, offer: Offer) -> tuple[Fact, Fact] | None:
    """Pieces and revenue of an offer in the window, as facts; None where nothing was sold or revenue is not known."""
    row = next(iter(offers.about("sales_trends", offer.product_id)), None)
    if row is None or row["pieces"] <= 0 or row["revenue"] is None:
        return None
    period = (row["first_day"], row["last_day"])
    span = {"date.from": period[0].isoformat(), "date.to": period[1].isoformat()}
    rows = offers.rows("sales", product_id=offer.product_id, **span)
    return (
        offers.derived("pieces_sold", offer, row["pieces"], numbers.PIECES, "sum(quantity) of the span", [rows],
                       period=period),
        offers.derived("sales_value", offer, row["revenue"], offers.currency, "sum(revenue) of the span", [rows],
                       period=period),
    )  # fmt: skip
