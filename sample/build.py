"""Re-create the data files of the bundled sample from the public files the figures come from.

Usage: python sample/build.py REAL_DATA_FOLDER, or python sample/build.py simulated for the simulated shop alone

Takes over facts only: figures, dates and names, each written in our own layout. Everything written by hand
(request.yaml, sources.yaml, briefs.rss, overviews/) is left alone. Same input, same output, byte for byte.
"""

from __future__ import annotations

import csv
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import yaml
from filings import FILINGS, Fact, Filing, read_facts
from render import render_docx, render_pdf

SAMPLE = Path(__file__).resolve().parent
SIMULATED = "home_goods_simulated"
YEARS = range(2009, 2019)
LISTS = range(2010, 2020)
# A Fortune list shows the last fiscal year ended by about the end of January of the list's year. Oracle's
# year ends in May: by the rule "ends January to May counts as the year before" its list figure is two back.
LIST_LAG = {"Oracle": 2}

ENTITIES = {
    "NVDA": (1045810, "NVIDIA CORP"),
    "WMT": (104169, "Walmart Inc."),
    "AMZN": (1018724, "AMAZON.COM, INC."),
    "NFLX": (1065280, "Netflix, Inc."),
    "SNOW": (1640147, "SNOWFLAKE INC."),
}
# The tags taken over, with a description in our own words.
CONCEPTS: dict[str, str] = yaml.safe_load((SAMPLE / "concepts.yaml").read_text(encoding="utf-8"))

# Ways of splitting a company, each a column of segment_results.csv; a row fills exactly one.
CUTS = ("segment", "product", "region")
SEGMENTS: list[dict[str, Any]] = yaml.safe_load((SAMPLE / "segments.yaml").read_text(encoding="utf-8"))
# Axes that may stand beside the axis asked for without making the fact a part of a part.
NEUTRAL = {("ConsolidationItemsAxis", "OperatingSegmentsMember"), ("ProductOrServiceAxis", "StreamingMember")}

HOUSEHOLD_FILE = "tech_adoption/technology-adoption-by-households-in-the-united-states.csv"
INTERNET_FILE = "tech_adoption/share-of-individuals-using-the-internet.csv"
INTERNET_REGIONS = ("United States", "World", "China", "Germany", "India")
EMPLOYMENT = {
    "semiconductors": {
        "manufacturing": "Employment: manufacturing",
        "durable_goods": "Employment: durable goods",
    },
    "retail": {"retail_trade": "Employment: retail trade", "wholesale_trade": "Employment: wholesale trade"},
    "streaming_cloud": {"information": "Employment: information"},
}
UNEMPLOYMENT = {
    "semiconductors": "Manufacturing",
    "retail": "Wholesale and Retail Trade",
    "streaming_cloud": "Information",
}


def fiscal_year(end: str) -> int:
    """The program's rule: a year that ends in January to May counts as the calendar year before."""
    year, month = int(end[:4]), int(end[5:7])
    return year - 1 if month <= 5 else year


def plain(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)


def consolidated(facts: Iterable[Fact]) -> Iterator[Fact]:
    """One fact per tag and period: the most precise ("5,188" million beats "5.2" billion in a note)."""
    best: dict[tuple[str, str | None, str], Fact] = {}
    for fact in facts:
        key = (fact.concept, fact.start, fact.end)
        if not fact.dimensions and fact.concept in CONCEPTS and (key not in best or fact.decimals > best[key].decimals):
            best[key] = fact
    yield from sorted(best.values(), key=lambda f: (f.concept, f.end, f.start or ""))


