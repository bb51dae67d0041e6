"""Declared REST APIs against a server that answers with every kind of paging."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from market_research.connectors import declared, rest
from market_research.connectors.base import Answer, Context, FetchFailed
from market_research.errors import UnreadableDocument
from market_research.industries import ResearchRequest

from .asking import all_answers
from .loopback import Loopback, Reply, Request, as_json, busy, page

Make = Callable[..., Context]
HOST = "https://api.example.com"
RECORDS = [{"account": {"name": f"Company {n}"}, "year": 2020 + n % 4, "amount": 1000.5 * n} for n in range(7)]


def _request(**source: Any) -> ResearchRequest:
    made = {"kind": "rest", "name": "crm", "url": f"{HOST}/deals", "records": "$.data", **source}
    return ResearchRequest.model_validate({"industry": "x", "sources": [made]})


def _fetch(request: ResearchRequest, context: Context) -> list[Answer]:
    (ask,) = rest.asks(request)
    return list(rest.fetch(ask, context))


def _records(answers: list[Answer]) -> list[Any]:
    return [record for answer in answers for record in json.loads(answer.content)["data"]]


def _numbered(request: Request) -> Reply:
    size, number = int(request.query.get("per_page", "3")), int(request.query["page"])
    return as_json({"data": RECORDS[(number - 1) * size : number * size]})


def _offset(request: Request) -> Reply:
    start, size = int(request.query["offset"]), int(request.query["limit"])
    return as_json({"data": RECORDS[start : start + size]})


def _cursor(request: Request) -> Reply:
    start = int(request.query.get("cursor", "0"))
    following = start + 3 if start + 3 < len(RECORDS) else None
    return as_json({"data": RECORDS[start : start + 3], "meta": {"next": following}})


def _linked(request: Request) -> Reply:
    start = int(request.query.get("from", "0"))
    links = '<https://api.example.com/deals?from=0>; rel="first"'
    if start + 3 < len(RECORDS):
        links += f', </deals?from={start + 3}&key=s3cret>; rel="next"; title="a, b"'
    return as_json({"data": RECORDS[start : start + 3]}, Link=links)


def _next_url(request: Request) -> Reply:
    start = int(request.query.get("from", "0"))
    following = f"{HOST}/deals?from={start + 3}" if start + 3 < len(RECORDS) else ""
    return as_json({"data": RECORDS[start : start + 3], "next": following})


PAGING: dict[str, tuple[Any, Any]] = {
    "page": ({"kind": "page"}, _numbered),
    "page of a size": ({"kind": "page", "size_param": "per_page", "size": 3}, _numbered),
    "offset": ({"kind": "offset", "size": 3}, _offset),
    "cursor": ({"kind": "cursor", "path": "$.meta.next"}, _cursor),
    "link": ({"kind": "link"}, _linked),
    "next_url": ({"kind": "next_url", "path": "$.next"}, _next_url),
}


@pytest.mark.parametrize("kind", PAGING)
def test_all_pages_come_in_order_and_again_from_the_store(kind: str, server: Loopback, context: Make) -> None:
    paging, script = PAGING[kind]
    server.on("/deals", script)
    here = context({"api.example.com": server.url})
    answers = _fetch(_request(paging=paging), here)
    assert [answer.path for answer in answers] == [f"crm/page-{number}.json" for number in (1, 2, 3)]
    assert _records(answers) == RECORDS
    server.on("/deals", busy(status=503))
    again = _fetch(_request(paging=paging), here)
    assert [(a.path, a.content, a.stale) for a in again] == [(a.path, a.content, True) for a in answers]


def test_a_server_that_knows_no_paging_is_not_asked_for_ever(server: Loopback, context: Make) -> None:
    server.on("/deals", as_json({"data": RECORDS}))
    answers = _fetch(_request(paging={"kind": "page"}), context({"api.example.com": server.url}))
    assert len(answers) == 1
    assert len(server.requests) == 2


def test_a_cursor_that_leads_back_is_an_error(server: Loopback, context: Make) -> None:
    server.on("/deals", lambda r: as_json({"data": [len(server.requests)], "meta": {"next": "same"}}))
    with pytest.raises(FetchFailed, match="leads back") as failed:
        _fetch(_request(paging={"kind": "cursor", "path": "$.meta.next"}), context({"api.example.com": server.url}))
    assert failed.value.reason == "broken"


def test_more_pages_than_allowed_are_an_error_after_those_that_are(server: Loopback, context: Make) -> None:
    server.on("/deals", _cursor)
    request = _request(paging={"kind": "cursor", "path": "$.meta.next"}, max_pages=2)
    (ask,) = rest.asks(request)
    answers, failure = all_answers(rest.fetch(ask, context({"api.example.com": server.url})))
    assert len(answers) == 2
    assert "more than 2 pages" in str(failure)


def test_credentials_do_not_go_where_a_next_page_leads_elsewhere(server: Loopback, context: Make) -> None:
    server.on("/deals", as_json({"data": [1], "next": "https://evil.example.com/deals"}))
    request = _request(paging={"kind": "next_url", "path": "$.next"}, auth={"kind": "bearer", "token": "T"})
    with pytest.raises(FetchFailed, match="another host") as failed:
        _fetch(request, context({"api.example.com": server.url, "evil.example.com": server.url}, env={"T": "s3cret"}))
    assert failed.value.reason == "refused"
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("auth", "where"),
    [
        ({"kind": "bearer", "token": "A"}, ("headers", "authorization", "Bearer s3cret-a")),
        (
            {"kind": "basic", "user": "A", "password": "B"},
            ("headers", "authorization", "Basic " + base64.b64encode(b"s3cret-a:s3cret-b").decode()),
        ),
        ({"kind": "header", "header": "X-Mine", "value": "A"}, ("headers", "x-mine", "s3cret-a")),
        ({"kind": "query", "param": "key", "value": "A"}, ("query", "key", "s3cret-a")),
    ],
)
def test_credentials_come_from_the_environment_and_are_shown_nowhere(
    auth: Any, where: tuple[str, str, str], server: Loopback, context: Make
) -> None:
    server.on("/deals", _linked)
    request = _request(auth=auth, paging={"kind": "link"}, params={"open": True, "n": 5})
    here = context({"api.example.com": server.url}, env={"A": "s3cret-a", "B": "s3cret-b"})
    answers = _fetch(request, here)
    assert len(answers) == 3
    for asked in server.requests:
        assert getattr(asked, where[0])[where[1]] == where[2]
    assert server.requests[0].query["open"] == "true"
    assert not [answer for answer in answers if "s3cret" in answer.url + answer.path + answer.title]
    server.on("/deals", Reply(b"", 401))
    with pytest.raises(FetchFailed) as failed:
        _fetch(_request(auth=auth, params={"other": 1}), here)
    assert failed.value.reason == "denied"
    assert "s3cret" not in str(failed.value)
    with pytest.raises(FetchFailed, match="A is not set") as failed:
        _fetch(request, context({"api.example.com": server.url}))
    assert failed.value.reason == "denied"


def test_html_where_json_should_be_is_a_failure(server: Loopback, context: Make) -> None:
    server.on("/deals", page("<html><body>Login</body></html>"))
    with pytest.raises(FetchFailed, match="HTML") as failed:
        _fetch(_request(), context({"api.example.com": server.url}))
    assert failed.value.reason == "broken"


def test_fields_become_columns_rows_and_numbers() -> None:
    fields = {"company": "$.account.name", "year": "$.year", "revenue (USD)": "$.amount"}
    request = _request(fields=fields)
    read = declared.reader_of(request, "rest", "crm/page-1.json")
    assert read is not None
    parsed = read(json.dumps({"data": [*RECORDS, "odd", {"account": 1}]}).encode(), "crm/page-1.json")
    assert parsed.rows[2].record == {"company": "Company 2", "year": "2022", "revenue (USD)": "2001.0"}
    assert parsed.rows[2].locator == "$.data[2]"
    assert [number.value for number in parsed.numbers] == [record["amount"] for record in RECORDS]
    assert parsed.numbers[2].unit == "USD"
    assert parsed.numbers[2].entity == "Company 2"
    assert [reject.locator for reject in parsed.rejects] == ["$.data[7]"]
    assert len(parsed.rows) + 1 == len(RECORDS) + 2


def test_without_fields_every_member_is_a_column() -> None:
    read = declared.reader_of(_request(), "rest", "crm/page-1.json")
    assert read is not None
    parsed = read(json.dumps({"data": RECORDS}).encode(), "page-1.json")
    assert parsed.rows[1].record == {"account.name": "Company 1", "year": "2021", "amount": "1000.5"}
    assert read(b'{"data": []}', "page-1.json").rows == []
    one = read(json.dumps({"data": RECORDS[0]}).encode(), "page-1.json")
    assert one.rows[0].locator == "$.data"


def test_records_that_are_not_where_they_should_be_are_an_error() -> None:
    read = declared.reader_of(_request(), "rest", "crm/page-1.json")
    assert read is not None
    with pytest.raises(UnreadableDocument, match=r"no records at \$\.data"):
        read(b'{"items": []}', "page-1.json")
