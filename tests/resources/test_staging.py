"""Staging: what is new is parsed, what is known is kept, what was replaced goes."""

import contextlib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from market_research.cleaning.schema import (
    DOCUMENT_VERSIONS,
    DOCUMENTS,
    FACTS,
    PASSAGES,
    QUALITY_FLAGS,
    QUARANTINE,
    TABLE_ROWS,
)
from resources.inbox import collect
from resources.lake import Lake
from resources.staging import stage_industry

KEY = "chips"
NOW = datetime(2026, 1, 2, tzinfo=UTC)
RESULTS = "company,fiscal_year,revenue ($ millions)\nIntel,2018,70848\nAMD,2018,6475\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox" / KEY
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


def receive(lake: Lake, folder: Path) -> None:
    collect(lake, folder, KEY, max_bytes=2**20, now=NOW)


def staged(lake: Lake, folder: Path) -> list[str]:
    receive(lake, folder)
    return [result.path for result in stage_industry(lake, KEY)]


def revenues(lake: Lake) -> dict[str, float]:
    return dict(lake.read("staged", FACTS, KEY).select("entity", "value").rows())


def test_a_table_becomes_facts_rows_and_a_listed_document(lake: Lake, folder: Path) -> None:
    (folder / "results.csv").write_text(RESULTS)
    receive(lake, folder)
    (result,) = stage_industry(lake, KEY)
    assert (result.path, result.kind, result.facts, result.rows, result.reason) == ("results.csv", "table", 2, 2, None)
    assert revenues(lake) == {"Intel": 70_848e6, "AMD": 6_475e6}
    (listed,) = lake.read("staged", DOCUMENTS, KEY).to_dicts()
    assert listed["media_type"] == "text/csv"
    assert lake.read("staged", TABLE_ROWS, KEY).height == 2


def test_a_second_time_nothing_is_parsed(lake: Lake, folder: Path) -> None:
    (folder / "results.csv").write_text(RESULTS)
    assert staged(lake, folder) == ["results.csv"]
    before = lake.content_hash("staged", FACTS.name, KEY)
    assert staged(lake, folder) == []
    assert lake.content_hash("staged", FACTS.name, KEY) == before


def test_only_what_is_new_is_parsed(lake: Lake, folder: Path) -> None:
    (folder / "results.csv").write_text(RESULTS)
    staged(lake, folder)
    (folder / "note.txt").write_text("Demand for chips rose in the quarter, the company said.")
    assert staged(lake, folder) == ["note.txt"]
    assert lake.read("staged", PASSAGES, KEY).height == 1
    assert len(revenues(lake)) == 2


def test_a_changed_file_replaces_its_facts_and_passages_and_no_others(lake: Lake, folder: Path) -> None:
    (folder / "results.csv").write_text(RESULTS)
    (folder / "other.csv").write_text("company,fiscal_year,revenue ($ millions)\nNVIDIA,2018,11716\n")
    (folder / "note.txt").write_text("The first version of a note about chips.")
    staged(lake, folder)
    (folder / "results.csv").write_text(RESULTS.replace("70848", "70849").replace("AMD,2018,6475\n", ""))
    (folder / "note.txt").write_text("The second version of a note about chips.")
    assert staged(lake, folder) == ["note.txt", "results.csv"]
    assert revenues(lake) == {"Intel": 70_849e6, "NVIDIA": 11_716e6}
    assert lake.read("staged", PASSAGES, KEY)["text"].to_list() == ["The second version of a note about chips."]


def test_a_changed_sidecar_stages_its_file_again(lake: Lake, folder: Path) -> None:
    (folder / "results.csv").write_text(RESULTS)
    staged(lake, folder)
    (folder / "sources.yaml").write_text("results.csv: {title: Annual results, published_at: 2019-05-16}")
    assert staged(lake, folder) == ["results.csv"]
    (listed,) = lake.read("staged", DOCUMENTS, KEY).to_dicts()
    assert listed["title"] == "Annual results"
    assert {str(day) for day in lake.read("staged", FACTS, KEY)["filed_on"]} == {"2019-05-16"}
    assert staged(lake, folder) == []


def test_a_document_that_cannot_be_read_is_quarantined_and_the_rest_goes_on(lake: Lake, folder: Path) -> None:
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7\nthis is no PDF")
    (folder / "results.csv").write_text(RESULTS)
    receive(lake, folder)
    results = {result.path: result for result in stage_industry(lake, KEY)}
    assert results["broken.pdf"].reason
    assert "broken.pdf" in results["broken.pdf"].reason
    (row,) = lake.read("staged", QUARANTINE, KEY).to_dicts()
    assert (row["uri"], row["quarantined_at"]) == ("broken.pdf", NOW)
    assert len(revenues(lake)) == 2
    assert staged(lake, folder) == []


