"""Each rule on one table: what it makes, what it sets aside and why, and where everything still stands in the file."""

from datetime import date

import polars as pl
import pytest

from market_research.sources import json_tables, tables
from market_research.sources.raw_tables import find_made
from market_research.transforming.apply import Reference
from market_research.transforming.working import RuleFailed
from tests.transforming.ruled import COMPANIES, column, fates, reasons, rows, ruled, table

REVENUE = "Firma,Jahr,Umsatz ($ thousands)\nIntel Corp,2023,54228\nCisco,2023,n.m.\nAMD,2023,\n"


def test_rename_keep_and_drop() -> None:
    made = ruled(
        "a,b,c\n1,2,3\n",
        "[{rule: rename, columns: {a: b, b: a}}, {rule: keep, columns: [c, a, b]}, {rule: drop, columns: b}]",
    )
    assert rows(made) == [{"c": "3", "a": "2"}]


@pytest.mark.parametrize(
    ("rules", "word"),
    [
        ("[{rule: rename, columns: {x: y}}]", r"rule 1 \(rename\): there is no column 'x'; the table has a, b"),
        ("[{rule: rename, columns: {a: b}}]", "a column 'b' already"),
        ("[{rule: rename, columns: {a: B}}]", "differ in case only"),
        ("[{rule: drop, columns: a}, {rule: keep, columns: a}]", r"rule 2 \(keep\)"),
        ("[{rule: fill, column: a, strategy: mean}]", "cast 'a' to number first"),
        ("[{rule: aggregate, by: b, columns: {a: sum}}]", "cast 'a' to number first"),
        ("[{rule: deduplicate, key: a, newest: b}]", "cast it to date or number first"),
        ("[{rule: normalise, scale: {a: header}}]", "states no scale"),
    ],
)
def test_a_rule_that_cannot_be_applied_says_what_to_change(rules: str, word: str) -> None:
    with pytest.raises(RuleFailed, match=word):
        ruled("a,b\n1,x\n", rules)


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("number", "$1,234.50", "1234.5"), ("number", "(12)", "-12"), ("number", "3.4 million", "3400000"),
        ("number", "0.1", "0.1"), ("number", "12%", "12"), ("number", "1e3", "1000"),
        ("integer", "9007199254740993", "9007199254740993"), ("integer", "12.0", "12"), ("integer", "1,200", "1200"),
        ("date", "31 Jan 2024", "2024-01-31"), ("date", "2024-02-29", "2024-02-29"),
        ("{type: date, format: '%d.%m.%y'}", "01.02.24", "2024-02-01"),
        ("{type: date, format: ['%d.%m.%Y', '%Y/%m/%d %H:%M']}", "2024/03/04 10:11", "2024-03-04"),
        ("boolean", "Yes", "true"), ("boolean", "0", "false"), ("text", " as it is ", " as it is "),
    ],
)  # fmt: skip
def test_casts_of_what_people_write(kind: str, text: str, expected: str) -> None:
    made = ruled(f'v,n\n"{text}",1\n', f"[{{rule: cast, columns: {{v: {kind}}}}}]")
    assert column(made, "v") == [expected]


@pytest.mark.parametrize(
    ("kind", "text"),
    [("number", "12x"), ("integer", "1.5"), ("integer", "9" * 30), ("date", "2024-02-30"), ("boolean", "perhaps"),
     ("{type: date, format: '%d.%m.%Y'}", "2024-01-31"), ("number", "1 2"), ("date", "2024")],
)  # fmt: skip
def test_what_cannot_be_cast_is_a_dead_letter_with_its_row(kind: str, text: str) -> None:
    made = ruled(f'v,n\n"{text}",a\n,b\nn/a,c\n', f"[{{rule: cast, columns: {{v: {kind}}}}}]")
    (reject,) = made.rejects
    assert reject.locator == "row 2"
    assert reject.reason.startswith('Transformation 1, rule 1 (cast): the cell in "v" is no ')
    assert reject.raw is not None
    assert text in reject.raw
    assert text not in reject.reason
    assert column(made, "n") == ["b", "c"]
    assert column(made, "v") == [None, None]


