"""Wikipedia: how often the articles on the industry's companies and technologies are read, month by month."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from market_research.cleaning import names, periods
from market_research.connectors.base import Answer, Ask, Connector, Context, FetchFailed
from market_research.connectors.reading import (
    add_number,
    answer,
    json_answer,
    name_of,
    plain,
    records,
    reject,
    segment,
    wrong_shape,
)
from market_research.errors import UnreadableDocument
from market_research.industries import ResearchRequest
from market_research.sources.parsed import Parsed

SEARCH = "https://en.wikipedia.org/w/api.php"
VIEWS = (
    "https://wikimedia.org/api/rest_v1/metrics/pageviews/per-article/en.wikipedia/all-access/user/"
    "{article}/monthly/{start:%Y%m%d}/{end:%Y%m%d}"
)
FIRST_MONTH = date(2015, 7, 1)  # earlier months are not counted there
YEARS_BACK = 5
MAX_ASKS = 60  # two requests each
CANDIDATES = 5


def asks(request: ResearchRequest) -> Sequence[Ask]:
    """One question per company and technology; the article is looked for when the question is put."""
    listed = [
        *((company.name, f"{company.name} company", company.aliases) for company in request.companies),
        *((name, name, ()) for name in request.technologies),
    ]
    options = {"start_year": str(request.start_year)} if request.start_year else {}
    return [
        Ask(
            path=segment(name),
            title=f"Wikipedia, page views of the article on {name}",
            url=SEARCH,
            params={
                "action": "query",
                "list": "search",
                "srsearch": search,
                "srnamespace": "0",
                "srlimit": str(CANDIDATES),
                "srprop": "redirecttitle",
                "srinfo": "",
                "format": "json",
                "formatversion": "2",
            },
            options={"name": name, "forms": "\n".join((name, *aliases)), **options},
        )
        for name, search, aliases in listed[:MAX_ASKS]
    ]


def fetch(ask: Ask, context: Context) -> Iterator[Answer]:
    """The page views of every whole month of the last five years, or from the request's first year on.

    Raises:
        FetchFailed: no article has a title like the name, or the search cannot be read.
    """
    found = context.fetcher.get(ask.url, params=ask.params, expect="json")
    try:
        titles = _titles(found.content)
    except UnreadableDocument as error:
        raise FetchFailed(ask.url, "broken", str(error)) from error
    article = article_for(ask.options["forms"].split("\n"), titles)
    if article is None:
        raise FetchFailed(ask.url, "missing", f"Wikipedia has no article titled like {ask.options['name']!r}.")
    end = context.as_of.replace(day=1) - timedelta(days=1)
    start = max(FIRST_MONTH, date(int(ask.options.get("start_year", end.year - YEARS_BACK)), 1, 1))
    if start > end:
        return
    url = VIEWS.format(article=quote(article.replace(" ", "_"), safe=""), start=start, end=end)
    views = context.fetcher.get(url, expect="json")
    path = f"{ask.path}/{segment(article)}.json"
    yield answer(ask, path, views, title=f"{ask.title} ({article})")


def _titles(content: bytes) -> list[tuple[str, str]]:
    """Titles of the articles found, each with the title of the redirect by which it was found, if any."""
    document = json_answer(content, "search of articles")
    query = document.get("query") if isinstance(document, dict) else None
    hits = query.get("search") if isinstance(query, dict) else None
    if not isinstance(hits, list):
        raise wrong_shape("search of articles", document, "an object with `query.search`")
    found = [hit for hit in hits if isinstance(hit, dict) and isinstance(hit.get("title"), str)]
    return [(str(hit["title"]), str(hit.get("redirecttitle") or "")) for hit in found]


def article_for(forms: Sequence[str], titles: Sequence[tuple[str, str]]) -> str | None:
    """The first article that has a form of the name as title or redirect, else the first with a title like one.

    Like means that one begins with the other; what stands in parentheses only tells articles of one name apart.
    """
    wanted = [form for form in map(names.normalised, forms) if form]
    listed = [(title, _stem(title), _stem(redirect)) for title, redirect in titles if "disambiguation" not in title]
    for title, *stems in listed:
        if set(stems) & set(wanted):
            return title
    for title, *stems in listed:
        if any(_begins(stem, form) or _begins(form, stem) for stem in stems if stem for form in wanted):
            return title
    return None


def _stem(title: str) -> str:
    return names.normalised(title.partition(" (")[0]) if title else ""


def _begins(text: str, start: str) -> bool:
    return f"{text} ".startswith(f"{start} ")


def read(content: bytes, path: str) -> Parsed:
    """Page views by month, of the subject that was asked for; the article is a dimension.

    Raises:
        UnreadableDocument: an error object, or not a list of counts.
    """
    document = json_answer(content, path)
    if isinstance(document, dict) and "items" not in document and "detail" in document:
        said = plain(document["detail"])[:300]
        raise UnreadableDocument(f"{path}: Wikimedia refuses the question ({said}); check the article and the dates.")
    if not isinstance(document, dict) or not isinstance(document.get("items"), list):
        raise wrong_shape(path, document, "an object with `items`")
    subject = name_of(PurePosixPath(path).parent.name)
    parsed = Parsed("attention", title=f"Wikipedia page views of {subject}" if subject else "Wikipedia page views")
    for locator, record in records(document["items"], "$.items", parsed):
        article = plain(record.get("article")).replace("_", " ")
        month = _month(record)
        if month is None:
            reject(parsed, f"{locator}.timestamp", "The text is no month.", record.get("timestamp"))
        elif not article:
            reject(parsed, f"{locator}.article", "The count names no article.", record)
        else:
            add_number(
                parsed,
                record.get("views"),
                f"{locator}.views",
                entity=subject or article,
                concept="page views",
                unit="count",
                period=month,
                dimensions=f"article={article.replace(';', ',')}",
                signed=False,
            )
    return parsed


def _month(record: dict[str, Any]) -> periods.Period | None:
    stamp = str(record.get("timestamp") or "")
    if len(stamp) < 8 or record.get("granularity", "monthly") != "monthly":
        return None
    found = periods.parse(stamp[:8])
    return periods.widen(found, "month") if found else None


CONNECTOR = Connector(
    name="wikipedia",
    title="Wikipedia page views",
    publisher="Wikimedia Foundation",
    description=(
        "Looks for the English Wikipedia article on each company and technology and asks how often people read it, by "
        "month over five years. Page views come of it: the attention of the public."
    ),
    licence="CC0 1.0 (Wikimedia page view data)",
    hosts=("en.wikipedia.org", "wikimedia.org"),
    asks=asks,
    fetch=fetch,
    read=read,
    rate=5.0,
    cron="0 6 3 * *",
    freshness_hours=24 * 35,
)
