"""Names that are not equal to any known one but can hardly mean another: matched with a confidence, or left alone."""

from collections.abc import Iterable
from dataclasses import dataclass

from market_research.cleaning.names import Known, normalised

ACCEPT = 0.85
"""Chosen on half of the S&P 500's names against all 7,919 companies with a ticker at the SEC.

On the other half, 14 of the 31 names that are equal to none were accepted, all rightly; with their own companies taken
out of the list, 3 of 266 names were given another one.
"""
_LETTERS_ALONE = 4
# Endings that registrants carry and people leave out.
_TAILS = frozenset("international technologies technology systems industries global worldwide com".split())


@dataclass(frozen=True)
class Match:
    """A stated name, the company that it most probably means, how sure that is (0 to 1), and what says so."""

    stated: str
    name: str
    confidence: float
    method: str


@dataclass(frozen=True)
class _Form:
    name: str
    words: tuple[str, ...]
    ordered: tuple[str, ...]


def match_similar(stated: Iterable[str], companies: Iterable[Known]) -> list[Match]:
    """The best match of each stated name, if one company fits clearly better than all others.

    In this order: the same words in another order ("Smith (A.O.)"), words of which a known name has only an ending more
    ("Cisco" for "Cisco Systems"), the beginning of one known name alone ("Costco" for "Costco Wholesale"), and
    spellings that differ in a few letters. Matches below ``ACCEPT`` are given too: they are for people to decide.
    """
    forms = [_form(company.name, text) for company in companies for text in {company.name, *company.aliases}]
    first: dict[str, list[_Form]] = {}
    ordered: dict[tuple[str, ...], set[str]] = {}
    for form in forms:
        if form.words:
            first.setdefault(form.words[0], []).append(form)
            ordered.setdefault(form.ordered, set()).add(form.name)
    found = (_best(text, forms, first, ordered) for text in dict.fromkeys(stated))
    return [match for match in found if match]


def _form(name: str, text: str) -> _Form:
    words = _words(text)
    return _Form(name, words, tuple(sorted(words)))


def _words(text: str) -> tuple[str, ...]:
    """Words of the normalised name, with initials that stand apart joined: ``a o smith`` is ``ao smith``."""
    made: list[str] = []
    initials = ""
    for word in [*normalised(text).split(), ""]:
        if len(word) == 1:
            initials += word
            continue
        if initials:
            made.append(initials)
            initials = ""
        if word:
            made.append(word)
    return tuple(made)


def _best(
    text: str, forms: list[_Form], first: dict[str, list[_Form]], ordered: dict[tuple[str, ...], set[str]]
) -> Match | None:
    words = _words(text)
    if not words:
        return None
    same = ordered.get(tuple(sorted(words)), set())
    if len(same) == 1:
        return Match(text, next(iter(same)), 0.97, "same words")
    longer = {
        form.name: form.words[len(words) :] for form in first.get(words[0], ()) if form.words[: len(words)] == words
    }
    tailed = [name for name, rest in longer.items() if set(rest) <= _TAILS]
    if len(tailed) == 1 and len("".join(words)) >= _LETTERS_ALONE:
        return Match(text, tailed[0], 0.93 if len(longer) == 1 else 0.87, "ending left out")
    if len(longer) == 1 and len("".join(words)) >= _LETTERS_ALONE:
        return Match(text, next(iter(longer)), 0.9 if len(words) > 1 else 0.84, "beginning of one name")
    shorter = {form.name for form in first.get(words[0], ()) if len(form.words) > 1 and _is_tailed(words, form.words)}
    if len(shorter) == 1:
        return Match(text, next(iter(shorter)), 0.88, "ending added")
    return _spelled(text, words, forms)


def _is_tailed(words: tuple[str, ...], known: tuple[str, ...]) -> bool:
    rest = words[len(known) :]
    return words[: len(known)] == known and bool(rest) and set(rest) <= _TAILS


def _spelled(text: str, words: tuple[str, ...], forms: list[_Form]) -> Match | None:
    """The known name that is spelled most like this one, its confidence lowered by how near the second is."""
    from rapidfuzz import fuzz, process

    plain = " ".join(words)
    listed = [" ".join(form.words) for form in forms]
    near = process.extract(plain, listed, scorer=fuzz.ratio, limit=5, score_cutoff=70)
    if not near:
        return None
    best = forms[near[0][2]].name
    other = max((score for _, score, index in near[1:] if forms[index].name != best), default=0.0)
    confidence = near[0][1] / 100 - max(0.0, 0.1 - (near[0][1] - other) / 100)
    return Match(text, best, round(confidence - 0.1, 3), "spelling")
