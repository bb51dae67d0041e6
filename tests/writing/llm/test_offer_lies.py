"""What a model says of offers: true sentences stand, lies about products, prices, gaps and currencies do not."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from market_research.report.assemble import Edition, assemble
from market_research.report.model import Report
from market_research.settings import Settings
from market_research.writing.evidence import Draft
from market_research.writing.gate import judge
from market_research.writing.llm import writer as llm
from resources.lake import Lake
from resources.language_model import open_language_model
from tests.language_model.provider import Asked, Provider, Say, as_json, refuse, serving
from tests.writing import shops
from tests.writing.llm.authors import Liar, Sentence, answer, evidence, form, saying, statements
from tests.writing.llm.offer_lies import LIES, MODEL, Offered, lies, offered, truths
from tests.writing.llm.test_llm_writer import KEY, fill

AGAIN = "says again what another section has said"
SEED = 1


@pytest.mark.parametrize("seed", range(0, shops.SHOPS, 9))
def test_the_gate_keeps_what_is_true_of_offers_and_refuses_every_lie(seed: int) -> None:
    m, known, outline = shops.report(seed)
    true = truths(m, outline)
    refused = [draft.text for draft in true if not judge(draft, known, further=outline.rules).kept]
    assert len(refused) <= 0.02 * len(true), refused
    told = list(lies(true, offered(m, known)))
    assert {kind for kind, *_ in told} >= {"digit", "product", "currency"}
    slipped = [(kind, lie.text) for kind, _, lie in told if judge(lie, known, further=outline.rules).kept]
    assert slipped == []


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with serving(key=KEY) as server:
        yield server


@pytest.fixture
def written(provider: Provider, tmp_path: Path) -> Callable[[], tuple[Report, pl.DataFrame]]:
    """A function that writes the report on a drawn shop with the model behind the provider."""

    def write() -> tuple[Report, pl.DataFrame]:
        m, known, _ = shops.report(SEED)
        settings = Settings(
            home=tmp_path, llm=MODEL, llm_api_base=provider.url, llm_backoff_seconds=0.01, llm_attempts=1,
            llm_attempt_seconds=10,
        )  # fmt: skip
        with open_language_model(
            settings, Lake(tmp_path / "lake"), shops.INDUSTRY, run_id="r", edition_id="e"
        ) as model:
            outline = llm.write(m, known, model, fill)
        edition = Edition("ed_0123456789abcdef", shops.INDUSTRY, shops.LAST, "0" * 64)
        return assemble(outline, edition, known, m.documents)

    return write


def by_model(claims: pl.DataFrame) -> pl.DataFrame:
    return claims.filter((pl.col("writer") == MODEL) & (pl.col("section") == "commerce"))


def test_an_honest_models_chapter_is_in_the_report(
    provider: Provider, written: Callable[[], tuple[Report, pl.DataFrame]]
) -> None:
    provider.behave(lambda asked: as_json(answer(asked, [] if form(asked) == "sentences" else [*statements(asked)])))
    report, claims = written()
    own = by_model(claims)
    judged = own.filter(pl.col("reason").is_null() | (pl.col("reason") != AGAIN))
    assert own.height > 10
    assert judged.filter(pl.col("verdict") == "kept").height >= 0.98 * judged.height, [*filter(None, judged["reason"])]
    assert "commerce" in [section.key for section in report.sections]


def changed(kind: str, of: Offered) -> Callable[[Sentence, Any], Sentence | None]:
    """The first lie of a kind about a sentence of a model."""

    def change(one: Sentence, _: Any) -> Sentence | None:
        facts = tuple(i for i in one["evidence_ids"] if i.startswith("fact_"))
        others = [i for i in one["evidence_ids"] if not i.startswith("fact_")]
        lie = next(LIES[kind](Draft(one["text"], facts), of), None)
        return {"text": lie.text, "evidence_ids": [*others, *lie.fact_ids]} if lie else None

    return change


@pytest.mark.parametrize("kind", LIES)
def test_no_lie_about_offers_stands_and_rules_write_instead(
    kind: str, provider: Provider, written: Callable[[], tuple[Report, pl.DataFrame]]
) -> None:
    m, known, outline = shops.report(SEED)
    true = {draft.text for draft in truths(m, outline)}
    liar = Liar(changed(kind, offered(m, known)))
    provider.behave(liar)
    report, claims = written()
    told = {text for text in liar.lies if text not in true}
    shown = report.model_dump_json()
    assert [text for text in told if text in claims.filter(pl.col("verdict") == "kept")["text"].to_list()] == []
    assert [text for text in told if text in shown] == []
    # With other facts under true words there is no other text; all that a model may keep says what a finding says.
    kept = by_model(claims).filter(pl.col("verdict") == "kept")["text"].to_list()
    assert set(kept) <= true
    rules = claims.filter((pl.col("section") == "commerce") & (pl.col("writer") != MODEL))
    assert rules.filter(pl.col("verdict") == "kept").height >= 5


def gibberish(_: Asked) -> Say:
    return Say("No JSON at all, only words about prices: $9.99!")


def cut_off(asked: Asked) -> Say:
    return Say(as_json(answer(asked, [*statements(asked)])).text[:200])


def of_no_evidence(asked: Asked) -> Say:
    ids = [record["id"] for record in evidence(asked) if "id" in record][:1]
    return saying({"text": "The shop is wonderful and everybody should buy everything.", "evidence_ids": ids})(asked)


def empty(asked: Asked) -> Say:
    return as_json(answer(asked, []))


@pytest.mark.parametrize("rubbish", [gibberish, cut_off, of_no_evidence, empty, lambda _: refuse()])
def test_where_nothing_of_a_model_stands_the_chapter_is_the_rules(
    rubbish: Callable[[Asked], Say], provider: Provider, written: Callable[[], tuple[Report, pl.DataFrame]]
) -> None:
    _, _, outline = shops.report(SEED)
    provider.behave(rubbish)
    report, claims = written()
    [chapter] = [section for section in outline.sections if section.key == "commerce"]
    [made] = [section for section in report.sections if section.key == "commerce"]
    assert len(made.blocks) == len(chapter.blocks)
    assert by_model(claims).filter(pl.col("verdict") == "kept").is_empty()
    assert "wonderful" not in report.model_dump_json()
