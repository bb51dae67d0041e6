"""Abt-Buy without labels and embeddings: a watch that matching still works (`make bench NAME=matching` measures)."""

from pathlib import Path

import pytest

from benchmarks import matching
from market_research.commerce.matching.decisions import match


def test_most_of_abt_and_buy_is_matched_and_hardly_any_pair_is_wrong(
    real_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matching, "FOLDER", real_data)
    known = matching.read("abt_buy", embed=False)
    pairs, _ = match(known.offers)
    score, precision, _ = matching.f1(known, pairs.filter(pairs["confidence"] >= matching.LIKELY))
    assert score > 0.88
    assert precision > 0.98
