"""Fetching many things of which some may fail: the others come all the same."""

from collections.abc import Callable, Iterable, Iterator

from market_research.connectors.base import Answer, FetchFailed


def all_that_can_be_had(fetches: Iterable[Callable[[], Answer | None]]) -> Iterator[Answer]:
    """The answers of all fetches that give one; what cannot be had is raised at the end, when the rest is safe.

    ``None`` stands for an answer that there is no need for.

    Raises:
        FetchFailed: at least one fetch failed; the message says how many and why the first did.
    """
    failures: list[FetchFailed] = []
    for fetch in fetches:
        try:
            answer = fetch()
        except FetchFailed as error:
            failures.append(error)
            continue
        if answer is not None:
            yield answer
    if failures:
        first = failures[0]
        reason = str(first).removeprefix(f"{first.url}: ")
        more = f" (and {len(failures) - 1} more failed)" if len(failures) > 1 else ""
        raise FetchFailed(first.url, first.reason, reason + more)
