"""Which questions count as one: paraphrases do, other years, companies, denials and directions never."""

from pathlib import Path

import pytest

from benchmarks.paraphrases import NAMES, PAIRS, Pair
from market_research.retrieval import embedding, minilm, similar

OTHERS = [
    ("What did AMD earn in 2022?", "What did AMD earn in 2023?"),
    ("What did AMD earn in 2022?", "What did Intel earn in 2022?"),
    ("What did AMD earn?", "What did AMD not earn?"),
    ("What did AMD earn?", "What didn't AMD earn?"),
    ("Did revenue rise?", "Did revenue fall?"),
    ("Who has the largest share?", "Who has the smallest share?"),
    ("How much is 5% of it?", "How much is 15% of it?"),
    ("What was sold in the first quarter?", "What was sold in the third quarter?"),
    ("How did sales in Germany do?", "How did sales in France do?"),
]


@pytest.mark.parametrize(("left", "right"), OTHERS)
def test_what_differs_in_a_year_a_name_a_denial_or_a_direction_is_another_question(left: str, right: str) -> None:
    assert not similar.may_be_one(left, right, NAMES)
    assert not similar.may_be_one(right, left, NAMES)
    assert similar.may_be_one(left, left, NAMES)


def test_forms_of_a_name_are_one() -> None:
    assert similar.may_be_one("What does Wal-Mart sell?", "What is it that Walmart sells?", NAMES)


def test_the_other_end_is_no_answer() -> None:
    assert similar.opposed("Which company has the smallest share?", "Walmart has the largest share.")
    assert not similar.opposed("Which company has the largest share?", "Walmart has the largest share.")


def test_the_published_error_holds_on_the_unseen_half(models_folder: Path) -> None:
    model = embedding.load(models_folder)
    pairs = [pair for pair in PAIRS if pair.unseen]
    left, right = model.embed([pair.left for pair in pairs]), model.embed([pair.right for pair in pairs])

    def taken(pair: Pair, near: float) -> bool:
        return similar.may_be_one(pair.left, pair.right, NAMES) and near >= similar.least(minilm.MODEL_NAME)

    told = [(pair, taken(pair, float(a @ b))) for pair, a, b in zip(pairs, left, right, strict=True)]
    assert [pair for pair, one in told if one and not pair.same] == []
    same = [one for pair, one in told if pair.same]
    assert sum(same) / len(same) >= 0.6
