"""Yahoo Finance: daily share prices, dividends and splits, through yfinance.

yfinance keeps Yahoo's cookies, crumb and consent in order and speaks to it as a browser does, without which Yahoo
refuses to answer; so this connector asks through it rather than through the fetcher. What is stored is the chart JSON
as it came, not the table that the library makes of it: that one is adjusted, converted and rounded by its version.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import polars as pl

from market_research.connectors.base import Answer, Ask, Connector, Context, FetchFailed, Reason
from market_research.connectors.reading import (
    add_row,
    flat,
    json_answer,
    plain,
    reject,
    segment,
    wrong_shape,
)
from market_research.connectors.yahoo_session import BeyondBounds, NoTimeLeft, bounded_session
from market_research.errors import UnreadableDocument
from market_research.industries import ResearchRequest
from market_research.sources import units
from market_research.sources.datasets import LOCATOR, PRICE_TABLE, Extract
from market_research.sources.jsonpath import NumberText, child, text_of
from market_research.sources.parsed import Company, Parsed

ADDRESS = "https://query2.finance.yahoo.com/v8/finance/chart/{ticker}"
URL = "MARKET_RESEARCH_YAHOO_URL"
"""Names a server that stands in for Yahoo's hosts (a mirror, a test)."""
YEARS_BACK = 5
MAX_ASKS = 60
TIMEOUT = 30
# Prices on some exchanges are in hundredths.
_HUNDREDTHS = {"GBp": "GBP", "GBX": "GBP", "ZAc": "ZAR", "ILA": "ILS"}
_COLUMN_OF = {"adjclose": "adjusted_close"}
_MONEY = ("open", "high", "low", "close", "adjusted_close", "dividend")
_COLUMNS = (*_MONEY, "volume", "split")
_FIELDS = (LOCATOR, "symbol", "date", *_COLUMNS, "currency")
_RESULT = "$.chart.result[0]"


def asks(request: ResearchRequest) -> Sequence[Ask]:
    """One question per company with a ticker."""
    options = {"start_year": str(request.start_year)} if request.start_year else {}
    return [
        Ask(
            path=f"{segment(ticker)}.json",
            title=f"Yahoo Finance, daily prices of {company.name} ({ticker})",
            url=ADDRESS.format(ticker=quote(ticker, safe="^=.-")),
            params={"interval": "1d", "events": "div,splits,capitalGains", "includePrePost": "false"},
            options=options,
        )
        for company in request.companies[:MAX_ASKS]
        if company.ticker and (ticker := _symbol(company.ticker))
    ]


def _symbol(ticker: str) -> str:
    """A ticker as Yahoo writes it: classes of shares after a dash; after a dot stands the exchange (``VOD.L``)."""
    return re.sub(r"[./]([A-C])$", r"-\1", "".join(ticker.upper().split())).replace("/", "-")


def fetch(ask: Ask, context: Context) -> Iterator[Answer]:
    """One answer: every trading day of five years, or from the request's first year on, up to yesterday.

    Raises:
        FetchFailed: no such ticker, too many requests, or no connection.
    """
    first = date(int(ask.options.get("start_year", context.as_of.year - YEARS_BACK)), 1, 1)
    bounds = {"period1": _seconds(first), "period2": _seconds(context.as_of)}
    content, status = _get(ask.url, {**ask.params, **bounds}, context.env(URL))
    if status == 404:
        raise FetchFailed(ask.url, "missing", "Yahoo knows no such ticker; check the company's ticker in the request.")
    if status >= 400:
        reason: Reason = "denied" if status in {401, 403} else "busy" if status in {429, 503} else "broken"
        raise FetchFailed(ask.url, reason, f"Yahoo answers with status {status}; try again later.")
    yield Answer(ask.path, ask.title, ask.url, content, "application/json")


def _seconds(day: date) -> str:
    return str(int(datetime.combine(day, time(), UTC).timestamp()))


