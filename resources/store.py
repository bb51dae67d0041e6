"""Where the lake's files lie: a folder of this machine, or any object store that fsspec can reach.

Keys are paths with ``/``, relative to the store's root. A write is seen whole or not at all; whoever must read a
file through a library that wants a path asks for ``local``.
"""

import hashlib
import os
import re
import shutil
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from market_research import files
from market_research.errors import MarketResearchError

# Object stores that give the MD5 of the content as a file's tag; parts uploaded in pieces have a dash in theirs.
_MD5 = re.compile(r"[0-9a-f]{32}")
_TAGS = ("ETag", "etag", "md5Hash", "crc32c", "content_md5")
DOWNLOADS = 32


class StoreUnreachable(MarketResearchError):
    """The object store does not answer, or refuses."""


class Replaced(StoreUnreachable):
    """A listed file was replaced before it could be read."""


@dataclass(frozen=True)
class Entry:
    """A file in a listing; ``version`` changes whenever its content does."""

    name: str
    size: int
    version: str


class Store(Protocol):
    """Files by key."""

    def read(self, key: str) -> bytes:
        """Raises FileNotFoundError."""
        ...

    def head(self, key: str, size: int) -> bytes:
        """The first bytes. Raises FileNotFoundError."""
        ...

    def fetch(self, key: str, path: Path) -> None:
        """Copy a file to a path of this machine; for what is too large to pass as bytes. Raises FileNotFoundError."""
        ...

    def write(self, key: str, content: bytes) -> bool:
        """Atomically; False, touching nothing, if the file already holds these bytes."""
        ...

    def adopt(self, key: str, path: Path) -> None:
        """Move a finished file of this machine to a key, as a whole; for what is too large to pass as bytes."""
        ...

    def entries(self, folder: str) -> list[Entry]:
        """Visible files directly in a folder, by name; none if it does not exist."""
        ...

    def folders(self, folder: str) -> list[str]:
        """Names of visible folders directly in a folder, sorted."""
        ...

    def delete(self, key: str) -> None:
        """What is not there is no error."""
        ...

    def exists(self, key: str) -> bool: ...

    def local(self, folder: str, entries: Sequence[Entry]) -> list[Path]:
        """Where listed files can be read on this machine, each under its own name."""
        ...

    def place(self, key: str) -> str:
        """Path or URL, for people."""
        ...


@dataclass(frozen=True)
class LocalStore:
    """A folder."""

    root: Path

    def read(self, key: str) -> bytes:
        return (self.root / key).read_bytes()

    def head(self, key: str, size: int) -> bytes:
        with (self.root / key).open("rb") as file:
            return file.read(size)

    def fetch(self, key: str, path: Path) -> None:
        shutil.copyfile(self.root / key, path)

    def write(self, key: str, content: bytes) -> bool:
        return files.write_bytes(self.root / key, content)

    def adopt(self, key: str, path: Path) -> None:
        with files.replacing(self.root / key) as temporary:
            shutil.move(path, temporary)

    def entries(self, folder: str) -> list[Entry]:
        try:
            with os.scandir(self.root / folder) as found:
                states = [(item.name, item.stat()) for item in found if item.is_file() and item.name[0] != "."]
        except FileNotFoundError:
            return []
        return sorted(
            (Entry(name, state.st_size, str(state.st_mtime_ns)) for name, state in states),
            key=lambda entry: entry.name,
        )

    def folders(self, folder: str) -> list[str]:
        try:
            with os.scandir(self.root / folder) as found:
                return sorted(item.name for item in found if item.is_dir() and item.name[0] != ".")
        except FileNotFoundError:
            return []

    def delete(self, key: str) -> None:
        (self.root / key).unlink(missing_ok=True)

    def exists(self, key: str) -> bool:
        return (self.root / key).is_file()

    def local(self, folder: str, entries: Sequence[Entry]) -> list[Path]:
        return [self.root / folder / entry.name for entry in entries]

    def place(self, key: str) -> str:
        return str(self.root / key)


