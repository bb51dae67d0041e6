"""Numbers as text, and text as numbers: how writers round, and how the gate reads them back.

Both directions live here so that they cannot drift apart. A number in a sentence is right if the cited
value, rounded to the digits shown, gives the number shown.
"""

import re
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

SCALES = {"trillion": 1e12, "billion": 1e9, "million": 1e6, "thousand": 1e3}
CURRENCY_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}
# Codes that stand in front of a number like a sign.
CURRENCY_CODES = tuple(
    (
        "USD EUR GBP JPY CHF CAD CNY INR KRW TWD AUD NZD SEK NOK DKK ISK PLN CZK HUF RON "
        "TRY ILS AED SAR ZAR BRL MXN CLP COP ARS HKD SGD THB IDR MYR PHP VND PKR EGP NGN RUB UAH"
    ).split()
)
SIGN_CURRENCIES = {sign: code for code, sign in CURRENCY_SIGNS.items()} | {
    "US$": "USD", "A$": "AUD", "AU$": "AUD", "C$": "CAD", "CA$": "CAD", "HK$": "HKD", "NZ$": "NZD", "S$": "SGD",
    "NT$": "TWD", "R$": "BRL", "MX$": "MXN",
}  # fmt: skip
# Currencies named after the number; other dollars than those of the United States need their sign.
_NAMED_CURRENCIES = {"dollars": "USD", "euros": "EUR", "euro": "EUR", "pounds": "GBP", "yen": "JPY"}
_SHORT_SCALES = {"tn": 1e12, "t": 1e12, "bn": 1e9, "b": 1e9, "mn": 1e6, "mm": 1e6, "m": 1e6, "k": 1e3}
WORDS = (
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
)

# Units whose values may be shown as a percentage, as points between percentages, as multiples, as counts.
DATE = "date"
SCORE, PIECES, DAYS = "score", "pieces", "days"
TIMES, CENTS = "times", "cents"
PERCENT, POINTS, RATIO, COUNT, INDEX, YEARS = (
    "percent",
    "percentage points",
    "ratio",
    "count",
    "index",
    "years",
)


def money(value: float, currency: str = "USD", *, digits: int = 1) -> str:
    """``$514.4 billion``; ``-$1.2 million`` for a loss. Codes without a sign stand in front: ``CHF 3.1 billion``."""
    sign = CURRENCY_SIGNS.get(currency, f"{currency} ")
    size = abs(value)
    minus = "-" if value < 0 and round_half_up(size, 0) else ""
    for name, scale in SCALES.items():
        # A value moves up a scale only where it would read "1,000.0" in the one below.
        if scale >= 1e6 and round_half_up(size / scale * 1000, digits) >= 1000:
            # A tenth of a trillion is too coarse to be of use.
            shown = digits + 1 if name == "trillion" else digits
            return f"{minus}{sign}{round_half_up(size / scale, shown):,.{shown}f} {name}"
    return f"{minus}{sign}{round_half_up(size, 0):,.0f}"


def price(value: float, currency: str = "USD") -> str:
    """``$24.99``: a price with its cents; codes without a sign stand in front."""
    sign = CURRENCY_SIGNS.get(currency, f"{currency} ")
    rounded = round_half_up(abs(value), 2)
    return f"{'-' if value < 0 and rounded else ''}{sign}{rounded:,.2f}"


def score(value: float) -> str:
    """``-0.32``: a mood between -1 and 1."""
    return f"{round_half_up(value, 2):.2f}"


def day(value: date) -> str:
    """``December 24, 2025``."""
    return f"{MONTHS[value.month - 1]} {value.day}, {value.year}"


def percent(value: float, digits: int = 1) -> str:
    """``12.3%``; the value is in percent."""
    return f"{round_half_up(value, digits):,.{digits}f}%"


def points(value: float, digits: int = 1) -> str:
    """``3.2 percentage points``."""
    return f"{round_half_up(value, digits):,.{digits}f} percentage points"


def times(value: float, digits: int = 1) -> str:
    """``2.4 times``."""
    return f"{round_half_up(value, digits):,.{digits}f} times"


def plain(value: float, digits: int = 0) -> str:
    """``1,842``."""
    return f"{round_half_up(value, digits):,.{digits}f}"