def test_bad_rows_are_quarantined_with_their_place(lake: Lake, folder: Path) -> None:
    (folder / "results.csv").write_text(RESULTS + "Micron,2018,n.m.\n")
    staged(lake, folder)
    (row,) = lake.read("staged", QUARANTINE, KEY).to_dicts()
    assert "row 4" in row["locator"]
    assert len(revenues(lake)) == 2


def test_another_parser_stages_everything_again(lake: Lake, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "results.csv").write_text(RESULTS)
    staged(lake, folder)
    monkeypatch.setattr("market_research.sources.parse.parser_version", lambda: "next")
    assert staged(lake, folder) == ["results.csv"]


@pytest.mark.parametrize("nth", range(1, 14))
def test_what_was_killed_at_any_write_is_made_whole(
    lake: Lake, folder: Path, monkeypatch: pytest.MonkeyPatch, nth: int
) -> None:
    """Two documents are known, one is replaced, one added; each write or deletion in turn is the last."""
    for name in ("a.csv", "b.csv"):
        (folder / name).write_text(RESULTS.replace("Intel", f"Intel {name[0]}"))
    staged(lake, folder)
    (folder / "b.csv").write_text(RESULTS.replace("Intel", "Intel b2"))
    (folder / "c.csv").write_text(RESULTS.replace("Intel", "Intel c"))
    receive(lake, folder)
    calls = 0

    def dying(original):  # type: ignore[no-untyped-def]
        def call(self: Lake, *args: object, **more: object) -> object:
            nonlocal calls
            calls += 1
            if calls == nth:
                raise KeyboardInterrupt
            return original(self, *args, **more)

        return call

    with monkeypatch.context() as patch:
        for name in ("write", "delete_part", "write_stamp"):
            patch.setattr(Lake, name, dying(getattr(Lake, name)))
        with contextlib.suppress(KeyboardInterrupt):
            stage_industry(lake, KEY)
    stage_industry(lake, KEY)
    facts = lake.read("staged", FACTS, KEY)
    assert sorted(facts["entity"]) == ["AMD", "AMD", "AMD", "Intel a", "Intel b2", "Intel c"]
    assert lake.read("staged", DOCUMENTS, KEY)["path"].to_list() == ["a.csv", "b.csv", "c.csv"]
    assert sorted(lake.read("history", FACTS, KEY)["entity"]) == ["AMD", "Intel b"]
    assert stage_industry(lake, KEY) == []


def test_progress_is_told(lake: Lake, folder: Path) -> None:
    (folder / "results.csv").write_text(RESULTS)
    receive(lake, folder)
    told: list[tuple[int, int, str]] = []
    stage_industry(lake, KEY, progress=lambda *step: told.append(step))
    assert told == [(1, 1, "results.csv")]


def test_what_a_table_loaded_whole_sets_aside_holds_no_personal_data(lake: Lake, folder: Path) -> None:
    rows = "".join(f"2024-01-{day:02d},{day}\n" for day in range(1, 29))
    (folder / "ACME.csv").write_text(f"date,close\n{rows}2024-02-01,ask jo.doe@example.com\n")
    receive(lake, folder)
    stage_industry(lake, KEY)
    (kept,) = lake.read("staged", QUARANTINE, KEY).to_dicts()
    assert "[e-mail]" in kept["raw"]
    assert "example.com" not in kept["raw"]
    (flag,) = lake.read("staged", QUALITY_FLAGS, KEY).select("field", "flag", "what", "count").rows()
    assert flag == ("quarantine.raw", "redacted", "e-mail", 1)


def test_titles_are_words_without_personal_data_and_stay_staged(lake: Lake, folder: Path) -> None:
    page = "<title>Ask jo@example.com &lt;b&gt;now&lt;/b&gt;</title><p>Sales of wood grew in the second quarter.</p>"
    (folder / "page.html").write_text(page)
    (folder / "jo@example.com.txt").write_text("Sales of wood grew in the second quarter, said the mill.\n\nMore.")
    (folder / "given.txt").write_text("Sales of wood fell in the third quarter, said the mill.\n\nLess.")
    (folder / "sources.yaml").write_text("given.txt:\n  title: <script>x()</script> from jo@example.com\n")
    assert len(staged(lake, folder)) == 3
    titles = dict(lake.read("staged", DOCUMENTS, KEY).select("path", "title").rows())
    assert titles["page.html"] == "Ask [e-mail] now"
    assert titles["given.txt"] == "x() from [e-mail]"
    assert titles["jo@example.com.txt"].startswith("Sales of wood")
    assert "@" not in "".join(lake.read("staged", DOCUMENT_VERSIONS, KEY)["title"])
    flags = lake.read("staged", QUALITY_FLAGS, KEY).select("field", "what", "locator").rows()
    assert ("documents.title", "e-mail", "title") in flags
    assert staged(lake, folder) == []
