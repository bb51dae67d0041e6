"""True sentences and lies before the gate: `make bench NAME=gate`.

Makes the sample's three industries and one of the real annual reports, up to their findings, in a data home of its own,
writes true sentences about their evidence (benchmarks/liars.py) and lies that differ from them by one change, and
counts what the gate keeps and refuses. Prints tables, and as the last line one JSON object: sentences_per_s (judged on
one core, against the evidence of the industry with most facts), facts (how many that were), true_kept,
false_refused_by_kind, and for sentences without figures (benchmarks/pairs.py) support_precision and support_recall on
every other of the filings, at the threshold that was chosen on the others. The same sentences with a model as their
writer, whose every word is judged, are model_true_kept and model_refused_by_kind; smuggled_refused_by_kind are true
figures with a cause, a judgement or another claim beside them (benchmarks/smuggled.py). The set of
benchmarks/unseen.py, of which half of the patterns have not been looked at, is counted apart: third_true_kept,
third_refused_by_kind, and third_model_kept with a model as writer. Exits 3 without the real filings.
"""

import json
import os
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import liars
import pairs
import smuggled
import unseen

from market_research.settings import Settings
from market_research.writing import gate
from market_research.writing.evidence import Draft, Evidence
from market_research.writing.gate.support import unsupported
from resources.workspace import Workspace

ROOT = Path(__file__).resolve().parent.parent
REAL_DATA = Path(os.environ.get("MARKET_RESEARCH_REAL_DATA", ROOT.parent / "shared" / "data"))
FILINGS = REAL_DATA / "sec_10k"
EACH = 100
EACH_THIRD = 40
EACH_SMUGGLED = 10
MODEL = "model"
"""Who a sentence is by, where each of its words is to be judged."""


def evidences(home: Path) -> list[Evidence]:
    """The evidence of the sample's industries and of one made of the real filings."""
    from market_research.industries import ResearchRequest
    from resources.runner import run_industries
    from resources.sample import install_sample

    space = Workspace(Settings(home=home))
    install_sample(space)
    space.registry.add(ResearchRequest(industry="filings", title="Companies with annual reports here"))
    inbox = space.inbox("filings")
    inbox.mkdir(parents=True)
    for path in FILINGS.glob("*.html"):
        shutil.copy(path, inbox)
    keys = sorted(space.registry.known())
    run_industries(space, keys)
    return [space.press.evidence(key)[1] for key in keys]


def speed(evidence: Evidence, drafts: list[Draft]) -> float:
    """Sentences judged in a second."""
    start = time.perf_counter()
    for draft in drafts:
        gate.judge(draft, evidence)
    return len(drafts) / (time.perf_counter() - start)


def support(evidence: Evidence) -> tuple[float, float]:
    """Of the pairs that are kept, those that are supported; of those that are supported, those that are kept."""
    _, unseen = pairs.halves(pairs.by_report(list(evidence.passages.values())))
    made = pairs.pairs(unseen, EACH)
    kept = [pair for pair in made if unsupported(pair.text, [pair.passage]) is None]
    right = sum(pair.supported for pair in kept)
    print(f"\n{'without figures':<20}{'pairs':>8}{'kept':>8}")
    for kind in dict.fromkeys(pair.kind for pair in made):
        print(f"{kind:<20}{sum(p.kind == kind for p in made):>8}{sum(p.kind == kind for p in kept):>8}")
    return right / len(kept), right / sum(pair.supported for pair in made)


class Count:
    """Sentences by what they are, and how many of them were judged rightly."""

    def __init__(self) -> None:
        self.of, self.right = Counter[str](), Counter[str]()

    def add(self, name: str, right: bool) -> None:
        self.of[name] += 1
        self.right[name] += right

    def share(self) -> float:
        return round(sum(self.right.values()) / sum(self.of.values()), 4)

    def by_name(self) -> dict[str, float]:
        return {name: round(self.right[name] / self.of[name], 4) for name in sorted(self.of)}

    def show(self, title: str, right: str) -> None:
        print(f"\n{title:<20}{'told':>8}{right:>9}")
        for name in self.of:
            print(f"{name:<20}{self.of[name]:>8}{self.right[name]:>9}")


