"""Which calculation the words around a number select, and whom and when they name as its operands.

"$11 billion more than Target", "1.9 times TJX's", "a third of", "together", "climbed 8%", "a gap of": each is a claim
about two or more figures. The words alone decide what is computed; whether it comes out is judged elsewhere.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from market_research.writing import numbers
from market_research.writing.gate import wording
from market_research.writing.gate.reading import Mention, Reading
from market_research.writing.gate.spoken import FRACTION, GREW, spoken
from market_research.writing.numbers import Token

DIFFERENCE, CHANGE, RATIO, SUM, PART, PACE, MEAN = "difference", "change", "ratio", "sum", "part", "pace", "mean"
THE_YEAR_BEFORE = "the year before"


@dataclass(frozen=True)
class Operation:
    """What is computed. ``sign`` is 1 for more or up, -1 for less or down, 0 where the words do not say.

    ``reference`` is whom or when the ``subject`` is measured against: a company, a year, or the year before; a change
    over time has None. ``firm`` operations cannot be a level that is cited: "$2 billion more than Target" is no level.
    """

    kind: str
    sign: int = 0
    subject: str | None = None
    reference: str | int | None = None
    companies: tuple[str, ...] = ()
    over_time: bool = False
    firm: bool = True
    words: str = ""


_MORE = (
    "more|higher|greater|larger|bigger|above|ahead of|over|beyond|faster|wider|better|on top of|in excess of|clear of"
)
_LESS = "less|lower|smaller|fewer|below|behind|short of|shy of|under|slower|narrower|worse|adrift of"
_THAN = re.compile(
    rf"\s*(?:(?:of|in|by)\s+(?:(?!was|were|is|are|put|stood|came)\w+\s+){{1,5}}?)?(?:(?P<up>{_MORE})"
    rf"|(?P<down>{_LESS}))\b(?P<what>[^.;,()\d]{{0,60}}?)"
    r"(?P<than>\bthan\b)?",
    re.IGNORECASE,
)
_PREPOSITIONS = re.compile(
    r"(?:above|ahead of|over|beyond|below|behind|short of|shy of|under|on top of|in excess of|clear of|adrift of)$",
    re.IGNORECASE,
)
_BEFORE = re.compile(
    r"\s*(?:in\s+|for\s+|of\s+)?(?:(?:a|one|the)\s+)?(?:year\s+(?:earlier|before|ago)|(?:previous|prior"
    r"|preceding|last)\s+"
    r"(?:fiscal\s+|financial\s+)?year)",
    re.IGNORECASE,
)
_A_YEAR = re.compile(
    r"\s*(?:(?:in|of|for|during|its|the|it had|had|been|it was|was|level"
    r"|figure)\s+){0,4}(?:fiscal\s+(?:year\s+)?|FY\s?)?((?:19|20)\d\d)\b",
    re.IGNORECASE,
)
_LINKS = (
    r"(?:of|was|is|at|came to|amounted to|stood at|comes to|reached|about|roughly|some|a|only|just"
    r"|nearly|almost|more|less|than|over|under)"
)
_GAP = re.compile(
    rf"\b(?:(?P<any>gap|difference|distance)|(?P<up>lead|advantage|margin over)|(?P<down>shortfall|arrears))\b"
    rf"(?P<who>[^.;]{{0,90}}?)\b(?:{_LINKS}\s+){{1,4}}$",
    re.IGNORECASE,
)
_LINK_END = (
    r"\s+by\s+(?:(?:about|roughly|some|a|only|just|nearly|almost|more than|less than|over|under|at least)\s+){0,2}$"
)
_BEAT = re.compile(
    r"\b(?:(?P<up>led|leads|beat|beats|exceed(?:ed|s)|topp?(?:ed|s)|outsold|outearned|outspent|outgrew"
    r"|outpaced|outstripp?(?:ed|s)"
    r"|surpass(?:ed|es)|ahead of|above)|(?P<down>trail(?:ed|s)|lagg?(?:ed|s)|behind|below|fell short of|missed))\b"
    r"(?P<who>[^.;]{0,90}?)" + _LINK_END,
    re.IGNORECASE,
)
_TIMES_OF = re.compile(
    r"(?:\s+(?:as|so)\s+(?:much|large|big|high|many|great|profitable|wide|fast|\w+)(?:\s+[\w ]{1,30})?\s+as"
    r"|\s+(?:larger|higher|"
    r"greater|bigger|more|wider)\b[^.;,\d]{0,40}?\bthan)?(?:\s+(?:that|those|what|the|its|of|in|for|it|was"
    r"|had|been|level|"
    r"figure|amount|size|revenue|sales|profit|net|gross|operating|income|margin|spending|share)\b)*\s*",
    re.IGNORECASE,
)
_NO_FIGURE = re.compile(r"['’]s?\s+(?:distance|gap|lead|way|advantage|shortfall)\b", re.IGNORECASE)
_WHOSE = re.compile(r"(?:\s+(?:of|at|for|that|which))*\s*")
_NOT_SUMMED = re.compile(r"\b(?:each|respectively|either|apiece|neither)\b", re.IGNORECASE)
_SUMMED = re.compile(
    r"\b(?:together|combined|jointly|in aggregate|aggregate|altogether|all told|in all|in total|between them"
    r"|sum|total(?:led|ed)?"
    r"|add(?:ed)? up)\b",
    re.IGNORECASE,
)
_THAT_THEY = re.compile(r"[^,;.\d]{0,60}\b(?:that|which|of|by|from)\s+$", re.IGNORECASE)
_CAME_FROM = re.compile(
    r"\s*(?:of\s+(?:it|that|this|them|which|the\s+[\w ]{1,30}?)\s+)?(?:came|comes|stemmed|derived|was|were"
    r"|flowed|is)\s+(?:from|due\s+to"
    r"|owed\s+to|down\s+to|made\s+by|earned\s+by|taken\s+by|booked\s+by)\s+|\s*(?:was|were|is)\s+(?=[A-Z])",
)
_MADE_UP = re.compile(
    r"\b(?:account(?:ed|s)\s+for|made\s+up|makes\s+up|contribut(?:ed|es)|brought(?:\s+in)?|generated|provided|supplied"
    r"|represent(?:ed|s)|booked|earned)\s+(?:(?:about|roughly|some|nearly|almost|more than|less than|just"
    r"|over|under|a|at least)\s+){0,2}$",
    re.IGNORECASE,
)
_NOUN = re.compile(
    r"\s*(?:(?:[\w-]+\s+){0,2}?)(?:(?P<up>increase|rise|growth|gain|jump|improvement|surge|climb)"
    r"|(?P<down>decrease|decline"
    r"|drop|fall|reduction|dip|contraction|slump))\b",
    re.IGNORECASE,
)
_NOUN_BEFORE = re.compile(
    r"\b(?:(?P<up>increase|rise|growth|gain|jump|improvement|surge)|(?P<down>decrease|decline|drop|fall|reduction|dip"
    r"|contraction|slump))\s+of\s+(?:(?:about|roughly|some|nearly|almost|more than|less than|just|over|under"
    r"|at least)\s+){0,2}$",
    re.IGNORECASE,
)
_SHED = re.compile(
    r"\b(?:lost|shed|gave up|forfeited)\s+(?:(?:about|roughly|some|nearly|almost|more than|just|over)\s+){0,2}$",
    re.IGNORECASE,
)
_OF_WHAT = re.compile(
    r"\s+(?:of|in)\s+(?!its\s+revenue)(?:\w+\s+)?(?:revenue|sales|turnover|share|margin|profit|income)\b", re.IGNORECASE
)
_SEGMENT = re.compile(r";|\bwhile\b|\bwhereas\b|\bbut\b|\. ")
_YEARLY = re.compile(r"\s*(?:a|per|each|every)\s+year\b|\s*annually\b|\s*p\.a\.", re.IGNORECASE)
_MEAN = re.compile(r"\b(?:averag(?:ed|ing|e)|mean|compound(?:ed|ing)?)\b", re.IGNORECASE)
_ADDED = re.compile(
    r"\b(?:added|gained|put on)\s+(?:(?:about|roughly|some|nearly|almost|another|more than|just|over)\s+){0,2}$",
    re.IGNORECASE,
)
_TO = re.compile(r"\b(?:to|from|at)\s*$", re.IGNORECASE)


def operations(reading: Reading) -> Iterable[tuple[Token, Operation]]:
    """Every number whose words select a calculation, with that calculation."""
    words = spoken(reading.text)
    inside = [(word.start, word.end) for word in words]
    for token in (*reading.figures, *words):
        if token.step and any(start <= token.start < end for start, end in inside):
            continue
        operation = _operation(reading, token)
        if operation:
            yield token, operation


def _operation(reading: Reading, token: Token) -> Operation | None:
    if token.kind in ("loose", numbers.CENTS):
        return None
    multiple = token.kind in (numbers.TIMES, FRACTION)
    return (
        (_times(reading, token) if multiple else None)
        or (_part(reading, token) if token.kind in (numbers.PERCENT, FRACTION) else None)
        or (None if multiple else _compared(reading, token) or _apart(reading, token) or _percent_of(reading, token))
        or (None if multiple else _mean(reading, token) or _summed(reading, token))
        or _moved(reading, token)
    )


def _compared(reading: Reading, token: Token) -> Operation | None:
    """ "$11 billion more than Target", "0.9 points behind", "12% more than a year earlier"."""
    match = _THAN.match(reading.text, token.end)
    if not match:
        return None
    at = match.end()
    word = match["up"] or match["down"]
    if not match["than"]:
        if not _PREPOSITIONS.search(word):
            than = re.compile(r"[^.;()\d]{0,60}?\bthan\b").match(reading.text, match.end())
            if not than:
                return None
            at = than.end()
        else:
            at = match.end("up") if match["up"] else match.end("down")
    kind = CHANGE if token.kind == numbers.PERCENT else DIFFERENCE
    return _against(reading, token, kind, 1 if match["up"] else -1, at, reading.text[token.end : at])


def _against(reading: Reading, token: Token, kind: str, sign: int, at: int, words: str) -> Operation | None:
    """The operation with what stands after a place as the reference: a time or a company."""
    reference = _time_at(reading, at)
    if reference is not None:
        return Operation(kind, sign, subject(reading, token), reference, over_time=True, words=words)
    company = next((m for m in reading.mentions if at <= m.start < at + 70), None)
    if company is None or ";" in reading.text[at : company.start]:
        return None
    return Operation(kind, sign, subject(reading, token, company), _whole(reading, company), words=words)


def _whole(reading: Reading, company: Mention) -> str:
    """The reference: a company, or several that are named together, of which no one company is the figure."""
    run = next((run for run in reading.lists if run[0] == company), (company,))
    return " and ".join(mention.name for mention in run)


def _time_at(reading: Reading, at: int) -> int | str | None:
    if _BEFORE.match(reading.text, at):
        return THE_YEAR_BEFORE
    year = _A_YEAR.match(reading.text, at)
    return int(year[1]) if year else None


def subject(reading: Reading, token: Token, reference: Mention | None = None) -> str | None:
    """Who is spoken of at a number: the last company named before it that is no measure for others, else the next."""
    other = reference.name if reference else None
    free = [m for m in reading.mentions if m.name != other]
    before = [m for m in free if m.end <= token.start]
    spoken_of = [m for m in before if not reading.is_measure(m)] or before
    if spoken_of:
        return spoken_of[-1].name
    after = [m for m in free if m.start >= token.end and not reading.is_measure(m)]
    return after[0].name if after else None


def _apart(reading: Reading, token: Token) -> Operation | None:
    """ "The gap between A and B was $2 billion", "A led B by $2 billion"."""
    before = reading.before(token.start, 220)
    cut = token.start - len(before)
    for pattern in (_BEAT, _GAP):
        match = pattern.search(before)
        if not match:
            continue
        words = match.group().replace(match["who"], " ")
        sign = 1 if match["up"] else -1 if match["down"] else 0
        kind = CHANGE if token.kind == numbers.PERCENT else DIFFERENCE
        after = [m for m in reading.mentions if cut + match.start("who") <= m.start < token.start]
        first = [m for m in reading.mentions if m.end <= cut + match.start()]
        if not after and pattern is _GAP:
            after = [m for m in reading.mentions if m.start >= token.end][:2]
        if len({m.name for m in after}) == 2 and not sign:
            return Operation(kind, 0, after[0].name, after[-1].name, words=words)
        if first and after and first[-1].name != after[-1].name:
            return Operation(kind, sign, first[-1].name, after[-1].name, words=words)
        if first and len({m.name for m in first}) == 2 and not after and not sign:
            return Operation(kind, 0, first[0].name, first[-1].name, words=words)
    return None


def _times(reading: Reading, token: Token) -> Operation | None:
    """ "1.9 times TJX's", "half of B's", "twice as much as in 2015", "doubled"."""
    if GREW.fullmatch(token.text):
        return Operation(RATIO, 0, subject(reading, token), over_time=True, firm=False)
    match = _TIMES_OF.match(reading.text, token.end)
    at = match.end() if match else token.end
    if re.match(r"\s*\$|\s*[€£¥]", reading.text[at:]) or reading.text[at - 1 : at + 1] == " $":
        at = next((f.end for f in reading.figures if f.start >= at), at)
        at += len(_WHOSE.match(reading.text, at)[0])  # type: ignore[index]
    company = next((m for m in reading.mentions if at <= m.start <= at + 1), None)
    words = reading.text[token.end : at]
    if company and _NO_FIGURE.match(reading.text, company.end):
        return None
    if company:
        return Operation(RATIO, 0, subject(reading, token, company), _whole(reading, company), words=words)
    for start in (token.end, at):
        reference = _time_at(reading, start)
        if reference is None:
            end = re.compile(r"[^.;,\d]{0,40}?\b(?:in|of|for)\b").match(reading.text, start)
            reference = _time_at(reading, end.end()) if end else None
        if reference is not None:
            return Operation(RATIO, 0, subject(reading, token), reference, over_time=True, words=words)
    return None


def _percent_of(reading: Reading, token: Token) -> Operation | None:
    """ "13% of Target's": one figure by another of the same measure."""
    if token.kind != numbers.PERCENT:
        return None
    match = re.compile(r"\s+of\s+(?:(?:that|those)\s+of\s+)?").match(reading.text, token.end)
    company = next((m for m in reading.mentions if match and m.start == match.end()), None)
    who = subject(reading, token, company) if company else None
    if not company or not who:
        return None
    return Operation(RATIO, 0, who, company.name, words="percent of", firm=False)


def _part(reading: Reading, token: Token) -> Operation | None:
    """ "Of the $91.0 billion that A, B and C booked, 51.9% came from A": one of a named sum."""
    came = _CAME_FROM.match(reading.text, token.end)
    if came:
        company = next((m for m in reading.mentions if m.start == came.end()), None)
    elif made := _MADE_UP.search(reading.before(token.start, 90)):
        at = token.start - 90 + made.start() if token.start > 90 else made.start()
        company = next((m for m in reversed(reading.mentions) if m.end <= at), None)
    else:
        return None
    if company is None:
        return None
    whole = next((run for run in reading.lists if company not in run and company.name in {m.name for m in run}), None)
    if whole is None:
        return None
    words = "came from accounted for contributed made up"
    return Operation(PART, 0, company.name, companies=tuple(dict.fromkeys(m.name for m in whole)), words=words)


def _summed(reading: Reading, token: Token) -> Operation | None:
    """ "Together, A and B took $3 billion", "the $3 billion that A and B booked", "A and B took $3 billion"."""
    if not reading.lists:
        return None
    begin, end = _segment(reading.text, token)
    if _NOT_SUMMED.search(reading.text[begin:end]):
        return None
    word = _SUMMED.search(reading.text[begin:end])
    runs = [run for run in reading.lists if begin <= run[0].start < end]
    if not runs:
        return None
    follows = [
        run
        for run in runs
        if run[0].start >= token.end and _THAT_THEY.fullmatch(reading.text[token.end : run[0].start])
    ]
    leads = [run for run in runs if run[-1].end <= token.start]
    if follows:
        run = follows[0]
    elif leads and not _between(reading, leads[-1][-1].end, token):
        run = leads[-1]
    elif word and len(runs) == 1 and runs[0][0].start >= token.end and not leads:
        run = runs[0]
    else:
        return None
    firm = bool(word) or bool(follows)
    words = "together combined accounted total between them joint"
    names = tuple(dict.fromkeys(m.name for m in run))
    return Operation(SUM, 0, companies=names, firm=firm, words=words)


def _between(reading: Reading, start: int, token: Token) -> bool:
    """Is there another figure of the kind, or another company, between a list and the number?"""
    others = [t for t in reading.figures if start <= t.start < token.start]
    return bool(others) or any(start <= m.start < token.start for m in reading.mentions)


def _segment(text: str, token: Token) -> tuple[int, int]:
    """The statement that a number stands in, between semicolons, or words that set another against it."""
    ends = [m.start() for m in _SEGMENT.finditer(text)]
    return (
        max((end for end in ends if end < token.start), default=0),
        min((end for end in ends if end >= token.end), default=len(text)),
    )


def _mean(reading: Reading, token: Token) -> Operation | None:
    """ "Averaged $3 billion a year", "by an average of 4% a year", "compounded at 4%"."""
    if not _MEAN.search(reading.text):
        return None
    begin, end = _segment(reading.text, token)
    word = _MEAN.search(reading.text[begin : token.start]) or _MEAN.match(reading.text[token.end : end].lstrip())
    if not word:
        return None
    if token.kind == numbers.PERCENT:
        move = wording.MOVES_NEAR.search(reading.text[begin : token.start])
        sign = 0 if not move else 1 if move["up"] else -1
        return Operation(PACE, sign, subject(reading, token), over_time=True, words="average year compound")
    names = next((tuple(m.name for m in run) for run in reading.lists), ())
    return Operation(
        MEAN, 0, subject(reading, token), companies=names, over_time=not names, firm=False, words="average year mean"
    )


def _moved(reading: Reading, token: Token) -> Operation | None:
    """ "Climbed 8%", "added $11 billion of revenue", "an increase of 2 points"."""
    before, after = reading.before(token.start, 100), reading.text[token.end : token.end + 100]
    move = wording.MOVES.search(before)
    if move and _TO.search(move["between"]):
        return None
    shed = _SHED.search(before) if _OF_WHAT.match(after) or token.kind == numbers.POINTS else None
    if token.kind == FRACTION and not move:
        return None
    noun = _NOUN.match(after) or _NOUN_BEFORE.search(before)
    if not move and not shed and not noun:
        return None
    up = bool(move["up"]) if move else bool(noun["up"]) if noun and not shed else False
    if token.kind in (numbers.PERCENT, numbers.TIMES, FRACTION):
        kind = RATIO if token.kind == numbers.TIMES else CHANGE
        firm = token.kind == FRACTION
    else:
        kind = DIFFERENCE
        firm = token.kind != numbers.POINTS and bool(
            _ADDED.search(before) or (move and "by" in move["between"].split())
        )
    words = (move or shed or noun).group()  # type: ignore[union-attr]
    return Operation(kind, 1 if up else -1, subject(reading, token), over_time=True, firm=firm, words=words)
