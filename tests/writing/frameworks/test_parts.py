"""Plan, executor and registry: what is to be done, how it runs, and where it is kept."""

import threading
import time

import pytest

from market_research.errors import InvalidInput
from market_research.writing.evidence import Draft, Evidence, Fact
from market_research.writing.frameworks.executor import Executor
from market_research.writing.frameworks.plan import Operation, plan
from market_research.writing.frameworks.registry import Registry, section
from market_research.writing.frameworks.rows import SWOT, Row


def test_a_plan_without_wishes_generates_all_components() -> None:
    assert [step.operation for step in plan().steps] == [Operation.GENERATE] * 4


def test_a_plan_leaves_alone_what_is_not_asked_for() -> None:
    made = plan(["threats"], {"strengths": "Drop the first row."})
    assert [(s.component, s.operation) for s in made.steps] == [
        ("strengths", Operation.MODIFY), ("weaknesses", Operation.NOT_REQUESTED),
        ("opportunities", Operation.NOT_REQUESTED), ("threats", Operation.GENERATE),
    ]  # fmt: skip
    assert [step.component for step in made.requested] == ["strengths", "threats"]


@pytest.mark.parametrize(("only", "modify"), [(["luck"], {}), ([], {"luck": "more"}), ([], {"threats": "  "})])
def test_a_plan_of_what_does_not_exist_is_refused(only: list[str], modify: dict[str, str]) -> None:
    with pytest.raises(InvalidInput):
        plan(only, modify)


def _number(value: int, seconds: float = 0.0) -> int:
    time.sleep(seconds)
    if value == 3:
        raise RuntimeError("three")
    return value


@pytest.mark.parametrize("limit", [1, 4])
def test_results_stand_where_their_tasks_stood_and_failures_in_their_place(limit: int) -> None:
    executor: Executor[int] = Executor(limit)
    for value in range(8):
        executor.add(_number, value, seconds=0.01 * (8 - value))
    results = executor.run()
    assert [r for r in results if not isinstance(r, Exception)] == [0, 1, 2, 4, 5, 6, 7]
    assert isinstance(results[3], RuntimeError)
    assert len(executor) == 0
    assert executor.run() == []


def test_one_after_the_other_keeps_the_order_of_running() -> None:
    ran: list[int] = []
    executor: Executor[None] = Executor()
    for value in range(5):
        executor.add(ran.append, value)
    executor.run()
    assert ran == [*range(5)]


def test_no_more_run_at_once_than_the_limit_allows() -> None:
    lock, now, most = threading.Lock(), [0], [0]

    def task() -> None:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        time.sleep(0.02)
        with lock:
            now[0] -= 1

    executor: Executor[None] = Executor(3)
    for _ in range(10):
        executor.add(task)
    executor.run()
    assert most[0] == 3


def test_the_line_is_empty_after_an_interruption() -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    executor: Executor[None] = Executor()
    executor.add(stop)
    executor.add(stop)
    with pytest.raises(KeyboardInterrupt):
        executor.run()
    assert len(executor) == 0


def test_no_task_at_all_may_be_allowed() -> None:
    with pytest.raises(ValueError, match="At least one"):
        Executor(0)


FACTS = {
    f"fact_{n}": Fact(f"fact_{n}", "Acme", metric, 12.5, "percent", fiscal_year=2024)
    for n, metric in ((1, "net_margin"), (2, "net_margin"))
}
EVIDENCE = Evidence("field", FACTS, {}, {}, {"Acme": "Acme"})


def _row(text: str, fact: str, sure: float = 50) -> Row:
    return Row("Margin", Draft(text, (fact,)), sure, "fiscal 2024")


def test_the_registry_keeps_what_all_sources_gave_by_component() -> None:
    registry = Registry()
    registry.register(section("strengths", "doc_1", [_row("Acme kept 12.5% of its revenue.", "fact_1")]))
    registry.register(section("threats", "doc_1", []))
    registry.register(section("strengths", "doc_2", [_row("Acme earned a margin of 12.5%.", "fact_2", 70)]))
    assert [one.source_id for one in registry.sections("strengths")] == ["doc_1", "doc_2"]
    assert [one.source_id for one in registry.sections("threats")] == ["doc_1"]
    assert [row.confidence for row in registry.rows("strengths", EVIDENCE)] == [70, 50]
    assert {name: registry.rows(name, EVIDENCE) for name in SWOT if name not in ("strengths",)} == {
        "weaknesses": (), "opportunities": (), "threats": ()
    }  # fmt: skip


def test_the_same_section_is_not_registered_twice() -> None:
    registry = Registry()
    registry.register(section("strengths", "doc_1", []))
    with pytest.raises(InvalidInput, match="registered already"):
        registry.register(section("strengths", "doc_1", []))
    registry.register(section("strengths", "doc_1", [], batch=1))


def test_the_same_row_from_two_documents_is_one_with_both_citations() -> None:
    registry = Registry()
    registry.register(section("strengths", "doc_1", [_row("Acme kept 12.5% of its revenue in fiscal 2024.", "fact_1")]))
    registry.register(
        section("strengths", "doc_2", [_row("In fiscal 2024, Acme kept 12.5% of its revenue.", "fact_2")])
    )
    (row,) = registry.rows("strengths", EVIDENCE)
    assert row.sentence.text == "Acme kept 12.5% of its revenue in fiscal 2024."
    assert row.sentence.fact_ids == ("fact_1", "fact_2")


def test_rows_with_other_figures_stay_apart() -> None:
    registry = Registry()
    registry.register(section("strengths", "doc_1", [_row("Acme kept 12.5% of its revenue in fiscal 2024.", "fact_1")]))
    registry.register(section("strengths", "doc_2", [_row("Acme kept 13.5% of its revenue in fiscal 2024.", "fact_2")]))
    assert len(registry.rows("strengths", EVIDENCE)) == 2
