"""What the evidence lacks and what was done about it, in numbers: missing, redacted, copied, suspicious, set aside, in
another language; and which sources may be out of date."""

from datetime import date
from typing import Any

import polars as pl

from market_research.analysis.base import Notebook, Tables, listing, say
from market_research.writing import numbers
from market_research.writing.evidence import Draft, Fact

INPUTS = ("data_quality", "source_freshness")
NAMED_LANGUAGES = 3
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
    "markup": (
        "{n} text held tags or links that run something; they are removed, the words stay.",
        "{n} texts held tags or links that run something; they are removed, the words stay.",
    ),
    "suspicious": (
        "{n} place looks like orders to a language model; nothing hidden of that sort is part of the text.",
        "{n} places look like orders to a language model; nothing hidden of that sort is part of the text.",
    ),
    "foreign": (
        "{n} passage is not in English ({languages}); it is stored and searched, but topics are counted by English "
        "words.",
        "{n} passages are not in English ({languages}); they are stored and searched, but topics are counted by "
        "English words.",
    ),
    "outside": (
        "{n} row about a company outside the industry is left in its raw document.",
        "{n} rows about companies outside the industry are left in their raw documents.",
    ),
    "quarantined": ("{n} record is set aside with its reason.", "{n} records are set aside with their reasons."),
}


def analyse(tables: Tables, notebook: Notebook) -> None:
    """Findings: data_quality, one for each measure that there is anything of; its subject is the measure.

    For sources that may be out of date the subject is ``stale`` and the source's name.
    """
    counts = dict(tables["data_quality"].group_by("measure").agg(pl.col("count").sum()).iter_rows())
    for measure, (one, more) in SENTENCES.items():
        count = counts.get(measure, 0)
        if not count:
            continue
        fact = notebook.book.derive(
            f"count_{measure}", notebook.subject.name, float(count), "count", formula=f"count({measure})", inputs=[]
        )
        languages = _languages(tables["data_quality"]) if measure == "foreign" else ""
        text = (one if count == 1 else more).format(n=numbers.plain(fact.value), languages=languages)
        notebook.find("data_quality", [say(text, fact)], about=measure, value=fact.value, unit="count", confidence=100)
    for source in tables["source_freshness"].filter(pl.col("state") != "fresh").sort("source").to_dicts():
        _stale(source, notebook)


def _languages(quality: pl.DataFrame) -> str:
    """Names of the languages of most passages, those of most first."""
    from babel import Locale

    known = Locale("en").languages
    foreign = quality.filter(pl.col("measure") == "foreign").sort(["count", "detail"], descending=[True, False])
    names = [known.get(code, code) for code in foreign["detail"]]
    return listing([*names[:NAMED_LANGUAGES], "others"] if len(names) > NAMED_LANGUAGES else names)


def _stale(source: dict[str, Any], notebook: Notebook) -> None:
    """One source of which the last answer is not fresh, or too old at the date of the newest evidence."""
    about, title = f"stale {source['source']}", source["title"]

    def fact(metric: str, value: float, unit: str, formula: str, day: date | None = None) -> Fact:
        return notebook.book.derive(
            metric, title, value, unit, formula=formula, inputs=[], period=(None, day), dimensions="source"
        )

    if source["state"] == "unanswered":
        open_ = fact(
            "answers_not_fresh", float(source["unanswered"]), "count", "count(answers that are not fresh)",
            source["asked_on"],
        )  # fmt: skip
        received = source["received_on"]
        held = fact("documents", float(source["documents"]), "count", "count(documents of the source)", received)
        text = (
            f"Fresh answers that {title} did not give when it was last asked, on {source['asked_on']}: "
            f"{numbers.plain(open_.value)}; what it gave earlier is used, received by {received}."
        )
        _find(notebook, about, text, open_, held)
    else:
        behind = fact(
            "days_without_answer", float(source["days_behind"]), "days", "newest evidence - last fresh answer",
            source["answered_on"],
        )  # fmt: skip
        allowed = fact("allowed_age", source["allowed_hours"], "hours", "freshness policy of the source")
        text = (
            f"{title} last gave a fresh answer on {source['answered_on']}, {numbers.plain(behind.value)} days before "
            f"the newest evidence; at most {numbers.plain(allowed.value)} hours are meant to pass."
        )
        _find(notebook, about, text, behind, allowed)


def _find(notebook: Notebook, about: str, text: str, main: Fact, *others: Fact) -> None:
    draft: Draft = say(text, main, *others)
    notebook.find("data_quality", [draft], about=about, value=main.value, unit=main.unit, confidence=100)
