"""Federal Register: rules, proposed rules and notices of the United States that concern the industry."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from market_research.cleaning import countries
from market_research.connectors.base import Answer, Ask, Connector, Context, FetchFailed
from market_research.connectors.reading import (
    answer,
    json_answer,
    moment,
    plain,
    records,
    reject,
    segment,
    terms,
    wrong_shape,
)
from market_research.errors import UnreadableDocument
from market_research.industries import ResearchRequest
from market_research.sources.parsed import Block, Parsed

HOST = "www.federalregister.gov"
ADDRESS = f"https://{HOST}/api/v1/documents.json"
FIELDS = (
    "document_number", "title", "abstract", "type", "action", "publication_date", "effective_on", "comments_close_on",
    "agencies", "topics", "docket_ids", "significant", "html_url",
)  # fmt: skip
DAYS_BACK = 365
PER_PAGE = 100
MAX_PAGES = 3  # a term found in more than three hundred documents a year says little about an industry
MAX_TERMS = 15
# Notices are left out of what agencies are asked for: hundreds of them are about meetings and paperwork.
RULES = ("RULE", "PRORULE", "PRESDOCU")

# Who regulates what, by the beginning of the NAICS code; slugs as in the register's list of agencies.
_AGENCIES = {
    "11": ("agriculture-department",),
    "211": ("ocean-energy-management-bureau", "environmental-protection-agency"),
    "2211": ("federal-energy-regulatory-commission", "nuclear-regulatory-commission"),
    "2212": ("federal-energy-regulatory-commission",),
    "311": ("food-and-drug-administration", "food-safety-and-inspection-service"),
    "3254": ("food-and-drug-administration",),
    "334": ("industry-and-security-bureau",),
    "3361": ("national-highway-traffic-safety-administration",),
    "3364": ("federal-aviation-administration",),
    "3391": ("food-and-drug-administration",),
    "481": ("federal-aviation-administration",),
    "482": ("federal-railroad-administration",),
    "484": ("federal-motor-carrier-safety-administration",),
    "516": ("federal-communications-commission",),
    "517": ("federal-communications-commission",),
    "522": ("comptroller-of-the-currency", "federal-reserve-system", "consumer-financial-protection-bureau"),
    "523": ("securities-and-exchange-commission", "commodity-futures-trading-commission"),
    "62": ("centers-for-medicare-medicaid-services",),
}


def asks(request: ResearchRequest) -> Sequence[Ask]:
    """One question per keyword, technology and segment, and one for the agencies of the NAICS codes.

    Nothing where the request's countries leave out the United States.
    """
    if request.countries and "US" not in {countries.code(name) for name in request.countries}:
        return []
    listed = terms(request, "keywords", "technologies", "segments")[:MAX_TERMS]
    found = [
        Ask(
            path=segment(term),
            title=f"Federal Register, documents on {term}",
            url=ADDRESS,
            options={"conditions": urlencode([("conditions[term]", f'"{term}"')])},
        )
        for term in listed
    ]
    agencies = dict.fromkeys(
        agency
        for prefix, names in _AGENCIES.items()
        if any(code.startswith(prefix) for code in request.naics)
        for agency in names
    )
    if agencies:
        conditions = [("conditions[agencies][]", agency) for agency in agencies]
        conditions += [("conditions[type][]", kind) for kind in RULES]
        title = "Federal Register, rules of the industry's agencies"
        found.append(Ask("agencies", title, ADDRESS, options={"conditions": urlencode(conditions)}))
    return found


def fetch(ask: Ask, context: Context) -> Iterator[Answer]:
    """The last year's documents, newest first; further pages by the address that the register itself gives.

    Raises:
        FetchFailed: that address leads to another host.
    """
    since = context.as_of - timedelta(days=DAYS_BACK)
    query = [
        ("conditions[publication_date][gte]", str(since)),
        ("conditions[publication_date][lte]", str(context.as_of)),
        *(("fields[]", name) for name in FIELDS),
        ("order", "newest"),
        ("per_page", str(PER_PAGE)),
    ]
    # Names that stand more than once cannot be given as parameters.
    url: str | None = f"{ask.url}?{ask.options['conditions']}&{urlencode(query)}"
    page = 1
    while url and page <= MAX_PAGES:
        found = context.fetcher.get(url, expect="json")
        yield answer(ask, f"{ask.path}/page-{page}.json", found)
        url, page = _next(found.content), page + 1


def _next(content: bytes) -> str | None:
    try:
        following = _answer(content, "answer").get("next_page_url")
    except UnreadableDocument:
        return None
    if not isinstance(following, str) or not following:
        return None
    parts = urlsplit(following)
    if parts.scheme != "https" or parts.netloc != HOST:
        raise FetchFailed(ADDRESS, "refused", f"the next page lies elsewhere ({parts.netloc or following[:100]}).")
    return following


def _answer(content: bytes, name: str) -> dict[str, Any]:
    document = json_answer(content, name)
    if isinstance(document, dict) and ("errors" in document or "error" in document):
        said = plain(str(document.get("errors") or document.get("error")))[:300]
        raise UnreadableDocument(f"{name}: the Federal Register refuses the question ({said}); check its conditions.")
    if not isinstance(document, dict) or not isinstance(document.get("results", []), list) or "count" not in document:
        raise wrong_shape(name, document, "an object with `count` and `results`")
    return document


def read(content: bytes, path: str) -> Parsed:
    """A block per document: its abstract (or title) under agency and title, dated by publication.

    Raises:
        UnreadableDocument: an error object, or not a list of documents.
    """
    document = _answer(content, path)
    parsed = Parsed("regulation", title=plain(document.get("description")) or "Documents of the Federal Register")
    for locator, record in records(document.get("results", []), "$.results", parsed):
        title, abstract = plain(record.get("title")), plain(record.get("abstract"))
        published = moment(record.get("publication_date"))
        if not title and not abstract:
            reject(parsed, f"{locator}.title", "The document has neither title nor abstract.", record)
            continue
        if published is None:
            raw = record.get("publication_date")
            reject(parsed, f"{locator}.publication_date", "The document has no valid date.", raw)
        place = f"{locator}.abstract" if abstract else f"{locator}.title"
        headings = tuple(filter(None, (_agencies(record), title)))
        parsed.blocks.append(Block(abstract or title, place, headings, published))
    parsed.published_at = max((block.published_at for block in parsed.blocks if block.published_at), default=None)
    return parsed


def _agencies(record: dict[str, Any]) -> str:
    listed = record.get("agencies")
    found = [
        plain(agency.get("name") or agency.get("raw_name"))
        for agency in (listed if isinstance(listed, list) else [])
        if isinstance(agency, dict)
    ]
    return ", ".join(filter(None, found))


CONNECTOR = Connector(
    name="federal_register",
    title="Federal Register documents",
    publisher="Office of the Federal Register",
    description=(
        "Asks the Federal Register for the last year's documents on the industry's keywords, technologies and "
        "segments, and for the rules of the agencies of its NAICS codes. Titles and abstracts come of it."
    ),
    licence="Public domain (work of the United States government)",
    hosts=(HOST,),
    asks=asks,
    fetch=fetch,
    read=read,
    volatile=("$.description", "$.next_page_url"),  # both repeat the question, whose window of time moves every day
    rate=2.0,
    cron="0 13 * * 1-5",  # the day's issue appears at six in the morning, Washington time
    freshness_hours=96,
)
