"""Who holds which share, how concentrated the field is, who moved, and who takes the profit."""

from dataclasses import dataclass

import polars as pl

from market_research.analysis import market
from market_research.analysis.base import (
    Notebook,
    Tables,
    confidence,
    is_primary,
    listing,
    possessive,
    reference_year,
    rows,
    say,
)
from market_research.writing import numbers
from market_research.writing.evidence import Draft, Fact

INPUTS = ("annual_facts", "market_size", "market_share", "market_concentration", "company_growth", "company_ratios")
HIGHLY_CONCENTRATED = 1800.0
# With fewer companies, concentration would describe the choice of companies and not their market.
LEAST_COMPANIES = 5
HARDLY = 0.25


@dataclass(frozen=True)
class Panel:
    """Companies that report both ends of the growth window, each with its share at the start and at the end."""

    start_year: int
    end_year: int
    shares: dict[str, tuple[Fact, Fact]]


def analyse(tables: Tables, notebook: Notebook) -> None:
    """Findings: concentration, share_shift, profit_pool."""
    year = reference_year(tables)
    shares = rows(tables["market_share"], fiscal_year=year) if year else []
    if len(shares) < 2 or year is None:
        notebook.gap(
            "market_shares", "Shares and concentration need two companies with revenue in one fiscal year.", needed=2
        )
        return
    facts = share_facts(tables, notebook)
    sure = confidence(primary=is_primary(tables, year), companies=len(shares), year=year, as_of=notebook.subject.as_of)
    market.panel_facts(tables, notebook)
    panel = _panel(tables, notebook)
    if len(shares) < LEAST_COMPANIES:
        notebook.gap(
            "concentration", "With fewer than five companies, concentration would describe the choice of companies "
            "and not their market, so it is not stated.",
            counted=len(shares), needed=LEAST_COMPANIES, year=year, inputs=[row["fact_id"] for row in shares],
        )  # fmt: skip
    else:
        _concentration(tables, notebook, year, panel, sure)
    if panel is not None:
        _shifts(notebook, panel, sure)
    _profit_pool(tables, notebook, facts, year, sure)


def share_facts(tables: Tables, notebook: Notebook) -> dict[tuple[str, int], Fact]:
    """A derived fact for each company's share of each year."""
    facts = {}
    for row in tables["market_share"].to_dicts():
        facts[row["company"], row["fiscal_year"]] = notebook.book.derive(
            "market_share", row["company"], row["share_pct"], "percent",
            formula="100 * revenue / covered revenue", inputs=[row["fact_id"], *row["fact_ids"]],
            fiscal_year=row["fiscal_year"],
        )  # fmt: skip
    return facts


def _panel(tables: Tables, notebook: Notebook) -> Panel | None:
    """Shares at both ends of the growth window among the companies that report both years, for a fair comparison."""
    listed = rows(tables["company_growth"], in_panel=True)
    if len(listed) < 3:
        return None
    start_year, end_year = listed[0]["start_year"], listed[0]["end_year"]
    ends: dict[str, tuple[Fact, Fact]] = {}
    totals = [sum(row[f"{end}_revenue_usd"] for row in listed) for end in ("start", "end")]
    ids = [[row[f"{end}_fact_id"] for row in listed] for end in ("start", "end")]
    for row in listed:
        start, end = (
            notebook.book.derive(
                "panel_share", row["company"], 100 * row[f"{end}_revenue_usd"] / total, "percent",
                formula="100 * revenue / revenue of the companies in both "
                    "years", inputs=[row[f"{end}_fact_id"], *inputs],
                fiscal_year=year,
            )
            for end, total, inputs, year in zip(("start", "end"), totals, ids, (start_year, end_year), strict=True)
        )  # fmt: skip
        ends[row["company"]] = (start, end)
    return Panel(start_year, end_year, ends)


def _top_two(notebook: Notebook, panel: Panel, at: int) -> Fact:
    """The two largest shares of the panel together, at its start (0) or end (1)."""
    largest = sorted((pair[at] for pair in panel.shares.values()), key=lambda f: (-f.value, f.entity))[:2]
    return notebook.book.derive(
        "panel_cr2", notebook.subject.name, sum(f.value for f in largest), "percent",
        formula="sum(two largest panel shares)",
        inputs=[f.fact_id for f in largest], fiscal_year=(panel.start_year, panel.end_year)[at],
    )  # fmt: skip


