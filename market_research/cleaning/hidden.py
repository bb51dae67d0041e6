"""Text that a document holds but does not show: what HTML, Word files and PDFs keep from readers, not from programs."""

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from html import unescape
from typing import Any

from market_research.cleaning import hidden_office
from market_research.cleaning.hidden_text import MAX_TEXT, Hidden
from market_research.sources import detect
from market_research.sources.markup import clean, local_name

_ATTRIBUTES = (
    "alt",
    "title",
    "aria-label",
    "aria-description",
    "content",
    "placeholder",
    "summary",
    "value",
    "data-prompt",
)
_UNSHOWN = frozenset({"noscript", "template", "textarea"})
_STYLES = (
    ("display none", re.compile(r"display\s*:\s*none", re.I)),
    ("visibility hidden", re.compile(r"visibility\s*:\s*(?:hidden|collapse)", re.I)),
    ("opacity 0", re.compile(r"opacity\s*:\s*0?(?:\.0\d*)?\s*(?:;|!|$)", re.I)),
    ("tiny font", re.compile(
        r"font-size\s*:\s*(?:[01]?(?:\.\d+)?(?:px|pt)|0?(?:\.[01]\d*)?r?em|0|[0-9]%)\s*(?:;|!|$)", re.I)),
    ("off screen", re.compile(r"(?:left|top|right|text-indent|margin-left|margin-top)\s*:\s*-\d{3,}", re.I)),
    ("clipped", re.compile(r"clip(?:-path)?\s*:\s*(?:rect\(\s*0|inset\(\s*(?:50|100)%)", re.I)),
    ("transparent", re.compile(r"(?<![-\w])color\s*:\s*(?:transparent|rgba\([^)]*,\s*0(?:\.0\d*)?\s*\))", re.I)),
)  # fmt: skip
_NO_SIZE = re.compile(r"(?<![-\w])(?:max-)?(?:height|width)\s*:\s*0(?:px|pt|em)?\s*(?:;|!|$)", re.I)
_CUT_OFF = re.compile(r"overflow\s*:\s*hidden", re.I)
_COLOUR = re.compile(r"(?<![-\w])color\s*:\s*([^;!]+)", re.I)
_BACKGROUND = re.compile(r"background(?:-color)?\s*:\s*([^;!]+)", re.I)
_RULE = re.compile(r"([^{}]{1,300})\{([^{}]{0,2000})\}")
_SIMPLE_SELECTOR = re.compile(r"[a-zA-Z]*([.#])([\w-]+)\s*")
_NAMED = {"white": (255, 255, 255), "snow": (255, 250, 250), "ivory": (255, 255, 240), "black": (0, 0, 0)}
_NEAR = 24
_COMMENT = re.compile(r"<!--(.*?)(?:-->|\Z)", re.DOTALL)


def hidden_texts(content: bytes, media_type: str, name: str) -> list[Hidden]:
    """Hidden texts of a document of this media type (a constant of ``detect``); none where nothing can be hidden."""
    if media_type in {detect.HTML, detect.IXBRL}:
        return list(_of_html(content, media_type, name))
    if media_type == detect.FEED:
        return list(_of_feed(content))
    if media_type == detect.DOCX:
        return [*_of_word(content), *hidden_office.beside_text(content)]
    if media_type == detect.XLSX:
        return [*hidden_office.hidden_cells(content), *hidden_office.beside_text(content)]
    if media_type in (detect.TEXT, detect.MARKDOWN) and b"<!--" in content:
        comments = _COMMENT.findall(content.decode("utf-8", "replace"))
        return [Hidden("comment", clean(text)[:MAX_TEXT], "comment") for text in comments]
    if media_type == detect.PDF:
        return list(_of_pdf(content))
    return []


def _of_feed(content: bytes) -> Iterator[Hidden]:
    """Hidden texts of the HTML that the items of a feed carry."""
    from lxml import etree

    root = etree.fromstring(content, etree.XMLParser(recover=True, no_network=True, resolve_entities=False))
    if root is None:
        return
    for comment in root.iter(etree.Comment):
        yield Hidden("comment", clean(comment.text or "")[:MAX_TEXT], f"comment, line {comment.sourceline}")
    for element in root.iter("{*}description", "{*}summary", "{*}content", "{*}encoded"):
        html = unescape(element.text or "")
        if "<" not in html:
            continue
        inner = etree.fromstring(
            f"<div>{html}</div>".encode("utf-8", "replace"), etree.HTMLParser(encoding="utf-8", no_network=True)
        )
        for found in _of_tree(inner) if inner is not None else ():
            yield replace(found, locator=f"line {element.sourceline}, {found.locator}")


