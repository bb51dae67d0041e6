"""How each kind of chart is drawn, on a matplotlib figure whose size is 72 dots per inch."""

import textwrap
from typing import Any

from market_research.report import chart_lines, chart_scatter
from market_research.report.chart_frame import (
    base,
    key_line,
    label,
    place,
    value_axis,
)
from market_research.report.colours import (
    ACCENT,
    GREY,
    INK,
    MUTED,
    STEPS,
    WARM,
    Palette,
    mix,
    text_on_paper,
)
from market_research.report.model import Chart, Series
from market_research.report.plain import clean
from market_research.report.units import Scale


def plot(figure: Any, chart: Chart, palette: Palette) -> None:
    """Draw ``chart`` on ``figure`` and size the figure to what it shows."""
    drawers = {
        "bar": bars,
        "grouped_bar": grouped_bars,
        "waterfall": waterfall,
        "stacked_area": chart_lines.stacked_area,
        "line": chart_lines.lines,
        "fan": chart_lines.fan,
        "scatter": chart_scatter.scatter,
    }
    if not any(series.points for series in chart.series):
        figure.set_size_inches(figure.get_size_inches()[0], 40 / 72)
        figure.text(0.5, 0.5, "No values", ha="center", va="center", color=MUTED)
        return
    drawers[chart.kind](figure, chart, palette)


def _values(chart: Chart) -> list[float]:
    found = [p.y for s in chart.series for p in s.points]
    for series in chart.series:
        for point in series.points:
            found += [bound for bound in (point.low, point.high) if bound is not None]
    return found


def bars(figure: Any, chart: Chart, palette: Palette) -> None:
    """Horizontal bars in the order given, each with its value; no axis, since the values are printed."""
    series = chart.series[0]
    points = series.points
    scale = Scale(chart.unit, _values(chart))
    names = ["\n".join(textwrap.wrap(clean(str(p.x)), 32)[:2]) or "–" for p in points]
    row = 17.5 if any("\n" in n for n in names) else 13.8
    head = 16.0 + (11.0 if chart.reference is not None and chart.reference_label else 0.0)
    height = head + row * len(points) + 6
    axes = base(figure, height)
    entities = any(palette.knows(str(p.x)) for p in points)
    texts = [clean(p.label) if p.label else scale.text(p.y) for p in points]
    left = max((label.width(figure, n, 8) for n in names), default=40) + 8
    value_room = max(label.width(figure, t, 8) for t in texts) + 8
    place(figure, axes, left, 6, 4, head)
    low = min([0.0, *(_values(chart))] + ([chart.reference] if chart.reference is not None else []))
    high = max([0.0, *(_values(chart))] + ([chart.reference] if chart.reference is not None else []))
    high = high if high > low else low + 1.0
    span = high - low
    plot_width = axes.get_position().width * figure.get_size_inches()[0] * 72
    # Room for the printed values, on the side where they stand.
    share = value_room / max(60.0, plot_width - value_room * (2 if low < 0 < high else 1))
    axes.set_xlim(low - (span * share if low < 0 else 0), high + (span * share if high > 0 else 0))
    axes.set_ylim(len(points) - 0.5, -0.5)
    lead = series.entity
    for row_number, (point, text) in enumerate(zip(points, texts, strict=True)):
        entity = str(point.x) if entities else lead
        colour = palette.style(entity).colour if entities or lead else ACCENT
        axes.barh(row_number, point.y, height=0.66, color=colour, linewidth=0)
        end = point.y
        if point.low is not None and point.high is not None:
            axes.plot([point.low, point.high], [row_number] * 2, color=INK, linewidth=0.9, solid_capstyle="butt")
            end = point.high if point.y >= 0 else point.low
        axes.annotate(
            text,
            (end, row_number),
            xytext=(4 if point.y >= 0 else -4, -0.4),
            textcoords="offset points",
            ha="left" if point.y >= 0 else "right",
            va="center",
            fontsize=8,
            color=INK,
            weight="bold",
        )
    axes.set_yticks(range(len(points)), names)
    axes.tick_params(axis="y", labelsize=8, labelcolor=INK, pad=6)
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    axes.axvline(0, color=INK, linewidth=0.8)
    _reference(axes, chart, scale, vertical=True)
    label.head(figure, scale.axis(chart.x_title or chart.y_title), height)


