"""Who holds which share, how concentrated the field is, who moved, and who takes the profit."""

from typing import Any

import polars as pl

from market_research.analysis.base import Notebook, Tables, confidence, is_primary, listing, reference_year, rows, say
from market_research.writing import numbers
from market_research.writing.evidence import Fact

INPUTS = ("annual_facts", "market_size", "market_share", "market_concentration", "company_growth", "company_ratios")
HIGHLY_CONCENTRATED = 1800.0


def analyse(tables: Tables, notebook: Notebook) -> None:
    """Findings: concentration, share_shift, profit_pool."""
    year = reference_year(tables)
    shares = rows(tables["market_share"], fiscal_year=year) if year else []
    if len(shares) < 2 or year is None:
        notebook.gap("market_shares", "Shares and concentration need two companies with revenue in one fiscal year.")
        return
    facts = share_facts(tables, notebook)
    sure = confidence(primary=is_primary(tables, year), companies=len(shares), year=year, as_of=notebook.subject.as_of)
    base = _base_year(tables, year)
    _concentration(tables, notebook, year, base, sure)
    if base is not None:
        _shifts(notebook, facts, shares, year, base, sure)
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


def _base_year(tables: Tables, year: int) -> int | None:
    """The start of the growth window, if at least as many companies less one were covered then."""
    sizes = {row["fiscal_year"]: row["companies"] for row in tables["market_size"].to_dicts()}
    for start in range(year - 5, year - 1):
        if sizes.get(start, 0) >= max(2, sizes[year] - 1):
            return start
    return None


def _concentration(tables: Tables, notebook: Notebook, year: int, base: int | None, sure: float) -> None:
    name, book = notebook.subject.name, notebook.book
    measured = {row["fiscal_year"]: row for row in tables["market_concentration"].to_dicts()}
    hhi: dict[int, Fact] = {}
    top: dict[int, Fact] = {}
    for at, row in measured.items():
        inputs = row["fact_ids"]
        hhi[at] = book.derive("hhi", name, row["hhi"], "index", formula="sum(share ^ 2)", inputs=inputs, fiscal_year=at)
        top[at] = book.derive(
            "cr2", name, row["cr2_pct"], "percent", formula="sum(two largest shares)", inputs=inputs, fiscal_year=at
        )
        book.derive(
            "cr4", name, row["cr4_pct"], "percent", formula="sum(four largest shares)", inputs=inputs, fiscal_year=at
        )
        book.derive(
            "equal_sized_equivalent", name, row["equal_sized_equivalent"], "ratio", formula="10,000 / HHI",
            inputs=[hhi[at].fact_id], fiscal_year=at,
        )  # fmt: skip
    now = hhi[year]
    line = book.derive(
        "hhi_threshold", name, HIGHLY_CONCENTRATED, "index",
        formula="threshold of high concentration, US Merger Guidelines 2023", inputs=[],
    )  # fmt: skip
    leaders = [row["company"] for row in rows(tables["market_share"], fiscal_year=year)[:2]]
    sentences = []
    pair = book.derive(
        "leaders", name, 2, "count", formula="the two largest", inputs=measured[year]["fact_ids"][:2], fiscal_year=year
    )
    if base is not None and base in top:
        moved = "up from" if top[year].value >= top[base].value else "down from"
        sentences.append(
            say(
                f"Two companies, {listing(leaders)}, took {numbers.percent(top[year].value)} of covered revenue in fiscal {year}, "
                f"{moved} the {numbers.percent(top[base].value)} that the two largest held in fiscal {base}.",
                top[year], top[base], pair,
            )
        )  # fmt: skip
        trend = "rose" if now.value >= hhi[base].value else "fell"
        sentences.append(
            say(
                f"The Herfindahl-Hirschman index {trend} from {numbers.plain(hhi[base].value)} to {numbers.plain(now.value)}, "
                f"{'above' if now.value > HIGHLY_CONCENTRATED else 'below'} the {numbers.plain(HIGHLY_CONCENTRATED)} from which US "
                "merger guidelines call a market highly concentrated.",
                hhi[base], now, line,
            )
        )  # fmt: skip
    else:
        sentences.append(
            say(
                f"Two companies, {listing(leaders)}, took {numbers.percent(top[year].value)} of covered revenue in fiscal {year}; "
                f"the Herfindahl-Hirschman index stood at {numbers.plain(now.value)}.",
                top[year],
                now,
                pair,
            )
        )
    equal = book.get("equal_sized_equivalent", name, year)
    assert equal is not None
    meaning = [
        say(
            f"For a buyer this is a field of {numbers.plain(equal.value, 1)} equal-sized suppliers: "
            + (
                "a second source is scarce, and terms follow the leaders."
                if equal.value < 4
                else "there is a choice of sources, and terms can still be bid for."
            ),
            book.derive(
                "equal_sized_suppliers",
                name,
                equal.value,
                "count",
                formula="10,000 / HHI",
                inputs=[now.fact_id],
                fiscal_year=year,
            ),
        )
    ]
    total = book.get("covered_revenue", name, year)
    notebook.find(
        "concentration", sentences, meaning=meaning, value=now.value, unit="index",
        stake_usd=total.value * top[year].value / 100 if total else None, confidence=sure,
    )  # fmt: skip


