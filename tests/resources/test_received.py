"""What has been received: documents of connectors beside those of the inbox, and every version that was current."""

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market_research.cleaning.schema import DOCUMENT_VERSIONS, DOCUMENTS, FACTS
from market_research.connectors import registry
from market_research.connectors.base import Connector, get_one
from market_research.sources.parsed import Block, Number, Parsed
from resources import appended, audit
from resources.inbox import collect, take
from resources.lake import Lake
from resources.received import received, versions
from resources.staging import is_of_this_version, stage_industry, stage_rows

KEY = "chips"
DAYS = [datetime(2026, 1, day, tzinfo=UTC) for day in range(1, 29)]
RESULTS = "company,fiscal_year,revenue ($ millions)\nIntel,2018,{}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox" / KEY
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


def look(lake: Lake, folder: Path, day: int = 0):  # type: ignore[no-untyped-def]
    return collect(lake, folder, KEY, max_bytes=2**20, now=DAYS[day])


def story(lake: Lake, path: str) -> list[tuple[str, int, int | None, str | None]]:
    """Versions of a path: first four digits of the hash's content, day from, day to, ended by."""
    rows = versions(lake, KEY).filter(pl.col("path") == path).sort("valid_from")
    return [
        (lake.get_raw(sha256).decode(), start.day - 1, end and end.day - 1, how)
        for sha256, start, end, how in rows.select("sha256", "valid_from", "valid_to", "ended_by").rows()
    ]


def read_answer(content: bytes, path: str) -> Parsed:
    """Two lines: a text, and a number of widgets."""
    text, number = content.decode().split("\n")
    return Parsed(
        "answer",
        title="An answer",
        numbers=[Number("World", "widgets", float(number), "count", "line 2", raw=number, fiscal_year=2024)],
        blocks=[Block(text, "line 1")],
    )