def _of_html(content: bytes, media_type: str, name: str) -> Iterator[Hidden]:
    from market_research.sources import filing, page

    root = filing.tree(content, name) if media_type == detect.IXBRL else page.tree(content, name)
    yield from _of_tree(root)


def _of_tree(root: Any) -> Iterator[Hidden]:
    classes = _hiding_classes(root)
    # Text within hidden text is told of once, by the outermost.
    seen: set[Any] = set()
    for element in root.iter():
        line = f"line {element.sourceline}"
        if not isinstance(element.tag, str):
            text = clean(element.text or "")
            if len(text) > 3:
                yield Hidden("comment", text[:MAX_TEXT], f"comment, {line}")
            continue
        tag = local_name(element)
        if (tag == "script" and "json" in (element.get("type") or "")) or (
            tag in {"desc", "title"} and _in_drawing(element)
        ):
            yield Hidden(f"comment: {tag}", clean(" ".join(element.itertext()))[:MAX_TEXT], f"<{tag}>, {line}")
        if tag in {"script", "style", "header"}:
            continue
        for key in _ATTRIBUTES if element.attrib else ():
            value = element.get(key)
            if value and len(value) > 15:
                yield Hidden(f"attribute {key}", clean(value)[:MAX_TEXT], f"<{tag} {key}>, {line}")
        way = _way(element, tag, classes)
        if way is None:
            continue
        if element.getparent() is not None and element.getparent() in seen:
            seen.add(element)
            continue
        seen.add(element)
        text = clean(" ".join(element.itertext()))
        if text:
            yield Hidden(way, text[:MAX_TEXT], f"<{tag}>, {line}")


def _in_drawing(element: Any) -> bool:
    return any(local_name(above) == "svg" for above in element.iterancestors() if isinstance(above.tag, str))


def _way(element: Any, tag: str, classes: dict[str, str]) -> str | None:
    """How an element hides what is in it, if it does."""
    if tag in _UNSHOWN:
        return tag
    if not element.attrib:
        return None
    if element.get("hidden") is not None:
        return "hidden attribute"
    if element.get("aria-hidden") == "true":
        return "aria-hidden"
    style = element.get("style")
    if style:
        way = _hiding(style)
        if way is None and (colour := _colour_of(style)) and _is_background(colour, element):
            way = "colour of the background"
        if way:
            return way
    if tag == "font" and (colour := _rgb(element.get("color") or "")) and _is_background(colour, element):
        return "colour of the background"
    if classes:
        names = [f".{name}" for name in (element.get("class") or "").split()] + [f"#{element.get('id')}"]
        return next((classes[name] for name in names if name in classes), None)
    return None


@lru_cache(maxsize=4096)
def _hiding(style: str) -> str | None:
    if _NO_SIZE.search(style) and _CUT_OFF.search(style):
        return "no size"
    return next((name for name, pattern in _STYLES if pattern.search(style)), None)


def _hiding_classes(root: Any) -> dict[str, str]:
    """Classes and ids that the page's own style sheets hide."""
    found: dict[str, str] = {}
    for sheet in root.iter("{*}style"):
        for selectors, rules in _RULE.findall("".join(sheet.itertext())):
            way = _hiding(rules)
            if way:
                parts = [_SIMPLE_SELECTOR.fullmatch(part.strip()) for part in selectors.split(",")]
                found |= {part[1] + part[2]: way for part in parts if part}
    return found


@lru_cache(maxsize=4096)
def _colour_of(style: str) -> tuple[int, int, int] | None:
    match = _COLOUR.search(style)
    return _rgb(match[1]) if match else None


@lru_cache(maxsize=4096)
def _background_of(style: str) -> tuple[int, int, int] | None:
    match = _BACKGROUND.search(style)
    return _rgb(match[1]) if match else None


@lru_cache(maxsize=4096)
def _rgb(text: str) -> tuple[int, int, int] | None:
    text = text.strip().lower()
    if text in _NAMED:
        return _NAMED[text]
    if match := re.match(r"#([0-9a-f]{6}|[0-9a-f]{3})\b", text):
        digits = match[1] if len(match[1]) == 6 else "".join(char * 2 for char in match[1])
        return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)
    if match := re.match(r"rgba?\(\s*(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})", text):
        return int(match[1]), int(match[2]), int(match[3])
    return None


