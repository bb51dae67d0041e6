"""Our World in Data: charts by country and year, the unit from the metadata, and real files of its old exports."""

from pathlib import Path

import pytest

from market_research.connectors.base import FetchFailed
from market_research.connectors.owid import CONNECTOR
from market_research.errors import UnreadableDocument
from market_research.industries import ResearchRequest
from market_research.sources import delimited
from tests.connectors.plain import Asked, Reply, check_places, dumped, figures, serving

REQUEST = ResearchRequest(
    industry="power",
    countries=("United States", "Germany", "World"),
    indicators=("owid:share-electricity-low-carbon",),
    start_year=2000,
)
METADATA = {
    "chart": {
        "title": "Share of electricity from low-carbon sources",
        "subtitle": "[Low-carbon electricity](#dod:low-carbon) is the sum of <a href='#'>nuclear</a> &amp; renewables.",
        "citation": "Ember (2026)",
        "originalChartUrl": "https://ourworldindata.org/grapher/share-electricity-low-carbon",
    },
    "columns": {
        "Low-carbon electricity": {
            "titleShort": "Low-carbon electricity",
            "unit": "%",
            "shortUnit": "%",
            "descriptionShort": "Measured as a share of total electricity.",
            "descriptionKey": ["Nuclear counts.", None, "So does wind."],
            "timespan": "1985-2025",
            "lastUpdated": "2026-01-20",
        }
    },
    "dateDownloaded": "2026-03-15",
}
CSV = "Entity,Code,Year,Low-carbon electricity\nGermany,DEU,2024,58.5\nWorld,OWID_WRL,2024,40.9\nGermany,DEU,2025,\n"


def charts(asked: Asked) -> Reply:
    if asked.path.endswith(".metadata.json"):
        return Reply(METADATA)
    return Reply(CSV, media_type="text/csv")


def test_charts_are_asked_for_by_country_and_years_metadata_first() -> None:
    with serving(charts) as server:
        (ask,) = CONNECTOR.asks(REQUEST)
        described, data = server.answers(CONNECTOR, ask)
    assert [asked.path for asked in server.asked] == [
        "/grapher/share-electricity-low-carbon.metadata.json",
        "/grapher/share-electricity-low-carbon.csv",
    ]
    assert server.asked[1].host == "ourworldindata.org"
    assert server.asked[1].params == {
        "v": "1",
        "csvType": "filtered",
        "useColumnShortNames": "false",
        "tab": "line",
        "country": "~USA~DEU~OWID_WRL",
        "time": "2000..latest",
    }
    assert described.path == "share-electricity-low-carbon/metadata.json"
    assert data.path == "share-electricity-low-carbon/data_in_%25.csv"
    assert str(data.published_at) == "2026-01-20 00:00:00+00:00"


def test_figures_are_in_the_unit_that_the_metadata_state() -> None:
    path = "share-electricity-low-carbon/data_in_%25.csv"
    parsed = CONNECTOR.read(CSV.encode(), path)
    assert figures(parsed) == [
        ("Germany", "Low-carbon electricity", 58.5, "percent", "2024-12-31"),
        ("World", "Low-carbon electricity", 40.9, "percent", "2024-12-31"),
    ]
    assert parsed.numbers[0].locator == 'row 2, column "Low-carbon electricity"'
    assert len(parsed.rows) == 3
    check_places(CSV.encode(), path, parsed)


@pytest.mark.parametrize(
    ("unit", "path", "expected"),
    [
        ("people", "x/data_in_people.csv", ("people", 3.0)),
        ("million US$", "x/data_in_million_US%24.csv", ("USD", 3e6)),
        ("constant 2021 US$ per kWh", "x/data_in_constant_2021_US%24_per_kWh.csv", ("constant 2021 US$ per kWh", 3.0)),
        ("", "x/data.csv", ("unspecified", 3.0)),
    ],
)
def test_units_travel_in_the_path(unit: str, path: str, expected: tuple[str, float]) -> None:
    metadata = {**METADATA, "columns": {"Wind": {"unit": unit}}}
    csv = "Entity,Code,Year,Wind\nFrance,FRA,2020,3\n"

    def reply(asked: Asked) -> Reply:
        return Reply(metadata) if asked.path.endswith(".json") else Reply(csv, media_type="text/csv")

    with serving(reply) as server:
        found = server.answers(CONNECTOR, CONNECTOR.asks(REQUEST)[0])
    assert found[1].path.partition("/")[2] == path.partition("/")[2]
    (number,) = CONNECTOR.read(found[1].content, found[1].path).numbers
    assert (number.unit, number.value) == expected


def test_a_chart_without_countries_is_asked_for_whole() -> None:
    def reply(asked: Asked) -> Reply:
        if asked.path.endswith(".json"):
            return Reply(METADATA)
        rows = "" if "country" in asked.params else "Dishwasher,,1980,38\n"
        return Reply("Entity,Code,Year,Technology Diffusion\n" + rows, media_type="text/csv")

    with serving(reply) as server:
        answers = server.answers(CONNECTOR, CONNECTOR.asks(REQUEST)[0])
    assert server.asked[2].params == {"v": "1", "csvType": "full", "useColumnShortNames": "false"}
    (number,) = CONNECTOR.read(answers[1].content, answers[1].path).numbers
    assert (number.entity, number.concept, number.value, number.unit) == (
        "Dishwasher", "Technology Diffusion", 38.0, "percent",
    )  # fmt: skip