def count(value: float) -> str:
    """A whole number: a word up to twelve, digits above."""
    whole = round(value)
    return WORDS[whole] if 0 <= whole < len(WORDS) else f"{whole:,}"


def exact(value: float, unit: str) -> str:
    """A value with all its digits and its unit, for the appendix and for tables of evidence."""
    text = f"{value:,.0f}" if value == int(value) and abs(value) < 1e15 else _digits(value)
    if unit == PERCENT:
        return f"{Decimal(repr(round_half_up(value, 4))).normalize():,f}%"
    if unit in ("", "none", "pure", COUNT):
        return text
    return f"{text} {unit}"


def short(value: float, unit: str) -> str:
    """A value for a table cell or a key figure, by its unit."""
    if unit == PERCENT:
        return percent(value)
    if unit == POINTS:
        return f"{round_half_up(value, 1):+,.1f} pp"
    if unit == RATIO:
        return f"{round_half_up(value, 2):,.2f}"
    if unit == SCORE:
        return score(value)
    if unit in (COUNT, YEARS, INDEX, PIECES, DAYS, "shares"):
        return plain(value)
    if re.fullmatch(r"[A-Z]{3}", unit):
        return money(value, unit)
    if re.fullmatch(r"[A-Z]{3}/shares", unit):
        rounded = round_half_up(value, 2)
        return f"{'-' if rounded < 0 else ''}{CURRENCY_SIGNS.get(unit[:3], unit[:3] + ' ')}{abs(rounded):,.2f}"
    return plain(value) if abs(value) >= 1000 else _digits(value)


def _digits(value: float) -> str:
    """Six significant digits, more for large numbers, and never an exponent: nobody reads ``3.34915e+08``."""
    if abs(value) >= 100_000:
        return f"{round_half_up(value, 2):,.2f}"
    exact_value = Decimal(repr(float(value)))
    rounded = exact_value.quantize(Decimal(1).scaleb(exact_value.adjusted() - 5), rounding=ROUND_HALF_UP)
    return f"{rounded.normalize():,f}"


def round_half_up(value: float, digits: int) -> float:
    """Rounded as people round: halves away from zero, on the decimal digits of the float's shortest form."""
    quantum = Decimal(1).scaleb(-digits)
    # Adding zero turns -0.0, which would be shown as "-0", into 0.0.
    return float(Decimal(repr(float(value))).quantize(quantum, rounding=ROUND_HALF_UP)) + 0.0


@dataclass(frozen=True)
class Token:
    """A number found in a sentence. ``value`` has scale and sign applied; ``step`` is one unit of its last digit."""

    text: str
    start: int
    end: int
    value: float
    step: float
    kind: str  # a currency code, PERCENT, POINTS, TIMES, CENTS, "year", DATE, COUNT (a word), "number" or "loose"


_NUMBER = re.compile(
    r"""(?P<minus>(?<![\w.])[-−])?
        (?:(?P<currency>(?:\b(?:US|AU|A|CA|C|HK|NZ|NT|S|R|MX)|(?<![A-Za-z]))\$\s?|[€£¥]\s?|\b(?:__CODES__)\s)(?P<minus2>[-−])?)?
        (?<![\w.,])(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)
        (?:[\s\u00a0-](?P<scale>trillion|billion|million|thousand)\b
           |[\s\u00a0]?(?P<short>bn|tn|(?(currency)(?:mn|mm|[mbtkMBTK])|(?!)))\b)?
        (?:[\s\u00a0](?:(?:US|U\.S\.)\s)?(?P<named>dollars|euros?|pounds|yen)\b)?
        (?:[\s\u00a0-]?(?P<unit>%|percentage[\s-]points?\b|per\s?cent\b|pp\b|basis\spoints?\b|bps?\b|points?\b|times\b
           |x\b|fold\b|cents?\b))?
    """.replace("__CODES__", "|".join(CURRENCY_CODES)),
    re.VERBOSE,
)
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_DATE = re.compile(rf"\b({'|'.join(MONTHS)})\s(\d{{1,2}}),\s(\d{{4}})\b|\b(\d{{4}})-(\d{{2}})-(\d{{2}})\b")
# Writers here use digits above twelve; others may not, and what they spell must not slip through.
_LARGE_WORDS = {
    "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19,
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
    "hundred": 100,
}  # fmt: skip
_SPELLED = {word: value for value, word in enumerate(WORDS) if value > 1} | _LARGE_WORDS
_WORD = re.compile(r"\b(" + "|".join(_SPELLED) + r")\b", re.IGNORECASE)
_LOOSE_DIGIT = re.compile(r"\d")


