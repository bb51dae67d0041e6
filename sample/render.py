"""Turn our overview pages (simple HTML: headings, paragraphs, one-level tables) into PDF and DOCX."""

from __future__ import annotations

import datetime as dt
import io
import os
import zipfile
from pathlib import Path

from bs4 import BeautifulSoup, Tag
from docx import Document
from docx.document import Document as DocumentType
from weasyprint import HTML

# Zip entries carry a time of their own; one fixed moment keeps the file the same bytes.
ZIP_TIME = (2025, 9, 1, 0, 0, 0)


def render_pdf(source: Path, target: Path) -> None:
    HTML(filename=str(source)).write_pdf(str(target))


def add_table(document: DocumentType, table: Tag) -> None:
    rows = [[cell.get_text(" ", strip=True) for cell in row.find_all(["th", "td"])] for row in table.find_all("tr")]
    grid = document.add_table(rows=len(rows), cols=len(rows[0]), style="Table Grid")
    for row, texts in zip(grid.rows, rows, strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text


def with_fixed_times(packed: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(packed)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in sorted(old.namelist()):
            entry = zipfile.ZipInfo(name, ZIP_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, old.read(name))
    return out.getvalue()


def render_docx(source: Path, target: Path) -> None:
    page = BeautifulSoup(source.read_text(encoding="utf-8"), "html.parser")
    document = Document()
    moment = dt.datetime.fromtimestamp(int(os.environ["SOURCE_DATE_EPOCH"]), dt.UTC)
    document.core_properties.created = document.core_properties.modified = moment
    document.core_properties.title = page.title.get_text() if page.title else ""
    document.core_properties.author = "market_research"
    for node in page.body.find_all(["h1", "h2", "p", "table"]) if page.body else ():
        text = " ".join(node.get_text().split())
        if node.name == "table":
            add_table(document, node)
        elif node.name == "p":
            document.add_paragraph(text)
        else:
            document.add_heading(text, level=int(node.name[1]))
    buffer = io.BytesIO()
    document.save(buffer)
    target.write_bytes(with_fixed_times(buffer.getvalue()))
