"""Whether an answer is what was asked for: by its media type and by its content.

Servers answer with a page of regrets and status 200 where JSON was asked for, and cut answers short without an error.
"""

import json
import re

from market_research.connectors.base import Expect

_HTML = re.compile(rb"\s*(?:<!--.*?-->\s*|<\?xml[^>]*\?>\s*)*<(?:!doctype\s+html|html|head|body)[\s>]", re.I | re.S)
_XML_ROOT = re.compile(rb"\s*(?:<\?.*?\?>\s*|<!--.*?-->\s*|<!DOCTYPE[^>\[]*(?:\[.*?\])?\s*>\s*)*<([\w:.\-]+)", re.S)
_FEED_ROOTS = frozenset({b"rss", b"feed", b"rdf:RDF"})
_TAG = re.compile(rb"<[a-zA-Z!][^>]*>")
_START = b"\xef\xbb\xbf \t\r\n"


def problem_of(content: bytes, media_type: str, expect: Expect) -> str | None:
    """What is wrong with an answer in one sentence, or None if it is of the kind that was asked for."""
    if not content.strip(_START):
        return "the answer is empty"
    if expect == "any":
        return None
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        content = content.decode("utf-16", "replace").encode("utf-8", "replace")
    bare = media_type.partition(";")[0].strip().lower()
    return _CHECKS[expect](content.lstrip(_START), bare)


def _json(content: bytes, media_type: str) -> str | None:
    if _is_markup(media_type) or _HTML.match(content):
        return f"JSON was asked for and {'HTML' if _HTML.match(content) else media_type} came"
    try:
        json.loads(content)
    except ValueError as error:
        return f"the answer is not whole JSON ({error})"
    except RecursionError:
        return "the answer is JSON that is nested too deeply"
    return None


def _xml(content: bytes, media_type: str) -> str | None:
    root = _XML_ROOT.match(content)
    if _HTML.match(content) or root is None:
        return f"XML was asked for and {'HTML' if _HTML.match(content) else 'something else'} came"
    name = root[1]
    # Many feeds are served under the media type of pages; what they are shows at their root.
    if _is_other(media_type, ("xml", "rss", "atom")) and name not in _FEED_ROOTS:
        return f"XML was asked for and {media_type} came"
    ends = content[-4096:]
    if b"</" + name not in ends and not re.search(rb"/>\s*\Z", ends):
        return f"the answer breaks off before the end of <{name.decode('ascii', 'replace')}>"
    return None


def _csv(content: bytes, media_type: str) -> str | None:
    if content.startswith((b"<", b"{")) or _is_markup(media_type) or "json" in media_type:
        return f"CSV was asked for and {media_type or 'something else'} came"
    first = content.partition(b"\n")[0]
    if b"\x00" in content[:4096] or not any(mark in first for mark in (b",", b";", b"\t")):
        return "CSV was asked for, and the first line has no columns"
    return None


def _html(content: bytes, media_type: str) -> str | None:
    if _is_other(media_type, ("html", "xml")) or not _TAG.search(content[:65_536]):
        return f"a web page was asked for and {media_type or 'something else'} came"
    return None


def _is_markup(media_type: str) -> bool:
    return media_type.endswith(("html", "xml"))


def _is_other(media_type: str, parts: tuple[str, ...]) -> bool:
    """True for a stated media type that has none of the parts; ``text/plain`` and unknown bytes say nothing."""
    if media_type in ("", "text/plain", "application/octet-stream", "binary/octet-stream"):
        return False
    return not any(part in media_type for part in parts)


_CHECKS = {"json": _json, "xml": _xml, "csv": _csv, "html": _html}