def _concentration(tables: Tables, notebook: Notebook, year: int, panel: Panel | None, sure: float) -> None:
    name, book = notebook.subject.name, notebook.book
    _measure_years(tables, notebook)
    now, top = book.get("hhi", name, year), book.get("cr2", name, year)
    assert now is not None
    assert top is not None
    ranked = rows(tables["market_share"], fiscal_year=year)
    leaders = [row["company"] for row in ranked[:2]]
    pair = book.derive(
        "leaders",
        name,
        2,
        "count",
        formula="the two largest",
        inputs=[row["fact_id"] for row in ranked[:2]],
        fiscal_year=year,
    )
    line = book.derive(
        "hhi_threshold", name, HIGHLY_CONCENTRATED, "index",
        formula="threshold of high concentration, US Merger Guidelines 2023", inputs=[],
    )  # fmt: skip
    sentences = [
        say(
            f"Two companies, {listing(leaders)}, took {numbers.percent(top.value)} of covered revenue in fiscal "
            f"{year}.",
            top, pair,
        ),
        say(
            f"The Herfindahl-Hirschman index stood at {numbers.plain(now.value)}, "
            f"{'above' if now.value > HIGHLY_CONCENTRATED else 'below'} the {numbers.plain(HIGHLY_CONCENTRATED)} from "
            "which US merger guidelines call a market highly concentrated.",
            now, line,
        ),
    ]  # fmt: skip
    if panel is not None:
        before, after = _top_two(notebook, panel, 0), _top_two(notebook, panel, 1)
        moved = "rose" if after.value >= before.value else "fell"
        sentences.insert(
            1,
            say(
                f"Among the companies that report both years, the two largest {moved} from "
                f"{numbers.percent(before.value)} in fiscal "
                f"{panel.start_year} to {numbers.percent(after.value)}.",
                before, after, pair,
            ),
        )  # fmt: skip
    equal = book.derive(
        "equal_sized_suppliers",
        name,
        10_000 / now.value,
        "count",
        formula="10,000 / HHI",
        inputs=[now.fact_id],
        fiscal_year=year,
    )
    meaning = [_equal_sized(notebook, panel, equal)]
    total = book.get("covered_revenue", name, year)
    stake = None
    if panel is not None and total is not None:
        moved_points = abs(_top_two(notebook, panel, 1).value - _top_two(notebook, panel, 0).value)
        stake = moved_points / 100 * total.value / (panel.end_year - panel.start_year)
    notebook.find(
        "concentration", sentences, meaning=meaning, value=now.value, unit="index",
        stake_usd=stake, confidence=sure,
    )  # fmt: skip


def _equal_sized(notebook: Notebook, panel: Panel | None, equal: Fact) -> Draft:
    """How many companies of equal size would give the same index, now and at the start of the panel."""
    now = f"In effect the field has {numbers.plain(equal.value, 1)} companies of equal size"
    if panel is None:
        return say(f"{now}.", equal)
    ends = [
        notebook.book.derive(
            "panel_equal_sized", notebook.subject.name, 10_000 / sum(pair[at].value ** 2 for pair in shares), "count",
            formula="10,000 / sum(panel share ^ 2)", inputs=[pair[at].fact_id for pair in shares], fiscal_year=year,
        )
        for shares in [list(panel.shares.values())]
        for at, year in ((0, panel.start_year), (1, panel.end_year))
    ]  # fmt: skip
    spread = "power is spreading" if ends[1].value > ends[0].value else "power is gathering in fewer hands"
    before, after = (numbers.plain(fact.value, 1) for fact in ends)
    if abs(ends[1].value - ends[0].value) < HARDLY:
        spread = "power has hardly moved"
    return say(
        f"{now}; among those that report both years the count went from {before} to {after}, so {spread}.",
        equal, ends,
    )  # fmt: skip


def _measure_years(tables: Tables, notebook: Notebook) -> None:
    """Derived facts of HHI, CR2 and CR4 for every year."""
    for row in tables["market_concentration"].to_dicts():
        for metric, column, unit, formula in (
            ("hhi", "hhi", "index", "sum(share ^ 2)"),
            ("cr2", "cr2_pct", "percent", "sum(two largest shares)"),
            ("cr4", "cr4_pct", "percent", "sum(four largest shares)"),
        ):
            notebook.book.derive(
                metric, notebook.subject.name, row[column], unit, formula=formula, inputs=row["fact_ids"],
                fiscal_year=row["fiscal_year"],
            )  # fmt: skip


