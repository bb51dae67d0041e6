"""Rows and column widths of the Word document's tables."""

from collections.abc import Sequence

from market_research.report.model import Table
from market_research.report.word_file import TEXT_WIDTH
from market_research.report.word_xml import MUTED, cell, paragraph, row, run


def widths(block: Table) -> list[int]:
    """Column widths by their longest text: columns of numbers as wide as those, the rest shares what is left."""
    longest = [
        max([*(len(word) for word in c.label.split()), *(len(r[i].text) for r in block.rows if i < len(r))])
        for i, c in enumerate(block.columns)
    ]
    # A digit at 8 points is about 82 twentieths of a point wide.
    fixed = [min(1600, 84 * n + 170) if c.align == "right" else 0 for c, n in zip(block.columns, longest, strict=True)]
    rest = max(TEXT_WIDTH - sum(fixed), TEXT_WIDTH // 3)
    wanted = [0 if width else min(40, max(8, n)) for width, n in zip(fixed, longest, strict=True)]
    widths = [width or rest * want // max(1, sum(wanted)) for width, want in zip(fixed, wanted, strict=True)]
    scale = TEXT_WIDTH / max(1, sum(widths))
    return [int(width * scale) for width in widths]


def head(labels: Sequence[str], widths: Sequence[int]) -> str:
    """A row of column heads, repeated on every page."""
    cells = [
        cell(paragraph(run(text, bold=True, colour=MUTED), "ReportLedger"), width=width)
        for text, width in zip(labels, widths, strict=True)
    ]
    return row(cells, header=True)


def ledger(contents: Sequence[str], widths: Sequence[int]) -> str:
    """A row of the appendix; ``contents`` are runs."""
    pairs = zip(contents, widths, strict=True)
    return row(cell(paragraph(content, "ReportLedger"), width=width) for content, width in pairs)
