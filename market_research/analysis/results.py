"""The newest annual results of each company whose filings give statement lines: growth, margins, cash."""

import polars as pl

from market_research.analysis import margin_parts, newest
from market_research.analysis.base import Notebook, Tables, confidence, possessive, rows, say
from market_research.writing import numbers
from market_research.writing.evidence import Draft, Fact

INPUTS = ("annual_facts", "company_financials", "company_ratios", "quarterly_results")


def analyse(tables: Tables, notebook: Notebook) -> None:
    """Findings: recent_results, one per company with revenue in filings; recent_quarter where one is newer."""
    latest: dict[str, int] = {}
    for row in tables["annual_facts"].filter(tables["annual_facts"]["source_class"] == 1).to_dicts():
        if row["metric"] == "revenue":
            latest[row["entity"]] = max(latest.get(row["entity"], 0), row["fiscal_year"])
    if not latest:
        notebook.gap(
            "statement_lines",
            "No filing with statement lines was received, so costs, cash flow and investment are not analysed.",
        )
        return
    for company, year in sorted(latest.items()):
        _company(tables, notebook, company, year)
        _quarter(tables, notebook, company)
    newest.compare(notebook, latest)


def _company(tables: Tables, notebook: Notebook, company: str, year: int) -> None:
    book = notebook.book
    revenue = book.get("revenue", company, year)
    if revenue is None:
        return
    ended = f"the year to {revenue.period_end:%B} {revenue.period_end.day}, {revenue.period_end.year}" if (
        revenue.period_end
    ) else f"fiscal {year}"  # fmt: skip
    grown = book.get("revenue_growth", company, year)
    opening = f"{company} reported revenue of {numbers.money(revenue.value)} for {ended}"
    if grown is not None:
        opening += f", {'up' if grown.value >= 0 else 'down'} {numbers.percent(abs(grown.value))} on the year before"
    prior = book.get("revenue", company, year - 1)
    sure = confidence(primary=True, companies=5, year=year, as_of=notebook.subject.as_of)
    notebook.find(
        "recent_results", [say(opening + ".", revenue, grown)], meaning=_pace(notebook, company, year), about=company,
        value=grown.value if grown else revenue.value, unit="percent" if grown else "USD",
        stake_usd=abs(revenue.value - prior.value) if prior else None, confidence=sure,
    )  # fmt: skip
    _bridge(notebook, company, year, sure)
    _investment(notebook, company, year, sure)


def _bridge(notebook: Notebook, company: str, year: int, sure: float) -> None:
    """What the company earns on its revenue, and what moved its operating income."""
    split = margin_parts.bridge(notebook, company, year)
    made = _meaning(notebook, company, year, margin_parts.main_cause(split) if split else None)
    causes = margin_parts.sentence(split, notebook.book.get("operating_margin", company, year)) if split else None
    level = causes or _margins(notebook, company, year)
    if level is None:
        return
    now = notebook.book.get("operating_income", company, year) or notebook.book.get("net_income", company, year)
    before = notebook.book.get(now.metric, company, year - 1) if now else None
    # What moved the profit comes first, the margin and its causes after it.
    notebook.find(
        "profit_bridge", [*made, level], about=company,
        value=now.value if now else None, unit="USD" if now else None,
        stake_usd=abs(now.value - before.value) if now and before else None, confidence=sure,
    )  # fmt: skip


