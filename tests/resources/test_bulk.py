"""Price tables loaded whole: every line is a row or is set aside, at its own number, as the row-wise reader would."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market_research.cleaning.expectations import check
from market_research.cleaning.schema import PRICES
from market_research.sources import delimited
from market_research.sources.datasets import layout
from resources import bulk
from resources.bulk import Loaded, load_csv

HEADER = "Date,Ticker,Open,Close,Volume\n"
GOOD = "2024-01-02,ALD,1.5,2.25,100"
LATER = "2024-01-03,ALD,1.5,2.25,100"


def load(folder: Path, content: str | bytes, name: str = "prices.csv") -> tuple[Loaded, pl.DataFrame]:
    source = folder / name
    source.write_bytes(content.encode() if isinstance(content, str) else content)
    found = layout(source.read_bytes()[:65_536], name)
    assert found is not None
    loaded = load_csv(source, found, folder / "out.parquet", industry="wood", document_id=f"doc_{'0' * 16}")
    assert sorted(path.name for path in folder.iterdir()) == sorted([name, "out.parquet"]), "nothing is left beside it"
    return loaded, PRICES.conform(pl.read_parquet(folder / "out.parquet"))


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("soon,ALD,1,2,3", 'Date: could not convert string "soon"'),
        ("2024-13-45,ALD,1,2,3", "Date: could not convert"),
        ("2024-01-02,ALD,dear,2,much", "Open: could not convert"),
        ("2024-01-02,ALD,1,2", "The row has 4 fields where the header has 5."),
        ("2024-01-02,ALD,1,2,3,4", "The row has 6 fields where the header has 5."),
        ("2024-01-02,ALD,1,-2,3", "close is below 0."),
        ("2024-01-02,ALD,1,,3", "close is missing."),
        (",ALD,1,2,3", "date is missing."),
        ("2024-01-02,,1,2,3", "symbol is missing."),
        ("2024-01-02,ALD,1,2,NaN", "volume is not a finite number."),
        ("2024-01-02,ALD,1,inf,3", "close is not a finite number."),
        ("2024-01-02,A\x00D,1,2,3", "symbol holds a NUL byte."),
        ('2024-01-02,"A"D,1,2,3', "The quoting of this line is broken."),
        ('"2024-01-02,ALD,1,2,3', "The quoting of this line is broken."),
    ],
)
def test_a_line_that_does_not_fit_is_set_aside_at_its_number_and_the_others_stay(
    tmp_path: Path, line: str, reason: str
) -> None:
    loaded, rows = load(tmp_path, f"{HEADER}{GOOD}\n{line}\n{LATER}\n")
    assert [(reject.locator, reason in reject.reason) for reject in loaded.rejects] == [("row 3", True)]
    assert loaded.rows == 2
    assert rows["row_number"].to_list() == [2, 4]


def test_property_7_values_of_the_wrong_type_are_refused_with_column_and_text(tmp_path: Path) -> None:
    loaded, _ = load(tmp_path, f"{HEADER}2024-01-02,ALD,dear,2,much\n")
    (reject,) = loaded.rejects
    assert '"dear"' in reject.reason
    assert '"much"' in reject.reason
    assert reject.raw == "2024-01-02,ALD,dear,2,much"


def test_rows_are_numbered_by_their_place_where_none_was_set_aside(tmp_path: Path) -> None:
    loaded, rows = load(tmp_path, f"{HEADER}\n{GOOD}\n\n{LATER}\n\n")
    assert (loaded.rows, loaded.rejects) == (2, [])
    assert rows["row_number"].to_list() == [None, None]


def test_however_many_quotes_are_never_closed_the_file_is_read_a_few_times_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[Path] = []
    select = bulk._select
    monkeypatch.setattr(bulk, "_select", lambda path, *rest: (reads.append(path), select(path, *rest))[1])
    lines = [f'2024-01-02,"S{number},1,2,3' if number % 2 else f"2024-01-02,S{number},1,2,3" for number in range(600)]
    loaded, rows = load(tmp_path, HEADER + "\n".join(lines) + "\n")
    assert len(reads) == 2
    assert (loaded.rows, len(loaded.rejects)) == (300, 300)
    assert rows["row_number"].to_list() == list(range(2, 602, 2))
    assert {(reject.reason, reject.raw) for reject in loaded.rejects} == {
        ("The quoting of this line is broken.", line) for line in lines[1::2]
    }


def test_torn_lines_are_found_in_work_that_grows_with_the_file() -> None:
    class Counted:
        read = 0

        def __iter__(self) -> Iterator[str]:
            for number in range(20_000):
                Counted.read += 1
                yield f'"a{number}\n' if number % 3 else "a,b\n"

    mark, handed = delimited._Rereadable.__next__, 0

    def counted(source: delimited._Rereadable) -> str:
        nonlocal handed
        handed += 1
        return mark(source)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delimited._Rereadable, "__next__", counted)
        torn = list(delimited.torn_lines(Counted(), ","))
    assert len(torn) == 13_333
    assert Counted.read == 20_000
    assert handed < 3 * 20_000


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('2024-01-02,"' + "x" * 2_100_000 + ",1,2,3", "The quoting of this line is broken."),
        ("2024-01-02," + "x" * 2_100_000 + ",1,2,3", "The line is longer than 2,000,000 bytes."),
    ],
)
def test_a_line_longer_than_can_be_read_hides_none_of_the_others(tmp_path: Path, line: str, reason: str) -> None:
    others = [f"2024-01-02,S{number},1,2,3" for number in range(50_000)]
    loaded, _ = load(tmp_path, HEADER + "\n".join([*others[:5], line, *others[5:]]) + "\n")
    assert loaded.rows == 50_000
    assert [(reject.locator, reject.reason) for reject in loaded.rejects] == [("row 7", reason)]


def test_a_file_about_one_symbol_is_named_after_it(tmp_path: Path) -> None:
    _, rows = load(tmp_path, "Date,Open,High,Low,Close,Adj Close,Volume\n2024-01-02,1,2,1,2,1.9,5\n", "ALD.csv")
    assert rows.select("symbol", "close", "adjusted_close", "volume").rows() == [("ALD", 2.0, 1.9, 5.0)]


def test_semicolons_and_decimal_commas_are_understood(tmp_path: Path) -> None:
    _, rows = load(tmp_path, "date;symbol;close\n2024-01-02;ALD;1234,50\n2024-01-03;ALD;7,25\n")
    assert rows["close"].to_list() == [1234.5, 7.25]


@pytest.mark.parametrize(
    "head", ["a,b\n1,2\n", "Date,Close,Colour\n1,2,3\n", "Date,Date,Close,Symbol\n1,2,3,4\n", "Date,,Close,Symbol\n"]
)
def test_other_tables_are_left_to_the_reader_of_any_table(head: str) -> None:
    assert layout(head.encode(), "x.csv") is None


def test_what_is_not_utf8_is_left_to_the_careful_reader() -> None:
    assert layout("Date,Symbol,Close\n2024-01-02,Öl,1\n".encode("latin-1"), "x.csv") is None
    assert layout("Date,Symbol,Close\n2024-01-02,Öl,1\n".encode("utf-16"), "x.csv") is None
    cut = "Date,Symbol,Close\n2024-01-02,Öl".encode()
    assert layout(cut[:-2], "x.csv") is not None, "a character cut in two by the end of the head is no wrong encoding"


cell = st.one_of(
    st.sampled_from(
        ["2024-01-02", "ALD", "1.5", "", "-", "x", "-3", "nan", '"open', '"quoted"', '"a,b"', '"two ""q"""', "1e3"]
    ),
    st.text(alphabet="ab1.,- ", max_size=4),
)
lines = st.lists(st.one_of(st.just(GOOD), st.lists(cell, min_size=1, max_size=7).map(",".join)), max_size=12)


