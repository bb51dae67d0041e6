"""Wikipedia: the article for a name, page views of whole months, and articles that are not there."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market_research.connectors.base import FetchFailed
from market_research.connectors.wikipedia import CONNECTOR, article_for
from market_research.errors import UnreadableDocument
from market_research.industries import Company, ResearchRequest
from tests.connectors.plain import Asked, Reply, check_places, dumped, figures, serving

REQUEST = ResearchRequest(
    industry="chips",
    companies=(Company(name="AMD", aliases=("Advanced Micro Devices",)), Company(name="Alder")),
    technologies=("Artificial intelligence",),
)


def views(*counts: object, article: str = "Advanced_Micro_Devices") -> dict[str, object]:
    return {
        "items": [
            {
                "project": "en.wikipedia",
                "article": article,
                "granularity": "monthly",
                "timestamp": f"2026{month:02}0100",
                "access": "all-access",
                "agent": "user",
                "views": count,
            }
            for month, count in enumerate(counts, start=1)
        ]
    }


def found(*titles: str) -> dict[str, object]:
    search = [{"ns": 0, "title": title, "pageid": n} for n, title in enumerate(titles)]
    return {"batchcomplete": True, "query": {"search": search}}


def test_an_article_is_looked_for_and_its_whole_months_are_asked_for() -> None:
    def reply(asked: Asked) -> Reply:
        if asked.host == "en.wikipedia.org":
            return Reply(found("AMD (disambiguation)", "Ryzen", "Advanced Micro Devices"))
        return Reply(views(5, 6))

    with serving(reply) as server:
        asks = CONNECTOR.asks(REQUEST)
        (answer,) = server.answers(CONNECTOR, asks[0])
    assert [ask.path for ask in asks] == ["AMD", "Alder", "Artificial_intelligence"]
    assert server.asked[0].path == "/w/api.php"
    assert server.asked[0].params == {
        "action": "query",
        "list": "search",
        "srsearch": "AMD company",
        "srnamespace": "0",
        "srlimit": "5",
        "srprop": "redirecttitle",
        "srinfo": "",
        "format": "json",
        "formatversion": "2",
    }
    assert asks[2].params["srsearch"] == "Artificial intelligence"
    assert (server.asked[1].host, server.asked[1].path) == (
        "wikimedia.org",
        "/api/rest_v1/metrics/pageviews/per-article/en.wikipedia/all-access/user/Advanced_Micro_Devices/monthly/"
        "20210101/20260228",
    )
    assert answer.path == "AMD/Advanced_Micro_Devices.json"


def test_months_start_with_the_requests_first_year_but_not_before_they_were_counted() -> None:
    def reply(asked: Asked) -> Reply:
        return Reply(found("C/C++ & more") if asked.host == "en.wikipedia.org" else views(1))

    for year, start in ((1990, "20150701"), (2020, "20200101")):
        request = ResearchRequest(industry="x", technologies=("C/C++ & more",), start_year=year)
        with serving(reply) as server:
            (answer,) = server.answers(CONNECTOR, CONNECTOR.asks(request)[0], as_of=date(2021, 1, 1))
        assert server.asked[1].path.endswith(f"/user/C%2FC%2B%2B_%26_more/monthly/{start}/20201231")
        assert answer.path.count("/") == 1
    with serving(reply) as server:
        assert server.answers(CONNECTOR, CONNECTOR.asks(request)[0], as_of=date(2019, 1, 1)) == []


@pytest.mark.parametrize(
    ("forms", "titles", "expected"),
    [
        (["NVIDIA", "NVIDIA CORP"], ["GeForce", "Nvidia"], "Nvidia"),
        (["Apple"], ["Apple Inc.", "Apple"], "Apple Inc."),
        (["Smartphone usage"], ["Mobile phone", "Smartphone"], "Smartphone"),
        (["Micron"], ["Micron Technology"], "Micron Technology"),
        (["Rust"], ["Rust (disambiguation)", "Rust (programming language)"], "Rust (programming language)"),
        (["Alder"], ["Birch"], None),
        (["Alder"], [], None),
        (["Al"], ["Alder"], None),
    ],
)
def test_a_title_must_resemble_the_name(forms: list[str], titles: list[str], expected: str | None) -> None:
    assert article_for(forms, [(title, "") for title in titles]) == expected


def test_a_redirect_of_the_name_leads_to_its_article() -> None:
    titles = [("Cellular network", ""), ("Mobile phone", "Cellular phone")]
    assert article_for(["Cellular phone"], titles) == "Mobile phone"


def test_no_article_and_no_counts_are_failures_that_say_so() -> None:
    with serving(lambda _: Reply(found("Birch"))) as server, pytest.raises(FetchFailed, match="Alder") as error:
        server.answers(CONNECTOR, CONNECTOR.asks(REQUEST)[1])
    assert error.value.reason == "missing"
    absent = {"type": "https://mediawiki.org/wiki/HyperSwitch/errors/not_found", "title": "Not found.", "detail": "x"}

    def reply(asked: Asked) -> Reply:
        return Reply(found("Alder")) if asked.host == "en.wikipedia.org" else Reply(absent, 404)

    with serving(reply) as server, pytest.raises(FetchFailed) as error:
        server.answers(CONNECTOR, CONNECTOR.asks(REQUEST)[1])
    assert error.value.reason == "missing"
    broken = {"error": {"code": "maxlag", "info": "Waiting for a database"}}
    with serving(lambda _: Reply(broken)) as server, pytest.raises(FetchFailed, match="maxlag"):
        server.answers(CONNECTOR, CONNECTOR.asks(REQUEST)[1])


def test_page_views_are_counts_of_the_subject_by_month() -> None:
    content = dumped(views(310_000, 0))
    parsed = CONNECTOR.read(content, "AMD/Advanced_Micro_Devices.json")
    assert figures(parsed) == [
        ("AMD", "page views", 310000.0, "count", "2026-01-31"),
        ("AMD", "page views", 0.0, "count", "2026-02-28"),
    ]
    assert str(parsed.numbers[1].period_start) == "2026-02-01"
    assert parsed.numbers[0].dimensions == "article=Advanced Micro Devices"
    check_places(content, "AMD/Advanced_Micro_Devices.json", parsed)


def test_odd_counts_are_rejected_at_their_place() -> None:
    document = views(None, -1, "NaN", "x", 1, 2, 3)
    items = document["items"]
    assert isinstance(items, list)
    items[4]["timestamp"] = "20261301"
    items[5]["granularity"] = "daily"
    del items[6]["article"]
    items.append("x")
    parsed = CONNECTOR.read(dumped(document), "AMD/A.json")
    assert {reject.locator for reject in parsed.rejects} == {
        "$.items[1].views", "$.items[3].views", "$.items[4].timestamp", "$.items[5].timestamp", "$.items[6].article",
        "$.items[7]",
    }  # fmt: skip
    assert parsed.numbers == []
    assert len(parsed.rows) + 1 == len(items)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"type":"x","title":"Bad Request","detail":"start timestamp is invalid"}', "start timestamp is invalid"),
        (b'{"items": 3}', "an object with `items`"),
        (b"upstream connect error", "upstream connect error"),
    ],
)
def test_errors_are_unreadable_and_quoted(content: bytes, said: str) -> None:
    with pytest.raises(UnreadableDocument) as error:
        CONNECTOR.read(content, "AMD/A.json")
    assert said in str(error.value)


@given(st.dates(date(2015, 9, 1), date(2100, 12, 31)))
def test_only_whole_months_before_the_day_of_asking_are_asked_for(as_of: date) -> None:
    from market_research.connectors.base import Context, Fetched

    urls: list[str] = []

    class Fetcher:
        def get(self, url: str, **_: object) -> Fetched:
            from datetime import UTC, datetime

            urls.append(url)
            body = dumped(found("Alder")) if "wikipedia.org/w/" in url else dumped(views(1))
            return Fetched(url, body, "application/json", datetime(2026, 1, 1, tzinfo=UTC))

    list(CONNECTOR.fetch(CONNECTOR.asks(REQUEST)[1], Context(Fetcher(), as_of)))
    start, end = (date.fromisoformat(part) for part in urls[1].rsplit("/", 2)[1:])
    assert start <= end < as_of.replace(day=1)
    assert (as_of.replace(day=1) - end).days == 1
