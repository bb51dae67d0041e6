"""Every kind of finding says which questions it answers."""

from collections.abc import Callable
from typing import Any

import pytest

from market_research.analysis.kinds import QUESTIONS, UNANSWERED
from tests.writing.materials import material


@pytest.mark.parametrize("industry", ["retail", "semiconductors", "streaming_cloud"])
def test_what_the_analyses_find_is_of_a_declared_kind(industry: str, sample: Callable[[str], Any]) -> None:
    found, _ = material(sample(industry))
    kinds = {finding.kind for finding in found.findings} - {"gap", "data_quality"}
    assert len(kinds) >= 15
    assert kinds <= set(QUESTIONS)


def test_no_question_is_declared_twice() -> None:
    every = [*(question for questions in QUESTIONS.values() for question in questions), *UNANSWERED]
    assert len(set(every)) == len(every)
    assert all(question.endswith(("?", ".")) for question in every)