@settings(max_examples=150)
@given(lines=lines)
def test_every_line_is_a_row_or_is_set_aside_once_and_never_changes_places(
    lines: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    content = HEADER + "".join(f"{line}\n" for line in lines)
    loaded, rows = load(tmp_path_factory.mktemp("bulk"), content)
    filled = "".join(line for line in content.splitlines(keepends=True) if line.strip())
    careful = delimited.read(filled.encode(), "prices.csv")
    places = {record.locator for record in careful.records} | {reject.locator for reject in careful.rejects}
    kept = rows.with_row_index("position").select(pl.coalesce("row_number", pl.col("position") + 2))
    taken = [f"row {number}" for number in kept.to_series()]
    aside = [reject.locator for reject in loaded.rejects]
    assert sorted(taken + aside) == sorted(places)
    texts = {record.locator: record.cells for record in careful.records}
    for place, row in zip(taken, rows.iter_rows(named=True), strict=True):
        assert row["symbol"] == (texts[place][1] or "")
        assert str(row["date"]) == str(texts[place][0]).strip()


def test_what_is_written_passes_the_checks_of_its_table(tmp_path: Path) -> None:
    _, rows = load(tmp_path, f"{HEADER}{GOOD}\n2024-01-03,ALD,,2,\n2024-01-04,ALD,1,-2,3\n")
    outcome = check(PRICES, rows)
    assert outcome.passed, outcome.failures
    assert rows.height == 2
