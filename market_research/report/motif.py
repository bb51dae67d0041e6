"""The drawing on the cover: rings around a corner, each as long as a company is large."""

import math

from market_research.report.colours import ACCENT, INK, WARM, mix
from market_research.report.model import Report
from market_research.report.view import motif_shares

SIZE = 200.0


def motif(report: Report) -> str:
    """An SVG of quarter rings around its lower right corner; their sweeps are shares taken from the report."""
    shares = motif_shares(report)
    count = max(9, len(shares))
    shares = [*shares, *[shares[-1] * 0.7**i for i in range(1, count - len(shares) + 1)]]
    pitch = 132.0 / count
    rings = []
    for place, share in enumerate(shares):
        radius = 190.0 - place * pitch
        # The root keeps small companies visible beside large ones.
        sweep = math.radians(9 + 77 * math.sqrt(max(0.0, min(1.0, share))))
        colour = WARM if place == 0 else mix(mix(ACCENT, "#7fc6c4", place / count), INK, 0.12)
        rings.append(_arc(radius, math.pi / 2, mix(INK, "#ffffff", 0.09), 0.35))
        rings.append(_arc(radius, sweep, colour, pitch * 0.52))
        x, y = SIZE - radius * math.cos(sweep), SIZE - radius * math.sin(sweep)
        rings.append(f'<circle cx="{x:.2f}" cy="{y:.2f}" r="{pitch * 0.13:.2f}" fill="#ffffff"/>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIZE:.0f} {SIZE:.0f}" class="motif" '
        f'aria-hidden="true" focusable="false">{"".join(rings)}</svg>'
    )


def _arc(radius: float, sweep: float, colour: str, width: float) -> str:
    """An arc that starts at the lower edge and turns clockwise."""
    x, y = SIZE - radius * math.cos(sweep), SIZE - radius * math.sin(sweep)
    return (
        f'<path d="M{SIZE - radius:.2f} {SIZE:.2f}A{radius:.2f} {radius:.2f} 0 0 1 {x:.2f} {y:.2f}" '
        f'fill="none" stroke="{colour}" stroke-width="{width:.2f}"/>'
    )
