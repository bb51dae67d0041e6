"""True sentences and lies on the whole way of a report: `make bench NAME=liar_path`.

Makes the sample's three industries and one of the real annual reports in a data home of its own. Then a server on this
machine that speaks OpenAI's format plays the model (``lying.py``): its answers go through LiteLLM, the client, the
writer, the gate and the asking again into editions, and those into the warehouse. It makes as many editions as it takes
to send 2,000 true sentences and 2,000 lies that all differ; ``ARGS=500`` sends as many instead.

Prints by kind of lie what was sent and refused, and as the last line one JSON object: lies, lies_refused, true,
true_kept, refused_by_kind, shown (lies that stand in a report), without_reason, editions, seconds, sentences_per_s (all
that was sent by the seconds that the editions took, rendered and published). Exits 1 where a lie is kept; without the
real filings it uses the sample alone and says so.
"""

import json
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    sys.path.insert(0, str(Path(__file__).resolve().parent))

from benchmarks import filings, lying
from benchmarks.lying import TRUE, Author, Sent
from market_research.industries import ResearchRequest
from market_research.settings import Settings
from resources.runner import run_industries
from resources.sample import install_sample
from resources.workspace import Workspace
from tests.language_model.provider import Provider, serving

WANTED = 2000
MODEL = "openai/gpt-4o-mini"
KEY = "sk-loopback-0123456789abcdef"
MOST_ROUNDS = 12


@dataclass(frozen=True)
class Outcome:
    """What became of a sentence: the verdicts and reasons of its claims, and whether the report says it."""

    edition_id: str
    sent: Sent
    verdicts: tuple[str, ...]
    reasons: tuple[str, ...]
    shown: bool

    @property
    def kept(self) -> bool:
        return "kept" in self.verdicts and self.shown

    @property
    def refused(self) -> bool:
        """Refused each time that it was said, with a reason."""
        return bool(self.verdicts) and set(self.verdicts) == {"refused"} and all(self.reasons)


def edition(
    space: Workspace, provider: Provider, industry: str, seed: int, before: frozenset[str] = frozenset()
) -> list[Outcome]:
    """Have the lying model write an edition of a finished industry, publish it, and look up every sentence.

    ``seed`` chooses the sentences and the request's focus, which makes it another edition of other passages; true ones
    that are not in ``before`` are preferred.
    """
    settings = space.settings.model_copy(update={"llm": MODEL, "llm_api_base": provider.url, "llm_cache_days": 0.0})
    writing = Workspace(settings)
    request = writing.registry.get(industry)
    evidence = writing.press.evidence(industry)[1]
    focus = tuple(lying.topics(evidence, f"focus {seed}", 3))
    writing.registry.add(request.model_copy(update={"focus_areas": focus}))
    author = Author(evidence, seed, before)
    provider.behave(author)
    made = writing.press.make(industry)
    writing.publish(industry)
    return list(_outcomes(writing, made.edition_id, made.folder, author.sent))


def _outcomes(space: Workspace, edition_id: str, folder: Path, sent: Sequence[Sent]) -> Iterator[Outcome]:
    query = (
        "SELECT text, fact_ids, finding_ids, passage_ids, verdict, reason FROM claims "
        "WHERE edition_id = ? AND writer = ?"
    )
    claims: dict[tuple[str, tuple[str, ...]], list[tuple[str, str]]] = {}
    for text, facts, findings, passages, verdict, reason in space.warehouse.query(query, [edition_id, MODEL]).rows():
        ids = tuple(sorted({*(facts or ()), *(findings or ()), *(passages or ())}))
        claims.setdefault((text, ids), []).append((verdict, reason or ""))
    said = report_text(folder)
    for one in sent:
        found = claims.get(one.key, [])
        shown = one.draft.text in said
        yield Outcome(edition_id, one, tuple(v for v, _ in found), tuple(r for _, r in found), shown)


def report_text(folder: Path) -> str:
    """Everything that the report says in JSON and, without its marks, in Markdown."""
    texts = list(_strings(json.loads((folder / "report.json").read_text("utf-8"))))
    marked = (folder / "report.md").read_text("utf-8")
    return "\n".join([*texts, marked.replace("\\", "").replace("&amp;", "&")])


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)


