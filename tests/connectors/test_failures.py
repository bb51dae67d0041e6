"""Every connector that asks over HTTP, against everything that goes wrong there."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from market_research.connectors.base import Ask, Context, FetchFailed
from market_research.connectors.registry import connectors
from market_research.connectors.versions import significant
from market_research.industries import parse_request

from .loopback import Loopback, Reply, as_json, busy, page, redirect

Make = Callable[..., Context]
REQUEST = parse_request(
    """
    industry: software
    companies: [{name: Example Works, cik: "1234567"}]
    sic: ["7372"]
    feeds: ["https://news.example.com/rss"]
    sources:
      - {kind: rest, name: crm, url: "https://crm.example.com/deals"}
      - {kind: web_page, name: prices, urls: ["https://shop.example.com/prices"], fields: {title: title}}
    """
)
HOSTS = ("data.sec.gov", "www.sec.gov", "news.example.com", "crm.example.com", "shop.example.com")


@dataclass(frozen=True)
class Case:
    """A question, the path at which it is answered, and two good answers that differ."""

    ask: str
    route: str
    good: Reply
    changed: Reply


def _facts(value: int) -> Reply:
    return as_json({"cik": 1234567, "entityName": "EXAMPLE WORKS INC", "facts": {}, "note": value})


def _frame(value: int) -> Reply:
    point = {"accn": "a", "cik": 1, "entityName": "A", "end": "2024-12-31", "val": value}
    return as_json({"taxonomy": "us-gaap", "tag": "Revenues", "uom": "USD", "ccp": "CY2024", "data": [point]})


def _xml(text: str) -> Reply:
    return Reply(text.encode(), headers={"Content-Type": "application/xml"})


def _list(cik: str) -> Reply:
    return _xml(f"<feed><entry><content><company-info><cik>{cik}</cik></company-info></content></entry></feed>")


def _feed(title: str) -> Reply:
    return _xml(f"<rss><channel><title>{title}</title></channel></rss>")


FRAMES = "/api/xbrl/frames/us-gaap/Revenues/USD/CY2024.json"
FILINGS = as_json({"name": "A", "filings": {"recent": {"accessionNumber": []}}})
MORE = as_json({"name": "B", "filings": {"recent": {"accessionNumber": []}}})
CASES = {
    "facts": Case("facts/CIK0001234567.json", "/api/xbrl/companyfacts/CIK0001234567.json", _facts(1), _facts(2)),
    "filings": Case("filings/CIK0001234567", "/submissions/CIK0001234567.json", FILINGS, MORE),
    "sic": Case("sic/7372", "/cgi-bin/browse-edgar", _list("1"), _list("2")),
    "frames": Case("frames/us-gaap/Revenues", FRAMES, _frame(1), _frame(2)),
    "feeds": Case("news.example.com-", "/rss", _feed("one"), _feed("two")),
    "rest": Case("crm", "/deals", as_json([{"a": 1}]), as_json([{"a": 2}])),
    "web_page": Case("prices", "/prices", page("<title>one</title>"), page("<title>two</title>")),
}
ERRORS = {
    "429": (busy("0"), "busy"),
    "503": (Reply(b"", 503), "busy"),
    "cut": (Reply(b"<x>" * 100, cut=20), "broken"),
    "private": (redirect("http://192.168.0.1/"), "refused"),
    "drip": (Reply(b"x" * 500, drip=0.05), "unreachable"),
    "gone": (Reply(b"", 404), "missing"),
    "denied": (Reply(b"", 403), "denied"),
    "HTML": (page("<!doctype html><html><body>We are sorry</body></html>"), "broken"),
}

# A page of regrets is a page, and a frame that is not there yet is to be expected.
NO_FAILURE = {("web_page", "HTML"), ("frames", "gone")}


def _ask(case: Case) -> tuple[str, Ask]:
    found = [
        (connector.name, ask)
        for connector in connectors().values()
        for ask in connector.asks(REQUEST)
        if ask.path.startswith(case.ask)
    ]
    return found[0]


def _context(context: Make, server: Loopback) -> Context:
    return context(dict.fromkeys(HOSTS, server.url), attempt_seconds=0.3)


@pytest.mark.parametrize("name", CASES)
def test_an_answer_comes_stays_the_same_and_changes(name: str, server: Loopback, context: Make) -> None:
    case = CASES[name]
    source, ask = _ask(case)
    connector, here = connectors()[source], _context(context, server)
    versions = []
    for reply in (case.good, case.good, case.changed):
        server.on(case.route, reply)
        answer = next(iter(connector.fetch(ask, here)))
        assert answer.path.startswith(ask.path)
        assert answer.content == reply.body
        assert not answer.stale
        versions.append((answer.path, significant(answer.content, answer.media_type, connector.volatile)))
    assert versions[0] == versions[1]
    assert versions[1] != versions[2]
    assert versions[1][0] == versions[2][0]


@pytest.mark.parametrize(("name", "error"), sorted({*itertools.product(CASES, ERRORS)} - NO_FAILURE))
def test_every_failure_is_named_and_the_last_answer_stands_in(
    name: str, error: str, server: Loopback, context: Make
) -> None:
    case, (reply, reason) = CASES[name], ERRORS[error]
    source, ask = _ask(case)
    fetch = connectors()[source].fetch
    server.on(case.route, reply)
    with pytest.raises(FetchFailed) as failed:
        list(fetch(ask, _context(context, server)))
    assert failed.value.reason == reason
    assert failed.value.url.startswith("https://")
    server.on(case.route, case.good)
    assert not next(iter(fetch(ask, _context(context, server)))).stale
    server.on(case.route, reply)
    answer = next(iter(fetch(ask, _context(context, server))))
    assert answer.stale
    assert answer.problem
    assert answer.content == case.good.body
