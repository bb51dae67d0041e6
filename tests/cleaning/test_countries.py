"""Countries by any of their names."""

import csv
from pathlib import Path

import pytest

from market_research.cleaning import countries


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("United States", "US"), ("USA", "US"), ("U.S.", "US"), ("us", None), ("the United States of America", "US"),
        ("Korea, Rep.", "KR"), ("South Korea", "KR"), ("KOR", "KR"), ("Türkiye", "TR"), ("Turkiye", "TR"),
        ("Côte d’Ivoire", "CI"), ("Cote d'Ivoire", "CI"), ("Hong Kong SAR, China", "HK"), ("Viet Nam", "VN"),
        ("UK", "GB"), ("Germany", "DE"), ("DEU", "DE"), ("DDR", None), ("World", "001"), ("European Union", "EU"),
        ("Euro area", "EZ"), ("Kosovo", "XK"), ("Automobile", None), ("", None), ("Zz", None), ("IT", "IT"),
        ("Bosnia and Herzegovina", "BA"), ("Trinidad & Tobago", "TT"), ("Russian Federation", "RU"),
    ],
)  # fmt: skip
def test_names_and_codes_lead_to_one_code(name: str, code: str | None) -> None:
    assert countries.code(name) == code


@pytest.mark.parametrize(
    ("code", "alpha3"),
    [
        ("US", "USA"),
        ("DE", "DEU"),
        ("FR", "FRA"),
        ("MM", "MMR"),
        ("001", "WLD"),
        ("EU", "EUU"),
        ("XK", "XKX"),
        ("ZZ", None),
    ],
)
def test_codes_have_the_three_letters_of_today(code: str, alpha3: str | None) -> None:
    assert countries.alpha3(code) == alpha3


def test_every_country_is_found_by_its_name_and_by_both_its_codes() -> None:
    for code, name in countries.english_names().items():
        found = countries.code(name)
        assert found == code or name == countries.english_name(found or ""), name
        three = countries.alpha3(code)
        if three:
            assert countries.code(three) == code


@pytest.mark.parametrize("file", ["gdp.csv", "population.csv", "cpi.csv"])
def test_the_world_banks_names_lead_to_the_codes_that_it_gives_them(real_data: Path, file: str) -> None:
    with (real_data / "macro" / file).open(newline="", encoding="utf-8") as lines:
        listed = {(row[0], row[1]) for row in list(csv.reader(lines))[1:]}
    known = {(name, code) for name, code in listed if countries.code(code)}
    assert len(known) > 150
    assert {(name, countries.alpha3(countries.code(name) or "")) for name, _ in known} == known
    # Groups of countries are none, but for the world and the unions that have codes of their own.
    assert not [name for name, code in listed - known if countries.code(name)]
