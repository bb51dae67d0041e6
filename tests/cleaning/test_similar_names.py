"""Names that equal none: matched where hardly another company can be meant, and left alone where it can."""

import hashlib
import json
from pathlib import Path

import polars as pl
import pytest

from market_research.cleaning.names import Known, resolve
from market_research.cleaning.reference import reference_tables
from market_research.cleaning.schema import DOCUMENTS
from market_research.cleaning.similar_names import ACCEPT, Match, match_similar
from market_research.industries import Company, ResearchRequest

COMPANIES = [
    Known("A. O. Smith", aliases=("SMITH A O CORP",)), Known("Cisco Systems"), Known("Old Dominion Freight Line"),
    Known("Delta Air Lines"), Known("Delta Apparel"), Known("Costco Wholesale"), Known("Qualcomm"), Known("Comcast"),
]  # fmt: skip


def best(stated: str) -> Match | None:
    return next(iter(match_similar([stated], COMPANIES)), None)


@pytest.mark.parametrize(
    ("stated", "name", "method"),
    [
        ("Smith (A.O.) Corporation", "A. O. Smith", "same words"),
        ("Cisco", "Cisco Systems", "ending left out"),
        ("Old Dominion", "Old Dominion Freight Line", "beginning of one name"),
    ],
)
def test_a_name_that_can_mean_only_one_company_is_accepted(stated: str, name: str, method: str) -> None:
    match = best(stated)
    assert match is not None
    assert (match.name, match.method) == (name, method)
    assert match.confidence >= ACCEPT


@pytest.mark.parametrize("stated", ["Delta", "Costco Hardware", "Qualcast", "Comcost", "Old", "Air Lines", "", "…"])
def test_a_name_that_could_mean_another_is_not_accepted(stated: str) -> None:
    match = best(stated)
    assert match is None or match.confidence < ACCEPT


def test_only_accepted_matches_count_and_no_country_or_technology_is_a_company() -> None:
    request = ResearchRequest(
        industry="steel", companies=(Company(name="United States Steel"), Company(name="Cisco Systems")),
        technologies=("Cisco",), countries=("United States",),
    )  # fmt: skip
    tables = reference_tables(request, DOCUMENTS.frame(), ["United States", "Cisco", "CISCO SYSTEMS INTERNATIONAL"])
    assert tables["company_names"].rows() == [("CISCO SYSTEMS INTERNATIONAL", "Cisco Systems")]
    assert tables["name_matches"]["stated"].to_list() == ["CISCO SYSTEMS INTERNATIONAL"]
    assert tables["name_matches"].schema["accepted"] == pl.Boolean()


def test_names_of_large_companies_are_found_among_all_registrants(real_data: Path) -> None:
    listed = json.loads((real_data / "sec_xbrl_facts" / "company_tickers.json").read_text("utf-8"))
    titles: dict[str, str] = {}
    for row in listed.values():
        titles.setdefault(str(row["cik_str"]).zfill(10), row["title"])
    known = [Known(cik, aliases=(title,)) for cik, title in titles.items()]
    constituents = pl.read_csv(real_data / "company_industry" / "sp500_constituents.csv")
    true = {name: str(cik).zfill(10) for name, cik in constituents.select("Security", "CIK").rows()}
    true = {name: cik for name, cik in true.items() if cik in titles}
    equal = resolve(true, known)
    assert all(true[name] == cik for name, cik in equal.items())
    assert len(equal) > 0.85 * len(true)
    # The half that the threshold was not chosen on.
    unseen = [name for name in true if name not in equal and hashlib.sha256(name.encode()).digest()[0] % 2]
    accepted = [match for match in match_similar(unseen, known) if match.confidence >= ACCEPT]
    assert len(accepted) > 0.35 * len(unseen)
    assert [match for match in accepted if match.name != true[match.stated]] == []
