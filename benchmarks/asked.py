"""Whether a question gets the findings that answer it: `make bench NAME=asked`.

Compares the questions of ``question_kinds.py`` with those that kinds of findings answer, by each half. Prints a table
by thresholds, and as the last line one JSON object of the half that was not looked at, at the chosen threshold:
recall (questions that findings answer and that get the right kind first), precision (of those that get any kind, the
ones that get the right one), outside (questions that no finding answers and that get one), answered and unanswered (how
many were asked).
"""

import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.question_kinds import ANSWERED, NAMED, UNANSWERED, Asked
from market_research.retrieval import asked, embedding
from market_research.retrieval.asked import DECLARED, LEAST, plain, wanted

THRESHOLDS = (0.5, 0.55, 0.6, 0.65, 0.7)


def measured(
    model: embedding.Embedder, answered: Sequence[Asked], unanswered: Sequence[Asked]
) -> dict[str, float | int]:
    """Recall, precision and the rest at the threshold in force."""
    declared = model.embed(DECLARED)

    def first(questions: Sequence[Asked]) -> list[str]:
        vectors = model.embed([plain(one.text, NAMED) for one in questions])
        kinds = [wanted(vector, declared, model.name).kinds for vector in vectors]
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


def half(model: embedding.Embedder, *, unseen: bool) -> dict[str, float | int]:
    """The same of one half of the questions."""
    return measured(
        model, [one for one in ANSWERED if one.unseen == unseen], [one for one in UNANSWERED if one.unseen == unseen]
    )


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
    print(json.dumps(half(model, unseen=True)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
