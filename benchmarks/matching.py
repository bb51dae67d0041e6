"""Matching products across catalogues, on labelled public data and by size: `make bench NAME=matching`.

Prints tables, and as the last line one JSON object:
f1            by data set and labels used: F1 of the pairs that are likelier than not (confidence 0.5 or more), over all
              offers of both catalogues against all gold pairs; with labels: over the products that gave none
pairs_per_s   of 20,000 x 20,000 products all pairs that there are, over the seconds from offers to matches
peak_mb       largest memory of that, in a process of its own

Nothing is chosen on the data that it is measured on: the tables that scoring starts from are counted on the other data
set, 0.5 means likelier than not, and 0.80 (from where pairs are accepted) is asked for. Features and levels were chosen
looking at every other product of the left catalogues (even ids); the rows "unseen" are of the others.

With labels: products of the left catalogue are drawn with a fixed seed, the three likeliest pairs of each are labelled,
1,000 pairs in all; five draws. Gold pairs that blocking did not find count as missed. Walmart-Amazon's gold lacks pairs
of the same model and brand: how many is printed.

ARGS: --quick (no scaling table), --no-embeddings, --splink (measures splink beside it, without embeddings),
--write-tables (counts tables.json anew, on both data sets).
"""

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.filings import FOLDER
from market_research.commerce.matching.blocking import candidates, views
from market_research.commerce.matching.calibration import calibration_error, reliability
from market_research.commerce.matching.decisions import ACCEPT_FROM, pairs_of
from market_research.commerce.matching.evidence import evidence
from market_research.commerce.matching.features import compared
from market_research.commerce.matching.learning import learn
from market_research.commerce.matching.normalising import OFFERS, prepared
from market_research.commerce.matching.scoring import TABLES, Tables, tables_of

SETS = {"abt_buy": ("match_abt_buy", "abt", "buy"), "walmart_amazon": ("match_walmart_amazon", "walmart", "amazon")}
SIZES = (2_500, 5_000, 10_000, 20_000)
LABELS, EACH, DRAWS = 1_000, 3, 5
LIKELY = 0.5
SCALE = """
import resource, sys, time
from pathlib import Path
from benchmarks.catalogues import catalogues
from market_research.commerce.matching.decisions import match
offers, same = catalogues(int(sys.argv[1]))
start = time.perf_counter()
pairs, _ = match(offers)
seconds = time.perf_counter() - start
kept = pairs.filter(pairs["status"] == "accepted")
hits = kept.join(same, on=["product_a", "product_b"], how="semi").height
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
# Linux counts the parent's memory at the fork too; the process's own high-water mark is read where there is one.
if (status := Path("/proc/self/status")).exists():
    peak = next(line.split()[1] for line in status.read_text().splitlines() if line.startswith("VmHWM"))
print(seconds, peak, 2 * hits / max(1, kept.height + same.height))
"""


@dataclass(frozen=True)
class Known:
    """Two catalogues with the pairs that are one product (product_a of the first marketplace by the alphabet)."""

    name: str
    left: str
    offers: pl.DataFrame
    gold: pl.DataFrame
    embeddings: "np.ndarray | None"

    @property
    def side(self) -> str:
        """The column of pairs that holds the left catalogue's products."""
        return "product_a" if self.left == min(self.offers["marketplace"].unique().to_list()) else "product_b"


def read(name: str, embed: bool) -> Known:
    """One of ``SETS``, with embeddings of the names if wanted."""
    folder, left, right = SETS[name]
    frames = []
    for shop in (left, right):
        rows = pl.read_csv(FOLDER / folder / f"{shop}.csv", separator="|", quote_char=None, infer_schema=False)
        rows = rows.rename({"title": "name", "modelno": "model"}, strict=False)
        rows = rows.with_columns(pl.lit(None, pl.String).alias(n) for n in OFFERS if n not in rows.columns)
        frames.append(rows.with_columns(
            product_id=pl.format("{}-{}", pl.lit(shop), "id"), marketplace=pl.lit(shop),
            price=pl.col("price").str.strip_chars("$ ").cast(pl.Float64, strict=False),
        ).select(OFFERS.names()).cast(dict(OFFERS)))  # fmt: skip
    offers = pl.concat(frames)
    gold = pl.read_csv(FOLDER / folder / "gt.csv", separator="|", infer_schema=False).select(
        **{("product_a" if (left < right) == (c == "D1") else "product_b"): pl.format("{}-{}", pl.lit(s), c)
           for c, s in (("D1", left), ("D2", right))}
    )  # fmt: skip
    return Known(name, left, offers, gold, _embedded(offers["name"].to_list()) if embed else None)


