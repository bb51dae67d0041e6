"""The inbox: what people drop there arrives whole and once, and what must not arrive is named with its reason."""

import errno
import os
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from market_research.cleaning.schema import DOCUMENTS, QUARANTINE
from market_research.errors import DiskFull
from resources import inbox
from resources.inbox import Collected, Scan, collect, scan, signature
from resources.lake import Lake
from resources.received import RECEIVED

KEY = "chips"
NOW = datetime(2026, 1, 2, tzinfo=UTC)
LATER = datetime(2026, 2, 3, tzinfo=UTC)
MEGABYTE = 2**20


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox" / KEY
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


def look(lake: Lake, folder: Path, now: datetime = NOW, *, max_bytes: int = MEGABYTE) -> Collected:
    return collect(lake, folder, KEY, max_bytes=max_bytes, now=now)


def documents(lake: Lake) -> dict[str, dict[str, object]]:
    return {row["path"]: row for row in lake.read(RECEIVED, DOCUMENTS, KEY).to_dicts()}


def quarantined(lake: Lake) -> dict[str, str]:
    return {row["uri"]: row["reason"] for row in lake.read("staged", QUARANTINE, KEY).to_dicts()}


def reasons(found: Collected) -> dict[str, str]:
    return {refusal.uri: refusal.reason for refusal in found.refusals}


def test_files_of_all_folders_arrive_with_their_bytes(lake: Lake, folder: Path) -> None:
    (folder / "deep" / "er").mkdir(parents=True)
    (folder / "a.csv").write_text("x\n1\n")
    (folder / "deep" / "er" / "b.txt").write_bytes(b"\x00\xff")
    found = look(lake, folder)
    assert found.new == ("a.csv", "deep/er/b.txt")
    listed = documents(lake)
    assert set(listed) == {"a.csv", "deep/er/b.txt"}
    assert lake.get_raw(str(listed["deep/er/b.txt"]["sha256"])) == b"\x00\xff"
    assert listed["a.csv"]["retrieved_at"] == NOW
    assert not found.refusals


def test_hidden_files_requests_and_sidecars_are_no_documents(lake: Lake, folder: Path) -> None:
    for name in (".hidden", "request.yaml", "sources.yaml"):
        (folder / name).write_text("{}")
    (folder / ".git").mkdir()
    (folder / ".git" / "config").write_text("x")
    assert look(lake, folder).documents == 0


