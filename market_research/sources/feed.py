"""RSS and Atom feeds: each item's title, text and date."""

import calendar
import io
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from typing import Any

from market_research.errors import UnreadableDocument
from market_research.sources.decode import without_half_pairs
from market_research.sources.grid import printable
from market_research.sources.markup import HtmlTable, clean, walk
from market_research.sources.parsed import Block, Parsed, Reject


@dataclass(frozen=True)
class Item:
    """What a feed says of one of its items; ``link`` is as written there."""

    link: str
    title: str
    published_at: datetime | None


def items(content: bytes, name: str) -> list[Item]:
    """The items that have a link, newest first; undated ones last, in their order.

    Raises:
        UnreadableDocument: nothing in it is a feed.
    """
    found = []
    for _, entry in _entries(_read(content, name)):
        link = clean(str(entry.get("link") or ""))
        if link:
            found.append(Item(link, " ".join(_paragraphs(entry.get("title", ""))), _date(entry)))
    return sorted(found, key=lambda item: item.published_at or datetime.min.replace(tzinfo=UTC), reverse=True)


def parse(content: bytes, name: str) -> Parsed:
    """Blocks of every item under its title, with the item's own date; locators are ``item 3 (guid)``.

    An item without title and text is a reject.

    Raises:
        UnreadableDocument: nothing in it is a feed.
    """
    feed = _read(content, name)
    parsed = Parsed("news", title=clean(feed.feed.get("title", "")) or None)
    dates = []
    for locator, entry in _entries(feed):
        title, published = " ".join(_paragraphs(entry.get("title", ""))), _date(entry)
        texts = _texts(entry)
        if not title and not texts:
            parsed.rejects.append(Reject(locator, "The item has neither title nor text.", printable(str(dict(entry)))))
            continue
        dates += [published] if published else []
        # An item that is only a headline says it in its title.
        for text in texts or [title]:
            parsed.blocks.append(Block(text, locator, (title,) if title else (), published))
    parsed.published_at = max(dates, default=_date(feed.feed))
    return parsed


def _read(content: bytes, name: str) -> Any:
    import feedparser

    # feedparser fetches what it takes for an address; a stream of bytes it only reads.
    stream = io.BytesIO(without_half_pairs(content))
    try:
        feed = feedparser.parse(stream, sanitize_html=False, resolve_relative_uris=False)
    except Exception as error:
        raise UnreadableDocument(f"{name}: the feed is damaged ({error}); fetch it again.") from error
    if not feed.entries and not feed.version:
        reason = str(feed.get("bozo_exception", "no item found")).splitlines()
        raise UnreadableDocument(f"{name}: not a feed that can be read ({(reason or ['?'])[0]}); fetch it again.")
    return feed


def _entries(feed: Any) -> list[tuple[str, Any]]:
    found = []
    for number, entry in enumerate(feed.entries, start=1):
        guid = clean(str(entry.get("id") or entry.get("link") or ""))[:300]
        found.append((f"item {number} ({guid})" if guid else f"item {number}", entry))
    return found


def _texts(entry: Any) -> list[str]:
    """Paragraphs of the longest text that the item carries; summaries repeat the beginning of it."""
    bodies = [part.get("value", "") for part in entry.get("content", [])] + [entry.get("summary", "")]
    return max((_paragraphs(body) for body in bodies if body), key=lambda p: sum(map(len, p)), default=[])


def _paragraphs(html: str) -> list[str]:
    from lxml import etree

    # Feeds escape once too often as a rule rather than as an exception.
    html = unescape(html)
    if "<" not in html:
        text = clean(html)
        return [text] if text else []
    root = etree.fromstring(
        f"<div>{html}</div>".encode("utf-8", "replace"), etree.HTMLParser(encoding="utf-8", no_network=True)
    )
    if root is None:
        return []
    found = []
    for piece in walk(root):
        if isinstance(piece, HtmlTable):
            found += [" | ".join(row) for row in piece.filled]
        else:
            found.append(piece.text)
    return found


def _date(entry: Any) -> datetime | None:
    for key in ("published_parsed", "updated_parsed", "created_parsed"):
        # The library's own get falls back from one date to another, with a warning.
        stamp = dict.get(entry, key)
        if stamp and 1900 <= stamp[0] <= 2200:
            try:
                return datetime.fromtimestamp(calendar.timegm(stamp), UTC)
            except (ValueError, OverflowError, OSError):
                continue
    return None