def _embedded(texts: list[str]) -> np.ndarray:
    from market_research.retrieval import embedding
    from market_research.settings import load

    return embedding.load(load().models).embed(texts)


def true_pairs(known: Known, pairs: pl.DataFrame) -> np.ndarray:
    """Whether each pair is in the gold."""
    marked = pairs.join(
        known.gold.with_columns(gold=True), on=["product_a", "product_b"], how="left", maintain_order="left"
    )
    return marked["gold"].fill_null(value=False).to_numpy()


def f1(known: Known, pairs: pl.DataFrame, products: pl.Series | None = None) -> tuple[float, float, float]:
    """F1, precision and recall of pairs against the gold; of some of the left catalogue's products only, if given."""
    gold = known.gold
    if products is not None:
        pairs, gold = (frame.filter(pl.col(known.side).is_in(products.implode())) for frame in (pairs, gold))
    hits = int(true_pairs(known, pairs).sum())
    return 2 * hits / max(1, pairs.height + gold.height), hits / max(1, pairs.height), hits / max(1, gold.height)


def counted(known: Known) -> tuple[Tables, float, int]:
    """Tables of the levels among matches and others; recall of blocking; how many pairs it leaves."""
    ready = prepared(known.offers)
    seen = views(ready, known.embeddings)
    pairs = candidates(ready, seen, *sorted(known.offers["marketplace"].unique().to_list()))
    ids = ready["product_id"]
    named = pl.DataFrame({"product_a": ids[pairs["a"].to_numpy()], "product_b": ids[pairs["b"].to_numpy()]})
    same = true_pairs(known, named)
    return tables_of(compared(ready, seen, pairs), same), same.sum() / known.gold.height, pairs.height


def unlabelled(known: Known, tables: Tables) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Evidence and pairs, the tables being the other data set's."""
    found = evidence(known.offers, known.embeddings, tables=tables)
    return found, pairs_of(found)


