"""Prices to gaps and alerts, timed: `make bench NAME=pricing`.

Writes price records of own offers and of two rivals' for each, staged as a CSV of them would be, and runs the SQL files
from there: prices converted and judged, gaps, places among equivalents, alerts, each written as a table with the place
of every price in its document. Beside it plain DuckDB computes gaps and alerts from the same Parquet files, twice: by
the same rules (of prices at one moment the last one counts, absurd ones do not), and taking all records for clean.
Neither has rates of exchange or places, and of both only gaps and alerts are written. Each run is a process of its
own; medians of three, in turns.

Prints the scaling curve, and as the last line one JSON object: ratio_to_duckdb (seconds over those of plain DuckDB by
the same rules, at 10 million rows), ratio_to_unruled (over those that take records for clean), rows_per_s, peak_mb.
ARGS="--rows 1000000" measures up to so many rows.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import polars as pl

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from market_research.cleaning.schema import DOCUMENTS, PRICE_RECORDS, PRODUCT_MATCHES, PRODUCT_RECORDS
from market_research.commerce.identifiers import NO_OFFERS, offers
from market_research.commerce.terms import CommerceTerms, references
from market_research.settings import SQL_FOLDER
from market_research.sqlfiles import read_all
from resources.lake import Lake
from resources.lake_sql import run_sql_table

KEY, DOCUMENT = "bench", "doc_0123456789abcdef"
ROWS = (1_000_000, 3_000_000, 10_000_000)
MOMENTS = 500
"""Prices of each offer: one a day, of which one in fourteen is another than the day before."""
ROUNDS = 3
PLACES = ("own", "greenbay", "northmart")
RECORDS = f"""
SET enable_progress_bar = false;
SELECT setseed(0.42);
CREATE TABLE shown AS
SELECT
    o // {MOMENTS} AS offer, o % {MOMENTS} AS day,
    round(20 + (hash(o // {MOMENTS} // 3) % 400) / 4
        + (hash(o // {MOMENTS}, (o % {MOMENTS}) // 14) % 100) / 20, 2)::DOUBLE AS price
FROM range({{rows}}) AS t (o);
COPY (
    SELECT
        '{KEY}' AS industry, '{DOCUMENT}' AS document_id, NULL::BIGINT AS row_number, NULL::VARCHAR AS locator,
        NULL::VARCHAR AS tenant, nullif(['own', 'greenbay', 'northmart'][1 + offer % 3], 'own') AS marketplace,
        'S' || offer AS sku, price, NULL::DOUBLE AS list_price, 'USD' AS currency,
        (TIMESTAMP '2024-01-01 05:00:00' + INTERVAL (day) DAY)::TIMESTAMPTZ AS observed_at
    FROM shown ORDER BY day, offer
) TO '{{path}}' (FORMAT PARQUET, COMPRESSION ZSTD)
"""
OURS = """
import sys, time
from pathlib import Path
from market_research.settings import SQL_FOLDER
from market_research.sqlfiles import read_all
from resources.lake import Lake
from resources.lake_sql import run_sql_table
tables = read_all(SQL_FOLDER)
lake = Lake(Path(sys.argv[1]))
start = time.perf_counter()
for name in ("currency_rates", "product_prices", "price_gaps", "price_positions", "price_alerts"):
    run_sql_table(lake, "bench", tables[name], tables)
seconds = time.perf_counter() - start
"""
PLAIN = """
import sys, time
import duckdb
records, matches, offers, out, ruled = sys.argv[1:6]
prices = f"SELECT o.product_id, o.place, r.price, r.observed_at FROM read_parquet('{records}') AS r " \\
    f"JOIN read_parquet('{offers}') AS o ON o.sku = r.sku AND o.marketplace IS NOT DISTINCT FROM r.marketplace"
if ruled == "ruled":
    prices = prices.replace("r.observed_at FROM", "r.observed_at, r.file_row_number FROM").replace(
        "parquet')", "parquet', file_row_number = true)", 1
    ) + " QUALIFY row_number() OVER (PARTITION BY o.product_id, r.observed_at ORDER BY r.file_row_number DESC) = 1"
    prices = f"WITH p AS ({prices}), m AS (SELECT product_id, median(price) AS middle FROM p GROUP BY product_id) " \\
        "SELECT product_id, place, price, observed_at FROM p JOIN m USING (product_id) " \\
        "WHERE price BETWEEN middle / 10 AND middle * 10"
start = time.perf_counter()
with duckdb.connect() as connection:
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(f"CREATE {'TABLE' if ruled == 'ruled' else 'VIEW'} prices AS {prices}")
    connection.execute(f'''
        COPY (
            WITH steps AS (
                SELECT *, lag(price) OVER (PARTITION BY product_id ORDER BY observed_at) AS old_price FROM prices
            )
            SELECT *, 100 * (price - old_price) / old_price AS change_pct FROM steps
            WHERE abs(price - old_price) > 0.05 * old_price
            ORDER BY observed_at DESC, product_id
        ) TO '{out}/alerts.parquet' (FORMAT PARQUET, COMPRESSION ZSTD)
    ''')
    connection.execute(f'''
        COPY (
            WITH newest AS (
                SELECT product_id, any_value(place) AS place, arg_max(price, observed_at) AS price
                FROM prices GROUP BY product_id
            ),
            pairs AS (
                SELECT product_a AS mine, product_b AS other FROM read_parquet('{matches}')
                UNION ALL SELECT product_b, product_a FROM read_parquet('{matches}')
            )
            SELECT
                mine.product_id, other.product_id AS other_id, mine.price - other.price AS gap,
                100 * (mine.price - other.price) / other.price AS gap_pct
            FROM pairs JOIN newest AS mine ON mine.product_id = pairs.mine AND mine.place = 'own'
            JOIN newest AS other ON other.product_id = pairs.other
            ORDER BY mine.product_id
        ) TO '{out}/gaps.parquet' (FORMAT PARQUET, COMPRESSION ZSTD)
    ''')
seconds = time.perf_counter() - start
"""
REPORT = """
import resource
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
status = Path("/proc/self/status") if "Path" in globals() else None
if status and status.exists():
    peak = next(line.split()[1] for line in status.read_text().splitlines() if line.startswith("VmHWM"))
print(seconds, peak)
"""


def prepared(home: Path, rows: int) -> Lake:
    """A lake with these price records, their offers and the pairs that are one product."""
    lake = Lake(home)
    staged = home / "records.parquet"
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(RECORDS.format(rows=rows, path=staged))
    lake.adopt("staged", PRICE_RECORDS.name, KEY, staged)
    count = rows // MOMENTS
    named = pl.select(number=pl.int_range(count)).select(
        tenant=pl.lit(None, pl.String),
        marketplace=pl.col("number")
        .mod(3)
        .replace_strict(dict(enumerate((None, *PLACES[1:]))), return_dtype=pl.String),
        sku=pl.format("S{}", "number"),
        gtin=pl.lit(None, pl.String),
    )
    made = offers(pl.concat([NO_OFFERS, named]))
    for name, frame in references(CommerceTerms(), named).items():
        lake.write("reference", name, KEY, frame)
    catalogue = named.select("marketplace", "sku", name="sku", price=pl.lit(None, pl.Float64)).with_row_index(
        "row_number"
    )
    lake.write(
        "staged", PRODUCT_RECORDS.name, KEY,
        PRODUCT_RECORDS.frame(
            {**row, "row_number": row["row_number"] + 2, "industry": KEY, "document_id": DOCUMENT, "currency": "USD"}
            for row in catalogue.iter_rows(named=True)
        ),
    )  # fmt: skip
    moment = datetime(2025, 6, 1, tzinfo=UTC)
    lake.write(
        "staged", DOCUMENTS.name, KEY,
        DOCUMENTS.frame([{"document_id": DOCUMENT, "industry": KEY, "retrieved_at": moment, "published_at": moment}]),
    )  # fmt: skip
    ids = made.sort(pl.col("sku").str.slice(1).cast(pl.Int64))["product_id"].to_list()
    pairs = [tuple(sorted((ids[at], ids[at + other]))) for at in range(0, count - 2, 3) for other in (1, 2)]
    lake.write(
        "reference", PRODUCT_MATCHES.name, KEY,
        PRODUCT_MATCHES.frame(
            {"industry": KEY, "product_a": one, "product_b": two, "marketplace_a": "", "marketplace_b": "",
             "confidence": 0.95, "method": "scored", "status": "accepted", "reasons": ""}
            for one, two in pairs
        ),
    )  # fmt: skip
    tables = read_all(SQL_FOLDER)
    run_sql_table(lake, KEY, tables["products"], tables)
    return lake


def run(code: str, *arguments: str) -> tuple[float, float]:
    """Seconds and largest memory in MB."""
    done = subprocess.run(
        [sys.executable, "-c", "from pathlib import Path\n" + code + REPORT, *arguments],
        capture_output=True, text=True, cwd=Path(__file__).resolve().parent.parent,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(done.stderr)
    seconds, peak = done.stdout.splitlines()[-1].split()
    return float(seconds), float(peak) / 1024


def measured(rows: int) -> dict[str, float]:
    """Medians of seconds (ours, ruled, clean) and our largest memory."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        lake = prepared(home, rows)
        read = [("staged", PRICE_RECORDS.name), ("reference", PRODUCT_MATCHES.name), ("reference", "offers")]
        files = [str(lake.parts(layer, name, KEY)[0]) for layer, name in read]
        turns = [
            (run(OURS, folder), run(PLAIN, *files, folder, "ruled"), run(PLAIN, *files, folder, "clean"))
            for _ in range(ROUNDS)
        ]
    ours, ruled, clean = (statistics.median(seconds for seconds, _ in each) for each in zip(*turns, strict=True))
    return {"ours": ours, "ruled": ruled, "clean": clean, "peak": max(one[0][1] for one in turns)}


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Prices to gaps and alerts, beside plain DuckDB.")
    parser.add_argument("--rows", type=int, default=ROWS[-1], help="Most price records.")
    most = parser.parse_args().rows
    figures: dict[str, float] = {}
    heads = {"rows": 12, "seconds": 10, "rows/s": 12, "peak MB": 10, "ruled s": 14, "ratio": 8, "unruled s": 11}
    print("".join(f"{name:>{width}}" for name, width in heads.items()) + f"{'ratio':>8}")
    for rows in [size for size in ROWS if size <= most] or [most]:
        at = measured(rows)
        ours, ruled, clean = at["ours"], at["ruled"], at["clean"]
        print(
            f"{rows:>12,}{ours:>10.2f}{rows / ours:>12,.0f}{at['peak']:>10,.0f}{ruled:>14.2f}{ours / ruled:>8.2f}"
            f"{clean:>11.2f}{ours / clean:>8.2f}",
            flush=True,
        )
        figures = {"ratio_to_duckdb": round(ours / ruled, 2), "ratio_to_unruled": round(ours / clean, 2),
                   "rows_per_s": round(rows / ours), "peak_mb": round(at["peak"])}  # fmt: skip
    print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