def tokens(text: str) -> list[Token]:
    """Every number in a text, spelled ones from two to a hundred included, in order."""
    found = [token for match in _DATE.finditer(text) if (token := _date(match)) is not None]
    dates = [(token.start, token.end) for token in found]
    for match in _NUMBER.finditer(text):
        if not any(start <= match.start("digits") < end for start, end in dates):
            found.append(_token(match))
    taken = [(token.start, token.end) for token in found]
    for match in _WORD.finditer(text):
        value = _SPELLED[match.group(1).lower()]
        found.append(Token(match.group(), match.start(), match.end(), float(value), 1.0, COUNT))
    # A digit that no number above holds (a unit glued to letters, a broken group) may hide a figure.
    for match in _LOOSE_DIGIT.finditer(text):
        if not any(start <= match.start() < end for start, end in taken):
            found.append(Token(match.group(), match.start(), match.end(), float(match.group()), 1.0, "loose"))
    return sorted(found, key=lambda token: token.start)


def _date(match: re.Match[str]) -> Token | None:
    """A whole date, as the ordinal of its day; None if there is no such day."""
    if match[1]:
        year, month, day = int(match[3]), MONTHS.index(match[1]) + 1, int(match[2])
    else:
        year, month, day = int(match[4]), int(match[5]), int(match[6])
    try:
        ordinal = date(year, month, day).toordinal()
    except ValueError:
        return None
    return Token(match.group(), match.start(), match.end(), float(ordinal), 1.0, DATE)


def _token(match: re.Match[str]) -> Token:
    digits = match["digits"].replace(",", "")
    short = (match["short"] or "").lower()
    scale = _SHORT_SCALES[short] if short else SCALES.get(match["scale"] or "", 1.0)
    decimals = len(digits.partition(".")[2])
    if (match["unit"] or "").startswith(("basis", "bp")):
        scale /= 100
    negative = bool(match["minus"] or match["minus2"])
    value = float(Decimal(digits) * Decimal(str(scale))) * (-1 if negative else 1)
    step = float(Decimal(10) ** -decimals * Decimal(str(scale)))
    kind = _kind(match, digits, decimals)
    return Token(match.group().strip(), match.start(), match.end(), value, step, kind)


_UNIT_KINDS = {"%": PERCENT, "per": PERCENT, "pp": POINTS, "poi": POINTS, "bas": POINTS, "bp": POINTS, "bps": POINTS,
               "tim": TIMES, "x": TIMES, "fol": TIMES, "cen": CENTS}  # fmt: skip


def _kind(match: re.Match[str], digits: str, decimals: int) -> str:
    unit = match["unit"] or ""
    if unit.startswith("percentage"):
        return POINTS
    if unit:
        return _UNIT_KINDS[unit[:3]]
    if match["currency"]:
        sign = match["currency"].strip()
        return SIGN_CURRENCIES.get(sign, sign)
    if match["named"]:
        return _NAMED_CURRENCIES[match["named"]]
    if decimals == 0 and len(digits) == 4 and "," not in match["digits"] and not match["scale"]:
        return "year" if 1700 <= int(digits) <= 2199 else "number"
    return "number"


def agrees(token: Token, value: float) -> bool:
    """True if ``value``, rounded to the digits that the token shows, is what the token shows."""
    if token.step <= 0:
        return False
    shown = Decimal(repr(token.value)) / Decimal(repr(token.step))
    scaled = Decimal(repr(float(value))) / Decimal(repr(token.step))
    nearest = {scaled.quantize(Decimal(1), rounding=mode) for mode in (ROUND_HALF_UP, ROUND_HALF_EVEN)}
    return shown.quantize(Decimal(1), rounding=ROUND_HALF_UP) in nearest
