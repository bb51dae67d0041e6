"""Charts over time: lines, stacked areas and forecasts, labelled at their ends."""

from datetime import date
from typing import Any

from market_research.report.chart_frame import (
    base,
    end_label_colour,
    label,
    place,
    value_axis,
)
from market_research.report.chart_labels import spread
from market_research.report.colours import ACCENT, GREY, GREYS, INK, MUTED, WARM, Palette, Style, text_on
from market_research.report.model import Chart, Point, Series
from market_research.report.plain import clean
from market_research.report.units import Scale, years

_GAP = 10.0


def short(text: str, most: int = 30) -> str:
    """``text``, cut to ``most`` characters."""
    text = clean(text)
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def styles(chart: Chart, palette: Palette) -> list[Style]:
    """A style for each series: companies have theirs, the field the accent, and what they are compared with is grey.

    A chart without any of them is about other things, which have colours of their own.
    """
    named = [s.entity for s in chart.series if palette.knows(s.entity) or palette.is_field(s.entity)]
    if not named:
        return [palette.thing(place) for place in range(len(chart.series))]
    found, others = [], 0
    for series in chart.series:
        if series.entity in named:
            found.append(palette.style(series.entity))
        else:
            found.append(palette.style(None, others))
            others += 1
    return found


class _Across:
    """The x axis of charts over time: years as they are, other names in the order in which they come."""

    def __init__(self, chart: Chart) -> None:
        values = [p.x for s in chart.series for p in s.points]
        self.numeric = all(not isinstance(x, str) for x in values)
        self.names = [] if self.numeric else list(dict.fromkeys(str(x) for x in values))
        self.values = sorted({float(x) for x in values}) if self.numeric else [float(i) for i in range(len(self.names))]

    def at(self, x: str | float) -> float:
        return float(x) if self.numeric else float(self.names.index(str(x)))

    def show(self, axes: Any, chart: Chart) -> None:
        """Ticks where there are points; every second or third when there are many, always with the last.

        Days get a tick at the beginning of every so many months.
        """
        if chart.x_unit == "day":
            axes.set_xticks(*_months(self.values))
            return
        step = 1 + (len(self.values) - 1) // 12
        ticks = sorted(self.values[::-1][::step])
        scale = Scale(chart.x_unit, self.values) if chart.x_unit and chart.x_unit != "year" else None
        if not self.numeric:
            texts = [short(self.names[int(t)], 12) for t in ticks]
        else:
            texts = [scale.text(t) if scale else years(t) for t in ticks]
        axes.set_xticks(ticks, texts)
        if chart.x_title and not (self.numeric and chart.x_title.lower() in ("year", "fiscal year")):
            axes.set_xlabel(clean(chart.x_title), fontsize=7.5, color=MUTED)


MOST_MONTHS = 8
MANY_POINTS = 40
"""History of more points than this is a line without marks and without a label at its end."""


