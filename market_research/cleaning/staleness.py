"""Which sources' documents may be out of date, by what is known of the asking: the clock of today plays no part."""

from collections.abc import Mapping

import polars as pl

from market_research.cleaning.schema import STALE_SOURCES


def stale_sources(
    documents: pl.DataFrame, runs: pl.DataFrame, policies: Mapping[str, tuple[str, float]]
) -> pl.DataFrame:
    """Sources that documents are used of, but that did not answer, or not lately enough.

    Args:
        documents: rows of ``DOCUMENTS`` of one industry.
        runs: its rows of ``SOURCE_RUNS``.
        policies: title of each source, and how many hours old its last fresh answer may be.

    Returns:
        Rows of ``STALE_SOURCES``, by source. Unanswered goes before behind.
    """
    held = documents.group_by("source").agg(received_on=pl.col("retrieved_at").max().dt.date())
    asked = runs.filter(~pl.col("status").is_in(["idle", "skipped"]))
    fresh = pl.col("new") + pl.col("changed") + pl.col("unchanged") > 0
    newest = (
        asked.sort("ended_at")
        .group_by("industry", "source")
        .agg(
            pl.col("asked").last(),
            unanswered=(pl.col("stale") + pl.col("failed")).last(),
            asked_on=pl.col("ended_at").last().dt.date(),
            answered_on=pl.col("ended_at").filter(fresh).last().dt.date(),
        )
    )
    known = pl.DataFrame(
        [(source, *policy) for source, policy in policies.items()],
        schema={name: STALE_SOURCES.schema[name] for name in ("source", "title", "allowed_hours")},
        orient="row",
    )
    as_of = pl.lit(documents["published_at"].max(), documents.schema["published_at"]).dt.date()
    late = pl.col("days_behind") * 24 > pl.col("allowed_hours")
    judged = (
        newest.join(known, on="source")
        .join(held, on="source")
        .with_columns(days_behind=(as_of - pl.col("answered_on")).dt.total_days())
        .with_columns(
            state=pl.when(pl.col("unanswered") > 0).then(pl.lit("unanswered")).when(late).then(pl.lit("behind"))
        )
        .filter(pl.col("state").is_not_null())
    )
    return STALE_SOURCES.conform(judged).sort("source")