class TestRefused:
    def test_empty_file(self, lake: Lake, folder: Path) -> None:
        (folder / "nothing.csv").touch()
        (folder / "good.csv").write_text("x")
        found = look(lake, folder)
        assert found.new == ("good.csv",)
        assert quarantined(lake) == {"nothing.csv": "is empty"}

    def test_file_that_is_too_large_is_not_read(
        self, lake: Lake, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with (folder / "giant.html").open("wb") as file:
            file.truncate(2 * MEGABYTE)
        original = Path.read_bytes
        monkeypatch.setattr(
            Path, "read_bytes", lambda path: pytest.fail("read") if path.name == "giant.html" else original(path)
        )
        found = look(lake, folder)
        assert "larger than 1 MB" in reasons(found)["giant.html"]
        assert "MARKET_RESEARCH_MAX_FILE_MB" in quarantined(lake)["giant.html"]

    @pytest.mark.parametrize("kind", ["file", "folder", "dangling"])
    def test_link_that_leads_out(self, lake: Lake, folder: Path, tmp_path: Path, kind: str) -> None:
        outside = tmp_path / "outside"
        outside.mkdir()
        (outside / "secret.txt").write_text("secret")
        target = {"file": outside / "secret.txt", "folder": outside, "dangling": tmp_path / "absent"}[kind]
        (folder / "link").symlink_to(target)
        found = look(lake, folder)
        assert found.documents == 0
        assert "leads out of the inbox" in quarantined(lake)["link"]
        assert not any(path.is_file() and path.read_bytes() == b"secret" for path in lake.root.rglob("*"))

    def test_link_within_the_inbox_is_the_same_document(self, lake: Lake, folder: Path) -> None:
        (folder / "b.txt").write_text("x")
        (folder / "a.txt").symlink_to(folder / "b.txt")
        found = look(lake, folder)
        assert found.new == ("a.txt",)
        assert reasons(found) == {"b.txt": "has the same content as a.txt"}

    def test_second_file_with_the_same_content(self, lake: Lake, folder: Path) -> None:
        (folder / "a.txt").write_text("x")
        (folder / "b.txt").write_text("x")
        (refusal,) = look(lake, folder).refusals
        assert (refusal.uri, refusal.reason) == ("b.txt", "has the same content as a.txt")
        assert refusal.document_id == documents(lake)["a.txt"]["document_id"]

    def test_name_that_is_no_text(self, lake: Lake, folder: Path) -> None:
        try:
            Path(os.fsdecode(os.fsencode(folder) + b"/\xff.csv")).write_text("x")
        except OSError:
            pytest.skip("this file system takes only names that are text")
        (folder / "good.csv").write_text("y")
        found = look(lake, folder)
        assert found.new == ("good.csv",)
        assert reasons(found) == {"\\xff.csv": "its name is not valid UTF-8; rename it"}

    @pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
    def test_file_without_the_right_to_read_it(self, lake: Lake, folder: Path) -> None:
        (folder / "locked.txt").write_text("x")
        (folder / "locked.txt").chmod(0)
        assert "cannot be read" in reasons(look(lake, folder))["locked.txt"]

    def test_refusal_keeps_its_first_time_and_goes_with_its_cause(self, lake: Lake, folder: Path) -> None:
        (folder / "nothing.csv").touch()
        look(lake, folder)
        look(lake, folder, LATER)
        (row,) = lake.read("staged", QUARANTINE, KEY).to_dicts()
        assert row["quarantined_at"] == NOW
        (folder / "nothing.csv").write_text("now something")
        look(lake, folder, LATER)
        assert not quarantined(lake)


class TestSidecar:
    def test_says_what_the_file_cannot(self, lake: Lake, folder: Path) -> None:
        (folder / "a.csv").write_text("x")
        (folder / "sources.yaml").write_text(
            "a.csv:\n  title: Annual results\n  publisher: 1843\n  kind: table\n  url: https://example.com/a\n"
            "  licence: CC-BY-4.0\n  published_at: 2025-02-26\n"
        )
        look(lake, folder)
        row = documents(lake)["a.csv"]
        assert (row["title"], row["publisher"], row["kind"]) == ("Annual results", "1843", "table")
        assert (row["uri"], row["licence"]) == ("https://example.com/a", "CC-BY-4.0")
        assert row["published_at"] == datetime(2025, 2, 26, tzinfo=UTC)

    @pytest.mark.parametrize("written", ["'2025-02-26'", "2025-02-26T10:00:00Z", "'2025-02-26T10:00:00'"])
    def test_dates_in_any_usual_form(self, lake: Lake, folder: Path, written: str) -> None:
        (folder / "a.csv").write_text("x")
        (folder / "sources.yaml").write_text(f"a.csv: {{published_at: {written}}}")
        look(lake, folder)
        published = documents(lake)["a.csv"]["published_at"]
        assert isinstance(published, datetime)
        assert published.date() == date(2025, 2, 26)
        assert published.tzinfo

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("a.csv: [unclosed", "not valid YAML"),
            ("a.csv: {published_at: 2024-13-45}", "not valid YAML"),
            ("a.csv: {published_at: soon}", "published_at must be a date"),
            ("a.csv: {published_at: 2024}", "published_at must be a date"),
            ("just text", "must map file names"),
            ("- a.csv", "must map file names"),
            ("a.csv: title", "may only have the fields"),
            ("a.csv: {headline: x}", "may only have the fields"),
            ("../../other/b.csv: {title: x}", "leads out of the inbox"),
            ("/etc/passwd: {title: x}", "leads out of the inbox"),
            ('"a\\0b": {title: x}', "no file can be called"),
            ("[" * 5000, "not valid YAML"),
        ],
    )
    def test_that_cannot_be_used_is_named_and_the_files_arrive(
        self, lake: Lake, folder: Path, text: str, reason: str
    ) -> None:
        (folder / "a.csv").write_text("x")
        (folder / "sources.yaml").write_text(text)
        found = look(lake, folder)
        assert found.new == ("a.csv",)
        assert reason in reasons(found)["sources.yaml"]

    @pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"a: \x00"])
    def test_that_is_no_text(self, lake: Lake, folder: Path, content: bytes) -> None:
        (folder / "sources.yaml").write_bytes(content)
        assert "not valid YAML" in reasons(look(lake, folder))["sources.yaml"]

    def test_that_is_a_link_out_is_not_read(self, lake: Lake, folder: Path, tmp_path: Path) -> None:
        (tmp_path / "secret").write_text("[secret")
        (folder / "sources.yaml").symlink_to(tmp_path / "secret")
        signature(folder, max_bytes=MEGABYTE)
        reason = reasons(look(lake, folder))["sources.yaml"]
        assert "leads out" in reason
        assert "secret" not in reason