def by_model(found: Iterable[Evidence]) -> dict[str, object]:
    """The known patterns and what may be smuggled in beside true figures, as a model's sentences."""
    kept, refused, smuggling = Count(), Count(), Count()
    for evidence in found:
        draw = random.Random(3)
        told = liars.truths(evidence, (*liars.FIRST, *liars.SECOND), EACH)
        for true in told:
            kept.add(true.template, gate.judge(replace(true.draft, writer=MODEL), evidence).kept)
            for kind, lie in liars.lies(true, evidence, draw):
                refused.add(kind, not gate.judge(replace(lie, writer=MODEL), evidence).kept)
        levels = [true for true in told if not true.draft.passage_ids]
        added = [one for true in draw.sample(levels, min(EACH_SMUGGLED, len(levels))) for one in smuggled.lies(true)]
        for kind, lie in (*added, *smuggled.renamed(evidence)):
            smuggling.add(kind, not gate.judge(replace(lie, writer=MODEL), evidence).kept)
    kept.show("true, of a model", "kept")
    refused.show("lies, of a model", "refused")
    smuggling.show("smuggled", "refused")
    return {
        "model_true_kept": kept.share(),
        "model_refused_by_kind": refused.by_name(),
        "smuggled_refused_by_kind": smuggling.by_name(),
    }


def third_set(found: list[Evidence]) -> dict[str, object]:
    """True sentences kept and lies refused of the patterns of ``unseen``, with a table of both."""
    kept, told, refused, lied = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    of_model = 0
    draw = random.Random(5)
    for evidence in found:
        for true in liars.truths(evidence, unseen.THIRD, EACH_THIRD):
            told[true.template] += 1
            kept[true.template] += gate.judge(true.draft, evidence).kept
            of_model += gate.judge(replace(true.draft, writer=MODEL), evidence).kept
            for kind, lie in unseen.lies(true, evidence, draw):
                lied[kind] += 1
                refused[kind] += not gate.judge(lie, evidence).kept
    print(f"\n{'third set, true':<20}{'told':>8}{'kept':>8}")
    for name in told:
        print(f"{name:<20}{told[name]:>8}{kept[name]:>8}")
    print(f"\n{'third set, lies':<20}{'told':>8}{'refused':>9}")
    for name in sorted(lied):
        print(f"{name:<20}{lied[name]:>8}{refused[name]:>9}")
    return {
        "third_true_kept": round(sum(kept.values()) / sum(told.values()), 4),
        "third_model_kept": round(of_model / sum(told.values()), 4),
        "third_refused_by_kind": {kind: round(refused[kind] / lied[kind], 4) for kind in sorted(lied)},
    }


def main() -> int:
    """Measure and print."""
    if not FILINGS.is_dir():
        print(f"Real filings are missing: {FILINGS}. Set MARKET_RESEARCH_REAL_DATA to the folder of real data.")
        return 3
    with tempfile.TemporaryDirectory() as folder:
        found = evidences(Path(folder))
    kept, told, refused, lied = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    slipped: list[tuple[str, str]] = []
    drafts: dict[str, list[Draft]] = {}
    for evidence in found:
        draw = random.Random(3)
        for true in liars.truths(evidence, (*liars.FIRST, *liars.SECOND), EACH):
            drafts.setdefault(evidence.industry, []).append(true.draft)
            told[true.template] += 1
            kept[true.template] += gate.judge(true.draft, evidence).kept
            for kind, lie in liars.lies(true, evidence, draw):
                drafts[evidence.industry].append(lie)
                lied[kind] += 1
                verdict = gate.judge(lie, evidence)
                refused[kind] += not verdict.kept
                if verdict.kept:
                    slipped.append((kind, lie.text))
    third = third_set(found)
    largest = max(found, key=lambda evidence: len(evidence.facts))
    print(f"{'true sentences':<20}{'told':>8}{'kept':>8}")
    for name in told:
        print(f"{name:<20}{told[name]:>8}{kept[name]:>8}")
    print(f"\n{'lies':<20}{'told':>8}{'refused':>9}")
    for name in sorted(lied):
        print(f"{name:<20}{lied[name]:>8}{refused[name]:>9}")
    for kind, text in slipped[:10]:
        print(f"slipped ({kind}): {text}")
    filings = next(evidence for evidence in found if evidence.industry == "filings")
    precision, recall = support(filings)
    figures = {
        "sentences_per_s": round(speed(largest, drafts[largest.industry])),
        "facts": len(largest.facts),
        "true_kept": round(sum(kept.values()) / sum(told.values()), 4),
        "false_refused_by_kind": {kind: round(refused[kind] / lied[kind], 4) for kind in sorted(lied)},
        "support_precision": round(precision, 3),
        "support_recall": round(recall, 3),
        **by_model(found),
        **third,
    }
    print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
