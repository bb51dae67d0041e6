"""Package downloads: PyPI's totals and days, npm's calendar years, and packages that are not there."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market_research.connectors.base import FetchFailed
from market_research.connectors.downloads import CONNECTOR, MAX_PACKAGES
from market_research.errors import UnreadableDocument
from market_research.industries import ResearchRequest
from tests.connectors.plain import Asked, Reply, check_places, dumped, figures, serving

REQUEST = ResearchRequest(industry="ml", packages=("pypi:Alder_Tools", "npm:@alder/core", "npm:alder"))
RECENT = {
    "data": {"last_day": 11, "last_month": 330, "last_week": 77},
    "package": "alder-tools",
    "type": "recent_downloads",
}


def overall(*days: object) -> dict[str, object]:
    return {"data": list(days), "package": "alder-tools", "type": "overall_downloads"}


def pypi_day(day: str, count: object, category: str = "without_mirrors") -> dict[str, object]:
    return {"category": category, "date": day, "downloads": count}


def npm(*days: object) -> dict[str, object]:
    return {"start": "2026-01-01", "end": "2026-03-14", "package": "@alder/core", "downloads": list(days)}


def test_each_package_is_asked_for_where_it_lives() -> None:
    with serving(lambda _: Reply(RECENT)) as server:
        asks = CONNECTOR.asks(REQUEST)
        answers = [answer for ask in asks for answer in server.answers(CONNECTOR, ask)]
    assert [(asked.host, asked.path, asked.params) for asked in server.asked] == [
        ("pypistats.org", "/api/packages/alder-tools/recent", {}),
        ("pypistats.org", "/api/packages/alder-tools/overall", {"mirrors": "false"}),
        ("api.npmjs.org", "/downloads/range/2024-01-01:2024-12-31/@alder/core", {}),
        ("api.npmjs.org", "/downloads/range/2025-01-01:2025-12-31/@alder/core", {}),
        ("api.npmjs.org", "/downloads/range/2026-01-01:2026-03-14/@alder/core", {}),
        ("api.npmjs.org", "/downloads/range/2024-01-01:2024-12-31/alder", {}),
        ("api.npmjs.org", "/downloads/range/2025-01-01:2025-12-31/alder", {}),
        ("api.npmjs.org", "/downloads/range/2026-01-01:2026-03-14/alder", {}),
    ]
    assert [answer.path for answer in answers][:3] == [
        "pypi/alder-tools/recent.json", "pypi/alder-tools/overall.json", "npm/%40alder%2Fcore/2024.json",
    ]  # fmt: skip
    assert CONNECTOR.asks(ResearchRequest(industry="x")) == []
    many = ResearchRequest(industry="x", packages=tuple(f"npm:a{n}" for n in range(100)))
    assert len(CONNECTOR.asks(many)) == MAX_PACKAGES


def test_a_past_year_that_is_held_is_not_asked_for_again() -> None:
    ask = CONNECTOR.asks(REQUEST)[3]
    for as_of, years in ((date(2026, 3, 15), ["2026"]), (date(2026, 1, 10), ["2025", "2026"])):
        with serving(lambda _: Reply(npm())) as server:
            found = server.answers(CONNECTOR, ask, as_of=as_of, held=lambda path: path.startswith("npm/alder/"))
        assert [answer.path.rpartition("/")[2] for answer in found] == [f"{year}.json" for year in years]


@given(st.dates(date(2015, 1, 2), date(2100, 12, 31)))
def test_a_question_to_npm_never_spans_more_than_a_year_and_ends_before_today(as_of: date) -> None:
    from datetime import UTC, datetime

    from market_research.connectors.base import Context, Fetched

    spans: list[tuple[date, date]] = []

    class Fetcher:
        def get(self, url: str, **_: object) -> Fetched:
            start, end = url.split("/")[5].split(":")
            spans.append((date.fromisoformat(start), date.fromisoformat(end)))
            return Fetched(url, dumped(npm()), "application/json", datetime(2026, 1, 1, tzinfo=UTC))

    list(CONNECTOR.fetch(CONNECTOR.asks(REQUEST)[3], Context(Fetcher(), as_of)))
    assert all(start <= end < as_of and (end - start).days < 366 for start, end in spans)
    assert (as_of - spans[-1][1]).days == 1


def test_days_are_counts_of_the_package() -> None:
    content = dumped(npm({"downloads": 5, "day": "2026-01-01"}, {"downloads": 0, "day": "2026-01-02"}))
    parsed = CONNECTOR.read(content, "npm/a/2026.json")
    assert figures(parsed) == [
        ("@alder/core", "downloads", 5.0, "count", "2026-01-01"),
        ("@alder/core", "downloads", 0.0, "count", "2026-01-02"),
    ]
    assert parsed.numbers[0].dimensions == "source=npm"
    check_places(content, "npm/a/2026.json", parsed)


def test_pypi_counts_leave_mirrors_out() -> None:
    content = dumped(overall(pypi_day("2026-03-01", 9), pypi_day("2026-03-01", 99, "with_mirrors")))
    parsed = CONNECTOR.read(content, "pypi/alder-tools/overall.json")
    assert figures(parsed) == [("alder-tools", "downloads", 9.0, "count", "2026-03-01")]
    assert len(parsed.rows) == 2
    check_places(content, "pypi/alder-tools/overall.json", parsed)


def test_latest_totals_have_no_period_of_their_own() -> None:
    parsed = CONNECTOR.read(dumped(RECENT), "pypi/alder-tools/recent.json")
    assert figures(parsed) == [
        ("alder-tools", "downloads, last day", 11.0, "count", "None"),
        ("alder-tools", "downloads, last week", 77.0, "count", "None"),
        ("alder-tools", "downloads, last month", 330.0, "count", "None"),
    ]
    assert len(parsed.rows) == 1
    check_places(dumped(RECENT), "pypi/alder-tools/recent.json", parsed)


def test_odd_days_are_rejected_at_their_place() -> None:
    document = overall(
        pypi_day("2026-03-01", None), pypi_day("2026-02-30", 1), pypi_day("2026-03-02", -1), "x",
        pypi_day("2026-03-03", "NaN"), pypi_day("2026-03-04", "many"), pypi_day("2026-03-05", 1),
        pypi_day("2026-03-05", 1), {},
    )  # fmt: skip
    parsed = CONNECTOR.read(dumped(document), "pypi/alder-tools/overall.json")
    assert {reject.locator for reject in parsed.rejects} == {
        "$.data[1].date", "$.data[2].downloads", "$.data[3]", "$.data[5].downloads", "$.data[8].date",
    }  # fmt: skip
    assert [number.value for number in parsed.numbers] == [1.0, 1.0]  # what stands twice is kept twice
    assert len(parsed.rows) == 8


def test_a_package_that_is_not_there_fails() -> None:
    def reply(_: Asked) -> Reply:
        return Reply({"error": "package alder not found"}, 404)

    with serving(reply) as server, pytest.raises(FetchFailed) as error:
        server.answers(CONNECTOR, CONNECTOR.asks(REQUEST)[3])
    assert error.value.reason == "missing"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"error":"package alder not found"}', "package alder not found"),
        (b'{"package":"a"}', "the downloads of a package"),
        (b'{"data":[],"package":null}', "the downloads of a package"),
        (b'{"data":[],"package":"\\ud800"}', "the downloads of a package"),  # half of a surrogate pair is no text
        (b"[]", "the downloads of a package"),
        (b"RATE LIMIT EXCEEDED", "RATE LIMIT EXCEEDED"),
        (b"<html><body>404</body></html>", "a web page (404)"),
    ],
)
def test_errors_are_unreadable_and_quoted(content: bytes, said: str) -> None:
    with pytest.raises(UnreadableDocument) as error:
        CONNECTOR.read(content, "npm/a/2026.json")
    assert said in str(error.value)