def _investment(notebook: Notebook, company: str, year: int, sure: float) -> None:
    """Cash earned and cash put back into the business."""
    book = notebook.book
    ratio = {name: book.get(name, company, year) for name in ("cash_conversion", "capital_intensity")}
    said = _cash(ratio, company)
    cash, spent = book.get("operating_cash_flow", company, year), book.get("capital_expenditure", company, year)
    if said is None or cash is None:
        return
    meaning = []
    stake = None
    if spent is not None:
        left = book.derive(
            "free_cash_flow", company, cash.value - spent.value, "USD",
            formula="operating cash flow - capital expenditure",
            inputs=[cash.fact_id, spent.fact_id], fiscal_year=year,
        )  # fmt: skip
        before = book.get("capital_expenditure", company, year - 1)
        if before is not None and before.value > 0:
            growth = book.derive(
                "capital_expenditure_growth", company, 100 * (spent.value / before.value - 1), "percent",
                formula="100 * (capital expenditure / year before - 1)", inputs=[spent.fact_id, before.fact_id],
                fiscal_year=year, start_year=year - 1,
            )  # fmt: skip
            moved = "rose" if growth.value >= 0 else "fell"
            trend = (
                f"{possessive(company)} capital expenditure {moved} {numbers.percent(abs(growth.value))} to "
                f"{numbers.money(spent.value)}"
            )
            free = f"{numbers.money(left.value)}" if left.value >= 0 else f"a shortfall of {numbers.money(-left.value)}"
            earlier, against = _free_before(notebook, company, year)
            meaning.append(
                say(f"{trend} and left {free} for owners and lenders{against}.", growth, spent, left, earlier)
            )
            stake = abs(spent.value - before.value)
    notebook.find(
        "investment", [*meaning, said], about=company, value=cash.value, unit="USD",
        stake_usd=stake, confidence=sure,
    )  # fmt: skip


def _free_before(notebook: Notebook, company: str, year: int) -> tuple[Fact | None, str]:
    """What was left the year before, and the words for it."""
    book = notebook.book
    cash, spent = (book.get(name, company, year - 1) for name in ("operating_cash_flow", "capital_expenditure"))
    if cash is None or spent is None:
        return None, ""
    left = book.derive(
        "free_cash_flow", company, cash.value - spent.value, "USD",
        formula="operating cash flow - capital expenditure", inputs=[cash.fact_id, spent.fact_id],
        fiscal_year=year - 1,
    )  # fmt: skip
    shown = numbers.money(left.value) if left.value >= 0 else f"a shortfall of {numbers.money(-left.value)}"
    return left, f", after {shown} the year before"


def _quarter(tables: Tables, notebook: Notebook, company: str) -> None:
    """The newest quarter against the same quarter a year before, if it ended after the newest year."""
    newest = {row["metric"]: row for row in rows(tables["quarterly_results"], company=company, is_latest=True)}
    row = newest.get("revenue")
    annual = (
        tables["annual_facts"]
        .filter((pl.col("entity") == company) & (pl.col("metric") == "revenue"))["period_end"]
        .max()
    )
    if row is None or row["change_pct"] is None or not (annual is None or row["period_end"] > annual):
        return
    change = notebook.book.derive(
        "quarter_growth", company, row["change_pct"], "percent",
        formula="100 * (quarter / same quarter a year before - 1)",
        inputs=[row["fact_id"], row["prior_fact_id"]], period=(row["period_start"], row["period_end"]),
    )  # fmt: skip
    end = row["period_end"]
    sentences = [
        say(
            f"In the quarter to {end:%B} {end.day}, {end.year}, {company} took {numbers.money(row['value_usd'])} of "
            f"revenue, {'up' if change.value >= 0 else 'down'} {numbers.percent(abs(change.value))} on the same "
            "quarter a year before.",
            row["fact_id"], row["prior_fact_id"], change,
        )
    ]  # fmt: skip
    meaning = _carried_on(notebook, company, max(_years(tables, company)), change)
    notebook.find(
        "recent_quarter", sentences, meaning=meaning, about=company, value=change.value, unit="percent",
        stake_usd=row["value_usd"] - row["year_before_usd"], confidence=90,
    )  # fmt: skip