def _get(url: str, params: dict[str, str], instead: str | None) -> tuple[bytes, int]:
    """Body and status of an answer by yfinance, within the bounds of ``yahoo_session``."""
    from curl_cffi.requests.exceptions import RequestException
    from yfinance.data import YfData  # type: ignore[import-untyped]
    from yfinance.exceptions import YFException, YFRateLimitError  # type: ignore[import-untyped]

    from market_research.connectors.http.addresses import NoNetwork
    from market_research.connectors.http.network import MESSAGE

    try:
        response = YfData(session=bounded_session(instead)).get(url, params=params, timeout=TIMEOUT)
    except YFRateLimitError as error:
        raise FetchFailed(url, "busy", "Yahoo has had too many requests from here; try again in an hour.") from error
    except BeyondBounds as error:
        raise FetchFailed(url, "refused", f"Yahoo's answer breaks a rule: {error}.") from error
    except NoTimeLeft as error:
        raise FetchFailed(url, "unreachable", "Yahoo gave no whole answer in time; try again later.") from error
    except NoNetwork as error:
        raise FetchFailed(url, "unreachable", f"{MESSAGE} ({error}).") from error
    except (RequestException, YFException, OSError) as error:
        raise FetchFailed(url, "unreachable", f"Yahoo cannot be reached ({type(error).__name__}: {error}).") from error
    return response.content, response.status_code


def read(content: bytes, path: str) -> Parsed:
    """Prices, volume, dividends and splits by day, to be loaded with all other prices; days and events are rows too.

    Prices are as Yahoo gives them: adjusted for splits up to the day of asking. Days without trade are rows only.

    Raises:
        UnreadableDocument: an error object, or not a chart.
    """
    result = _result(content, path)
    meta: dict[str, Any] = result["meta"] if isinstance(result.get("meta"), dict) else {}
    ticker = plain(meta.get("symbol"))
    if not ticker:
        raise wrong_shape(path, meta, "a chart that names its `symbol`")
    name = plain(meta.get("longName") or meta.get("shortName")) or ticker
    parsed = Parsed("prices", title=f"Daily prices of {name} ({ticker})", company=Company(name, ticker=ticker))
    days = _days(parsed, result, _zone(meta))
    last = max((record["date"] or "" for record in days.values()), default="")
    parsed.published_at = datetime.combine(date.fromisoformat(last), time(), UTC) if last else None
    events = _events(parsed, result.get("events"), _zone(meta), {record["date"] for record in days.values()})
    stated = str(meta.get("currency") or "")
    currency = _HUNDREDTHS.get(stated) or units.currency(stated)
    traded = [
        {LOCATOR: locator, "symbol": ticker, "currency": currency, **_in_whole(record, stated in _HUNDREDTHS)}
        for locator, record in ((place, {**day, **events.get(day["date"], {})}) for place, day in days.items())
        if any(record.get(column) is not None for column in _COLUMNS)
    ]
    if traded:
        parsed.extracts.append(Extract(PRICE_TABLE, pl.LazyFrame(traded, schema=dict.fromkeys(_FIELDS, pl.String))))
    return parsed


def _days(parsed: Parsed, result: dict[str, Any], zone: tzinfo) -> dict[str, dict[str, str | None]]:
    """The days of the chart by place: ``date``, and a text for each of ``_COLUMNS``. Each is a row, too."""
    stamps = result.get("timestamp") if isinstance(result.get("timestamp"), list) else []
    columns = _columns(result)
    found: dict[str, dict[str, str | None]] = {}
    for index, stamp in enumerate(stamps or []):
        locator = f"{_RESULT}.timestamp[{index}]"
        day = _day(stamp, zone)
        if day is None:
            reject(parsed, locator, "The text is no point in time.", stamp)
            continue
        cells = {label: text_of(values[index]) for label, _, values in columns if index < len(values)}
        if add_row(parsed, {"date": str(day), **cells}, locator):
            found[locator] = {"date": str(day), **{_COLUMN_OF.get(label, label): cell for label, cell in cells.items()}}
    for label, place, values in columns:
        if len(values) != len(stamps or []):
            reason = f"The column {label} has {len(values)} values for {len(stamps or [])} days."
            reject(parsed, place, reason, values)
    return found


def _events(
    parsed: Parsed, events: Any, zone: tzinfo, days: Collection[str | None]
) -> dict[str | None, dict[str, str | None]]:
    """Dividends in money per share, and splits as new shares for each old one, by day; all events are rows."""
    found: dict[str | None, dict[str, str | None]] = {}
    for kind, listed in events.items() if isinstance(events, dict) else ():
        for key, event in listed.items() if isinstance(listed, dict) else ():
            locator = child(child(f"{_RESULT}.events", kind), key)
            day = _day(event.get("date"), zone) if isinstance(event, dict) else None
            if day is None:
                reject(parsed, locator, "The event has no valid date.", event)
                continue
            is_row = add_row(parsed, {"event": kind, **flat(event), "date": str(day)}, locator)
            column, value = _column_of_event(kind, event)
            if column is None or not is_row:
                continue
            if str(day) not in days:
                reject(parsed, locator, "The event falls on no day of the chart.", event)
            elif value is None:
                reject(parsed, locator, f"The {column} is no number.", event)
            else:
                found.setdefault(str(day), {})[column] = value
    return found


