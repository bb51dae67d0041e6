"""Federal Register: conditions by term and agency, the register's own links to further pages, and abstracts."""

import pytest

from market_research.connectors.base import FetchFailed
from market_research.connectors.federal_register import CONNECTOR, MAX_PAGES, MAX_TERMS
from market_research.errors import UnreadableDocument
from market_research.industries import ResearchRequest
from tests.connectors.plain import Asked, Reply, dumped, serving

REQUEST = ResearchRequest(
    industry="chips", keywords=("export controls",), technologies=("GPU",), naics=("334413", "517"), countries=("USA",)
)
NEXT = "https://www.federalregister.gov/api/v1/documents?conditions%5Bterm%5D=x&fields%5B%5D=title&format=json&page="


def document(number: int, **more: object) -> dict[str, object]:
    return {
        "document_number": f"2026-{number:05}",
        "title": f"Controls on Alder Devices, Part {number}",
        "abstract": "The Bureau <em>amends</em> its rules &amp; lists.",
        "type": "Rule",
        "publication_date": "2026-03-02",
        "agencies": [
            {"raw_name": "DEPARTMENT OF COMMERCE", "name": "Commerce Department", "id": 54},
            {"raw_name": "Bureau of Industry and Security", "name": "Industry and Security Bureau", "id": 241},
        ],
        "html_url": f"https://www.federalregister.gov/d/2026-{number:05}",
        **more,
    }


def listing(documents: list[object], following: str | None = None) -> dict[str, object]:
    return {
        "count": len(documents),
        "description": "Documents matching 'x'",
        "total_pages": 1,
        "next_page_url": following,
        "results": documents,
    }


def test_terms_are_asked_for_as_phrases_and_rules_of_the_codes_agencies() -> None:
    with serving(lambda _: Reply(listing([document(1)]))) as server:
        asks = CONNECTOR.asks(REQUEST)
        for ask in asks:
            server.answers(CONNECTOR, ask)
    assert [ask.path for ask in asks] == ["export_controls", "GPU", "agencies"]
    first, _, last = server.asked
    assert (first.host, first.path) == ("www.federalregister.gov", "/api/v1/documents.json")
    assert [pair for pair in first.query if pair[0] != "fields[]"] == [
        ("conditions[term]", '"export controls"'),
        ("conditions[publication_date][gte]", "2025-03-15"),
        ("conditions[publication_date][lte]", "2026-03-15"),
        ("order", "newest"),
        ("per_page", "100"),
    ]
    assert ("fields[]", "abstract") in first.query
    assert last.query[:5] == (
        ("conditions[agencies][]", "industry-and-security-bureau"),
        ("conditions[agencies][]", "federal-communications-commission"),
        ("conditions[type][]", "RULE"),
        ("conditions[type][]", "PRORULE"),
        ("conditions[type][]", "PRESDOCU"),
    )


def test_only_industries_of_the_united_states_or_of_no_country_ask() -> None:
    assert CONNECTOR.asks(REQUEST.model_copy(update={"countries": ("Germany",)})) == []
    assert CONNECTOR.asks(REQUEST.model_copy(update={"countries": ()}))
    many = ResearchRequest(industry="x", keywords=tuple(f"k{n}" for n in range(100)))
    assert len(CONNECTOR.asks(many)) == MAX_TERMS


def test_pages_follow_the_registers_links_within_the_bound() -> None:
    with serving(lambda _: Reply(listing([document(1)], f"{NEXT}{len(server.asked) + 1}"))) as server:
        answers = server.answers(CONNECTOR, CONNECTOR.asks(REQUEST)[0])
    assert [answer.path for answer in answers] == [f"export_controls/page-{n}.json" for n in range(1, MAX_PAGES + 1)]
    assert server.asked[1].path == "/api/v1/documents"
    assert server.asked[1].params["page"] == "2"
    assert server.asked[1].params["conditions[term]"] == "x"


@pytest.mark.parametrize(
    "address",
    ["http://www.federalregister.gov/x", "https://evil.example/x", "https://127.0.0.1/x", "file:///etc/passwd"],
)
def test_a_link_to_another_host_is_not_followed(address: str) -> None:
    def reply(_: Asked) -> Reply:
        return Reply(listing([document(1)], address))

    with serving(reply) as server, pytest.raises(FetchFailed) as error:
        server.answers(CONNECTOR, CONNECTOR.asks(REQUEST)[0])
    assert error.value.reason == "refused"
    assert len(server.asked) == 1


def test_documents_become_abstracts_under_agency_and_title() -> None:
    documents: list[object] = [
        document(1),
        document(2, abstract=None, agencies=[{"raw_name": "PANEL ON ALDERS"}, "x"]),
        document(3, publication_date="soon"),
        document(4, title=None, abstract=""),
        [],
        document(5, publication_date="2099-01-01", agencies=None),
    ]
    parsed = CONNECTOR.read(dumped(listing(documents)), "a/page-1.json")
    assert [(b.text, b.locator, b.headings, b.published_at and f"{b.published_at:%F}") for b in parsed.blocks] == [
        (
            "The Bureau amends its rules & lists.",
            "$.results[0].abstract",
            ("Commerce Department, Industry and Security Bureau", "Controls on Alder Devices, Part 1"),
            "2026-03-02",
        ),
        (
            "Controls on Alder Devices, Part 2",
            "$.results[1].title",
            ("PANEL ON ALDERS", "Controls on Alder Devices, Part 2"),
            "2026-03-02",
        ),
        (
            "The Bureau amends its rules & lists.",
            "$.results[2].abstract",
            ("Commerce Department, Industry and Security Bureau", "Controls on Alder Devices, Part 3"),
            None,
        ),
        (
            "The Bureau amends its rules & lists.",
            "$.results[5].abstract",
            ("Controls on Alder Devices, Part 5",),
            "2099-01-01",
        ),
    ]
    assert {reject.locator for reject in parsed.rejects} == {
        "$.results[2].publication_date", "$.results[3].title", "$.results[4]",
    }  # fmt: skip
    assert len(parsed.rows) + 1 == len(documents)
    assert parsed.rows[0].record["document_number"] == "2026-00001"


def test_nothing_found_comes_without_results() -> None:
    assert CONNECTOR.read(b'{"count":0,"description":"Documents matching \'x\'"}', "a/page-1.json").rows == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"errors":{"agencies":"is invalid"}}', "is invalid"),
        (b'{"results":[]}', "an object with `count`"),
        (b'{"count":1,"results":{}}', "an object with `count`"),
        (b"<html><body>Request Access</body></html>", "Request Access"),
    ],
)
def test_errors_are_unreadable_and_quoted(content: bytes, said: str) -> None:
    with pytest.raises(UnreadableDocument) as error:
        CONNECTOR.read(content, "a/page-1.json")
    assert said in str(error.value)
