"""The simulated industry of the sample: made by its program, called simulated, small, with the defects it tells."""

from pathlib import Path

import polars as pl
import yaml

from market_research.commerce.simulation import simulate
from market_research.settings import SAMPLE_FOLDER

FOLDER = SAMPLE_FOLDER / "home_goods_simulated"
MADE = {"catalogue.csv", "prices.csv", "promotions.csv", "reviews.json", "sales.parquet", "stock.csv"}


def sources() -> dict[str, dict[str, str]]:
    return yaml.safe_load((FOLDER / "sources.yaml").read_text("utf-8"))


def test_it_is_called_simulated_wherever_it_appears() -> None:
    request = yaml.safe_load((FOLDER / "request.yaml").read_text("utf-8"))
    assert "simulated" in request["industry"]
    assert "simulated" in request["title"].lower()
    assert "simulated" in request["definition"].lower()
    assert set(sources()) == MADE
    for source in sources().values():
        assert source["kind"] == "simulated"
        assert "simulated" in source["title"].lower()
        assert "simulated" in source["licence"].lower()
    assert "simulated" in (SAMPLE_FOLDER / "README.md").read_text("utf-8").lower()


def test_it_is_small_and_holds_nothing_but_what_is_described() -> None:
    assert {path.name for path in FOLDER.iterdir()} == MADE | {"request.yaml", "sources.yaml"}
    whole = sum(path.stat().st_size for path in SAMPLE_FOLDER.rglob("*") if path.is_file())
    assert whole < 3 * 2**20


def test_its_records_are_those_of_the_simulator_with_the_planted_rows() -> None:
    records = simulate().records
    for name in ("catalogue", "stock", "promotions"):
        assert (FOLDER / f"{name}.csv").read_bytes() == records[f"{name}.csv"].write_csv().encode()
    assert pl.read_parquet(FOLDER / "sales.parquet").equals(records["sales.csv"])
    lines = (FOLDER / "prices.csv").read_text("utf-8").splitlines()
    assert lines[: records["prices.csv"].height + 1] == records["prices.csv"].write_csv().splitlines()
    planted = lines[records["prices.csv"].height + 1 :]
    assert [line.split(",")[3] for line in planted] == ["-19.99", "call us", "99999.00"]
    reviews = pl.read_json(FOLDER / "reviews.json")
    assert reviews.height == records["reviews.csv"].height + 1
    assert reviews["rating"].to_list()[-1] == 11
    readme = (SAMPLE_FOLDER / "README.md").read_text("utf-8")
    for word in ("-19.99", "call us", "99999.00", "r-planted"):
        assert word in readme


def test_no_path_of_this_machine_is_in_it() -> None:
    for path in FOLDER.iterdir():
        if path.suffix != ".parquet":
            assert str(Path.cwd()) not in path.read_text("utf-8")
