"""World Bank indicators: questions, pages, figures by country and year, and the ways in which the API says no."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market_research.cleaning import metrics
from market_research.connectors.world_bank import CONNECTOR, MAX_INDICATORS, MAX_PAGES, measure
from market_research.errors import UnreadableDocument
from market_research.industries import ResearchRequest
from tests.connectors.plain import Asked, Reply, check_places, dumped, figures, serving

REQUEST = ResearchRequest(industry="chips", countries=("United States", "Korea"), start_year=2019, end_year=2023)


def value(
    number: object, year: str = "2022", code: str = "US", name: str = "United States", iso3: str = "USA",
    indicator: str = "NY.GDP.MKTP.CD", title: str = "GDP (current US$)",
) -> dict[str, object]:  # fmt: skip
    return {
        "indicator": {"id": indicator, "value": title},
        "country": {"id": code, "value": name},
        "countryiso3code": iso3,
        "date": year,
        "value": number,
        "unit": "",
        "obs_status": "",
        "decimal": 0,
    }


def page(values: object, number: int = 1, pages: int = 1) -> list[object]:
    head = {
        "page": number, "pages": pages, "per_page": 1000, "total": 3, "sourceid": "2", "lastupdated": "2026-02-24",
    }  # fmt: skip
    return [head, values]


def test_an_industry_asks_for_its_countries_together_its_own_indicators_first() -> None:
    request = REQUEST.model_copy(update={"indicators": ("worldbank:SP.URB.TOTL", "owid:internet", "worldbank:a/../b")})
    asks = CONNECTOR.asks(request)
    assert [ask.path for ask in asks][:2] == ["SP.URB.TOTL", "NY.GDP.MKTP.CD"]
    assert asks[0].url == "https://api.worldbank.org/v2/country/USA;KOR/indicator/SP.URB.TOTL"
    assert len(asks) == 7  # the address with slashes in it is no indicator


def test_without_countries_the_world_is_asked_for() -> None:
    assert "/country/WLD/" in CONNECTOR.asks(ResearchRequest(industry="chips"))[0].url
    many = ResearchRequest(industry="chips", indicators=tuple(f"worldbank:X.{n}" for n in range(100)))
    assert len(CONNECTOR.asks(many)) == MAX_INDICATORS


def test_every_page_is_one_answer() -> None:
    def reply(asked: Asked) -> Reply:
        return Reply(page([value(int(asked.params["page"]))], int(asked.params["page"]), 3))

    with serving(reply) as server:
        found = server.answers(CONNECTOR, CONNECTOR.asks(REQUEST)[0])
    assert [answer.path for answer in found] == [f"NY.GDP.MKTP.CD/page-{n}.json" for n in (1, 2, 3)]
    assert str(found[0].published_at) == "2026-02-24 00:00:00+00:00"
    assert server.asked[1].host == "api.worldbank.org"
    assert server.asked[1].path == "/v2/country/USA;KOR/indicator/NY.GDP.MKTP.CD"
    assert server.asked[1].params == {"format": "json", "per_page": "1000", "date": "2019:2023", "page": "2"}


def test_years_count_back_from_the_day_of_asking_where_the_request_names_none() -> None:
    with serving(lambda _: Reply(page(None))) as server:
        server.answers(CONNECTOR, CONNECTOR.asks(ResearchRequest(industry="chips"))[0])
    assert server.asked[0].params["date"] == "2006:2026"


@pytest.mark.parametrize("pages", [0, 1, MAX_PAGES + 5, "x", None])
def test_the_number_of_pages_is_bounded_whatever_the_answer_says(pages: object) -> None:
    with serving(lambda _: Reply(page([value(1)], 1, pages))) as server:  # type: ignore[arg-type]
        server.answers(CONNECTOR, CONNECTOR.asks(REQUEST)[0])
    assert 1 <= len(server.asked) <= MAX_PAGES


def test_figures_have_country_year_and_the_unit_of_the_indicators_title() -> None:
    content = dumped(
        page(
            [
                value(26054614000000, "2022"),
                value(None, "2023"),
                value(1799.36, "2022", "KR", "Korea, Rep.", "KOR", "X", "Gadgets sold (US$ millions)"),
                value(-2.2, "2020", indicator="NY.GDP.MKTP.KD.ZG", title="GDP growth (annual %)"),
                value(334017321, "2022", indicator="SP.POP.TOTL", title="Population, total"),
                value(7.5, "2022Q3", title="Interest rate (%)", indicator="FR.X"),
            ]
        )
    )
    parsed = CONNECTOR.read(content, "NY.GDP.MKTP.CD/page-1.json")
    assert figures(parsed) == [
        ("United States", "GDP", 26054614000000.0, "USD", "2022-12-31"),
        ("South Korea", "Gadgets sold", 1799360000.0, "USD", "2022-12-31"),
        ("United States", "GDP growth", -2.2, "percent", "2020-12-31"),
        ("United States", "population", 334017321.0, "count", "2022-12-31"),
        ("United States", "Interest rate", 7.5, "percent", "2022-09-30"),
    ]
    assert metrics.canonical(parsed.numbers[0].concept) == "gdp"
    assert [n.fiscal_year for n in parsed.numbers] == [2022, 2022, 2020, 2022, None]
    assert len(parsed.rows) == 6
    assert not parsed.rejects
    check_places(content, "NY.GDP.MKTP.CD/page-1.json", parsed)


def test_internet_users_are_adoption_of_the_internet_in_a_region() -> None:
    share = value(93.1, indicator="IT.NET.USER.ZS", title="Individuals using the Internet (% of population)")
    (number,) = CONNECTOR.read(dumped(page([share])), "a/page-1.json").numbers
    assert (number.entity, number.concept, number.unit) == ("Internet", "adoption", "percent")
    assert number.dimensions == "region=United States"


@pytest.mark.parametrize(
    ("title", "unit", "power", "concept"),
    [
        ("GDP (constant 2015 US$)", "USD", 0, "GDP, constant 2015 US$"),
        ("GDP, PPP (current international $)", "current international $", 0, "GDP, PPP, current international $"),
        ("Trade (% of GDP)", "percent", 0, "Trade, share of GDP"),
        ("Exports (annual % growth)", "percent", 0, "Exports, annual % growth"),
        ("Consumer price index (2010 = 100)", "index", 0, "Consumer price index"),
        ("Gini index", "index", 0, "Gini index"),
        ("Mobile cellular subscriptions (per 100 people)", "per 100 people", 0, "Mobile cellular subscriptions"),
        ("Fixed broadband subscriptions", "count", 0, "Fixed broadband subscriptions"),
        ("Official exchange rate (LCU per US$, period average)", "LCU per US$, period average", 0,
         "Official exchange rate"),
        ("Net something", "unspecified", 0, "Net something"),
        ("Unemployment, total (% of total labor force) (modeled ILO estimate)", "percent", 0,
         "Unemployment, total, share of total labor force, modeled ILO estimate"),
        ("Labor force, total (modeled ILO estimate)", "count", 0, "Labor force, total, modeled ILO estimate"),
        ("Charges for the use of property, receipts (BoP, current US$)", "USD", 0,
         "Charges for the use of property, receipts, BoP"),
        ("Market value (current US$ millions)", "USD", 6, "Market value"),
        ("Pump price for gasoline (US$ per liter)", "US$ per liter", 0, "Pump price for gasoline"),
        ("Life expectancy at birth, total (years)", "years", 0, "Life expectancy at birth, total"),
    ],
)  # fmt: skip
def test_units_come_from_the_titles_parentheses(title: str, unit: str, power: int, concept: str) -> None:
    assert measure(title) == (unit, power, concept)


def test_what_cannot_be_typed_is_rejected_at_its_place() -> None:
    values: list[object] = [
        value("many"),
        value(float("1e308")),
        value(1, "year of the rat"),
        value(1, "9999"),
        {"date": "2022", "value": 1},
        "no object",
        value(5, "2030"),
        value(True),
    ]
    content = dumped(page(values)).replace(b"1e+308", b"1e999")
    parsed = CONNECTOR.read(content, "a/page-1.json")
    assert [number.value for number in parsed.numbers] == [5.0]  # projections lie in the future
    assert {reject.locator: reject.reason for reject in parsed.rejects} == {
        "$[1][0].value": "A number was expected here.",
        "$[1][1].value": "The number is out of range.",
        "$[1][2].date": "The text is not a period.",
        "$[1][3].date": "The text is not a period.",
        "$[1][4]": "The value names no indicator or no country.",
        "$[1][5]": "An object was expected here.",
        "$[1][7].value": "A number was expected here.",
    }
    assert len(parsed.rows) + 1 == len(values)


def test_an_empty_result_is_no_error() -> None:
    nothing = [{"page": 0, "pages": 0, "per_page": 0, "total": 0, "sourceid": None, "lastupdated": None}, None]
    parsed = CONNECTOR.read(dumped(nothing), "a/page-1.json")
    assert not parsed.numbers
    assert not parsed.rejects


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            b'[{"message":[{"id":"120","key":"Invalid value","value":"The provided parameter value is not valid"}]}]',
            "Invalid value: The provided parameter value is not valid",
        ),
        (b"<html><head><title>Oops</title></head><body>Service Unavailable</body></html>", "Service Unavailable"),
        (b"", "nothing"),
        (b"Request Error", "Request Error"),
        (b'{"error": 1}', '{"error": "1"}'),
        (b'[{"page":1,"pages":1},{"a":1}]', "a list of values"),
        (b'[{"page":1', "not valid JSON"),
        (b'[{"page":1},[{"value": NaN}]]', "NaN"),
    ],
)
def test_an_answer_of_another_shape_is_unreadable_and_says_what_came(content: bytes, said: str) -> None:
    with pytest.raises(UnreadableDocument) as error:
        CONNECTOR.read(content, "a/page-1.json")
    assert said in str(error.value)


def test_real_figures_in_the_banks_form_come_out_as_they_are(real_data: Path) -> None:
    with (real_data / "macro" / "gdp.csv").open(newline="", encoding="utf-8") as lines:
        rows = [row for row in csv.DictReader(lines) if row["Year"] >= "2015"]
    values = [
        value(0, r["Year"], "", r["Country Name"], r["Country Code"]) | {"value": float(r["Value"])} for r in rows
    ]
    content = dumped(page(values))
    parsed = CONNECTOR.read(content, "NY.GDP.MKTP.CD/page-1.json")
    assert [(n.fiscal_year, n.value) for n in parsed.numbers] == [(int(r["Year"]), float(r["Value"])) for r in rows]
    by_name = {(n.entity, n.fiscal_year): n.value for n in parsed.numbers}
    assert by_name["South Korea", 2019] == next(
        float(r["Value"]) for r in rows if (r["Country Code"], r["Year"]) == ("KOR", "2019")
    )
    assert len(parsed.rows) == len(rows)
    assert not parsed.rejects


@given(
    st.lists(
        st.one_of(
            st.none(),
            st.integers(-(10**18), 10**18),
            st.floats(allow_nan=False, allow_infinity=False),
            st.text(max_size=5),
        ),
        max_size=20,
    )
)  # fmt: skip
def test_every_value_is_a_row_and_a_number_a_blank_or_a_reject(values: list[object]) -> None:
    content = dumped(page([value(v) for v in values]))
    parsed = CONNECTOR.read(content, "a/page-1.json")
    damaged = [reject for reject in parsed.rejects if not reject.locator.endswith(".value")]
    assert len(parsed.rows) + len(damaged) == len(values)
    found = {number.locator: number.value for number in parsed.numbers}
    for index, stated in enumerate(values):
        if isinstance(stated, int | float):
            assert found[f"$[1][{index}].value"] == float(stated)
    check_places(content, "a/page-1.json", parsed)