def label(concept: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", concept)


def add_point(tree: dict[str, Any], concept: str, unit: str, point: dict[str, Any]) -> None:
    taxonomy = "dei" if concept.startswith("Entity") else "us-gaap"
    entry = tree.setdefault(taxonomy, {}).setdefault(
        concept, {"label": label(concept), "description": CONCEPTS[concept], "units": {}}
    )
    entry["units"].setdefault(unit, []).append(point)


def facts_of_filing(filing: Filing, real: Path, tree: dict[str, Any]) -> None:
    for fact in consolidated(read_facts(real / filing.path)):
        period = {"start": fact.start, "end": fact.end} if fact.start else {"end": fact.end}
        tail = {
            "fy": filing.fiscal_year,
            "fp": filing.fiscal_period,
            "form": filing.form,
            "filed": filing.filed,
        }
        add_point(tree, fact.concept, fact.unit, {**period, "val": plain(fact.value), **tail})


def facts_of_snowflake(real: Path, tree: dict[str, Any]) -> None:
    """Annual values only: 10-K points that cover a year or state a year-end balance."""
    stored = json.loads((real / "sec_xbrl_facts/snow_facts.json").read_text(encoding="utf-8"))["facts"]
    keep = ("start", "end", "val", "accn", "fy", "fp", "form", "filed")
    for taxonomy in ("dei", "us-gaap"):
        for concept, entry in stored[taxonomy].items():
            for unit, points in entry["units"].items() if concept in CONCEPTS else ():
                for point in points:
                    annual = "start" not in point or (point["start"][5:], point["end"][5:]) == (
                        "02-01",
                        "01-31",
                    )
                    if point["form"] == "10-K" and annual:
                        add_point(tree, concept, unit, {k: point[k] for k in keep if k in point})


def planted_unit(tree: dict[str, Any]) -> None:
    """The one bad company-facts point (sample/README.md lists it): a unit no program can know."""
    tree["us-gaap"]["PlantedUnknownUnit"] = {
        "label": "Planted unknown unit",
        "description": "Bad on purpose: shows how the demo sets aside a value in an unknown unit.",
        "units": {
            "USD/widget": [
                {"end": "2025-01-31", "val": 1, "fy": 2025, "fp": "FY", "form": "10-K", "filed": "2025-03-14"}
            ]
        },
    }


def build_company_facts(real: Path) -> None:
    for ticker, (cik, name) in ENTITIES.items():
        tree: dict[str, Any] = {}
        filings = [f for f in FILINGS if f.ticker == ticker]
        for filing in filings:
            facts_of_filing(filing, real, tree)
        if ticker == "SNOW":
            facts_of_snowflake(real, tree)
        if ticker == "WMT":
            planted_unit(tree)
        industry = filings[0].industries[0] if filings else "streaming_cloud"
        folder = SAMPLE / industry / "company_facts"
        folder.mkdir(exist_ok=True)
        facts = {taxonomy: dict(sorted(tree[taxonomy].items())) for taxonomy in sorted(tree)}
        text = json.dumps({"cik": cik, "entityName": name, "facts": facts}, indent=1)
        # One point per line: small enough to store, still readable in a diff.
        text = re.sub(r"\{\s+(\"(?:start|end)\"[^{}]*?)\s+\}", lambda m: "{" + " ".join(m[1].split()) + "}", text)
        (folder / f"{ticker}.json").write_text(text + "\n", encoding="utf-8")


def write_csv(path: Path, header: list[str], rows: Iterable[Iterable[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as handle:
        return list(csv.DictReader(handle))


def tidy(text: str) -> str:
    """A list's number as a plain decimal ("22291.00" -> "22291"); "N.A." stays as the list has it."""
    try:
        return f"{Decimal(text).normalize():f}"
    except InvalidOperation:
        return text


def company_names(industry: str) -> dict[str, str]:
    """Every name form of the request's companies, lower case, to the one name used here."""
    request = yaml.safe_load((SAMPLE / industry / "request.yaml").read_text(encoding="utf-8"))
    names = {}
    for company in request["companies"]:
        for form in (company["name"], *company["aliases"]):
            names[form.lower()] = company["name"]
    return names


PLANTED_RESULTS = (
    # Bad on purpose; sample/README.md lists them.
    (
        "Intel",
        "2018",
        "70848",
        "21053",
        "Fortune 500 list 2019 (planted: too many fields)",
        "surplus",
        "field",
    ),
    ("Qualcomm", "2018", "n.m.", "-4864", "Fortune 500 list 2019 (planted: revenue is not a number)"),
    ("Micron Technology", "20188", "30391", "14135", "Fortune 500 list 2019 (planted: impossible year)"),
)


def build_annual_results(real: Path, industry: str) -> None:
    names = company_names(industry)
    if industry == "streaming_cloud":
        # Amazon is here for AWS alone; as a whole it is a retailer and would swamp the industry's revenue.
        names = {form: name for form, name in names.items() if name != "Amazon"}
    rows: list[tuple[str, ...]] = []
    for year in LISTS:
        for row in read_csv(real / f"fortune500/fortune500-{year}.csv"):
            name = names.get(row["company"].lower())
            fiscal = year - LIST_LAG.get(name or "", 1)
            if name and fiscal in YEARS:
                figures = tidy(row["revenue ($ millions)"]), tidy(row["profit ($ millions)"])
                rows.append((name, str(fiscal), *figures, f"Fortune 500 list {year}"))
    rows.sort()
    planted = PLANTED_RESULTS if industry == "semiconductors" else ()
    header = ["company", "fiscal_year", "revenue ($ millions)", "profit ($ millions)", "source"]
    write_csv(SAMPLE / industry / "annual_results.csv", header, [*rows, *planted])


def millions(value: Decimal | None) -> str:
    return "" if value is None else f"{(value / 1_000_000).normalize():f}"


def segment_rows(real: Path, breakdown: dict[str, Any]) -> Iterator[tuple[Filing, tuple[str, ...]]]:
    filing = next(f for f in FILINGS if f.ticker == breakdown["ticker"] and f.form == "10-K")
    axis, tag = breakdown["axis"], breakdown["revenue"]
    values: dict[tuple[str, str, str], Decimal] = {}
    for fact in read_facts(real / filing.path):
        rest = fact.dimensions - NEUTRAL
        if len(rest) == 1 and fact.start and fact.concept in {tag, "OperatingIncomeLoss"}:
            values[dict(rest).get(axis, ""), fact.end, fact.concept] = fact.value
    for member, segment in breakdown["members"].items():
        for end in sorted({end for _, end, _ in values}):
            revenue, income = values[member, end, tag], values.get((member, end, "OperatingIncomeLoss"))
            source = f"{filing.company} 10-K filed {filing.filed}, {breakdown['breakdown']}"
            # One of the three columns names the part, and so says which way of splitting the row belongs to.
            cut = [segment if column == breakdown["column"] else "" for column in CUTS]
            key = (filing.company, str(fiscal_year(end)), *cut)
            yield filing, (*key, millions(revenue), millions(income), source)


def build_segments(real: Path) -> None:
    header = [
        "company",
        "fiscal_year",
        *CUTS,
        "revenue ($ millions)",
        "operating income ($ millions)",
        "source",
    ]
    rows = [row for breakdown in SEGMENTS for row in segment_rows(real, breakdown)]
    for industry in EMPLOYMENT:
        # Of Amazon only AWS is a cloud service; its shops belong to retail.
        cloud = industry == "streaming_cloud"
        chosen = [
            r for f, r in rows if industry in f.industries and not (cloud and f.ticker == "AMZN" and r[2] != "AWS")
        ]
        write_csv(SAMPLE / industry / "segment_results.csv", header, chosen)


def macro_rows(real: Path, industry: str) -> Iterator[tuple[str, str, str, str, str]]:
    for file, column, entity, metric, value, unit in (
        ("gdp", "Country Name", "United States", "GDP", "Value", "USD"),
        ("gdp", "Country Name", "World", "GDP", "Value", "USD"),
        ("cpi", "Country", "United States", "CPI inflation", "CPI", "percent"),
        ("population", "Country Name", "United States", "Population", "Value", "persons"),
    ):
        for row in read_csv(real / f"macro/{file}.csv"):
            if row[column] == entity and int(row["Year"]) >= 2000:
                yield entity, row["Year"], metric, tidy(row[value]), unit
    for column, metric in EMPLOYMENT[industry].items():
        for row in read_csv(real / "macro/us-employment.csv"):
            if row["month"][5:7] == "12":
                yield (
                    "United States",
                    row["month"][:4],
                    f"{metric}, December",
                    tidy(row[column]),
                    "thousand persons",
                )
    metric = f"Unemployment rate: {UNEMPLOYMENT[industry].lower()}, December"
    for entry in json.loads((real / "macro/unemployment-across-industries.json").read_text(encoding="utf-8")):
        if entry["series"] == UNEMPLOYMENT[industry] and entry["month"] == 12:
            yield "United States", str(entry["year"]), metric, str(entry["rate"]), "percent"
    if industry == "streaming_cloud":
        yield from media_rows(real)


def media_rows(real: Path) -> Iterator[tuple[str, str, str, str, str]]:
    """Platform users and daily hours: what an audience does, beside what it owns."""
    for row in read_csv(real / "tech_adoption/users-by-social-media-platform.csv"):
        users = row["Monthly active users (Statista and TNW (2019))"]
        yield row["Entity"], row["Year"], "Monthly active users", users, "persons"
    devices = ("Mobile", "Desktop/Laptop", "Other Connected Devices")
    for row in read_csv(real / "tech_adoption/daily-hours-spent-with-digital-media-per-adult-user.csv"):
        for device in devices:
            metric = f"Daily hours with digital media per adult user: {device.lower()}"
            yield (
                "United States",
                row["Year"],
                metric,
                row[f"{device} (BOND Internet Trends (2019))"],
                "hours",
            )


def adoption_rows(real: Path, industry: str) -> Iterator[tuple[str, str, str, str]]:
    request = yaml.safe_load((SAMPLE / industry / "request.yaml").read_text(encoding="utf-8"))
    for row in read_csv(real / HOUSEHOLD_FILE):
        if row["Entity"] in request["technologies"]:
            share = row["Technology Diffusion (Comin and Hobijn (2004) and others)"]
            yield row["Entity"], "United States", row["Year"], tidy(share)
    if "Individuals using the Internet" in request["technologies"]:
        for row in read_csv(real / INTERNET_FILE):
            if row["Entity"] in INTERNET_REGIONS:
                share = row["Individuals using the Internet (% of population)"]
                yield "Individuals using the Internet", row["Entity"], row["Year"], tidy(share)


def build_overviews() -> None:
    """The retail overview as PDF and the semiconductor overview as DOCX, from our HTML in overviews/."""
    os.environ["SOURCE_DATE_EPOCH"] = "1756684800"  # 2025-09-01: keeps the files the same bytes
    render_pdf(SAMPLE / "overviews/retail.html", SAMPLE / "retail/retail_overview.pdf")
    render_docx(SAMPLE / "overviews/semiconductors.html", SAMPLE / "semiconductors/semiconductors_overview.docx")


# Bad on purpose; sample/README.md lists them.
PLANTED_PRICES = (
    ("northmart", "NO-0003", "2025-11-03T05:00:00+00:00", "-19.99", "USD"),
    ("greenbay", "GR-0005", "2025-11-04T05:00:00+00:00", "call us", "USD"),
    ("northmart", "NO-0007", "2025-11-05T05:00:00+00:00", "99999.00", "USD"),
)
PLANTED_REVIEW = {
    "sku": "k001/du", "review_id": "r-planted", "rating": 11, "text": "Planted: more stars than there are.",
    "reviewer_id": "planted", "verified": "no", "written_at": "2025-11-06",
}  # fmt: skip


def build_simulated_shop() -> None:
    """The simulated shop in the forms that shops export: CSV, JSON and Parquet. Nothing in it is real."""
    from market_research.commerce.simulation import simulate

    folder = SAMPLE / SIMULATED
    folder.mkdir(exist_ok=True)
    records = simulate().records
    for name in ("catalogue", "stock", "promotions"):
        records[f"{name}.csv"].write_csv(folder / f"{name}.csv")
    prices = records["prices.csv"]
    write_csv(folder / "prices.csv", prices.columns, [*prices.rows(), *PLANTED_PRICES])
    records["sales.csv"].write_parquet(folder / "sales.parquet", compression="zstd", statistics=False)
    reviews = [*records["reviews.csv"].to_dicts(), PLANTED_REVIEW]
    lines = ",\n".join(json.dumps(review, ensure_ascii=False) for review in reviews)
    (folder / "reviews.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")


def main(real: Path) -> None:
    build_simulated_shop()
    build_company_facts(real)
    build_segments(real)
    for industry in EMPLOYMENT:
        build_annual_results(real, industry)
        macro = ["entity", "year", "metric", "value", "unit"]
        write_csv(SAMPLE / industry / "macro.csv", macro, macro_rows(real, industry))
        adoption = ["technology", "region", "year", "adoption (%)"]
        write_csv(SAMPLE / industry / "technology_adoption.csv", adoption, adoption_rows(real, industry))
    build_overviews()


if __name__ == "__main__":
    if sys.argv[1:] == ["simulated"]:
        build_simulated_shop()
    else:
        main(Path(sys.argv[1]))
