"""Company names: forms for matching, and resolution of stated names to canonical ones."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

_SUFFIXES = frozenset(
    "inc incorporated corp corporation co company companies ltd limited llc llp lp plc sa ag se nv bv ab asa oyj spa "
    "gmbh kgaa kk pte pty holdings holding group trust the de cv".split()
)
_DOTTED = re.compile(r"\b(?:[a-z]\.){2,}")
_STATE = re.compile(r"\s*/[a-z]{2,4}/?\s*$")
_SHARE_CLASS = re.compile(r"\s*\(?\bclass [a-c]\b\)?\s*$")


@dataclass(frozen=True)
class Known:
    """A company whose canonical name is settled, with every key by which it may be met."""

    name: str
    ticker: str | None = None
    cik: str | None = None
    aliases: tuple[str, ...] = ()


@cache
def normalised(name: str) -> str:
    """A form of a company's name for comparison: no case, accents, punctuation or legal suffixes.

    >>> normalised("NVIDIA CORP") == normalised("Nvidia")
    True
    """
    text = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    text = text or name.lower()
    text = _SHARE_CLASS.sub("", _STATE.sub("", text))
    text = _DOTTED.sub(lambda match: match[0].replace(".", ""), text)
    text = re.sub(r"\bs\.?\s?a\.?$", "sa", text.replace("&", " and "))
    words = re.sub(r"[^\w]+", " ", text.replace("'", "").replace("’", "")).split()
    kept = _strip(words)
    return " ".join(kept or words)


def _strip(words: list[str]) -> list[str]:
    kept = list(words)
    while len(kept) > 1 and (kept[-1] in _SUFFIXES or kept[-1] == "and"):
        kept.pop()
    return kept[1:] if len(kept) > 1 and kept[0] == "the" else kept


def normalised_cik(cik: str | int | None) -> str | None:
    """A central index key as ten digits, or None if it is none."""
    digits = str(cik or "").strip()
    digits = re.sub(r"^CIK", "", digits, flags=re.I)
    return digits.zfill(10) if digits.isdigit() and len(digits) <= 10 else None


def resolve(
    names: Iterable[str],
    companies: Iterable[Known],
    identifiers: Mapping[str, tuple[str | None, str | None]] | None = None,
) -> dict[str, str]:
    """Stated names to canonical ones, for those that can be resolved without doubt.

    In this order: the CIK, then the ticker that came with a name (``identifiers``: name to ticker and
    CIK), an alias or the name itself, the name as a ticker (only in capitals), and equality of the
    normalised forms. A form that belongs to two companies resolves to neither.
    """
    by_cik: dict[str, set[str]] = {}
    by_ticker: dict[str, set[str]] = {}
    by_text: dict[str, set[str]] = {}
    by_form: dict[str, set[str]] = {}
    for company in companies:
        cik = normalised_cik(company.cik)
        if cik:
            by_cik.setdefault(cik, set()).add(company.name)
        if company.ticker:
            by_ticker.setdefault(company.ticker.upper(), set()).add(company.name)
        for text in (company.name, *company.aliases):
            by_text.setdefault(text.strip().lower(), set()).add(company.name)
            by_form.setdefault(normalised(text), set()).add(company.name)
    found: dict[str, str] = {}
    for name in names:
        ticker, cik = (identifiers or {}).get(name, (None, None))
        candidates = (
            by_cik.get(normalised_cik(cik) or ""),
            by_ticker.get((ticker or "").upper()),
            by_text.get(name.strip().lower()),
            by_ticker.get(name) if name.isupper() else None,
            by_form.get(normalised(name)),
        )
        # The first key that is known decides, even if it turns out to be ambiguous.
        match = next((candidate for candidate in candidates if candidate), set())
        if len(match) == 1:
            found[name] = next(iter(match))
    return found
