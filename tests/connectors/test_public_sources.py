"""What holds for every public source, and that their figures come out where analysts look for them."""

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from market_research.cleaning.reference import reference_tables
from market_research.cleaning.schema import DOCUMENTS
from market_research.cleaning.stage import stage
from market_research.connectors.base import Connector, Context, Fetched, FetchFailed
from market_research.connectors.registry import connectors
from market_research.connectors.versions import significant
from market_research.errors import UnreadableDocument
from market_research.ids import document_id
from market_research.industries import Company, ResearchRequest
from market_research.settings import SQL_FOLDER
from market_research.sqlfiles import read_all
from resources.lake import Lake
from resources.lake_sql import run_sql_table
from tests.connectors import (
    test_downloads,
    test_federal_register,
    test_gdelt,
    test_hacker_news,
    test_openalex,
    test_owid,
    test_wikipedia,
    test_yahoo,
)
from tests.connectors.plain import AS_OF, check_places, dumped
from tests.connectors.test_world_bank import page, value

NAMES = (
    "world_bank", "owid", "gdelt", "openalex", "arxiv", "hacker_news", "wikipedia", "federal_register", "yahoo",
    "downloads",
)  # fmt: skip
FULL = ResearchRequest(
    industry="chips",
    companies=tuple(Company(name=f"Alder {n}", ticker=f"A{n}") for n in range(200)),
    technologies=tuple(f"Technology / {n}" for n in range(200)),
    keywords=tuple(f"keyword {n}" for n in range(200)),
    segments=tuple(f"segment {n}" for n in range(200)),
    indicators=tuple(f"{kind}:x{n}" for n in range(100) for kind in ("worldbank", "owid")),
    packages=tuple(f"{kind}:x{n}" for n in range(100) for kind in ("pypi", "npm")),
    naics=("334413",),
    countries=("United States",),
)


@pytest.fixture(params=NAMES)
def connector(request: pytest.FixtureRequest) -> Connector:
    found = connectors()[request.param]
    assert found.name == request.param
    return found


def test_questions_are_bounded_go_to_the_sources_hosts_and_have_paths_of_their_own(connector: Connector) -> None:
    asks = connector.asks(FULL)
    assert 0 < len(asks) <= 100
    assert len({ask.path for ask in asks}) == len(asks)
    for ask in asks:
        assert urlsplit(ask.url).hostname in connector.hosts
        assert urlsplit(ask.url).scheme == "https"
        assert not ask.path.startswith("/")
        assert ".." not in ask.path.split("/")
        assert all(len(part) <= 255 for part in ask.path.split("/"))
    assert connector.asks(FULL) == asks


def test_a_request_with_nothing_but_a_name_is_no_error(connector: Connector) -> None:
    assert isinstance(connector.asks(ResearchRequest(industry="chips")), list)


def test_a_source_says_who_it_is_and_when_to_ask(connector: Connector) -> None:
    assert 1 <= connector.description.count(". ") + 1 <= 3
    assert len(connector.cron.split()) == 5
    assert 0 < connector.rate <= 10
    assert connector.licence
    assert significant(b"{}", "application/json", connector.volatile)  # raises for what is no path
    assert not connector.needs  # public, without a key


@given(content=st.one_of(st.binary(max_size=80), st.text(max_size=40).map(str.encode), st.just(b"[[[" * 5000)))
@pytest.mark.parametrize("name", NAMES)
def test_no_bytes_crash_a_reader(name: str, content: bytes) -> None:
    for suffix in ("json", "csv", "xml"):
        # Any other error than this one fails the test.
        with suppress(UnreadableDocument):
            assert not connectors()[name].read(content, f"subject/page-1.{suffix}").numbers


