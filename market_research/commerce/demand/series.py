"""Daily series of a shop's offers from its sales: days without a sale are zeros once an offer is sold."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from market_research.commerce.demand.arrays import Bools, Floats

AHEAD = 90
"""Days that are forecast at most."""
MOST_DAYS = 4 * 365 + 1
"""Older sales say nothing that four years do not."""
BLOCK = 1000
"""Offers that are looked at together at most: memory grows with them."""
FAR_DAYS = 366
STRAY_SHARE = 0.01


@dataclass(frozen=True)
class Shop:
    """Offers of one tenant on one marketplace, of which sales are known up to the same day; all, or a block of them.

    Arrays have a row an offer and a column a day up to ``last``; those named so reach ``AHEAD`` days further.
    """

    tenant: str
    product_ids: tuple[str, ...]
    last: date
    quantity: Floats
    """Pieces a day, never below zero; NaN before an offer was sold."""
    returned: Floats
    """Pieces that came back on days when more came back than were sold, of each offer."""
    empty: Bools
    """Days on which a count of the stock said that there was nothing, and no sale says otherwise."""
    promoted: Bools
    """Days of a promotion, reaching ahead."""

    @property
    def days(self) -> list[date]:
        """The day of each column, reaching ahead."""
        width = self.promoted.shape[1]
        return [self.last + timedelta(days=day - width + AHEAD + 1) for day in range(width)]


def shops(sales: pl.DataFrame, offers: pl.DataFrame, counts: pl.DataFrame, promotions: pl.DataFrame) -> Iterator[Shop]:
    """The shops that have sales, large ones in blocks of ``BLOCK`` offers.

    Args:
        sales: product_id, date, quantity, is_early; early ones are not looked at.
        offers: product_id, tenant, marketplace, created_at (null where not known).
        counts: product_id, counted_at, on_hand.
        promotions: product_id, starts_at, ends_at.
    """
    usable = sales.filter(~pl.col("is_early")).join(offers, on="product_id")
    for (tenant, _), rows in usable.sort("tenant", "marketplace").group_by(
        ["tenant", "marketplace"], maintain_order=True
    ):
        kept = without_strays(rows)
        first, last = kept["date"].min(), kept["date"].max()
        assert isinstance(first, date)
        assert isinstance(last, date)
        for products in kept["product_id"].unique().sort().to_frame().iter_slices(BLOCK):
            mine = kept.join(products, on="product_id", how="semi")
            yield _shop(str(tenant), products["product_id"], mine, first, last, counts, promotions)


def without_strays(sales: pl.DataFrame) -> pl.DataFrame:
    """Sales without the few at either end whose dates lie a year or more from all others: typing errors."""
    days = sales.group_by("date").len().sort("date")
    gap = pl.col("date").diff().dt.total_days().fill_null(0) >= FAR_DAYS
    few = STRAY_SHARE * sales.height
    blocks = days.with_columns(block=gap.cum_sum()).group_by("block").agg(
        pl.col("len").sum(), first=pl.col("date").min(), last=pl.col("date").max()
    )  # fmt: skip
    kept = blocks.filter((pl.col("len") > few) | (pl.col("len") == pl.col("len").max()))
    return sales.filter(pl.col("date").is_between(kept["first"].min(), kept["last"].max()))


def _shop(
    tenant: str, products: pl.Series, sales: pl.DataFrame, first: date, last: date, counts: pl.DataFrame,
    promotions: pl.DataFrame,
) -> Shop:  # fmt: skip
    """These products of a shop, whose first and last day of sales are given."""
    start = max(first, last - timedelta(days=MOST_DAYS - 1))
    width = (last - start).days + 1
    sold, began = np.zeros((len(products), width)), np.zeros(len(products), dtype=np.int64)
    recent = sales.filter(pl.col("date") >= start)
    rows, columns = _places(recent, products, start, "date")
    np.add.at(sold, (rows, columns), recent["quantity"].to_numpy())
    rows, columns = _places(_beginnings(sales, first), products, start, "begins")
    began[rows] = np.maximum(columns, 0)
    quantity = np.where(np.arange(width) < began[:, None], np.nan, np.maximum(sold, 0.0))
    return Shop(
        tenant=tenant,
        product_ids=tuple(products),
        last=last,
        quantity=quantity,
        returned=np.maximum(-sold, 0.0).sum(axis=1),
        empty=_empty(counts, products, start, quantity),
        promoted=_promoted(promotions, products, start, width + AHEAD),
    )


def _beginnings(sales: pl.DataFrame, opened: date) -> pl.DataFrame:
    """The day since when each offer is sold: its listing where known, but no day before the shop's first sale."""
    found = sales.group_by("product_id").agg(
        listed=pl.col("created_at").min().dt.date(),
        first=pl.coalesce(pl.col("date").filter(pl.col("quantity") > 0).min(), pl.col("date").min()),
    )
    return found.select("product_id", begins=pl.max_horizontal(pl.coalesce("listed", "first"), pl.lit(opened)))


def _places(frame: pl.DataFrame, products: pl.Series, start: date, day: str) -> tuple[np.ndarray, np.ndarray]:
    """Row and column of each row of a frame."""
    rows = products.search_sorted(frame["product_id"]).to_numpy() if frame.height else np.zeros(0, dtype=np.int64)
    return rows, (frame[day] - start).dt.total_days().to_numpy()


def _empty(counts: pl.DataFrame, products: pl.Series, start: date, quantity: Floats) -> Bools:
    """Days told empty: after a count of nothing, until a sale or another count."""
    known = counts.filter(pl.col("product_id").is_in(products.implode())).with_columns(
        day=pl.col("counted_at").dt.date()
    )
    newest = known.sort("counted_at").unique(["product_id", "day"], keep="last", maintain_order=True)
    rows, columns = _places(newest, products, start, "day")
    state = np.where(quantity > 0, 0, -1)
    inside = (columns >= 0) & (columns < quantity.shape[1])
    state[rows[inside], columns[inside]] = np.where(newest["on_hand"].to_numpy()[inside] > 0, 0, 1)
    told = np.maximum.accumulate(np.where(state >= 0, np.arange(quantity.shape[1]), 0), axis=1)
    return (np.take_along_axis(state, told, axis=1) == 1) & (quantity == 0)


def _promoted(promotions: pl.DataFrame, products: pl.Series, start: date, width: int) -> Bools:
    """Days of a promotion; one that has no end or no beginning lasts a day, as nobody says how long.

    What is so on more than half of the days is the usual thing and no promotion.
    """
    known = promotions.filter(pl.col("product_id").is_in(products.implode())).select(
        "product_id",
        starts=pl.coalesce("starts_at", "ends_at").dt.date(),
        ends=pl.coalesce("ends_at", "starts_at").dt.date(),
    ).drop_nulls().filter(pl.col("ends") >= pl.col("starts"))  # fmt: skip
    marks = np.zeros((len(products), width + 1), dtype=np.int64)
    rows, begins = _places(known, products, start, "starts")
    _, ends = _places(known, products, start, "ends")
    np.add.at(marks, (rows, np.clip(begins, 0, width)), 1)
    np.add.at(marks, (rows, np.clip(ends + 1, 0, width)), -1)
    found = np.cumsum(marks, axis=1)[:, :width] > 0
    return found & (found.mean(axis=1, keepdims=True) <= 0.5)
