"""The report as one HTML file: style sheet and drawings inline, readable on screen, the base of the PDF."""

from collections.abc import Mapping
from pathlib import Path

from market_research.report.charts import Image
from market_research.report.model import Report
from market_research.report.motif import motif
from market_research.report.plain import safe_link
from market_research.report.view import View, decimal_padding, subhead_anchor


def to_html(report: Report, images: Mapping[int, Image], templates: Path) -> str:
    """Render ``report`` (cleaned) with the templates in ``templates/report``; ``images`` are by figure number."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    folder = templates / "report"
    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["safe_link"] = safe_link
    view = View(report)
    # The style sheet and the drawings are the project's own; nothing from outside enters them unescaped.
    return environment.get_template("report.html.j2").render(
        report=report,
        view=view,
        css=Markup((folder / "report.css").read_text(encoding="utf-8")),
        motif=Markup(motif(report)),
        plots={number: Markup(image.svg) for number, image in images.items()},
        padding=decimal_padding,
        subhead_anchor=subhead_anchor,
    )
