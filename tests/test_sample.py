"""The bundled sample: its shape, its planted defects and, with the real files at hand, every figure in it."""

from __future__ import annotations

import csv
import datetime as dt
import functools
import json
import re
import warnings
from collections.abc import Iterable, Iterator
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import feedparser
import pytest
import yaml
from bs4 import BeautifulSoup
from ixbrlparse import IXBRL
from lxml import etree, html

SAMPLE = Path(__file__).resolve().parents[1] / "sample"
INDUSTRIES = ("semiconductors", "retail", "streaming_cloud")
TICKERS = {"semiconductors": ("NVDA",), "retail": ("WMT", "AMZN"), "streaming_cloud": ("NFLX", "SNOW")}
REVENUE, PROFIT, OPERATING = "revenue ($ millions)", "profit ($ millions)", "operating income ($ millions)"
HOUSEHOLDS = "technology-adoption-by-households-in-the-united-states"
CUTS = ("segment", "product", "region")
REVENUE_TAGS = {"Revenues", "RevenueFromContractWithCustomerExcludingAssessedTax"}
FILING_OF = {"NVIDIA": "nvda-10-k", "Walmart": "wmt-10-k", "Amazon": "amzn-10-k", "Netflix": "nflx-10-k"}
NUMBER = re.compile(r"(?<![A-Za-z\d.,-])\d[\d,]*(?:\.\d+)?(?![\dA-Za-z])")
SCALED = re.compile(NUMBER.pattern + r"\)?(?:\s*(%)|\s+(thousand|million|billion|trillion)\b)?")
SCALES = {"thousand": 3, "million": 6, "billion": 9, "trillion": 12}
Figure = tuple[Decimal, str]  # a value and the mark after it: "%", a scale word or nothing


