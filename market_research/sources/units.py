"""Units of measure: from filings, from headers and from cells, to one spelling each.

``USD`` and other ISO 4217 codes, ``USD/shares``, ``shares``, ``percent``, ``ratio``, ``count``, plain
words for things counted (``segment``, ``employee``), physical units as stated, and ``unspecified``
where the source names none.
"""

import re

from market_research.cleaning.names import word_set

UNSPECIFIED = "unspecified"

CURRENCIES = word_set(
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD "
    "CAD CDF CHF CLF CLP CNH CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS "
    "GIP GMD GNF GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW "
    "KWD KYD KZT LAK LBP LKR LRD LSL LTL LVL LYD MAD MDL MGA MKD MMK MNT MOP MRO MRU MUR MVR MWK MXN MYR "
    "MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK "
    "SGD SHP SLE SLL SOS SRD SSP STD STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU "
    "UZS VED VEF VES VND VUV WST XAF XAG XAU XCD XOF XPF YER ZAR ZMW ZWL"
)
SYMBOLS = {
    "US$": "USD", "U.S.$": "USD", "C$": "CAD", "CA$": "CAD", "A$": "AUD", "HK$": "HKD", "NT$": "TWD", "R$": "BRL",
    "$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR", "₩": "KRW",
}  # fmt: skip
_WORDS = {
    "dollar": "USD", "dollars": "USD", "us dollars": "USD", "u.s. dollars": "USD", "euro": "EUR", "euros": "EUR",
    "pounds sterling": "GBP", "yen": "JPY",
}  # fmt: skip
SCALES = {
    "hundreds": 2, "thousand": 3, "thousands": 3, "k": 3, "000": 3, "000s": 3, "'000": 3, "'000s": 3,
    "million": 6, "millions": 6, "mil": 6, "mio": 6, "mln": 6, "mn": 6, "mm": 6, "m": 6,
    "billion": 9, "billions": 9, "bil": 9, "bn": 9, "b": 9,
    "trillion": 12, "trillions": 12, "tn": 12, "trn": 12, "t": 12,
}  # fmt: skip
"""Scale words to powers of ten."""
# In a header without a currency these could as well be metres, bytes or tonnes.
_AMBIGUOUS_SCALES = {"m", "b", "t", "k", "mm"}
_COMMON_SUFFIXES = {"usd", "eur", "gbp", "jpy", "cny", "chf", "cad", "aud", "inr", "krw", "sek", "nok", "dkk"}

_CURRENCY = "|".join(re.escape(s) for s in sorted((*SYMBOLS, *_WORDS), key=len, reverse=True)) + "|[A-Za-z]{3}"
_SCALE = "|".join(re.escape(s) for s in sorted(SCALES, key=len, reverse=True))
_MONEY = re.compile(rf"(?:in )?(?P<currency>{_CURRENCY})?\s*(?:in )?(?P<scale>{_SCALE})?", re.I)
_SCALE_FIRST = re.compile(rf"(?:in )?(?P<scale>{_SCALE})(?:\s*(?:of|,)?\s*(?P<currency>{_CURRENCY}))?", re.I)
_PERCENT = re.compile(r"(?:in )?(?:%|percent\b|per cent\b|pct\b|percentage points?\b)", re.I)
_PHYSICAL = re.compile(r"[^\W\d_%$€£][^\s,;()]{0,11}(?: [^\s,;()]{1,8})?|\d{4} [A-Z]{3}/\S{1,12}")
_WORD = re.compile(r"[A-Za-z][A-Za-z_\- ]*")


def currency(text: str) -> str | None:
    """ISO 4217 code for a symbol, a word or a code; None if it is no currency."""
    text = text.strip()
    found = SYMBOLS.get(text.upper()) or _WORDS.get(text.lower())
    return found or (text.upper() if text.upper() in CURRENCIES else None)


def phrase(text: str) -> tuple[str | None, int] | None:
    """Unit and power of ten that a phrase such as ``$ millions``, ``%`` or ``MW`` states.

    The unit is None where only a scale is stated. None as a whole: the phrase is not a unit.
    """
    text = text.strip()
    if not text or text.lower() == UNSPECIFIED:
        return None
    if _PERCENT.match(text):
        return "percent", 0
    for pattern in (_MONEY, _SCALE_FIRST):
        match = pattern.fullmatch(text)
        if match:
            scale, code = match["scale"], match["currency"]
            if code is None and scale and scale.lower() in _AMBIGUOUS_SCALES:
                return text, 0
            if code is None or currency(code):
                return (currency(code) if code else None), SCALES[scale.lower()] if scale else 0
    return (text, 0) if _PHYSICAL.fullmatch(text) else None


def of_header(header: str) -> tuple[str | None, int]:
    """Unit and power of ten stated in a column's header: in its last parentheses or its last words.

    >>> of_header("revenue ($ millions)")
    ('USD', 6)
    """
    bracketed = last_brackets(header)
    if bracketed:
        return phrase(bracketed) or (None, 0)
    words = re.split(r"[\s_]+", header.strip().lower())
    unit, power = None, 0
    while len(words) > 1:
        word = words[-1]
        if word in {"pct", "percent", "%"}:
            unit = "percent"
        elif word in _COMMON_SUFFIXES:
            unit = word.upper()
        elif word in SCALES and word not in _AMBIGUOUS_SCALES:
            power = SCALES[word]
        elif word != "in":
            break
        words.pop()
    return unit, power


def last_brackets(header: str) -> str | None:
    """What stands in the outermost parentheses or brackets at the end of a header."""
    header = header.strip()
    if not header.endswith((")", "]")):
        return None
    depth = 0
    for position in range(len(header) - 1, -1, -1):
        depth += (header[position] in ")]") - (header[position] in "([")
        if depth == 0:
            return header[position + 1 : -1].strip() if position > 0 else None
    return None


def of_xbrl(numerator: str, denominator: str | None = None) -> str | None:
    """One spelling of an XBRL measure or ratio of two; None if it is not a unit that is understood.

    Understood: currencies, shares, pure (as ``ratio``), a currency per share, and words for things counted.
    """
    top = _measure(numerator)
    if denominator is None:
        return top
    bottom = _measure(denominator)
    return f"{top}/shares" if top in CURRENCIES and bottom == "shares" else None


def _measure(text: str) -> str | None:
    prefix, _, local = text.strip().rpartition(":")
    if prefix.lower() == "iso4217" or (not prefix and re.fullmatch("[A-Z]{3}", local)):
        return local if local in CURRENCIES else None
    if local.lower() in {"shares", "share"}:
        return "shares"
    if local.lower() in {"pure", "number"} and prefix.lower() in {"", "xbrli"}:
        return "ratio"
    if not _WORD.fullmatch(local):
        return None
    if prefix.lower() == "utr" or (len(local) <= 4 and not local.islower() and not local.istitle()):
        return local
    return re.sub(r"(?<=[a-z])(?=[A-Z])|[_\-]", " ", local).lower()
