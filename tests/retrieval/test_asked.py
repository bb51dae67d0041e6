"""Which kinds of findings a question asks for, on labelled questions of which half were not looked at."""

from pathlib import Path
from typing import Any

import numpy
import pytest

from benchmarks import asked as benchmark
from benchmarks.question_kinds import ANSWERED, ANSWERED_OF_COMMERCE, UNANSWERED
from market_research.analysis.kinds import OF_COMMERCE, QUESTIONS
from market_research.retrieval import embedding
from market_research.retrieval.asked import DECLARED, NOTHING, Wanted, names_it, plain, wanted


@pytest.fixture(scope="module")
def model(models_folder: Path) -> embedding.Embedder:
    return embedding.load(models_folder)


@pytest.fixture(scope="module")
def asks(model: embedding.Embedder) -> Any:
    """A function from a question to what it asks for."""
    declared = model.embed(DECLARED)
    return lambda question: wanted(model.embed([question])[0], declared, model.name)


def test_the_labelled_questions_are_enough_and_of_every_kind() -> None:
    assert len(ANSWERED) >= 120
    assert len(UNANSWERED) >= 60
    assert set().union(*(one.kinds for one in ANSWERED)) == set(QUESTIONS) - OF_COMMERCE
    assert set().union(*(one.kinds for one in ANSWERED_OF_COMMERCE)) == OF_COMMERCE
    declared = {question.casefold() for question in DECLARED}
    assert not [
        one.text for one in (*ANSWERED, *ANSWERED_OF_COMMERCE) if one.unseen and one.text.casefold() in declared
    ]


def test_questions_that_were_not_looked_at_get_the_right_kind_or_none(model: embedding.Embedder) -> None:
    found = benchmark.half(model, unseen=True)
    assert found["recall"] >= 0.75
    assert found["precision"] >= 0.84
    assert found["outside"] <= 0.03


def test_questions_on_offers_get_the_right_kind_where_there_are_offers(model: embedding.Embedder) -> None:
    found = benchmark.half(model, unseen=True, commerce=True)
    assert found["recall"] >= 0.75
    assert found["precision"] >= 0.75
    assert found["outside"] <= 0.03
    assert wanted(model.embed(["What do buyers complain about?"])[0], model.embed(DECLARED), model.name).kinds == {}


def test_the_nearest_kind_comes_with_those_that_are_hardly_farther(asks: Any) -> None:
    found = asks("Who leads the market?")
    assert max(found.kinds, key=found.kinds.__getitem__) == "concentration"
    assert max(found.kinds.values()) - min(found.kinds.values()) <= 0.1


def test_what_no_finding_answers_is_outside_and_what_is_far_from_all_is_nothing(asks: Any) -> None:
    assert asks("Should I buy the company's stock?") == Wanted(outside=True)
    assert asks("How do I bake sourdough bread?") == NOTHING


def test_of_another_embedding_model_nothing_is_known() -> None:
    vectors = numpy.ones((len(DECLARED), 2), dtype=numpy.float32)
    assert wanted(vectors[0], vectors, "openai/text-embedding-3-small") == NOTHING


def test_names_become_what_they_are() -> None:
    names = {"Amazon": "company", "Amazon Web Services": "company", "Smartphone usage": "technology"}
    assert plain("What does Amazon Web Services' rival earn?", names) == "What does the company' rival earn?"
    assert plain("the Amazon's margin", names) == "The company's margin"
    assert plain("How common are smartphones?", names) == "How common are the technology?"
    assert plain("Are Amazonians happy?", names) == "Are Amazonians happy?"


def test_a_subject_is_named_by_half_of_its_words() -> None:
    assert names_it("How many people own smartphones?", "Smartphone usage")
    assert not names_it("How many people own tablets?", "Smartphone usage")
    assert not names_it("How many people own tablets?", "")
