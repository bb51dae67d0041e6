"""SEC EDGAR: company facts, lists of filings, the filings themselves, and the industry's headline concepts.

The rules of fair access: a user agent with a name and an e-mail address, and no more than ten requests a second to all
hosts of the SEC together. Companies without a CIK are looked up in the SEC's list of tickers.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

from market_research.cleaning.names import normalised, normalised_cik
from market_research.connectors.base import Answer, Ask, Connector, Context, Expect, Fetched, FetchFailed
from market_research.connectors.partial import all_that_can_be_had
from market_research.industries import Company, ResearchRequest
from market_research.sources import detect
from market_research.sources.parsed import Parsed

WWW = "https://www.sec.gov"
DATA = "https://data.sec.gov"
TICKERS = f"{WWW}/files/company_tickers.json"
BROWSE = f"{WWW}/cgi-bin/browse-edgar"

# How far back filings are taken, counted from the day of asking, and at most how many of the form.
FORMS: Mapping[str, tuple[timedelta, int]] = {
    "10-K": (timedelta(days=3 * 366), 3),
    "20-F": (timedelta(days=3 * 366), 3),
    "10-Q": (timedelta(days=400), 4),
    "8-K": (timedelta(days=120), 10),
}
# Flows of a year that tell an industry's size, profit and effort.
CONCEPTS = (
    "us-gaap/Revenues",
    "us-gaap/RevenueFromContractWithCustomerExcludingAssessedTax",
    "us-gaap/NetIncomeLoss",
    "us-gaap/ResearchAndDevelopmentExpense",
)
FRAME_YEARS = 3
MOST_FRAME_YEARS = 12
LIST_PAGE = 100
LIST_PAGES = 10
OLDER_PAGES = 5


@dataclass(frozen=True)
class Filing:
    """One filing of a company's list."""

    form: str
    filed_on: date
    accession: str
    document: str

    def url(self, cik: str) -> str:
        """Address of the primary document in the archives."""
        return f"{WWW}/Archives/edgar/data/{int(cik)}/{self.accession.replace('-', '')}/{self.document}"


def asks(request: ResearchRequest) -> list[Ask]:
    """Facts and filings of each company; with SIC codes, also who is under them and their headline concepts."""
    found = []
    for company in request.companies:
        options = {"cik": normalised_cik(company.cik) or "", "ticker": company.ticker or "", "name": company.name}
        options["aliases"] = "\n".join(company.aliases)
        cik = options["cik"]
        facts = f"facts/CIK{cik}.json" if cik else f"facts/{_slug(company)}"
        url = f"{DATA}/api/xbrl/companyfacts/CIK{cik}.json" if cik else TICKERS
        found.append(Ask(facts, f"{company.name}, company facts", url, options={"kind": "facts", **options}))
        url = f"{DATA}/submissions/CIK{cik}.json" if cik else TICKERS
        name = f"CIK{cik}" if cik else _slug(company)
        found.append(Ask(f"filings/{name}", f"{company.name}, filings", url, options={"kind": "filings", **options}))
    codes = [code for code in request.sic if len(code) == 4]
    for code in codes:
        found.append(Ask(f"sic/{code}", f"Companies under SIC {code}", BROWSE, options={"kind": "sic"}))
    for concept in CONCEPTS if codes else ():
        years = {"first": str(request.start_year or ""), "last": str(request.end_year or "")}
        title = f"{concept.partition('/')[2]} of all companies"
        options = {"kind": "frames", **years}
        found.append(Ask(f"frames/{concept}", title, f"{DATA}/api/xbrl/frames/{concept}/USD", options=options))
    return found


def _slug(company: Company) -> str:
    return re.sub(r"[^a-z0-9]+", "-", normalised(company.name)).strip("-") or "company"


def fetch(ask: Ask, context: Context) -> Iterator[Answer]:
    """The answers to one ask; what does not change (filings that are held) is not fetched again."""
    yield from _FETCHES[ask.options["kind"]](ask, context)