def test_decimal_commas_and_days_first_are_seen_over_the_whole_column() -> None:
    made = ruled("v;d\n1.234,5;03.04.2024\n1.234;25.04.2024\n", "[{rule: cast, columns: {v: number, d: date}}]")
    assert column(made, "v") == ["1234.5", "1234"]
    assert column(made, "d") == ["2024-04-03", "2024-04-25"]


def test_cells_of_another_currency_than_the_column_are_set_aside() -> None:
    made = ruled("v,n\n$5,1\n€6,2\n7,3\n", "[{rule: cast, columns: {v: number}}]")
    assert column(made, "v") == ["5", "7"]
    assert list(reasons(made)) == ["row 3"]


def test_thousands_come_out_whole_and_keep_their_currency() -> None:
    rules = (
        "[{rule: rename, columns: {Firma: company, Jahr: year}}, "
        "{rule: normalise, columns: {company: company}, scale: {Umsatz ($ thousands): header}}]"
    )
    made = ruled(REVENUE, rules)
    assert made.columns == ("company", "year", "Umsatz")
    assert rows(made)[0] == {"company": "Intel", "year": "2023", "Umsatz": "54228000"}
    assert list(reasons(made)) == ["row 3"]
    (number,) = tables.collect([made]).numbers
    assert (number.entity, number.value, number.unit, number.raw) == ("Intel", 54_228_000.0, "USD", "54228")
    assert number.locator == 'row 2, column "Umsatz ($ thousands)"'
    assert table(REVENUE).find(number.locator) == "54228"


def test_a_new_name_does_not_lose_the_scale_of_the_old_one() -> None:
    made = ruled(REVENUE, "[{rule: rename, columns: {Firma: company, Jahr: year, Umsatz ($ thousands): revenue}}]")
    assert tables.collect([made]).numbers[0].value == 54_228_000.0


def test_each_row_in_a_scale_of_its_own() -> None:
    made = ruled(
        "company,year,metric,value,unit\nAMD,2023,revenue,22.7,USD billions\nAMD,2023,profit,854,USD millions\n"
        "AMD,2023,employees,26,thousands\n",
        "[{rule: normalise, scale: {value: {unit: unit}}}]",
    )
    assert column(made, "value") == ["22700000000", "854000000", "26000"]
    assert column(made, "unit") == ["USD", "USD", "count"]


def test_names_are_brought_to_the_form_of_the_request() -> None:
    text = "c,l,m,s,k\n  INTEL   corp ,Korea\\, Rep.,US$,ab-12 c,x\nCisco,Deutschland,peanuts,zz9,y\n"
    rules = "{rule: normalise, columns: {c: [trim, company], l: country, m: currency, s: sku, k: upper}%s}"
    made = ruled(text.replace("\\,", ""), f"[{rules % ''}]")
    assert rows(made)[0] == {"c": "Intel", "l": "South Korea", "m": "USD", "s": "AB12C", "k": "X"}
    assert rows(made)[1]["c"] == "Cisco Systems"
    assert rows(made)[1]["m"] == "peanuts"
    strict = ruled(text.replace("\\,", ""), f"[{rules % ', unknown: reject'}]")
    assert '"m" is no currency that is known' in reasons(strict)["row 3"]


def test_equal_codes_of_two_markets_stay_apart() -> None:
    made = ruled("s,m\nb-1,amazon\nB1,eBay\nB1,\n", "[{rule: normalise, sku: {s: m}}]")
    assert column(made, "s") == ["AMAZON:B1", "EBAY:B1", "B1"]


