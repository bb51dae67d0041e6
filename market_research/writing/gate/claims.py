"""Words of movement, order and calculation in the sentences of a model: whether the cited figures bear them out.

``comparisons`` and ``standing`` refuse what the figures contradict where they are shown. A model may also write "lower"
and "fell" where nothing is shown: such a word is a claim of its own and needs figures that say so.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from market_research.writing import numbers
from market_research.writing.evidence import Evidence, Fact
from market_research.writing.gate import figures, vocabulary, wording
from market_research.writing.gate.arithmetic import Result
from market_research.writing.gate.operands import Series, named, nearest_year, series
from market_research.writing.gate.reading import Mention, Reading
from market_research.writing.numbers import Token

_REACH = 90
_TIME = re.compile(
    r"(?:in|the|of|for|that|it|was|had|been|its|fiscal|year|level|figure|FY|\s)*\b(?P<year>(?:19|20)\d\d)\b",
    re.IGNORECASE,
)
_OF_THESE = re.compile(r"\b(?:of|among)\s+(?:these|those)\b|\bof the companies (?:here|cited|named)\b", re.IGNORECASE)
_OF_SO_MANY = re.compile(
    r"\bof\s+(?:the|these|those|all)\s+(?P<count>two|three|four|five|six|seven|eight|nine|ten)\b", re.I
)
_BOUNDED = re.compile(
    r"\b(?:at (?:least|most)|no (?:less|more|fewer) than|not (?:less|more) than|(?:slightly |just |a little )?"
    r"(?:more|less|fewer|higher|lower) than|(?:just |slightly )?(?:over|above|under|below|exceed(?:ed|s|ing)"
    r"|topp?(?:ed|s)|surpass(?:ed|es|ing))|up to)\s+(?:about\s+)?$",
    re.IGNORECASE,
)
# Said of one company, these set its figure against its own earlier one.
_OF_LEVELS = frozenset("more higher larger greater bigger wider less lower smaller fewer narrower".split())
_ONLY_WITH_A_NAME = frozenset("over under".split())


class Word(NamedTuple):
    """A word of a sentence at its place."""

    text: str
    start: int
    end: int


class Claims:
    """The cited figures, asked about one word of a sentence after another."""

    def __init__(
        self, reading: Reading, facts: Sequence[Fact], evidence: Evidence, results: Mapping[int, Result]
    ) -> None:
        self.reading, self.facts, self.evidence, self.results = reading, facts, evidence, results
        self.companies = set(evidence.names.values())

    @cached_property
    def known(self) -> list[Fact]:
        return figures.with_inputs(self.facts, self.evidence, 1)

    @cached_property
    def series(self) -> list[Series]:
        """Cited measures that the sentence is about: those whose figures it shows, else all that it names."""
        whole = series(self.known, self.reading)
        shown = [
            one for one in whole
            if any(figures.supports(t, f, self.reading) for t in self.reading.figures for f in one.values.values())
        ]  # fmt: skip
        return named(shown or [one for one in whole if not _changes(one)], self.reading)

    def bear_out(self, word: Word) -> bool | None:
        """True if the figures say what the word says, False if the contrary, None if they say nothing of it."""
        text = word.text.lower()
        if self._bounds(word) or self._calculated(word):
            return True
        if text in vocabulary.HIGHEST | vocabulary.LOWEST:
            return True if self._first(word, text in vocabulary.HIGHEST) else None
        borne = None
        if text in vocabulary.HIGHER | vocabulary.LOWER:
            borne = self._order(word, more=text in vocabulary.HIGHER)
        elif text in vocabulary.MOVING_UP | vocabulary.MOVING_DOWN and not self._of_other_times(word):
            borne = self._move(word, up=text in vocabulary.MOVING_UP)
        # Beside figures that are no levels (a pace, a distance) the word may be about those.
        return borne if borne or self._of_levels else None

    @cached_property
    def _of_levels(self) -> bool:
        levels = [fact for one in self.series if not _changes(one) for fact in one.values.values()]
        return bool(self.reading.mentions) and all(
            any(figures.supports(token, fact, self.reading) for fact in levels) for token in self.reading.figures
        )

    def _of_other_times(self, word: Word) -> bool:
        """ "… after it fell for a decade": a second movement, to which no figure belongs."""
        text = self.reading.text
        if any(word.end <= t.start <= word.end + 30 for t in (*self.reading.figures, *self.reading.years)):
            return False
        words = re.findall(r"[a-z]+", text[: word.start].lower())
        return bool({"after", "before", "then", "once", "until", "since", "following"} & set(words[-4:])) or bool(
            (vocabulary.MOVING_UP | vocabulary.MOVING_DOWN) & set(words)
        )

    def _bounds(self, word: Word) -> bool:
        """ "More than $5 billion" is a bound, which its number is held to; "over the year" is no order at all."""
        text = self.reading.text
        beside = next((t for t in self.reading.figures if word.end <= t.start <= word.end + 14), None)
        if beside and (bound := _BOUNDED.search(text[: beside.start])) and bound.start() <= word.start:
            return True
        # Multiples in words ("more than doubled") have been held to the figures wherever facts are cited.
        if any(m.start() <= word.start < m.end() for m in wording.MULTIPLE.finditer(text)):
            return bool(self.facts)
        if word.text.lower() in _ONLY_WITH_A_NAME:
            following = text[word.end : word.end + 30]
            near = any(word.end <= m.start <= word.end + 5 for m in self.reading.mentions)
            return not near and not re.match(r"\s+(?:that|those) of\b", following)
        return False

    def _calculated(self, word: Word) -> bool:
        """The word is one of those that selected a calculation, which came out."""
        begin, end = self.reading.clause(word.start)
        for result in self.results.values():
            if not (result.holds and result.operation):
                continue
            if word.text.lower() in re.findall(r"[a-z]+", result.operation.words.lower()):
                return True
            if begin <= result.token.start < end and word.text.lower() in vocabulary.DERIVED:
                return True
            if result.token.start <= word.start < result.token.end:
                return True
        return False

    def _subject(self, word: Word, without: Mention | None = None) -> str | None:
        other = without.name if without else None
        free = [m for m in self.reading.mentions if m.name != other]
        before = [m for m in free if m.end <= word.start]
        spoken_of = [m for m in before if not self.reading.is_measure(m)] or before
        begin, end = self.reading.clause(word.start)
        opens = not re.search(r"\w", self.reading.text[begin : word.start])
        alone = not any(m.start >= begin for m in before) and not (opens and before)
        inside = [m for m in free if word.end <= m.start < end] if alone else []
        chosen = inside[:1] or spoken_of[-1:] or [m for m in free if m.start >= word.end][:1]
        if chosen:
            return chosen[0].name
        entities = {f.entity for f in self.facts}
        return entities.pop() if len(entities) == 1 else None

    def _reference(self, word: Word) -> Mention | None:
        """Whom the word measures against: the company after "than", "of" or the word itself."""
        after = [m for m in self.reading.mentions if word.end <= m.start <= word.end + _REACH]
        if not after:
            return None
        between = self.reading.text[word.end : after[0].start]
        if ";" in between or any(word.end <= t.start < after[0].start for t in self.reading.figures):
            return None
        alone = re.fullmatch(r"\s+(?:(?:of|by|that|those|the)\s+)*", between)
        return (
            after[0]
            if alone or re.search(r"\b(?:than|of|to|by|over)\s+(?:(?:that|the|those|of|in|for|at|did)\s+)*$", between)
            else None
        )

    def _year(self, word: Word) -> int | None:
        place = Token(word.text, word.start, word.end, 0.0, 0.0, "word")
        said = nearest_year(self.reading, place)
        if said is None:
            return None
        begin, end = self.reading.clause(word.start)
        inside = self.reading.text[begin:end]
        return said - bool(wording.EARLIER.search(inside)) + bool(wording.LATER.search(inside))

    def _order(self, word: Word, *, more: bool) -> bool | None:
        text = self.reading.text
        than = re.compile(r"[^.;]{0,60}?\bthan\s+").match(text, word.end)
        after = than.end() if than else word.end
        if word.text.lower() == "followed" and not text[word.end :].lstrip().startswith("by "):
            return True
        if wording.EARLIER.match(text, after) or _TIME.match(text, after) or _earlier_after(text, after):
            return self._move(word, up=more)
        reference = self._reference(word)
        who = self._subject(word, reference)
        others = {reference.name} if reference else {m.name for m in self.reading.mentions} - {who}
        if who is None or not others:
            return self._move(word, up=more) if not others and word.text.lower() in _OF_LEVELS else None
        year = self._year(word)
        found = []
        for one in self.series:
            years = one.years(who, *others)
            for y in [year] if year in years else years if year is None else []:
                mine = one.values[who, y].value
                theirs = [one.values[other, y].value for other in others]
                if all(v < 0 for v in (mine, *theirs)) and wording.LOSS.search(text):
                    mine, theirs = -mine, [-v for v in theirs]
                found.append(all(mine > v for v in theirs) if more else all(mine < v for v in theirs))
        return all(found) if found else None

    def _move(self, word: Word, *, up: bool) -> bool | None:
        who = self._subject(word)
        if who is None:
            return None
        years = sorted({int(t.value) for t in self.reading.years})
        place = Token(word.text, word.start, word.end, 0.0, 0.0, "word")
        # "Up from $2 billion a year earlier" is said of the year itself, "a year earlier it rose" of the one before.
        earlier = wording.EARLIER.search(self.reading.text, word.end)
        new = max(years) if len(years) == 2 else nearest_year(self.reading, place) if earlier else self._year(word)
        if found := [m > 0 for m in self._levels(who, years, new)]:
            return all(moved == up for moved in found)
        found = [m > 0 for m in self._shown_changes(who, new)]
        return True if found and all(moved == up for moved in found) else None

    def _levels(self, who: str, years: Sequence[int], new: int | None) -> list[float]:
        """How the measures moved between two named years, or from the year before."""
        moves = []
        for one in (one for one in self.series if not _changes(one)):
            known = one.years(who)
            last = new if new is not None else known[-1] if len(known) == 2 else None
            first = years[0] if len(years) == 2 else known[0] if len(known) == 2 else last - 1 if last else None
            if last in known and first in known and first != last:
                old, now = one.values[who, first].value, one.values[who, last].value
                by_size = old < 0 and now < 0 and bool(wording.LOSS.search(self.reading.text))
                moves.append(abs(now) - abs(old) if by_size else now - old)
        return [move for move in moves if move]

    def _shown_changes(self, who: str, new: int | None) -> list[float]:
        """Cited changes of the company that the sentence shows."""
        return [
            fact.value
            for fact in self.facts
            if figures.is_change(fact) and fact.entity == who and (new is None or new in figures.fiscal_years(fact))
            and any(figures.supports(t, fact, self.reading) for t in self.reading.figures)
        ]  # fmt: skip

    def _first(self, word: Word, top: bool) -> bool:
        """No company of the industry is beyond, or none of those that are named or counted."""
        begin, end = self.reading.clause(word.start)
        who = next((m.name for m in self.reading.mentions if begin <= m.start < end), None) or self._subject(word)
        if who is None:
            return False
        many = _OF_SO_MANY.search(self.reading.text)
        year = self._year(word)
        for one in self.series:
            for (entity, y), own in one.values.items():
                if entity != who or (year is not None and y != year):
                    continue
                rivals = {e for e, z in one.values if z == y and e in self.companies and e != who}
                listed = (
                    bool(many or _OF_THESE.search(self.reading.text))
                    or len({m.name for run in self.reading.lists for m in run}) > 1
                )
                if many and numbers.WORDS.index(many["count"].lower()) != len(rivals) + 1:
                    continue
                pool = self.facts if listed else self.evidence.facts.values()
                others = [f.value for f in pool if _same(f, own) and f.entity in self.companies and f.entity != who]
                if rivals and all((own.value >= v) if top else (own.value <= v) for v in others):
                    return True
        return False


def _changes(one: Series) -> bool:
    return any(figures.is_change(fact) for fact in one.values.values())


def _earlier_after(text: str, at: int) -> bool:
    near = text[at : at + 40]
    return bool(
        re.match(
            r"\s*(?:in |for |it (?:was|had been) )?(?:the |a |its )?(?:previous|prior|preceding|year|one year|last)\b",
            near,
        )
    )


def _same(fact: Fact, other: Fact) -> bool:
    mine = (fact.metric, fact.unit, fact.fiscal_year, fact.dimensions)
    return mine == (other.metric, other.unit, other.fiscal_year, other.dimensions)
