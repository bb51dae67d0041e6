"""A sentence as the gate reads it: its numbers, the companies that it names, and the clauses that hold them."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from market_research.writing import numbers
from market_research.writing.numbers import Token

# Where one statement about a company or year may end and the next begin. Inside numbers no space follows a comma.
_BREAK = re.compile(
    r"[;:](?=\s)|,(?=\s)|[()]|\b(?:and|while|whereas|but|though|although|against|versus|compared with|compared to|than"
    r"|ahead of|behind|followed by)\b",
    re.IGNORECASE,
)
# A name after these is whom somebody is measured against, not who is spoken of.
_AGAINST = re.compile(r"\b(?:to|than|over|against|behind|beyond|versus|from|ahead of)\s+(?:the\s+)?$", re.IGNORECASE)
# Words by which somebody unnamed may be meant.
_PRONOUN = re.compile(r"\b(?:it|its|they|their|the company|the group|the firm)\b|^(?:this|that)\b", re.IGNORECASE)
_LISTED = re.compile(r"(?:['’]s?)?\s*(?:,\s*(?:and\s+)?|and\s+|&\s*|plus\s+)(?:of\s+|by\s+|from\s+)?")
_LAST_DIGITS = re.compile(r"\d+$")
_RESPECTIVELY = re.compile(r"\brespectively\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Mention:
    """A company named at a place; ``name`` is the canonical one, ``form`` the words that stand there."""

    name: str
    form: str
    start: int
    end: int


@dataclass(frozen=True)
class Reading:
    """What the checks share about one sentence."""

    text: str
    tokens: tuple[Token, ...]
    mentions: tuple[Mention, ...]

    @cached_property
    def breaks(self) -> tuple[int, ...]:
        """Where clauses begin, the sentence's own start first; a break inside a company's name is none."""
        inside = [(mention.start, mention.end) for mention in self.mentions]
        found = [match.start() for match in _BREAK.finditer(self.text)]
        return (0, *(at for at in found if not any(start <= at < end for start, end in inside)))

    def before(self, at: int, reach: int = 100) -> str:
        """What stands right before a place: enough for words that go with a number, and quick to search."""
        return self.text[max(0, at - reach) : at]

    def clause(self, at: int) -> tuple[int, int]:
        """Start and end of the clause that a place lies in."""
        start = max(begin for begin in self.breaks if begin <= at)
        return start, min((begin for begin in self.breaks if begin > at), default=len(self.text))

    def is_measure(self, mention: Mention) -> bool:
        """True for a name that others are measured against: "the distance to Amazon"."""
        return bool(_AGAINST.search(self.text[: mention.start]))

    def means_unnamed(self, at: int) -> bool:
        """True if a pronoun by a place may mean somebody whom the sentence does not name.

        "Netflix lost 3% of its revenue" speaks of Netflix: a name before it in its clause is who is meant.
        """
        begin, end = self.clause(at)
        names = [m.start for m in self.mentions if begin <= m.start < end and not self.is_measure(m)]
        if not names:
            return bool(_PRONOUN.search(self.text))
        return any(begin <= found.start() < min(names) for found in _PRONOUN.finditer(self.text))

    @cached_property
    def years(self) -> tuple[Token, ...]:
        return tuple(token for token in self.tokens if token.kind == "year")

    @cached_property
    def figures(self) -> tuple[Token, ...]:
        """Numbers that measure something: no years, dates or counts in words."""
        return tuple(t for t in self.tokens if t.kind not in ("year", numbers.DATE, numbers.COUNT))

    @cached_property
    def lists(self) -> tuple[tuple[Mention, ...], ...]:
        """Companies named one after another: "A, B and C"."""
        runs: list[list[Mention]] = []
        for mention in self.mentions:
            if runs and _LISTED.fullmatch(self.text[runs[-1][-1].end : mention.start]):
                runs[-1].append(mention)
            else:
                runs.append([mention])
        return tuple(tuple(run) for run in runs if len({m.name for m in run}) > 1)

    @property
    def respectively(self) -> bool:
        return bool(_RESPECTIVELY.search(self.text))


def read(text: str, names: Mapping[str, str], offers: Collection[str] = ()) -> Reading:
    """Read a sentence; ``names`` maps every known form of a company's name to the canonical one.

    ``offers`` are names of offers that the cited evidence is about: a number wholly inside one, where it stands
    verbatim, is part of a name ("Kettle B512"). One that reaches beyond it ("Kettle B512 million") is a number.
    """
    named = mentions(text, names)
    inside = [
        (mention.start, mention.end) for mention in named
        if mention.form in offers and not _goes_on(text, mention.form, mention.end)
    ]  # fmt: skip
    found = (
        token for token in numbers.tokens(text)
        if not any(start <= token.start and token.end <= end for start, end in inside)
    )  # fmt: skip
    return Reading(text, tuple(found), tuple(named))


def _goes_on(text: str, name: str, end: int) -> bool:
    """True if what follows a name makes a figure of the digits that it ends in: "Kettle B512%"."""
    digits = _LAST_DIGITS.search(name)
    if digits is None:
        return False
    read_alone = numbers.tokens(digits.group() + text[end : end + 40])
    return bool(read_alone) and read_alone[0].end > len(digits.group())


def mentions(text: str, names: Mapping[str, str]) -> list[Mention]:
    """Companies named in a text, the longest form at each place, as words of their own."""
    if not names:
        return []
    found = _pattern(tuple(names)).finditer(text)
    return [Mention(names[match.group()], match.group(), match.start(), match.end()) for match in found]


@lru_cache(maxsize=64)
def _pattern(names: tuple[str, ...]) -> re.Pattern[str]:
    longest_first = sorted(names, key=lambda name: (-len(name), name))
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)")


def names_any(forms: tuple[str, ...], text: str) -> bool:
    """True if one of these names stands in the text as words of their own: "Intel" is not in "intelligence"."""
    return bool(forms) and bool(_pattern(forms).search(text))
