"""Fetching public sources over HTTP: SEC company facts by CIK, and the feeds that a request names.

EDGAR's fair-access rules ask for a named user agent and at most ten requests a second.
"""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from market_research.industries import ResearchRequest

SOURCES = ("sec", "feeds")
SECONDS_BETWEEN = 0.12
TIMEOUT = 30.0
MAX_BYTES = 50 * 2**20
ATTEMPTS = 3


@dataclass(frozen=True)
class Target:
    """One thing to fetch and the file that it becomes."""

    source: str
    title: str
    publisher: str
    url: str
    file: str


def targets(request: ResearchRequest, *, sec_url: str) -> list[Target]:
    """What there is to fetch for an industry: facts of each company with a CIK, and its feeds."""
    found = []
    for company in request.companies:
        if company.cik:
            cik = company.cik.zfill(10)
            url = f"{sec_url.rstrip('/')}/api/xbrl/companyfacts/CIK{cik}.json"
            found.append(Target("sec", f"{company.name}, company facts", "SEC EDGAR", url, f"CIK{cik}.json"))
    for number, url in enumerate(request.feeds, 1):
        host = url.split("/")[2]
        found.append(Target("feeds", f"Feed of {host}", host, url, f"feed-{number}.xml"))
    return found


def fetch_all(listed: Iterable[Target], *, user_agent: str) -> Iterator[tuple[Target, bytes | None, str | None]]:
    """Fetch one after the other; yields each target with its bytes, or with the reason why there are none."""
    import httpx

    transport = httpx.HTTPTransport(retries=2)
    headers = {"User-Agent": user_agent, "Accept-Encoding": "gzip, deflate"}
    with httpx.Client(transport=transport, headers=headers, timeout=TIMEOUT, follow_redirects=True) as client:
        for target in listed:
            content, problem = None, None
            for attempt in range(1, ATTEMPTS + 1):
                content, problem, retry = _get(client, target.url)
                if not retry:
                    break
                time.sleep(min(8.0, 2.0**attempt) if attempt < ATTEMPTS else 0)
            yield target, content, problem
            time.sleep(SECONDS_BETWEEN)


def _get(client: "httpx.Client", url: str) -> tuple[bytes | None, str | None, bool]:  # type: ignore[name-defined]  # noqa: F821
    """Bytes, or a reason, and whether trying again may help."""
    import httpx

    try:
        with client.stream("GET", url) as response:
            if response.status_code in (429, 500, 502, 503, 504):
                return None, f"the server answered {response.status_code}", True
            if response.status_code != 200:
                return None, f"the server answered {response.status_code}", False
            content = bytearray()
            for chunk in response.iter_bytes():
                content += chunk
                if len(content) > MAX_BYTES:
                    return None, f"the answer is larger than {MAX_BYTES // 2**20} MB", False
            return bytes(content), None, False
    except httpx.HTTPError as error:
        return None, f"{type(error).__name__}: {error}", isinstance(error, httpx.TimeoutException)