def differing(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """Each sentence once, true or a lie, however often it was sent: the worst that became of it."""
    chosen: dict[object, Outcome] = {}
    for one in outcomes:
        key = (one.sent.kind == TRUE, one.sent.key)
        bad = not one.kept if one.sent.kind == TRUE else not one.refused or one.shown
        if key not in chosen or bad:
            chosen[key] = one
    return list(chosen.values())


def home(space: Workspace, real: Path | None) -> list[str]:
    """Finish the sample's industries, or one of the annual reports in a folder if there is one; their keys."""
    if real is None:
        install_sample(space)
    else:
        space.registry.add(ResearchRequest(industry="filings", title="Companies with annual reports here"))
        inbox = space.inbox("filings")
        inbox.mkdir(parents=True)
        for path in sorted(real.glob("*.html")):
            shutil.copyfile(path, inbox / path.name)
    keys = sorted(space.registry.known()) if real is None else ["filings"]
    run_industries(space, keys)
    return keys


def editions(space: Workspace, keys: Sequence[str], wanted: int) -> Iterator[Outcome]:
    """Editions of the industries in turn until so many differing true sentences and lies are sent, or long enough."""
    sent: dict[bool, set[tuple[str, tuple[str, ...]]]] = {True: set(), False: set()}
    with serving(key=KEY) as provider:
        for seed in range(MOST_ROUNDS):
            for key in keys:
                told = frozenset(text for text, _ in sent[True])
                for one in edition(space, provider, key, seed, told):
                    sent[one.sent.kind == TRUE].add(one.sent.key)
                    yield one
                if min(map(len, sent.values())) >= wanted:
                    return


def figures(outcomes: Sequence[Outcome], seconds: float) -> dict[str, Any]:
    """What the benchmark prints last."""
    once = differing(outcomes)
    lies = [one for one in once if one.sent.kind != TRUE]
    truths = [one for one in once if one.sent.kind == TRUE]
    sent, refused = Counter(one.sent.kind for one in lies), Counter(one.sent.kind for one in lies if one.refused)
    return {
        "lies": len(lies),
        "lies_refused": sum(refused.values()),
        "true": len(truths),
        "true_kept": round(sum(one.kept for one in truths) / len(truths), 4),
        "refused_by_kind": {kind: round(refused[kind] / sent[kind], 4) for kind in sorted(sent)},
        "shown": sum(one.shown for one in lies),
        "without_reason": sum(("refused", "") in zip(one.verdicts, one.reasons, strict=True) for one in once),
        "editions": len({one.edition_id for one in outcomes}),
        "seconds": round(seconds, 1),
        "sentences_per_s": round(len(outcomes) / seconds, 1),
    }


def show(outcomes: Sequence[Outcome]) -> None:
    """Tables by kind of lie and asking, what slipped, and why true sentences were refused."""
    print(f"{'kind':<12}{'asking':>7}{'sent':>7}{'refused':>9}{'kept':>7}{'shown':>7}")
    for kind, asking in sorted({(one.sent.kind, one.sent.asking) for one in outcomes}):
        some = [one for one in outcomes if (one.sent.kind, one.sent.asking) == (kind, asking)]
        refused, kept, shown = (sum(getattr(one, what) for one in some) for what in ("refused", "kept", "shown"))
        print(f"{kind:<12}{asking:>7}{len(some):>7}{refused:>9}{kept:>7}{shown:>7}")
    for one in [one for one in outcomes if one.sent.kind != TRUE and (one.shown or not one.refused)][:10]:
        print(f"slipped ({one.sent.kind}): {one.sent.draft.text}")
    lost = Counter(reason.partition("(")[0] for one in outcomes if one.sent.kind == TRUE for reason in one.reasons)
    for reason, count in lost.most_common(5):
        print(f"true, refused {count} times: {reason}")


def main() -> int:
    """Measure and print."""
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else WANTED
    os.environ["OPENAI_API_KEY"] = KEY
    folder = filings.FOLDER / "sec_10k"
    if not folder.is_dir():
        print("Real filings are missing: of the sample alone. MARKET_RESEARCH_REAL_DATA names their folder.")
    with tempfile.TemporaryDirectory() as name:
        space = Workspace(Settings(home=Path(name)))
        keys = [*home(space, None), *(home(space, folder) if folder.is_dir() else ())]
        start = time.perf_counter()
        outcomes = list(editions(space, keys, wanted))
        seconds = time.perf_counter() - start
    show(outcomes)
    measured = figures(outcomes, seconds)
    print(json.dumps(measured))
    return 0 if measured["lies_refused"] == measured["lies"] and not measured["shown"] else 1


if __name__ == "__main__":
    sys.exit(main())