def _carried_on(notebook: Notebook, company: str, year: int, change: Fact) -> list[Draft]:
    """A year's revenue at the quarter's pace, and at the pace of the last full year."""
    growth, revenue = notebook.book.get("revenue_growth", company, year), notebook.book.get("revenue", company, year)
    if growth is None or revenue is None:
        return []
    at_quarter, at_year = (
        notebook.book.derive(
            metric, company, revenue.value * (1 + rate.value / 100), "USD",
            formula=f"revenue * (1 + {rate.metric})", inputs=[revenue.fact_id, rate.fact_id], fiscal_year=year,
        )
        for metric, rate in (("revenue_at_quarter_pace", change), ("revenue_at_year_pace", growth))
    )  # fmt: skip
    pace = "faster" if change.value > growth.value else "slower"
    full = f"{'growth' if growth.value >= 0 else 'fall'} of {numbers.percent(abs(growth.value))}"
    return [
        say(
            f"That is {pace} than the {full} of its last full year: a year at the quarter's pace would bring "
            f"{numbers.money(at_quarter.value)}, one at last year's pace {numbers.money(at_year.value)}.",
            change, growth, at_quarter, at_year,
        )
    ]  # fmt: skip


def _years(tables: Tables, company: str) -> list[int]:
    return [row["fiscal_year"] for row in rows(tables["annual_facts"], entity=company, metric="revenue")]


def _pace(notebook: Notebook, company: str, year: int) -> list[Draft]:
    """Compare this year's growth with the year before's, in percent and in money."""
    book = notebook.book
    now, before = book.get("revenue_growth", company, year), book.get("revenue_growth", company, year - 1)
    revenue, prior = book.get("revenue", company, year), book.get("revenue", company, year - 1)
    if now is None or before is None or revenue is None or prior is None:
        return []
    gap = book.derive(
        "revenue_against_old_pace", company, revenue.value - prior.value * (1 + before.value / 100), "USD",
        formula="revenue - revenue of the year before * (1 + its growth)",
        inputs=[revenue.fact_id, prior.fact_id, before.fact_id], fiscal_year=year, start_year=year - 1,
    )  # fmt: skip
    rate = numbers.percent(before.value) if before.value >= 0 else f"a fall of {numbers.percent(-before.value)}"
    more = "more" if gap.value >= 0 else "less"
    word = "faster" if gap.value >= 0 else "slower"
    return [
        say(
            f"Growth was {word} than the year before ({rate}), which made {numbers.money(abs(gap.value))} {more} "
            "revenue than the old pace would have brought.",
            now, before, gap,
        )
    ]  # fmt: skip


def _margins(notebook: Notebook, company: str, year: int) -> Draft | None:
    parts: list[str] = []
    used: list[Fact] = []
    for measure, name in (("gross_margin", "gross"), ("operating_margin", "operating"), ("net_margin", "net")):
        now = notebook.book.get(measure, company, year)
        before = notebook.book.get(measure, company, year - 1)
        if now is None or (measure == "net_margin" and parts):
            continue
        text = f"{'an' if name == 'operating' else 'a'} {name} margin of {numbers.percent(now.value)}"
        used.append(now)
        if before is not None:
            text += f" ({numbers.percent(before.value)} a year earlier)"
            used.append(before)
        parts.append(text)
    if not parts:
        return None
    return say(f"{company} earned {' and '.join(parts)}.", used)


def _cash(ratio: dict[str, Fact | None], company: str) -> Draft | None:
    cash, invested = ratio["cash_conversion"], ratio["capital_intensity"]
    if cash is None:
        return None
    text = f"{possessive(company)} operating cash flow came to {numbers.percent(cash.value)} of revenue"
    if invested is not None:
        text += f" and capital expenditure to {numbers.percent(invested.value)}"
    return say(text + ".", cash, invested)


