"""EDGAR as it answers: its paths, its formats, its peculiarities."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from market_research.connectors import edgar
from market_research.connectors.base import Ask, Context, FetchFailed
from market_research.connectors.versions import significant
from market_research.errors import UnreadableDocument
from market_research.industries import ResearchRequest

from .asking import all_answers
from .loopback import Loopback, Reply, Request, as_json, page, tagged

Make = Callable[..., Context]
HOSTS = ("data.sec.gov", "www.sec.gov")
MADE = {"industry": "x", "companies": [{"name": "Example Works", "cik": "1234567"}]}
TICKERS = {
    "0": {"cik_str": 1234567, "ticker": "EXWK", "title": "EXAMPLE WORKS INC"},
    "1": {"cik_str": 222, "ticker": "TWO-A", "title": "Second Co"},
    "2": {"cik_str": 333, "ticker": "TWIN", "title": "Twin Corp"},
    "3": {"cik_str": 444, "ticker": "TWNN", "title": "TWIN INC"},
}
FACTS = {
    "cik": 1234567,
    "entityName": "EXAMPLE WORKS INC",
    "facts": {
        "us-gaap": {
            "Revenues": {
                "label": "Revenues",
                "units": {
                    "USD": [
                        {
                            "start": "2023-01-01",
                            "end": "2023-12-31",
                            "val": 5000000,
                            "accn": "0001234567-24-000010",
                            "fy": 2023,
                            "fp": "FY",
                            "form": "10-K",
                            "filed": "2024-02-20",
                        }
                    ]
                },
            }
        }
    },
}
FILINGS = [
    ("10-K", "2024-02-20", "0001234567-24-000010", "exwk-20231231.htm"),
    ("8-K", "2024-06-01", "0001234567-24-000020", "exwk-8k.htm"),
    ("8-K", "2023-06-01", "0001234567-23-000020", "old-8k.htm"),
    ("4", "2024-06-02", "0001234567-24-000021", "xslF345X05/form4.xml"),
    ("10-Q", "2024-05-01", "0001234567-24-000015", "exwk-20240331.htm"),
    ("10-Q", "2024-05-02", "0001234567-24-000016", "../../../etc/passwd"),
    ("10-K", "2030-02-20", "0001234567-30-000010", "future.htm"),
]


def _listed(filings: list[tuple[str, str, str, str]]) -> dict[str, list[str]]:
    columns = ("form", "filingDate", "accessionNumber", "primaryDocument")
    return {name: [filing[index] for filing in filings] for index, name in enumerate(columns)}


def _submissions(filings: list[tuple[str, str, str, str]] = FILINGS, **files: Any) -> dict[str, Any]:
    return {
        "cik": "1234567",
        "name": "EXAMPLE WORKS INC",
        "sic": "3674",
        "tickers": ["EXWK"],
        "fiscalYearEnd": "1231",
        "formerNames": [{"name": "EXAMPLE SHOPS INC", "from": "2001-01-01", "to": "2010-01-01"}],
        "filings": {"recent": _listed(filings), "files": files.get("files", [])},
    }


def _sic_page(request: Request) -> Reply:
    """The list as the live server writes it, with its peculiar names."""
    start, stamp = int(request.query["start"]), str(request.at)
    ciks = range(1000 + start, 1000 + min(start + int(request.query["count"]), 130))
    entries = "".join(
        f'<entry title="ARRAY(0x{cik:x}{stamp[-3:]})"><content type="text/xml"><company-info name="ARRAY(0x56)">'
        f'<addresses><address type="business"><state>CT</state></address><address type="mailing" /></addresses>'
        f"<cik>{cik:010d}</cik><irs-number></irs-number><sic>3674</sic><state>CT</state></company-info></content>"
        f"<updated>{stamp}</updated></entry>"
        for cik in ciks
    )
    xml = f'<?xml version="1.0" encoding="ISO-8859-1" ?>\n  <feed xmlns="http://www.w3.org/2005/Atom">{entries}'
    return Reply((xml + "</feed>\n").encode(), headers={"Content-Type": "application/atom+xml"})


@pytest.fixture
def sec(server: Loopback) -> Loopback:
    server.on("/files/company_tickers.json", as_json(TICKERS))
    server.on("/api/xbrl/companyfacts/CIK0001234567.json", tagged(json.dumps(FACTS).encode(), '"f1"'))
    server.on("/submissions/CIK0001234567.json", as_json(_submissions()))
    for _, _, accession, document in FILINGS:
        path = f"/Archives/edgar/data/1234567/{accession.replace('-', '')}/{document}"
        server.on(path, page(f"<html><body><p>Annual report {accession}</p></body></html>"))
    server.on("/cgi-bin/browse-edgar", _sic_page)
    return server


def _mirrors(server: Loopback) -> dict[str, str]:
    return dict.fromkeys(HOSTS, server.url)


def _asks(values: dict[str, Any], kind: str) -> list[Ask]:
    return [ask for ask in edgar.asks(ResearchRequest.model_validate(values)) if ask.options["kind"] == kind]


def test_questions_come_from_companies_and_industry_codes() -> None:
    request = {**MADE, "sic": ["3674", "36"], "companies": [*MADE["companies"], "Second & Co"]}  # type: ignore[misc]
    paths = [ask.path for ask in edgar.asks(ResearchRequest.model_validate(request))]
    assert paths == [
        "facts/CIK0001234567.json",
        "filings/CIK0001234567",
        "facts/second",
        "filings/second",
        "sic/3674",
        *(f"frames/{concept}" for concept in edgar.CONCEPTS),
    ]
    assert [ask.options["kind"] for ask in edgar.asks(ResearchRequest.model_validate(MADE))] == ["facts", "filings"]


def test_facts_are_fetched_read_and_unchanged_the_second_time(sec: Loopback, context: Make) -> None:
    (ask,) = _asks(MADE, "facts")
    here = context(_mirrors(sec))
    (first,), (second,) = list(edgar.fetch(ask, here)), list(edgar.fetch(ask, here))
    assert first.url == "https://data.sec.gov/api/xbrl/companyfacts/CIK0001234567.json"
    assert second.content == first.content
    assert sec.requests[1].headers["if-none-match"] == '"f1"'
    (number,) = edgar.read(first.content, first.path).numbers
    assert (number.entity, number.concept, number.value) == ("EXAMPLE WORKS INC", "us-gaap:Revenues", 5e6)
    changed = json.dumps(FACTS).replace("5000000", "5100000").encode()
    sec.on("/api/xbrl/companyfacts/CIK0001234567.json", tagged(changed, '"f2"'))
    (third,) = edgar.fetch(ask, here)
    assert edgar.read(third.content, third.path).numbers[0].value == 5.1e6
    assert significant(third.content, "application/json") != significant(first.content, "application/json")


def test_filings_in_their_windows_are_fetched_and_held_ones_are_not(sec: Loopback, context: Make) -> None:
    (ask,) = _asks(MADE, "filings")
    held = "filings/CIK0001234567/0001234567-24-000010/exwk-20231231.htm"
    answers = list(edgar.fetch(ask, context(_mirrors(sec))))
    assert [answer.path.removeprefix("filings/CIK0001234567/") for answer in answers] == [
        "submissions.json",
        "0001234567-24-000010/exwk-20231231.htm",
        "0001234567-24-000015/exwk-20240331.htm",
        "0001234567-24-000020/exwk-8k.htm",
    ]
    assert answers[1].url == "https://www.sec.gov/Archives/edgar/data/1234567/000123456724000010/exwk-20231231.htm"
    assert answers[1].published_at is not None
    assert answers[1].published_at.date() == date(2024, 2, 20)
    assert "Annual report" in edgar.read(answers[1].content, answers[1].path).blocks[0].text
    before = len(sec.requests)
    again = list(edgar.fetch(ask, context(_mirrors(sec), held={held})))
    assert [answer.path for answer in again] == [answer.path for answer in answers if answer.path != held]
    assert len(sec.requests) - before == 3


def test_a_filing_that_fails_does_not_keep_the_others_away(sec: Loopback, context: Make) -> None:
    sec.on("/Archives/edgar/data/1234567/000123456724000010/exwk-20231231.htm", Reply(b"", 404))
    (ask,) = _asks(MADE, "filings")
    answers, failure = all_answers(edgar.fetch(ask, context(_mirrors(sec))))
    assert len(answers) == 3
    assert failure is not None
    assert failure.reason == "missing"
    assert "exwk-20231231.htm" in str(failure)


def test_older_pages_of_the_list_are_followed_as_far_as_the_windows_reach(sec: Loopback, context: Make) -> None:
    files = [
        {"name": "CIK0001234567-submissions-001.json", "filingFrom": "2020-01-01", "filingTo": "2023-09-01"},
        {"name": "CIK0001234567-submissions-002.json", "filingFrom": "2001-01-01", "filingTo": "2019-12-31"},
        {"name": "../../x.json", "filingFrom": "2020-01-01", "filingTo": "2023-09-01"},
    ]
    older = [("10-K", "2023-02-20", "0001234567-23-000010", "exwk-20221231.htm")]
    sec.on("/submissions/CIK0001234567.json", as_json(_submissions(files=files)))
    sec.on("/submissions/CIK0001234567-submissions-001.json", as_json(_listed(older)))
    sec.on("/Archives/edgar/data/1234567/000123456723000010/exwk-20221231.htm", page("<html><p>2022</p></html>"))
    (ask,) = _asks(MADE, "filings")
    answers = list(edgar.fetch(ask, context(_mirrors(sec))))
    paths = [answer.path.removeprefix("filings/CIK0001234567/") for answer in answers]
    assert paths[:2] == ["submissions.json", "CIK0001234567-submissions-001.json"]
    assert "0001234567-23-000010/exwk-20221231.htm" in paths
    assert len(edgar.read(answers[1].content, answers[1].path).rows) == 1


def test_companies_without_a_cik_are_looked_up(sec: Loopback, context: Make) -> None:
    by_name = {**MADE, "companies": ["Example Works, Inc."]}
    (ask,) = _asks(by_name, "facts")
    (answer,) = edgar.fetch(ask, context(_mirrors(sec)))
    assert answer.path == "facts/example-works/CIK0001234567.json"
    listed = list(TICKERS.values())
    assert edgar.find_cik(listed, "two.a", ["Another name"]) == "0000000222"
    assert edgar.find_cik(listed, "", ["Twin Corp"]) is None  # two companies answer to it
    (ask,) = _asks({**MADE, "companies": ["Nobody"]}, "filings")
    with pytest.raises(FetchFailed, match="give its `cik`") as failed:
        list(edgar.fetch(ask, context(_mirrors(sec))))
    assert failed.value.reason == "missing"


def test_the_companies_of_an_industry_are_listed_page_by_page(sec: Loopback, context: Make) -> None:
    (ask,) = _asks({**MADE, "sic": ["3674"]}, "sic")
    answers = list(edgar.fetch(ask, context(_mirrors(sec))))
    assert [answer.path for answer in answers] == ["sic/3674/page-1.xml", "sic/3674/page-2.xml"]
    assert sec.requests[0].query["SIC"] == "3674"
    assert sec.requests[0].query["output"] == "atom"
    rows = [row for answer in answers for row in edgar.read(answer.content, answer.path).rows]
    assert len(rows) == 130
    assert rows[0].record == {"cik": "0000001000", "sic": "3674", "state": "CT"}
    again = list(edgar.fetch(ask, context(_mirrors(sec))))
    assert again[0].content != answers[0].content
    volatile = edgar.CONNECTOR.volatile
    assert significant(again[0].content, "", volatile) == significant(answers[0].content, "", volatile)


def test_frames_give_one_concept_of_all_companies(sec: Loopback, context: Make) -> None:
    points = [
        {"accn": "a", "cik": 1750, "entityName": "AAR CORP", "loc": "US-IL", "start": "2023-01-01",
         "end": "2023-12-31", "val": 7},
        {"accn": "b", "cik": 20, "entityName": " ", "end": "2023-12-31", "val": 1},
        {"accn": "c", "cik": 21, "entityName": "NO VALUE INC", "end": "2023-12-31"},
    ]  # fmt: skip
    frame = {"taxonomy": "us-gaap", "tag": "Revenues", "ccp": "CY2023", "uom": "USD", "label": "Revenues", "pts": 3}
    sec.on("/api/xbrl/frames/us-gaap/Revenues/USD/CY2023.json", as_json({**frame, "data": points}))
    ask = _asks({**MADE, "sic": ["3674"]}, "frames")[0]
    answers, failure = all_answers(edgar.fetch(ask, context(_mirrors(sec))))
    assert failure is None  # years that nobody has reported are no failure
    assert [answer.path for answer in answers] == ["frames/us-gaap/Revenues/CY2023.json"]
    assert len(sec.requests) == 4
    parsed = edgar.read(answers[0].content, answers[0].path)
    (number,) = parsed.numbers
    assert (number.entity, number.concept, number.unit, number.value) == ("AAR CORP", "us-gaap:Revenues", "USD", 7)
    assert parsed.rows[0].record["cik"] == "0000001750"
    assert [reject.locator for reject in parsed.rejects] == ["$.data[1]", "$.data[2]"]


def test_years_of_the_request_bound_the_frames(sec: Loopback, context: Make) -> None:
    ask = _asks({**MADE, "sic": ["3674"], "start_year": 2019, "end_year": 2021}, "frames")[0]
    list(edgar.fetch(ask, context(_mirrors(sec))))
    assert [request.path[-11:] for request in sec.requests] == ["CY2021.json", "CY2020.json", "CY2019.json"]


def test_the_page_that_refuses_an_unnamed_visitor_is_denied(sec: Loopback, context: Make) -> None:
    sec.on("/submissions/CIK0001234567.json", page("<html>Your Request Originates from an Undeclared Tool</html>", 403))
    (ask,) = _asks(MADE, "filings")
    with pytest.raises(FetchFailed) as failed:
        list(edgar.fetch(ask, context(_mirrors(sec))))
    assert failed.value.reason == "denied"


def test_json_of_another_shape_is_a_failure_that_is_named(sec: Loopback, context: Make) -> None:
    sec.on("/submissions/CIK0001234567.json", as_json([]))
    (ask,) = _asks(MADE, "filings")
    with pytest.raises(FetchFailed, match="not the object") as failed:
        list(edgar.fetch(ask, context(_mirrors(sec))))
    assert failed.value.reason == "broken"


@pytest.mark.parametrize("content", [b"{}", b'{"filings": {"recent": []}}', b'{"taxonomy": "us-gaap"}', b"{"])
def test_documents_without_what_they_should_hold_are_unreadable(content: bytes) -> None:
    with pytest.raises(UnreadableDocument):
        edgar.read(content, "x.json")


def test_the_sec_gets_one_rate_for_both_hosts() -> None:
    assert edgar.CONNECTOR.hosts == HOSTS
    assert edgar.CONNECTOR.rate == 10


def test_a_real_list_of_filings_is_read_to_the_last(real_data: Path) -> None:
    content = (real_data / "sec_xbrl_facts" / "company_submission.json").read_bytes()
    parsed = edgar.read(content, "filings/CIK0001318605/submissions.json")
    recent = json.loads(content)["filings"]["recent"]
    assert len(parsed.rows) + len(parsed.rejects) == len(recent["accessionNumber"]) + 1
    assert not parsed.rejects
    assert parsed.company is not None
    assert (parsed.company.name, parsed.company.cik) == ("Tesla, Inc.", "0001318605")
    assert (parsed.company.ticker, parsed.company.fiscal_year_end) == ("TSLA", (12, 31))
    assert parsed.rows[0].record["sic"] == "3711"
    assert parsed.rows[0].record["formerNames"] == "TESLA MOTORS INC"
    newest = edgar.chosen(edgar.list_filings(json.loads(content)), date(2022, 12, 1))
    days = list(zip(recent["form"], recent["filingDate"], strict=True))
    expected = {
        form: sorted((day for of, day in days if of == form and since <= day <= "2022-12-01"), reverse=True)
        for form, since in {"10-K": "2019-11-29", "10-Q": "2021-10-27", "8-K": "2022-08-03"}.items()
    }
    assert [len(found) for found in expected.values()] == [3, 3, 4]
    assert [(f.form, f.filed_on.isoformat()) for f in newest] == [(f, d) for f, ds in expected.items() for d in ds]


def test_a_real_list_of_tickers_finds_real_companies(real_data: Path) -> None:
    listed = list(json.loads((real_data / "sec_xbrl_facts" / "company_tickers.json").read_bytes()).values())
    assert edgar.find_cik(listed, "", ["Nvidia"]) == "0001045810"
    assert edgar.find_cik(listed, "BRK.B", []) == "0001067983"
    assert edgar.find_cik(listed, "", ["Texas Instruments Incorporated"]) == "0000097476"


@pytest.mark.parametrize("name", ["snow_facts.json", "lpa_facts.json"])
def test_real_company_facts_go_to_their_parser(name: str, real_data: Path) -> None:
    content = (real_data / "sec_xbrl_facts" / name).read_bytes()
    facts = json.loads(content)["facts"]
    points = sum(len(p) for concepts in facts.values() for c in concepts.values() for p in c["units"].values())
    parsed = edgar.read(content, name)
    assert len(parsed.numbers) + len(parsed.rejects) == points
