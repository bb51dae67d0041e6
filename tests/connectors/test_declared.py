"""What a user may declare, and what is refused with a reason."""

from typing import Any

import pytest

from market_research.connectors import declared
from market_research.errors import InvalidInput
from market_research.industries import dump_request, parse_request

YAML = """
industry: software
sources:
  - kind: rest
    name: crm
    url: https://crm.example.com/api/deals
    params: {status: won, open: true, size: 5}
    auth: {kind: bearer, token: CRM_TOKEN}
    paging: {kind: cursor, path: $.meta.next}
    records: $.data
    fields: {company: $.account.name, "revenue (USD)": $.amount}
    volatile: [$.meta.generated_at, "$.data[*].seen"]
  - {kind: sql, name: warehouse, url_env: DB, query: "SELECT 1 AS one; -- all", params: {since: 2020-01-31, all: null}}
  - kind: web_page
    name: prices
    urls: [https://shop.example.com/prices]
    each: table.prices tr
    fields: {product: td.name, link: "a@href"}
"""


def test_sources_survive_being_written_and_read_again() -> None:
    request = parse_request(YAML)
    assert [source.kind for source in request.sources] == ["rest", "sql", "web_page"]
    assert parse_request(dump_request(request)) == request
    assert "max_pages" not in dump_request(request)
    assert isinstance(request.sources[1], declared.SqlSource)
    assert request.sources[1].params == {"since": "2020-01-31", "all": None}


def test_an_answers_path_leads_to_its_declaration() -> None:
    request = parse_request(YAML)
    assert declared.source_of(request, "rest", "crm/page-3.json") == request.sources[0]
    assert declared.source_of(request, "web_page", "crm/x.html") is None
    assert declared.volatile_of(request, "rest", "crm/page-1.json") == ("$.meta.generated_at", "$.data[*].seen")
    assert declared.volatile_of(request, "sql", "warehouse/result.parquet") == ()
    assert declared.reader_of(request, "rest", "crm/page-1.json") is not None
    assert declared.reader_of(request, "sql", "warehouse/result.parquet") is None


REST: dict[str, Any] = {"kind": "rest", "name": "a", "url": "https://a.example/x"}
SQL: dict[str, Any] = {"kind": "sql", "name": "a", "url": "postgresql://me@h/d", "query": "SELECT 1"}
PAGE: dict[str, Any] = {"kind": "web_page", "name": "a", "urls": ["https://a.example/"], "fields": {"x": "td"}}


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ({**REST, "kind": "graphql"}, "kind"),
        ({**REST, "name": "../etc"}, "name"),
        ({**REST, "url": "file:///etc/passwd"}, "http or https"),
        ({**REST, "url": "https://me:pw@a.example/"}, "use `auth`"),
        ({**REST, "headers": {"Authorization": "Bearer abc"}}, "environment variable"),
        ({**REST, "auth": {"kind": "bearer", "token": "abc-123 !"}}, "token"),
        ({**REST, "records": "data.items"}, "not a path"),
        ({**REST, "records": "$.data[*]"}, "one place"),
        ({**REST, "paging": {"kind": "cursor"}}, "path"),
        ({**REST, "extra": 1}, "extra"),
        ({**SQL, "url": "postgresql://me:pw@h/d"}, "must not hold a password"),
        ({**SQL, "url": None}, "either `url` or `url_env`"),
        ({**SQL, "query": "DELETE FROM x"}, "one SELECT"),
        ({**SQL, "query": "SELECT 1; DROP TABLE x"}, "one SELECT"),
        ({**PAGE, "fields": {"x": "td["}}, "CSS selector"),
        ({**PAGE, "fields": {}}, "fields"),
        ({**PAGE, "urls": []}, "urls"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_the_reason(source: dict[str, Any], said: str) -> None:
    import yaml

    with pytest.raises(InvalidInput, match=said):
        parse_request(yaml.safe_dump({"industry": "x", "sources": [source]}))


def test_two_sources_of_one_name_are_refused() -> None:
    import yaml

    with pytest.raises(InvalidInput, match="two sources are called a"):
        parse_request(yaml.safe_dump({"industry": "x", "sources": [REST, PAGE]}))


def test_a_semicolon_in_a_text_is_part_of_the_query() -> None:
    declared.SqlSource(**{**SQL, "query": "SELECT 'a;b' -- c;d\n"})