def _meaning(notebook: Notebook, company: str, year: int, cause: str | None) -> list[Draft]:
    """What moved operating income: volume (at last year's margin) or margin."""
    book = notebook.book
    now, before = book.get("operating_income", company, year), book.get("operating_income", company, year - 1)
    revenue, prior = book.get("revenue", company, year), book.get("revenue", company, year - 1)
    if now is None or before is None or revenue is None or prior is None or prior.value <= 0:
        return []
    if before.value <= 0:
        return _from_loss(notebook, company, now, before)
    volume = book.derive(
        "income_from_volume", company, (revenue.value - prior.value) * before.value / prior.value, "USD",
        formula="change of revenue * operating margin of the year before",
        inputs=[revenue.fact_id, prior.fact_id, before.fact_id], fiscal_year=year, start_year=year - 1,
    )  # fmt: skip
    change = book.derive(
        "operating_income_change", company, now.value - before.value, "USD", formula="operating income - year before",
        inputs=[now.fact_id, before.fact_id], fiscal_year=year, start_year=year - 1,
    )  # fmt: skip
    margin = book.derive(
        "income_from_margin", company, change.value - volume.value, "USD",
        formula="change of operating income - part from volume", inputs=[change.fact_id, volume.fact_id],
        fiscal_year=year, start_year=year - 1,
    )  # fmt: skip
    if change.value < 0:
        return [_decline(company, change, volume, margin)]
    if margin.value < 0 <= volume.value:
        text = (
            f"{possessive(company)} operating income rose {numbers.money(change.value)} to {numbers.money(now.value)}: "
            f"sales at the old margin would have added {numbers.money(volume.value)}, but the lower margin gave back "
            f"{numbers.money(-margin.value)}."
        )
    elif volume.value < 0:
        text = (
            f"{possessive(company)} operating income rose {numbers.money(change.value)} on lower sales: the margin "
            f"added {numbers.money(margin.value)}, and volume took {numbers.money(-volume.value)}."
        )
    else:
        more = margin.value > volume.value
        lesson = (
            f"the gain now rests on {cause or 'the margin'} staying where it is"
            if more
            else f"most of the gain goes if {possessive(company)} sales fall back"
        )
        text = (
            f"{possessive(company)} operating income rose {numbers.money(change.value)} to {numbers.money(now.value)}, "
            f"{numbers.money(volume.value)} of it from sales at the old margin and {numbers.money(margin.value)} from "
            f"the better margin: {lesson}."
        )
    return [say(text, now, change, volume, margin)]


def _from_loss(notebook: Notebook, company: str, now: Fact, before: Fact) -> list[Draft]:
    """Change of operating income after a year without profit, where a part from volume would say nothing."""
    change = notebook.book.derive(
        "operating_income_change", company, now.value - before.value, "USD", formula="operating income - year before",
        inputs=[now.fact_id, before.fact_id], fiscal_year=now.fiscal_year, start_year=before.fiscal_year,
    )  # fmt: skip
    loss = f"an operating loss of {numbers.money(-before.value)}"
    if now.value > 0:
        text = f"{company} turned {loss} into a profit of {numbers.money(now.value)}."
    elif change.value >= 0:
        text = f"{company} cut {loss} to {numbers.money(-now.value)}: growth has not yet paid for its costs."
    else:
        text = f"{possessive(company)} growth did not pay: {loss} became one of {numbers.money(-now.value)}."
    return [say(text, now, before, change)]


def _decline(company: str, change: Fact, volume: Fact, margin: Fact) -> Draft:
    """A fall of operating income, split into what sales and what the margin did."""
    fell = f"{possessive(company)} operating income fell by {numbers.money(-change.value)}"
    if volume.value >= 0 > margin.value:
        text = (
            f"{fell}: the change of sales alone would have added {numbers.money(volume.value)}, but the lower margin "
            f"took {numbers.money(-margin.value)}, so costs and prices are what {company} has to mend."
        )
    elif margin.value >= 0 > volume.value:
        text = (
            f"{fell}: lower sales took {numbers.money(-volume.value)}, and the better margin gave back "
            f"{numbers.money(margin.value)}, so demand is what {company} has to mend."
        )
    else:
        taken = f"{numbers.money(-volume.value)} and the lower margin {numbers.money(-margin.value)}"
        text = f"{fell}: lower sales took {taken}."
    return say(text, change, volume, margin)


def companies_with_results(tables: Tables) -> list[str]:
    """Companies with statement lines from filings, by name."""
    return sorted({row["entity"] for row in rows(tables["annual_facts"], source_class=1, metric="revenue")})