def _reference(axes: Any, chart: Chart, scale: Scale, *, vertical: bool) -> None:
    if chart.reference is None:
        return
    text = clean(chart.reference_label or "")
    text = f"{text} {scale.text(chart.reference)}".strip()
    if vertical:
        axes.axvline(chart.reference, color=WARM, linewidth=0.9, linestyle=(0, (4, 2)))
        axes.annotate(
            text,
            (chart.reference, 1),
            xycoords=("data", "axes fraction"),
            xytext=(0, 2),
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontsize=7.5,
            color=text_on_paper(WARM),
        )
    else:
        axes.axhline(chart.reference, color=WARM, linewidth=0.9, linestyle=(0, (4, 2)))
        axes.annotate(
            text,
            (0, chart.reference),
            xycoords=("axes fraction", "data"),
            xytext=(3, 2),
            textcoords="offset points",
            ha="left",
            va="bottom",
            fontsize=7.5,
            color=text_on_paper(WARM),
        )


def _series_colours(series: tuple[Series, ...], palette: Palette) -> list[str]:
    """Companies in their colours; anything else (years, cases) in steps of one hue, the last darkest."""
    if any(palette.knows(s.entity) for s in series):
        others = iter(range(len(series)))
        return [
            palette.style(s.entity).colour if palette.knows(s.entity) else palette.style(None, next(others)).colour
            for s in series
        ]
    if len(series) == 1:
        return [ACCENT]
    steps = STEPS[:5] if len(series) <= 5 else STEPS
    if len(series) > len(steps):
        return [mix(STEPS[0], STEPS[-1], i / (len(series) - 1)) for i in range(len(series))]
    return [steps[round(i * (len(steps) - 1) / (len(series) - 1))] for i in range(len(series))]


def grouped_bars(figure: Any, chart: Chart, palette: Palette) -> None:
    """Vertical bars side by side per category; values on the bars where there is room for them."""
    categories: list[str] = list(dict.fromkeys(_name(p.x) for s in chart.series for p in s.points))
    scale = Scale(chart.unit, _values(chart))
    several = len(chart.series) > 1
    axes = base(figure, 152)
    width = _seat(figure, axes, categories, 34 if several else 18)
    bar = min(0.8 / len(chart.series), 46 / width)
    colours = _series_colours(chart.series, palette)
    widest = max(label.width(figure, scale.plain(v), 7) for v in _values(chart))
    printed = widest <= bar * width + (4 if several else 10)
    if printed:
        low, high = min(0.0, *_values(chart)), max(0.0, *_values(chart))
        room = (high - low) * 0.1 or 1.0
        axes.set_ylim(low - (room if low < 0 else 0), high + room)
        axes.set_yticks([])
    for number, (series, colour) in enumerate(zip(chart.series, colours, strict=True)):
        offset = (number - (len(chart.series) - 1) / 2) * bar
        for point in series.points:
            at = categories.index(_name(point.x)) + offset
            own = not several and palette.knows(_name(point.x))
            fill = palette.style(_name(point.x)).colour if own else colour
            axes.bar(at, point.y, width=bar * 0.92, color=fill, linewidth=0)
            if point.low is not None and point.high is not None:
                axes.plot([at, at], [point.low, point.high], color=INK, linewidth=0.9)
            if printed:
                above = point.y >= 0
                end = point.y if point.low is None or point.high is None else point.high if above else point.low
                axes.annotate(
                    scale.plain(point.y),
                    (at, end),
                    xytext=(0, 2 if above else -2),
                    textcoords="offset points",
                    ha="center",
                    va="bottom" if above else "top",
                    fontsize=7,
                    color=INK,
                )
    axes.set_xlim(-0.5, len(categories) - 0.5)
    _categories(axes, categories, width)
    if not printed:
        value_axis(figure, axes, scale)
    axes.axhline(0, color=INK, linewidth=0.7)
    axes.spines["bottom"].set_visible(False)
    axes.tick_params(axis="x", length=0)
    _reference(axes, chart, scale, vertical=False)
    height = figure.get_size_inches()[1] * 72
    label.head(figure, scale.axis(chart.y_title), height)
    if several:
        key_line(figure, [(clean(s.name), c) for s, c in zip(chart.series, colours, strict=True)], height - 17)