def _is_background(colour: tuple[int, int, int], element: Any) -> bool:
    """Whether a colour is next to the background's that is in force: the nearest declared one, else white."""
    current = element
    while current is not None:
        background = _background_of(current.get("style") or "") or _rgb(current.get("bgcolor") or "")
        if background is not None:
            return _near(colour, background)
        current = current.getparent()
    return _near(colour, (255, 255, 255))


def _near(one: tuple[int, int, int], other: tuple[int, int, int]) -> bool:
    return max(abs(a - b) for a, b in zip(one, other, strict=True)) <= _NEAR


def _of_word(content: bytes) -> Iterator[Hidden]:
    import docx
    from docx.oxml.ns import qn

    document = docx.Document(io.BytesIO(content))
    for number, paragraph in enumerate(document.element.body.iter(qn("w:p")), start=1):
        ways: dict[str, list[str]] = {}
        for run in paragraph.iter(qn("w:r")):
            properties = run.find(qn("w:rPr"))
            way = None if properties is None else _way_of_run(properties, qn)
            text = "".join(part.text or "" for part in run.iter(qn("w:t")))
            if way and text:
                ways.setdefault(way, []).append(text)
        for way, texts in ways.items():
            yield Hidden(way, clean("".join(texts))[:MAX_TEXT], f"paragraph {number} of the body, run hidden by {way}")


def _way_of_run(properties: Any, qn: Any) -> str | None:
    vanish = properties.find(qn("w:vanish"))
    if vanish is not None and vanish.get(qn("w:val")) not in {"0", "false", "off"}:
        return "vanish"
    colour, shade = properties.find(qn("w:color")), properties.find(qn("w:shd"))
    value = (colour.get(qn("w:val")) or "") if colour is not None else ""
    behind = (shade.get(qn("w:fill")) or "") if shade is not None else ""
    if (rgb := _rgb(f"#{value}")) and _near(rgb, _rgb(f"#{behind}") or (255, 255, 255)):
        return "colour of the background"
    size = properties.find(qn("w:sz"))
    half_points = (size.get(qn("w:val")) or "") if size is not None else ""
    return "tiny font" if half_points.isdigit() and int(half_points) <= 4 else None


def _of_pdf(content: bytes) -> Iterator[Hidden]:
    import pypdfium2

    from market_research.sources.pdf import LOCK

    with LOCK:
        document = pypdfium2.PdfDocument(content)
        try:
            for key, value in document.get_metadata_dict().items():
                # The title is text of the document.
                if key != "Title" and len(value) > 15:
                    yield Hidden(f"attribute {key}", clean(value)[:MAX_TEXT], f"property {key}")
            for index in range(len(document)):
                page = document[index]
                ways: dict[str, list[str]] = {}
                text_page = page.get_textpage()
                for piece in page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_TEXT], max_depth=4):
                    way = _way_in_pdf(piece)
                    if way:
                        ways.setdefault(way, []).append(_text_of(piece, text_page))
                text_page.close()
                page.close()
                for way, texts in ways.items():
                    text = clean(" ".join(texts))
                    if text:
                        yield Hidden(way, text[:MAX_TEXT], f"page {index + 1}")
        finally:
            document.close()


def _way_in_pdf(piece: Any) -> str | None:
    from ctypes import byref, c_float, c_uint

    from pypdfium2 import raw

    if raw.FPDFTextObj_GetTextRenderMode(piece.raw) == raw.FPDF_TEXTRENDERMODE_INVISIBLE:
        return "invisible ink"
    size = c_float()
    if raw.FPDFTextObj_GetFontSize(piece.raw, byref(size)):
        matrix = piece.get_matrix()
        if size.value * max(abs(matrix.d), abs(matrix.b)) < 2:
            return "tiny font"
    red, green, blue, alpha = c_uint(), c_uint(), c_uint(), c_uint()
    if raw.FPDFPageObj_GetFillColor(piece.raw, byref(red), byref(green), byref(blue), byref(alpha)):
        if alpha.value == 0:
            return "transparent"
        if _near((red.value, green.value, blue.value), (255, 255, 255)):
            return "colour of the background"
    return None


def _text_of(piece: Any, text_page: Any) -> str:
    from ctypes import c_ushort

    from pypdfium2 import raw

    length = raw.FPDFTextObj_GetText(piece.raw, text_page.raw, None, 0)
    if length <= 2:
        return ""
    buffer = (c_ushort * (length // 2 + 1))()
    raw.FPDFTextObj_GetText(piece.raw, text_page.raw, buffer, length)
    return bytes(buffer)[: length - 2].decode("utf-16-le", "ignore")
