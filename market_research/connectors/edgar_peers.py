"""Whose figures an industry keeps of EDGAR's frames, which hold every filer of the United States.

Kept are the request's companies and those under its SIC codes. The others are counted and stay in the raw document.
"""

import re
from collections.abc import Iterable

from market_research.cleaning.names import normalised_cik
from market_research.industries import ResearchRequest
from market_research.sources import sic_list
from market_research.sources.parsed import Gap, Parsed

FRAMES, LISTS = "frames/", "sic/"
FIRST_PLACES = 3
_OF_A_COMPANY = re.compile(r"(?:facts|filings)/(?:[^/]+/)?CIK(\d{10})(?:\.json$|/)")


def asked_for(request: ResearchRequest | None, paths: Iterable[str]) -> frozenset[str]:
    """CIKs (ten digits) of the request's companies: as stated, or as the answers on them (their paths) are named."""
    stated = {normalised_cik(company.cik) for company in request.companies} if request else set()
    return frozenset(filter(None, stated)) | {match[1] for path in paths if (match := _OF_A_COMPANY.match(path))}


def listed(content: bytes, name: str) -> frozenset[str]:
    """CIKs of a list of the companies under an industry code.

    Raises:
        UnreadableDocument: not such a list.
    """
    return frozenset(cik for row in sic_list.parse(content, name).rows if (cik := row.record["cik"]))


def narrowed(parsed: Parsed, ciks: frozenset[str]) -> Parsed:
    """A frame with the rows and numbers of these companies only; ``outside`` counts the others."""
    inside = {row.locator for row in parsed.rows if row.record.get("cik") in ciks}
    outside = [row.locator for row in parsed.rows if row.locator not in inside]
    parsed.numbers = [number for number in parsed.numbers if number.locator in inside]
    parsed.rows = [row for row in parsed.rows if row.locator in inside]
    if outside:
        parsed.outside.append(Gap("companies outside the industry", len(outside), tuple(outside[:FIRST_PLACES])))
    return parsed