def _name(x: str | float) -> str:
    return clean(x) if isinstance(x, str) else f"{x:g}"


def _wrapped(categories: list[str], width: float) -> list[str]:
    """Category names on one line or two in the width that they have."""
    characters = max(6, int(width / 4.1))
    wrapped = []
    for name in categories:
        rows = textwrap.wrap(name, characters, break_long_words=True)
        rows = [*rows[:1], rows[1][: characters - 1] + "…"] if len(rows) > 2 else rows
        wrapped.append("\n".join(rows))
    return wrapped


def _seat(figure: Any, axes: Any, categories: list[str], top: float) -> float:
    """Put the axes above their category names; returns the width of one category."""
    width = (figure.get_size_inches()[0] * 72 - 16) / max(1, len(categories))
    place(figure, axes, 8, 8, 30 if any("\n" in name for name in _wrapped(categories, width)) else 20, top)
    return width


def _categories(axes: Any, categories: list[str], width: float) -> None:
    wrapped = _wrapped(categories, width)
    axes.set_xticks(range(len(categories)), wrapped)
    axes.tick_params(axis="x", labelsize=7.5, labelcolor=INK)


def waterfall(figure: Any, chart: Chart, palette: Palette) -> None:
    """Signed contributions, each starting where the one before ended; the last point is the total."""
    points = chart.series[0].points
    scale = Scale(chart.unit, [p.y for p in points])
    axes = base(figure, 152)
    width = _seat(figure, axes, [_name(p.x) for p in points], 18)
    level, levels = 0.0, [0.0]
    for number, point in enumerate(points):
        total = number == len(points) - 1
        start, end = (0.0, point.y) if total else (level, level + point.y)
        colour = INK if total else ACCENT if point.y >= 0 else mix(WARM, "#ffffff", 0.35)
        axes.bar(
            number,
            end - start,
            bottom=start,
            width=0.62,
            color=colour,
            linewidth=0.6 if not total else 0,
            edgecolor=WARM if point.y < 0 and not total else colour,
            hatch="////" if point.y < 0 and not total else "",
        )
        if number:
            axes.plot(
                [number - 0.69, number + 0.31 if total else number - 0.31],
                [level] * 2,
                color=GREY,
                linewidth=0.6,
            )
        top = end >= start
        axes.annotate(
            scale.text(point.y, sign=not total),
            (number, end),
            xytext=(0, 2.5 if top else -2.5),
            textcoords="offset points",
            ha="center",
            va="bottom" if top else "top",
            fontsize=8,
            color=INK,
            weight="bold",
        )
        level = end
        levels += [start, end]
    room = (max(levels) - min(levels)) * 0.1 or 1.0
    axes.set_ylim(min(levels) - (room if min(levels) < 0 else 0), max(levels) + room)
    axes.set_xlim(-0.5, len(points) - 0.5)
    _categories(axes, [_name(p.x) for p in points], width)
    axes.set_yticks([])
    axes.axhline(0, color=INK, linewidth=0.7)
    axes.spines["bottom"].set_visible(False)
    axes.tick_params(axis="x", length=0)
    label.head(figure, scale.axis(chart.y_title), figure.get_size_inches()[1] * 72)
