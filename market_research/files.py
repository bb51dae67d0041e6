"""Writing files so that a reader, or a kill at any moment, never meets half of one."""

import errno
import hashlib
import os
import re
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from market_research.errors import DiskFull

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
# ``.name.pid-random.tmp``, and the journal that DuckDB keeps beside a file that it writes.
LEFTOVER = re.compile(r"^\..+?(?:\.(?P<pid>\d+)-[0-9a-f]+)?\.tmp(?:\.wal)?$")


def temporary_path(target: Path) -> Path:
    """A hidden name beside ``target`` that no one else uses; it tells which process made it."""
    return target.with_name(f".{target.name}.{os.getpid()}-{uuid.uuid4().hex[:8]}.tmp")


@contextmanager
def room_for(what: str, place: str) -> Iterator[None]:
    """Say so where the disk, or the share of it that one may use, is full.

    Raises:
        DiskFull: while ``what`` was written to ``place``.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise DiskFull(
            f"The disk is full while {what} is copied to {place}: free some room there and run again; what was copied "
            "before is kept, the rest waits in its folder."
        ) from error


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """A temporary path beside ``target`` to write to; renamed over it on success, removed on failure."""
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = temporary_path(target)
    try:
        yield temporary
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def scratch(near: Path) -> Iterator[Path]:
    """A temporary path beside ``near`` that is gone afterwards."""
    temporary = temporary_path(near)
    try:
        yield temporary
    finally:
        temporary.unlink(missing_ok=True)


def write_bytes(target: Path, content: bytes) -> bool:
    """Write atomically; returns False, touching nothing, if the file already holds these bytes."""
    if target.is_file() and target.stat().st_size == len(content) and target.read_bytes() == content:
        return False
    with replacing(target) as temporary:
        temporary.write_bytes(content)
    return True


def copy(source: Path, target: Path) -> bool:
    """As ``write_bytes``, from a file of any size."""
    size = source.stat().st_size
    if target.is_file() and target.stat().st_size == size and sha256_file(target) == sha256_file(source):
        return False
    with replacing(target) as temporary:
        shutil.copyfile(source, temporary)
    return True


def sha256_file(path: Path) -> str:
    """Hex SHA-256 of a file, read in chunks."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_alive(pid: int) -> bool:
    """True if a process of this id runs on this machine."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def remove_leftovers(folder: Path, *, older_than: float = 0.0) -> int:
    """Delete temporary files and folders that killed processes left under ``folder``; returns how many.

    What was touched in the last ``older_than`` seconds stays, and so does what a living process made.
    """
    removed = 0
    for base, names, found in os.walk(folder):
        for name in [*names, *found]:
            path = Path(base) / name
            if not is_leftover(path, older_than=older_than):
                continue
            if name in names:
                names.remove(name)
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
            removed += 1
    return removed


def is_leftover(path: Path, *, older_than: float) -> bool:
    """True for a temporary file or folder that no living process made and that was not touched lately."""
    match = LEFTOVER.match(path.name)
    if match is None or (match["pid"] and is_alive(int(match["pid"]))):
        return False
    try:
        return time.time() - path.lstat().st_mtime >= older_than
    except FileNotFoundError:
        return False
