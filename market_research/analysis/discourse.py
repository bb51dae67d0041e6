"""What filings and news talk about: topics with counts, and the passages that say it best."""

from typing import Any

from market_research.analysis import lexicon
from market_research.analysis.base import Notebook, Tables, listing, say, within
from market_research.writing import numbers

INPUTS = ("topics", "topics_by_company")
TOP = 6


def analyse(tables: Tables, notebook: Notebook) -> None:
    """Findings: topic (the most mentioned ones, with passages), topic_ranking, topic_emphasis (by company)."""
    topics = tables["topics"].to_dicts()
    if not topics:
        notebook.gap(
            "topics", "No passage of text mentions a topic of the lexicon, so what the sources stress is not analysed."
        )
        return
    book, name = notebook.book, notebook.subject.name
    counted = {
        row["topic"]: (
            book.derive("topic_mentions", row["topic"], row["mentions"], "count", formula="count(mentions)", inputs=[]),
            book.derive(
                "topic_documents", row["topic"], row["documents"], "count", formula="count(documents)", inputs=[]
            ),
        )
        for row in topics
    }
    top = topics[:3]
    total = book.derive(
        "all_mentions", name, sum(row["mentions"] for row in topics), "count", formula="sum(mentions)",
        inputs=[counted[row["topic"]][0].fact_id for row in topics],
    )  # fmt: skip
    share = book.derive(
        "top_topics_share", name, 100 * sum(row["mentions"] for row in top) / total.value, "percent",
        formula="100 * mentions of the three most frequent topics / all mentions",
        inputs=[*(counted[row["topic"]][0].fact_id for row in top), total.fact_id],
    )  # fmt: skip
    three = book.derive(
        "ranked_topics", name, len(top), "count", formula="the three most frequent", inputs=[total.fact_id]
    )
    notebook.find(
        "topic_ranking",
        [
            say(
                f"{_joined([row['topic'] for row in top])} lead what the sources talk about: together "
                f"{numbers.percent(share.value)} of {numbers.plain(total.value)} counted mentions.",
                share, total, three, [counted[row["topic"]][0] for row in top],
            )
        ],
        value=share.value, unit="percent", confidence=85,
    )  # fmt: skip
    for row in tables["topics_by_company"].to_dicts():
        book.derive(
            "company_topic_mentions", row["company"], row["mentions"], "count",
            formula="count(mentions in sources by or about the company)", inputs=[],
            dimensions=f"topic={row['topic']}",
        )  # fmt: skip
    for row in topics[:TOP]:
        _topic(notebook, row, counted[row["topic"]])
    _emphasis(tables, notebook)


def _topic(notebook: Notebook, row: dict[str, Any], counted: tuple[Any, Any]) -> None:
    mentions, documents = counted
    notebook.find(
        "topic",
        [
            say(
                f"{row['topic']}: {_plural(mentions.value, 'mention')} in {_plural(documents.value, 'document')}.",
                mentions, documents, passages=row["passage_ids"][:3],
            )
        ],
        about=row["topic"], value=float(row["mentions"]), unit="count",
        confidence=75 if documents.value > 1 else 65,
    )  # fmt: skip


def _emphasis(tables: Tables, notebook: Notebook) -> None:
    """The topic on which one company dwells most, compared with all sources."""
    overall = {row["topic"]: row["mentions"] for row in tables["topics"].to_dicts()}
    total = sum(overall.values())
    by_company: dict[str, dict[str, int]] = {}
    for row in tables["topics_by_company"].to_dicts():
        by_company.setdefault(row["company"], {})[row["topic"]] = row["mentions"]
    if len(by_company) < 2:
        return
    for company, counts in sorted(by_company.items()):
        own = sum(counts.values())
        if own < 20:
            continue
        lifted = {t: (n / own) / (overall[t] / total) for t, n in counts.items() if n >= 5}
        if not lifted:
            continue
        topic = max(lifted, key=lambda t: (lifted[t], t))
        if lifted[topic] < 1.3:
            continue
        share = notebook.book.derive(
            "topic_share", company, 100 * counts[topic] / own, "percent",
            formula="100 * mentions of the topic / all mentions by or about the "
                "company", inputs=[], dimensions=f"topic={topic}",
        )  # fmt: skip
        lift = notebook.book.derive(
            "topic_lift", company, lifted[topic], "ratio",
            formula="share of the topic for the company / share of the topic in all sources",
            inputs=[share.fact_id], dimensions=f"topic={topic}",
        )  # fmt: skip
        notebook.find(
            "topic_emphasis",
            [
                say(
                    f"Sources by or about {company} stress "
                    f"{within(topic)} {numbers.times(lift.value)} as often as all sources do: "
                    f"{numbers.percent(share.value)} of their mentions.",
                    lift, share,
                )
            ],
            about=company, value=lift.value, unit="ratio", confidence=70,
        )  # fmt: skip


def _plural(value: float, noun: str) -> str:
    return f"{numbers.plain(value)} {noun}{'' if value == 1 else 's'}"


def _joined(topics: list[str]) -> str:
    return listing([*topics[:1], *(within(topic) for topic in topics[1:])])


def pestel(topic: str) -> str:
    """PESTEL dimension of a topic."""
    return lexicon.dimension_of(topic)