SAMPLES: dict[str, tuple[str, Any]] = {
    "world_bank": ("GDP/page-1.json", page([value(1), value(None, "2023")])),
    "owid": ("chart/metadata.json", test_owid.METADATA),
    "gdelt": ("Alder/page-1.json", {"articles": [test_gdelt.article(1), test_gdelt.article(2)]}),
    "openalex": ("Alder/page-1.json", test_openalex.works(2)),
    "hacker_news": ("Alder/page-1.json", test_hacker_news.result([test_hacker_news.hit(1)])),
    "wikipedia": ("Alder/Alder.json", test_wikipedia.views(1, 2)),
    "federal_register": ("Alder/page-1.json", test_federal_register.listing([test_federal_register.document(1)])),
    "yahoo": ("ALDR.json", test_yahoo.chart()),
    "downloads": ("npm/alder/2026.json", test_downloads.npm({"downloads": 5, "day": "2026-01-01"})),
}
ANYTHING = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(-(10**20), 10**20), st.floats(allow_nan=False, allow_infinity=False),
        st.text(max_size=6), st.sampled_from(["2024-01-01", "1e999", "NaN", "-1", "<b>x</b>", "\ud800", "\x00"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=4) | st.just("id"), inner, max_size=3)
    ),
    max_leaves=5,
)  # fmt: skip


