"""True sentences and lies of a model on the whole way: loopback server, LiteLLM, writer, gate, report, warehouse."""

import shutil
from collections.abc import Collection, Iterator
from pathlib import Path

import pytest

from benchmarks import liar_path
from benchmarks.liar_path import Outcome, differing, edition, editions
from benchmarks.lying import TRUE
from e2e.conftest import INDUSTRY
from e2e.house import House
from market_research.settings import Settings
from resources.workspace import Workspace
from tests.language_model.provider import serving

SAMPLE, FILINGS = 400, 1600
"""True sentences and as many lies, that all differ, of the bundled sample and of real annual reports."""
KINDS = (
    "digit", "scale", "year", "company", "direction", "comparison", "superlative", "quote", "entity", "id", "wrong id",
    "addition", "language", "order", "swap",
)  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def _key() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_API_KEY", liar_path.KEY)
        yield


@pytest.fixture(scope="module")
def few(finished: House, tmp_path_factory: pytest.TempPathFactory) -> list[Outcome]:
    """What became of the sentences of one edition of the little sample."""
    root = tmp_path_factory.mktemp("few") / "home"
    shutil.copytree(finished.root, root, symlinks=True)
    with serving(key=liar_path.KEY) as provider:
        return edition(Workspace(Settings(home=root)), provider, INDUSTRY, seed=0)


@pytest.fixture(scope="module", params=[("sample", SAMPLE), ("filings", FILINGS)], ids=lambda one: one[0])
def many(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, models_folder: Path
) -> tuple[int, list[Outcome]]:
    """How many were wanted, and what became of the sentences of as many editions as that took."""
    of, wanted = request.param
    real: Path | None = request.getfixturevalue("real_data") / "sec_10k" if of == "filings" else None
    home = tmp_path_factory.mktemp(of) / "home"
    home.mkdir()
    (home / "models").symlink_to(models_folder)
    space = Workspace(Settings(home=home))
    outcomes = list(editions(space, liar_path.home(space, real), wanted))
    liar_path.show(outcomes)
    return wanted, outcomes


def slipped(outcomes: list[Outcome], kinds: Collection[str]) -> list[str]:
    """Lies that were kept, are shown, or were refused without a reason."""
    return [
        f"{one.sent.kind}: {one.sent.draft.text}"
        for one in outcomes
        if one.sent.kind in kinds and (one.shown or not one.refused)
    ]


def kept(outcomes: list[Outcome]) -> float:
    """Share of the true sentences that the report says."""
    truths = [one for one in differing(outcomes) if one.sent.kind == TRUE]
    return sum(one.kept for one in truths) / len(truths)


def test_lies_are_sent_twice_and_none_reaches_the_report(few: list[Outcome]) -> None:
    lies = [one for one in few if one.sent.kind != TRUE]
    assert len(lies) >= 80
    assert {one.sent.asking for one in lies} == {1, 2}
    assert slipped(few, KINDS) == []


def test_what_is_refused_has_a_reason(few: list[Outcome]) -> None:
    said = [pair for one in few for pair in zip(one.verdicts, one.reasons, strict=True)]
    refused = [reason for verdict, reason in said if verdict == "refused"]
    assert len(refused) >= 80
    assert all(refused)


def test_true_sentences_are_in_the_report(few: list[Outcome]) -> None:
    assert kept(few) >= 0.98


@pytest.mark.long
def test_of_thousands_of_sentences_no_lie_passes(many: tuple[int, list[Outcome]]) -> None:
    wanted, outcomes = many
    once = differing(outcomes)
    assert min(sum(one.sent.kind == TRUE for one in once), sum(one.sent.kind != TRUE for one in once)) >= wanted
    # Whether there is something that rose, or a largest of three, depends on what the prompts offer.
    assert {one.sent.kind for one in once} >= {*KINDS} - {"direction", "superlative"}
    assert slipped(outcomes, KINDS) == []


@pytest.mark.long
def test_of_thousands_of_sentences_the_true_ones_are_kept(many: tuple[int, list[Outcome]]) -> None:
    assert kept(many[1]) >= 0.98
