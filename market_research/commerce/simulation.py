"""A simulated shop with rivals, of which the truth is known: for the sample, for tests and for benchmarks.

Nothing here is about a real shop, product or person, and wherever its records appear they are called simulated. One
seed gives the same records for ever. What is decided at random, and kept as the truth: which offers are one product,
how demand answers to each price, its weekly and yearly season, when stock ran out, and which reviews are spam.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import polars as pl

from market_research.commerce.wording import BRANDS, KINDS, SPAM, TRAITS, later_review_text, review_text

if TYPE_CHECKING:
    from numpy import float64
    from numpy.random import Generator
    from numpy.typing import NDArray

OWN, RIVALS = "own", ("greenbay", "northmart")
REVIEWS_PER_PRODUCT = 18
SPAM_EVERY = 12


@dataclass(frozen=True)
class Product:
    """One product and the truth about its demand."""

    number: int
    brand: str
    kind: str
    model: str
    trait: str
    cost: float
    price: float
    base: float
    elasticity: float
    weekend: float
    yearly: float
    quality: float
    sold_by: tuple[str, ...]

    def sku(self, place: str) -> str:
        return (
            f"{place[:2].upper()}-{self.number:04d}" if place != OWN else f"k{self.number:03d}/{self.brand[:2].lower()}"
        )

    @property
    def gtin(self) -> str:
        body = f"200{self.number:09d}"
        total = sum(int(digit) * (3 if at % 2 else 1) for at, digit in enumerate(body))
        return body + str(-total % 10)


@dataclass(frozen=True)
class Simulated:
    """Records by file name, as they would be exported, and the truth behind them by name."""

    records: dict[str, pl.DataFrame]
    truth: dict[str, pl.DataFrame]


def simulate(
    *, products: int = 24, days: int = 420, last: date = date(2025, 12, 31), seed: int = 20251231
) -> Simulated:
    """Records of one's own shop and two rivals over ``days`` days up to ``last``.

    Returns:
        records: catalogue.csv, prices.csv, sales.csv, stock.csv, promotions.csv, reviews.csv, with headers by which
            they are told; truth: matches (sku, marketplace, other_sku, other_marketplace), demand (sku, elasticity,
            weekend, yearly), stockouts (sku, first, last), spam (review_id).
    """
    import numpy as np

    rng = np.random.default_rng(seed)
    made = [_product(number, rng) for number in range(1, products + 1)]
    dates = [last - timedelta(days=days - 1 - day) for day in range(days)]
    paths = {(one.number, place): _prices(one, place, days, rng) for one in made for place in one.sold_by}
    sold = [_sales(one, paths[one.number, OWN], dates, rng) for one in made]
    said = list(_reviews(made, dates, rng))
    records = {
        "catalogue.csv": _catalogue(made, paths, last),
        "prices.csv": _price_rows(made, paths, dates),
        "sales.csv": pl.concat(frame for frame, *_ in sold),
        "stock.csv": pl.DataFrame([row for _, row, _ in sold]),
        "promotions.csv": _promotions(made, paths, dates),
        "reviews.csv": pl.DataFrame([row for row, _ in said]),
    }
    stockouts = [row for *_, out in sold for row in out]
    span = {"sku": pl.String(), "first": pl.Date(), "last": pl.Date()}
    truth = {
        "matches": _matches(made),
        "demand": pl.DataFrame(
            [{"sku": one.sku(OWN), "elasticity": one.elasticity, "weekend": one.weekend, "yearly": one.yearly}
             for one in made]
        ),
        "stockouts": pl.DataFrame(stockouts, schema=span),
        "spam": pl.DataFrame({"review_id": [row["review_id"] for row, spam in said if spam]}),
    }  # fmt: skip
    return Simulated(records, truth)


def later_reviews(
    *, products: int = 24, reviews: int = 300, first: date = date(2026, 1, 1), days: int = 30, seed: int = 20251231
) -> pl.DataFrame:
    """Reviews of the same shop's offers in the month after, when buyers have come to speak otherwise.

    Columns as in reviews.csv. Stars of 1, 3 and 5 are about as frequent; none is spam.
    """
    import numpy as np

    rng = np.random.default_rng(seed)
    made = [_product(number, rng) for number in range(1, products + 1)]
    rows = []
    for number in range(1, reviews + 1):
        one, stars = made[int(rng.integers(products))], (1, 3, 5)[int(rng.integers(3))]
        rows.append(
            {
                "sku": one.sku(OWN), "review_id": f"s{number:05d}", "rating": stars,
                "text": later_review_text(stars, one.kind.split()[-1], rng),
                "reviewer_id": f"buyer {4000 + number}", "verified": "yes",
                "written_at": (first + timedelta(days=int(rng.integers(days)))).isoformat(),
            }
        )  # fmt: skip
    return pl.DataFrame(rows)


def _product(number: int, rng: "Generator") -> Product:
    kind = KINDS[int(rng.integers(len(KINDS)))]
    cost = float(np_round(rng.uniform(4, 60)))
    rivals = [place for place in RIVALS if rng.random() < 0.8] or [RIVALS[number % 2]]
    elasticity = -float(np_round(rng.uniform(0.6, 3.2)))
    return Product(
        number=number,
        brand=BRANDS[int(rng.integers(len(BRANDS)))],
        kind=kind,
        model=f"{'ABCDEFGHKM'[int(rng.integers(10))]}{int(rng.integers(100, 1000))}",
        trait=TRAITS[int(rng.integers(len(TRAITS)))],
        cost=cost,
        price=float(np_round(cost * rng.uniform(1.3, 2.2))),
        base=float(rng.uniform(0.4, 22)),
        elasticity=elasticity,
        weekend=float(np_round(rng.choice([1.0, 1.3, 1.7]))),
        yearly=float(np_round(rng.choice([0.0, 0.0, 0.5]))),
        quality=float(rng.uniform(0.25, 0.9)),
        sold_by=(OWN, *rivals),
    )


def np_round(value: float) -> float:
    """To cents."""
    return round(float(value), 2)


def _prices(one: Product, place: str, days: int, rng: "Generator") -> "NDArray[float64]":
    """The price of each day: it stands for some weeks, then moves; now and then it is cut for a week."""
    import numpy as np

    level = one.price * (1.0 if place == OWN else rng.uniform(0.85, 1.12))
    path = np.empty(days)
    day = 0
    while day < days:
        length = int(rng.integers(14, 50))
        path[day : day + length] = np_round(level * np.exp(rng.normal(0, 0.07)))
        day += length
    for start in range(60, days - 10, 120):
        if rng.random() < 0.6:
            path[start : start + 7] = np.round(path[start : start + 7] * 0.8, 2)
    return path


def _sales(
    one: Product, path: "NDArray[float64]", dates: list[date], rng: "Generator"
) -> tuple[pl.DataFrame, dict[str, object], list[dict[str, object]]]:
    """Pieces sold a day, the stock at the end, and the spans in which there was none. Orders come every four weeks."""
    import numpy as np

    season = 1 + one.yearly * np.sin(2 * np.pi * (np.array([day.timetuple().tm_yday for day in dates]) - 260) / 365)
    week = np.array([one.weekend if day.weekday() >= 5 else 1.0 for day in dates])
    wanted = rng.poisson(one.base * week * season * (path / one.price) ** one.elasticity)
    month = one.base * 28 * (1 + (one.weekend - 1) * 2 / 7)
    stock, sold, empty = month * 1.6, np.zeros(len(dates)), []
    short = rng.random() < 0.3
    for day, pieces in enumerate(wanted):
        if day % 28 == 27:
            stock += month * (0.75 if short else 1.05)
        sold[day] = min(pieces, int(stock))
        stock -= sold[day]
        if pieces > sold[day]:
            empty.append(dates[day])
    sales = pl.DataFrame(
        {"sku": one.sku(OWN), "date": dates, "quantity": sold.astype(int), "revenue": np.round(sold * path, 2)}
    ).filter(pl.col("quantity") > 0)
    counted = {
        "sku": one.sku(OWN), "counted_at": f"{dates[-1].isoformat()}T20:00:00Z", "on_hand": int(stock), "on_order": 0,
        "lead_days": int(rng.integers(5, 21)), "order_multiple": 12,
    }  # fmt: skip
    return sales, counted, [{"sku": one.sku(OWN), "first": first, "last": last} for first, last in _spans(empty)]


def _spans(days: list[date]) -> Iterator[tuple[date, date]]:
    """First and last of each run of days that follow each other."""
    runs: list[list[date]] = []
    for day in days:
        if runs and day - runs[-1][-1] == timedelta(days=1):
            runs[-1].append(day)
        else:
            runs.append([day])
    for run in runs:
        yield run[0], run[-1]


def _title(one: Product, place: str) -> str:
    """As each place writes it: words in another order, the model with or without a hyphen, one without the trait."""
    if place == OWN:
        return f"{one.brand} {one.kind} {one.model}, {one.trait}"
    if place == RIVALS[0]:
        return f"{one.kind.title()} by {one.brand} - {one.trait} ({one.model[0]}-{one.model[1:]})"
    return f"{one.brand} {one.model} {one.kind.split()[-1]}"


def _catalogue(made: list[Product], paths: "dict[tuple[int, str], NDArray[float64]]", last: date) -> pl.DataFrame:
    rows = [
        {
            "marketplace": None if place == OWN else place, "sku": one.sku(place), "name": _title(one, place),
            "brand": one.brand if place != RIVALS[1] else None, "model": one.model if place == OWN else None,
            "gtin": one.gtin if place != RIVALS[1] else None, "category": one.kind.split()[-1],
            "price": float(paths[one.number, place][-1]), "currency": "USD", "cost": one.cost if place == OWN else None,
            "updated_at": f"{last.isoformat()}T06:00:00Z",
        }
        for one in made
        for place in one.sold_by
    ]  # fmt: skip
    return pl.DataFrame(rows, infer_schema_length=None)


def _price_rows(
    made: list[Product], paths: "dict[tuple[int, str], NDArray[float64]]", dates: list[date]
) -> pl.DataFrame:
    """A row whenever a price changes, as a watcher of prices writes it."""
    rows = []
    for one in made:
        for place in one.sold_by:
            path = paths[one.number, place]
            for day, price in enumerate(path):
                if day == 0 or price != path[day - 1]:
                    at = datetime(dates[day].year, dates[day].month, dates[day].day, 5, tzinfo=UTC)
                    rows.append(
                        {"marketplace": None if place == OWN else place, "sku": one.sku(place),
                         "observed_at": at.isoformat(), "price": float(price), "currency": "USD"}
                    )  # fmt: skip
    return pl.DataFrame(rows, infer_schema_length=None)


def _promotions(
    made: list[Product], paths: "dict[tuple[int, str], NDArray[float64]]", dates: list[date]
) -> pl.DataFrame:
    """The weeks in which a price was cut, as each place announces them."""
    rows = []
    for one in made:
        for place in one.sold_by:
            path = paths[one.number, place]
            for start in range(60, len(path) - 10, 120):
                if path[start] < 0.9 * path[start - 1]:
                    rows.append(
                        {"marketplace": None if place == OWN else place, "sku": one.sku(place),
                         "name": "Week of offers (simulated)", "discount_pct": 20,
                         "start_date": dates[start].isoformat(), "end_date": dates[start + 6].isoformat()}
                    )  # fmt: skip
    schema = ("marketplace", "sku", "name", "discount_pct", "start_date", "end_date")
    return pl.DataFrame(rows, schema=None if rows else dict.fromkeys(schema, pl.String), infer_schema_length=None)


def _reviews(made: list[Product], dates: list[date], rng: "Generator") -> Iterator[tuple[dict[str, object], bool]]:
    """Reviews of one's own offers, the better the product the more stars; every twelfth is spam."""
    number = 0
    for one in made:
        for _ in range(int(rng.poisson(REVIEWS_PER_PRODUCT))):
            number += 1
            spam = number % SPAM_EVERY == 0
            stars = 5 if spam else 1 + int(rng.binomial(4, one.quality))
            text = SPAM[int(rng.integers(len(SPAM)))] if spam else review_text(stars, one.kind.split()[-1], rng)
            day = dates[int(rng.integers(len(dates)))]
            yield {
                "sku": one.sku(OWN), "review_id": f"r{number:05d}", "rating": stars, "text": text,
                "reviewer_id": "advertiser" if spam else f"buyer {int(rng.integers(1, 4000))}",
                "verified": "no" if spam else "yes", "written_at": day.isoformat(),
            }, spam  # fmt: skip


def _matches(made: list[Product]) -> pl.DataFrame:
    rows = [
        {"sku": one.sku(first), "marketplace": first, "other_sku": one.sku(second), "other_marketplace": second}
        for one in made
        for at, first in enumerate(one.sold_by)
        for second in one.sold_by[at + 1 :]
    ]
    return pl.DataFrame(rows)
