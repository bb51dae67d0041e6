"""The lake: raw bytes by their hash, tables by industry, every write whole."""

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from market_research.cleaning.schema import QUARANTINE
from market_research.errors import NotFound
from resources.lake import Lake, raw_key, stamp_key

FRAME = pl.DataFrame({"a": [1, 2], "b": ["x", None]})


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


@given(st.binary(max_size=200))
def test_raw_bytes_come_back_as_they_went(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    lake = Lake(tmp_path_factory.getbasetemp() / "raw")
    assert lake.get_raw(lake.put_raw(content)) == content


def test_the_same_bytes_are_stored_once(lake: Lake) -> None:
    first = lake.put_raw(b"x")
    path = lake.root / raw_key(first)
    before = path.stat()
    assert lake.put_raw(b"x") == first
    assert path.stat() == before


def test_bytes_that_are_not_there_are_named(lake: Lake) -> None:
    with pytest.raises(NotFound, match="abc"):
        lake.get_raw("abc")


def test_a_table_says_whether_it_changed(lake: Lake) -> None:
    assert lake.write("marts", "t", "chips", FRAME)
    assert not lake.write("marts", "t", "chips", FRAME)
    assert lake.write("marts", "t", "chips", FRAME.head(1))


def test_industries_are_apart(lake: Lake) -> None:
    lake.write("marts", "t", "chips", FRAME)
    lake.write("marts", "u", "retail", FRAME)
    assert list(lake.tables("chips")) == [("marts", "t")]
    assert lake.parts("marts", "t", "retail") == []


def test_a_declared_table_without_rows_has_its_columns(lake: Lake) -> None:
    assert lake.read("staged", QUARANTINE, "chips").schema == QUARANTINE.schema


def test_parts_of_other_versions_are_read_with_the_declared_columns(lake: Lake) -> None:
    old = pl.DataFrame({"quarantine_id": ["bad_1"], "gone": [1]})
    lake.write("staged", "quarantine", "chips", old, part="doc_1")
    lake.write("staged", "quarantine", "chips", QUARANTINE.frame(), part="doc_2")
    read = lake.read("staged", QUARANTINE, "chips")
    assert read.schema == QUARANTINE.schema
    assert read["quarantine_id"].to_list() == ["bad_1"]


def test_a_part_can_be_read_and_deleted_alone(lake: Lake) -> None:
    for part in ("a", "b"):
        lake.write("staged", "t", "chips", FRAME, part=part)
    assert [path.stem for path in lake.parts("staged", "t", "chips", only=["b", "absent"])] == ["b"]
    lake.delete_part("staged", "t", "chips", "a")
    lake.delete_part("staged", "t", "chips", "absent")
    assert lake.names("staged", "t", "chips") == ["b"]
    assert lake.industries("staged", "t") == ["chips"]


def test_temporary_files_are_no_parts(lake: Lake) -> None:
    lake.write("staged", "t", "chips", FRAME)
    for name in (".t.parquet.12345678.tmp", ".x.parquet"):
        (Path(lake.place("staged", "t", "chips")) / name).touch()
    assert len(lake.parts("staged", "t", "chips")) == 1


def test_hashes_follow_content(lake: Lake, tmp_path: Path) -> None:
    other = Lake(tmp_path / "other")
    for each in (lake, other):
        each.write("marts", "t", "chips", FRAME)
    assert lake.content_hash("marts", "t", "chips") == other.content_hash("marts", "t", "chips")
    before = lake.fingerprint("marts", "t", "chips")
    assert lake.fingerprint("marts", "t", "chips") == before
    lake.write("marts", "t", "chips", FRAME.head(1))
    assert lake.fingerprint("marts", "t", "chips") != before
    assert lake.content_hash("marts", "t", "chips") != other.content_hash("marts", "t", "chips")


class TestStamps:
    def test_are_read_back(self, lake: Lake) -> None:
        lake.write_stamp("chips", "inbox", {"files": {"ä.csv": [1, 2]}})
        assert lake.read_stamp("chips", "inbox") == {"files": {"ä.csv": [1, 2]}}

    @pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[1]", b"null"])
    def test_that_are_damaged_count_as_absent(self, lake: Lake, content: bytes) -> None:
        path = lake.root / stamp_key("chips", "inbox")
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
        assert lake.read_stamp("chips", "inbox") is None

    def test_that_were_never_written(self, lake: Lake) -> None:
        assert lake.read_stamp("chips", "inbox") is None
