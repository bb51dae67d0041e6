"""What all charts share: the place of the axes, value axes, and text measured before it is set."""

import math
from typing import Any

from market_research.report.colours import INK, MUTED, text_on_paper
from market_research.report.plain import clean
from market_research.report.units import Scale


def base(figure: Any, height: float) -> Any:
    """Make the figure ``height`` points high and return its axes."""
    figure.set_size_inches(figure.get_size_inches()[0], height / 72)
    return figure.add_axes((0, 0, 1, 1))


def place(figure: Any, axes: Any, left: float, right: float, bottom: float, top: float) -> None:
    """Put the axes on the figure with margins in points."""
    wide, high = (size * 72 for size in figure.get_size_inches())
    axes.set_position((left / wide, bottom / high, (wide - left - right) / wide, (high - bottom - top) / high))


class _Label:
    """Text whose size is known before it is placed."""

    def __init__(self) -> None:
        self._measured: dict[tuple[str, float, str], float] = {}

    def width(self, figure: Any, text: str, size: float, weight: str = "normal") -> float:
        """The width of ``text`` in points (of its longest line)."""
        key = (text, size, weight)
        if key not in self._measured:
            artist = figure.text(0, 0, text, fontsize=size, weight=weight)
            self._measured[key] = float(artist.get_window_extent(figure.canvas.get_renderer()).width)
            artist.remove()
        return self._measured[key]

    def head(self, figure: Any, text: str, height: float) -> None:
        """The unit (and what is measured) at the top left, where the eye starts."""
        figure.text(0.0, 1 - 8 / height, clean(text), fontsize=7.5, color=MUTED, ha="left", va="center")


label = _Label()


def key_line(figure: Any, entries: list[tuple[str, str]], bottom: float) -> None:
    """Names of series in one row above the plot, each with a swatch, for bars too thin to be labelled."""
    from matplotlib.patches import Rectangle

    wide, high = (size * 72 for size in figure.get_size_inches())
    at = 0.0
    for name, colour in entries:
        shown = name if len(name) <= 34 else name[:33] + "…"
        if at and at + 12 + label.width(figure, shown, 7.5) > wide:
            at, bottom = 0.0, bottom - 11
        figure.add_artist(Rectangle((at / wide, (bottom - 3.5) / high), 7 / wide, 7 / high, color=colour, linewidth=0))
        figure.text((at + 10) / wide, bottom / high, shown, fontsize=7.5, color=INK, va="center_baseline")
        at += 10 + label.width(figure, shown, 7.5) + 12


def value_axis(figure: Any, axes: Any, scale: Scale, *, log: bool = False) -> None:
    """Round ticks with the chart's scale on the y axis, a hairline for each; the left margin follows."""
    axes.grid(axis="y", visible=True)
    low, high = sorted(axes.get_ylim())
    if log:
        ticks = log_ticks(low, high)
        texts = [scale.tick(t, t) for t in ticks]
    else:
        ticks = round_ticks(low, high, 6)
        step = ticks[1] - ticks[0] if len(ticks) > 1 else high - low
        texts = [scale.tick(t, step) for t in ticks]
    axes.set_yticks(ticks, texts)
    axes.set_ylim(low, high)
    left = max((label.width(figure, t, 7.5) for t in texts), default=10) + 8
    box = axes.get_position()
    wide = figure.get_size_inches()[0] * 72
    axes.set_position((left / wide, box.y0, box.x1 - left / wide, box.height))


def round_ticks(low: float, high: float, most: int) -> list[float]:
    """At most about ``most`` round numbers within ``low`` and ``high``."""
    span = (high - low) or 1.0
    raw = span / most
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= raw - 1e-12)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [round(i * step, 12) + 0.0 for i in range(first, last + 1)]


def log_ticks(low: float, high: float) -> list[float]:
    """Powers of ten, with 2 and 5 times them where few powers fit."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    steps = (1, 2, 5) if len(powers) <= 4 else (1,)
    return [m * 10.0**p for p in powers for m in steps if low <= m * 10.0**p <= high]


def end_label_colour(colour: str) -> str:
    """A line's own colour, dark enough to be read as its label."""
    return text_on_paper(colour)