def _shifts(
    notebook: Notebook,
    facts: dict[tuple[str, int], Fact],
    shares: list[dict[str, Any]],
    year: int,
    base: int,
    sure: float,
) -> None:
    """Who gained and who lost share between the two years, in points and in money at the later year's revenue."""
    moves = []
    for row in shares:
        start, end = facts.get((row["company"], base)), facts[row["company"], year]
        if start is not None:
            moves.append(
                notebook.book.derive(
                    "share_change", row["company"], end.value - start.value, "percentage points",
                    formula="share at the end - share at the start", inputs=[end.fact_id, start.fact_id],
                    fiscal_year=year, start_year=base,
                )
            )  # fmt: skip
    if len(moves) < 2:
        return
    gained = max(moves, key=lambda fact: fact.value)
    lost = min(moves, key=lambda fact: fact.value)
    if gained.value <= 0 or lost.value >= 0:
        return
    total = notebook.book.get("covered_revenue", notebook.subject.name, year)
    assert total is not None
    worth = notebook.book.derive(
        "share_gain_value", gained.entity, gained.value / 100 * total.value, "USD",
        formula="share change * covered revenue", inputs=[gained.fact_id, total.fact_id], fiscal_year=year,
        start_year=base,
    )  # fmt: skip
    ends = facts[gained.entity, year], facts[lost.entity, year]
    starts = facts[gained.entity, base], facts[lost.entity, base]
    notebook.find(
        "share_shift",
        [
            say(
                f"{gained.entity} gained {numbers.points(gained.value)} of share between fiscal {base} and fiscal {year}, from "
                f"{numbers.percent(starts[0].value)} to {numbers.percent(ends[0].value)}.",
                gained, starts[0], ends[0],
            ),
            say(
                f"{lost.entity} lost the most, {numbers.points(-lost.value)}, and ended at {numbers.percent(ends[1].value)}.",
                lost, ends[1],
            ),
        ],
        meaning=[
            say(
                f"At the revenue of fiscal {year}, the gain of {gained.entity} is worth {numbers.money(worth.value)} a year.",
                worth, gained,
            )
        ],
        about=gained.entity, value=gained.value, unit="percentage points", stake_usd=worth.value, confidence=sure,
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
    burden = (
        f"{worst} made a loss on {numbers.percent(held[worst].value)} of the revenue."
        if lowest.value < 0
        else f"{worst} had {numbers.percent(held[worst].value)} of the revenue and {numbers.percent(lowest.value)} of the profit."
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
                f"Value sits where {best} is strong, not where sales are largest, so share of profit is the scoreboard to watch.",
                taken[best], held[best],
            )
        ],
        about=best, value=taken[best].value, unit="percent", stake_usd=pool * taken[best].value / 100, confidence=sure,
    )  # fmt: skip
