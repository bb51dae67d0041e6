"""Articles of news sites: the text without menus, teasers, comments and advertisements."""

from collections.abc import Iterator
from typing import Any

from market_research.sources import page
from market_research.sources.filing_text import with_places
from market_research.sources.markup import clean
from market_research.sources.parsed import Parsed

# Below this the extractor has found a teaser or a notice, and the page as a whole says more.
_ENOUGH = 200


def parse(content: bytes, name: str) -> Parsed:
    """Text under the article's headings, its title and date; locators are places in the extracted text.

    A page in which no article is found is read like any page.

    Raises:
        UnreadableDocument: see ``page.parse``.
    """
    import trafilatura

    whole = page.parse(content, name)
    found = trafilatura.bare_extraction(content, include_comments=False, include_tables=True, include_images=False)
    texts = list(_texts(found.body)) if found is not None and not isinstance(found, dict) else []
    if sum(len(text) for _, text in texts) < _ENOUGH:
        whole.kind = "news"
        return whole
    return Parsed("news", title=whole.title, published_at=whole.published_at, blocks=with_places(texts))


def _texts(body: Any) -> Iterator[tuple[tuple[str, ...], str]]:
    """Paragraphs with the headings above them; the extractor writes TEI: ``head``, ``p``, ``item``, ``row``."""
    headings: list[tuple[str, str]] = []
    for broken in body.iter("lb"):
        # A line's end divides words as a space does.
        broken.tail = f" {broken.tail or ''}"
    for element in body.iter("head", "p", "item", "quote", "code", "row"):
        if any(parent.tag in ("p", "item", "quote", "row") for parent in element.iterancestors()):
            continue
        if element.tag == "row":
            cells = [clean("".join(cell.itertext())) for cell in element.iter("cell")]
            text = " | ".join(cell for cell in cells if cell)
        else:
            text = clean("".join(element.itertext()))
        if not text:
            continue
        if element.tag == "head":
            rank = element.get("rend") or "h6"
            headings = [(above, title) for above, title in headings if above < rank] + [(rank, text)]
        else:
            yield tuple(title for _, title in headings), text
