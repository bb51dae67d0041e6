"""Downloads of software packages (PyPI and npm): how widely a technology is used by those who build with it."""

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any
from urllib.parse import quote

from market_research.connectors.base import Answer, Ask, Connector, Context
from market_research.connectors.reading import (
    add_number,
    add_row,
    answer,
    day,
    flat,
    json_answer,
    one_day,
    plain,
    records,
    reject,
    segment,
    wrong_shape,
)
from market_research.errors import UnreadableDocument
from market_research.industries import ResearchRequest
from market_research.sources.jsonpath import child
from market_research.sources.parsed import Parsed

PYPI = "https://pypistats.org/api/packages/{package}/{question}"
NPM = "https://api.npmjs.org/downloads/range/{start}:{end}/{package}"
MAX_PACKAGES = 50
NPM_FIRST = 2015  # earlier days are not counted there
NPM_YEARS = 3  # the service gives 18 months at most in one answer, so a calendar year is asked at a time
_LATEST = {
    "last_day": "downloads, last day",
    "last_week": "downloads, last week",
    "last_month": "downloads, last month",
}


def asks(request: ResearchRequest) -> Sequence[Ask]:
    """Two questions per PyPI package (the latest totals, and half a year by day), one per npm package."""
    found = []
    for entry in list(dict.fromkeys(request.packages))[:MAX_PACKAGES]:
        kind, _, package = entry.partition(":")
        title = f"Downloads of {package} from {'PyPI' if kind == 'pypi' else 'npm'}"
        if kind == "pypi":
            normal = re.sub(r"[-_.]+", "-", package).lower()
            for question, params in (("recent", {}), ("overall", {"mirrors": "false"})):
                url = PYPI.format(package=quote(normal, safe=""), question=question)
                found.append(Ask(f"pypi/{segment(normal)}/{question}.json", title, url, params))
        else:
            path = f"npm/{segment(package)}"
            found.append(Ask(path, title, NPM, options={"package": quote(package, safe="@/")}))
    return found


def fetch(ask: Ask, context: Context) -> Iterator[Answer]:
    """One answer per PyPI question; one per calendar year of an npm package, of which past ones never change."""
    if "package" not in ask.options:
        found = context.fetcher.get(ask.url, params=ask.params, expect="json")
        yield answer(ask, ask.path, found)
        return
    last = context.as_of - timedelta(days=1)
    for year in range(max(NPM_FIRST, last.year - NPM_YEARS + 1), last.year + 1):
        path = f"{ask.path}/{year}.json"
        # The counts of the year's last days may come late.
        if date(year, 12, 31) < last - timedelta(days=30) and context.held(path):
            continue
        end = min(date(year, 12, 31), last)
        url = ask.url.format(start=date(year, 1, 1), end=end, package=ask.options["package"])
        yield answer(ask, path, context.fetcher.get(url, expect="json"))


def read(content: bytes, path: str) -> Parsed:
    """Downloads by day, or in the last day, week and month; the package is the entity.

    Raises:
        UnreadableDocument: an error object, or the shape of neither service.
    """
    document = json_answer(content, path)
    if isinstance(document, dict) and "error" in document:
        said = plain(str(document["error"]))[:300]
        raise UnreadableDocument(f"{path}: no downloads are given ({said}); check the package's name.")
    package = plain(document.get("package")) if isinstance(document, dict) else ""
    if not package:
        raise wrong_shape(path, document, "the downloads of a package")
    parsed = Parsed("adoption", title=f"Downloads of {package}")
    data, listed = document.get("data"), document.get("downloads")
    if isinstance(listed, list):
        _days(parsed, listed, "$.downloads", package, "day", "source=npm")
    elif isinstance(data, list):
        _days(parsed, data, "$.data", package, "date", "source=PyPI")
    elif isinstance(data, dict):
        add_row(parsed, flat(data), "$.data")
        for member, concept in _LATEST.items():
            place = child("$.data", member)
            add_number(
                parsed, data.get(member), place, entity=package, concept=concept, unit="count",
                dimensions="source=PyPI", signed=False,
            )  # fmt: skip
    else:
        raise wrong_shape(path, document, "the downloads of a package")
    return parsed


def _days(parsed: Parsed, listed: list[Any], place: str, package: str, member: str, source: str) -> None:
    for locator, record in records(listed, place, parsed):
        counted = day(record.get(member))
        if counted is None:
            reject(parsed, f"{locator}.{member}", "The text is no day.", record.get(member))
            continue
        if record.get("category") == "with_mirrors":
            continue  # mirrors copy every package whether it is used or not
        add_number(
            parsed,
            record.get("downloads"),
            f"{locator}.downloads",
            entity=package,
            concept="downloads",
            unit="count",
            period=one_day(counted),
            dimensions=source,
            signed=False,
        )


CONNECTOR = Connector(
    name="downloads",
    title="Package downloads",
    publisher="PyPI Stats and npm",
    description=(
        "Asks PyPI Stats and npm how often the packages that the request names (`pypi:` and `npm:`) are downloaded, by "
        "day. Counts come of it that show how widely a technology is used in software."
    ),
    licence="None stated; counts only",
    hosts=("pypistats.org", "api.npmjs.org"),
    asks=asks,
    fetch=fetch,
    read=read,
    rate=0.5,  # PyPI Stats runs on little and asks to be asked seldom
    cron="15 6 * * *",
    freshness_hours=72,
)