@dataclass(frozen=True)
class RemoteStore:
    """An object store, with a folder of this machine in which what was read is kept by its version.

    The cache is ``<cache>/<folder>/<version>/<name>``: a file of another version has another path, so a reader that
    was given one never sees it change. Nothing is believed of the cache that a listing did not say just now.
    """

    url: str
    cache: Path
    options: Mapping[str, Any] = field(default_factory=dict, repr=False)  # may hold keys

    @cached_property
    def _opened(self) -> tuple[Any, str]:
        import fsspec

        with self._answering():
            # Other processes write too: a listing that fsspec remembers would hide what they did.
            options = {"use_listings_cache": False, **deepcopy(dict(self.options))}
            opened: tuple[Any, str] = fsspec.core.url_to_fs(self.url, **options)
        return opened

    @contextmanager
    def _answering(self) -> Generator[None]:
        """Whatever an object store's client raises, other than that a file is absent, becomes one sentence."""
        try:
            yield
        except (FileNotFoundError, MarketResearchError):
            raise
        except ImportError as error:
            raise StoreUnreachable(
                f'The lake at {self.url} needs a library that is not here ({error}); install the extra "s3" for S3.'
            ) from error
        except Exception as error:
            raise StoreUnreachable(
                f"The lake at {self.url} does not answer ({type(error).__name__}: {' '.join(str(error).split())}); "
                "check MARKET_RESEARCH_LAKE_URL, its options and credentials, and that the service is up."
            ) from error

    def _path(self, key: str) -> str:
        return f"{self._opened[1].rstrip('/')}/{key}".rstrip("/")

    def read(self, key: str) -> bytes:
        with self._answering():
            content: bytes = self._opened[0].cat_file(self._path(key))
        return content

    def head(self, key: str, size: int) -> bytes:
        with self._answering():
            content: bytes = self._opened[0].cat_file(self._path(key), start=0, end=size)
        return content

    def fetch(self, key: str, path: Path) -> None:
        with self._answering():
            self._opened[0].get_file(self._path(key), str(path))

    def write(self, key: str, content: bytes) -> bool:
        entry = self._entry(key)
        if entry is not None and entry.size == len(content) and self._holds(key, entry, content):
            return False
        with self._answering():
            try:
                self._opened[0].pipe_file(self._path(key), content)
            except FileNotFoundError as error:
                raise StoreUnreachable(f"The lake's bucket {self.url} does not exist; make it first.") from error
        return True

    def adopt(self, key: str, path: Path) -> None:
        with self._answering():
            self._opened[0].put_file(str(path), self._path(key))
        path.unlink()

    def _holds(self, key: str, entry: Entry, content: bytes) -> bool:
        if _MD5.fullmatch(entry.version):
            return _md5(content) == entry.version
        return self.read(key) == content

    def _entry(self, key: str) -> Entry | None:
        with self._answering():
            try:
                found = self._opened[0].info(self._path(key))
            except FileNotFoundError:
                return None
        return _as_entry(found) if found["type"] == "file" else None

    def _listing(self, folder: str) -> list[dict[str, Any]]:
        with self._answering():
            try:
                found: list[dict[str, Any]] = self._opened[0].ls(self._path(folder), detail=True)
            except FileNotFoundError:
                return []
        own = self._path(folder)
        return [item for item in found if item["name"].strip("/") != own.strip("/")]

    def entries(self, folder: str) -> list[Entry]:
        entries = [_as_entry(item) for item in self._listing(folder) if item["type"] == "file"]
        return sorted((entry for entry in entries if entry.name[0] != "."), key=lambda entry: entry.name)

    def folders(self, folder: str) -> list[str]:
        names = [_name(item) for item in self._listing(folder) if item["type"] == "directory"]
        return sorted(name for name in names if name[0] != ".")

    def delete(self, key: str) -> None:
        with self._answering():
            try:
                self._opened[0].rm_file(self._path(key))
            except FileNotFoundError:
                return

    def exists(self, key: str) -> bool:
        return self._entry(key) is not None

    def local(self, folder: str, entries: Sequence[Entry]) -> list[Path]:
        targets = [self._cached(folder, entry) for entry in entries]
        absent = [entry for entry, target in zip(entries, targets, strict=True) if not target.is_file()]
        for start in range(0, len(absent), DOWNLOADS):
            self._download(folder, absent[start : start + DOWNLOADS])
        now = time.time()
        for target in targets:
            os.utime(target, (now, now))  # what is in use is not pruned
        return targets

    def _cached(self, folder: str, entry: Entry) -> Path:
        return self.cache / folder / hashlib.sha256(entry.version.encode()).hexdigest()[:16] / entry.name

    def _download(self, folder: str, entries: Sequence[Entry]) -> None:
        paths = {self._path(f"{folder}/{entry.name}"): entry for entry in entries}
        with self._answering():
            found = self._opened[0].cat(list(paths), on_error="raise")
        contents = found if isinstance(found, dict) else {next(iter(paths)): found}
        for path, content in contents.items():
            entry = paths[path] if path in paths else paths[f"/{path}"]
            if not _is_version(content, entry) and self._entry(f"{folder}/{entry.name}") != entry:
                raise Replaced(f"{self.place(f'{folder}/{entry.name}')} was replaced while it was read; try again.")
            files.write_bytes(self._cached(folder, entry), content)

    def place(self, key: str) -> str:
        return f"{self.url.rstrip('/')}/{key}"

    def prune(self, *, older_than: float) -> int:
        """Delete cached files that nobody asked for in so many seconds; returns how many."""
        removed = 0
        for base, _, names in os.walk(self.cache, topdown=False):
            for path in (Path(base) / name for name in names):
                if _age(path) >= older_than:
                    path.unlink(missing_ok=True)
                    removed += 1
            if _age(Path(base)) >= older_than:
                with suppress(OSError):  # not empty
                    Path(base).rmdir()
        return removed


def _age(path: Path) -> float:
    try:
        return time.time() - path.lstat().st_mtime
    except FileNotFoundError:
        return 0.0


def _name(info: Mapping[str, Any]) -> str:
    return str(info["name"]).rstrip("/").rpartition("/")[2]


def _as_entry(info: Mapping[str, Any]) -> Entry:
    """The store's own tag as version; where it has none, all that it says about time."""
    tag = next((str(info[name]).strip('"') for name in _TAGS if info.get(name)), "")
    times = [
        str(info[name]) for name in ("LastModified", "last_modified", "mtime", "created", "updated") if name in info
    ]
    return Entry(_name(info), int(info["size"] or 0), tag or " ".join(times))


def _md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def _is_version(content: bytes, entry: Entry) -> bool:
    """True if the content itself proves that it is of this version."""
    return _MD5.fullmatch(entry.version) is not None and _md5(content) == entry.version
