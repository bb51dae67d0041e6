"""A reader that looks at a data home again and again while others write to it, as a process of its own.

``python watcher.py HOME STOP`` looks until the file STOP exists, then prints one JSON object: how many states of
the warehouse it saw, what was wrong with any of them, and the hashes of every report file that it met.
"""

import hashlib
import json
import sys
import time
import zipfile
from io import BytesIO
from pathlib import Path

import duckdb
import polars as pl

TABLES = {
    "industries", "documents", "quarantine", "entities", "facts", "passages", "findings", "claims", "editions",
    "llm_calls", "security_events", "market_share", "market_size", "company_growth",
}  # fmt: skip
# Rows of an industry's newest edition that point at something which is not there.
NEWEST = "SELECT industry, max_by(edition_id, created_at) AS edition_id FROM editions GROUP BY ALL"
DANGLING = {
    "facts of claims": f"""SELECT f.id FROM claims SEMI JOIN ({NEWEST}) USING (industry, edition_id),
        unnest(fact_ids) AS f(id) WHERE verdict = 'kept' AND id NOT IN (SELECT fact_id FROM facts)""",
    "findings of claims": f"""SELECT f.id FROM claims SEMI JOIN ({NEWEST}) USING (industry, edition_id),
        unnest(finding_ids) AS f(id) WHERE verdict = 'kept' AND id NOT IN (SELECT finding_id FROM findings)""",
    "passages of claims": f"""SELECT f.id FROM claims SEMI JOIN ({NEWEST}) USING (industry, edition_id),
        unnest(passage_ids) AS f(id) WHERE verdict = 'kept' AND id NOT IN (SELECT passage_id FROM passages)""",
    "facts of findings": """SELECT f.id FROM findings, unnest(fact_ids) AS f(id)
        WHERE id NOT IN (SELECT fact_id FROM facts)""",
    "documents of facts": """SELECT document_id FROM facts WHERE document_id IS NOT NULL
        AND (industry, document_id) NOT IN (SELECT (industry, document_id) FROM documents)""",
    "editions of claims": "SELECT edition_id FROM claims WHERE edition_id NOT IN (SELECT edition_id FROM editions)",
    "industries of editions": "SELECT industry FROM editions WHERE industry NOT IN (SELECT industry FROM industries)",
    "claims of editions": "SELECT edition_id FROM editions WHERE edition_id NOT IN (SELECT edition_id FROM claims)",
    "shares of editions": "SELECT industry FROM editions WHERE industry NOT IN (SELECT industry FROM market_share)",
}


class Watcher:
    """What one reader has seen so far."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.seen: dict[Path, tuple[int, int]] = {}
        self.states = 0
        self.problems: list[str] = []
        self.hashes: dict[str, set[str]] = {}

    def look(self) -> None:
        """One look at everything that changed since the last."""
        warehouse = self.home / "warehouse.duckdb"
        if warehouse.is_file() and self.is_new(warehouse):
            self.states += 1
            self.guard(warehouse, self.check_warehouse)
        for path in sorted((self.home / "reports").glob("*/[!.]*/*")):
            if self.is_new(path):
                self.guard(path, self.check_report)
        for path in (self.home / "lake").rglob("[!.]*.parquet"):
            if self.is_new(path):
                self.guard(path, self.check_table)

    def is_new(self, path: Path) -> bool:
        """True once for every version of a file."""
        try:
            status = path.stat()
        except FileNotFoundError:
            return False
        state = (status.st_ino, status.st_mtime_ns)
        known = self.seen.get(path) == state
        self.seen[path] = state
        return not known

    def guard(self, path: Path, check) -> None:  # type: ignore[no-untyped-def]
        try:
            check(path)
        except Exception as error:  # noqa: BLE001  # whatever a reader would have met
            if path.exists():
                self.problems.append(f"{path.relative_to(self.home)}: {type(error).__name__}: {error}")

    def check_warehouse(self, path: Path) -> None:
        with duckdb.connect(str(path), read_only=True) as connection:
            tables = {row[0] for row in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
            assert tables >= TABLES, f"tables missing: {TABLES - tables}"
            for name, query in DANGLING.items():
                rows = connection.execute(query).fetchall()
                assert not rows, f"{name}: {rows[:3]}"
            columns = "json_path, html_path, pdf_path, docx_path, md_path"
            for row in connection.execute(f"SELECT {columns} FROM editions").fetchall():
                for name in row:
                    assert (self.home / name).is_file(), f"{name} is listed but not there"

    def check_report(self, path: Path) -> None:
        names = {sibling.name for sibling in path.parent.iterdir()}
        assert names == {f"report.{kind}" for kind in ("json", "md", "html", "pdf", "docx")}, (
            f"the folder holds {names}"
        )
        content = path.read_bytes()
        kind = path.suffix
        if kind == ".json":
            json.loads(content)
        elif kind == ".pdf":
            assert content.startswith(b"%PDF")
            assert content.rstrip().endswith(b"%%EOF")
        elif kind == ".docx":
            assert zipfile.ZipFile(BytesIO(content)).testzip() is None
        elif kind == ".html":
            assert content.rstrip().endswith(b"</html>")
        self.hashes.setdefault(path.relative_to(self.home).as_posix(), set()).add(hashlib.sha256(content).hexdigest())

    def check_table(self, path: Path) -> None:
        try:
            pl.read_parquet(path)
        except FileNotFoundError:
            self.seen.pop(path, None)


def main(home: Path, stop: Path) -> None:
    watcher = Watcher(home)
    while not stop.exists():
        watcher.look()
        time.sleep(0.02)  # between two looks: a reader that never pauses would take the writer's processor
    watcher.look()
    hashes = {name: sorted(values) for name, values in watcher.hashes.items()}
    print(json.dumps({"states": watcher.states, "problems": watcher.problems, "hashes": hashes}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
