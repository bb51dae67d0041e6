"""Charts: every kind draws, the same way each time, with labels that do not lie on one another."""

import re
from itertools import pairwise

import pytest

from market_research.report.chart_labels import Box, around, spread
from market_research.report.chart_lines import styles
from market_research.report.charts import draw
from market_research.report.colours import (
    ACCENT,
    GREYS,
    PALETTE,
    PAPER,
    THINGS,
    Palette,
    contrast,
    luminance,
    text_on,
    text_on_paper,
)
from market_research.report.model import Chart, Point, Series
from market_research.report.units import Scale
from tests.report.sample import COMPANIES, HOSTILE, charts, report

REPORT = report(20, small=True)


def _texts(svg: str) -> str:
    return " ".join(re.findall(r"<text[^>]*>([^<]*)</text>", svg))


@pytest.mark.parametrize("name", charts())
def test_every_kind_is_drawn_the_same_each_time(name: str) -> None:
    chart = charts()[name]
    first, second = draw(chart, REPORT, f"ed-{name}"), draw(chart, REPORT, f"ed-{name}")
    assert first == second
    assert first.svg.startswith("<svg")
    assert first.png.startswith(b"\x89PNG")
    assert "<text" in first.svg
    assert "<image" not in first.svg, "a chart must stay a drawing"
    assert "Date" not in first.svg


def test_ids_differ_between_the_charts_of_one_document() -> None:
    first, second = draw(charts()["line"], REPORT, "ed-f1"), draw(charts()["line"], REPORT, "ed-f2")
    ids = [set(re.findall(r'id="([^"]+)"', image.svg)) for image in (first, second)]
    assert ids[0]
    assert not ids[0] & ids[1]
    for image, known in zip((first, second), ids, strict=True):
        assert {r for pair in re.findall(r'url\(#([^)]+)\)|href="#([^"]+)"', image.svg) for r in pair if r} <= known


def test_values_and_names_are_printed_in_the_chart() -> None:
    texts = _texts(draw(charts()["bar"], REPORT, "b").svg)
    assert "383" in texts
    assert "3.6" in texts, "a small value keeps a decimal beside large ones"
    assert "US$ billions" in texts
    assert "Mean 104" in texts
    texts = _texts(draw(charts()["line"], REPORT, "l").svg)
    assert all(name[:20] in texts.replace("&amp;", "&") for name in COMPANIES), "lines are labelled at their ends"
    assert "2025" in texts
    assert "2,025" not in texts
    assert "2025.0" not in texts


def test_hostile_names_are_text() -> None:
    chart = Chart(kind="bar", unit="USD", series=(Series(name="x", points=(Point(x=HOSTILE, y=1.0, fact_id=None),)),))
    svg = draw(chart, REPORT, "h").svg
    assert "<script" not in svg
    assert "<img" not in svg


@pytest.mark.parametrize("kind", ["bar", "grouped_bar", "stacked_area", "line", "scatter", "waterfall", "fan"])
@pytest.mark.parametrize(
    "points", [(), (Point(x=2025.0, y=0.0, fact_id=None),), (Point(x="Q1", y=-3.0, fact_id=None),)]
)
def test_thin_data_is_no_failure(kind: str, points: tuple[Point, ...]) -> None:
    series = (Series(name="One", points=points), Series(name="Two", points=points))
    draw(Chart.model_validate({"kind": kind, "unit": "percent", "series": series, "log_y": True}), REPORT, kind)


def test_spread_keeps_order_distance_and_limits() -> None:
    places = spread([50.0, 51.0, 52.0, 99.0, 3.0], 10.0, 0.0, 100.0)
    ordered = sorted(places)
    assert all(b - a >= 10 - 1e-6 for a, b in pairwise(ordered))
    assert ordered[0] >= 0
    assert ordered[-1] <= 100
    assert places[0] < places[1] < places[2] < places[3]
    assert spread([5.0, 5.0, 5.0], 10.0, 0.0, 10.0) == [0.0, 5.0, 10.0], "too many: closer, but inside"
    assert spread([], 10.0, 0.0, 10.0) == []


def test_labels_around_points_do_not_overlap() -> None:
    points = [(100.0 + 6 * i, 100.0 + 3 * i, 4.0) for i in range(6)]
    boxes = [box for box, _ in around(points, [(60.0, 9.0)] * 6, Box(0, 0, 300, 200))]
    assert not any(a.overlap(b) for i, a in enumerate(boxes) for b in boxes[i + 1 :])


def test_companies_keep_their_colour_and_differ_in_lightness() -> None:
    palette = Palette(REPORT)
    assert [palette.style(name).colour for name in COMPANIES] == list(PALETTE[: len(COMPANIES)])
    assert palette.style("Somebody else").colour not in PALETTE
    light = [luminance(colour) for colour in PALETTE]
    assert all(abs(a - b) > 0.05 for a, b in pairwise(light)), "neighbours differ in grey too"
    assert all(contrast(text_on_paper(colour), PAPER) >= 4.5 for colour in PALETTE)
    assert all(contrast(text_on(colour), colour) >= 3 for colour in PALETTE)


def test_things_have_colours_of_their_own_and_the_field_the_strong_one() -> None:
    def series(*entities: str | None) -> tuple[Series, ...]:
        return tuple(Series(name=f"s{i}", entity=e, points=()) for i, e in enumerate(entities))

    def colours(*entities: str | None) -> list[str]:
        chart = Chart(kind="line", unit="percent", series=series(*entities))
        return [style.colour for style in styles(chart, Palette(REPORT))]

    things = colours(None, None, None, None)
    assert things == list(THINGS[:4])
    assert not set(things) & {*PALETTE, *GREYS}
    assert colours(REPORT.title, None) == [ACCENT, GREYS[0]], "the field against what it is compared with"
    assert colours(COMPANIES[0], None) == [PALETTE[0], GREYS[0]]
    light = [luminance(colour) for colour in THINGS]
    assert all(abs(a - b) > 0.05 for a, b in pairwise(light))


@pytest.mark.parametrize(
    ("unit", "values", "texts", "name"),
    [
        ("USD", (391e9, 3.64e9, -12e9), ["391", "3.6", "−12"], "US$ billions"),
        ("USD", (1.5, 2.25), ["1.5", "2.2"], "US$"),
        ("percent", (12.34, -3.0), ["12.3%", "−3.0%"], "%"),
        ("percent", (12.0, 3.0), ["12%", "3%"], "%"),
        ("share", (0.423, 0.1), ["42.3%", "10.0%"], "%"),
        ("ratio", (0.42, 1.1), ["0.42", "1.10"], ""),
        ("count", (1_240_000_000,), ["1.24"], "billions"),
        ("count", (2314,), ["2,314"], ""),
        ("USD/shares", (6.11,), ["6.1"], "US$ per share"),
        ("index", (104.2,), ["104"], "index"),
        ("metric_tons", (52_000,), ["52"], "metric tons, thousands"),
    ],
)
def test_units(unit: str, values: tuple[float, ...], texts: list[str], name: str) -> None:
    scale = Scale(unit, values)
    assert [scale.text(value) for value in values] == texts
    assert scale.name() == name
