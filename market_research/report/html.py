"""The report as one HTML file: style sheet and drawings inline, readable on screen, the base of the PDF."""

import base64
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from market_research.report.charts import Image
from market_research.report.ledger import LEAD
from market_research.report.model import Report
from market_research.report.motif import motif
from market_research.report.pdf import PAGE, PART
from market_research.report.plain import safe_link
from market_research.report.view import View, decimal_padding, subhead_anchor


@lru_cache(maxsize=4)
def _environment(folder: Path) -> Any:
    """The templates, compiled once; a template that changes is read anew."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["safe_link"] = safe_link
    return environment


def to_html(report: Report, images: Mapping[int, Image], templates: Path, *, paper: bool = False) -> str:
    """Render ``report`` (cleaned) with the templates in ``templates/report``; ``images`` are by figure number.

    ``paper`` makes the base of the PDF: no tooltips, drawings as images, and the marks between which ``to_pdf``
    cuts it into parts and puts the numbers of pages.
    """
    from markupsafe import Markup

    folder = templates / "report"
    view = View(report)
    # The style sheet and the drawings are the project's own; nothing from outside enters them unescaped.
    return (
        _environment(folder)
        .get_template("report.html.j2")
        .render(
            report=report,
            paper=paper,
            lead=LEAD,
            toc_lines=sum(1 + len(part.subheads) for part in view.parts) + len(view.figures) + len(view.tables) // 2,
            view=view,
            css=Markup((folder / "report.css").read_text(encoding="utf-8")),
            motif=Markup(motif(report)),
            plots={number: Markup(_data(image) if paper else image.svg) for number, image in images.items()},
            part_mark=PART if paper else "",
            page_mark=PAGE if paper else "",
            padding=decimal_padding,
            subhead_anchor=subhead_anchor,
        )
    )


def _data(image: Image) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(image.svg.encode()).decode()
