"""Countries by any of their names."""

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
