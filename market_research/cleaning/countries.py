"""Countries by any of their usual names, as ISO 3166 codes and by one English name."""

import re
import unicodedata
from functools import cache

from market_research.cleaning.names import word_set

# Spellings of large publishers and of everyday use that CLDR does not have.
_OTHER_NAMES = {
    "US": ("USA", "U.S.", "U.S.A.", "United States of America", "America"),
    "GB": ("UK", "U.K.", "Great Britain", "Britain"),
    "AE": ("UAE",),
    "KR": ("Korea", "Korea, Rep.", "Republic of Korea"),
    "KP": ("Korea, Dem. People's Rep.",),
    "RU": ("Russian Federation",),
    "TR": ("Turkey", "Turkiye"),
    "CZ": ("Czech Republic",),
    "SK": ("Slovak Republic",),
    "VN": ("Viet Nam",),
    "IR": ("Iran, Islamic Rep.", "Islamic Republic of Iran"),
    "EG": ("Egypt, Arab Rep.",),
    "SY": ("Syrian Arab Republic",),
    "YE": ("Yemen, Rep.",),
    "VE": ("Venezuela, RB",),
    "LA": ("Lao PDR",),
    "HK": ("Hong Kong", "Hong Kong SAR, China"),
    "MO": ("Macao", "Macau", "Macao SAR, China"),
    "CD": ("Congo, Dem. Rep.", "Democratic Republic of Congo", "Democratic Republic of the Congo"),
    "CG": ("Congo", "Congo, Rep.", "Republic of the Congo"),
    "CI": ("Ivory Coast",),
    "CV": ("Cabo Verde",),
    "MM": ("Myanmar", "Burma"),
    "GM": ("Gambia, The",),
    "BS": ("Bahamas, The",),
    "KG": ("Kyrgyz Republic",),
    "FM": ("Micronesia, Fed. Sts.",),
    "TL": ("East Timor",),
    "TW": ("Taiwan, China",),
    "NL": ("Holland",),
    "BN": ("Brunei Darussalam",),
    "MF": ("St. Martin (French part)",),
    "PR": ("Puerto Rico (US)",),
    "PS": ("West Bank and Gaza", "State of Palestine"),
    "SO": ("Somalia, Fed. Rep.",),
    "SX": ("Sint Maarten (Dutch part)",),
    "VC": ("St. Vincent and the Grenadines",),
    "VI": ("Virgin Islands (U.S.)",),
    "EZ": ("Euro area",),
    "EU": ("EU",),
}
_SHORTER = {
    "CD": "DR Congo", "CG": "Republic of the Congo", "HK": "Hong Kong", "MM": "Myanmar", "MO": "Macao",
    "PS": "Palestine",
}  # fmt: skip
"""In place of names that CLDR writes with an addition."""
_NO_COUNTRY = word_set("ZZ QO UN")
_WITHDRAWN = word_set("BUR ZAR DDR FXX TMP YMD")
# The World Bank's codes for what has none in ISO 3166.
_AREAS = {"001": "WLD", "EU": "EUU", "EZ": "EMU", "XK": "XKX"}


def code(name: str) -> str | None:
    """Two-letter ISO code of a country by its name or code; 001 is the world, EU and EZ are its unions.

    >>> code("Korea, Rep.")
    'KR'
    """
    text = name.strip()
    if text.isupper() and text in _by_alpha3():
        return _by_alpha3()[text]
    if len(text) == 2 and text.isupper() and text in english_names():
        return text
    return _by_name().get(_folded(text))


def alpha3(alpha2: str) -> str | None:
    """Three-letter code of a country, as the World Bank uses it: WLD is the world, EUU the European Union."""
    return _alpha3().get(alpha2) if alpha2 in english_names() else None


def english_name(alpha2: str) -> str | None:
    """The usual English name of a country by its two-letter code."""
    return english_names().get(alpha2)


@cache
def english_names() -> dict[str, str]:
    """Usual English names (CLDR's, but for a few) by two-letter code, and of the world (001)."""
    from babel import Locale

    names = Locale("en").territories
    found = {code: name for code, name in names.items() if len(code) == 2 and code.isalpha()}
    return {code: name for code, name in found.items() if code not in _NO_COUNTRY} | _SHORTER | {"001": "World"}


@cache
def _by_name() -> dict[str, str]:
    from babel import Locale

    found = {_folded(name): code for code, name in english_names().items()}
    found |= {_folded(name): code for code, name in Locale("en").territories.items() if code in english_names()}
    return found | {_folded(name): code for code, names in _OTHER_NAMES.items() for name in names}


@cache
def _alpha3() -> dict[str, str]:
    from babel.core import get_global

    aliases = get_global("territory_aliases").items()
    current = {
        known[0]: alias
        for alias, known in aliases
        if len(alias) == 3 and alias.isalpha() and len(known) == 1 and alias not in _WITHDRAWN
    }
    return current | _AREAS


@cache
def _by_alpha3() -> dict[str, str]:
    return {alias: alpha2 for alpha2, alias in _alpha3().items()}


def _folded(name: str) -> str:
    text = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower().replace("&", " and ")
    return " ".join(re.sub(r"[^\w]+", " ", text.replace("'", "").replace("’", "")).removeprefix("the ").split())
