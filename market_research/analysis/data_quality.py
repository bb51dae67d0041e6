"""What the evidence lacks and what was done about it, in numbers: missing, redacted, copied, suspicious, set aside."""

import polars as pl

from market_research.analysis.base import Notebook, Tables, say
from market_research.writing import numbers

INPUTS = ("data_quality",)
# The sentence for one and for more of each measure of the mart ``data_quality``.
SENTENCES = {
    "missing": (
        "{n} cell of the tables has no value where others in its row have one; it is left out, nothing is filled in.",
        "{n} cells of the tables have no value where others in their row have one; they are left out, nothing is "
        "filled in.",
    ),
    "filled": (
        "{n} missing value was filled in by a rule that the request declares, and is marked as such.",
        "{n} missing values were filled in by rules that the request declares, and are marked as such.",
    ),
    "copy": (
        "{n} passage repeats an article that is there already and does not count again.",
        "{n} passages repeat articles that are there already and do not count again.",
    ),
    "redacted": (
        "{n} piece of personal data is replaced by its kind.",
        "{n} pieces of personal data are replaced by their kind.",
    ),
    "suspicious": (
        "{n} place looks like orders to a language model; nothing hidden of that sort is part of the text.",
        "{n} places look like orders to a language model; nothing hidden of that sort is part of the text.",
    ),
    "quarantined": ("{n} record is set aside with its reason.", "{n} records are set aside with their reasons."),
}


def analyse(tables: Tables, notebook: Notebook) -> None:
    """Findings: data_quality, one for each measure that there is anything of; its subject is the measure."""
    counts = dict(tables["data_quality"].group_by("measure").agg(pl.col("count").sum()).iter_rows())
    for measure, (one, more) in SENTENCES.items():
        count = counts.get(measure, 0)
        if not count:
            continue
        fact = notebook.book.derive(
            f"count_{measure}", notebook.subject.name, float(count), "count", formula=f"count({measure})", inputs=[]
        )
        text = (one if count == 1 else more).format(n=numbers.plain(fact.value))
        notebook.find("data_quality", [say(text, fact)], about=measure, value=fact.value, unit="count", confidence=100)