def _answer(path: str, title: str, found: Fetched, published_at: datetime | None = None) -> Answer:
    return Answer(
        path, title, found.url, found.content, found.media_type, published_at, stale=found.stale, problem=found.problem
    )


def _facts(ask: Ask, context: Context) -> Iterator[Answer]:
    cik = ask.options["cik"] or _looked_up(ask, context)
    path = ask.path if ask.options["cik"] else f"{ask.path}/CIK{cik}.json"
    found = context.fetcher.get(f"{DATA}/api/xbrl/companyfacts/CIK{cik}.json", expect="json")
    yield _answer(path, ask.title, found)


def _filings(ask: Ask, context: Context) -> Iterator[Answer]:
    cik = ask.options["cik"] or _looked_up(ask, context)
    found = context.fetcher.get(f"{DATA}/submissions/CIK{cik}.json", expect="json")
    yield _answer(f"{ask.path}/submissions.json", f"{ask.options['name']}, list of filings", found)
    document = _object(found)
    listed = list_filings(document)
    for name in _older_pages(document, context.as_of):
        page = context.fetcher.get(f"{DATA}/submissions/{name}", expect="json")
        yield _answer(f"{ask.path}/{name}", f"{ask.options['name']}, older filings", page)
        listed += list_filings(_object(page))
    wanted = chosen(listed, context.as_of)
    yield from all_that_can_be_had(partial(_filing, ask, context, cik, filing) for filing in wanted)


def _object(found: Fetched) -> dict[str, Any]:
    document = json.loads(found.content)
    if not isinstance(document, dict):
        raise FetchFailed(found.url, "broken", "the answer is JSON, but not the object that EDGAR gives there")
    return document


def _filing(ask: Ask, context: Context, cik: str, filing: Filing) -> Answer | None:
    path = f"{ask.path}/{filing.accession}/{filing.document}"
    if context.held(path):
        return None
    expect: Expect = "html" if filing.document.lower().endswith((".htm", ".html")) else "any"
    found = context.fetcher.get(filing.url(cik), expect=expect)
    filed = datetime(filing.filed_on.year, filing.filed_on.month, filing.filed_on.day, tzinfo=UTC)
    return _answer(path, f"{ask.options['name']}, {filing.form} filed {filing.filed_on}", found, filed)


def list_filings(document: Mapping[str, Any]) -> list[Filing]:
    """The filings of a list that name a document and a valid date, in its order."""
    recent = (document.get("filings") or {}).get("recent") or document
    columns = [recent.get(key) or [] for key in ("form", "filingDate", "accessionNumber", "primaryDocument")]
    found = []
    for form, filed, accession, name in zip(*columns, strict=False):
        # The name becomes part of a path: what could lead out of its folder is none that the SEC gives.
        if not re.fullmatch(r"[\w.\-]+", name or "") or not re.fullmatch(r"\d{10}-\d{2}-\d{6}", accession or ""):
            continue
        try:
            found.append(Filing(form, date.fromisoformat(filed), accession, name))
        except (TypeError, ValueError):
            continue
    return found


def _older_pages(document: Mapping[str, Any], as_of: date) -> list[str]:
    """Further pages of the list that reach into the time from which filings are taken, newest first."""
    longest = max(window for window, _ in FORMS.values())
    pages = (document.get("filings") or {}).get("files") or []
    named = [page for page in pages if re.fullmatch(r"CIK\d{10}-submissions-\d{3}\.json", str(page.get("name")))]
    reaching = [page["name"] for page in named if str(page.get("filingTo") or "") >= (as_of - longest).isoformat()]
    return sorted(reaching)[:OLDER_PAGES]


def chosen(filings: list[Filing], as_of: date) -> list[Filing]:
    """The newest filings of each wanted form in its window, newest first."""
    found = []
    for form, (window, most) in FORMS.items():
        of_form = [filing for filing in filings if filing.form == form and as_of - window <= filing.filed_on <= as_of]
        found += sorted(of_form, key=lambda filing: (filing.filed_on, filing.accession), reverse=True)[:most]
    return found


