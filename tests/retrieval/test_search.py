"""Fusion, copies, the cap on one document, and the threshold below which there is nothing."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from market_research.errors import InvalidInput
from market_research.retrieval import expansion
from market_research.retrieval.filters import Filters
from market_research.retrieval.search import HIT_SCHEMA, Threshold, combined, fused

QUERY = np.array([1.0, 0.0, 0.0], np.float32)


def candidates(*rows: tuple[str, str, list[float]]) -> pl.DataFrame:
    schema = {name: HIT_SCHEMA[name] for name in ("passage_id", "document_id", "kind", "dated", "heading", "text")}
    frame = pl.DataFrame(
        [{"passage_id": name, "document_id": document, "text": f"words of {name}"} for name, document, _ in rows],
        schema=schema,
    )
    units = [np.array(vector) / np.linalg.norm(vector) for _, _, vector in rows]
    return frame.with_columns(pl.Series("vector", units, pl.Array(pl.Float32, 3)))


A, B, C = ("a", "doc_1", [1.0, 0.0, 0.0]), ("b", "doc_1", [0.7, 0.7, 0.0]), ("c", "doc_2", [0.0, 0.0, 1.0])


def test_what_both_lists_have_comes_first() -> None:
    found = combined(candidates(C, B), candidates(B, A), "words", QUERY, limit=3)
    assert found["passage_id"].to_list() == ["b", "c", "a"]
    assert found["cosine"].round(2).to_list() == [0.71, 0.0, 1.0]


def test_equal_scores_are_ordered_by_id() -> None:
    assert fused([["b"], ["a"]])["passage_id"].to_list() == ["a", "b"]


def test_copies_count_once() -> None:
    copy = ("z", "doc_9", [1.0, 0.01, 0.0])
    found = combined(candidates(A, copy), candidates(A, copy, C), "words", QUERY, limit=5)
    assert found["passage_id"].to_list() == ["a", "c"]


def test_one_document_gives_no_more_than_it_may() -> None:
    found = combined(candidates(A, B, C), candidates(A, B, C), "words", QUERY, limit=3, per_document=1)
    assert found["passage_id"].to_list() == ["a", "c"]


def test_what_is_unlike_is_chosen_before_more_of_the_same() -> None:
    like = ("d", "doc_3", [0.96, 0.28, 0.0])
    found = combined(candidates(A, like, C), candidates(A, like, C), "words", QUERY, limit=2)
    assert "c" in found["passage_id"].to_list()


def test_below_the_threshold_there_is_nothing() -> None:
    near = Threshold(cosine=0.9, less=0.5, shared=0.9)
    assert combined(candidates(B, C), candidates(C), "other matters", QUERY, limit=3, threshold=near).is_empty()
    assert combined(candidates(B), candidates(C), "words b", QUERY, limit=3, threshold=near).height == 1
    found = combined(candidates(A), candidates(C), "x", QUERY, limit=3, threshold=near)
    assert found["passage_id"].to_list() == ["a"]


def test_days_in_the_wrong_order_are_refused() -> None:
    with pytest.raises(InvalidInput, match="earlier day first"):
        Filters(since=date(2024, 2, 1), until=date(2024, 1, 1))


def test_a_sections_searches_come_from_its_questions_and_the_industrys_words() -> None:
    made = expansion.queries(
        ["own"], [("Cloud growth", "What grows?"), ("Law", "Who sues?")], ["cloud computing", "steel"], ["focus"]
    )
    assert made == ("own", "focus", "What grows?", "Who sues?", "Cloud growth cloud computing")


def test_what_many_searches_find_comes_first() -> None:
    found = {"x": ["1", "2"], "y": ["3", "2"]}
    assert expansion.found_by_all(["x", "y"], found.__getitem__)[0] == "2"