def _column_of_event(kind: str, event: dict[str, Any]) -> tuple[str | None, str | None]:
    """The column of prices that an event belongs to, if any, and its text there: a split of 3:2 is 1.5."""
    if kind == "dividends":
        amount = event.get("amount")
        return "dividend", str(amount) if isinstance(amount, NumberText) else None
    if kind == "splits":
        new, old = event.get("numerator"), event.get("denominator")
        with suppress(ArithmeticError):
            if isinstance(new, NumberText) and isinstance(old, NumberText):
                return "split", str(Decimal(new) / Decimal(old))
        return "split", None
    return None, None


def _in_whole(record: dict[str, str | None], hundredths: bool) -> dict[str, str | None]:
    """A day's texts with prices in whole units of the currency; what is no number stays as it is."""
    if not hundredths:
        return record
    made = dict(record)
    for column in _MONEY:
        text = record.get(column)
        with suppress(ArithmeticError):  # what is no number is told of where it is typed
            made[column] = None if text is None else str(Decimal(text).scaleb(-2))
    return made


def _result(content: bytes, path: str) -> dict[str, Any]:
    document = json_answer(content, path)
    chart = document.get("chart") if isinstance(document, dict) else None
    if isinstance(chart, dict) and isinstance(chart.get("error"), dict):
        said = plain(f"{chart['error'].get('code', '')}: {chart['error'].get('description', '')}")
        raise UnreadableDocument(f"{path}: Yahoo gives no prices ({said[:300]}); check the ticker.")
    results = chart.get("result") if isinstance(chart, dict) else None
    if not isinstance(results, list) or not results or not isinstance(results[0], dict):
        raise wrong_shape(path, document, "a chart with one result")
    return results[0]


def _columns(result: dict[str, Any]) -> list[tuple[str, str, list[Any]]]:
    """Name, place and values of each column of the chart."""
    indicators = result.get("indicators")
    found = []
    for group, labels in (("quote", ("open", "high", "low", "close", "volume")), ("adjclose", ("adjclose",))):
        listed = indicators.get(group) if isinstance(indicators, dict) else None
        first = listed[0] if isinstance(listed, list) and listed and isinstance(listed[0], dict) else {}
        for label in labels:
            if isinstance(first.get(label), list):
                found.append((label, f"{_RESULT}.indicators.{group}[0].{label}", first[label]))
    return found


def _zone(meta: dict[str, Any]) -> tzinfo:
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(str(meta.get("exchangeTimezoneName") or ""))
    except (KeyError, ValueError, OSError):
        offset = meta.get("gmtoffset")
        seconds = int(offset) if isinstance(offset, NumberText) and offset.lstrip("-").isdigit() else 0
        return timezone(timedelta(seconds=seconds)) if abs(seconds) < 86_400 else UTC


def _day(stamp: Any, zone: tzinfo) -> date | None:
    """The exchange's day of a time in seconds: the one of its opening."""
    if not isinstance(stamp, NumberText):
        return None
    try:
        return datetime.fromtimestamp(int(stamp), zone).date()
    except (ValueError, OverflowError, OSError):
        return None


CONNECTOR = Connector(
    name="yahoo",
    title="Yahoo Finance prices",
    publisher="Yahoo Finance",
    description=(
        "Asks Yahoo Finance, through yfinance, for the daily prices of every company with a ticker over five years. "
        "Closing prices, volumes, dividends and splits come of it."
    ),
    licence="Yahoo's terms: for personal use, not to be passed on",
    hosts=("query1.finance.yahoo.com", "query2.finance.yahoo.com", "fc.yahoo.com"),
    asks=asks,
    fetch=fetch,
    read=read,
    # What the market does now, beside the closed days that were asked for.
    volatile=tuple(
        f"{_RESULT}.meta.{member}"
        for member in (
            "regularMarketTime",
            "regularMarketPrice",
            "regularMarketDayHigh",
            "regularMarketDayLow",
            "regularMarketVolume",
            "fiftyTwoWeekHigh",
            "fiftyTwoWeekLow",
            "chartPreviousClose",
            "previousClose",
            "currentTradingPeriod",
            "gmtoffset",
            "timezone",
            "hasPrePostMarketData",
        )
    ),
    rate=1.0,
    cron="0 4 * * 2-6",  # the day before is closed on every exchange
    freshness_hours=96,
)
