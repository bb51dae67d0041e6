"""Upkeep: what expires stays findable, what is deleted is gone and stays gone, what is corrected keeps its original."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from market_research.cleaning import suspicion
from market_research.cleaning.schema import DOCUMENTS, FACTS, PASSAGES, SECURITY_EVENTS
from market_research.errors import InvalidInput, NotFound
from market_research.settings import SQL_FOLDER
from market_research.sqlfiles import read_all
from resources import audit, security
from resources.asking import ask
from resources.inbox import collect, take
from resources.lake import Lake
from resources.lake_sql import run_sql_table
from resources.received import received, versions
from resources.staging import stage_industry, stage_rows
from resources.upkeep import correct, delete, expire, freshness

KEY = "chips"
RESULTS = "company,fiscal_year,revenue ($ millions)\nIntel,{},{}\n"
NOTE = "Demand for chips rose in the quarter, the company said, and prices followed."


def day(number: int) -> datetime:
    return datetime(2026, 1, 1, 12, tzinfo=UTC) + timedelta(days=number)


class Store:
    """A lake with an inbox, looked at on given days."""

    def __init__(self, home: Path) -> None:
        self.lake = Lake(home / "it's a lake")
        self.folder = home / "inbox" / KEY
        self.folder.mkdir(parents=True)

    def put(self, name: str, text: str, number: int) -> str:
        (self.folder / name).write_text(text)
        self.look(number)
        rows = received(self.lake, KEY).filter(pl.col("path") == name)
        return str(rows["document_id"][0])

    def look(self, number: int, **more: object) -> None:
        collect(self.lake, self.folder, KEY, max_bytes=2**20, now=day(number), **more)  # type: ignore[arg-type]
        stage_industry(self.lake, KEY)

    def values(self, number: int | None = None, where: str | None = None) -> list[float]:
        as_of = day(number).date() if number is not None else None
        return ask(self.lake, KEY, "facts", as_of=as_of, where=where)["value"].to_list()

    def clean(self, *names: str) -> dict[str, pl.DataFrame]:
        """Run these SQL tables over what is staged."""
        self.lake.write("reference", "company_names", KEY, pl.DataFrame({"stated": ["Intel"], "name": ["Intel Corp"]}))
        tables = read_all(SQL_FOLDER)
        return {name: run_sql_table(self.lake, KEY, tables[name], tables) for name in names}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


class TestAsking:
    def test_facts_as_of_a_day_are_those_of_the_version_of_that_day(self, store: Store) -> None:
        store.put("a.csv", RESULTS.format(2018, 10), 0)
        store.put("a.csv", RESULTS.format(2018, 20), 10)
        store.put("b.csv", RESULTS.format(2019, 5), 20)
        assert store.values() == [20e6, 5e6]
        assert store.values(30) == [20e6, 5e6]
        assert store.values(15) == [20e6]
        assert store.values(9) == [10e6]
        assert store.values(-1) == []

    def test_conditions_are_sql(self, store: Store) -> None:
        store.put("a.csv", RESULTS.format(2018, 10) + "AMD,2018,7\n", 0)
        assert store.values(where="entity = 'AMD' -- and a comment") == [7e6]
        assert store.values(where="entity = 'AMD' OR value > 8e6") == [7e6, 10e6]
        assert store.values(-1, where="entity = 'AMD' OR true") == []

    @pytest.mark.parametrize(
        "where",
        [
            "nonsense = 1", "1 = 1); DROP TABLE corrections; SELECT (1", "'", "true) UNION ALL (SELECT 1",
            "EXISTS (SELECT * FROM read_text('{secret}'))", "EXISTS (SELECT * FROM '{secret}')",
            "true); COPY (SELECT 1) TO '{secret}'; SELECT * FROM (SELECT 1 WHERE true",
        ],
    )  # fmt: skip
    def test_a_condition_can_change_nothing_and_reach_no_other_file(
        self, store: Store, tmp_path: Path, where: str
    ) -> None:
        secret = tmp_path / "secret.csv"
        secret.write_text("secret\n1\n")
        store.put("a.csv", RESULTS.format(2018, 10), 0)
        with pytest.raises(InvalidInput):
            store.values(where=where.format(secret=secret))
        assert secret.read_text() == "secret\n1\n"

    def test_documents_and_passages(self, store: Store) -> None:
        first = store.put("note.txt", NOTE, 0)
        second = store.put("note.txt", NOTE.replace("rose", "fell"), 10)
        assert ask(store.lake, KEY, "documents")["document_id"].to_list() == [second]
        assert ask(store.lake, KEY, "documents", as_of=day(5).date())["document_id"].to_list() == [first]
        assert "rose" in ask(store.lake, KEY, "passages", as_of=day(5).date())["text"][0]
        assert "fell" in ask(store.lake, KEY, "passages")["text"][0]
        assert ask(store.lake, KEY, "passages", where="text LIKE '%rose%'").is_empty()

    def test_what_was_just_taken_by_hand_is_there_and_what_it_replaced_is_not(self, store: Store) -> None:
        store.put("a.csv", RESULTS.format(2018, 10), 0)
        (store.folder / "a.csv").write_text(RESULTS.format(2018, 20))
        rows = take(store.lake, store.folder, KEY, ["a.csv"], max_bytes=2**20, now=day(5))
        assert rows is not None
        stage_rows(store.lake, KEY, rows)
        assert store.values() == [20e6]
        assert store.values(4) == [10e6]

    def test_an_industry_without_documents(self, store: Store) -> None:
        for what in ("facts", "documents", "passages"):
            assert ask(store.lake, KEY, what).is_empty()  # type: ignore[arg-type]

    def test_names_are_resolved_once_they_are_known(self, store: Store) -> None:
        store.put("a.csv", RESULTS.format(2018, 10), 0)
        assert ask(store.lake, KEY, "facts")["entity"].to_list() == ["Intel"]
        store.clean()
        assert ask(store.lake, KEY, "facts")["entity"].to_list() == ["Intel Corp"]


class TestFreshness:
    def test_a_source_is_stale_when_its_newest_document_came_too_long_ago(self, store: Store) -> None:
        store.put("a.csv", RESULTS.format(2018, 10), 0)
        store.put("b.csv", RESULTS.format(2019, 10), 2)
        for hours, state in ((23.0, "stale"), (25.0, "fresh")):
            (row,) = freshness(store.lake, KEY, {"inbox": hours}, 1.0, now=day(3)).to_dicts()
            assert (row["source"], row["documents"], row["age_hours"], row["state"]) == ("inbox", 2, 24.0, state)
        (row,) = freshness(store.lake, KEY, {}, 1.0, now=day(3)).to_dicts()
        assert row["allowed_hours"] == 1.0


class TestExpiry:
    def test_old_documents_leave_and_stay_in_the_history(self, store: Store) -> None:
        (store.folder / "sources.yaml").write_text("b.csv: {published_at: 2026-01-20}")
        old = store.put("a.csv", RESULTS.format(2018, 10), 0)
        store.put("b.csv", RESULTS.format(2019, 5), 0)
        assert (
            expire(store.lake, KEY, inbox=store.folder, older_than=timedelta(days=10), now=day(20), dry_run=True).height
            == 1
        )
        assert store.values() == [10e6, 5e6]
        gone = expire(store.lake, KEY, inbox=store.folder, older_than=timedelta(days=10), now=day(20))
        assert gone["document_id"].to_list() == [old]
        assert store.values() == [5e6]
        assert store.values(19) == [10e6, 5e6]
        store.look(21)
        assert store.values() == [5e6]
        assert store.lake.read("staged", FACTS, KEY)["value"].to_list() == [5e6]
        (row,) = versions(store.lake, KEY).filter(pl.col("document_id") == old).to_dicts()
        assert (row["ended_by"], row["valid_to"]) == ("expired", day(20))
        assert audit.log(store.lake, KEY).filter(pl.col("operation") == "expire")["record_id"].to_list() == [old]
        assert store.lake.get_raw(row["sha256"])

    def test_of_one_source_only(self, store: Store) -> None:
        store.put("a.csv", RESULTS.format(2018, 10), 0)
        assert expire(
            store.lake, KEY, inbox=store.folder, older_than=timedelta(days=1), source="rss", now=day(20)
        ).is_empty()


class TestDeletion:
    def test_rows_of_every_version_and_the_bytes_are_gone(self, store: Store) -> None:
        first = store.put("a.csv", RESULTS.format(2018, 10), 0)
        second = store.put("a.csv", RESULTS.format(2018, 20), 5)
        store.put("note.txt", NOTE, 5)
        (row,) = received(store.lake, KEY).filter(pl.col("document_id") == second).to_dicts()
        told = delete(store.lake, KEY, inbox=store.folder, document_id=second, reason="licence withdrawn", now=day(8))
        assert told["bytes"].to_list() == ["deleted"]
        assert store.values() == []
        assert store.values(3) == [10e6]
        assert store.values(6) == []
        assert not store.lake.has_raw(row["sha256"])
        delete(store.lake, KEY, inbox=store.folder, document_id=first, reason="licence withdrawn", now=day(9))
        assert store.values(3) == []
        for layer in ("staged", "history"):
            assert store.lake.read(layer, FACTS, KEY).is_empty()
        assert store.lake.read("staged", PASSAGES, KEY).height == 1
        log = audit.log(store.lake, KEY).filter(pl.col("operation") == "delete")
        assert log.select("record_id", "reason").rows() == [(second, "licence withdrawn"), (first, "licence withdrawn")]
        assert {row["ended_by"] for row in versions(store.lake, KEY).to_dicts()} == {"replaced", "deleted", None}

    def test_security_events_that_quote_it_go_with_it(self, store: Store) -> None:
        gone, kept = (store.put(name, NOTE + name, 0) for name in ("a.txt", "b.txt"))
        for layer in (security.JUDGED, security.WITHHELD):
            events = [
                suspicion.rows([suspicion.Event("page 1", "x", 0.9, "noted", "words")], industry=KEY, document_id=key)
                for key in (gone, kept)
            ]
            store.lake.write(layer, SECURITY_EVENTS.name, KEY, pl.concat(events), part="one")
        delete(store.lake, KEY, inbox=store.folder, document_id=gone, reason="licence withdrawn", now=day(8))
        for layer in (security.JUDGED, security.WITHHELD):
            assert store.lake.read(layer, SECURITY_EVENTS, KEY)["document_id"].to_list() == [kept]

    def test_it_stays_out_until_it_is_put_there_anew(self, store: Store) -> None:
        text = RESULTS.format(2018, 10)
        document = store.put("a.csv", text, 0)
        delete(store.lake, KEY, inbox=store.folder, document_id=document, reason="by mistake", now=day(1))
        store.look(2)
        assert received(store.lake, KEY).is_empty()
        store.look(3)
        assert received(store.lake, KEY).is_empty()
        assert store.lake.read("staged", DOCUMENTS, KEY).is_empty()
        store.look(4, anew=["a.csv"])
        assert received(store.lake, KEY)["document_id"].to_list() == [document]
        assert store.values() == [10e6]
        delete(store.lake, KEY, inbox=store.folder, document_id=document, reason="again", now=day(5))
        (store.folder / "a.csv").write_text(text)
        store.look(6)
        assert store.values() == [10e6]

    def test_one_that_was_taken_by_hand_stays_out_as_well(self, store: Store) -> None:
        (store.folder / "a.csv").write_text(RESULTS.format(2018, 10))
        rows = take(store.lake, store.folder, KEY, ["a.csv"], max_bytes=2**20, now=day(0))
        assert rows is not None
        stage_rows(store.lake, KEY, rows)
        delete(store.lake, KEY, inbox=store.folder, document_id=rows["document_id"][0], reason="x", now=day(1))
        store.look(2)
        assert received(store.lake, KEY).is_empty()

    def test_bytes_that_another_industry_holds_stay(self, store: Store) -> None:
        document = store.put("a.csv", RESULTS.format(2018, 10), 0)
        collect(store.lake, store.folder, "other", max_bytes=2**20, now=day(0))
        (told,) = delete(store.lake, KEY, inbox=store.folder, document_id=document, reason="x")["bytes"]
        assert told == "kept, other holds them"
        assert store.lake.has_raw(received(store.lake, "other")["sha256"][0])

    def test_a_replaced_document_that_no_run_has_seen_yet_still_goes_into_the_history(self, store: Store) -> None:
        store.put("a.csv", RESULTS.format(2018, 10), 0)
        other = store.put("b.csv", RESULTS.format(2019, 5), 0)
        (store.folder / "a.csv").write_text(RESULTS.format(2018, 20))
        rows = take(store.lake, store.folder, KEY, ["a.csv"], max_bytes=2**20, now=day(3))
        assert rows is not None
        stage_rows(store.lake, KEY, rows)
        delete(store.lake, KEY, inbox=store.folder, document_id=other, reason="x", now=day(4))
        assert (store.values(), store.values(1)) == ([20e6], [10e6])

    def test_what_cannot_be_deleted_is_named(self, store: Store) -> None:
        store.put("a.csv", RESULTS.format(2018, 10), 0)
        with pytest.raises(NotFound, match="has no doc_x"):
            delete(store.lake, KEY, inbox=store.folder, document_id="doc_x", reason="x")
        with pytest.raises(InvalidInput, match="reason"):
            delete(store.lake, KEY, inbox=store.folder, source="inbox", reason=" ")
        with pytest.raises(InvalidInput, match="one document"):
            delete(store.lake, KEY, inbox=store.folder, reason="x")
        assert delete(store.lake, KEY, inbox=store.folder, source="inbox", reason="x").height == 1


class TestCorrection:
    def test_later_stages_use_it_and_the_original_stays(self, store: Store) -> None:
        store.put("a.csv", RESULTS.format(2018, 10), 0)
        (original,) = ask(store.lake, KEY, "facts")["fact_id"]
        first = correct(store.lake, KEY, original, 12e6, reason="typing error", now=day(5))
        second = correct(store.lake, KEY, first, 13e6, reason="read again", now=day(9))
        tables = store.clean("facts", "superseded_facts")
        (fact,) = tables["facts"].to_dicts()
        assert (fact["fact_id"], fact["value"], fact["raw"]) == (second, 13e6, "10")
        assert fact["method"] == f"corrected from {original}: read again"
        stood = tables["superseded_facts"].select("fact_id", "value", "valid_from", "valid_to", "superseded_by").rows()
        assert sorted(stood, key=lambda row: row[2]) == [
            (original, 10e6, day(0), day(5), first), (first, 12e6, day(5), day(9), second)
        ]  # fmt: skip
        assert [store.values(number) for number in (1, 6, 10)] == [[10e6], [12e6], [13e6]]
        log = audit.log(store.lake, KEY).filter(pl.col("operation") == "correct")
        assert log.select("record_id", "original", "changed", "reason").rows() == [
            (original, "10000000", "12000000", "typing error"), (original, "12000000", "13000000", "read again")
        ]  # fmt: skip

    def test_what_cannot_be_corrected_is_named(self, store: Store) -> None:
        store.put("a.csv", RESULTS.format(2018, 10), 0)
        (fact,) = ask(store.lake, KEY, "facts")["fact_id"]
        with pytest.raises(NotFound, match="states the fact fact_x"):
            correct(store.lake, KEY, "fact_x", 1, reason="x")
        with pytest.raises(InvalidInput, match="already"):
            correct(store.lake, KEY, fact, 10e6, reason="x")
        with pytest.raises(InvalidInput, match="reason"):
            correct(store.lake, KEY, fact, 1, reason="")