@pytest.fixture
def widgets(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connector whose answers no other parser could read."""
    connector = Connector(
        name="widgets", title="Widgets", publisher="Office of widgets", description="Counts.", licence="CC0-1.0",
        hosts=("example.com",), asks=lambda _: (), fetch=get_one("any"), read=read_answer,
    )  # fmt: skip
    monkeypatch.setattr(registry, "connectors", lambda: {"widgets": connector})


def fetch(lake: Lake, *answers: tuple[str, str], source: str = "widgets", day: int = 0) -> None:
    """Write a connector's part as the fetching code does: all that the source gave, and the bytes."""
    rows = []
    for name, text in answers:
        sha256 = lake.put_raw(text.encode())
        rows.append(
            {
                "document_id": f"doc_{sha256[:16]}", "industry": KEY, "source": source, "kind": "", "media_type": "",
                "uri": f"https://example.com/{name}", "path": f"fetched/{source}/{name}", "title": f"Widgets {name}",
                "publisher": "Office of widgets", "retrieved_at": DAYS[day], "size_bytes": len(text),
                "sha256": sha256, "licence": "CC0-1.0",
            }
        )  # fmt: skip
    lake.write("fetched", "documents", KEY, DOCUMENTS.frame(rows), part=source)


@pytest.mark.usefixtures("widgets")
class TestFetched:
    def test_documents_of_connectors_join_those_of_the_inbox_with_what_is_known_of_them(
        self, lake: Lake, folder: Path
    ) -> None:
        (folder / "a.csv").write_text(RESULTS.format(1))
        fetch(lake, ("2024", "Many widgets were made in the year.\n12"))
        assert look(lake, folder).new == ("a.csv", "fetched/widgets/2024")
        row = received(lake, KEY).row(1, named=True)
        assert (row["source"], row["uri"], row["licence"]) == ("widgets", "https://example.com/2024", "CC0-1.0")
        assert look(lake, folder, 1).new == ()

    def test_they_are_read_by_their_connectors_reader(self, lake: Lake, folder: Path) -> None:
        fetch(lake, ("2024", "Many widgets were made in the year.\n12"))
        look(lake, folder)
        (result,) = stage_industry(lake, KEY)
        assert (result.kind, result.facts, result.passages, result.reason) == ("answer", 1, 1, None)
        assert lake.read("staged", FACTS, KEY)["value"].to_list() == [12.0]

    def test_their_places_are_found_again(self, lake: Lake) -> None:
        from market_research.sources.locate import excerpt

        content = b"Many widgets were made in the year.\n12"
        assert excerpt(content, "fetched/widgets/2024", "line 2", source="widgets") == "12"
        assert "Many widgets" in str(excerpt(content, "fetched/widgets/2024", "line 1", source="widgets"))
        assert excerpt(content, "fetched/widgets/2024", "line 9", source="widgets") is None

    def test_one_that_its_reader_cannot_read_is_quarantined(self, lake: Lake, folder: Path) -> None:
        fetch(lake, ("2024", "no number\nhere"))
        look(lake, folder)
        (result,) = stage_industry(lake, KEY)
        assert "damaged" in str(result.reason)

    def test_what_a_connector_replaces_or_no_longer_holds_ends(self, lake: Lake, folder: Path) -> None:
        fetch(lake, ("2023", "Few.\n1"), ("2024", "Many.\n2"))
        look(lake, folder)
        fetch(lake, ("2024", "More.\n3"), day=4)
        look(lake, folder, 5)
        assert story(lake, "fetched/widgets/2023") == [("Few.\n1", 0, 5, "removed")]
        assert story(lake, "fetched/widgets/2024") == [("Many.\n2", 0, 4, "replaced"), ("More.\n3", 4, None, None)]

    def test_a_file_of_the_inbox_under_their_folder_is_refused(self, lake: Lake, folder: Path) -> None:
        (folder / "fetched").mkdir()
        (folder / "fetched" / "x.csv").write_text("x")
        (refusal,) = look(lake, folder).refusals
        assert refusal.uri == "fetched/x.csv"
        assert "move the file" in refusal.reason
        assert received(lake, KEY).is_empty()

    def test_the_same_content_in_both_is_one_document(self, lake: Lake, folder: Path) -> None:
        fetch(lake, ("2024", "Many.\n2"))
        (folder / "copy.txt").write_text("Many.\n2")
        (refusal,) = look(lake, folder).refusals
        assert (refusal.uri, refusal.reason) == ("copy.txt", "has the same content as fetched/widgets/2024")


class TestVersions:
    def test_a_replaced_version_ends_when_the_next_arrives(self, lake: Lake, folder: Path) -> None:
        for day, text in ((0, "one"), (3, "two"), (7, "three")):
            (folder / "a.txt").write_text(text)
            look(lake, folder, day)
        assert story(lake, "a.txt") == [
            ("one", 0, 3, "replaced"), ("two", 3, 7, "replaced"), ("three", 7, None, None)
        ]  # fmt: skip

    def test_a_version_that_comes_back_is_current_again_from_then_on(self, lake: Lake, folder: Path) -> None:
        for day, text in ((0, "one"), (3, "two!"), (7, "one")):
            (folder / "a.txt").write_text(text)
            look(lake, folder, day)
        assert story(lake, "a.txt") == [("one", 0, 3, "replaced"), ("two!", 3, 7, "replaced"), ("one", 7, None, None)]

    def test_a_renamed_file_has_one_version(self, lake: Lake, folder: Path) -> None:
        (folder / "a.txt").write_text("x")
        look(lake, folder)
        (folder / "a.txt").rename(folder / "b.txt")
        look(lake, folder, 2)
        assert story(lake, "b.txt") == [("x", 0, None, None)]
        assert story(lake, "a.txt") == []

    def test_files_taken_by_hand_end_what_they_replace(self, lake: Lake, folder: Path) -> None:
        (folder / "a.txt").write_text("one")
        look(lake, folder)
        for day, text in ((3, "two"), (7, "three")):
            (folder / "a.txt").write_text(text)
            assert take(lake, folder, KEY, ["a.txt"], max_bytes=2**20, now=DAYS[day]) is not None
        expected = [("one", 0, 3, "replaced"), ("two", 3, 7, "replaced"), ("three", 7, None, None)]
        assert story(lake, "a.txt") == expected
        look(lake, folder, 9)
        assert story(lake, "a.txt") == expected
        assert received(lake, KEY).height == 1

    def test_facts_of_a_replaced_version_go_into_the_history(self, lake: Lake, folder: Path) -> None:
        for day, value in ((0, 10), (3, 20), (7, 30)):
            (folder / "a.csv").write_text(RESULTS.format(value))
            look(lake, folder, day)
            stage_industry(lake, KEY)
        assert lake.read("staged", FACTS, KEY)["value"].to_list() == [30e6]
        assert sorted(lake.read("history", FACTS, KEY)["value"]) == [10e6, 20e6]
        assert lake.read("staged", DOCUMENT_VERSIONS, KEY).equals(versions(lake, KEY))

    def test_what_a_killed_process_noted_too_early_has_not_ended(
        self, lake: Lake, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (folder / "a.txt").write_text("one")
        look(lake, folder)
        (folder / "a.txt").write_text("two")
        with monkeypatch.context() as patch:
            patch.setattr(appended, "replace", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
            with pytest.raises(KeyboardInterrupt):
                look(lake, folder, 2)
        assert story(lake, "a.txt") == [("one", 0, None, None)]
        look(lake, folder, 3)
        assert [item[3] for item in story(lake, "a.txt")] == ["replaced", None]

    def test_the_log_tells_what_came_and_what_was_replaced(self, lake: Lake, folder: Path) -> None:
        (folder / "a.txt").write_text("one")
        look(lake, folder)
        (folder / "a.txt").write_text("two")
        look(lake, folder, 2)
        look(lake, folder, 3)
        rows = audit.log(lake, KEY).select("operation", "original", "changed").rows()
        successor = received(lake, KEY)["document_id"][0]
        assert rows[0] == ("receive", None, "a.txt")
        assert sorted(rows[1:]) == [("receive", None, "a.txt"), ("replace", "a.txt", successor)]


class TestTaking:
    """Files taken by hand one by one lead to the very rows that a look at all of them gives."""

    def test_gives_what_a_look_at_everything_gives(self, lake: Lake, folder: Path, tmp_path: Path) -> None:
        (folder / "sources.yaml").write_text("b.csv: {title: Results, publisher: Intel, published_at: 2025-01-02}")
        for number, name in enumerate(("a.csv", "b.csv", "c.csv", "a.csv")):
            (folder / name).write_text(RESULTS.format(number))
            rows = take(lake, folder, KEY, [name], max_bytes=2**20, now=DAYS[0])
            assert rows is not None
            stage_rows(lake, KEY, rows)
        stage_industry(lake, KEY)
        whole = Lake(tmp_path / "whole")
        look(whole, folder)
        stage_industry(whole, KEY)
        for table in (DOCUMENTS, FACTS):
            mine, theirs = (each.read("staged", table, KEY).sort(pl.all()) for each in (lake, whole))
            assert mine.equals(theirs), table.name
        before = lake.fingerprint("staged", "facts", KEY)
        look(lake, folder, 1)
        assert stage_industry(lake, KEY) == []
        assert lake.fingerprint("staged", "facts", KEY) == before

    @pytest.mark.parametrize("what", ["known", "twice", "empty", "sidecar", "hidden", "link", "fetched"])
    def test_leaves_to_the_whole_look_what_needs_it(self, lake: Lake, folder: Path, tmp_path: Path, what: str) -> None:
        (folder / "a.txt").write_text("content")
        names = ["a.txt"]
        if what == "known":
            lake.put_raw(b"content")
        elif what == "twice":
            (folder / "b.txt").write_text("content")
            names.append("b.txt")
        elif what == "link":
            (tmp_path / "secret").write_text("secret")
            (folder / "link").symlink_to(tmp_path / "secret")
            names = ["link"]
        else:
            name = {"empty": "b.txt", "sidecar": "sources.yaml", "hidden": ".x/b", "fetched": "fetched/b"}[what]
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text("" if what == "empty" else "x: {title: y}")
            names.append(name)
        assert take(lake, folder, KEY, names, max_bytes=2**20) is None
        assert received(lake, KEY).is_empty()

    def test_lists_and_reads_nothing_that_grows_with_the_lake(
        self, lake: Lake, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for number in range(30):
            (folder / f"{number}.csv").write_text(RESULTS.format(number))
        look(lake, folder)
        stage_industry(lake, KEY)
        (folder / "new.csv").write_text(RESULTS.format(1000))
        monkeypatch.setattr(Lake, "parts", lambda *_, **__: pytest.fail("a table was read"))
        monkeypatch.setattr("resources.inbox._walk", lambda *_: pytest.fail("the inbox was walked"))
        assert is_of_this_version(lake, KEY)
        rows = take(lake, folder, KEY, ["new.csv"], max_bytes=2**20)
        assert rows is not None
        assert [result.facts for result in stage_rows(lake, KEY, rows)] == [1]

    def test_many_single_documents_are_packed(self, lake: Lake, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("resources.bundles.PACK_FROM", 5)
        monkeypatch.setattr("resources.appended.COMPACT_FROM", 5)
        for number in range(33):
            (folder / f"{number}.csv").write_text(RESULTS.format(number))
            rows = take(lake, folder, KEY, [f"{number}.csv"], max_bytes=2**20, now=DAYS[0])
            assert rows is not None
            stage_rows(lake, KEY, rows)
        for layer, table in (("staged", "facts"), ("received", "documents"), ("staged", "documents")):
            assert len(lake.names(layer, table, KEY)) < 10, (layer, table)
        stage_industry(lake, KEY)
        assert sorted(lake.read("staged", FACTS, KEY)["value"]) == [number * 1e6 for number in range(33)]
        assert received(lake, KEY).height == 33


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xyz"), st.booleans()), min_size=1, max_size=8))
@settings(max_examples=60)
def test_at_any_moment_a_path_has_one_version_and_a_document_is_current_once(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, str, bool]]
) -> None:
    home = tmp_path_factory.mktemp("versions")
    lake, folder = Lake(home / "lake"), home / "inbox"
    folder.mkdir()
    present: dict[str, str] = {}
    for day, (name, text, by_hand) in enumerate(steps):
        (folder / name).write_text(text)
        present[name] = text
        if not by_hand or take(lake, folder, KEY, [name], max_bytes=99, now=DAYS[day]) is None:
            look(lake, folder, day)
    look(lake, folder, len(steps))
    current = received(lake, KEY)
    assert {lake.get_raw(sha256).decode() for sha256 in current["sha256"]} == set(present.values())
    assert current["document_id"].is_unique().all()
    rows = versions(lake, KEY)
    assert set(rows.filter(pl.col("valid_to").is_null())["document_id"]) == set(current["document_id"])
    assert (rows["valid_to"].is_null() | (rows["valid_to"] > rows["valid_from"])).all()
    for _, spans in rows.sort("valid_from").group_by("document_id"):
        starts, ends = spans["valid_from"].to_list(), spans["valid_to"].to_list()
        assert all(end <= start for end, start in zip(ends, starts[1:], strict=False))
