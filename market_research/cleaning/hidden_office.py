"""What Office files hold beside the text that they show: comments, alternative texts, properties; hidden cells."""

import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

from market_research.cleaning.hidden_text import MAX_TEXT, Hidden
from market_research.sources.markup import clean

_PROPERTIES = ("docProps/core.xml", "docProps/app.xml", "docProps/custom.xml")
_BESIDE = re.compile(
    r"(?:word|xl)/(?:(?P<comment>comments|threadedComments/|people)"
    r"|(?P<header>header|footer)|(?P<note>footnotes|endnotes)|drawings/)[\w/]*\.xml"
)
_SHORTEST = 12
"""Shorter texts (an author's name, "Sheet1") are not looked at."""
_HIDES = re.compile(rb'hidden="(?:1|true)"')
_LARGEST_SHEET = 64 * 2**20
_WHITE = ("FFFFFFFF", "00FFFFFF")


def beside_text(content: bytes) -> Iterator[Hidden]:
    """Comments, headers, notes, alternative texts and properties of a Word file or a workbook."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist():
            if name in _PROPERTIES:
                for element in _tree(archive, name).iter():
                    yield from _hidden(f"attribute {_local(element)}", element.text, f"property {_local(element)}")
            elif found := _BESIDE.fullmatch(name):
                what = (
                    "comment" if found["comment"] else "comment: page's head or foot" if found["header"] else "comment"
                )
                for element in _tree(archive, name).iter():
                    if _local(element) in ("comment", "threadedComment", "p", "hdr", "ftr"):
                        yield from _hidden(what, " ".join(element.itertext()), name)
            if name.startswith(("word/document", "xl/drawings/")):
                yield from _alternative_texts(archive, name)


def _alternative_texts(archive: zipfile.ZipFile, name: str) -> Iterator[Hidden]:
    for element in _tree(archive, name).iter("{*}docPr", "{*}cNvPr"):
        for key in ("descr", "title"):
            yield from _hidden(f"attribute {key}", element.get(key), f"{key} of {element.get('name') or 'a picture'}")


def hidden_cells(content: bytes) -> Iterator[Hidden]:
    """Texts of a workbook's hidden sheets, rows and columns, and of cells in white on no ground."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = set(archive.namelist())
        if "xl/workbook.xml" not in names:
            return
        shared = _shared(archive) if "xl/sharedStrings.xml" in names else []
        white = _white_styles(archive) if "xl/styles.xml" in names else frozenset()
        for title, state, part in _sheets(archive):
            if part not in names or archive.getinfo(part).file_size > _LARGEST_SHEET:
                continue
            raw = archive.read(part)
            if state == "visible" and not white and not _HIDES.search(raw):
                continue
            yield from _of_sheet(raw, title, state, shared, white)


def _of_sheet(raw: bytes, title: str, state: str, shared: list[str], white: frozenset[str]) -> Iterator[Hidden]:
    root = _parsed(raw)
    unseen = [
        (int(column.get("min", "0")), int(column.get("max", "0")))
        for column in root.iter("{*}col")
        if column.get("hidden") in ("1", "true")
    ]
    for row in root.iter("{*}row"):
        row_hidden = row.get("hidden") in ("1", "true")
        for cell in row.iter("{*}c"):
            place = cell.get("r") or ""
            number = _column(place)
            if state != "visible":
                way = f"{state} sheet" if state == "hidden" else "hidden sheet"
            elif row_hidden:
                way = "hidden row"
            elif any(first <= number <= last for first, last in unseen):
                way = "hidden column"
            elif cell.get("s") in white:
                way = "colour of the background"
            else:
                continue
            yield from _hidden(way, _value(cell, shared), f'sheet "{title}", cell {place}')


def _value(cell: Any, shared: list[str]) -> str:
    if cell.get("t") == "s":
        index = "".join(cell.find("{*}v").itertext()) if cell.find("{*}v") is not None else ""
        return shared[int(index)] if index.isdigit() and int(index) < len(shared) else ""
    return " ".join(part for part in cell.itertext() if part)


def _column(place: str) -> int:
    number = 0
    for char in re.sub(r"[^A-Z]", "", place):
        number = number * 26 + ord(char) - 64
    return number


def _sheets(archive: zipfile.ZipFile) -> Iterator[tuple[str, str, str]]:
    """Name, state and part of each sheet."""
    relations = "xl/_rels/workbook.xml.rels"
    targets = {element.get("Id"): element.get("Target") or "" for element in _tree(archive, relations)}
    for sheet in _tree(archive, "xl/workbook.xml").iter("{*}sheet"):
        identity = next((value for key, value in sheet.attrib.items() if key.endswith("}id")), None)
        target = targets.get(identity, "")
        yield (
            sheet.get("name") or "",
            sheet.get("state") or "visible",
            target.lstrip("/") if target.startswith("/") else f"xl/{target}",
        )


def _shared(archive: zipfile.ZipFile) -> list[str]:
    return ["".join(part.text or "" for part in item.iter("{*}t"))
            for item in _tree(archive, "xl/sharedStrings.xml").iter("{*}si")]  # fmt: skip


def _white_styles(archive: zipfile.ZipFile) -> frozenset[str]:
    """Numbers of the styles that write in white on a cell without a ground."""
    root = _tree(archive, "xl/styles.xml")
    fonts = root.find("{*}fonts")
    styles = root.find("{*}cellXfs")
    if fonts is None or styles is None:
        return frozenset()
    white = set()
    for number, font in enumerate(fonts):
        colour = font.find("{*}color")
        if colour is not None and (colour.get("rgb") in _WHITE or colour.get("theme") == "0"):
            white.add(str(number))
    return frozenset(
        str(number)
        for number, style in enumerate(styles)
        if style.get("fontId") in white and style.get("fillId", "0") == "0"
    )


def _hidden(way: str, text: str | None, place: str) -> Iterator[Hidden]:
    said = clean(text or "")
    if len(said) >= _SHORTEST:
        yield Hidden(way, said[:MAX_TEXT], place)


def _tree(archive: zipfile.ZipFile, name: str) -> Any:
    return _parsed(archive.read(name))


def _parsed(raw: bytes) -> Any:
    from lxml import etree

    return etree.fromstring(raw, etree.XMLParser(recover=True, no_network=True, resolve_entities=False))


def _local(element: Any) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