class TestSecondLook:
    def test_reads_no_unchanged_file(self, lake: Lake, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("a.txt", "b.txt"):
            (folder / name).write_text(name)
        look(lake, folder)
        read: list[str] = []
        original = Path.read_bytes

        def reading(path: Path) -> bytes:
            if path.is_relative_to(folder):
                read.append(path.name)
            return original(path)

        monkeypatch.setattr(Path, "read_bytes", reading)
        assert look(lake, folder, LATER).new == ()
        (folder / "b.txt").write_text("changed")
        assert look(lake, folder, LATER).new == ("b.txt",)
        assert read == ["b.txt"]

    def test_leaves_the_list_as_it_is(self, lake: Lake, folder: Path) -> None:
        (folder / "a.txt").write_text("a")
        look(lake, folder)
        before = lake.fingerprint(RECEIVED, DOCUMENTS.name, KEY)
        look(lake, folder, LATER)
        assert lake.fingerprint(RECEIVED, DOCUMENTS.name, KEY) == before

    def test_changed_file_replaces_its_earlier_version_and_keeps_the_bytes(self, lake: Lake, folder: Path) -> None:
        (folder / "a.txt").write_text("first")
        look(lake, folder)
        first = documents(lake)["a.txt"]
        (folder / "a.txt").write_text("second")
        look(lake, folder, LATER)
        (second,) = documents(lake).values()
        assert second["document_id"] != first["document_id"]
        assert second["retrieved_at"] == LATER
        assert lake.get_raw(str(first["sha256"])) == b"first"

    def test_renamed_file_stays_one_document(self, lake: Lake, folder: Path) -> None:
        (folder / "a.txt").write_text("x")
        look(lake, folder)
        (folder / "a.txt").rename(folder / "z.txt")
        look(lake, folder, LATER)
        (row,) = documents(lake).values()
        assert (row["path"], row["retrieved_at"]) == ("z.txt", NOW)

    def test_removed_file_stays_received(self, lake: Lake, folder: Path) -> None:
        (folder / "a.txt").write_text("x")
        look(lake, folder)
        (folder / "a.txt").unlink()
        assert look(lake, folder, LATER).documents == 1


class TestCrash:
    """Whatever is killed between two writes, the next look makes whole."""

    @pytest.mark.parametrize("nth", [1, 2])
    def test_between_writes(self, lake: Lake, folder: Path, monkeypatch: pytest.MonkeyPatch, nth: int) -> None:
        (folder / "a.txt").write_text("first")
        (folder / "nothing.csv").touch()
        look(lake, folder)
        (folder / "a.txt").write_text("second")
        original, calls = Lake.write, 0

        def failing(self: Lake, *args: object, **more: object) -> bool:
            nonlocal calls
            calls += 1
            if calls == nth:
                raise OSError("No space left on device")
            return original(self, *args, **more)  # type: ignore[arg-type]

        with monkeypatch.context() as patch:
            patch.setattr(Lake, "write", failing)
            with pytest.raises(OSError, match="No space"):
                look(lake, folder, LATER)
        for part in lake.root.rglob("*.parquet"):
            pl.read_parquet(part)
        assert not list(lake.root.rglob("*.tmp"))
        look(lake, folder, LATER)
        (row,) = documents(lake).values()
        assert lake.get_raw(str(row["sha256"])) == b"second"
        assert set(quarantined(lake)) == {"nothing.csv"}

    def test_while_a_table_is_written_leaves_the_old_one(
        self, lake: Lake, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (folder / "a.txt").write_text("first")
        look(lake, folder)
        before = documents(lake)
        (folder / "a.txt").write_text("second")

        def half(path: Path, content: bytes) -> int:
            with path.open("wb") as file:
                file.write(content[: len(content) // 2])
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(Path, "write_bytes", half)
            with pytest.raises(KeyboardInterrupt):
                look(lake, folder, LATER)
        assert documents(lake) == before


def test_signature_changes_with_the_folder(folder: Path) -> None:
    seen = [signature(folder, max_bytes=MEGABYTE)]
    (folder / "a.txt").write_text("x")
    seen.append(signature(folder, max_bytes=MEGABYTE))
    (folder / "a.txt").write_text("xy")
    seen.append(signature(folder, max_bytes=MEGABYTE))
    (folder / "sources.yaml").write_text("a.txt: {title: x}")
    seen.append(signature(folder, max_bytes=MEGABYTE))
    assert len(set(seen)) == 4
    assert signature(folder, max_bytes=MEGABYTE) == seen[-1]


def test_folder_that_is_not_there_is_empty(tmp_path: Path) -> None:
    assert scan(tmp_path / "absent", max_bytes=1) == Scan()


@pytest.mark.parametrize("streamed", [0, inbox.STREAMED_BYTES])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_called_so_and_blames_no_file(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, streamed: int, code: int
) -> None:
    folder = tmp_path / "full"
    folder.mkdir()
    (folder / "a.txt").write_text("one")

    def full(*_: object, **__: object) -> None:
        raise OSError(code, "no space")

    monkeypatch.setattr(inbox, "STREAMED_BYTES", streamed)
    with monkeypatch.context() as patch:
        patch.setattr("shutil.copyfile" if not streamed else "market_research.files.os.replace", full)
        with pytest.raises(DiskFull, match=r"The disk is full while a\.txt is copied .* run again"):
            collect(lake, folder, "chips", max_bytes=2**20)
    assert collect(lake, folder, "chips", max_bytes=2**20).new == ("a.txt",), "the next look takes it"
