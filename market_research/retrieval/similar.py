"""Whether an earlier question asked the same, so that its answer may be given again.

Vectors tell paraphrases from other questions, but hardly one year, company or direction from another. So these are
compared as they stand: two questions that differ in a number, a name, a denial or a direction are never the same.
"""

import re
from collections.abc import Mapping
from itertools import pairwise

from market_research.retrieval import minilm
from market_research.retrieval.search import stems

LEAST = {minilm.MODEL_NAME: 0.92}
"""Cosine from which questions count as one; chosen on half of the pairs of ``benchmarks/paraphrases.py``."""
SURE = 0.995
"""The same of models that none was chosen for: the same words, or almost."""
_NUMBER = re.compile(r"\d[\d.,]*\d|\d")
_TOLD_APART = {
    word: group
    for group, words in {
        "not": "not no never none nobody without neither nor cannot except unlike excluding non fail failed fails lack "
        "lacks",
        "up": "rise rises rose risen rising grow grows grew grown growing growth gain gains gained increase increases "
        "increased increasing higher improve improved improving expand expanded up strengthen accelerate accelerated",
        "down": "fall falls fell fallen falling shrink shrank shrinking lose loses lost losing loss losses decline "
        "declines declined declining decrease decreased decreasing lower drop dropped worsen worsened cut down "
        "slow slowed",
        "most": "most largest biggest highest best strongest fastest top leading leader leads maximum greatest",
        "least": "least smallest lowest worst weakest slowest bottom minimum fewest",
        "first": "first earliest oldest", "last": "last latest newest recent", "next": "next future forecast forecasts "
        "outlook expected will", "before": "before until prior previous", "after": "after since following",
        "quarter": "quarter quarterly", "year": "annual annually yearly", "gross": "gross", "net": "net",
        "operating": "operating", "buy": "buy buys bought buyer buyers customer customers demand",
        "sell": "sell sells sold seller sellers supplier suppliers supply", "import": "import imports imported",
        "export": "export exports exported", "risk": "risk risks threat threats", "chance": "opportunity opportunities",
        "strength": "strength strengths", "weakness": "weakness weaknesses", "why": "why",
        "when": "when", "where": "where",
    }.items()
    for word in words.split()
}  # fmt: skip
_WORD = re.compile(r"[a-z]+(?:['’]t)?")
_NAMED = re.compile(r"(?<![.?!]\s)(?<!^)\b[A-Z][\w&.-]*")
_QUARTERS = {"first": "1", "second": "2", "third": "3", "fourth": "4"}


def least(model: str) -> float:
    """The cosine from which questions embedded by a model count as one."""
    return LEAST.get(model, SURE)


def marks(question: str, names: Mapping[str, str]) -> frozenset[tuple[str, str]]:
    """What must be equal in two questions for one answer to fit both: numbers, names, denials, directions.

    ``names`` gives the canonical name for every known form of one.
    """
    found = {("number", number.replace(",", "").rstrip(".")) for number in _NUMBER.findall(question)}
    rest = question
    for form in sorted(names, key=lambda form: (-len(form), form)):
        pattern = rf"(?<!\w){re.escape(form)}(?!\w)"
        if re.search(pattern, rest, re.IGNORECASE):
            found.add(("name", names[form].casefold()))
            rest = re.sub(pattern, " ", rest, flags=re.IGNORECASE)
    found |= {("name", name.rstrip(".").removesuffix("'s").casefold()) for name in _NAMED.findall(rest)}
    words = _WORD.findall(rest.lower().replace("’", "'"))
    found |= {("number", f"quarter {_QUARTERS[a]}") for a, b in pairwise(words)
              if b == "quarter" and a in _QUARTERS}  # fmt: skip
    denials = sum(_TOLD_APART.get(word) == "not" or word.endswith("n't") for word in words)
    found |= {("denied", str(denials % 2))}
    return frozenset(
        found | {("said", group) for word in words if (group := _TOLD_APART.get(word)) not in (None, "not")}
    )


def may_be_one(left: str, right: str, names: Mapping[str, str]) -> bool:
    """True if nothing that must be equal differs; their vectors must still be near."""
    return marks(left, names) == marks(right, names) and bool(stems(left) & stems(right))


def opposed(question: str, sentence: str) -> bool:
    """True if the sentence speaks of the other end: of the largest, where the smallest is asked for."""
    asked, said = ({group for kind, group in marks(text, {}) if kind == "said"} for text in (question, sentence))
    return any(
        one in asked and other not in asked and other in said and one not in said
        for pair in (("most", "least"), ("up", "down"))
        for one, other in (pair, pair[::-1])
    )
