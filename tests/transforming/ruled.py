"""What tests of rules share: a table from a CSV, rules from YAML, and what came of each row."""

from collections import Counter

import yaml

from market_research.cleaning.names import Known
from market_research.sources import delimited
from market_research.sources.grid import Table
from market_research.transforming.apply import Numbered, Reference, apply
from market_research.transforming.rules import Transformation

COMPANIES = (Known("Intel", "INTC"), Known("Cisco Systems", "CSCO", aliases=("CISCO",)))


def table(text: str) -> Table:
    return delimited.read(text.encode(), "deals.csv")


def numbered(text: str) -> list[Numbered]:
    rules = Transformation.model_validate({"match": "*.csv", "rules": yaml.safe_load(text)}).rules
    return [Numbered(f"transformation 1, rule {number} ({rule.rule})", rule) for number, rule in enumerate(rules, 1)]


def ruled(text: str | Table, rules: str, reference: Reference | None = None) -> Table:
    read = table(text) if isinstance(text, str) else text
    return apply(read, numbered(rules), reference or Reference(COMPANIES))


def rows(made: Table) -> list[dict[str, str | None]]:
    return [row.record for row in made.rows()]


def column(made: Table, name: str) -> list[str | None]:
    return [row[name] for row in rows(made)]


def reasons(made: Table) -> dict[str, str]:
    return {reject.locator: reject.reason for reject in made.rejects}


def fates(made: Table) -> Counter[str]:
    """Places of rows as read and of rows that rules made, each as often as something became of it."""
    assert made.transformed is not None
    return Counter(
        [record.locator for record in made.records]
        + [reject.locator for reject in made.rejects]
        + [row.locator for row in made.transformed.replaced]
    )
