"""Files are written whole or not at all."""

from pathlib import Path

import pytest

from market_research.files import remove_leftovers, replacing, sha256_file, write_bytes


def test_writes_and_makes_the_folders(tmp_path: Path) -> None:
    target = tmp_path / "a" / "b.txt"
    assert write_bytes(target, b"one")
    assert target.read_bytes() == b"one"


def test_same_bytes_touch_nothing(tmp_path: Path) -> None:
    target = tmp_path / "b.txt"
    write_bytes(target, b"one")
    before = target.stat()
    assert not write_bytes(target, b"one")
    assert target.stat() == before
    assert write_bytes(target, b"two")


def test_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "b.txt"
    target.write_text("old")

    def fail() -> None:
        with replacing(target) as temporary:
            temporary.write_text("half")
            assert target.read_text() == "old"
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert [path.name for path in tmp_path.iterdir()] == ["b.txt"]
    assert target.read_text() == "old"


def test_an_open_reader_keeps_the_old_bytes(tmp_path: Path) -> None:
    target = tmp_path / "b.txt"
    write_bytes(target, b"old")
    with target.open("rb") as reader:
        write_bytes(target, b"new")
        assert reader.read() == b"old"


def test_leftovers_of_a_killed_process_go_and_all_else_stays(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / ".t.parquet.1a2b3c4d.tmp").touch()
    (tmp_path / "notes.tmp").touch()
    (tmp_path / ".hidden").touch()
    assert remove_leftovers(tmp_path) == 1
    assert {path.name for path in tmp_path.rglob("*") if path.is_file()} == {"notes.tmp", ".hidden"}


def test_sha256_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"")
    assert sha256_file(tmp_path / "a").startswith("e3b0c44298fc1c14")