def places(document: Any, above: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every value inside a document."""
    keys = document if isinstance(document, dict) else range(len(document)) if isinstance(document, list) else ()
    return [above, *(place for key in keys for place in places(document[key], (*above, key)))]


def changed(document: Any, place: tuple[Any, ...], value: Any) -> Any:
    """A copy of a document with another value at a place."""
    if not place:
        return value
    copy = document.copy()
    copy[place[0]] = changed(document[place[0]], place[1:], value)
    return copy


@given(data=st.data())
@pytest.mark.parametrize("name", SAMPLES)
def test_an_answer_with_anything_in_place_of_a_value_is_read_rejected_or_refused(
    name: str, data: st.DataObject
) -> None:
    path, document = SAMPLES[name]
    for _ in range(data.draw(st.integers(1, 3))):
        document = changed(document, data.draw(st.sampled_from(places(document))), data.draw(ANYTHING))
    content = json.dumps(document).encode()
    with suppress(UnreadableDocument):
        parsed = connectors()[name].read(content, path)
        check_places(content, path, parsed)
        texts = [block.text for block in parsed.blocks] + [
            text or "" for row in parsed.rows for text in row.record.values()
        ]
        assert not any("\ud800" in text or "\x00" in text for text in texts)
        stage(parsed, industry="chips", document_id="doc_0", uri=path)


@given(data=st.data())
@pytest.mark.parametrize("name", [name for name in NAMES if name != "yahoo"])  # asks through a library of its own
def test_whatever_a_source_answers_its_questions_come_to_an_end(name: str, data: st.DataObject) -> None:
    asked: list[str] = []

    class Fetcher:
        def get(self, url: str, **_: Any) -> Fetched:
            asked.append(url)
            document = SAMPLES[name][1] if name in SAMPLES else {}
            if data.draw(st.booleans()):
                place = data.draw(st.sampled_from(places(document)))
                document = changed(document, place, data.draw(ANYTHING))
            return Fetched(url, json.dumps(document).encode(), "application/json", datetime(2026, 3, 15, tzinfo=UTC))

    connector = connectors()[name]
    ask = data.draw(st.sampled_from(connector.asks(FULL)))
    with suppress(FetchFailed):
        found = list(connector.fetch(ask, Context(Fetcher(), AS_OF)))
        assert len({answer.path for answer in found}) == len(found)
        assert all(answer.path == ask.path or answer.path.startswith(f"{ask.path}/") for answer in found)
    assert len(asked) <= 20


def lake_with(
    root: Path, request: ResearchRequest, answers: list[tuple[str, bytes, str]]
) -> Callable[[str], list[dict[str, object]]]:
    """A lake that holds the answers staged; a function from a mart's name to its rows."""
    lake, key = Lake(root), request.industry
    staged, documents = [], []
    for name, content, path in answers:
        parsed = connectors()[name].read(content, path)
        found = document_id(content)
        staged.append(stage(parsed, industry=key, document_id=found, uri=path))
        moment = datetime(2026, 3, 15, tzinfo=UTC)
        documents.append(
            {
                "document_id": found, "industry": key, "source": name, "kind": parsed.kind, "uri": path, "path": path,
                "media_type": "application/json", "title": parsed.title, "published_at": parsed.published_at,
                "retrieved_at": moment, "size_bytes": len(content), "sha256": found.removeprefix("doc_") * 4,
            }
        )  # fmt: skip
    facts = pl.concat([one.facts for one in staged])
    lake.write("staged", "facts", key, facts)
    lake.write("staged", "documents", key, DOCUMENTS.frame(documents))
    lake.write("staged", "passages", key, pl.concat([one.passages for one in staged]))
    stated = facts["entity"].unique().sort().to_list()
    for name, frame in reference_tables(request, DOCUMENTS.frame(documents), stated).items():
        lake.write("reference", name, key, frame)
    sql = read_all(SQL_FOLDER)
    for name in ("facts", "passages", "macro_indicators", "technology_adoption"):
        frame = run_sql_table(lake, key, sql[name], sql)
        lake.write("marts" if name in {"macro_indicators", "technology_adoption"} else "clean", name, key, frame)
    return lambda name: run_sql_table(lake, key, sql[name], sql).to_dicts()


def test_figures_about_countries_and_technologies_reach_their_marts(tmp_path: Path) -> None:
    request = ResearchRequest(industry="chips", countries=("USA", "Korea"), technologies=("Internet", "Dishwasher"))
    world_bank = dumped(
        page(
            [
                value(100, "2021"),
                value(110, "2022"),
                value(9, "2022", "KR", "Korea, Rep.", "KOR"),
                value(2.5, "2022", indicator="FP.CPI.TOTL.ZG", title="Inflation, consumer prices (annual %)"),
                value(
                    93.1, "2022", indicator="IT.NET.USER.ZS", title="Individuals using the Internet (% of population)"
                ),
            ]
        )
    )
    households = b"Entity,Code,Year,Technology Diffusion\nDishwasher,,1979,37\nDishwasher,,1980,38\n"
    mart = lake_with(
        tmp_path,
        request,
        [
            ("world_bank", world_bank, "NY.GDP.MKTP.CD/page-1.json"),
            ("owid", households, "technology-adoption-by-households-in-the-united-states/data_in_%25.csv"),
        ],
    )
    macro = mart("macro_indicators")
    assert [(r["country"], r["metric"], r["year"], r["value"], r["unit"]) for r in macro] == [
        ("Korea", "gdp", 2022, 9.0, "USD"),
        ("USA", "gdp", 2021, 100.0, "USD"),
        ("USA", "gdp", 2022, 110.0, "USD"),
        ("USA", "inflation", 2022, 2.5, "percent"),
    ]
    assert macro[2]["change_pct"] == pytest.approx(10.0)
    adoption = mart("technology_adoption")
    assert [(r["technology"], r["year"], r["adoption_pct"], r["population"]) for r in adoption] == [
        ("Dishwasher", 1979, 37.0, ""),
        ("Dishwasher", 1980, 38.0, ""),
        ("Internet", 2022, 93.1, "region=United States"),
    ]


def test_technologies_and_topics_are_recognised_in_what_was_fetched_as_in_filings(tmp_path: Path) -> None:
    """Headlines, papers, stories and notices: each is read for companies, technologies, keywords and topics."""
    request = ResearchRequest(
        industry="chips", companies=(Company(name="Alder"),), technologies=("EUV lithography",), keywords=("chiplets",)
    )
    said = "Alder brings EUV lithography and chiplets under export controls"
    words = {word: [place] for place, word in enumerate(said.split())}
    paper = test_openalex.work(1, display_name="On packaging", abstract_inverted_index=words)
    samples: list[tuple[str, Any, str]] = [
        ("gdelt", {"articles": [test_gdelt.article(1, title=said)]}, "Alder/page-1.json"),
        ("openalex", {**test_openalex.works(0), "results": [paper]}, "chiplets/page-1.json"),
        ("hacker_news", test_hacker_news.result([test_hacker_news.hit(1, title=said)]), "Alder/page-1.json"),
        (
            "federal_register",
            test_federal_register.listing([test_federal_register.document(1, title=said, abstract=None)]),
            "Alder/page-1.json",
        ),
    ]
    mart = lake_with(tmp_path, request, [(name, dumped(document), path) for name, document, path in samples])
    found: dict[str, set[tuple[str, str]]] = {}
    for row in mart("mentions"):
        found.setdefault(str(row["document_id"]), set()).add((str(row["kind"]), str(row["name"])))
    expected = {
        ("company", "Alder"), ("technology", "EUV lithography"), ("keyword", "chiplets"), ("topic", "Export controls"),
    }  # fmt: skip
    assert {name: expected - found.get(document_id(dumped(document)), set()) for name, document, _ in samples} == {
        name: set() for name, *_ in samples
    }
