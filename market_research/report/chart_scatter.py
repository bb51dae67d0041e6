"""Scatter charts: two measures of each company, labelled where there is room."""

from typing import Any

from market_research.report.chart_frame import base, end_label_colour, label, log_ticks, place, round_ticks, value_axis
from market_research.report.chart_labels import Box, around
from market_research.report.chart_lines import reference, short, styles
from market_research.report.colours import GREY, MUTED, Palette
from market_research.report.model import Chart
from market_research.report.plain import clean
from market_research.report.units import Scale


def scatter(figure: Any, chart: Chart, palette: Palette) -> None:
    """Points of two measures, each labelled; the area of a point is its size where that is given."""
    items = [(s, p, st) for s, st in zip(chart.series, styles(chart, palette), strict=True) for p in s.points]
    numbered = {str(p.x): float(i) for i, (_, p, _) in enumerate(items) if isinstance(p.x, str)}
    xs = [numbered[p.x] if isinstance(p.x, str) else float(p.x) for _, p, _ in items]
    ys = [p.y for _, p, _ in items]
    x_log, y_log = chart.log_x and min(xs) > 0, chart.log_y and min(ys) > 0
    x_scale, y_scale = Scale(chart.x_unit or "", xs, log=x_log), Scale(chart.unit, ys, log=y_log)
    largest = max((p.size or 0.0 for _, p, _ in items), default=0.0)
    radii = [(4 + 11 * (abs(p.size) / largest) ** 0.5) if p.size and largest else 4.0 for _, p, _ in items]
    axes = base(figure, 204)
    place(figure, axes, 30, 12, 32, 18)
    _limit_both(axes, (xs, x_log), (ys, y_log))
    value_axis(figure, axes, y_scale, log=y_log)
    _scatter_x(axes, chart, x_scale)
    for (series, point, style), x, radius in zip(items, xs, radii, strict=True):
        entity = point.label if palette.knows(point.label) and not palette.knows(series.entity) else None
        look = palette.style(entity) if entity else style
        axes.plot(
            [x],
            [point.y],
            linestyle="none",
            marker=look.marker if not largest else "o",
            markersize=2 * radius,
            color=look.colour,
            alpha=0.9,
            markeredgecolor="white",
            markeredgewidth=0.7,
            clip_on=False,
            zorder=3,
        )
    for at, text, colour in reference(axes, chart, y_scale):
        axes.annotate(
            text,
            (1, at),
            xycoords=("axes fraction", "data"),
            xytext=(0, 2.5),
            textcoords="offset points",
            ha="right",
            va="bottom",
            fontsize=7.5,
            color=end_label_colour(colour),
        )
    texts = [short(p.label or s.name, 26) for s, p, _ in items]
    sizes = [(label.width(figure, t, 7.5) + 2, 9.0) for t in texts]
    spots = []
    for x, y, radius in zip(xs, ys, radii, strict=True):
        across_points, up_points = axes.transData.transform((x, y))
        spots.append((float(across_points), float(up_points), radius))
    extent = axes.get_window_extent()
    boxes = around(spots, sizes, Box(extent.x0, extent.y0 + 2, extent.x1 + 10, extent.y1))
    wide, high = (size * 72 for size in figure.get_size_inches())
    for text, (x, y, _), (box, leader) in zip(texts, spots, boxes, strict=True):
        if leader:
            from matplotlib.lines import Line2D

            near = (min(max(x, box.left), box.right), min(max(y, box.bottom), box.top))
            figure.add_artist(Line2D([x / wide, near[0] / wide], [y / high, near[1] / high], color=GREY, linewidth=0.5))
        figure.text((box.left + 1) / wide, (box.bottom + 4.5) / high, text, fontsize=7.5, va="center_baseline")
    label.head(figure, y_scale.axis(chart.y_title), figure.get_size_inches()[1] * 72)


def _limit_both(axes: Any, across: tuple[list[float], bool], up: tuple[list[float], bool]) -> None:
    """Room around the points on both axes, on a logarithmic axis by a factor."""
    for (values, log), set_scale, set_limits, share in (
        (across, axes.set_xscale, axes.set_xlim, 0.1),
        (up, axes.set_yscale, axes.set_ylim, 0.12),
    ):
        low, high = min(values), max(values)
        if log:
            set_scale("log")
            set_limits(low / 1.7, high * 1.7)
        else:
            room = ((high - low) or abs(high) or 1.0) * share
            set_limits(0.0 if 0 <= low < room * 2 else low - room, high + room)


def _scatter_x(axes: Any, chart: Chart, scale: Scale) -> None:
    low, high = axes.get_xlim()
    if axes.get_xscale() == "log":
        ticks = log_ticks(low, high)
        texts = [scale.tick(t, t) for t in ticks]
    else:
        ticks = round_ticks(low, high, 7)
        texts = [scale.tick(t, ticks[1] - ticks[0] if len(ticks) > 1 else 1.0) for t in ticks]
    axes.set_xticks(ticks, texts)
    axes.set_xlim(low, high)
    axes.grid(axis="x", visible=True)
    if low < 0 < high:
        axes.axvline(0, color=GREY, linewidth=0.7)
    axes.set_xlabel(scale.axis(clean(chart.x_title or "")), fontsize=7.5, color=MUTED)
