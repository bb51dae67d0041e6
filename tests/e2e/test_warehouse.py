"""The warehouse: analysts read while runs write, runs wait for each other, and nobody writes through ``sql``."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import polars as pl
import pytest

from e2e.conftest import INDUSTRY, LITTLE
from e2e.house import House

pytestmark = pytest.mark.usefixtures("light_reports")

# An analyst's session as the command line opens it: answers one query a line, on one connection, until it is closed.
SESSION = """
import sys
from pathlib import Path
from resources.warehouse import Warehouse
with Warehouse(Path(sys.argv[1])).connect() as connection:
    for line in sys.stdin:
        print(connection.execute(line).fetchall(), flush=True)
"""


class Analyst:
    """Another process with an open read-only session."""

    def __init__(self, house: House) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", SESSION, str(house.root / "warehouse.duckdb")],
            env=house.env(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def ask(self, query: str) -> str:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(query + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline()

    def leave(self) -> None:
        self.process.communicate()


@pytest.fixture
def analyst(house: House) -> Iterator[Analyst]:
    session = Analyst(house)
    yield session
    session.leave()


def test_an_open_session_stops_no_run_and_sees_the_old_state_until_it_reopens(house: House, analyst: Analyst) -> None:
    everything = (
        "SELECT (SELECT sum(value) FROM facts), (SELECT count(*) FROM editions), (SELECT sum(share_pct * revenue_usd) "
        "FROM market_share), (SELECT string_agg(claim_id, '' ORDER BY claim_id) FROM claims)"
    )
    with duckdb.connect(str(house.root / "warehouse.duckdb"), read_only=True) as plain:
        before = plain.execute(everything).fetchall()
        assert analyst.ask(everything) == f"{before}\n"
        house.put_little(LITTLE, extra=7)
        assert not house.run(LITTLE)[0].unchanged
        assert plain.execute(everything).fetchall() == before
        assert analyst.ask(everything) == f"{before}\n"
    after = house.query(everything)
    assert after[0][1] == before[0][1] + 1
    assert after != before
    assert analyst.ask(everything) == f"{before}\n"


@pytest.mark.long
def test_runs_at_once_of_two_industries_and_of_one_twice_all_succeed(house: House) -> None:
    for industry in ("north", "south"):
        house.put_little(industry)
    running = [house.start("run", "--industry", industry) for industry in ("north", "south", "north")]
    printed = [process.communicate(timeout=200)[0] for process in running]
    assert [process.returncode for process in running] == [0, 0, 0], printed
    rows = house.query("SELECT industry, count(*) FROM editions GROUP BY industry ORDER BY industry")
    assert rows == [("north", 1), ("south", 1), (INDUSTRY, 1), (LITTLE, 1)]
    assert house.query("SELECT count(*) FROM market_share WHERE industry IN ('north', 'south')") == [(32,)]


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO industries SELECT * FROM industries",
        "DELETE FROM facts",
        "UPDATE facts SET value = 0",
        "DROP TABLE facts",
        "CREATE TABLE mine AS SELECT 1",
        "COPY facts TO '{folder}/out.csv'",
        "EXPORT DATABASE '{folder}/out'",
        "SELECT * FROM read_csv('{folder}/secret.csv')",
        "SELECT * FROM '{folder}/secret.csv'",
        "SELECT * FROM read_text('{folder}/secret.csv')",
        "SELECT * FROM glob('{folder}/*')",
        "ATTACH '{folder}/other.duckdb'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SELECT 1; DELETE FROM facts",
    ],
)
def test_through_sql_nothing_can_be_changed_and_no_other_file_reached(
    finished: House, tmp_path: Path, statement: str
) -> None:
    from market_research.errors import InvalidInput

    (tmp_path / "secret.csv").write_text("secret\n1\n")
    warehouse = finished.root / "warehouse.duckdb"
    before = warehouse.read_bytes()
    with pytest.raises(InvalidInput, match="The warehouse refuses this query"):
        finished.workspace.warehouse.query(statement.format(folder=tmp_path))
    assert warehouse.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "home") == ["secret.csv"]


def test_an_industry_that_is_removed_leaves_with_the_next_publication(house: House) -> None:
    house.workspace.registry.remove(INDUSTRY)
    house.put_little(LITTLE, extra=4)
    house.run(LITTLE)
    for table in ("industries", "facts", "claims", "market_share", "documents"):
        assert house.query(f"SELECT DISTINCT industry FROM {table}") == [(LITTLE,)], table


def test_a_broken_warehouse_is_made_again_from_the_lake(house: House) -> None:
    (house.root / "warehouse.duckdb").write_bytes(b"not a database")
    house.put_little(LITTLE, extra=5)
    house.run(LITTLE)
    assert house.query("SELECT count(*) FROM editions WHERE industry = ?", [LITTLE]) == [(2,)]


def test_the_contract_tables_have_their_columns(finished: House) -> None:
    from market_research.cleaning.schema import TABLES
    from resources.warehouse import CONTRACT_LAYERS

    described = finished.query("SELECT table_name, column_name, comment FROM duckdb_columns() WHERE NOT internal")
    for name in (*CONTRACT_LAYERS, "industries"):
        table = TABLES[name]
        columns = {column: comment for of, column, comment in described if of == name}
        assert set(columns) >= set(table.schema), name
        assert all(columns[column] for column in table.schema), name


def test_results_leave_as_csv_json_and_parquet(finished: House, tmp_path: Path) -> None:
    query = "SELECT fact_id, value, entity FROM facts WHERE industry = 'timber' AND metric = 'revenue' ORDER BY ALL"
    rows = [tuple(row) for row in finished.query(query)]
    assert rows
    (tmp_path / "out.csv").write_text(finished.cli("sql", query, "--format", "csv").stdout)
    assert pl.read_csv(tmp_path / "out.csv").rows() == rows
    assert [tuple(row.values()) for row in json.loads(finished.cli("sql", query, "--format", "json").stdout)] == rows
    command = [sys.executable, "-m", "market_research.cli", "sql", query, "--format", "parquet"]
    (tmp_path / "out.parquet").write_bytes(subprocess.check_output(command, env=finished.env()))
    assert pl.read_parquet(tmp_path / "out.parquet").rows() == rows