def labelled(known: Known, found: pl.DataFrame) -> tuple[dict[str, float], pl.DataFrame]:
    """Means over the draws of F1 on the products that gave no labels, and their pairs with confidence and truth."""
    side, pooled, scores = known.side, [], []
    best = found.filter(pl.col("log_odds").rank("ordinal", descending=True).over(side) <= EACH)
    products = best[side].unique().sort()
    for draw in range(DRAWS):
        asked = products.sample(LABELS // EACH, seed=draw, shuffle=True)
        rows = best.filter(pl.col(side).is_in(asked.implode())).head(LABELS)
        decided = rows.select("product_a", "product_b", same=pl.Series(true_pairs(known, rows)))
        model = learn(found, decided)
        assert model is not None
        pairs = pairs_of(found, None, model).filter(~pl.col(side).is_in(asked.implode()))
        rest = known.offers.filter(marketplace=known.left)["product_id"]
        rest = rest.filter(~rest.is_in(asked.implode()))
        scores.append(
            [f1(known, pairs.filter(pl.col("confidence") >= least), rest)[0] for least in (LIKELY, ACCEPT_FROM)]
        )
        pooled.append(pairs.select("confidence", same=pl.Series(true_pairs(known, pairs))))
    likely, accepted = np.mean(scores, axis=0)
    return {
        "likely": float(likely),
        "accepted": float(accepted),
        "spread": float(np.ptp([s[0] for s in scores])),
    }, pl.concat(pooled)


def show(title: str, table: pl.DataFrame) -> None:
    """A reliability table."""
    print(f"\n{title}: stated and found by tenth of confidence; error {calibration_error(table):.3f}")
    for low, pairs, stated, found in table.rows():
        print(f"  {low:.1f}  {pairs:>6} pairs  stated {stated:.2f}  found {found:.2f}")


def report(known: Known, tables: Tables) -> dict[str, float]:
    """All figures of one data set, printed; F1 without and with labels."""
    start = time.perf_counter()
    found, pairs = unlabelled(known, tables)
    seconds = time.perf_counter() - start
    lefts = known.offers.filter(marketplace=known.left)["product_id"]
    unseen = lefts.filter(lefts.str.extract(r"(\d+)$").cast(pl.Int64) % 2 == 1)
    print(f"\n== {known.name}: {known.offers.height:,} offers, {known.gold.height:,} gold pairs, {seconds:.1f} s")
    for name, least in (("likelier than not", LIKELY), ("accepted", ACCEPT_FROM)):
        for whose, products in (("all", None), ("unseen", unseen)):
            score, precision, recall = f1(known, pairs.filter(pl.col("confidence") >= least), products)
            print(f"  no labels  {name:<18} {whose:<7} F1 {score:.3f}  precision {precision:.3f}  recall {recall:.3f}")
    accepted = pairs.filter(status="accepted")
    wrong = accepted.filter(~pl.Series(true_pairs(known, accepted)))
    alike = wrong.filter((pl.col("model") == 1) & (pl.col("brand") == 1)).height
    print(f"  accepted and not in the gold: {wrong.height}, of which {alike} have the same model and brand")
    show("no labels", reliability(pairs["confidence"], pl.Series(true_pairs(known, pairs))))
    scores, pooled = labelled(known, found)
    print(f"\n  {LABELS:,} labels  likelier than not  F1 {scores['likely']:.3f}  accepted {scores['accepted']:.3f}"
          f"  (largest less smallest of {DRAWS} draws: {scores['spread']:.3f})")  # fmt: skip
    show(f"{LABELS:,} labels, products that gave none", reliability(pooled["confidence"], pooled["same"]))
    return {
        "0": round(f1(known, pairs.filter(pl.col("confidence") >= LIKELY))[0], 3),
        str(LABELS): round(scores["likely"], 3),
    }


def scaling() -> tuple[float, float]:
    """The table by size; pairs a second and MB of the largest."""
    print("\n== by size: products a side, generated (see benchmarks/catalogues.py), no embeddings")
    scale, figures = (1024 * 1024 if sys.platform == "darwin" else 1024), (0.0, 0.0)
    for size in SIZES:
        done = subprocess.run([sys.executable, "-c", SCALE, str(size)], capture_output=True, text=True, check=True,
                              cwd=Path(__file__).resolve().parent.parent)  # fmt: skip
        seconds, peak, score = (float(part) for part in done.stdout.split())
        figures = size * size / seconds, peak / scale
        each = 1e3 * seconds / size
        print(
            f"  {size:>7,}  {seconds:6.1f} s  {each:5.2f} ms each  {peak / scale:6.0f} MB  F1 of accepted {score:.3f}"
        )
    return figures


def write_tables(sets: list[Known]) -> None:
    """Count ``tables.json`` on both data sets, each counting as much, with and without embeddings."""
    stored = {}
    for kind, embed in (("with_meaning", True), ("without_meaning", False)):
        each = [
            counted(known if embed else Known(known.name, known.left, known.offers, known.gold, None))[0]
            for known in sets
        ]
        stored[kind] = {
            name: {which: [round(float(np.mean(level)), 6) for level in zip(*(t[name][at] for t in each), strict=True)]
                   for at, which in enumerate(("matches", "others"))}
            for name in each[0]
        }  # fmt: skip
    TABLES.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")
    print(f"wrote {TABLES}")


def main() -> int:
    """Measure and print."""
    args = set(sys.argv[1:])
    if not all((FOLDER / folder / "gt.csv").is_file() for folder, *_ in SETS.values()):
        print(f"The labelled catalogues are not at {FOLDER}; MARKET_RESEARCH_REAL_DATA names their folder.")
        return 3
    sets = [read(name, "--no-embeddings" not in args) for name in SETS]
    if "--write-tables" in args:
        write_tables(sets)
    tables = {}
    for known in sets:
        tables[known.name], recall, left = counted(known)
        print(f"{known.name}: blocking leaves {left:,} pairs with {recall:.4f} of the gold")
    scores = {known.name: report(known, tables[next(n for n in SETS if n != known.name)]) for known in sets}
    if "--splink" in args:
        from benchmarks.splinks import compare

        compare(sets)
    pairs_per_s, peak = (0.0, 0.0) if "--quick" in args else scaling()
    print(json.dumps({"f1": scores, "pairs_per_s": round(pairs_per_s), "peak_mb": round(peak)}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