def _shifts(notebook: Notebook, panel: Panel, sure: float) -> None:
    """Who gained and who lost share of the panel, in points and in money at the later year's revenue."""
    start_year, year = panel.start_year, panel.end_year
    moves = [
        notebook.book.derive(
            "share_change", company, end.value - start.value, "percentage points",
            formula="panel share at the end - panel share at the start", inputs=[end.fact_id, start.fact_id],
            fiscal_year=year, start_year=start_year,
        )
        for company, (start, end) in panel.shares.items()
    ]  # fmt: skip
    gained = max(moves, key=lambda fact: (fact.value, fact.entity))
    lost = min(moves, key=lambda fact: (fact.value, fact.entity))
    if gained.value <= 0 or lost.value >= 0:
        return
    total = notebook.book.get("panel_revenue", notebook.subject.name, year)
    assert total is not None
    worth = notebook.book.derive(
        "share_gain_value", gained.entity, gained.value / 100 * total.value, "USD",
        formula="share change * revenue of the companies in both years", inputs=[gained.fact_id, total.fact_id],
        fiscal_year=year, start_year=start_year,
    )  # fmt: skip
    (winner_start, winner_end), (_, loser_end) = panel.shares[gained.entity], panel.shares[lost.entity]
    notebook.find(
        "share_shift",
        [
            say(
                f"{gained.entity} gained {numbers.points(gained.value)} of share between fiscal {start_year} and "
                f"fiscal {year}, from {numbers.percent(winner_start.value)} to {numbers.percent(winner_end.value)} of "
                "the companies in both years.",
                gained, winner_start, winner_end,
            ),
            say(
                f"{lost.entity} lost the most, {numbers.points(-lost.value)}, and ended at "
                f"{numbers.percent(loser_end.value)}.",
                lost, loser_end,
            ),
        ],
        meaning=[
            say(
                f"At the revenue of fiscal {year}, the gain of {gained.entity} is worth {numbers.money(worth.value)} a "
                "year.",
                worth, gained,
            )
        ],
        about=gained.entity, value=gained.value, unit="percentage points",
        stake_usd=worth.value / (year - start_year), confidence=sure,
    )  # fmt: skip


def _profit_pool(
    tables: Tables, notebook: Notebook, facts: dict[tuple[str, int], Fact], year: int, sure: float
) -> None:
    """Shares of the profit against shares of the revenue, for companies that report both."""
    both = (
        tables["annual_facts"]
        .filter((pl.col("fiscal_year") == year) & pl.col("metric").is_in(["revenue", "net_income"]))
        .pivot(on="metric", index="entity", values=["value", "fact_id"])
    )
    if not {"value_net_income", "value_revenue"} <= set(both.columns):
        return
    both = both.drop_nulls(["value_net_income", "value_revenue"]).sort("entity")
    pool = float(both["value_net_income"].sum())
    if both.height < 3 or pool <= 0:
        return
    name, book = notebook.subject.name, notebook.book
    total = book.derive(
        "profit_pool", name, pool, "USD", formula="sum(net income)", inputs=both["fact_id_net_income"].to_list(),
        fiscal_year=year,
    )  # fmt: skip
    taken = {
        row["entity"]: book.derive(
            "profit_share", row["entity"], 100 * row["value_net_income"] / pool, "percent",
            formula="100 * net income / sum(net income)", inputs=[row["fact_id_net_income"], total.fact_id],
            fiscal_year=year,
        )
        for row in both.to_dicts()
    }  # fmt: skip
    held = {name: facts[name, year] for name in taken if (name, year) in facts}
    best = max(held, key=lambda name: (taken[name].value - held[name].value, name))
    worst = min(held, key=lambda name: (taken[name].value - held[name].value, name))
    lowest = taken[worst]
    revenues = [fact for name in both["entity"] if (fact := book.get("revenue", name, year)) is not None]
    own, profit = book.get("revenue", best, year), book.get("net_income", best, year)
    if own is None or profit is None:
        return
    premium = book.derive(
        "profit_premium", best, profit.value - pool * own.value / sum(fact.value for fact in revenues), "USD",
        formula="net income - revenue * sum(net income) / sum(revenue)",
        inputs=[profit.fact_id, own.fact_id, total.fact_id, *(fact.fact_id for fact in revenues)], fiscal_year=year,
    )  # fmt: skip
    if premium.value <= 0:
        return
    burden = (
        f"{worst} made a loss on {numbers.percent(held[worst].value)} of the revenue."
        if lowest.value < 0
        else f"{worst} had {numbers.percent(held[worst].value)} of the revenue and {numbers.percent(lowest.value)} of "
        "the profit."
    )
    notebook.find(
        "profit_pool",
        [
            say(
                f"The covered companies earned {numbers.money(pool)} of net income in fiscal {year}; {best} took "
                f"{numbers.percent(taken[best].value)} of it with {numbers.percent(held[best].value)} of the revenue.",
                total, taken[best], held[best],
            ),
            say(burden, lowest, held[worst]),
        ],
        meaning=[
            say(
                f"With the average margin of all, {possessive(best)} revenue would have earned "
                f"{numbers.money(premium.value)} less: that is what its position is worth a year.",
                premium,
            )
        ],
        about=best, value=taken[best].value, unit="percent", stake_usd=premium.value, confidence=sure,
    )  # fmt: skip
