"""Which kinds of findings a question asks for: it is compared with the questions that each kind answers.

Names are taken out before, since "Who grew?" asks the same of every company. On the half of the labelled questions that
was not looked at while wordings and threshold were chosen (70 that findings answer, 36 that none does), 77 % get the
right kind, 86 % of those that get any get the right one, and one of the 36 gets one: ``make bench NAME=asked``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from market_research.analysis.kinds import OF_COMMERCE, QUESTIONS, UNANSWERED
from market_research.retrieval import minilm
from market_research.retrieval.search import stems

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray

LEAST = {minilm.MODEL_NAME: 0.6}
"""Cosine from which a question asks the same; chosen on the half that was looked at."""
BESIDE = 0.1
"""A kind that is so little farther than the nearest is asked for too."""
DECLARED = tuple(question for questions in QUESTIONS.values() for question in questions) + UNANSWERED
"""What a question is compared with, in this order."""
_KINDS = tuple(kind for kind, questions in QUESTIONS.items() for _ in questions) + ("",) * len(UNANSWERED)
_GENERIC = frozenset({"usage", "use", "access", "the", "and", "of"})


@dataclass(frozen=True)
class Wanted:
    """Kinds of findings that a question asks for, with how near it is; ``outside`` if it asks for what none answers."""

    kinds: Mapping[str, float] = field(default_factory=dict)
    outside: bool = False


NOTHING = Wanted()


def wanted(vector: "NDArray[float32]", declared: "NDArray[float32]", model: str, *, commerce: bool = False) -> Wanted:
    """What a question asks for.

    Args:
        vector: of the question as ``plain`` gives it.
        declared: of ``DECLARED``, by the same model.
        model: its name; of models that no threshold was chosen for nothing is known.
        commerce: whether the industry has findings on offers; without, kinds of commerce are none.
    """
    if model not in LEAST:
        return NOTHING
    best = dict.fromkeys(("", *QUESTIONS), -1.0)
    for kind, cosine in zip(_KINDS, declared @ vector, strict=True):
        if commerce or kind not in OF_COMMERCE:
            best[kind] = max(best[kind], float(cosine))
    outside = best.pop("")
    nearest = max(best.values())
    if max(nearest, outside) < LEAST[model]:
        return NOTHING
    if outside >= nearest:
        return Wanted(outside=True)
    least = max(LEAST[model], nearest - BESIDE, outside)
    return Wanted({kind: cosine for kind, cosine in best.items() if cosine >= least})


def plain(question: str, names: Mapping[str, str]) -> str:
    """The question with what it names as what that is: ``names`` gives "company", "technology" … for every name.

    Names are known in other forms of their words too: *smartphones* for *Smartphone usage*.
    """
    for name in sorted(names, key=lambda name: (-len(name), name)):
        pattern = _pattern(name, names[name])
        if pattern:
            question = re.sub(rf"(?<!\w)(?:(?:the|an?)\s+)?{pattern}(?!\w)", f"the {names[name]}", question, flags=re.I)
    question = " ".join(question.split())
    return question[:1].upper() + question[1:]


def names_it(question: str, subject: str) -> bool:
    """True if the question names a finding's subject, at least half of its words."""
    own = stems(subject.replace("|", " "))
    return bool(own) and 2 * len(own & stems(question)) >= len(own)


def _pattern(name: str, what: str) -> str:
    if what == "company":
        return re.escape(name)
    words = [word for word in re.findall(r"\w+", name.lower()) if word not in _GENERIC]
    begins = [next(iter(stems(word)), word) for word in words]
    return r"\W+".join(rf"{re.escape(begin)}[a-z]{{0,5}}" for begin in begins)
