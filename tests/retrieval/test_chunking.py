"""Blocks to passages: nothing lost, nothing too long, nothing mixed."""

from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from market_research.retrieval.chunking import MAX_CHARS, MAX_WORDS, extracted_text, passages
from market_research.sources.locate import excerpt
from market_research.sources.parse import parse
from market_research.sources.parsed import Block

WORD = st.text("abcdefgAZ09.!?;,-äß。•", min_size=1, max_size=12)
LONG = st.integers(1, 4_000).map(lambda n: "x" * n)
TEXT = st.lists(st.one_of(WORD, WORD, WORD, LONG), min_size=1, max_size=500).map(" ".join)
BLOCKS = st.lists(
    st.builds(
        Block, TEXT, st.sampled_from(["chars 0-1", "item 1", "item 2"]), st.sampled_from([("A",), ("A", "B"), ()])
    ),
    max_size=8,
)


@settings(deadline=None, max_examples=60)
@given(BLOCKS)
def test_every_character_is_covered_and_no_passage_is_too_long(blocks: list[Block]) -> None:
    text = extracted_text(blocks)
    covered = [False] * len(text)
    for ordinal, passage in enumerate(passages(blocks)):
        assert passage.ordinal == ordinal
        assert passage.text == text[passage.char_start : passage.char_end] == passage.text.strip()
        assert len(passage.text) <= MAX_CHARS
        assert len(passage.text.split()) <= MAX_WORDS
        for position in range(passage.char_start, passage.char_end):
            assert not covered[position]
            covered[position] = True
    assert all(done or char.isspace() for done, char in zip(covered, text, strict=True))


@settings(deadline=None, max_examples=60)
@given(BLOCKS)
def test_no_passage_crosses_a_heading(blocks: list[Block]) -> None:
    ends, position = [], 0
    for block in blocks:
        ends.append((position, position + len(block.text), block.headings))
        position += len(block.text) + 2
    for passage in passages(blocks):
        touched = {h for start, end, h in ends if start < passage.char_end and passage.char_start < end}
        assert touched == {passage.headings}


def test_small_neighbours_are_joined_and_long_paragraphs_end_with_a_sentence() -> None:
    sentence = "This sentence has exactly seven words inside. "
    blocks = [
        Block("Short.", "chars 0-6", ("A",)),
        Block("Also short.", "chars 8-19", ("A",)),
        Block((sentence * 60).strip(), "x", ("B",)),
    ]
    made = passages(blocks)
    assert made[0].text == "Short.\n\nAlso short."
    assert made[0].locator == "chars 0-19"
    assert all(passage.text.endswith("inside.") for passage in made[1:])


def test_items_of_a_feed_are_never_joined_even_under_one_title() -> None:
    day = datetime(2025, 1, 2, tzinfo=UTC)
    blocks = [Block("One.", "item 1 (a)", ("Same",), day), Block("Two.", "item 2 (b)", ("Same",), day)]
    made = passages(blocks)
    assert [(p.text, p.locator, p.published_on) for p in made] == [
        ("One.", "item 1 (a)", day.date()),
        ("Two.", "item 2 (b)", day.date()),
    ]


def test_ids_depend_on_place_and_text_only() -> None:
    blocks = [Block("One.", "chars 0-4"), Block("One.", "chars 6-10", ("H",))]
    ids = [p.passage_id("chips", "doc_1") for p in passages(blocks)]
    assert ids == [p.passage_id("chips", "doc_1") for p in passages(blocks)]
    assert len(set(ids)) == 2


def test_passages_of_real_documents_are_found_again(real_data: Path) -> None:
    for relative in ("sec_10k/aapl-10-k-2024-11-01.html", "rss_feeds/guardian.rss"):
        path = real_data / relative
        content = path.read_bytes()
        made = passages(parse(content, path.name).blocks)
        for passage in made[:: max(1, len(made) // 3)]:
            found = excerpt(content, path.name, passage.locator)
            assert found is not None
            assert passage.text in found
