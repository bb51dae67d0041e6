"""Whether a question gets the findings that answer it: `make bench NAME=asked`.

Compares the questions of ``question_kinds.py`` with those that kinds of findings answer, by each half. Prints a table
by thresholds, and as the last line one JSON object of the half that was not looked at, at the chosen threshold:
recall (questions that findings answer and that get the right kind first), precision (of those that get any kind, the
ones that get the right one), outside (questions that no finding answers and that get one), answered and unanswered (how
many were asked); commerce: the same of questions on offers, asked of an industry that has them.
"""

import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.question_kinds import ANSWERED, ANSWERED_OF_COMMERCE, NAMED, UNANSWERED, Asked
from market_research.retrieval import asked, embedding
from market_research.retrieval.asked import DECLARED, LEAST, plain, wanted

THRESHOLDS = (0.5, 0.55, 0.6, 0.65, 0.7)


def measured(
    model: embedding.Embedder, answered: Sequence[Asked], unanswered: Sequence[Asked], *, commerce: bool = False
) -> dict[str, float | int]:
    """Recall, precision and the rest at the threshold in force; ``commerce`` as in ``wanted``."""
    declared = model.embed(DECLARED)

    def first(questions: Sequence[Asked]) -> list[str]:
        vectors = model.embed([plain(one.text, NAMED) for one in questions])
        kinds = [wanted(vector, declared, model.name, commerce=commerce).kinds for vector in vectors]
        return [max(found, key=lambda kind: found[kind]) if found else "" for found in kinds]

    given, strangers = first(answered), first(unanswered)
    right = sum(kind in one.kinds for kind, one in zip(given, answered, strict=True))
    any_kind = sum(map(bool, (*given, *strangers)))
    return {
        "recall": round(right / len(answered), 3),
        "precision": round(right / any_kind, 3),
        "outside": round(sum(map(bool, strangers)) / len(unanswered), 3),
        "answered": len(answered),
        "unanswered": len(unanswered),
    }


def half(model: embedding.Embedder, *, unseen: bool, commerce: bool = False) -> dict[str, float | int]:
    """The same of one half of the questions, or of those on offers."""
    asked_of = ANSWERED_OF_COMMERCE if commerce else ANSWERED
    answered, strangers = ([one for one in many if one.unseen == unseen] for many in (asked_of, UNANSWERED))
    return measured(model, answered, strangers, commerce=commerce)


def main() -> int:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        model = embedding.load(Path(folder))
    chosen = LEAST[model.name]
    print(f"{'half':<8}{'from':>6}{'recall':>9}{'precision':>11}{'outside':>9}")
    for unseen in (False, True):
        for threshold in THRESHOLDS:
            asked.LEAST[model.name] = threshold
            row = half(model, unseen=unseen)
            print(f"{'unseen' if unseen else 'seen':<8}{threshold:>6}{row['recall']:>9}{row['precision']:>11}"
                  f"{row['outside']:>9}{'  chosen' if threshold == chosen else ''}")  # fmt: skip
    asked.LEAST[model.name] = chosen
    offers = half(model, unseen=True, commerce=True)
    print(f"on offers, unseen: recall {offers['recall']}, precision {offers['precision']}, outside {offers['outside']}")
    print(json.dumps({**half(model, unseen=True), "commerce": offers}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
