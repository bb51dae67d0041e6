"""Charts of a report: from the data in the model to SVG and PNG, the same bytes every time.

The image holds no title and no caption: those are text of the report. Text in the SVG for HTML and PDF stays
text (it can be searched and selected). Word gets the SVG too, and a picture for programs that cannot show it.
"""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from market_research.report.colours import GRID, INK, MUTED, Palette
from market_research.report.model import Chart, Report

WIDTH = 437.0
FONT = "Lato"
FALLBACK = "DejaVu Sans"
# Inside HTML the text of a chart uses what the reader's machine has, in the order of the style sheet.
SCREEN_FONTS = "Lato, Carlito, Calibri, Segoe UI, Helvetica Neue, Arial, DejaVu Sans, sans-serif"
_BODY = 8.0


@dataclass(frozen=True)
class Image:
    """One chart, drawn: ``svg`` to stand inside HTML, ``standalone`` the same as a file, ``png`` at 200 dpi."""

    svg: str
    standalone: bytes
    png: bytes
    width: float
    height: float


def _families() -> list[str]:
    """The report's font where it is installed, and DejaVu (which comes with matplotlib) for the rest.

    Matplotlib keeps a list of fonts from its first run; a font installed since then has to be added by hand.
    """
    from matplotlib import font_manager

    manager = font_manager.fontManager
    if FONT not in manager.get_font_names():
        for path in sorted(font_manager.findSystemFonts()):
            if Path(path).name.startswith(f"{FONT}-"):
                manager.addfont(path)
    return [FONT, FALLBACK] if FONT in manager.get_font_names() else [FALLBACK]


@contextmanager
def style(salt: str) -> Iterator[None]:
    """Matplotlib's settings for a report; ``salt`` fixes the ids inside the SVG."""
    import matplotlib

    settings: Any = {
        "font.family": _families(),
        "font.size": _BODY,
        "text.color": INK,
        # A dollar sign in a company's text is a dollar sign, never the start of a formula.
        "text.parse_math": False,
        "axes.edgecolor": "#9aa4b2",
        "axes.linewidth": 0.6,
        "axes.labelcolor": MUTED,
        "axes.axisbelow": True,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.spines.left": False,
        "axes.grid": False,
        "grid.color": GRID,
        "grid.linewidth": 0.6,
        "xtick.color": MUTED,
        "ytick.color": MUTED,
        "xtick.labelsize": 7.5,
        "ytick.labelsize": 7.5,
        "xtick.major.size": 2.5,
        "ytick.major.size": 0,
        "xtick.major.width": 0.6,
        "xtick.minor.size": 0,
        "ytick.minor.size": 0,
        "hatch.linewidth": 0.5,
        "svg.hashsalt": salt,
        "svg.fonttype": "none",
        "svg.image_inline": True,
        "path.simplify": False,
    }
    with matplotlib.rc_context(settings):
        yield


def draw(chart: Chart, report: Report, salt: str) -> Image:
    """Draw ``chart`` in the colours of ``report``'s companies. ``salt`` must be unique in the document."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    from market_research.report.chart_kinds import plot

    with style(salt):
        figure = Figure(figsize=(WIDTH / 72, 200 / 72), dpi=72)
        FigureCanvasAgg(figure)
        plot(figure, chart, Palette(report))
        width, height = (float(size) * 72 for size in figure.get_size_inches())
        svg = _svg(figure)
        png = io.BytesIO()
        figure.savefig(png, format="png", dpi=200, metadata={"Software": None}, pil_kwargs={"compress_level": 4})
    return Image(_inline(svg, salt), svg.encode(), png.getvalue(), width, height)


def _svg(figure: Any) -> str:
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    return buffer.getvalue()


def _inline(svg: str, salt: str) -> str:
    """The SVG as it stands inside HTML: no prologue, ids of its own, the font left to the style sheet."""
    body = svg[svg.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    body = re.sub(r' id="(?!p[0-9a-f]{10}|m[0-9a-f]{10}|h[0-9a-f]{10})[^"]*"', "", body)
    prefix = re.sub(r"[^A-Za-z0-9-]", "", salt)[-24:]
    body = re.sub(r'(id="|url\(#|href="#)([pmh][0-9a-f]{10})', rf"\1{prefix}-\2", body)
    body = re.sub(r"font-family: [^;\"]*(; ?)?", "", body)
    body = body.replace(' xmlns:xlink="http://www.w3.org/1999/xlink"', "").replace("xlink:href", "href")
    body = re.sub(r' transform="rotate\(-0 [^)]*\)"', "", body)
    body = re.sub(r"\n\s*", "\n", body)
    body = _without_bare_groups(body)
    attributes = f'class="chart" font-family="{SCREEN_FONTS}" aria-hidden="true" focusable="false"'
    return re.sub(r'(<svg [^>]*?)height="[^"]*"', lambda found: found.group(1) + attributes, body, count=1)


def _without_bare_groups(svg: str) -> str:
    """The SVG without groups that say nothing: each is one more node to draw."""
    bare: list[bool] = []

    def kept(found: re.Match[str]) -> str:
        if not found.group(0).startswith("</"):
            bare.append(found.group(0) == "<g>")
            return "" if bare[-1] else found.group(0)
        return "" if bare.pop() else found.group(0)

    return re.sub(r"\n\s*\n+", "\n", re.sub(r"<g(?: [^>]*)?>|</g>", kept, svg))
