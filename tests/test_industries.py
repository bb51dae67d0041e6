"""Requests: what people write in YAML is read as meant, or refused with the field's name."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market_research.errors import InvalidInput
from market_research.industries import (
    Company,
    ResearchRequest,
    check_key,
    dump_request,
    parse_request,
    read_request,
)

NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="<>"), min_size=1).map(
    lambda text: " ".join(text.split())[:200].strip()
)  # fmt: skip
REQUESTS = st.builds(
    ResearchRequest,
    industry=st.from_regex(r"\A[a-z0-9][a-z0-9_-]{0,20}\Z"),
    title=st.none() | NAMES.filter(bool),
    segments=st.lists(NAMES.filter(bool), max_size=3).map(tuple),
    companies=st.lists(st.builds(Company, name=NAMES.filter(bool)), max_size=3).map(tuple),
    start_year=st.none() | st.integers(1990, 2000),
    end_year=st.none() | st.integers(2001, 2030),
    instructions=NAMES,
)


@given(REQUESTS)
def test_a_request_written_out_is_read_back(request: ResearchRequest) -> None:
    assert parse_request(dump_request(request)) == request


def test_only_the_industry_is_required() -> None:
    request = parse_request("industry: cloud_software")
    assert request.display_title == "Cloud software"
    assert request.companies == ()


def test_plain_names_and_competitors_are_companies() -> None:
    request = parse_request("industry: x\ncompanies: [A, {name: B, ticker: BB}]\ncompetitors: [C]")
    assert [company.name for company in request.companies] == ["A", "B", "C"]


def test_markup_and_control_characters_have_no_place() -> None:
    request = parse_request('industry: x\ntitle: "a <b>c\\u0007\\n d"')
    assert request.title == "a b c d"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("industry: [", "not valid YAML"),
        ("- industry: x", "YAML mapping"),
        ("title: x", "industry"),
        ("industry: Big Words", "industry"),
        ("industry: ../x", "industry"),
        ("industry: x\nindustri: y", "industri"),
        ("industry: x\nstart_year: 2020\nend_year: 2010", "start_year 2020 is after end_year 2010"),
        ("industry: x\nstart_year: soon", "start_year"),
        ("industry: x\nfeeds: ['file:///etc/passwd']", "feeds"),
        ("industry: x\ncompanies: [{name: A, cik: abc}]", "companies.0.cik"),
    ],
)
def test_a_wrong_request_is_refused_and_the_place_named(text: str, named: str) -> None:
    with pytest.raises(InvalidInput, match="(?s)" + named.replace(".", r"\.")):
        parse_request(text, name="mine.yaml")


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "mine.yaml"
    if content:
        path.write_bytes(content)
    with pytest.raises(InvalidInput, match=r"mine\.yaml"):
        read_request(path)


@pytest.mark.parametrize("key", ["", "Big", "a b", "a/b", "../a", "-a", "a" * 65, "ä", "a\n"])
def test_keys_that_cannot_be_folders_or_tables_are_refused(key: str) -> None:
    with pytest.raises(InvalidInput):
        check_key(key)


@pytest.mark.parametrize("key", ["a", "cloud_software", "3d-printing", "a" * 64])
def test_keys(key: str) -> None:
    assert check_key(key) == key