def _looked_up(ask: Ask, context: Context) -> str:
    """CIK of a company by its ticker, else by its name."""
    found = context.fetcher.get(TICKERS, expect="json")
    listed = [item for item in _object(found).values() if isinstance(item, dict)]
    cik = find_cik(listed, ask.options["ticker"], [ask.options["name"], *ask.options["aliases"].splitlines()])
    if cik is None:
        name = ask.options["name"]
        raise FetchFailed(
            TICKERS, "missing", f"the SEC lists no company {name} that could be told from others; give its `cik`"
        )
    return cik


def find_cik(listed: list[Any], ticker: str, names: list[str]) -> str | None:
    """CIK (ten digits) in the SEC's list of tickers; a name that fits two companies fits none."""
    plain = ticker.upper().replace(".", "-")
    by_ticker = {str(item["cik_str"]) for item in listed if plain and item.get("ticker") == plain}
    forms = {normalised(name) for name in names if name}
    by_name = {str(item["cik_str"]) for item in listed if normalised(str(item.get("title") or "")) in forms}
    ciks = by_ticker or by_name
    return normalised_cik(ciks.pop()) if len(ciks) == 1 else None


def _sic(ask: Ask, context: Context) -> Iterator[Answer]:
    code = ask.path.rpartition("/")[2]
    for number in range(LIST_PAGES):
        params = {
            "action": "getcompany",
            "SIC": code,
            "type": "10-K",
            "owner": "include",
            "start": str(number * LIST_PAGE),
            "count": str(LIST_PAGE),
            "output": "atom",
        }
        found = context.fetcher.get(BROWSE, params=params, expect="xml")
        yield _answer(f"{ask.path}/page-{number + 1}.xml", f"{ask.title}, page {number + 1}", found)
        if len(re.findall(rb"<entry[\s>]", found.content)) < LIST_PAGE:
            return


def _frames(ask: Ask, context: Context) -> Iterator[Answer]:
    last = min(int(ask.options["last"] or context.as_of.year), context.as_of.year)
    first = max(int(ask.options["first"] or last - FRAME_YEARS), last - MOST_FRAME_YEARS)
    yield from all_that_can_be_had(partial(_frame, ask, context, year) for year in range(last, first - 1, -1))


def _frame(ask: Ask, context: Context, year: int) -> Answer | None:
    try:
        found = context.fetcher.get(f"{ask.url}/CY{year}.json", expect="json")
    except FetchFailed as error:
        if error.reason == "missing":
            return None  # nobody has reported this year yet
        raise
    return _answer(f"{ask.path}/CY{year}.json", f"{ask.title}, {year}", found)


_FETCHES = {"facts": _facts, "filings": _filings, "sic": _sic, "frames": _frames}


def read(content: bytes, name: str) -> Parsed:
    """Facts, frames, lists and filings, each with its own parser.

    Raises:
        UnreadableDocument: the document is none of these, or damaged.
    """
    from market_research.sources import frames, parse, sic_list, submissions

    kind = detect.media_type(content, name)
    if kind == detect.FEED:
        return sic_list.parse(content, name)
    # A frame states its taxonomy first; lists of filings are what is left.
    if kind in (detect.JSON, detect.COMPANY_FACTS) and b'"taxonomy"' in content[:512]:
        return frames.parse(content, name)
    if kind == detect.JSON:
        return submissions.parse(content, name)
    return parse.parse(content, name, media_type=kind)


CONNECTOR = Connector(
    name="edgar",
    title="SEC EDGAR",
    publisher="U.S. Securities and Exchange Commission",
    description="Financial facts, filings and industry lists of companies that report to the SEC.",
    licence="Public domain (U.S. government work)",
    hosts=("data.sec.gov", "www.sec.gov"),
    asks=asks,
    fetch=fetch,
    read=read,
    # The list of an industry's companies states when it was made, and addresses in its server's memory.
    volatile=("feed/updated", "feed/entry/updated", "feed/entry/@title", "feed/entry/content/company-info/@name"),
    rate=10.0,
    cron="0 5 * * *",
    freshness_hours=48.0,
)
