"""Yahoo Finance through yfinance's session, turned to a loopback server: prices, dividends, splits and errors."""

import time
from pathlib import Path

import pytest

from market_research.connectors import yahoo_session
from market_research.connectors.base import FetchFailed
from market_research.connectors.yahoo import CONNECTOR, URL
from market_research.errors import UnreadableDocument
from market_research.industries import Company, ResearchRequest
from market_research.sources.parsed import Parsed
from tests.connectors.plain import Asked, Loopback, Reply, check_places, dumped, serving

REQUEST = ResearchRequest(
    industry="chips",
    companies=(
        Company(name="Alder", ticker="aldr"),
        Company(name="Birch"),
        Company(name="Cedar", ticker="CDR/B"),
        Company(name="Dogwood", ticker="dog.a"),
        Company(name="Elm", ticker="ELM.L"),
    ),
)
# 9 and 10 March 2026 at half past nine in New York, after its clocks went forward; 6 March before.
STAMPS = [1772807400, 1773063000, 1773149400]


@pytest.fixture(autouse=True)
def _cookies_of_nobody(tmp_path_factory: pytest.TempPathFactory) -> None:
    from yfinance.cache import set_cache_location

    set_cache_location(str(tmp_path_factory.mktemp("yfinance")))


def chart(**more: object) -> dict[str, object]:
    result: dict[str, object] = {
        "meta": {
            "currency": "USD",
            "symbol": "ALDR",
            "longName": "Alder Devices, Inc.",
            "exchangeTimezoneName": "America/New_York",
            "gmtoffset": -14400,
            "regularMarketPrice": 12.5,
        },
        "timestamp": STAMPS,
        "events": {
            "dividends": {"1773063000": {"amount": 0.25, "date": 1773063000}},
            "splits": {"1773149400": {"date": 1773149400, "numerator": 3.0, "denominator": 2.0, "splitRatio": "3:2"}},
        },
        "indicators": {
            "quote": [
                {
                    "open": [10.0, 11.0, None],
                    "high": [10.5, 11.5, None],
                    "low": [9.5, 10.5, None],
                    "close": [10.25, 11.25, None],
                    "volume": [1000, 2000, None],
                }
            ],
            "adjclose": [{"adjclose": [10.0, 11.25, None]}],
        },
        **more,
    }
    return {"chart": {"result": [result], "error": None}}


def ask_it(server: Loopback, number: int = 0) -> list[object]:
    return [*server.answers(CONNECTOR, CONNECTOR.asks(REQUEST)[number], env={URL: server.url})]


def charts(asked: Asked) -> Reply:
    if asked.path.endswith("getcrumb"):
        return Reply("cr/umb", media_type="text/plain")
    if asked.path.startswith("/v8/"):
        return Reply(chart())
    return Reply("", 404, "text/html")


def test_every_ticker_is_one_question_for_daily_prices_to_the_day_before() -> None:
    with serving(charts) as server:
        asks = CONNECTOR.asks(REQUEST)
        (answer,) = server.answers(CONNECTOR, asks[0], env={URL: server.url})
    assert [ask.path for ask in asks] == ["ALDR.json", "CDR-B.json", "DOG-A.json", "ELM.L.json"]
    (asked,) = [asked for asked in server.asked if asked.path.startswith("/v8/")]
    assert asked.path == "/v8/finance/chart/ALDR"
    params = asked.params
    params.pop("crumb", None)
    assert params == {
        "interval": "1d",
        "events": "div,splits,capitalGains",
        "includePrePost": "false",
        "period1": "1609459200",  # 1 January 2021
        "period2": "1773532800",  # 15 March 2026
    }
    assert answer.content == dumped(chart())
    assert answer.url == "https://query2.finance.yahoo.com/v8/finance/chart/ALDR"


def prices(parsed: Parsed) -> list[tuple[object, ...]]:
    (extract,) = parsed.extracts
    columns = ["locator", "date", "close", "adjusted_close", "volume", "dividend", "split", "currency"]
    return extract.rows.collect().select(columns).rows()


