"""Stores: a folder and an S3 server (moto, on loopback) behave alike, and a whole run on S3 gives a folder's bytes."""

import multiprocessing
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from market_research.cleaning.schema import QUARANTINE
from market_research.errors import NotFound
from market_research.settings import Settings
from resources.lake import Lake
from resources.store import Entry, LocalStore, RemoteStore, Store, StoreUnreachable
from resources.workspace import Workspace

pytestmark = pytest.mark.usefixtures("light_reports")

FRAME = pl.DataFrame({"a": [1, 2], "b": ["x", None]})


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """Address of an S3 server of this process."""
    moto = pytest.importorskip("moto.server", reason="the extra 'dev' brings moto")
    running = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    yield f"http://{host}:{port}"
    running.stop()


@pytest.fixture
def options(server: str) -> dict[str, object]:
    return {"key": "test", "secret": "test", "endpoint_url": server}


@pytest.fixture
def bucket(options: dict[str, object], tmp_path: Path) -> str:
    """URL of an empty bucket of this test."""
    import s3fs

    name = "lake-" + "".join(c for c in tmp_path.name.lower() if c.isalnum())[:50]
    filesystem = s3fs.S3FileSystem(**options)
    if filesystem.exists(name):
        filesystem.rm(name, recursive=True)
    filesystem.mkdir(name)
    return f"s3://{name}/in ner"


@pytest.fixture
def remote(bucket: str, options: dict[str, object], tmp_path: Path) -> RemoteStore:
    return RemoteStore(bucket, tmp_path / "cache", options)


