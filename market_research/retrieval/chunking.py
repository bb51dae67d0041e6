"""Blocks to passages: spans small enough for the embedding model to read whole, and to quote."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby, pairwise

from market_research.ids import content_id
from market_research.sources.parsed import Block

MAX_WORDS = 180
"""The model reads 256 tokens; English filings make about 1.35 tokens of a word."""
MAX_CHARS = 1_400
"""Long words, numbers and other scripts make more tokens than words."""
JOINT = "\n\n"
"""Stands between blocks in a document's extracted text."""

_SENTENCE_END = re.compile(r"(?<=[.!?;。])[\"”’)\]]*\s+(?=[\"“‘(\[•]?[A-Z0-9•À-Þ])")
_WORD_END = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Passage:
    """A span ``char_start`` to ``char_end`` of the extracted text, under one set of headings."""

    ordinal: int
    char_start: int
    char_end: int
    headings: tuple[str, ...]
    published_on: date | None
    locator: str
    text: str

    def passage_id(self, industry: str, document_id: str) -> str:
        """Id of the passage in an industry's copy of a document."""
        return content_id("pass", industry, document_id, self.char_start, self.text)


@dataclass(frozen=True, slots=True)
class _Span:
    start: int
    end: int
    first: Block
    last: Block


def extracted_text(blocks: Iterable[Block]) -> str:
    """The document's text as passages count its characters: all blocks, divided by blank lines."""
    return JOINT.join(block.text for block in blocks)


def passages(blocks: Sequence[Block]) -> list[Passage]:
    """Passages of at most ``MAX_WORDS`` words and ``MAX_CHARS`` characters that cover every block.

    Neighbours under the same headings are joined as long as they fit; longer blocks are divided at
    ends of sentences, at worst between words or, in a word without end, within it.
    """
    text = extracted_text(blocks)
    made: list[Passage] = []
    for (headings, published), group in groupby(
        _placed(blocks), key=lambda placed: (placed[1].headings, placed[1].published_at)
    ):
        spans = (span for start, block in group for span in _split(block, start))
        for span in _merged(spans, text):
            made.append(
                Passage(
                    ordinal=len(made),
                    char_start=span.start,
                    char_end=span.end,
                    headings=headings,
                    published_on=published.date() if published else None,
                    locator=_locator(span),
                    text=text[span.start : span.end],
                )
            )
    return made


def _placed(blocks: Sequence[Block]) -> Iterator[tuple[int, Block]]:
    position = 0
    for block in blocks:
        yield position, block
        position += len(block.text) + len(JOINT)


def _fits(text: str) -> bool:
    return len(text) <= MAX_CHARS and len(text.split()) <= MAX_WORDS


def _split(block: Block, start: int) -> Iterator[_Span]:
    """Spans of one block that each fit, without the white space between them."""
    pieces = [(0, len(block.text))]
    for boundary in (_SENTENCE_END, _WORD_END, None):
        pieces = [part for piece in pieces for part in _divided(block.text, piece, boundary)]
    for left, right in _gathered(block.text, pieces):
        text = block.text[left:right]
        left += len(text) - len(text.lstrip())
        right -= len(text) - len(text.rstrip())
        if left < right:
            yield _Span(start + left, start + right, block, block)


def _divided(text: str, piece: tuple[int, int], boundary: re.Pattern[str] | None) -> list[tuple[int, int]]:
    left, right = piece
    if _fits(text[left:right]):
        return [piece]
    if boundary is None:
        return [(at, min(at + MAX_CHARS, right)) for at in range(left, right, MAX_CHARS)]
    ends = [match.end() for match in boundary.finditer(text, left, right)]
    bounds = [left, *(end for end in ends if left < end < right), right]
    return list(pairwise(bounds))


def _gathered(text: str, pieces: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Neighbouring pieces put together again as long as they fit."""
    if not pieces:
        return
    left, right = pieces[0]
    words = len(text[left:right].split())
    for start, end in pieces[1:]:
        more = len(text[start:end].split())
        if words + more <= MAX_WORDS and end - left <= MAX_CHARS:
            right, words = end, words + more
        else:
            yield left, right
            left, right, words = start, end, more
    yield left, right


def _merged(spans: Iterable[_Span], text: str) -> Iterator[_Span]:
    current: _Span | None = None
    for span in spans:
        if current is not None and _joinable(current, span) and _fits(text[current.start : span.end]):
            current = _Span(current.start, span.end, current.first, span.last)
            continue
        if current is not None:
            yield current
        current = span
    if current is not None:
        yield current


def _joinable(left: _Span, right: _Span) -> bool:
    """Items of a feed are apart even if their headings agree."""
    return not left.last.locator.startswith("item ") or left.last.locator == right.first.locator


def _locator(span: _Span) -> str:
    first, last = span.first.locator, span.last.locator
    if first.startswith("chars "):
        return f"chars {span.start}-{span.end}"
    return first if first == last else f"{first} to {last}"