def _months(ordinals: list[float]) -> tuple[list[float], list[str]]:
    """First days of months between the first and the last day, at most so many, and their names."""
    first, last = date.fromordinal(int(min(ordinals))), date.fromordinal(int(max(ordinals)))
    months = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    starts = [date(month // 12, month % 12 + 1, 1) for month in months]
    starts = [day for day in starts if first <= day <= last] or [first]
    shown = starts[:: 1 + (len(starts) - 1) // MOST_MONTHS]
    return [float(day.toordinal()) for day in shown], [f"{day:%b %Y}" for day in shown]


def _ends(figure: Any, axes: Any, ends: list[tuple[float, str, str]], x: float) -> None:
    """Labels right of ``x`` at the heights wanted, pushed apart, with a hairline where one had to move."""
    box = axes.get_window_extent()
    wanted = [float(axes.transData.transform((x, y))[1]) for y, _, _ in ends]
    places = spread(wanted, _GAP, box.y0 + 3, box.y1 - 1)
    start = float(axes.transData.transform((x, ends[0][0]))[0]) if ends else 0.0
    wide, high = (size * 72 for size in figure.get_size_inches())
    moved = any(abs(want - got) > 2 for want, got in zip(wanted, places, strict=True))
    for (_, text, colour), want, got in zip(ends, wanted, places, strict=True):
        if abs(want - got) > 2:
            from matplotlib.lines import Line2D

            xs, ys = [(start + 4) / wide, (start + 11) / wide], [want / high, got / high]
            figure.add_artist(Line2D(xs, ys, color=colour, linewidth=0.5))
        figure.text(
            (start + (13 if moved else 7)) / wide,
            got / high,
            text,
            fontsize=7.5,
            weight="bold",
            color=end_label_colour(colour),
            ha="left",
            va="center_baseline",
        )


def _at(x: str | float) -> str:
    return x if isinstance(x, str) else years(x)


def _room(figure: Any, texts: list[str]) -> float:
    return max((label.width(figure, t, 7.5, "bold") for t in texts), default=0.0) + 16


def _limits(chart: Chart, values: list[float]) -> tuple[float, float]:
    """From zero where that costs little, otherwise from just under the lowest value."""
    if chart.reference is not None:
        values = [*values, chart.reference]
    low, high = min(values), max(values)
    if chart.log_y:
        positive = [v for v in values if v > 0]
        return min(positive, default=1.0) / 1.4, max(positive, default=10.0) * 1.4
    if low >= 0 and low < (0.2 if chart.steps else 0.6) * high:
        return 0.0, high * 1.06
    room = ((high - low) or abs(high) or 1.0) * 0.1
    return low - room, high + room


def reference(axes: Any, chart: Chart, scale: Scale) -> list[tuple[float, str, str]]:
    """The reference as a dashed line; its label is one more among those at the right edge."""
    if chart.reference is None:
        return []
    axes.axhline(chart.reference, color=WARM, linewidth=0.9, linestyle=(0, (4, 2)), zorder=1)
    if not chart.reference_label:
        return []
    return [(chart.reference, f"{short(chart.reference_label)} {scale.text(chart.reference)}", WARM)]


def lines(figure: Any, chart: Chart, palette: Palette) -> None:
    """Lines that carry their names and last values at their ends."""
    across = _Across(chart)
    values = [p.y for s in chart.series for p in s.points]
    log = chart.log_y and all(v > 0 for v in values)
    scale = Scale(chart.unit, values, log=log)
    axes = base(figure, 166 if len(chart.series) < 11 else 230)
    ends: list[tuple[float, str, str]] = []
    last = max(across.values)
    shown = [(s, st) for s, st in zip(chart.series, styles(chart, palette), strict=True) if s.points]
    for series, style in shown:
        points = sorted(series.points, key=lambda p: across.at(p.x))
        end = points[-1]
        late = "" if across.at(end.x) == last or chart.steps else f" ({_at(end.x)})"
        ends.append((end.y, f"{short(series.name)} {scale.text(end.y)}{late}", style.colour))
    ends += reference(axes, chart, scale)
    place(figure, axes, 30, _room(figure, [t for _, t, _ in ends]), 30 if chart.x_title else 18, 18)
    if log:
        axes.set_yscale("log")
    low, high = _limits(chart, values)
    axes.set_ylim(low, high)
    axes.set_xlim(min(across.values), max(last, min(across.values) + 1))
    for series, style in shown:
        points = sorted(series.points, key=lambda p: across.at(p.x))
        axes.plot(
            [across.at(p.x) for p in points],
            [p.y for p in points],
            color=style.colour,
            linestyle=style.dash,
            linewidth=1.7,
            marker=style.marker,
            markevery=[i for i, p in enumerate(points) if p.label] if chart.steps else max(1, len(points) // 8),
            markersize=4.4 if chart.steps else 3.6,
            markeredgecolor="white",
            markeredgewidth=0.5,
            drawstyle="steps-post" if chart.steps else "default",
            clip_on=False,
            zorder=2 if style.colour in GREYS else 3,
        )
        for point in points:
            if point.label and not chart.steps:
                axes.annotate(
                    short(point.label),
                    (across.at(point.x), point.y),
                    xytext=(0, 5),
                    textcoords="offset points",
                    ha="center",
                    va="bottom",
                    fontsize=7,
                    color=MUTED,
                )
    value_axis(figure, axes, scale, log=log)
    across.show(axes, chart)
    if low < 0 < high:
        axes.axhline(0, color=INK, linewidth=0.7)
    _ends(figure, axes, ends, last)
    label.head(figure, scale.axis(chart.y_title), figure.get_size_inches()[1] * 72)


def stacked_area(figure: Any, chart: Chart, palette: Palette) -> None:
    """Areas on one another, named at the right edge at the middle of their last band."""
    across = _Across(chart)
    xs = across.values
    totals = [0.0] * len(xs)
    heights: list[list[float]] = []
    for series in chart.series:
        at = {across.at(p.x): p.y for p in series.points}
        heights.append([at.get(x, 0.0) for x in xs])
        totals = [t + h for t, h in zip(totals, heights[-1], strict=True)]
    scale = Scale(chart.unit, [p.y for s in chart.series for p in s.points])
    looks = styles(chart, palette)
    below = [0.0] * len(xs)
    bands = []
    for row in heights:
        above = [b + h for b, h in zip(below, row, strict=True)]
        bands.append((below, above))
        below = above
    ends = [
        ((low[-1] + high[-1]) / 2, f"{short(s.name)} {scale.text(row[-1])}", st.colour)
        for s, row, (low, high), st in zip(chart.series, heights, bands, looks, strict=True)
        if row[-1] > 0
    ]
    axes = base(figure, 166)
    place(figure, axes, 30, _room(figure, [t for _, t, _ in ends]), 18, 18)
    axes.set_ylim(0, max([*totals, 1e-12]))
    axes.set_xlim(xs[0], max(xs[-1], xs[0] + 1))
    for (low, high), style, series in zip(bands, looks, chart.series, strict=True):
        axes.fill_between(xs, low, high, facecolor=style.colour, edgecolor="white", linewidth=0.8)
        middle = len(xs) // 2
        tall = (high[middle] - low[middle]) / max([*totals, 1e-12]) * 130
        if tall > 15 and len(xs) > 2:
            axes.text(
                xs[middle],
                (low[middle] + high[middle]) / 2,
                short(series.name),
                fontsize=7.5,
                color=text_on(style.colour),
                ha="center",
                va="center",
            )
    value_axis(figure, axes, scale)
    axes.grid(visible=False)
    across.show(axes, chart)
    _ends(figure, axes, ends, xs[-1])
    label.head(figure, scale.axis(chart.y_title), figure.get_size_inches()[1] * 72)


def fan(figure: Any, chart: Chart, palette: Palette) -> None:
    """History as a line, the forecast dashed with its interval as a band, its ends labelled."""
    across = _Across(chart)
    history, *ahead = chart.series
    values = [v for s in chart.series for p in s.points for v in (p.y, p.low, p.high) if v is not None]
    scale = Scale(chart.unit, values)
    entity = next((s.entity for s in chart.series if palette.knows(s.entity)), None)
    colour = palette.style(entity).colour if entity else ACCENT
    past = sorted(history.points, key=lambda p: across.at(p.x))
    axes = base(figure, 160)
    ends: list[tuple[float, str, str]] = []
    for number, series in enumerate(s for s in ahead if s.points):
        end = max(series.points, key=lambda p: across.at(p.x))
        tint = colour if number == 0 else GREY
        ends.append((end.y, f"{short(series.name, 22)} {scale.text(end.y)}", tint))
        if end.high is not None and end.low is not None:
            ends.append((end.high, f"High {scale.text(end.high)}", MUTED))
            ends.append((end.low, f"Low {scale.text(end.low)}", MUTED))
    if not ends and past:
        ends.append((past[-1].y, f"{short(history.name, 22)} {scale.text(past[-1].y)}", colour))
    ends += reference(axes, chart, scale)
    place(figure, axes, 30, _room(figure, [t for _, t, _ in ends]), 18, 18)
    low, high = _limits(chart, values)
    axes.set_ylim(low, high)
    axes.set_xlim(min(across.values), max(*across.values, min(across.values) + 1))
    axes.plot(
        [across.at(p.x) for p in past],
        [p.y for p in past],
        color=colour,
        linewidth=1.8 if len(past) <= MANY_POINTS else 1.1,
        marker="o" if len(past) <= MANY_POINTS else None,
        markersize=3.4,
        markeredgecolor="white",
        markeredgewidth=0.5,
        clip_on=False,
        zorder=3,
    )
    for number, series in enumerate(s for s in ahead if s.points):
        _forecast(axes, across, past, series, colour if number == 0 else GREY)
    if past and ahead and len(past) <= MANY_POINTS:
        _last(axes, across, past, scale, colour)
    if past and ahead:
        axes.axvline(across.at(past[-1].x), color=GREY, linewidth=0.6, linestyle=(0, (1, 2)))
        axes.annotate(
            short(history.name, 24),
            (across.at(past[-1].x), 1),
            xycoords=("data", "axes fraction"),
            xytext=(-4, -1),
            textcoords="offset points",
            ha="right",
            va="top",
            fontsize=7.5,
            color=MUTED,
        )
        axes.annotate(
            "Forecast",
            (across.at(past[-1].x), 1),
            xycoords=("data", "axes fraction"),
            xytext=(4, -1),
            textcoords="offset points",
            ha="left",
            va="top",
            fontsize=7.5,
            color=MUTED,
        )
    value_axis(figure, axes, scale)
    across.show(axes, chart)
    _ends(figure, axes, ends, max(across.values))
    label.head(figure, scale.axis(chart.y_title), figure.get_size_inches()[1] * 72)


def _last(axes: Any, across: _Across, past: list[Point], scale: Scale, colour: str) -> None:
    """The last value of the history, beside its point."""
    axes.annotate(
        scale.text(past[-1].y),
        (across.at(past[-1].x), past[-1].y),
        xytext=(-3, 6),
        textcoords="offset points",
        ha="right",
        va="bottom",
        fontsize=7.5,
        weight="bold",
        color=end_label_colour(colour),
    )


def _forecast(axes: Any, across: _Across, past: list[Point], series: Series, colour: str) -> None:
    points = sorted(series.points, key=lambda p: across.at(p.x))
    start = [(across.at(past[-1].x), past[-1].y)] if past and across.at(past[-1].x) < across.at(points[0].x) else []
    xs = [x for x, _ in start] + [across.at(p.x) for p in points]
    axes.plot(
        xs,
        [y for _, y in start] + [p.y for p in points],
        color=colour,
        linewidth=1.6,
        linestyle=(0, (4, 1.8)),
    )
    if all(p.low is not None and p.high is not None for p in points):
        lows = [y for _, y in start] + [p.low for p in points if p.low is not None]
        highs = [y for _, y in start] + [p.high for p in points if p.high is not None]
        axes.fill_between(xs, lows, highs, facecolor=colour, alpha=0.16, linewidth=0)
        axes.plot(xs, lows, color=colour, linewidth=0.5)
        axes.plot(xs, highs, color=colour, linewidth=0.5)
