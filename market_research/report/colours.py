"""The colours of a report: one per company throughout, told apart by the colour-blind and in grey.

Neighbouring entries differ in lightness as well as in hue, and lines differ in dash and marker too, so that
nothing depends on hue alone.
"""

from dataclasses import dataclass

from market_research.report.model import Report

INK = "#14233a"
ACCENT = "#0f6b74"
WARM = "#b4532a"
GREY = "#8a94a3"
MUTED = "#5b6675"
GRID = "#e3e7ec"
PAPER = "#ffffff"

PALETTE = (
    "#17406d",
    "#e08a2c",
    "#1d9a86",
    "#8b2560",
    "#74b3dc",
    "#5f6b1f",
    "#e3a7a0",
    "#5a4bb0",
    "#a9c65a",
    "#7b4a21",
)
# For charts without a company: technologies, regions, indices. None of them is a company's colour.
THINGS = ("#0f6b74", "#cf8d62", "#4b3f72", "#86b36a", "#a8432f", "#8fb9c4", "#3d5a3c", "#c583a6", "#14233a", "#b3a44a")
GREYS = ("#8a94a3", "#b5bcc7", "#667080", "#cdd3db")
DASHES: tuple[tuple[float, tuple[float, ...]] | str, ...] = ("solid", (0, (5, 1.6)), (0, (1.6, 1.4)))
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "p", "h", "d")
# From light to dark: the steps of one quantity over time, the latest darkest.
STEPS = ("#c9dde3", "#8fb9c4", "#4c8f9e", "#0f6b74", "#0a3f4c", "#14233a")


@dataclass(frozen=True)
class Style:
    """How one series is drawn."""

    colour: str
    dash: tuple[float, tuple[float, ...]] | str
    marker: str


def _rgb(colour: str) -> tuple[float, float, float]:
    return (int(colour[1:3], 16) / 255, int(colour[3:5], 16) / 255, int(colour[5:7], 16) / 255)


def luminance(colour: str) -> float:
    """Relative luminance after WCAG 2."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in _rgb(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    """Contrast ratio of two colours after WCAG 2."""
    high, low = sorted((luminance(first), luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def mix(colour: str, other: str, share: float) -> str:
    """``colour`` with ``share`` of ``other`` mixed in."""
    pairs = zip(_rgb(colour), _rgb(other), strict=True)
    return "#" + "".join(f"{round(255 * (a * (1 - share) + b * share)):02x}" for a, b in pairs)


def text_on_paper(colour: str) -> str:
    """``colour``, darkened until it can be read as text on white."""
    for step in range(20):
        darker = mix(colour, "#000000", step / 20)
        if contrast(darker, PAPER) >= 4.5:
            return darker
    return "#000000"


def text_on(colour: str) -> str:
    """White or ink, whichever reads better on ``colour``."""
    return PAPER if contrast(PAPER, colour) >= contrast(INK, colour) else INK


class Palette:
    """Gives every company of a report its colour, marker and dash, and greys to whatever is no company."""

    def __init__(self, report: Report) -> None:
        self._places = {entity: place for place, entity in enumerate(report.entities)}
        self._field = report.title

    def knows(self, entity: str | None) -> bool:
        """Whether ``entity`` is a company that has a colour of its own."""
        return entity is not None and self._places.get(entity, len(PALETTE)) < len(PALETTE)

    def is_field(self, entity: str | None) -> bool:
        """Whether ``entity`` is the field that the report is about, all its companies together."""
        return entity is not None and entity == self._field

    def thing(self, place: int) -> Style:
        """The style of the series in ``place`` of a chart that shows no company."""
        dash = DASHES[0] if place < 4 else DASHES[1 + place % 2]
        return Style(THINGS[place % len(THINGS)], dash, MARKERS[place % len(MARKERS)])

    def style(self, entity: str | None, other: int = 0) -> Style:
        """The style of ``entity``; ``other`` counts the series without one, so that their greys differ."""
        if self.is_field(entity):
            return Style(ACCENT, DASHES[0], MARKERS[0])
        if entity is not None and self.knows(entity):
            place = self._places[entity]
            dash = DASHES[0] if place < 4 else DASHES[1 + place % 2]
            return Style(PALETTE[place], dash, MARKERS[place])
        return Style(GREYS[other % len(GREYS)], DASHES[other % len(DASHES)], MARKERS[-1 - other % len(MARKERS)])
