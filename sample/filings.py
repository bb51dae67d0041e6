"""Read the tagged numbers of the inline-XBRL reports the sample takes figures from."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

from lxml import etree

IX = "{http://www.xbrl.org/2013/inlineXBRL}"
XBRLI = "{http://www.xbrl.org/2003/instance}"
XBRLDI = "{http://xbrl.org/2006/xbrldi}"
UNITS = {"usd": "USD", "shares": "shares", "usdPerShare": "USD/shares", "number": "pure"}


@dataclass(frozen=True)
class Filing:
    """One inline-XBRL report: where it lies in the real-data folder and what the cover says."""

    ticker: str
    company: str
    industries: tuple[str, ...]
    path: str
    form: str
    fiscal_year: int
    fiscal_period: str

    @property
    def filed(self) -> str:
        return Path(self.path).stem[-10:]


FILINGS = (
    Filing("NVDA", "NVIDIA", ("semiconductors",), "sec_10k/nvda-10-k-2025-02-26.html", "10-K", 2025, "FY"),
    Filing("NVDA", "NVIDIA", ("semiconductors",), "sec_10q/nvda-10-q-2025-08-27.html", "10-Q", 2026, "Q2"),
    Filing("WMT", "Walmart", ("retail",), "sec_10k/wmt-10-k-2025-03-14.html", "10-K", 2025, "FY"),
    Filing(
        "AMZN",
        "Amazon",
        ("retail", "streaming_cloud"),
        "sec_10k/amzn-10-k-2025-02-07.html",
        "10-K",
        2024,
        "FY",
    ),
    Filing("NFLX", "Netflix", ("streaming_cloud",), "sec_10k/nflx-10-k-2025-01-27.html", "10-K", 2024, "FY"),
)

Context = tuple[str | None, str, frozenset[tuple[str, str]]]


@dataclass(frozen=True)
class Fact:
    """One tagged number of a filing, scaled and signed."""

    concept: str
    start: str | None
    end: str
    dimensions: frozenset[tuple[str, str]]
    unit: str
    value: Decimal
    decimals: int


def local(name: str | None) -> str:
    return (name or "").rsplit(":", 1)[-1]


def number(text: str, scale: str | None, sign: str | None) -> Decimal | None:
    """The value of a tagged text; a dash is the filer's zero, a word ("none", "four") is not taken over."""
    bare = text.replace(",", "").strip()
    if bare in {"—", "–", "-"}:
        return Decimal(0)
    try:
        value = Decimal(bare) * Decimal(10) ** int(scale or 0)
    except InvalidOperation:
        return None
    return -value if sign == "-" else value


def read_contexts(root: etree._Element) -> dict[str, Context]:
    contexts = {}
    for node in root.iter(XBRLI + "context"):
        # A typed member has its value in a child; any member at all makes the fact one of a part.
        members = [*node.iter(XBRLDI + "explicitMember"), *node.iter(XBRLDI + "typedMember")]
        texts = ("".join(str(text) for text in member.itertext()).strip() for member in members)
        dimensions = frozenset(zip((local(m.get("dimension")) for m in members), map(local, texts), strict=True))
        start = node.findtext(f".//{XBRLI}startDate")
        end = node.findtext(f".//{XBRLI}endDate") or node.findtext(f".//{XBRLI}instant") or ""
        contexts[node.get("id") or ""] = (start and start.strip(), end.strip(), dimensions)
    return contexts


def read_facts(path: Path) -> list[Fact]:
    """Every tagged us-gaap or dei number of an inline-XBRL document."""
    root = etree.fromstring(path.read_bytes(), etree.XMLParser(huge_tree=True, recover=True))
    contexts = read_contexts(root)
    facts = []
    for node in root.iter(IX + "nonFraction"):
        prefix = (node.get("name") or "").split(":")[0]
        value = number("".join(node.itertext()), node.get("scale"), node.get("sign"))
        unit = UNITS.get(node.get("unitRef") or "")
        if prefix not in {"us-gaap", "dei"} or value is None or unit is None:
            continue
        start, end, dimensions = contexts[node.get("contextRef") or ""]
        precision = node.get("decimals") or "INF"
        decimals = 99 if precision == "INF" else int(precision)
        facts.append(Fact(local(node.get("name")), start, end, dimensions, unit, value, decimals))
    return facts
