"""A finished report in all its formats, written as one folder that is whole whenever it is there.

Every format is made from the ``Report`` alone, and the same report gives the same bytes.
"""

import shutil
from collections.abc import Callable, Collection
from pathlib import Path

from market_research import files
from market_research.report.charts import Image, draw
from market_research.report.html import to_html
from market_research.report.markdown import to_markdown
from market_research.report.model import Figure, Report
from market_research.report.pdf import to_pdf
from market_research.report.plain import cleaned
from market_research.report.word import to_docx
from market_research.settings import FORMATS


def render(report: Report, folder: Path, *, templates: Path, formats: Collection[str] = FORMATS) -> dict[str, Path]:
    """Write ``report.json``, ``.md``, ``.html``, ``.pdf`` and ``.docx`` into ``folder``; returns them by format.

    ``formats`` may leave some out; the canonical ``report.json`` is always there.

    ``templates`` is the project's folder of templates (its ``report`` folder is used). All files appear together:
    they are written beside ``folder`` and moved into place, and a folder that holds the same bytes is left alone.
    """
    contents = render_bytes(report, templates=templates, formats=formats)
    named = {f"report.{name}": content for name, content in contents.items()}
    files.remove_leftovers(folder.parent)
    if not _holds(folder, named):
        _replace(folder, named)
    return {name: folder / f"report.{name}" for name in contents}


def render_bytes(report: Report, *, templates: Path, formats: Collection[str] = FORMATS) -> dict[str, bytes]:
    """The report in these formats and JSON, by the name of the format."""
    tidy = cleaned(report)
    images = draw_figures(tidy) if {"html", "pdf", "docx"} & set(formats) else {}
    made: dict[str, Callable[[], bytes]] = {
        "json": lambda: report.model_dump_json(indent=1).encode() + b"\n",
        "md": lambda: to_markdown(tidy).encode(),
        "html": lambda: to_html(tidy, images, templates).encode(),
        "pdf": lambda: to_pdf(to_html(tidy, images, templates, paper=True), tidy.edition_id),
        "docx": lambda: to_docx(tidy, images),
    }
    return {name: make() for name, make in made.items() if name == "json" or name in formats}


def draw_figures(report: Report) -> dict[int, Image]:
    """Every figure of the report, drawn, by its number."""
    return {
        block.number: draw(block.chart, report, f"{report.edition_id}-f{block.number}")
        for section in report.sections
        for block in section.blocks
        if isinstance(block, Figure)
    }


def _holds(folder: Path, named: dict[str, bytes]) -> bool:
    if not folder.is_dir() or {path.name for path in folder.iterdir()} != set(named):
        return False
    return all((folder / name).read_bytes() == content for name, content in named.items())


def _replace(folder: Path, named: dict[str, bytes]) -> None:
    """Put a new folder in the place of ``folder``. A folder cannot be renamed over one that is not empty, so
    the old one steps aside first; should the second rename fail, it steps back."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    scratch = files.temporary_path(folder)
    scratch.mkdir()
    fresh, old = scratch / "new", scratch / "old"
    try:
        fresh.mkdir()
        for name, content in named.items():
            (fresh / name).write_bytes(content)
        if folder.exists():
            folder.rename(old)
        try:
            fresh.rename(folder)
        except OSError:
            if old.exists():
                old.rename(folder)
            raise
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
