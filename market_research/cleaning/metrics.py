"""The registry of canonical metrics, and the way from a source's own names to them."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Literal

from market_research.cleaning.names import word_set

UnitKind = Literal["money", "money_per_share", "shares", "count", "percent", "index"]


@dataclass(frozen=True)
class Metric:
    """One canonical metric. ``concepts`` are XBRL names, most preferred first; ``labels`` are headers."""

    name: str
    unit_kind: UnitKind
    description: str
    concepts: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()


def _metric(name: str, kind: UnitKind, description: str, concepts: str = "", labels: str = "") -> Metric:
    return Metric(
        name, kind, description, tuple(concepts.split()), tuple(x.strip() for x in labels.split(",") if x.strip())
    )


METRICS: tuple[Metric, ...] = (
    _metric(
        "revenue",
        "money",
        "Sales of goods and services in the period, all streams together.",
        # Filers that split sales (membership income, leases) tag the total as Revenues and a part as
        # RevenueFromContract…; where there is no such split only one of them is tagged.
        "us-gaap:Revenues us-gaap:RevenueFromContractWithCustomerExcludingAssessedTax us-gaap:SalesRevenueNet "
        "us-gaap:RevenueFromContractWithCustomerIncludingAssessedTax us-gaap:RevenuesNetOfInterestExpense "
        "us-gaap:SalesRevenueGoodsNet us-gaap:SalesRevenueServicesNet "
        "ifrs-full:Revenue ifrs-full:RevenueFromContractsWithCustomers",
        "revenue, revenues, net revenue, net revenues, net sales, sales, total revenue, total revenues, turnover, "
        "total net sales, annual revenue, sales revenue",
    ),
    _metric(
        "cost_of_revenue",
        "money",
        "Direct cost of what was sold.",
        "us-gaap:CostOfRevenue us-gaap:CostOfGoodsAndServicesSold us-gaap:CostOfGoodsSold ifrs-full:CostOfSales",
        "cost of revenue, cost of revenues, cost of sales, cost of goods sold, cogs",
    ),
    _metric(
        "gross_profit",
        "money",
        "Revenue less cost of revenue.",
        "us-gaap:GrossProfit ifrs-full:GrossProfit",
        "gross profit, gross margin amount",
    ),
    _metric(
        "operating_income",
        "money",
        "Result of operations before interest and tax.",
        "us-gaap:OperatingIncomeLoss ifrs-full:ProfitLossFromOperatingActivities",
        "operating income, operating profit, operating result, income from operations, ebit",
    ),
    _metric(
        "net_income",
        "money",
        "Profit or loss for the period, attributable to the owners.",
        "us-gaap:NetIncomeLoss ifrs-full:ProfitLossAttributableToOwnersOfParent us-gaap:ProfitLoss "
        "ifrs-full:ProfitLoss us-gaap:NetIncomeLossAvailableToCommonStockholdersBasic",
        "net income, profit, profits, net profit, net earnings, earnings, net income loss, net loss",
    ),
    _metric(
        "research_and_development",
        "money",
        "Research and development expense.",
        "us-gaap:ResearchAndDevelopmentExpense ifrs-full:ResearchAndDevelopmentExpense "
        "us-gaap:ResearchAndDevelopmentExpenseExcludingAcquiredInProcessCost",
        "research and development, r&d, r&d expense, r&d spending, research and development expense",
    ),
    _metric(
        "selling_general_administrative",
        "money",
        "Selling, general and administrative expense.",
        "us-gaap:SellingGeneralAndAdministrativeExpense ifrs-full:SellingGeneralAndAdministrativeExpense",
        "sg&a, selling general and administrative, sg&a expense",
    ),
    _metric(
        "sales_and_marketing",
        "money",
        "Selling and marketing expense.",
        "us-gaap:SellingAndMarketingExpense us-gaap:MarketingExpense ifrs-full:SalesAndMarketingExpense",
        "sales and marketing, marketing expense, marketing",
    ),
    _metric(
        "operating_expenses",
        "money",
        "Expenses of operations.",
        "us-gaap:OperatingExpenses us-gaap:CostsAndExpenses ifrs-full:OperatingExpense",
        "operating expenses, opex, total operating expenses",
    ),
    _metric(
        "income_tax",
        "money",
        "Income tax expense or benefit.",
        "us-gaap:IncomeTaxExpenseBenefit ifrs-full:IncomeTaxExpenseContinuingOperations",
        "income tax, income taxes, tax expense",
    ),
    _metric(
        "interest_expense",
        "money",
        "Interest expense.",
        "us-gaap:InterestExpense us-gaap:InterestExpenseNonoperating ifrs-full:FinanceCosts",
        "interest expense",
    ),
    _metric(
        "depreciation_amortization",
        "money",
        "Depreciation and amortization.",
        "us-gaap:DepreciationDepletionAndAmortization us-gaap:DepreciationAndAmortization "
        "us-gaap:DepreciationAmortizationAndAccretionNet ifrs-full:DepreciationAndAmortisationExpense",
        "depreciation and amortization, d&a",
    ),
    _metric("ebitda", "money", "Earnings before interest, tax, depreciation and amortization.", "", "ebitda"),
    _metric("total_assets", "money", "All assets.", "us-gaap:Assets ifrs-full:Assets", "total assets, assets"),
    _metric(
        "current_assets",
        "money",
        "Assets due within a year.",
        "us-gaap:AssetsCurrent ifrs-full:CurrentAssets",
        "current assets, total current assets",
    ),
    _metric(
        "total_liabilities",
        "money",
        "All liabilities.",
        "us-gaap:Liabilities ifrs-full:Liabilities",
        "total liabilities, liabilities",
    ),
    _metric(
        "current_liabilities",
        "money",
        "Liabilities due within a year.",
        "us-gaap:LiabilitiesCurrent ifrs-full:CurrentLiabilities",
        "current liabilities, total current liabilities",
    ),
    _metric(
        "equity",
        "money",
        "Shareholders' equity.",
        "us-gaap:StockholdersEquity ifrs-full:EquityAttributableToOwnersOfParent "
        "us-gaap:StockholdersEquityIncludingPortionAttributableToNoncontrollingInterest ifrs-full:Equity",
        "equity, shareholders' equity, stockholders' equity, total equity, shareholders equity, stockholders equity",
    ),
    _metric(
        "cash",
        "money",
        "Cash and cash equivalents.",
        "us-gaap:CashAndCashEquivalentsAtCarryingValue ifrs-full:CashAndCashEquivalents us-gaap:Cash "
        "us-gaap:CashCashEquivalentsRestrictedCashAndRestrictedCashEquivalents",
        "cash, cash and cash equivalents",
    ),
    _metric(
        "long_term_debt",
        "money",
        "Long-term debt.",
        "us-gaap:LongTermDebtNoncurrent us-gaap:LongTermDebt ifrs-full:NoncurrentPortionOfNoncurrentBorrowings "
        "us-gaap:LongTermDebtAndCapitalLeaseObligations ifrs-full:LongtermBorrowings",
        "long-term debt, long term debt",
    ),
    _metric(
        "inventory", "money", "Inventories.", "us-gaap:InventoryNet ifrs-full:Inventories", "inventory, inventories"
    ),
    _metric(
        "receivables",
        "money",
        "Trade receivables.",
        "us-gaap:AccountsReceivableNetCurrent us-gaap:ReceivablesNetCurrent "
        "ifrs-full:TradeAndOtherCurrentReceivables ifrs-full:CurrentTradeReceivables",
        "receivables, accounts receivable, trade receivables",
    ),
    _metric("goodwill", "money", "Goodwill.", "us-gaap:Goodwill ifrs-full:Goodwill", "goodwill"),
    _metric(
        "operating_cash_flow",
        "money",
        "Cash from operating activities.",
        "us-gaap:NetCashProvidedByUsedInOperatingActivities "
        "us-gaap:NetCashProvidedByUsedInOperatingActivitiesContinuingOperations "
        "ifrs-full:CashFlowsFromUsedInOperatingActivities",
        "operating cash flow, cash flow from operations, cash from operations",
    ),
    _metric(
        "capital_expenditure",
        "money",
        "Payments for property, plant and equipment.",
        "us-gaap:PaymentsToAcquirePropertyPlantAndEquipment us-gaap:PaymentsToAcquireProductiveAssets "
        "ifrs-full:PurchaseOfPropertyPlantAndEquipmentClassifiedAsInvestingActivities",
        "capital expenditure, capital expenditures, capex",
    ),
    _metric(
        "share_repurchases",
        "money",
        "Payments to buy back own shares.",
        "us-gaap:PaymentsForRepurchaseOfCommonStock ifrs-full:PaymentsToAcquireOrRedeemEntitysShares",
        "share repurchases, buybacks",
    ),
    _metric(
        "dividends_paid",
        "money",
        "Dividends paid.",
        "us-gaap:PaymentsOfDividends us-gaap:PaymentsOfDividendsCommonStock "
        "ifrs-full:DividendsPaidClassifiedAsFinancingActivities",
        "dividends paid",
    ),
    _metric("market_cap", "money", "Market capitalisation.", "", "market cap, market capitalization, market value"),
    _metric("market_size", "money", "Sales of all suppliers in a market.", "", "market size, market revenue"),
    _metric(
        "eps_basic",
        "money_per_share",
        "Basic earnings per share.",
        "us-gaap:EarningsPerShareBasic us-gaap:EarningsPerShareBasicAndDiluted ifrs-full:BasicEarningsLossPerShare",
        "basic eps, eps basic, basic earnings per share, eps, earnings per share, earnings/share",
    ),
    _metric(
        "eps_diluted",
        "money_per_share",
        "Diluted earnings per share.",
        "us-gaap:EarningsPerShareDiluted ifrs-full:DilutedEarningsLossPerShare",
        "diluted eps, eps diluted, diluted earnings per share",
    ),
    _metric(
        "shares_outstanding",
        "shares",
        "Shares outstanding.",
        "dei:EntityCommonStockSharesOutstanding us-gaap:CommonStockSharesOutstanding "
        "ifrs-full:NumberOfSharesOutstanding",
        "shares outstanding",
    ),
    _metric(
        "employees",
        "count",
        "People employed.",
        "ifrs-full:NumberOfEmployees ifrs-full:AverageNumberOfEmployees",
        "employees, headcount, number of employees, staff",
    ),
    _metric(
        "adoption",
        "percent",
        "Share of the possible users who use it.",
        "",
        "adoption, adoption rate, penetration, technology diffusion, share of households, "
        "individuals using the internet",
    ),
    _metric("market_share", "percent", "Share of a market.", "", "market share, share of market"),
    _metric(
        "users",
        "count",
        "People who use it.",
        "",
        "users, subscribers, customers, active users, monthly active users, daily active users, members",
    ),
    _metric("units_sold", "count", "Units sold.", "", "units sold, unit sales, shipments, units shipped"),
    _metric("gdp", "money", "Gross domestic product.", "", "gdp, gross domestic product"),
    _metric("inflation", "percent", "Change of consumer prices over a year.", "", "inflation, inflation rate"),
    _metric("price_index", "index", "Level of consumer prices.", "", "consumer price index, price index"),
    _metric("population", "count", "Inhabitants.", "", "population, inhabitants"),
    _metric("employment", "count", "People in work.", "", "employment, employed, us employment"),
    _metric("unemployed", "count", "People out of work.", "", "unemployed"),
    _metric(
        "unemployment_rate", "percent", "Share of the workforce without work.", "", "unemployment rate, unemployment"
    ),
    _metric("price", "money", "Price of one unit.", "", "price, unit price"),
    _metric("capacity", "index", "Installed capacity.", "", "capacity, cumulative capacity, installed capacity"),
)
BY_NAME: dict[str, Metric] = {metric.name: metric for metric in METRICS}
_BY_CONCEPT = {concept: (metric, rank) for metric in METRICS for rank, concept in enumerate(metric.concepts)}
_BY_LABEL = {label: metric for metric in METRICS for label in metric.labels}

UNRANKED = 1_000
"""Rank of a concept that the registry does not name."""


@cache
def canonical(concept: str) -> str:
    """Canonical name of a metric for a source's name; else that name itself.

    XBRL concepts keep their prefix (``us-gaap:DeferredRevenue``); headers become snake_case without
    what stands in parentheses.
    """
    if concept in _BY_CONCEPT:
        return _BY_CONCEPT[concept][0].name
    if is_xbrl(concept):
        return concept
    label = plain_label(concept)
    for candidate in (label, strip_unit_words(label)):
        metric = _BY_LABEL.get(candidate) or BY_NAME.get(candidate.replace(" ", "_"))
        if metric:
            return metric.name
    return re.sub(r"\W+", "_", strip_unit_words(label)).strip("_") or "value"


@cache
def concept_rank(concept: str) -> int:
    """Preference among concepts of one metric, 0 is best; table headers rank behind all XBRL concepts."""
    return _BY_CONCEPT[concept][1] if concept in _BY_CONCEPT else UNRANKED


def unit_kind(concept: str) -> UnitKind | None:
    """What sort of unit the metric named so is measured in; None for metrics outside the registry."""
    metric = BY_NAME.get(canonical(concept))
    return metric.unit_kind if metric else None


def is_xbrl(concept: str) -> bool:
    """Whether a name is a prefixed XBRL concept."""
    return re.fullmatch(r"[A-Za-z][\w.\-]*:[A-Za-z]\w*", concept) is not None


def plain_label(header: str) -> str:
    """A header in lower-case words: without trailing parentheses, underscores and camel case."""
    text = header.strip()
    while text.endswith((")", "]")):
        opening = _opening(text)
        if opening <= 0:
            break
        text = text[:opening].rstrip()
    if " " not in text:
        text = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    return " ".join(re.sub(r"_", " ", text.replace("’", "'")).lower().split())


def _opening(text: str) -> int:
    depth = 0
    for position in range(len(text) - 1, -1, -1):
        depth += (text[position] in ")]") - (text[position] in "([")
        if depth == 0:
            return position
    return 0


def strip_unit_words(label: str) -> str:
    """A label without units at its end: ``revenue usd millions`` is ``revenue``."""
    words = label.split()
    while len(words) > 1 and words[-1] in _UNIT_WORDS:
        words.pop()
    return " ".join(words)


_UNIT_WORDS = word_set(
    "usd eur gbp jpy cny chf cad aud inr krw sek nok dkk millions million billions billion thousands "
    "thousand bn mn mln pct percent % in"
)
