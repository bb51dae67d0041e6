"""Numbers as people write them in cells."""

import math
import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from market_research.sources import units

MISSING = frozenset(
    {"", "-", "--", "—", "–", "n.a.", "n.a", "na", "n/a", "#n/a", "null", "none", "nan", ".", "..", "…"}
)
"""Texts that say that there is no value (compared in lower case)."""

_PLAIN = re.compile(r"-?\d{1,15}(?:\.\d+)?")
_CURRENCY = r"(?:US|U\.S\.|CA?|A|HK|NT|R)?\$|[€£¥₹₩]|[A-Z]{3}(?=[\s\d(-])"
_POINT = r"\d{1,3}(?:[,'\u2019\u00a0\u202f ]\d{3})+(?:\.\d+)?|\d+(?:\.\d*)?|\.\d+"
_COMMA = r"\d{1,3}(?:[.'\u2019\u00a0\u202f ]\d{3})+(?:,\d+)?|\d+(?:,\d*)?|,\d+"
_SCALE = "|".join(
    sorted((re.escape(word) for word in units.SCALES if not word.startswith(("0", "'"))), key=len, reverse=True)
)


def _pattern(digits: str) -> re.Pattern[str]:
    return re.compile(
        rf"(?P<open>\()?\s*(?P<sign>[-+−])?\s*(?P<currency>{_CURRENCY})?\s*(?P<sign2>[-+−])?\s*(?P<open2>\()?"
        rf"(?P<digits>{digits})(?P<exponent>[eE][+-]?\d{{1,3}})?\s*(?P<scale>(?i:{_SCALE})\b)?\s*"
        rf"(?P<percent>%|(?i:percent|per cent|pct)\b)?\s*(?P<currency2>[€£$]|[A-Z]{{3}})?\s*(?P<close>\)?\)?)"
    )


_FULL = {False: _pattern(_POINT), True: _pattern(_COMMA)}
_DECIMAL_COMMA = re.compile(r"\D{0,4}-?(?:\d{1,3}(?:\.\d{3})+,\d+|\d+,(?:\d{1,2}|\d{4,}))\D{0,4}")
_DECIMAL_POINT = re.compile(r"\D{0,4}-?(?:\d{1,3}(?:,\d{3})+\.\d+|\d+\.(?:\d{1,2}|\d{4,}))\D{0,4}")


@dataclass(frozen=True, slots=True)
class Amount:
    """A number as written: exact value, and the unit and power of ten it states itself (None: none)."""

    value: Decimal
    unit: str | None = None
    power: int | None = None


def is_missing(text: str | None) -> bool:
    """Whether a cell says that it has no value."""
    return text is None or text.strip().lower() in MISSING


def read(text: str, *, decimal_comma: bool = False) -> Amount | None:
    """The number that a cell holds, or None if it is not one number.

    Understands thousands separators, currency signs and codes, a leading minus, accountants'
    parentheses, percent signs and scale words. ``12%`` is 12 in percent.
    """
    text = text.strip()
    if not decimal_comma and _PLAIN.fullmatch(text):
        return Amount(Decimal(text))
    if not text or len(text) > 60:
        return None
    match = _FULL[decimal_comma].fullmatch(text)
    if match is None or text.count("(") != text.count(")"):
        return None
    digits = re.sub(r"['\u2019\u00a0\u202f ]", "", match["digits"])
    digits = digits.replace(".", "").replace(",", ".") if decimal_comma else digits.replace(",", "")
    try:
        value = Decimal(digits + (match["exponent"] or ""))
    except InvalidOperation:
        return None
    if (
        match["open"]
        or match["open2"]
        or "-" in (match["sign"], match["sign2"])
        or "−" in (match["sign"], match["sign2"])
    ):
        value = -value
    stated = match["currency"] or match["currency2"]
    unit = "percent" if match["percent"] else units.currency(stated) if stated else None
    if stated and not match["percent"] and unit is None:
        return None
    return Amount(value, unit, units.SCALES[match["scale"].lower()] if match["scale"] else None)


def scaled(value: Decimal, power: int) -> float | None:
    """``value`` times ten to the ``power`` as a float, rounded once; None if it is out of range."""
    try:
        number = float(value.scaleb(power))
    except (InvalidOperation, OverflowError):
        return None
    return number if math.isfinite(number) else None


def uses_decimal_comma(texts: list[str]) -> bool:
    """Whether a column writes decimals with a comma: some cell can only be read so, and none only otherwise."""
    return any(_DECIMAL_COMMA.fullmatch(t) for t in texts) and not any(_DECIMAL_POINT.fullmatch(t) for t in texts)
