"""OpenAlex: paging with and without a key, abstracts put together from their index, citations, and error objects."""

from datetime import UTC, datetime
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market_research.connectors.base import Context, Fetched
from market_research.connectors.openalex import CONNECTOR, MAX_PAGES, MAX_PAGES_WITH_KEY, PER_PAGE, abstract_of
from market_research.errors import UnreadableDocument
from market_research.industries import ResearchRequest
from market_research.sources.jsonpath import load
from tests.connectors.plain import AS_OF, Asked, Reply, check_places, dumped, serving

REQUEST = ResearchRequest(industry="chips", technologies=("chiplets",), keywords=("EUV lithography", "Chiplets"))
AGENT = "Alder Research research@alder.example"


def work(number: int, **more: object) -> dict[str, object]:
    return {
        "id": f"https://openalex.org/W{number}",
        "doi": None,
        "display_name": f"Chiplets, part {number}",
        "publication_date": "2025-06-01",
        "type": "article",
        "language": "en",
        "cited_by_count": number,
        "abstract_inverted_index": {"Chiplets": [0, 2], "join": [1], "well.": [3]},
        "primary_topic": {"display_name": "Semiconductor packaging"},
        "topics": [{"display_name": "Semiconductor packaging", "score": 0.9}],
        **more,
    }


def works(count: int, total: int = 1000, following: str | None = "next") -> dict[str, object]:
    meta = {"count": total, "db_response_time_ms": 41, "page": None, "per_page": 100, "next_cursor": following}
    return {"meta": meta, "results": [work(n) for n in range(count)], "group_by": []}


def test_without_a_key_pages_go_by_number_and_few() -> None:
    with serving(lambda _: Reply(works(PER_PAGE))) as server:
        (ask,) = CONNECTOR.asks(REQUEST)
        answers = server.answers(CONNECTOR, ask, env={"MARKET_RESEARCH_USER_AGENT": AGENT})
    assert [asked.params["page"] for asked in server.asked] == [str(n + 1) for n in range(MAX_PAGES)]
    assert (server.asked[0].host, server.asked[0].path) == ("api.openalex.org", "/works")
    assert server.asked[0].params == {
        "search": '"chiplets" OR "EUV lithography"',
        "select": (
            "id,doi,display_name,publication_date,type,language,cited_by_count,abstract_inverted_index,"
            "primary_topic,topics,keywords,primary_location"
        ),
        "per_page": "100",
        "filter": "from_publication_date:2024-03-15,to_publication_date:2026-03-15",
        "mailto": "research@alder.example",
        "page": "1",
    }
    assert answers[1].path == "chiplets_or_EUV_lithography/page-2.json"


def test_with_a_key_pages_go_by_cursor_and_the_key_stays_out_of_the_answer() -> None:
    def reply(asked: Asked) -> Reply:
        return Reply(works(PER_PAGE, following=f"c{len(server.asked)}" if len(server.asked) < 4 else None))

    with serving(reply) as server:
        answers = server.answers(CONNECTOR, CONNECTOR.asks(REQUEST)[0], env={"OPENALEX_API_KEY": "s3cret"})
    assert [asked.params["cursor"] for asked in server.asked] == ["*", "c1", "c2", "c3"]
    assert {asked.params["api_key"] for asked in server.asked} == {"s3cret"}
    assert "page" not in server.asked[0].params
    assert "s3cret" not in repr(answers)