PRICES = (
    "sku,day,price\na,2024-01-01,10\na,2024-01-02,\na,2024-01-05,n/a\na,2024-01-09,26\nb,2024-01-01,\nb,2024-01-02,5\n"
)


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        ("previous, by: sku", ["10", "10", "10", "26", None, "5"]),
        ("next, by: sku, order: day", ["10", "26", "26", "26", "5", "5"]),
        ("interpolate, by: sku, order: day", ["10", "12", "18", "26", None, "5"]),
        ("mean, by: sku", ["10", "18", "18", "26", "5", "5"]),
        ("median", ["10", "10", "10", "26", "10", "5"]),
        ("constant, value: 0", ["10", "0", "0", "26", "0", "5"]),
    ],
)
def test_missing_cells_are_filled_by_the_strategy(strategy: str, expected: list[str | None]) -> None:
    cast = "{rule: cast, columns: {price: number, day: date}}"
    made = ruled(PRICES, f"[{cast}, {{rule: fill, column: price, strategy: {strategy}}}]")
    assert column(made, "price") == expected
    assert made.transformed is not None
    name = strategy.partition(",")[0]
    assert all(flag.strategy.startswith(name) for flag in made.transformed.filled)
    assert [flag.locator for flag in made.transformed.filled] == [
        f'row {at}, column "price"' for at in (3, 4, 6) if expected[at - 2] is not None
    ]


def test_a_filled_number_is_no_reported_one_and_its_cell_is_seen_as_missing() -> None:
    made = ruled(
        "company,year,revenue\nAMD,2022,10\nAMD,2023,n/a\n",
        "[{rule: fill, column: revenue, strategy: previous, by: company, order: year}]",
    )
    reported, filled = tables.collect([made]).numbers
    assert (reported.method, reported.raw) == ("reported", "10")
    assert (filled.method, filled.raw, filled.value) == (
        "filled: previous by company in the order of year", "n/a", 10.0,
    )  # fmt: skip


RATES = pl.DataFrame(
    {"currency": ["EUR", "EUR"], "valid_from": [date(2024, 1, 1), date(2024, 7, 1)],
     "valid_to": [date(2024, 7, 1), None], "rate": [1.1, 1.2]}
)  # fmt: skip


def test_enrich_looks_up_and_keeps_every_row() -> None:
    made = ruled(
        "company,year,closed,amount\nINTEL,2024,2024-06-30,10\nAMD,2024,2024-07-01,20\nAMD,2024,2023-07-01,30\n",
        """
        - {rule: cast, columns: {closed: date, amount: number}}
        - rule: enrich
          columns:
            ticker: (SELECT max(c.ticker) FROM companies AS c WHERE upper(c.name) = rows.company)
            amount_usd: >-
              amount * (SELECT r.rate FROM rates AS r WHERE r.currency = 'EUR' AND rows.closed >= r.valid_from
              AND (rows.closed < r.valid_to OR r.valid_to IS NULL))
        """,
        Reference(COMPANIES, {"rates": RATES, "companies": pl.DataFrame({"name": ["Intel"], "ticker": ["INTC"]})}),
    )
    assert column(made, "ticker") == ["INTC", None, None]
    assert column(made, "amount_usd") == ["11", "24", None]
    computed = [number for number in tables.collect([made]).numbers if number.concept == "amount_usd"]
    assert [(number.unit, number.locator) for number in computed] == [
        ("USD", 'row 2, computed "amount_usd"'), ("USD", 'row 3, computed "amount_usd"'),
    ]  # fmt: skip
    assert computed[0].method.startswith("computed: amount * (SELECT")


def test_validate_names_the_condition_and_sets_unknown_aside_too() -> None:
    made = ruled(
        "deal,amount\n1,5\n2,-5\n3,\n",
        "[{rule: cast, columns: {amount: number}}, {rule: validate, conditions: {paid: amount > 0}}]",
    )
    assert column(made, "deal") == ["1"]
    assert reasons(made) == {
        "row 3": "Transformation 1, rule 2 (validate): breaks paid: amount > 0.",
        "row 4": "Transformation 1, rule 2 (validate): does not say whether paid: amount > 0.",
    }


def test_the_newest_of_a_key_stays_and_the_older_are_kept_with_their_place() -> None:
    made = ruled(
        "sku,at,price\na,2024-01-01,1\na,2024-03-01,3\na,2024-02-01,2\n,2024-01-01,4\n,2024-01-01,5\nb,,6\n",
        "[{rule: deduplicate, key: sku, newest: at}]",
    )
    assert column(made, "price") == ["3", "4", "5", "6"]
    assert made.transformed is not None
    assert [(row.locator, row.how, row.by, row.record["price"]) for row in made.transformed.replaced] == [
        ("row 2", "superseded", "row 3", "1"), ("row 4", "superseded", "row 3", "2"),
    ]  # fmt: skip


