"""GDELT: questions within its limits, older articles by narrowing the window, headlines, refusals in plain text."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market_research.connectors.gdelt import CONNECTOR, MAX_ASKS, MAX_PAGES, MAX_RECORDS
from market_research.errors import UnreadableDocument
from market_research.industries import Company, ResearchRequest
from tests.connectors.plain import Asked, Reply, dumped, serving

REQUEST = ResearchRequest(
    industry="chips",
    companies=(Company(name="Alder"), Company(name='Birch "Micro" (Systems)')),
    keywords=("AI", "data center"),
    technologies=("GPU", "alder"),
)


def article(number: int, seen: str = "20260310T101500Z", **more: object) -> dict[str, object]:
    return {
        "url": f"https://news.example/{number}",
        "url_mobile": "",
        "title": f"Alder opens factory {number}",
        "seendate": seen,
        "socialimage": "",
        "domain": "news.example",
        "language": "English",
        "sourcecountry": "United States",
        **more,
    }


def test_terms_are_joined_by_or_without_those_that_are_too_short_or_stand_twice() -> None:
    (ask,) = CONNECTOR.asks(REQUEST)
    assert ask.params["query"] == '(Alder OR "Birch Micro Systems" OR "data center" OR GPU) sourcelang:english'
    assert CONNECTOR.asks(ResearchRequest(industry="x", keywords=("steel",)))[0].params["query"] == (
        "steel sourcelang:english"
    )
    assert CONNECTOR.asks(ResearchRequest(industry="x", keywords=("AI",))) == []
    many = ResearchRequest(industry="x", keywords=tuple(f"term {n}" for n in range(500)))
    asks = CONNECTOR.asks(many)
    assert len(asks) == MAX_ASKS
    assert len({ask.path for ask in asks}) == MAX_ASKS


def test_the_last_month_is_asked_for() -> None:
    with serving(lambda _: Reply({"articles": [article(1)]})) as server:
        (answer,) = server.answers(CONNECTOR, CONNECTOR.asks(REQUEST)[0])
    (asked,) = server.asked
    assert (asked.host, asked.path) == ("api.gdeltproject.org", "/api/v2/doc/doc")
    assert asked.params == {
        "query": '(Alder OR "Birch Micro Systems" OR "data center" OR GPU) sourcelang:english',
        "mode": "ArtList",
        "format": "json",
        "maxrecords": "250",
        "sort": "DateDesc",
        "startdatetime": "20260213000000",
        "enddatetime": "20260315235959",
    }
    assert answer.path == "Alder_or_Birch_Micro_Systems_or_data_center_or_GPU/page-1.json"
    assert str(answer.published_at) == "2026-03-10 10:15:00+00:00"


def test_a_full_answer_is_followed_by_the_articles_before_it() -> None:
    def reply(asked: Asked) -> Reply:
        end = datetime.strptime(asked.params["enddatetime"], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        count = MAX_RECORDS if len(server.asked) == 1 else 3
        dates = [f"{end - timedelta(hours=n / 10):%Y%m%dT%H%M%SZ}" for n in range(count)]
        return Reply({"articles": [article(n, seen) for n, seen in enumerate(dates)]})

    with serving(reply) as server:
        answers = server.answers(CONNECTOR, CONNECTOR.asks(REQUEST)[0])
    assert [answer.path.rpartition("/")[2] for answer in answers] == ["page-1.json", "page-2.json"]
    assert server.asked[1].params["enddatetime"] == "20260314230559"


def test_pages_are_bounded_and_a_window_that_does_not_move_ends_them() -> None:
    full = {"articles": [article(n, "20260101T000000Z") for n in range(MAX_RECORDS)]}
    with serving(lambda _: Reply(full)) as server:
        server.answers(CONNECTOR, CONNECTOR.asks(REQUEST)[0])
    assert len(server.asked) == 1
    moving = iter(range(28, 0, -1))

    def reply(_: Asked) -> Reply:
        seen = f"202603{next(moving) // 2:02}T000000Z"
        return Reply({"articles": [article(n, seen) for n in range(MAX_RECORDS)]})

    with serving(reply) as server:
        server.answers(CONNECTOR, CONNECTOR.asks(REQUEST)[0])
    assert len(server.asked) == MAX_PAGES


def test_headlines_are_dated_blocks_in_plain_text() -> None:
    articles = [
        article(1, title="Alder &amp; Co . raises $ 5 million , <b>doubling</b> its fund ( again )"),
        article(1, title="The same address again"),
        article(2, "20990101T000000Z"),
    ]
    parsed = CONNECTOR.read(dumped({"articles": articles}), "a/page-1.json")
    assert [(block.text, block.locator, str(block.published_at)) for block in parsed.blocks] == [
        (
            "Alder & Co. raises $5 million, doubling its fund (again)",
            "$.articles[0].title",
            "2026-03-10 10:15:00+00:00",
        ),
        ("Alder opens factory 2", "$.articles[2].title", "2099-01-01 00:00:00+00:00"),
    ]
    assert len(parsed.rows) == 3
    assert parsed.rows[0].record["domain"] == "news.example"


def test_articles_without_title_or_date_are_rejected_at_their_place() -> None:
    articles = [
        article(1, title=None),
        article(2, "yesterday"),
        7,
        article(3, title="Null \x00 byte"),
        article(4, title="\ud800"),
    ]
    parsed = CONNECTOR.read(json.dumps({"articles": articles}).encode(), "a/page-1.json")
    assert {reject.locator for reject in parsed.rejects} == {
        "$.articles[0].title", "$.articles[1].seendate", "$.articles[2]", "$.articles[3]", "$.articles[4]",
    }  # fmt: skip
    assert not parsed.blocks
    assert len(parsed.rows) + 3 == len(articles)


def test_stray_backslashes_and_control_characters_do_not_spoil_the_list() -> None:
    content = dumped({"articles": [article(1)]}).replace(b"opens factory 1", b"opens\\' a C:\\dir \t\\\\ \\u00e9 now")
    (block,) = CONNECTOR.read(content, "a/page-1.json").blocks
    assert block.text == "Alder opens\\' a C:\\dir \\ é now"


def test_no_articles_are_an_empty_object() -> None:
    assert CONNECTOR.read(b"{}", "a/page-1.json").blocks == []
    with serving(lambda _: Reply("{}")) as server:
        assert len(server.answers(CONNECTOR, CONNECTOR.asks(REQUEST)[0])) == 1


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"The specified phrase is too short.\n", "The specified phrase is too short."),
        (b"Please limit requests to one every 5 seconds or contact us.", "Please limit requests"),
        (b"<!DOCTYPE html><html><head><script>x()</script></head><body>Error</body></html>", "a web page (Error)"),
        (b'{"status": "error"}', "a list of articles"),
        (b'{"articles": {}}', "a list of articles"),
        (b'{"articles": [', "not valid JSON"),
        (b"", "nothing came"),
    ],
)
def test_messages_are_unreadable_and_quoted(content: bytes, said: str) -> None:
    with pytest.raises(UnreadableDocument) as error:
        CONNECTOR.read(content, "a/page-1.json")
    assert said in str(error.value)


@given(st.lists(st.text(st.characters(exclude_categories=("Cs",)), max_size=30), max_size=8))
def test_any_titles_are_read_or_rejected(titles: list[str]) -> None:
    articles = [article(n, title=title) for n, title in enumerate(titles)]
    parsed = CONNECTOR.read(json.dumps({"articles": articles}).encode(), "a/page-1.json")
    assert len(parsed.blocks) + len(parsed.rejects) == len(titles)