def read_csv(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8-sig", newline="") as handle:
        return list(csv.DictReader(handle))


def read_yaml(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def good_results(industry: str) -> list[dict[str, Any]]:
    rows = read_csv(SAMPLE / industry / "annual_results.csv")
    return [row for row in rows if "planted" not in row["source"]]


def briefs(industry: str) -> list[dict[str, str]]:
    """Items that carry text: guid, title and description with white space folded."""
    found = []
    for item in etree.parse(str(SAMPLE / industry / "briefs.rss")).iter("item"):
        brief = {node.tag: " ".join((node.text or "").split()) for node in item}
        if brief.get("description"):
            found.append(brief)
    return found


def all_briefs() -> Iterator[dict[str, str]]:
    for industry in INDUSTRIES:
        yield from briefs(industry)


def facts_files() -> list[Path]:
    return sorted(SAMPLE.glob("*/company_facts/*.json"))


def points(path: Path) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    for taxonomy, concepts in json.loads(path.read_text(encoding="utf-8"))["facts"].items():
        for concept, entry in concepts.items():
            for unit, values in entry["units"].items():
                for point in values:
                    yield taxonomy, concept, unit, point


# -- shape -----------------------------------------------------------------------------------------------


def test_size() -> None:
    total = sum(path.stat().st_size for path in SAMPLE.rglob("*") if "__pycache__" not in path.parts and path.is_file())
    assert total < 3_000_000


@pytest.mark.parametrize("industry", INDUSTRIES)
def test_request_names_every_company_and_technology(industry: str) -> None:
    request = read_yaml(SAMPLE / industry / "request.yaml")
    assert request["industry"] == industry
    names = {company["name"] for company in request["companies"]}
    assert {row["company"] for row in read_csv(SAMPLE / industry / "annual_results.csv")} <= names
    assert {row["company"] for row in read_csv(SAMPLE / industry / "segment_results.csv")} <= names
    technologies = {row["technology"] for row in read_csv(SAMPLE / industry / "technology_adoption.csv")}
    assert technologies == set(request["technologies"])
    owners: dict[str, set[str]] = {}
    for company in request["companies"]:
        for form in (company["name"], *company["aliases"]):
            owners.setdefault(form.lower(), set()).add(company["name"])
    assert all(len(found) == 1 for found in owners.values()), "a name form belongs to one company"


@pytest.mark.parametrize("industry", INDUSTRIES)
def test_every_file_has_its_source(industry: str) -> None:
    folder = SAMPLE / industry
    sources = read_yaml(folder / "sources.yaml")
    files = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert set(sources) == files - {"request.yaml", "sources.yaml"}
    for source in sources.values():
        assert set(source) == {"title", "publisher", "kind", "url", "licence", "published_at"}
        dt.date.fromisoformat(source["published_at"])


@pytest.mark.parametrize("industry", INDUSTRIES)
def test_enough_years_of_enough_companies(industry: str) -> None:
    years: dict[str, set[int]] = {}
    for row in good_results(industry):
        if row[PROFIT] != "N.A.":
            float(row[REVENUE]), float(row[PROFIT])
            years.setdefault(row["company"], set()).add(int(row["fiscal_year"]))
    assert set().union(*years.values()) == set(range(2009, 2019))
    assert sum(len(found) >= 5 for found in years.values()) >= 7


@pytest.mark.parametrize("industry", INDUSTRIES)
def test_briefs_are_enough_and_complete(industry: str) -> None:
    found = briefs(industry)
    assert len(found) >= 20
    assert len({brief["guid"] for brief in found}) == len(found)
    for brief in found:
        assert brief["guid"].startswith(f"sample:{industry}:")
        assert {"title", "link", "pubDate", "category"} <= set(brief)
        assert 80 <= len(brief["description"].split()) <= 150, brief["guid"]
    feed = feedparser.parse(str(SAMPLE / industry / "briefs.rss"))
    assert not feed.bozo
    assert all(entry.get("published_parsed") for entry in feed.entries)


def test_no_file_names_a_place_on_the_machine() -> None:
    for path in (path for path in SAMPLE.rglob("*") if path.suffix in {".yaml", ".rss", ".csv", ".md", ".html", ".py"}):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"(?<![\w.])/(work|tmp|home|root)\b", text), path


@pytest.mark.parametrize("path", facts_files(), ids=lambda path: path.stem)
def test_company_facts_have_the_wire_format(path: Path) -> None:
    facts = json.loads(path.read_text(encoding="utf-8"))
    assert isinstance(facts["cik"], int)
    assert facts["entityName"]
    for _taxonomy, _concept, _unit, point in points(path):
        assert {"end", "val", "fy", "fp", "form", "filed"} <= set(point)
        dt.date.fromisoformat(point["end"])
    annual = {(c, p["end"]) for _, c, _, p in points(path) if p["form"] == "10-K"}
    assert sum(concept == "NetIncomeLoss" for concept, _ in annual) >= 3
    assert sum(concept == "Assets" for concept, _ in annual) >= 2


@pytest.mark.parametrize("industry", INDUSTRIES)
def test_each_row_of_the_segments_names_one_part(industry: str) -> None:
    for row in read_csv(SAMPLE / industry / "segment_results.csv"):
        assert sum(bool(row[cut]) for cut in CUTS) == 1, row
        assert ":" not in "".join(row[cut] for cut in CUTS), row


@pytest.mark.parametrize("industry", INDUSTRIES)
def test_parts_of_one_cut_add_up_to_no_more_than_the_whole(industry: str) -> None:
    tickers = {"NVIDIA": "NVDA", "Walmart": "WMT", "Amazon": "AMZN", "Netflix": "NFLX"}
    sums: dict[tuple[str, str, str], Decimal] = {}
    for row in read_csv(SAMPLE / industry / "segment_results.csv"):
        (cut,) = [cut for cut in CUTS if row[cut]]
        key = row["company"], row["fiscal_year"], cut
        sums[key] = sums.get(key, Decimal(0)) + Decimal(row[REVENUE]) * 1_000_000
    for (company, year, cut), total in sums.items():
        (path,) = SAMPLE.glob(f"*/company_facts/{tickers[company]}.json")
        revenues = {
            Decimal(str(point["val"]))
            for _, concept, _, point in points(path)
            if concept in REVENUE_TAGS and fiscal_year(point["end"]) == int(year) and point["form"] == "10-K"
        }
        assert total <= max(revenues), (company, year, cut)
        if company == "NVIDIA":
            assert total == max(revenues), (year, cut)


@pytest.mark.parametrize("industry", INDUSTRIES)
def test_the_parser_reads_the_cut_of_each_segment_figure(industry: str) -> None:
    from market_research.sources.parse import parse

    path = SAMPLE / industry / "segment_results.csv"
    parsed = parse(path.read_bytes(), path.name)
    expected = {
        (f"{cut}={row[cut]}", int(row["fiscal_year"]), Decimal(row[column]) * 1_000_000)
        for row in read_csv(path)
        for cut in CUTS
        for column in (REVENUE, OPERATING)
        if row[cut] and row[column]
    }
    assert {(n.dimensions, n.fiscal_year, Decimal(repr(n.value))) for n in parsed.numbers} == expected
    assert not parsed.rejects


def test_all_company_facts_are_there() -> None:
    expected = {(industry, ticker) for industry, tickers in TICKERS.items() for ticker in tickers}
    assert {(path.parts[-3], path.stem) for path in facts_files()} == expected


def test_overviews_open() -> None:
    import docx
    import pypdfium2

    pdf = pypdfium2.PdfDocument(str(SAMPLE / "retail/retail_overview.pdf"))
    assert 2 <= len(pdf) <= 3
    document = docx.Document(str(SAMPLE / "semiconductors/semiconductors_overview.docx"))
    assert document.tables
    assert any(paragraph.style.name.startswith("Heading") for paragraph in document.paragraphs)
    page = BeautifulSoup((SAMPLE / "streaming_cloud/streaming_cloud_overview.html").read_text("utf-8"), "html.parser")
    assert page.find("table")


# -- planted defects -------------------------------------------------------------------------------------


def test_planted_rows_are_as_the_readme_says() -> None:
    lines = (SAMPLE / "semiconductors/annual_results.csv").read_text(encoding="utf-8").splitlines()
    planted = [row for row in csv.reader(lines) if "planted" in ",".join(row)]
    assert len(planted) == 3
    ragged, not_a_number, impossible = planted
    assert len(ragged) == 7
    assert not_a_number[2] == "n.m."
    assert impossible[1] == "20188"
    readme = (SAMPLE / "README.md").read_text(encoding="utf-8")
    for word in ("n.m.", "20188", "too many fields", "USD/widget", "sample:streaming_cloud:planted:empty"):
        assert word in readme


def test_only_the_listed_defects_are_planted() -> None:
    odd = [(path.stem, c, u) for path in facts_files() for _, c, u, _ in points(path)]
    known = {"USD", "shares", "USD/shares", "pure"}
    assert [entry for entry in odd if entry[2] not in known] == [("WMT", "PlantedUnknownUnit", "USD/widget")]
    empty = []
    for industry in INDUSTRIES:
        for item in etree.parse(str(SAMPLE / industry / "briefs.rss")).iter("item"):
            if item.find("title") is None:
                empty.append(item.findtext("guid"))
                assert item.find("description") is None
        if industry != "semiconductors":
            assert "planted" not in (SAMPLE / industry / "annual_results.csv").read_text(encoding="utf-8")
    assert empty == ["sample:streaming_cloud:planted:empty"]


# -- figures against the real files -----------------------------------------------------------------------


@functools.cache
def tagged(path: Path) -> list[tuple[str, str, str, frozenset[tuple[str, str]], float]]:
    """Tagged numbers as another library reads them: name, start, end, dimensions, value."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        document = IXBRL.open(str(path))
    found = []
    for fact in document.numeric:
        context = fact.context
        start = context.startdate.isoformat() if context.startdate else ""
        end = (context.enddate or context.instant).isoformat()
        dims = frozenset(
            (s.get("dimension", s["tag"]).split(":")[-1], s["value"].split(":")[-1]) for s in context.segments
        )
        if fact.value is not None:
            found.append((fact.name, start, end, dims, float(fact.value)))
    return found


def filing(real_data: Path, start: str) -> Path:
    (path,) = [p for folder in ("sec_10k", "sec_10q") for p in (real_data / folder).glob(f"{start}*.html")]
    return path


def fiscal_year(end: str) -> int:
    return int(end[:4]) - (int(end[5:7]) <= 5)


@pytest.mark.parametrize("industry", INDUSTRIES)
def test_annual_results_match_the_lists(real_data: Path, industry: str) -> None:
    request = read_yaml(SAMPLE / industry / "request.yaml")
    forms = {c["name"]: {f.lower() for f in (c["name"], *c["aliases"])} for c in request["companies"]}
    for row in good_results(industry):
        year = int(row["source"].split()[-1])
        listed = [
            entry
            for entry in read_csv(real_data / f"fortune500/fortune500-{year}.csv")
            if entry["company"].lower() in forms[row["company"]]
        ]
        assert len(listed) == 1, row
        for column in (REVENUE, PROFIT):
            same = row[column] == listed[0][column] or Decimal(row[column]) == Decimal(listed[0][column])
            assert same, (row, listed)
        # Oracle's year ends in May, so its list figure counts for the year before the others'.
        assert int(row["fiscal_year"]) == year - (2 if row["company"] == "Oracle" else 1)


@pytest.mark.parametrize("path", [p for p in facts_files() if p.stem != "SNOW"], ids=lambda path: path.stem)
def test_company_facts_match_the_filings(real_data: Path, path: Path) -> None:
    for _taxonomy, concept, unit, point in points(path):
        if unit == "USD/widget":
            continue
        stem = f"{path.stem.lower()}-{point['form'].lower()}-{point['filed']}"
        wanted = (concept, point.get("start", ""), point["end"], frozenset())
        values = [fact[4] for fact in tagged(filing(real_data, stem)) if fact[:4] == wanted]
        # The library reads a filer's dash, which stands for zero, as no value.
        assert any(point["val"] == pytest.approx(value, rel=1e-12) for value in values or [0]), (
            wanted,
            values,
        )


def test_snowflake_matches_the_stored_company_facts(real_data: Path) -> None:
    stored = json.loads((real_data / "sec_xbrl_facts/snow_facts.json").read_text(encoding="utf-8"))["facts"]
    for taxonomy, concept, unit, point in points(SAMPLE / "streaming_cloud/company_facts/SNOW.json"):
        entries = stored[taxonomy][concept]["units"][unit]
        assert any(all(entry.get(k) == v for k, v in point.items()) for entry in entries), (concept, point)


@pytest.mark.parametrize("industry", INDUSTRIES)
def test_segments_match_the_filings(real_data: Path, industry: str) -> None:
    for row in read_csv(SAMPLE / industry / "segment_results.csv"):
        facts = tagged(filing(real_data, FILING_OF[row["company"]]))
        revenues = {
            dims
            for name, start, end, dims, value in facts
            if name.startswith("Revenue")
            and start
            and fiscal_year(end) == int(row["fiscal_year"])
            and Decimal(value) == Decimal(row[REVENUE]) * 1_000_000
        }
        assert revenues, row
        if row[OPERATING]:
            incomes = {
                dims
                for name, start, end, dims, value in facts
                if name == "OperatingIncomeLoss"
                and start
                and fiscal_year(end) == int(row["fiscal_year"])
                and Decimal(value) == Decimal(row[OPERATING]) * 1_000_000
            }
            assert revenues & incomes, "revenue and income belong to the same segment"


def figures(text: str) -> set[Figure]:
    return {(value, mark) for _, value, mark in written(text)}


def written(text: str) -> Iterator[tuple[str, Decimal, str]]:
    """Each figure of a text: as written, its value, and "%" or the scale word after it."""
    for match in SCALED.finditer(text):
        figure = re.match(r"[\d.,]+", match[0])
        assert figure
        yield figure[0], Decimal(figure[0].replace(",", "")), match[1] or match[2] or ""


def bare(values: Iterable[Decimal]) -> set[Figure]:
    return {(value, "") for value in values}


@pytest.mark.parametrize("industry", INDUSTRIES)
@pytest.mark.parametrize("name", ["macro", "technology_adoption"])
def test_statistics_match_the_files(real_data: Path, industry: str, name: str) -> None:
    """Every (entity, year, value) of the tidy tables stands in some row of the statistics folders."""
    folder = real_data / {"macro": "macro", "technology_adoption": "tech_adoption"}[name]
    rows = {row for path in real_data_tables(folder) for row in path}
    if name == "macro":
        rows |= {row for path in real_data_tables(real_data / "tech_adoption") for row in path}
        rows |= unemployment(real_data)
    for row in read_csv(SAMPLE / industry / f"{name}.csv"):
        entity = row.get("entity") or row["region"]
        value = Decimal(row.get("value") or row["adoption (%)"])
        names = {
            entity,
            row.get("technology"),
            "month",
            row.get("metric", "").split(":")[-1].split(",")[0].strip(),
        }
        assert any((who, row["year"], value) in rows for who in names), row


def real_data_tables(folder: Path) -> Iterator[set[tuple[str, str, Decimal]]]:
    for path in folder.glob("*.csv"):
        found = set()
        for row in read_csv(path):
            cells = list(row.values())
            who = "month" if "month" in row else cells[0]
            year = (row.get("Year") or row.get("year") or row.get("month") or "")[:4]
            if "month" in row and row["month"][5:7] != "12":
                continue
            for cell in cells[1:]:
                if cell and re.fullmatch(r"-?\d+(\.\d+)?(e[+-]?\d+)?", cell):
                    found.add((who, year, Decimal(cell)))
        yield found


def unemployment(real_data: Path) -> set[tuple[str, str, Decimal]]:
    entries = json.loads((real_data / "macro/unemployment-across-industries.json").read_text(encoding="utf-8"))
    return {(e["series"].lower(), str(e["year"]), Decimal(str(e["rate"]))) for e in entries if e["month"] == 12}


# -- figures in the briefs --------------------------------------------------------------------------------


@functools.cache
def filing_figures(path: Path) -> set[Figure]:
    page = html.fromstring(path.read_bytes())
    return figures(" ".join(page.itertext()))


def source_figures(real_data: Path, source: str, text: str) -> set[Figure]:
    """All figures of the source a brief's guid names; of tables only the rows the brief is about."""
    if re.search(r"-10-[kq]-", source):
        return filing_figures(filing(real_data, source))
    if source == "snow_facts":
        return stored_figures(real_data / "sec_xbrl_facts/snow_facts.json")
    if source.startswith("fortune500"):
        return list_figures(real_data, source, text)
    (path,) = [p for folder in ("macro", "tech_adoption") for p in (real_data / folder).glob(f"{source}.csv")]
    lines = path.read_text(encoding="utf-8").splitlines()
    if source in {"gdp", "cpi"}:
        lines = [line for line in lines if line.startswith("United States,")]
    return figures("\n".join(lines).replace(",", "\n").replace("-", "\n"))


def stored_figures(path: Path) -> set[Figure]:
    concepts = json.loads(path.read_text(encoding="utf-8"))["facts"]["us-gaap"].values()
    found = [p for c in concepts for u in c["units"].values() for p in u if p["form"] == "10-K"]
    dates = {Decimal(part) for p in found for part in (p["end"][:4], p["end"][8:])}
    return bare(dates | {abs(Decimal(str(p["val"]))) for p in found})


@functools.cache
def company_names() -> dict[str, str]:
    requests = [read_yaml(SAMPLE / industry / "request.yaml") for industry in INDUSTRIES]
    return {form.lower(): c["name"] for r in requests for c in r["companies"] for form in c["aliases"]}


def list_figures(real_data: Path, source: str, text: str) -> set[Figure]:
    found = {Decimal(500)} | {Decimal(year) for year in range(2009, 2020)}
    for path in (real_data / "fortune500").glob(f"{source}*.csv"):
        if int(path.stem[-4:]) >= 2010:
            for row in read_csv(path):
                listed = row["company"].replace("’", "'")
                if listed in text or company_names().get(listed.lower(), listed) in text:
                    cells = (row["rank"], row[REVENUE], row[PROFIT])
                    found |= {abs(Decimal(cell)) for cell in cells if cell != "N.A."}
    return bare(found)


def stands_in(figure: str, value: Decimal, mark: str, source: set[Figure]) -> bool:
    """Whether the source has the figure: as it stands, in a table of thousands or millions, or rounded.

    A short figure ("1.9 billion") must stand there as it is, since rounding would let too many numbers pass.
    """
    marks = {found for _, found in source}
    if (value, mark) in source or (mark == "" and value in {found for found, _ in source}):
        return True
    if mark == "%" and "%" in marks:
        return False
    plain = {found for found, other in source if other == ""}
    if value.scaleb(SCALES.get(mark, 0)) in plain or (
        mark in {"thousand", "million"} and value in plain and (value > 99 or marks == {""})
    ):
        return True
    places = len(figure.split(".")[1]) if "." in figure else 0
    if len(figure.replace(",", "").replace(".", "").lstrip("0")) < 3 or not (places or mark):
        return False
    step = Decimal(1).scaleb(-places)
    shifts = range(0, SCALES.get(mark, 0) + 1, 3)
    return any(n.scaleb(-shift).quantize(step, ROUND_HALF_UP) == value for n in plain for shift in shifts)


def derived_figures() -> dict[str, list[dict[str, str]]]:
    table: dict[str, list[dict[str, str]]] = {}
    for row in read_csv(SAMPLE / "briefs_figures.csv"):
        table.setdefault(row["guid"], []).append(row)
    return table


def test_computed_figures_stand_in_their_briefs() -> None:
    texts = {brief["guid"]: brief["title"] + " " + brief["description"] for brief in all_briefs()}
    for guid, rows in derived_figures().items():
        for row in rows:
            assert re.fullmatch(r"[\d.+\-*/()]+", row["formula"])
            value = Decimal(repr(eval(row["formula"], {"__builtins__": {}})))
            figure = Decimal(row["figure"])
            assert value.quantize(Decimal(1).scaleb(figure.as_tuple().exponent), ROUND_HALF_UP) == figure, row
            assert figure in {value for _, value, _ in written(texts[guid])}, row


@pytest.mark.parametrize("brief", list(all_briefs()), ids=lambda brief: brief["guid"].removeprefix("sample:"))
def test_every_number_of_a_brief_stands_in_its_source(real_data: Path, brief: dict[str, str]) -> None:
    text = brief["title"] + ". " + brief["description"]
    source = source_figures(real_data, brief["guid"].split(":")[2], text)
    computed = derived_figures().get(brief["guid"], [])
    known = {Decimal(row["figure"]) for row in computed}
    for row in computed:
        operands = {value for value, _ in figures(re.sub(r"[-+*/()]", " ", row["formula"]))}
        assert operands - {Decimal(100), Decimal(1)} <= {value for value, _ in source}, row
    missing = [
        (figure, mark)
        for figure, value, mark in written(text)
        if value not in known and not stands_in(figure, value, mark, source)
    ]
    assert not missing


OVERVIEWS = {
    "overviews/retail.html": ("wmt-10-k", "amzn-10-k"),
    "overviews/semiconductors.html": ("nvda-10-k", "nvda-10-q"),
    "streaming_cloud/streaming_cloud_overview.html": ("nflx-10-k", "amzn-10-k"),
}
STATISTICS = {"overviews/retail.html": ("us-employment", "cpi", HOUSEHOLDS)}


@pytest.mark.parametrize("name", OVERVIEWS)
def test_every_number_of_an_overview_stands_in_its_sources(real_data: Path, name: str) -> None:
    page = BeautifulSoup((SAMPLE / name).read_text(encoding="utf-8"), "html.parser")
    text = page.body.get_text(" ") if page.body else ""
    source = list_figures(real_data, "fortune500", text)
    for start in OVERVIEWS[name]:
        source |= filing_figures(filing(real_data, start))
    for statistic in STATISTICS.get(name, ()):
        # Percentages of a table carry no sign there; beside filings they need one.
        table = source_figures(real_data, statistic, text)
        source |= table | {(value.quantize(step), "%") for value, _ in table for step in (Decimal(1), Decimal("0.01"))}
    if name.startswith("streaming"):
        source |= stored_figures(real_data / "sec_xbrl_facts/snow_facts.json") | bare({Decimal(21)})  # filing day
    source |= bare({Decimal(10)})  # the form's name
    missing = [(figure, mark) for figure, value, mark in written(text) if not stands_in(figure, value, mark, source)]
    assert not missing


@pytest.mark.parametrize(
    ("text", "there"),
    [
        ("revenue of $46,743 million", True),
        ("revenue of $46.7 billion", True),
        ("revenue of $46.8 billion", False),
        ("revenue of $46,744 million", False),
        ("a charge of $4.5 billion", True),
        ("a charge of $4.6 billion", False),
        ("up 56%", True),
        ("up 5%", False),
    ],
)
def test_the_number_check_tells_right_from_wrong(text: str, there: bool) -> None:
    source = figures(
        "Total revenue $ 46,743 after $ 30,040, up 56 %. A charge of $4.5 billion for 5 products and 4,583."
    )
    assert all(stands_in(figure, value, mark, source) for figure, value, mark in written(text)) is there
