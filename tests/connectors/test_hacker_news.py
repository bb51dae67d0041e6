"""Hacker News: questions by term, pages, texts without markup, points and comments of the term asked for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market_research.connectors.hacker_news import CONNECTOR, MAX_ASKS, MAX_PAGES
from market_research.errors import UnreadableDocument
from market_research.industries import Company, ResearchRequest
from tests.connectors.plain import Reply, check_places, dumped, figures, serving

REQUEST = ResearchRequest(industry="chips", companies=(Company(name="Alder & Sons"),), technologies=("RISC-V",))
PATH = "Alder_%26_Sons/page-1.json"


def hit(number: int, **more: object) -> dict[str, object]:
    return {
        "created_at": "2026-02-01T09:30:00Z",
        "created_at_i": 1769938200,
        "num_comments": 4,
        "objectID": str(number),
        "points": 12,
        "story_text": None,
        "title": f"Alder & Sons tapes out, part {number}",
        "url": f"https://alder.example/{number}",
        **more,
    }


def result(hits: list[object], page: int = 0, pages: object = 1) -> dict[str, object]:
    return {
        "exhaustive": {"nbHits": True, "typo": True},
        "exhaustiveNbHits": True,
        "exhaustiveTypo": True,
        "hits": hits,
        "hitsPerPage": 100,
        "nbHits": len(hits),
        "nbPages": pages,
        "page": page,
        "params": "query=...",
        "processingTimeMS": 5,
        "processingTimingsMS": {"total": 5},
        "query": '"Alder & Sons"',
        "serverTimeMS": 6,
    }


def test_each_term_is_asked_for_as_a_phrase_page_by_page() -> None:
    with serving(lambda asked: Reply(result([hit(1)], int(asked.params["page"]), 2))) as server:
        asks = CONNECTOR.asks(REQUEST)
        answers = server.answers(CONNECTOR, asks[0])
    assert [ask.path for ask in asks] == ["Alder_%26_Sons", "RISC-V"]
    assert [answer.path for answer in answers] == ["Alder_%26_Sons/page-1.json", "Alder_%26_Sons/page-2.json"]
    assert (server.asked[1].host, server.asked[1].path) == ("hn.algolia.com", "/api/v1/search_by_date")
    assert server.asked[1].params == {
        "query": '"Alder & Sons"',
        "tags": "story",
        "hitsPerPage": "100",
        "advancedSyntax": "true",
        "typoTolerance": "false",
        "attributesToRetrieve": "objectID,title,url,points,num_comments,story_text,created_at,created_at_i",
        "attributesToHighlight": "",
        "numericFilters": "created_at_i>=1758067200,created_at_i<1773619200",  # 17 September to 15 March
        "page": "1",
    }


@pytest.mark.parametrize("pages", [0, 10**6, None, "x"])
def test_pages_are_bounded(pages: object) -> None:
    with serving(lambda asked: Reply(result([], int(asked.params["page"]), pages))) as server:
        server.answers(CONNECTOR, CONNECTOR.asks(REQUEST)[0])
    assert 1 <= len(server.asked) <= MAX_PAGES
    many = ResearchRequest(industry="x", keywords=tuple(f"k{n}" for n in range(100)))
    assert len(CONNECTOR.asks(many)) == MAX_ASKS


def test_attention_counts_for_the_term_on_the_storys_day() -> None:
    hits: list[object] = [
        hit(1),
        hit(2, story_text="<p>Why?<p>See &lt;this&gt; &amp; <a href='x' onclick=\"y()\">that</a>."),
    ]
    content = dumped(result(hits))
    parsed = CONNECTOR.read(content, PATH)
    assert figures(parsed)[:2] == [
        ("Alder & Sons", "Hacker News points", 12.0, "count", "2026-02-01"),
        ("Alder & Sons", "Hacker News comments", 4.0, "count", "2026-02-01"),
    ]
    assert parsed.numbers[0].dimensions == "story=1"
    assert parsed.numbers[0].period_start == parsed.numbers[0].period_end
    assert [(block.text, block.locator) for block in parsed.blocks] == [
        ("Alder & Sons tapes out, part 1", "$.hits[0].title"),
        ("Why? See <this> & that.", "$.hits[1].story_text"),
    ]
    check_places(content, PATH, parsed)


def test_odd_stories_are_rows_and_rejects() -> None:
    hits: list[object] = [
        hit(1, points=None, num_comments=None),
        hit(2, points=-3),
        hit(3, points="NaN", num_comments="four"),
        hit(4, title=None),
        hit(5, created_at="31 January"),
        hit(6, created_at="99999-01-01T00:00:00Z"),
        None,
        hit(7, points=10**400),
    ]
    content = dumped(result(hits))
    parsed = CONNECTOR.read(content, PATH)
    assert {reject.locator for reject in parsed.rejects} == {
        "$.hits[1].points",
        "$.hits[2].num_comments",
        "$.hits[3].title",
        "$.hits[4].created_at",
        "$.hits[5].created_at",
        "$.hits[6]",
        "$.hits[7].points",
    }
    assert len(parsed.rows) + 1 == len(hits)
    check_places(content, PATH, parsed)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"message":"invalid numeric attribute","status":400}', "invalid numeric attribute"),
        (b'{"hits": null}', "an object with `hits`"),
        (b"<html><body>502</body></html>", "a web page (502)"),
    ],
)
def test_errors_are_unreadable_and_quoted(content: bytes, said: str) -> None:
    with pytest.raises(UnreadableDocument) as error:
        CONNECTOR.read(content, PATH)
    assert said in str(error.value)


def test_no_stories_are_no_error() -> None:
    assert CONNECTOR.read(dumped(result([])), PATH).rows == []


@given(st.integers(-1000, 1000), st.integers(0, 10**9))
def test_only_counts_below_zero_are_refused(points: int, comments: int) -> None:
    parsed = CONNECTOR.read(dumped(result([hit(1, points=points, num_comments=comments)])), PATH)
    values = [n.value for n in parsed.numbers]
    assert values == ([float(points)] if points >= 0 else []) + [float(comments)]
    assert len(parsed.rejects) == (points < 0)
