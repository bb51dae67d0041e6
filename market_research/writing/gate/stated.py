"""Sentences of writers that are free in their words: whether the cited evidence holds what they say around figures.

Numbers, names and quotations have rules of their own; what stands around them has not. The offline writer's words are
made by the analyses. A model's may say anything beside a right number ("… and its products are unsafe"). So each of its
words must be one that reporters put around figures and that says nothing (``vocabulary``), or a claim of movement or
order that the cited figures bear out (``claims``), or the name of what a cited fact measures, or a word of the cited
passages and of what findings state from the cited facts. Causes, forecasts and judgements must stand there as they are.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from market_research.writing.evidence import Draft, Evidence, Fact, Passage
from market_research.writing.gate import vocabulary
from market_research.writing.gate.arithmetic import Result, calculations
from market_research.writing.gate.claims import Claims, Word
from market_research.writing.gate.reading import Reading
from market_research.writing.gate.support import FEWEST, LEAST, denies, places, stem, stems

_QUOTATION = re.compile(r"[“„].*?”|«.*?»|\"[^\"]*\"")
_LETTERS = re.compile(r"[^\W\d_]+")
_PHRASES = re.compile(
    r"\b(?:no (?:less|more|fewer) than|not (?:less|more) than|not quite|at (?:least|most)|R&D|like (?:this|so)"
    r"|as follows)\b"
    r"|\bMay(?= \d)",
    re.I,
)
"""Phrases whose words would say something else alone."""
_ONLY = re.compile(r"\bonly(?=\s+(?:about\s+)?[$€£¥\d])", re.IGNORECASE)
# What calculations that came out may be worded with, beside the words that selected them.
_OF_CALCULATIONS = stems(
    "gap difference lead ahead behind together combined joint sum added lost shed gained rose grew increased climbed "
    "widened narrowed improved fell dropped declined decreased shrank share part account contributed came made third "
    "quarter half fifth tenth twice double doubled tripled halved average mean running straight consecutive row every "
    "kept cent higher lower larger smaller greater fewer taking bringing year earlier previous prior"
)


def unstated(
    draft: Draft,
    reading: Reading,
    facts: Sequence[Fact],
    passages: Sequence[Passage],
    evidence: Evidence,
    further: Iterable[Draft],
    results: Mapping[int, Result],
) -> str | None:
    """Why the words of a sentence must not stand; None if they may.

    ``further`` are sentences beside the findings' that state something from facts. A sentence without figures must be
    carried by one statement or place of a passage; with figures by all that is cited together. ``results`` are
    calculations, whose words have been held to the figures already.
    """
    plain = _without_names(reading)
    # A quotation is held to its own words elsewhere; a long one must not cover for what stands beside it.
    beside = _blank(_QUOTATION, plain)
    statements = dict.fromkeys(_statements(draft, facts, evidence, further))
    held = [(text, stems(text)) for text in statements]
    held += [place for passage in passages for place in places(f"{passage.heading or ''}. {passage.text}")]
    foreign = [word for word in _LETTERS.findall(plain) if not word.isascii()]
    if unknown := [word for word in foreign if not any(word in text for text, _ in held)]:
        return f"the cited evidence has no word {unknown[0]!r}"
    words = _words(beside)
    said = _raw(text for text, _ in held) | _raw(f"{f.entity} {f.metric} {f.dimensions}" for f in facts)
    if bold := [w.text for w in words if w.text.lower() in vocabulary.NEVER and w.text.lower() not in said]:
        return f"says {bold[0]!r}, which the cited evidence does not"
    forecast = vocabulary.FORECAST.search(beside)
    if forecast and not any(forecast.group().lower() in text.lower() for text, _ in held):
        return f"says {forecast.group()!r}, which the cited evidence does not"
    named = stems(" ".join(f"{f.entity} {f.metric.replace('_', ' ')} {f.dimensions}" for f in facts))
    claims = Claims(reading, facts, evidence, results)
    measured = {metric for fact in claims.known for metric in vocabulary.of_metric(fact.metric)}
    free = [(start, end) for metric, start, end in vocabulary.measures(beside) if metric in measured]
    rest = [
        word for word in words
        if word.text.lower() not in vocabulary.NEUTRAL and not any(start <= word.start < end for start, end in free)
    ]  # fmt: skip
    if problem := _said_otherwise(words, beside, reading, statements):
        return problem
    if not (reading.figures or beside != plain):
        borne = {word: claims.bear_out(word) for word in rest if word.text.lower() in vocabulary.CLAIMS}
        if wrong := [word.text for word, right in borne.items() if right is False]:
            return f"says {wrong[0]!r}, which the cited figures do not show"
        if facts and rest and all(borne.get(word) for word in rest):
            return None
        return _carried(draft, reading, beside, held, named)
    calculated = _OF_CALCULATIONS if calculations(results) else frozenset()
    together = frozenset().union(*(stems_of for _, stems_of in held)) | named | calculated
    if aside := _aside(beside, reading, held):
        return aside
    for word in rest:
        stated = word.text.lower() in said or stem(word.text.lower()) in together
        if word.text.lower() not in vocabulary.CLAIMS:
            if not stated:
                return f"the cited evidence does not say {word.text!r}"
            continue
        right = claims.bear_out(word)
        if right is False or not (right or _stated_of_figures(word, beside, reading, held)):
            return f"says {word.text!r}, which the cited figures do not show"
    if denies(_PHRASES.sub(" ", beside)) and not any(denies(text) for text, _ in held):
        return "denies what the evidence says"
    return None


def _aside(beside: str, reading: Reading, held: Sequence[tuple[str, frozenset[str]]]) -> str | None:
    """Why what a sentence adds without any figure must not stand: no statement or place of a passage says it.

    ``… and buyers are leaving for rivals`` is made of words that say nothing each alone.
    """
    for match in _ASIDES.finditer(beside):
        start, end = match.span("said")
        figures = any(start <= token.start < end for token in reading.tokens)
        wanted = stems(match["said"]) - _TIMES
        if figures or any(start <= m.start < end for m in reading.mentions) or len(wanted) < FEWEST:
            continue
        if not any(len(wanted & words) >= LEAST * len(wanted) for _, words in held):
            return f"the cited evidence does not say {match['said'].strip()!r}"
    if (times := _SHARE_OF_TIME.search(beside)) and not any(times[1] in text for text, _ in held):
        return f"says {times.group()!r}, which the cited evidence does not"
    return None


def _said_otherwise(words: Sequence[Word], beside: str, reading: Reading, statements: Iterable[str]) -> str | None:
    """Why a word of order must not stand: the statements with just these figures say it less often, or say the opposite
    beside the same word."""
    shown = [token.text for token in reading.figures]
    same = [text for text in statements if all(one in text for one in shown)]
    counted = [Counter(re.findall(r"[a-z]+", text.lower())) for text in same]
    said = Counter(word.text.lower() for word in words if word.text.lower() in _ORDERED)
    for word in words:
        text = word.text.lower()
        most = max((count[text] for count in counted), default=0)
        if same and said[text] > max(1, most):
            return f"says {text!r} {said[text]} times, which the cited evidence does not"
        opposite = _OPPOSITE.get(text)
        before = re.findall(r"[a-z]+", beside[: word.start].lower())[-1:]
        if not opposite or not before:
            continue
        own, other = (any(f"{before[0]} {one}" in each.lower() for each in same) for one in (text, opposite))
        if other and not own:
            return f"says {text!r}, where the cited evidence says {opposite!r}"
    return None


_PAIRS = (
    ("more", "less"), ("higher", "lower"), ("above", "below"), ("better", "worse"), ("best", "worst"),
    ("most", "least"), ("positive", "negative"), ("gained", "lost"), ("rose", "fell"), ("risen", "fallen"),
)  # fmt: skip
_OPPOSITE = {one: other for pair in _PAIRS for one, other in (pair, pair[::-1])}
_ORDERED = vocabulary.CLAIMS | frozenset("better worse best worst positive negative".split())
_ASIDES = re.compile(r"(?:[,:;]\s+|\s)(?:and|but|while|as)\s+(?P<said>[^,:;.]+)(?=[,:;.]|$)")
_SHARE_OF_TIME = re.compile(r"% (of (?:the |all )?(?:hours|days|weeks|months|quarters|years))\b")


def _stated_of_figures(word: Word, beside: str, reading: Reading, held: Sequence[tuple[str, frozenset[str]]]) -> bool:
    """True if the evidence says the word where it says the sentence's figures; a first or last place, beside a word of
    the same."""
    if word.text.lower() in vocabulary.HIGHEST | vocabulary.LOWEST:
        held = [(text, words) for text, words in held if _beside_same(word, beside, text)]
    shown = [token.text for token in reading.figures]
    wanted = stem(word.text.lower())
    return any(
        (wanted in words or word.text.lower() in text.lower()) and all(one in text for one in shown)
        for text, words in held
    )


def _beside_same(word: Word, beside: str, text: str) -> bool:
    """True if the text has the word beside one of the words that stand beside it in the sentence."""
    before = re.findall(r"[a-z]+", beside[: word.start].lower())[-1:]
    after = re.findall(r"[a-z]+", beside[word.end :].lower())[:1]
    said = " ".join(re.findall(r"[a-z]+", text.lower()))
    pairs = [f"{one} {word.text.lower()}" for one in before] + [f"{word.text.lower()} {one}" for one in after]
    return any(re.search(rf"\b{pair}\b", said) for pair in pairs)


def _carried(
    draft: Draft, reading: Reading, beside: str, held: Sequence[tuple[str, frozenset[str]]], named: frozenset[str]
) -> str | None:
    """A sentence that shows no figure: what one statement or place of a passage says, in nearly the same words."""
    wanted = stems(beside) - _TIMES
    if not wanted:
        return None if reading.tokens else "says nothing that evidence could be held against"
    nearest, best = max(held, key=lambda one: len(wanted & one[1]), default=("", frozenset()))
    share = len(wanted & (best | named)) / len(wanted)
    if share < LEAST:
        missing = ", ".join(sorted(wanted - best - named)[:4])
        return f"the cited evidence does not say it ({share:.0%} of its words; not: {missing})"
    if held and denies(draft.text) != denies(nearest):
        return "denies what the evidence says" if denies(draft.text) else "asserts what the evidence denies"
    return None


# How statements are placed in time and counted, whoever makes them.
_TIMES = stems(
    "fiscal year years quarter month period date billion million thousand dollar dollars percent percentage "
    "point points figure level stood reached came amounted accounted total respectively "
    "compared while time times first second"
)


def _words(text: str) -> list[Word]:
    """Words in letters, none of those in phrases that are read as one."""
    for pattern in (_PHRASES, _ONLY):
        text = _blank(pattern, text)
    return [Word(match.group(), match.start(), match.end()) for match in _LETTERS.finditer(text)]


def _raw(texts: Iterable[str]) -> set[str]:
    return {word for text in texts for word in re.findall(r"[a-z]+", text.lower())}


def _blank(pattern: re.Pattern[str], text: str) -> str:
    """The text with matches replaced by as many spaces: places stay what they are."""
    return pattern.sub(lambda match: " " * len(match.group()), text)


def _without_names(reading: Reading) -> str:
    """The text with companies' names, and an 's after them, as spaces."""
    text = reading.text
    for mention in reading.mentions:
        end = mention.end + (2 if re.match(r"['’]s\b", text[mention.end :]) else 0)
        text = f"{text[: mention.start]}{' ' * (end - mention.start)}{text[end:]}"
    return text


def _statements(draft: Draft, facts: Sequence[Fact], evidence: Evidence, further: Iterable[Draft]) -> Iterable[str]:
    """What the cited findings say, and all sentences that rest on one of the cited facts."""
    ids = {fact.fact_id for fact in facts}
    for finding in evidence.findings.values():
        own = finding.finding_id in draft.finding_ids
        for said in (*finding.sentences, *finding.meaning):
            if own or not ids.isdisjoint(said.fact_ids):
                yield said.text
    yield from (said.text for said in further if not ids.isdisjoint(said.fact_ids))
