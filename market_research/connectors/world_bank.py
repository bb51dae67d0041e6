"""World Bank indicators (API v2): yearly series of countries, such as GDP, prices and population."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from market_research.cleaning import countries, periods
from market_research.connectors.base import Answer, Ask, Connector, Context
from market_research.connectors.reading import (
    add_number,
    answer,
    json_answer,
    moment,
    plain,
    records,
    reject,
    wrong_shape,
)
from market_research.errors import UnreadableDocument
from market_research.industries import ResearchRequest
from market_research.sources import units
from market_research.sources.parsed import Parsed

ADDRESS = "https://api.worldbank.org/v2/country/{countries}/indicator/{indicator}"
DEFAULTS = (
    "NY.GDP.MKTP.CD",  # GDP (current US$)
    "NY.GDP.MKTP.KD.ZG",  # GDP growth (annual %)
    "FP.CPI.TOTL.ZG",  # Inflation, consumer prices (annual %)
    "SP.POP.TOTL",  # Population, total
    "IT.NET.USER.ZS",  # Individuals using the Internet (% of population)
    "TX.VAL.TECH.MF.ZS",  # High-technology exports (% of manufactured exports)
)
MAX_INDICATORS = 40  # one question each; more would be a data set to download rather than an industry's setting
PER_PAGE = 1000
MAX_PAGES = 20  # 20,000 values are every country over ninety years
YEARS_BACK = 20  # long enough for a business cycle or two where the request names no first year

# The names that the registry of metrics has for what the bank calls otherwise.
_NAMES = {
    "NY.GDP.MKTP.CD": "GDP",
    "FP.CPI.TOTL.ZG": "inflation",
    "FP.CPI.TOTL": "consumer price index",
    "SP.POP.TOTL": "population",
    "SL.UEM.TOTL.ZS": "unemployment rate",
}
# Shares of people who use a technology: they are about the technology, and the country is where.
_ADOPTION = {"IT.NET.USER.ZS": "Internet"}
_BRACKETS = re.compile(r"\(([^()]*)\)")
_UNIT = re.compile(r"%|US\$|\bper\b|\d{4}\s*=\s*100")
_REMARK = re.compile(r"\b(estimate|method|standards?|adjusted|excluding|including)\b", re.I)
_SCALES = {"thousand", "thousands", "million", "millions", "billion", "billions", "trillion", "trillions"}
_COUNTED = re.compile(
    r"\b(population|total|number|subscriptions|servers|articles|applications|arrivals|departures)\b", re.I
)


def asks(request: ResearchRequest) -> Sequence[Ask]:
    """One question per indicator for all countries of the request together; for the world where it names none."""
    codes = [countries.alpha3(code) for name in request.countries if (code := countries.code(name))]
    listed = ";".join(dict.fromkeys(code for code in codes if code)) or "WLD"
    own = [name.removeprefix("worldbank:") for name in request.indicators if name.startswith("worldbank:")]
    options = {}
    if request.start_year:
        options["start_year"] = str(request.start_year)
    if request.end_year:
        options["end_year"] = str(request.end_year)
    return [
        Ask(
            path=indicator,
            title=f"World Bank, {indicator}",
            url=ADDRESS.format(countries=listed, indicator=indicator),
            params={"format": "json", "per_page": str(PER_PAGE)},
            options=options,
        )
        for indicator in list(dict.fromkeys((*own, *DEFAULTS)))[:MAX_INDICATORS]
        if re.fullmatch(r"[\w.]+", indicator)
    ]


def fetch(ask: Ask, context: Context) -> Iterator[Answer]:
    """One answer per page."""
    end = int(ask.options.get("end_year", context.as_of.year))
    start = int(ask.options.get("start_year", min(end, context.as_of.year) - YEARS_BACK))
    page, pages = 1, 1
    while page <= min(pages, MAX_PAGES):
        params = {**ask.params, "date": f"{start}:{end}", "page": str(page)}
        found = context.fetcher.get(ask.url, params=params, expect="json")
        pages, updated = _paging(found.content)
        yield answer(ask, f"{ask.path}/page-{page}.json", found, published_at=updated)
        page += 1


def _paging(content: bytes) -> tuple[int, Any]:
    """Number of pages and day of the last update; one page where the answer cannot be read, for ``read`` to say why."""
    try:
        head, _ = _parts(content, "answer")
        return int(head.get("pages") or 1), moment(head.get("lastupdated"))
    except (UnreadableDocument, ValueError, TypeError):
        return 1, None


def _parts(content: bytes, name: str) -> tuple[dict[str, Any], list[Any]]:
    document = json_answer(content, name)
    if not isinstance(document, list) or not document or not isinstance(document[0], dict):
        raise wrong_shape(name, document, "a list of paging and values")
    head = document[0]
    if "message" in head:
        messages = head["message"] if isinstance(head["message"], list) else [head["message"]]
        said = "; ".join(plain(f"{m.get('key', '')}: {m.get('value', '')}") for m in messages if isinstance(m, dict))
        raise UnreadableDocument(f"{name}: the World Bank refuses the question ({said}); check the indicator's code.")
    values = document[1] if len(document) > 1 else None
    if values is not None and not isinstance(values, list):
        raise wrong_shape(name, values, "a list of values")
    return head, values or []


def read(content: bytes, path: str) -> Parsed:
    """Numbers by country and period; concept is the indicator's name, unit what its parentheses state.

    Values that the bank marks as not available (null) are rows without a number.

    Raises:
        UnreadableDocument: an error message, or not the shape of API v2.
    """
    head, values = _parts(content, path)
    parsed = Parsed("statistics", published_at=moment(head.get("lastupdated")))
    for locator, record in records(values, "$[1]", parsed):
        indicator, country = record.get("indicator"), record.get("country")
        if not isinstance(indicator, dict) or not isinstance(country, dict):
            reject(parsed, locator, "The value names no indicator or no country.", record)
            continue
        title = plain(indicator.get("value")) or str(indicator.get("id") or "")
        parsed.title = parsed.title or f"World Bank: {title}"
        place = _country(record, country)
        period = periods.parse(str(record.get("date") or ""))
        if not title or not place:
            reject(parsed, locator, "The value names no indicator or no country.", record)
        elif period is None:
            reject(parsed, f"{locator}.date", "The text is not a period.", record.get("date"))
        else:
            _number(parsed, record.get("value"), f"{locator}.value", str(indicator.get("id")), title, place, period)
    return parsed


def _country(record: dict[str, Any], country: dict[str, Any]) -> str:
    """The usual English name where the code is one of a country: the bank writes ``Korea, Rep.``"""
    stated = plain(country.get("value"))
    for given in (record.get("countryiso3code"), country.get("id"), stated):
        code = countries.code(given) if isinstance(given, str) and given else None
        if code:
            return countries.english_name(code) or stated
    return stated


def _number(parsed: Parsed, raw: Any, locator: str, code: str, title: str, place: str, period: periods.Period) -> None:
    unit, power, concept = measure(title)
    adopted = _ADOPTION.get(code)
    add_number(
        parsed,
        raw,
        locator,
        entity=adopted or place,
        concept="adoption" if adopted else _NAMES.get(code, concept),
        unit=unit,
        period=period,
        dimensions=f"region={place}" if adopted else "",
        power=power,
    )


def measure(title: str) -> tuple[str, int, str]:
    """Unit, power of ten and name of an indicator from its title.

    What the parentheses say beyond the unit stays in the name: constant prices, of which whole a share is, by whom it
    is estimated.

    >>> measure("Unemployment, total (% of total labor force) (national estimate)")
    ('percent', 0, 'Unemployment, total, share of total labor force, national estimate')
    """
    brackets = _BRACKETS.findall(title)
    stated = next((text for text in brackets if _UNIT.search(text)), None)
    if stated is None:
        stated = next((text for text in brackets if not _REMARK.search(text)), None)
    name = " ".join(_BRACKETS.sub(" ", title).split())
    remarks = [text for text in brackets if text != stated]
    if re.search(r"\bindex\b", name, re.I) or (stated and re.search(r"\d{4}\s*=\s*100", stated)):
        return "index", 0, ", ".join((name, *remarks))
    if stated is None:
        return ("count" if _COUNTED.search(name) else units.UNSPECIFIED), 0, ", ".join((name, *remarks))
    unit, power, more = _unit(stated)
    return unit, power, ", ".join(filter(None, (name, more, *remarks)))


def _unit(stated: str) -> tuple[str, int, str]:
    """Unit and power of ten that parentheses state, and what they say beyond it."""
    if "%" in stated:
        share = re.fullmatch(r"% of (.+)", stated)
        return "percent", 0, f"share of {share[1]}" if share else "" if stated in {"%", "annual %"} else stated
    if "US$" in stated and not re.search(r"\bper\b", stated):
        scale = next((units.SCALES[word] for word in stated.lower().split() if word in _SCALES), 0)
        constant = re.search(r"constant \d{4} US\$", stated)
        remark = " ".join(w for w in re.sub(r"(current )?US\$", "", stated).split() if w.lower() not in _SCALES)
        return "USD", scale, constant[0] if constant else remark.strip(" ,")
    return stated, 0, stated if re.search(r"constant|international", stated) else ""


CONNECTOR = Connector(
    name="world_bank",
    title="World Bank indicators",
    publisher="World Bank",
    description=(
        "Asks the World Bank for GDP, growth, inflation, population, internet users and high-technology exports of "
        "the industry's countries, and for the `worldbank:` indicators of its request. Yearly figures come of it."
    ),
    licence="CC BY 4.0 (World Bank Open Data)",
    hosts=("api.worldbank.org",),
    asks=asks,
    fetch=fetch,
    read=read,
    rate=5.0,
    cron="0 5 * * 1",
    freshness_hours=24 * 14,
)