def test_days_are_prices_with_the_dividend_and_split_of_the_day() -> None:
    content = dumped(chart())
    parsed = CONNECTOR.read(content, "ALDR.json")
    place = "$.chart.result[0].timestamp"
    assert prices(parsed) == [
        (f"{place}[0]", "2026-03-06", "10.25", "10.0", "1000", None, None, "USD"),
        (f"{place}[1]", "2026-03-09", "11.25", "11.25", "2000", "0.25", None, "USD"),
        (f"{place}[2]", "2026-03-10", None, None, None, None, "1.5", "USD"),
    ]
    assert parsed.numbers == [], "what is a price is no fact as well"
    assert parsed.company is not None
    assert parsed.company.ticker == "ALDR"
    assert parsed.rows[0].record == {
        "date": "2026-03-06", "open": "10.0", "high": "10.5", "low": "9.5", "close": "10.25", "volume": "1000",
        "adjclose": "10.0",
    }  # fmt: skip
    assert len(parsed.rows) == 5  # three days, a dividend, a split
    assert str(parsed.published_at)[:10] == "2026-03-10"
    check_places(content, "ALDR.json", parsed)


def test_prices_in_pence_become_pounds() -> None:
    meta = {"currency": "GBp", "symbol": "ALDR.L", "shortName": "ALDER PLC", "exchangeTimezoneName": "Europe/London"}
    first, second, _ = prices(CONNECTOR.read(dumped(chart(meta=meta)), "ALDR.L.json"))
    assert first[2:5] == ("0.1025", "0.100", "1000")
    assert second[5:] == ("0.0025", None, "GBP")


def test_days_are_the_exchanges_also_where_its_zone_is_unknown() -> None:
    meta = {"symbol": "ALDR", "exchangeTimezoneName": "Nowhere/Alder", "gmtoffset": 32400, "currency": "JPY"}
    parsed = CONNECTOR.read(dumped(chart(meta=meta, timestamp=[1773097200], events={})), "ALDR.json")
    assert prices(parsed)[0][1] == "2026-03-10"  # 23:00 UTC is eight in the morning of the next day


def test_what_does_not_fit_is_rejected() -> None:
    quote = {"close": [-1.0, "NaN", 3.0, 4.0], "volume": ["many"]}
    events = {
        "dividends": {"1": {"amount": 1, "date": "never"}, "2": 7, "3": {"amount": "much", "date": STAMPS[0]}},
        "splits": {"4": {"numerator": 3, "denominator": 0, "date": STAMPS[0]}, "5": {"date": 1}},
    }
    document = chart(indicators={"quote": [quote], "adjclose": [{}]}, events=events, timestamp=[*STAMPS, "x"])
    parsed = CONNECTOR.read(dumped(document), "ALDR.json")
    assert [row[2:5:2] for row in prices(parsed)] == [("-1.0", "many"), ("NaN", None), ("3.0", None)]
    place = "$.chart.result[0]"
    assert {reject.locator for reject in parsed.rejects} == {
        f"{place}.timestamp[3]",
        f"{place}.indicators.quote[0].volume",
        *(f"{place}.events.dividends.{number}" for number in (1, 2, 3)),
        *(f"{place}.events.splits.{number}" for number in (4, 5)),
    }


def test_a_share_that_did_not_trade_has_no_days() -> None:
    document = chart(events={}, indicators={"quote": [{}], "adjclose": [{}]})
    result = document["chart"]["result"][0]  # type: ignore[index]
    del result["timestamp"]
    parsed = CONNECTOR.read(dumped(document), "ALDR.json")
    assert parsed.extracts == []
    assert parsed.rows == []
    assert parsed.rejects == []


@pytest.mark.parametrize(
    ("status", "reason"), [(404, "missing"), (429, "busy"), (401, "denied"), (500, "broken"), (503, "busy")]
)
def test_refusals_are_failures_with_their_reason(status: int, reason: str) -> None:
    error = {"chart": {"result": None, "error": {"code": "Not Found", "description": "No data found"}}}

    def reply(asked: Asked) -> Reply:
        return Reply(error, status) if asked.path.startswith("/v8/") else charts(asked)

    with serving(reply) as server, pytest.raises(FetchFailed) as failure:
        ask_it(server)
    assert failure.value.reason == reason