@given(total=st.integers(-5, 10_000), key=st.booleans())
def test_pages_are_as_many_as_the_count_needs_within_the_bound(total: int, key: bool) -> None:
    class Counting:
        fetched: ClassVar[list[str]] = []

        def get(self, url: str, **_: object) -> Fetched:
            self.fetched.append(url)
            return Fetched(url, dumped(works(1, total)), "application/json", datetime(2026, 3, 15, tzinfo=UTC))

    Counting.fetched.clear()
    context = Context(Counting(), AS_OF, env=lambda name: "k" if key and name == "OPENALEX_API_KEY" else None)
    list(CONNECTOR.fetch(CONNECTOR.asks(REQUEST)[0], context))
    fetched = Counting.fetched
    most = MAX_PAGES_WITH_KEY if key else MAX_PAGES
    assert len(fetched) == max(1, min(most, -(-total // PER_PAGE)))


def test_works_become_abstracts_under_their_titles_and_citations() -> None:
    results = [
        work(3, display_name="Chiplets in <i>5 nm</i> &amp; beyond"),
        work(0, abstract_inverted_index=None, publication_date="2027-01-01"),
        work(5, display_name=None, title=None),
        work(-1, abstract_inverted_index={"a": "b"}),
        None,
    ]
    content = dumped({"meta": {"count": 5}, "results": results})
    parsed = CONNECTOR.read(content, "a/page-1.json")
    assert [(block.text, block.locator, block.headings, str(block.published_at)[:10]) for block in parsed.blocks] == [
        (
            "Chiplets join Chiplets well.",
            "$.results[0].abstract_inverted_index",
            ("Chiplets in 5 nm & beyond",),
            "2025-06-01",
        ),
        ("Chiplets, part 0", "$.results[1].display_name", ("Chiplets, part 0",), "2027-01-01"),
        ("Chiplets, part -1", "$.results[3].display_name", ("Chiplets, part -1",), "2025-06-01"),
    ]
    assert [(n.entity, n.concept, n.value, n.unit, n.dimensions) for n in parsed.numbers] == [
        ("Chiplets in 5 nm & beyond", "citations", 3.0, "count", "work=https://openalex.org/W3"),
        ("Chiplets, part 0", "citations", 0.0, "count", "work=https://openalex.org/W0"),
    ]
    assert {reject.locator for reject in parsed.rejects} == {
        "$.results[2].display_name",
        "$.results[3].abstract_inverted_index",
        "$.results[3].cited_by_count",
        "$.results[4]",
    }
    assert len(parsed.rows) == 4
    assert parsed.rows[0].record["primary_topic.display_name"] == "Semiconductor packaging"
    check_places(content, "a/page-1.json", parsed)


@given(st.lists(st.from_regex(r"[A-Za-z0-9.,]{1,8}", fullmatch=True), min_size=1, max_size=60))
def test_an_inverted_index_gives_the_text_back(words: list[str]) -> None:
    index: dict[str, list[int]] = {}
    for position, word in enumerate(words):
        index.setdefault(word, []).append(position)
    assert abstract_of(load(dumped(index).decode())) == (" ".join(words), None)


@pytest.mark.parametrize(
    "index",
    ['"text"', '{"a": 1}', '{"a": ["0"]}', '{"a": [-1]}', '{"a": [1.5]}', '{"a": [' + ",".join("1" * 6000) + "]}"],
)
def test_an_index_that_is_none_is_refused(index: str) -> None:
    text, problem = abstract_of(load(index))
    assert text == ""
    assert problem


def test_gaps_and_far_positions_cost_nothing() -> None:
    assert abstract_of(load('{"b": [99999999999999999999], "a": [3]}')) == ("a b", None)


def test_markup_of_publishers_is_dropped_from_abstracts_but_comparisons_stay() -> None:
    words = "<jats:p>We find n<k and k>2 for <sub>x</sub> <script>alert(1)</script> only.</jats:p>".split()
    index = {word: [position] for position, word in enumerate(words)}
    assert abstract_of(load(dumped(index).decode()))[0] == "We find n<k and k>2 for x only."


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"error":"Invalid query parameters error.","message":"Unknown filter field"}', "Unknown filter field"),
        (b'{"meta":{"count":0}}', "an object with `results`"),
        (b"[]", "an object with `results`"),
        (b"<html><body>Bad gateway</body></html>", "a web page (Bad gateway)"),
    ],
)
def test_errors_are_unreadable_and_quoted(content: bytes, said: str) -> None:
    with pytest.raises(UnreadableDocument) as error:
        CONNECTOR.read(content, "a/page-1.json")
    assert said in str(error.value)


def test_nothing_found_is_one_empty_answer() -> None:
    with serving(lambda _: Reply(works(0, 0, None))) as server:
        (answer,) = server.answers(CONNECTOR, CONNECTOR.asks(REQUEST)[0])
    assert CONNECTOR.read(answer.content, answer.path).blocks == []
