"""EDGAR's list of the companies under an industry code, as an Atom feed."""

import re
from typing import Any

from market_research.errors import UnreadableDocument
from market_research.sources.grid import printable
from market_research.sources.markup import clean, local_name
from market_research.sources.parsed import Parsed, Reject, Row

# The server prints names there as references of its own program: ARRAY(0x55f5…).
_REFERENCE = re.compile(r"^(?:ARRAY|HASH|SCALAR)\(0x[0-9a-f]+\)$")
_CIK = re.compile(r"\d{1,10}")


def parse(content: bytes, name: str) -> Parsed:
    """A row per company, with what the list says of it: always ``cik`` (ten digits), mostly a state.

    Raises:
        UnreadableDocument: not XML.
    """
    from lxml import etree

    try:
        root = etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False))
    except etree.XMLSyntaxError as error:
        raise UnreadableDocument(f"{name}: not valid XML ({error}); fetch it again.") from error
    parsed = Parsed("table", title="Companies under an industry code")
    for index, entry in enumerate((e for e in root.iter() if local_name(e) == "entry"), start=1):
        locator = f"entry {index}"
        record = _record(entry)
        if not _CIK.fullmatch(record.get("cik") or ""):
            reason = "The entry names no company by its CIK."
            parsed.rejects.append(Reject(locator, reason, printable(etree.tostring(entry, encoding="unicode"))))
        else:
            parsed.rows.append(Row(record | {"cik": str(record["cik"]).zfill(10)}, locator))
    return parsed


def _record(entry: Any) -> dict[str, str | None]:
    """Texts of the elements inside ``company-info`` that have no further elements inside."""
    record: dict[str, str | None] = {}
    for info in (e for e in entry.iter() if local_name(e) == "company-info"):
        for element in info:
            text = clean(element.text or "")
            if len(element) == 0 and text and not _REFERENCE.match(text):
                record.setdefault(local_name(element), text)
    return record