def test_a_number_that_its_unit_makes_too_large_is_rejected() -> None:
    csv = "Entity,Code,Year,Wind\nFrance,FRA,2020,1e306\nFrance,FRA,2021,0.3\n"
    parsed = CONNECTOR.read(csv.encode(), "wind/data_in_million_US%24.csv")
    assert [number.value for number in parsed.numbers] == [300000.0]
    assert [reject.locator for reject in parsed.rejects] == ['row 2, column "Wind"']


def test_shares_of_users_by_country_are_adoption_of_the_technology() -> None:
    csv = "Entity,Code,Year,Individuals using the Internet (% of population)\nSouth Korea,KOR,2023,97.4\n"
    (number,) = CONNECTOR.read(csv.encode(), "share-of-individuals-using-the-internet/data.csv").numbers
    assert (number.entity, number.dimensions, number.unit) == ("Internet", "region=South Korea", "percent")


def test_metadata_become_text_and_rows() -> None:
    parsed = CONNECTOR.read(dumped(METADATA), "share-electricity-low-carbon/metadata.json")
    assert parsed.title == "Our World in Data: Share of electricity from low-carbon sources"
    assert [block.text for block in parsed.blocks] == [
        "Low-carbon electricity is the sum of nuclear & renewables.",
        "Ember (2026)",
        "Measured as a share of total electricity.",
        "Nuclear counts.",
        "So does wind.",
    ]
    assert len(parsed.rows) == 1
    assert str(parsed.published_at) == "2026-01-20 00:00:00+00:00"


def test_adoption_is_asked_for_where_the_industry_has_technologies() -> None:
    request = ResearchRequest(industry="x", technologies=("Internet",), indicators=("owid:a/../../etc",))
    assert [ask.path for ask in CONNECTOR.asks(request)] == [
        "share-of-individuals-using-the-internet",
        "technology-adoption-by-households-in-the-united-states",
    ]


def test_a_chart_that_is_not_there_fails() -> None:
    with serving(lambda _: Reply("<html>404</html>", 404, "text/html")) as server, pytest.raises(FetchFailed) as error:
        server.answers(CONNECTOR, CONNECTOR.asks(REQUEST)[0])
    assert error.value.reason == "missing"


@pytest.mark.parametrize(
    ("content", "path"),
    [
        (b"<!doctype html><html><body>Not found</body></html>", "a/data.csv"),
        (b'{"error":"Unknown chart"}', "a/data.csv"),
        (b"Name,Value\na,1\n", "a/data.csv"),
        (b"", "a/data.csv"),
        (b'{"error":"Unknown chart"}', "a/metadata.json"),
        (b"<html>Oops</html>", "a/metadata.json"),
    ],
)
def test_pages_and_messages_are_unreadable(content: bytes, path: str) -> None:
    with pytest.raises(UnreadableDocument):
        CONNECTOR.read(content, path)


def test_broken_lines_and_texts_in_place_of_numbers_are_rejected() -> None:
    csv = "Entity,Code,Year,Wind (TWh)\nFrance,FRA,2020,3\nFrance,FRA,2021\nFrance,FRA,2022,many\nFrance,FRA,20222,5\n"
    parsed = CONNECTOR.read(csv.encode(), "wind/data.csv")
    assert figures(parsed) == [("France", "Wind (TWh)", 3.0, "TWh", "2020-12-31")]
    assert [reject.locator for reject in parsed.rejects] == [
        "row 3",
        'row 4, column "Wind (TWh)"',
        'row 5, column "Year"',
    ]
    assert len(parsed.rows) + 1 == 4


@pytest.mark.parametrize(
    ("file", "entity", "concept", "year", "value"),
    [
        (
            "technology-adoption-by-households-in-the-united-states.csv",
            "Automobile",
            "Technology Diffusion",
            1915,
            10.0,
        ),
        ("share-of-individuals-using-the-internet.csv", "Internet", "Individuals using the Internet", 1990, 0.0),
        ("solar_pv_module_costs_capacity.csv", "World", "Unit cost", 1976, 106.0862215),
    ],
)
def test_files_as_our_world_in_data_exports_them_are_read_whole(
    real_data: Path, file: str, entity: str, concept: str, year: int, value: float
) -> None:
    content = (real_data / "tech_adoption" / file).read_bytes()
    path = f"{file.removesuffix('.csv')}/data.csv"
    parsed = CONNECTOR.read(content, path)
    assert len(parsed.rows) + sum("column" not in r.locator for r in parsed.rejects) == content.strip().count(b"\n")
    assert len(parsed.rows) == len(delimited.read(content, file).records)
    assert any(
        (n.entity, n.fiscal_year, n.value) == (entity, year, value) and n.concept.startswith(concept)
        for n in parsed.numbers
    )
    sample = parsed.numbers[:: max(1, len(parsed.numbers) // 20)]
    parsed.numbers = sample
    check_places(content, path, parsed)
