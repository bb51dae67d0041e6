"""The version of what turns evidence into reports: hash of code, SQL and templates, part of every edition's inputs."""

import hashlib
from functools import cache
from pathlib import Path

from market_research.settings import PROJECT_ROOT

FOLDERS = ("market_research", "resources", "sql", "templates")
SUFFIXES = {".py", ".sql", ".yaml", ".j2", ".css", ".html", ".md"}


@cache
def code_version(*, root: Path = PROJECT_ROOT, folders: tuple[str, ...] = FOLDERS) -> str:
    """Hex SHA-256 over the names and bytes of all files that decide what a report says and how it looks."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in SUFFIXES and path.is_file():
                digest.update(path.relative_to(root).as_posix().encode())
                digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