def test_a_server_that_is_not_there_is_unreachable() -> None:
    with serving(charts) as server:
        pass
    with pytest.raises(FetchFailed) as failure:
        ask_it(server)
    assert failure.value.reason == "unreachable"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            b'{"chart":{"result":null,"error":{"code":"Not Found","description":"No data found for it"}}}',
            "Not Found: No data found for it",
        ),
        (b'{"chart":{"result":[],"error":null}}', "a chart with one result"),
        (b'{"chart":{"result":[{"meta":{}}],"error":null}}', "a chart that names its `symbol`"),
        (b"Edge: Too Many Requests", "Edge: Too Many Requests"),
        (b"<html><body>Will be right back</body></html>", "Will be right back"),
    ],
)
def test_errors_are_unreadable_and_quoted(content: bytes, said: str) -> None:
    with pytest.raises(UnreadableDocument) as error:
        CONNECTOR.read(content, "ALDR.json")
    assert said in str(error.value)


def test_members_that_follow_the_market_do_not_make_a_new_version() -> None:
    assert "$.chart.result[0].meta.regularMarketPrice" in CONNECTOR.volatile
    assert not any("currency" in path or "symbol" in path for path in CONNECTOR.volatile)
    assert Path(CONNECTOR.asks(REQUEST)[0].path).suffix == ".json"


def test_an_answer_that_is_too_large_is_refused_while_it_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    session = yahoo_session.bounded_session
    monkeypatch.setattr("market_research.connectors.yahoo.bounded_session", lambda url: session(url, max_bytes=100_000))

    def reply(asked: Asked) -> Reply:
        return Reply(b"x" * 5_000_000) if asked.path.startswith("/v8/") else charts(asked)

    with serving(reply) as server, pytest.raises(FetchFailed, match=r"larger than 0\.0954 MB") as failure:
        ask_it(server)
    assert failure.value.reason == "refused"


def test_all_requests_of_a_question_together_have_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    session = yahoo_session.bounded_session
    monkeypatch.setattr("market_research.connectors.yahoo.bounded_session", lambda url: session(url, seconds=0.3))

    def reply(asked: Asked) -> Reply:
        time.sleep(0.2)
        return charts(asked)

    began = time.monotonic()
    with serving(reply) as server, pytest.raises(FetchFailed) as failure:
        ask_it(server)
    assert failure.value.reason == "unreachable"
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    "target", ["http://query2.finance.yahoo.com/x", "https://yahoo.com.example.com/x", "https://169.254.169.254/latest"]
)
def test_a_redirect_to_another_place_than_yahoo_is_refused(target: str) -> None:
    def reply(asked: Asked) -> Reply:
        return Reply(b"", 302, headers={"Location": target}) if asked.path.startswith("/v8/") else charts(asked)

    with serving(reply) as server, pytest.raises(FetchFailed, match="no host of Yahoo") as failure:
        ask_it(server)
    assert failure.value.reason == "refused"


def test_a_redirect_within_yahoo_is_followed() -> None:
    def reply(asked: Asked) -> Reply:
        if asked.path == "/v8/finance/chart/ALDR":
            return Reply(b"", 302, headers={"Location": "https://query1.finance.yahoo.com/v8/other"})
        return charts(asked)

    with serving(reply) as server:
        (answer,) = server.answers(CONNECTOR, CONNECTOR.asks(REQUEST)[0], env={URL: server.url})
    assert answer.content == dumped(chart())


def test_a_name_of_yahoo_that_leads_to_a_private_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: [(2, 1, 6, "", ("10.0.0.7", 443))])
    with pytest.raises(yahoo_session.BeyondBounds, match=r"10\.0\.0\.7"):
        yahoo_session.check_address("https://query2.finance.yahoo.com/x")
