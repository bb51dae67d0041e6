"""Where sources disagree on the same figure: both are named, and which one is used."""

from market_research.analysis.base import Notebook, Tables, say
from market_research.writing import numbers

INPUTS = ("annual_facts", "conflicting_figures")
WORDS = {"revenue": "revenue", "net_income": "net income"}
SHOWN = 3


def analyse(tables: Tables, notebook: Notebook) -> None:
    """Findings: contradiction, the largest ones first."""
    found = tables["conflicting_figures"].to_dicts()
    for row in found[:SHOWN]:
        difference = notebook.book.derive(
            "source_difference", row["company"] if "company" in row else row["entity"], abs(row["difference_pct"]),
            "percent",
            formula="100 * |other - kept| / kept", inputs=[row["kept_fact_id"], row["other_fact_id"]],
            fiscal_year=row["fiscal_year"], dimensions=f"metric={row['metric']}",
        )  # fmt: skip
        money = numbers.money
        notebook.find(
            "contradiction",
            [
                say(
                    f"Sources disagree on {row['entity']}'s {WORDS[row['metric']]} for fiscal {row['fiscal_year']}: "
                    f"{money(row['kept_value'], row['unit'])} is used here, {money(row['other_value'], row['unit'])} "
                    f"stands elsewhere, {numbers.percent(difference.value)} apart.",
                    row["kept_fact_id"], row["other_fact_id"], difference,
                )
            ],
            about=row["entity"], value=difference.value, unit="percent",
            stake_usd=abs(row["other_value"] - row["kept_value"]), confidence=95,
        )  # fmt: skip
