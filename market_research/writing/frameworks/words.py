"""What sources say verbatim about a company or a topic, as rows: dated, and with the passage that it stands in."""

import re
from collections.abc import Iterator

from market_research.writing import quotes
from market_research.writing.evidence import Draft, Passage
from market_research.writing.frameworks.measures import STALE_YEARS
from market_research.writing.frameworks.rows import Row
from market_research.writing.gate.reading import names_any
from market_research.writing.material import Material

SEARCHED = 48
"""Passages that one question is answered from."""
_LONGEST_NAME = 70
_DANGER = re.compile(r"\b(?:could|may|might|would|risks?|targets?|cases?)\b", re.IGNORECASE)
# "Could" alone may stand, what every filing says may not.
_LEAST = -0.11
# Sentences that only say that something is written elsewhere.
_ANNOUNCES = re.compile(
    r"\b(?:lists?|describes?|names?|gives?|contains?) (?:a row|a number|several|many|various|some)\b"
    r"|\b(?:(?:is|are) (?:traced|listed|named|described|discussed)|appears?) in\b|\bBoth describe\b",
    re.IGNORECASE,
)


def forms(m: Material, company: str) -> tuple[str, ...]:
    """What a company is called in texts."""
    known = [c for c in m.subject.request.companies if c.name == company]
    return (company, *(alias for c in known for alias in c.aliases if len(alias) > 2))


def is_about(m: Material, company: str, passage: Passage, sentence: str = "") -> bool:
    """True for words of a company's own documents, below a heading that names it, or if a sentence begins with it."""
    _, publisher = m.titles.get(passage.document_id, ("", None))
    called = forms(m, company)
    place = (passage.heading or "").split(" > ")[-1]
    return publisher == company or names_any(called, place) or sentence.startswith(called)


def said_of(
    m: Material, company: str, query: str, must: str, *, used: set[str], count: int = 1, skip: str = ""
) -> list[Row]:
    """The best sentences about a company that match ``must`` and not ``skip``; none of those in ``used`` again."""
    others = [form for other in m.companies if other != company for form in forms(m, other)]
    rows: list[Row] = []
    for passage, sentence in _ranked(m, query, must, quotes.names(m)):
        if len(rows) == count:
            break
        if sentence in used or not is_about(m, company, passage, sentence) or sentence.startswith(tuple(others)):
            continue
        if skip and re.search(skip, sentence, re.IGNORECASE):
            continue
        if not names_any(forms(m, company), sentence) and not re.search(r"\b(?:[Ww]e|[Oo]ur)\b", sentence):
            continue
        used.add(sentence)
        rows.append(quoted(m, passage, sentence))
    return rows


def said_on(m: Material, query: str, must: str, *, used: set[str], skip: str = "") -> Row | None:
    """The best sentence of any source that matches ``must`` and not ``skip``."""
    for passage, sentence in _ranked(m, query, must, ()):
        if sentence not in used and not (skip and re.search(skip, sentence, re.IGNORECASE)):
            used.add(sentence)
            return quoted(m, passage, sentence)
    return None


def _ranked(m: Material, query: str, must: str, names: tuple[str, ...]) -> Iterator[tuple[Passage, str]]:
    """Quotable sentences of the passages found, best first."""
    found = []
    for rank, passage in enumerate(m.search(query, SEARCHED)):
        for sentence in quotes.sentences(passage.text):
            worth = quotes.substance(sentence, names)
            if _is_of_use(m, passage, sentence, worth) and re.search(must, sentence, re.IGNORECASE):
                found.append((worth - 0.01 * rank, sentence, passage))
    for _, sentence, passage in sorted(found, key=lambda item: (-item[0], item[1])):
        yield passage, sentence


def _is_of_use(m: Material, passage: Passage, sentence: str, worth: float) -> bool:
    """True for what stands alone and tells a figure, a cause, a plan or a danger of the last years."""
    # Without headings the text of a page may have run a heading into the sentence.
    if worth < _LEAST or _ANNOUNCES.search(sentence) or not (passage.heading or quotes.HEADED.search(sentence)):
        return False
    years = [int(year) for year in re.findall(r"\b(?:19|20)\d\d\b", sentence)]
    if years and m.subject.as_of.year - max(years) > STALE_YEARS:
        return False
    return bool(quotes.CAUSE.search(sentence) or _DANGER.search(sentence) or re.search(r"\d", sentence))


def quoted(m: Material, passage: Passage, sentence: str) -> Row:
    """A row of a passage's words, named by the heading that they stand under."""
    title, publisher = m.titles.get(passage.document_id, ("", None))
    place = (passage.heading or "").split(" > ")[-1].strip() or publisher or title
    name = place if len(place) <= _LONGEST_NAME else f"In the words of {publisher or title}"
    day = passage.published_on or m.dates.get(passage.document_id)
    period = day.isoformat() if day else ""
    return Row(name, Draft(f"“{sentence}”", (), (), (passage.passage_id,)), _sure(m, passage), period)


def _sure(m: Material, passage: Passage) -> float:
    """60 for one source's words; 10 more for a filing's, 5 less for every year of age beyond the first, at most 30."""
    kind = m.kinds.get(passage.document_id, "")
    day = passage.published_on or m.dates.get(passage.document_id)
    age = max(0, m.subject.as_of.year - day.year - 1) if day else 6
    return 60.0 + 10 * (kind in ("filing", "company_facts")) - min(30, 5 * age)