SALES = "company,year,revenue\nAMD,2023,1\nIntel,2023,10\nAMD,2023,2\nAMD,2023,3\nIntel,2024,\nAMD,2024,7\n"


def test_an_aggregate_says_which_rows_it_is_made_of_and_can_be_traced() -> None:
    made = ruled(
        SALES,
        """
        - {rule: cast, columns: {revenue: number}}
        - {rule: aggregate, by: [company, year], columns: {revenue: sum, deals: {column: revenue, function: count}}}
        """,
    )
    assert [(record.locator, *record.cells) for record in made.records] == [
        ("row 2; row 4 to row 5", "AMD", "2023", "6", "3"),
        ("row 3", "Intel", "2023", "10", "1"),
        ("row 6", "Intel", "2024", None, "0"),  # a sum of nothing is not zero
        ("row 7", "AMD", "2024", "7", "1"),
    ]
    first = tables.collect([made]).numbers[0]
    assert (first.value, first.method, first.locator) == (
        6.0, "sum of revenue", 'row 2; row 4 to row 5, sum of "revenue"',
    )  # fmt: skip
    assert find_made([table(SALES)], first.locator) == "1; 2; 3"
    assert find_made([table(SALES)], 'row 3, computed "x"') == "Intel | 2023 | 10"
    assert find_made([table(SALES)], "row 99") is None


def test_an_aggregate_of_aggregates_still_leads_to_the_rows_of_the_file() -> None:
    made = ruled(
        SALES,
        """
        - {rule: cast, columns: {revenue: number}}
        - {rule: aggregate, by: [company, year], columns: {revenue: sum}}
        - {rule: aggregate, by: company, columns: {revenue: max, year: last}}
        - {rule: validate, conditions: {large: revenue > 8}}
        """,
    )
    assert [(record.locator, *record.cells) for record in made.records] == [("row 3; row 6", "Intel", "10", "2024")]
    assert list(reasons(made)) == ["row 2; row 4 to row 5; row 7"]
    assert fates(made)["row 2"] == 1
    assert sum(fates(made).values()) == 6 + 4 + 2


def test_very_many_runs_of_rows_become_a_span_that_says_how_many_it_holds() -> None:
    text = "k,v\n" + "".join(f"{n % 2},{n}\n" for n in range(100))
    made = ruled(text, "[{rule: cast, columns: {v: integer}}, {rule: aggregate, by: k, columns: {v: sum}}]")
    assert [record.locator for record in made.records] == [
        "row 2 to row 100 (50 of these rows)", "row 3 to row 101 (50 of these rows)",
    ]  # fmt: skip
    found = find_made([table(text)], 'row 2 to row 100 (50 of these rows), sum of "v"')
    assert found is not None
    assert found.startswith("0; 1; 2")


def test_cells_of_json_keep_their_paths() -> None:
    (read,) = json_tables.read(b'[{"who": "AMD", "fy": {"year": 2023}, "rev": "5"}]', "x.json")
    made = ruled(read, "[{rule: rename, columns: {who: company, fy.year: year, rev: revenue}}]")
    (number,) = tables.collect([made]).numbers
    assert (number.entity, number.locator) == ("AMD", "$[0].rev")


def test_columns_that_differ_in_case_only_are_told_apart() -> None:
    made = ruled("a,A,b\n1,2,3\n", "[{rule: enrich, columns: {c: A_2::INT + a::INT}}]")
    assert rows(made) == [{"a": "1", "A_2": "2", "b": "3", "c": "3"}]


def test_a_table_without_rows_stays_one() -> None:
    made = ruled(
        "a,b,d\n",
        """
        - {rule: cast, columns: {a: number, d: date}}
        - {rule: fill, column: a, strategy: interpolate, by: b, order: d}
        - {rule: enrich, columns: {c: a * 2}}
        - {rule: validate, conditions: {x: a > 0}}
        - {rule: deduplicate, key: b, newest: d}
        - {rule: aggregate, by: b, columns: {a: sum}}
        """,
    )
    assert made.columns == ("b", "a")
    assert made.records == made.rejects == []
