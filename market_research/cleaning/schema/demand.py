"""What will be sold of each offer, how sure that is and how it was tested, and what it means for the stock."""

import polars as pl

from market_research.cleaning.schema.types import INDUSTRY, Column, Table, ids, text

TENANT = text("tenant", "Whose offer it is.")
PRODUCT = text("product_id", "The offer.", pattern=r"^prod_[0-9a-f]{16}$")
_HORIZON = Column("horizon_days", pl.Int64(), "Days together: 7, 30 or 90.", minimum=1, unit="days")


def _made_on(*, nullable: bool = False) -> Column:
    return Column("made_on", pl.Date(), "Last day of the series: the shop's newest sale.", nullable=nullable)


def _pieces(name: str, description: str, *, nullable: bool = False) -> Column:
    return Column(name, pl.Float64(), description, nullable=nullable, minimum=0, unit="pieces")


def _bounds(level: int, *, nullable: bool = False) -> tuple[Column, Column]:
    return (
        _pieces(f"lower_{level}", f"Lower end of the {level} % interval.", nullable=nullable),
        _pieces(f"upper_{level}", f"Upper end of the {level} % interval.", nullable=nullable),
    )


def _count(name: str, description: str, unit: str | None = None) -> Column:
    return Column(name, pl.Int64(), description, minimum=0, unit=unit)


def _percent(name: str, description: str) -> Column:
    return Column(name, pl.Float64(), description, nullable=True, unit="percent")


_CONFIDENCE = Column("confidence", pl.Float64(), "From 0 to 100; below 50 it is uncertain.", minimum=0, maximum=100)

DEMAND_FORECASTS = Table(
    "demand_forecasts",
    "Pieces that will be sold of an offer on each day, as many days ahead (90 at most) as its history allows.",
    (
        INDUSTRY, TENANT, PRODUCT,
        text("model", "The model, or the median of several, that did best in the back-test."),
        _made_on(),
        Column("date", pl.Date(), "The day that is forecast."),
        Column("ahead_days", pl.Int64(), "Days from `made_on` to it.", minimum=1, maximum=90, unit="days"),
        _pieces("quantity", "Expected pieces."),
        *_bounds(80), *_bounds(95),
    ),
    key=("product_id", "date"),
)  # fmt: skip

DEMAND_SUMMARIES = Table(
    "demand_summaries",
    "What will be sold of an offer in the next 7, 30 and 90 days together, or what is missing to say so.",
    (
        INDUSTRY, TENANT, PRODUCT, _HORIZON, _made_on(nullable=True),
        text(
            "status", "Whether there is a forecast; if not, `reasons` say what is missing.",
            allowed=("forecast", "insufficient data"),
        ),
        _pieces("quantity", "Expected pieces over the horizon.", nullable=True),
        *_bounds(80, nullable=True), *_bounds(95, nullable=True),
        _pieces("quantity_before", "Pieces sold as many days before; days without stock estimated.", nullable=True),
        _percent("change_pct", "From these to the expected ones."),
        text(
            "trend",
            "Rising or falling where the span before lies outside of the 80 % interval and 5 % or more away.",
            nullable=True, allowed=("rising", "falling", "stable"),
        ),
        text("season", "The seasons in the forecast, by name.", nullable=True),
        text(
            "demand_class", "By Syntetos and Boylan: how often and how evenly pieces are sold.", nullable=True,
            allowed=("smooth", "erratic", "intermittent", "lumpy"),
        ),
        text("model", "See `demand_forecasts`.", nullable=True),
        _count("observations", "Days of which demand is known.", "days"),
        _count("days_without_stock", "Days that were left out: nothing could be sold.", "days"),
        _CONFIDENCE,
        ids("reasons", "What limits the confidence, the most limiting first; or what is missing."),
    ),
    key=("product_id", "horizon_days"),
)  # fmt: skip

DEMAND_BACKTESTS = Table(
    "demand_backtests",
    "How each candidate would have done: forecasts from earlier days against what came after, in whole horizons.",
    (
        INDUSTRY, TENANT, PRODUCT,
        text("model", "The model, or the median of several."),
        _count("origins", "Days from which it forecast."),
        _HORIZON,
        Column(
            "mase", pl.Float64(), "Mean absolute error of days over that of the same weekday a week before.",
            nullable=True, minimum=0,
        ),
        _percent("smape", "Symmetric mean absolute percentage error of the horizon's sum, from 0 to 200."),
        _percent("mape", "Mean absolute percentage error of the horizon's sum."),
        Column(
            "coverage_95", pl.Float64(),
            "Share of days within the 95 % interval that the other origins give; of the chosen one, over all horizons.",
            nullable=True, minimum=0, maximum=1,
        ),
        Column("is_chosen", pl.Boolean(), "Whether `demand_forecasts` has its forecast."),
    ),
    key=("product_id", "model", "horizon_days"),
)  # fmt: skip

DEMAND_BACKTEST_WEEKS = Table(
    "demand_backtest_weeks",
    "What the chosen candidate would have said from earlier days of the seven days after, beside what was sold.",
    (
        INDUSTRY, TENANT, PRODUCT,
        Column("made_on", pl.Date(), "The earlier day; it knows no sale after it."),
        _pieces("quantity", "Pieces that it would have said, of days of which demand is known."),
        _pieces("sold", "Pieces sold on these days."),
    ),
    key=("product_id", "made_on"),
)  # fmt: skip

DEMAND_DAYS_WITHOUT_STOCK = Table(
    "demand_days_without_stock",
    "Days of an offer that its forecast, its back-test and `model_predictions` leave out: nothing could be sold.",
    (INDUSTRY, TENANT, PRODUCT, Column("date", pl.Date(), "The day.")),
    key=("product_id", "date"),
)

INVENTORY_RISKS = Table(
    "inventory_risks",
    "Offers that will run out before an order comes, and those that lie there for too long.",
    (
        INDUSTRY, TENANT, PRODUCT,
        text("kind", "What threatens.", allowed=("stock-out", "overstock")),
        text("severity", "How badly.", allowed=("low", "medium", "high", "critical")),
        Column("date", pl.Date(), "First day of it."),
        _pieces("on_hand", "Pieces there on the day of the forecast: the newest count less what was sold since."),
        _pieces("on_order", "Pieces ordered and not there yet."),
        _count("lead_days", "Days from order to arrival; 14 where not known.", "days"),
        _pieces("expected_demand", "Pieces that will be sold in these days."),
        _pieces("order_quantity", "Pieces to order, in whole smallest orders."),
        Column(
            "order_by", pl.Date(), "Last day to order in time; that of the forecast if it is too late.", nullable=True
        ),
        _CONFIDENCE,
        ids("reasons", "What speaks for it."),
    ),
    key=("product_id", "kind"),
)  # fmt: skip

DEMAND: tuple[Table, ...] = (
    DEMAND_FORECASTS, DEMAND_SUMMARIES, DEMAND_BACKTESTS, DEMAND_BACKTEST_WEEKS, DEMAND_DAYS_WITHOUT_STOCK,
    INVENTORY_RISKS,
)  # fmt: skip
