"""Numbers as charts show them: one scale per chart, said once on the axis, so that the digits stay few."""

import math
from collections.abc import Iterable

CURRENCIES = {
    "USD": "US$",
    "EUR": "€",
    "GBP": "£",
    "JPY": "¥",
    "CNY": "CN¥",
    "CHF": "CHF",
    "KRW": "₩",
    "INR": "₹",
}
MINUS = "−"
_STEPS = ((1e12, "tn"), (1e9, "bn"), (1e6, "m"), (1e3, "k"))
_WORDS = {"tn": "trillions", "bn": "billions", "m": "millions", "k": "thousands"}
_SUFFIXES = {"percent": "%", "share": "%", "fraction": "%", "percentage_points": " pp", "multiple": "×"}
_BARE = {"ratio", "index", "count", "number", "score", "pure", ""}


def years(value: float) -> str:
    """A year or another whole number on an axis, without a thousands separator."""
    return f"{value:.0f}" if value == int(value) else f"{value:g}"


class Scale:
    """How the values of one chart are printed: divisor, decimals and the unit as said on its axis.

    ``percent`` values are percent already (23 is 23 %); ``share`` and ``fraction`` are of one (0.23 is 23 %);
    ``multiple`` is "times"; three capitals are a currency; ``a/b`` reads "a per b". Values on a logarithmic
    axis span too much for one divisor: there each number says its own ("20m", "3bn").
    """

    def __init__(self, unit: str, values: Iterable[float], *, log: bool = False) -> None:
        sizes = [abs(v) for v in values if math.isfinite(v)]
        self.unit = unit
        self.top = max(sizes, default=0.0)
        self.divisor = 0.01 if unit in ("share", "fraction") else 1.0
        self.step = ""
        self.log = log and unit not in _SUFFIXES
        if not log and unit not in _SUFFIXES and "/" not in unit:
            least = 1e4 if unit not in CURRENCIES and not unit.isupper() else 1e3
            for divisor, step in _STEPS:
                if self.top >= max(divisor, least):
                    self.divisor, self.step = divisor, step
                    break
        top = self.top / self.divisor
        self.decimals = 0 if top >= 100 or not sizes else 1 if top >= 2 else 2
        if top < 100 and all(abs(s / self.divisor - round(s / self.divisor)) < 1e-9 for s in sizes):
            self.decimals = 0
        elif 0 < top < 0.1:
            self.decimals = min(6, 2 - math.floor(math.log10(top)))
        self.suffix = _SUFFIXES.get(unit, "")

    def plain(self, value: float, *, sign: bool = False, decimals: int | None = None) -> str:
        """The scaled number without its unit, as ticks show it."""
        places = self.decimals if decimals is None else decimals
        scaled = round(value / self.divisor, places)
        text = f"{abs(scaled):,.{places}f}"
        if scaled < 0:
            return MINUS + text
        return "+" + text if sign and scaled > 0 else text

    def text(self, value: float, *, sign: bool = False) -> str:
        """The scaled number with a short suffix (percent, times); a small one keeps a decimal."""
        if self.log:
            return _compact(value)
        scaled = abs(value / self.divisor)
        small = self.decimals == 0 and scaled < 10 and abs(scaled - round(scaled)) >= 0.05
        return self.plain(value, sign=sign, decimals=1 if small else None) + self.suffix

    def tick(self, value: float, step: float) -> str:
        """A tick label with as many decimals as the distance of the ticks needs."""
        if self.log:
            return _compact(value)
        scaled = abs(step / self.divisor)
        places = 0 if scaled == 0 or scaled >= 1 else min(6, max(0, math.ceil(-math.log10(scaled) - 1e-9)))
        if scaled and abs(round(scaled, places) - scaled) > 1e-9:
            places += 1
        return self.plain(value, decimals=places) + self.suffix

    def name(self) -> str:
        """The unit as the axis says it: "US$ billions", "%", "thousands of shares"."""
        words = _WORDS.get(self.step, "")
        if "/" in self.unit:
            over, under = self.unit.split("/", 1)
            return f"{CURRENCIES.get(over, _words(over))} per {_words(under).removesuffix('s')}"
        if self.unit in CURRENCIES or (len(self.unit) == 3 and self.unit.isupper()):
            return f"{CURRENCIES.get(self.unit, self.unit)} {words}".strip()
        if self.unit in _SUFFIXES:
            return {"%": "%", " pp": "percentage points", "×": "times"}[self.suffix]
        if self.unit in _BARE:
            return {"index": "index", "score": "score"}.get(self.unit, words)
        return f"{_words(self.unit)}, {words}" if words else _words(self.unit)

    def axis(self, title: str | None) -> str:
        """The title of an axis with its unit."""
        name = self.name()
        if not title:
            return name[:1].upper() + name[1:]
        return f"{title}, {name}" if name and name.lower() not in title.lower() else title


def _compact(value: float) -> str:
    """Three digits and a step: "389bn", "20m", "0.4"."""
    for divisor, step in _STEPS:
        if abs(value) >= divisor:
            return f"{value / divisor:.3g}{step}".replace("-", MINUS)
    return f"{value:.3g}".replace("-", MINUS)


def _words(unit: str) -> str:
    return unit.replace("_", " ")
