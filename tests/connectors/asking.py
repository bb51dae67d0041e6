"""Drawing answers until the connector has no more, or fails."""

from collections.abc import Iterator

from market_research.connectors.base import Answer, FetchFailed


def all_answers(fetched: Iterator[Answer]) -> tuple[list[Answer], FetchFailed | None]:
    """The answers that came, and the failure that ended them."""
    answers: list[Answer] = []
    try:
        for answer in fetched:
            answers.append(answer)  # noqa: PERF402 - those before a failure count
    except FetchFailed as error:
        return answers, error
    return answers, None
