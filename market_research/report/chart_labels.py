"""Where direct labels go, so that none lies on another: along an edge, and around points."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Box:
    """A rectangle in points, origin bottom left."""

    left: float
    bottom: float
    right: float
    top: float

    def overlap(self, other: "Box") -> float:
        """The area that both cover."""
        wide = min(self.right, other.right) - max(self.left, other.left)
        high = min(self.top, other.top) - max(self.bottom, other.bottom)
        return wide * high if wide > 0 and high > 0 else 0.0

    def outside(self, other: "Box") -> float:
        """How far this box sticks out of ``other``, summed over the four sides."""
        return (
            max(0.0, other.left - self.left)
            + max(0.0, self.right - other.right)
            + max(0.0, other.bottom - self.bottom)
            + max(0.0, self.top - other.top)
        )


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Positions as near as possible to ``wanted``, ``gap`` apart, within ``low`` and ``high``.

    Neighbours that collide form a block, which is centred on the mean of what its members want.
    """
    order = sorted(range(len(wanted)), key=lambda i: (wanted[i], i))
    if order and gap * (len(order) - 1) > high - low:
        gap = (high - low) / max(1, len(order) - 1)
    blocks: list[tuple[list[int], float]] = []
    for index in order:
        members, centre = [index], min(max(wanted[index], low), high)
        while blocks:
            before, before_centre = blocks[-1]
            if before_centre + gap * (len(before) + len(members)) / 2 <= centre + 1e-9:
                break
            blocks.pop()
            members = before + members
            half = gap * (len(members) - 1) / 2
            centre = sum(wanted[i] for i in members) / len(members)
            centre = min(max(centre, low + half), high - half)
        blocks.append((members, centre))
    places = [0.0] * len(wanted)
    for members, centre in blocks:
        for rank, index in enumerate(members):
            places[index] = centre + gap * (rank - (len(members) - 1) / 2)
    return places


_AROUND = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1))


def around(
    points: Sequence[tuple[float, float, float]], sizes: Sequence[tuple[float, float]], frame: Box
) -> list[tuple[Box, bool]]:
    """A box for each point's label, and whether it lies so far off that it needs a leader line.

    ``points`` are x, y and radius of the marker; ``sizes`` are width and height of the labels. Greedy:
    crowded points choose first; each takes what costs least in overlap, protrusion and distance.
    """
    markers = [Box(x - r, y - r, x + r, y + r) for x, y, r in points]
    crowd = [
        sum(1 for x, y, _ in points if abs(x - points[i][0]) < 60 and abs(y - points[i][1]) < 24)
        for i in range(len(points))
    ]
    placed: dict[int, tuple[Box, bool]] = {}
    for index in sorted(range(len(points)), key=lambda i: (-crowd[i], i)):
        x, y, radius = points[index]
        wide, high = sizes[index]
        best: tuple[float, Box, bool] | None = None
        for ring, distance in enumerate((2.5, 9.0, 18.0, 28.0)):
            for turn, (across, up) in enumerate(_AROUND):
                reach = radius + distance if across == 0 or up == 0 else (radius + distance) * 0.75
                left = x + across * reach - (wide if across < 0 else wide / 2 if across == 0 else 0)
                bottom = y + up * reach - (high if up < 0 else high / 2 if up == 0 else 0)
                box = Box(left, bottom, left + wide, bottom + high)
                cost = 60.0 * box.outside(frame) + ring * 14 + turn
                cost += sum(8 * box.overlap(other) for other, _ in placed.values())
                cost += sum(4 * box.overlap(other) for i, other in enumerate(markers) if i != index)
                if best is None or cost < best[0]:
                    best = (cost, box, ring > 0)
        assert best is not None
        placed[index] = (best[1], best[2])
    return [placed[i] for i in range(len(points))]
