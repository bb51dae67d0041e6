"""EDGAR's frames hold every filer of the country: an industry keeps its own companies of them and counts the rest."""

import json
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from market_research.cleaning.schema import DOCUMENTS, FACTS, QUALITY_FLAGS, TABLE_ROWS
from market_research.industries import Company, ResearchRequest
from resources.inbox import collect
from resources.lake import Lake
from resources.registry import Registry
from resources.staging import StagedDocument, stage_industry

KEY = "wood"
FRAME = "frames/us-gaap/Revenues/CY2023.json"
NOW = datetime(2025, 1, 1, tzinfo=UTC)


def frame(filers: int) -> bytes:
    points = [
        {"accn": f"{cik}", "cik": cik, "entityName": f"FILER {cik}", "loc": "US-IL", "start": "2023-01-01",
         "end": "2023-12-31", "val": cik * 1000}
        for cik in range(1, filers + 1)
    ]  # fmt: skip
    return json.dumps(
        {"taxonomy": "us-gaap", "tag": "Revenues", "ccp": "CY2023", "uom": "USD", "data": points}
    ).encode()


def sic(*ciks: int) -> bytes:
    entries = "".join(
        f'<entry><content type="text/xml"><company-info><cik>{cik:010d}</cik></company-info></content></entry>'
        for cik in ciks
    )
    return f'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom">{entries}</feed>'.encode()


class House:
    """A lake that gets answers of EDGAR and stages them."""

    def __init__(self, folder: Path) -> None:
        self.lake, self.inbox = Lake(folder / "lake"), folder / "inbox"
        self.inbox.mkdir()
        self.ask(companies=(Company(name="Alder", cik="7"),))

    def ask(self, companies: tuple[Company, ...]) -> None:
        Registry(self.lake).add(ResearchRequest(industry=KEY, sic=("2421",), companies=companies))

    def staged(self, answers: dict[str, bytes]) -> dict[str, StagedDocument]:
        rows = [self._row(path, content) for path, content in answers.items()]
        self.lake.write("fetched", DOCUMENTS.name, KEY, DOCUMENTS.frame(rows), part="edgar")
        collect(self.lake, self.inbox, KEY, max_bytes=2**20, now=NOW)
        return {result.path.removeprefix("fetched/edgar/"): result for result in stage_industry(self.lake, KEY)}

    def _row(self, path: str, content: bytes) -> dict[str, object]:
        sha256 = self.lake.put_raw(content)
        return {
            "document_id": f"doc_{sha256[:16]}", "industry": KEY, "source": "edgar", "kind": "", "uri": "https://x",
            "path": f"fetched/edgar/{path}", "media_type": "", "title": path, "publisher": "", "published_at": None,
            "retrieved_at": NOW, "size_bytes": len(content), "sha256": sha256, "licence": None,
        }  # fmt: skip

    def filers(self) -> list[str]:
        return self.lake.read("staged", FACTS, KEY)["entity"].unique().sort().to_list()


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def test_of_all_filers_those_of_the_industry_are_kept_and_the_others_counted(house: House) -> None:
    result = house.staged({FRAME: frame(1_000), "sic/2421/page-1.xml": sic(3, 5), "sic/2421/page-2.xml": sic(900)})
    assert house.filers() == ["FILER 3", "FILER 5", "FILER 7", "FILER 900"]
    assert (result[FRAME].facts, result[FRAME].rows) == (4, 4)
    document = result[FRAME].document_id
    flags = house.lake.read("staged", QUALITY_FLAGS, KEY).filter(pl.col("document_id") == document)
    assert flags.select("flag", "what", "strategy", "count", "locator").rows() == [
        ("outside", "companies outside the industry", "left out", 996, "$.data[0]; $.data[1]; $.data[3]")
    ]
    rows = house.lake.read("staged", TABLE_ROWS, KEY).filter(pl.col("document_id") == document)
    assert rows.height + 996 == 1_000, "no row is lost without being counted"


def test_companies_without_a_stated_cik_are_known_by_the_answers_about_them(house: House) -> None:
    house.ask(companies=(Company(name="Elm", ticker="ELM"),))
    house.staged({FRAME: frame(20), "filings/elm/submissions.json": b"{}", "facts/elm/CIK0000000012.json": b"{}"})
    assert house.filers() == ["FILER 12"]


def test_frames_are_read_again_when_the_industry_gets_other_companies(house: House) -> None:
    answers = {FRAME: frame(20)}
    house.staged(answers)
    assert house.filers() == ["FILER 7"]
    assert house.staged(answers) == {}
    assert sorted(house.staged({**answers, "sic/2421/page-1.xml": sic(2)})) == [FRAME, "sic/2421/page-1.xml"]
    assert house.filers() == ["FILER 2", "FILER 7"]
    house.ask(companies=())
    assert sorted(house.staged({**answers, "sic/2421/page-1.xml": sic(2)})) == [FRAME]
    assert house.filers() == ["FILER 2"]


def test_a_list_that_cannot_be_read_leaves_the_others(house: House) -> None:
    house.staged({FRAME: frame(9), "sic/2421/page-1.xml": b"<feed", "sic/2421/page-2.xml": sic(4)})
    assert house.filers() == ["FILER 4", "FILER 7"]