@pytest.fixture(params=["folder", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "folder":
        return LocalStore(tmp_path / "lake")
    found: RemoteStore = request.getfixturevalue("remote")
    return found


class TestBothKinds:
    def test_what_is_written_is_read_back(self, store: Store) -> None:
        assert store.write("a/b c/ä.bin", b"\x00x")
        assert store.read("a/b c/ä.bin") == b"\x00x"
        assert store.exists("a/b c/ä.bin")
        assert not store.exists("a/b c")
        assert not store.exists("a/absent")

    def test_the_first_bytes_are_read_alone_and_a_whole_becomes_a_file(self, store: Store, tmp_path: Path) -> None:
        store.write("a/x", b"0123456789")
        assert store.head("a/x", 4) == b"0123"
        assert store.head("a/x", 99) == b"0123456789"
        store.fetch("a/x", tmp_path / "copy")
        assert (tmp_path / "copy").read_bytes() == b"0123456789"
        (tmp_path / "large").write_bytes(b"x" * 6_000_000)
        store.adopt("a/large", tmp_path / "large")
        store.fetch("a/large", tmp_path / "copy")
        assert (tmp_path / "copy").stat().st_size == 6_000_000

    def test_what_is_not_there_is_not_found_by_any_way_of_reading(self, store: Store, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError):
            store.head("a/absent", 4)
        with pytest.raises(FileNotFoundError):
            store.fetch("a/absent", tmp_path / "copy")

    def test_the_same_bytes_are_not_written_again(self, store: Store) -> None:
        assert store.write("a/x", b"one")
        before = store.entries("a")
        assert not store.write("a/x", b"one")
        assert store.entries("a") == before
        assert store.write("a/x", b"two")
        assert store.entries("a") != before

    def test_listings_hold_files_and_folders_apart_by_name(self, store: Store) -> None:
        for key in ("a/2.parquet", "a/1.parquet", "a/.hidden", "a/deep/3.parquet", "b/4"):
            store.write(key, key.encode())
        assert [(entry.name, entry.size) for entry in store.entries("a")] == [("1.parquet", 11), ("2.parquet", 11)]
        assert store.folders("a") == ["deep"]
        assert store.folders("") == ["a", "b"]
        assert store.entries("absent") == []
        assert store.folders("absent") == []

    def test_a_finished_file_is_adopted_whole(self, store: Store, tmp_path: Path) -> None:
        (tmp_path / "made.parquet").write_bytes(b"rows" * 1000)
        store.write("a/x", b"before")
        store.adopt("a/x", tmp_path / "made.parquet")
        assert store.read("a/x") == b"rows" * 1000
        assert not (tmp_path / "made.parquet").exists()

    def test_what_is_deleted_is_gone(self, store: Store) -> None:
        store.write("a/x", b"1")
        store.delete("a/x")
        store.delete("a/x")
        assert store.entries("a") == []
        with pytest.raises(FileNotFoundError):
            store.read("a/x")

    def test_local_gives_paths_with_the_files_names(self, store: Store) -> None:
        for name in ("x.parquet", "y.parquet"):
            store.write(f"a/{name}", name.encode())
        paths = store.local("a", store.entries("a"))
        assert [(path.name, path.read_bytes()) for path in paths] == [
            ("x.parquet", b"x.parquet"),
            ("y.parquet", b"y.parquet"),
        ]


def counted(store: RemoteStore, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The S3 operations that a store's client makes from now on."""
    calls: list[str] = []
    client = type(store._opened[0])
    original = client._call_s3

    async def call(self: object, method: str, *args: object, **more: object) -> object:
        calls.append(method)
        return await original(self, method, *args, **more)

    monkeypatch.setattr(client, "_call_s3", call)
    return calls


class TestRemote:
    def test_a_version_is_downloaded_once_and_an_old_path_keeps_its_content(
        self, remote: RemoteStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        remote.write("t/x", b"one")
        calls = counted(remote, monkeypatch)
        (old,) = remote.local("t", remote.entries("t"))
        assert calls.count("get_object") == 1
        assert remote.local("t", remote.entries("t")) == [old]
        assert calls.count("get_object") == 1
        remote.write("t/x", b"two")
        (new,) = remote.local("t", remote.entries("t"))
        assert (old.read_bytes(), new.read_bytes()) == (b"one", b"two")

    def test_a_file_replaced_after_it_was_listed_is_never_kept_under_the_old_version(self, remote: RemoteStore) -> None:
        remote.write("t/x", b"one")
        listed = remote.entries("t")
        remote.write("t/x", b"two")
        with pytest.raises(StoreUnreachable, match="replaced"):
            remote.local("t", listed)
        assert not [path for path in remote.cache.rglob("*") if path.is_file()]

    def test_another_client_sees_a_change_at_once(self, remote: RemoteStore, tmp_path: Path) -> None:
        other = RemoteStore(remote.url, tmp_path / "other", remote.options)
        for content in (b"one", b"two!"):
            remote.write("t/x", content)
            assert [path.read_bytes() for path in other.local("t", other.entries("t"))] == [content]
        remote.delete("t/x")
        assert other.entries("t") == []

    def test_a_bucket_that_does_not_exist_and_a_server_that_is_down_are_named_without_keys(
        self, options: dict[str, object], tmp_path: Path
    ) -> None:
        absent = RemoteStore("s3://no-such-bucket/x", tmp_path / "cache", options)
        assert absent.entries("t") == []
        with pytest.raises(StoreUnreachable, match="no-such-bucket/x does not exist"):
            absent.write("a", b"x")
        secret = {**options, "endpoint_url": "http://127.0.0.1:9", "secret": "hush-hush"}
        down = RemoteStore(
            "s3://lake/x", tmp_path / "cache", {**secret, "config_kwargs": {"retries": {"max_attempts": 1}}}
        )
        with pytest.raises(StoreUnreachable, match=r"s3://lake/x does not answer") as caught:
            down.entries("t")
        assert "hush-hush" not in str(caught.value)
        assert "hush-hush" not in repr(down)

    def test_what_nobody_asked_for_lately_leaves_the_cache(self, remote: RemoteStore) -> None:
        remote.write("t/x", b"one")
        (path,) = remote.local("t", remote.entries("t"))
        assert remote.prune(older_than=60) == 0
        os.utime(path, (1, 1))
        assert remote.prune(older_than=60) == 1
        assert remote.local("t", remote.entries("t")) == [path]
        assert path.read_bytes() == b"one"

    def test_readers_at_once_and_one_that_is_killed_leave_whole_files(self, remote: RemoteStore) -> None:
        content = os.urandom(8 * 2**20)
        remote.write("t/x", content)
        context = multiprocessing.get_context("spawn")
        readers = [context.Process(target=_read, args=(remote, "t")) for _ in range(3)]
        for reader in readers:
            reader.start()
        time.sleep(1.0)
        os.kill(readers[0].pid or 0, signal.SIGKILL)
        for reader in readers:
            reader.join()
        assert [reader.exitcode for reader in readers[1:]] == [0, 0]
        kept = [path for path in remote.cache.rglob("x") if path.is_file()]
        assert [path.read_bytes() == content for path in kept] == [True]


def _read(store: RemoteStore, folder: str) -> None:
    for _ in range(5):
        assert [path.stat().st_size for path in store.local(folder, store.entries(folder))] == [8 * 2**20]


class TestLake:
    @pytest.fixture
    def lake(self, remote: RemoteStore) -> Lake:
        return Lake(remote.cache, remote)

    def test_tables_stamps_and_raw_bytes(self, lake: Lake) -> None:
        assert lake.write("marts", "t", "chips", FRAME)
        assert not lake.write("marts", "t", "chips", FRAME)
        (path,) = lake.parts("marts", "t", "chips")
        assert path.stem == "t"
        assert pl.read_parquet(path).equals(FRAME)
        assert list(lake.tables("chips")) == [("marts", "t")]
        assert lake.read("staged", QUARANTINE, "chips").schema == QUARANTINE.schema
        assert lake.read_stamp("chips", "x") is None
        lake.write_stamp("chips", "x", {"ä": 1})
        assert lake.read_stamp("chips", "x") == {"ä": 1}
        assert lake.get_raw(lake.put_raw(b"bytes")) == b"bytes"
        with pytest.raises(NotFound, match="s3://"):
            lake.get_raw("abc")

    def test_fingerprints_come_from_the_stores_tags(self, lake: Lake, tmp_path: Path) -> None:
        lake.write("marts", "t", "chips", FRAME)
        before = lake.fingerprint("marts", "t", "chips")
        assert (
            Lake(tmp_path / "o", RemoteStore(lake.store.place(""), tmp_path / "o", lake.remote.options)).fingerprint(  # type: ignore[union-attr]
                "marts", "t", "chips"
            )
            == before
        )
        lake.write("marts", "t", "chips", FRAME.head(1))
        assert lake.fingerprint("marts", "t", "chips") != before

    def test_a_table_that_another_process_replaces_while_it_is_read_is_read_again(
        self, lake: Lake, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        lake.write("marts", "t", "chips", FRAME)
        original = RemoteStore.entries
        listings: list[list[Entry]] = []

        def list_then_lose(self: RemoteStore, folder: str) -> list[Entry]:
            found = original(self, folder)
            if not listings:
                lake.write("marts", "t", "chips", FRAME.head(1))
            listings.append(found)
            return found

        monkeypatch.setattr(RemoteStore, "entries", list_then_lose)
        assert [pl.read_parquet(path).height for path in lake.parts("marts", "t", "chips")] == [1]
        assert len(listings) == 2


def test_a_run_on_an_object_store_gives_the_bytes_of_a_run_on_a_folder(
    bucket: str, options: dict[str, object], tmp_path: Path, models_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import json

    from e2e.house import House, same_bytes

    reports = {}
    for name in ("folder", "s3"):
        if name == "s3":
            monkeypatch.setenv("MARKET_RESEARCH_LAKE_URL", bucket)
            monkeypatch.setenv("MARKET_RESEARCH_LAKE_OPTIONS", json.dumps(options))
        house = House(tmp_path / name)
        house.root.mkdir()
        (house.root / "models").symlink_to(models_folder)
        house.put_little("timber")
        assert [ran.unchanged for ran in house.run("timber")] == [False]
        reports[name] = house.report("timber")
    assert same_bytes(reports["folder"], reports["s3"]) == []
    assert not (tmp_path / "s3" / "lake").exists()
    linked = {row[0] for row in house.query("SELECT DISTINCT target_table FROM lineage")}
    marts = {f"marts.{name}" for name, table in house.workspace.sql_tables.items() if table.layer == "marts"}
    assert linked >= {"staged.facts", "clean.facts", "findings.findings", "editions.claims", *marts}
    assert house.query("SELECT DISTINCT operation, actor LIKE 'dagster run %' FROM audit_log") == [("receive", False)]
    dangling = "SELECT count(*) FROM record_links WHERE target_id NOT IN (SELECT target_id FROM record_links)"
    assert house.query(dangling) == [(0,)]
    assert house.query("SELECT count(*) > 0, count(valid_to) FROM facts_history") == [(True, 0)]
    lake = Workspace(Settings(home=tmp_path / "s3")).lake
    assert lake.remote is not None
    calls = counted(lake.remote, monkeypatch)
    assert [ran.unchanged for ran in house.run("timber")] == [True]
    assert len(calls) <= 35, sorted(calls)
    assert "put_object" not in calls


def test_the_doctor_says_whether_the_store_can_be_written(
    bucket: str, options: dict[str, object], tmp_path: Path
) -> None:
    from resources.doctor import examine

    def lake_row(url: str) -> tuple[str, str]:
        space = Workspace(Settings(home=tmp_path, lake_url=url, lake_options=options))
        (row,) = examine(space).filter(pl.col("subject") == "Lake").select("state", "detail").rows()
        return row[0], row[1]

    state, detail = lake_row(bucket)
    assert (state, bucket in detail) == ("ok", True)
    state, detail = lake_row("s3://no-such-bucket-here/x")
    assert (state, "make it first" in detail) == ("missing", True)


def test_the_setting_must_be_the_url_of_an_object_store() -> None:
    for wrong in ("/tmp/x", "file:///tmp/x"):
        with pytest.raises(ValueError, match="leave"):
            Settings(lake_url=wrong)
