"""arXiv: questions, pages, abstracts of the Atom feed, and errors that come as a feed."""

import pytest

from market_research.connectors.arxiv import CONNECTOR, MAX_PAGES, PER_PAGE
from market_research.errors import UnreadableDocument
from market_research.industries import ResearchRequest
from market_research.sources.locate import excerpt
from tests.connectors.plain import Asked, Reply, serving

REQUEST = ResearchRequest(industry="chips", technologies=("chiplets",), keywords=("EUV lithography",))


def entry(number: int, title: str = "", summary: str = "", published: str = "2026-02-01T10:00:00Z") -> str:
    title = title or f"Chiplets broken\n  over lines, part {number}"
    summary = summary or "We show that $n &lt; k$ and\n  k&gt;2 hold."
    return f"""<entry>
    <id>http://arxiv.org/abs/2602.{number:05}v1</id>
    <updated>2026-02-02T10:00:00Z</updated>
    <published>{published}</published>
    <title>{title}</title>
    <summary>  {summary}</summary>
    <author><name>A. Alder</name></author><author><name>B. Birch</name></author>
    <arxiv:doi xmlns:arxiv="http://arxiv.org/schemas/atom">10.1000/{number}</arxiv:doi>
    <arxiv:primary_category xmlns:arxiv="http://arxiv.org/schemas/atom" term="cs.AR"/>
    <category term="cs.AR"/><category term="cs.ET"/>
  </entry>"""


def feed(entries: list[str], total: int | None = None) -> bytes:
    count = len(entries) if total is None else total
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom">
  <title type="html">ArXiv Query</title>
  <id>http://arxiv.org/api/x</id>
  <updated>2026-03-15T00:00:00-04:00</updated>
  <opensearch:totalResults xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/">{count}</opensearch:totalResults>
  {"".join(entries)}
</feed>""".encode()


def test_pages_follow_the_total_that_the_feed_states() -> None:
    def reply(asked: Asked) -> Reply:
        count = PER_PAGE if asked.params["start"] == "0" else 20
        return Reply(feed([entry(n) for n in range(count)], 120), media_type="application/atom+xml")

    with serving(reply) as server:
        (ask,) = CONNECTOR.asks(REQUEST)
        answers = server.answers(CONNECTOR, ask)
    assert [answer.path for answer in answers] == [f"chiplets_or_EUV_lithography/page-{n}.xml" for n in (1, 2)]
    assert (server.asked[1].host, server.asked[1].path) == ("export.arxiv.org", "/api/query")
    assert server.asked[1].params == {
        "search_query": ('(all:"chiplets" OR all:"EUV lithography") AND submittedDate:[202503150000 TO 202603152359]'),
        "sortBy": "submittedDate",
        "sortOrder": "descending",
        "max_results": "100",
        "start": "100",
    }


def test_pages_are_bounded_and_end_with_an_empty_one() -> None:
    with serving(lambda _: Reply(feed([entry(1)], 10**9), media_type="application/atom+xml")) as server:
        server.answers(CONNECTOR, CONNECTOR.asks(REQUEST)[0])
    assert len(server.asked) == MAX_PAGES

    def reply(asked: Asked) -> Reply:
        return Reply(feed([entry(1)] if asked.params["start"] == "0" else [], 10**6))

    with serving(reply) as server:
        assert len(server.answers(CONNECTOR, CONNECTOR.asks(REQUEST)[0])) == 1


def test_entries_become_abstracts_with_the_locators_of_feeds() -> None:
    content = feed([entry(1), entry(2, "Light &amp; heat", "Short <b>one</b>.", "no date"), entry(2)])
    parsed = CONNECTOR.read(content, "a/page-1.xml")
    assert [(b.text, b.locator, b.headings, b.published_at and str(b.published_at)) for b in parsed.blocks][:2] == [
        (
            "We show that $n < k$ and k>2 hold.",
            "item 1 (http://arxiv.org/abs/2602.00001v1)",
            ("Chiplets broken over lines, part 1",),
            "2026-02-01 10:00:00+00:00",
        ),
        ("Short one.", "item 2 (http://arxiv.org/abs/2602.00002v1)", ("Light & heat",), None),
    ]
    assert parsed.rows[0].record == {
        "id": "http://arxiv.org/abs/2602.00001v1",
        "title": "Chiplets broken over lines, part 1",
        "published": "2026-02-01T10:00:00Z",
        "updated": "2026-02-02T10:00:00Z",
        "authors": "A. Alder; B. Birch",
        "primary_category": "cs.AR",
        "categories": "cs.AR cs.ET",
        "doi": "10.1000/1",
        "journal_ref": None,
        "comment": None,
    }
    assert len(parsed.rows) == 3
    found = excerpt(content, "page-1.xml", parsed.blocks[1].locator)
    assert found is not None
    assert "Short" in found


def test_an_entry_without_words_is_a_reject() -> None:
    bare = "<entry><id>http://arxiv.org/abs/1</id></entry>"
    parsed = CONNECTOR.read(feed([bare, entry(2)]), "a/page-1.xml")
    assert [reject.locator for reject in parsed.rejects] == ["item 1 (http://arxiv.org/abs/1)"]
    assert len(parsed.rows) == 2
    assert len(parsed.blocks) == 1


def test_errors_come_as_an_entry_and_are_unreadable() -> None:
    error_entry = """<entry><id>https://arxiv.org/api/errors#incorrect_id_format_for_x</id><title>Error</title>
      <summary>incorrect id format for x</summary></entry>"""
    with pytest.raises(UnreadableDocument, match="incorrect id format for x"):
        CONNECTOR.read(feed([error_entry]), "a/page-1.xml")


def test_nothing_found_is_no_error() -> None:
    assert CONNECTOR.read(feed([]), "a/page-1.xml").rows == []
    nobody = "<entry><id>http://arxiv.org/api/errors</id><title/></entry>"
    assert CONNECTOR.read(feed([nobody]), "a/page-1.xml").rows == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"Rate exceeded.", "Rate exceeded."),
        (b"<html><body>503 Service Unavailable</body></html>", "503 Service Unavailable"),
        (b"", "nothing"),
        (feed([entry(1)])[:300], "expected"),
        (b'<?xml version="1.0"?><rss/>', "expected"),
    ],
)
def test_messages_pages_and_cut_feeds_are_unreadable(content: bytes, said: str) -> None:
    with pytest.raises(UnreadableDocument, match=said):
        CONNECTOR.read(content, "a/page-1.xml")


def test_entities_of_a_feed_are_not_fetched_or_expanded() -> None:
    bomb = b"""<?xml version="1.0"?><!DOCTYPE feed [<!ENTITY x SYSTEM "file:///etc/hostname">]>
<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>1</id><title>T</title><summary>a&x;b</summary></entry></feed>"""
    parsed = CONNECTOR.read(bomb, "a/page-1.xml")
    assert parsed.blocks[0].text in {"a", "ab", "a&x;b"}
