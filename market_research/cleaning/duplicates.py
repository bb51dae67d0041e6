"""Articles that say again what another one says: copies, edited copies and shortened ones are folded into one.

Articles are the items of feeds, and documents of news and web pages. Filings are left alone: what a company repeats
every year is evidence of every year. Candidates come from MinHash signatures; whether they are copies is decided by
their words alone, so that chance decides nothing.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import polars as pl

from market_research.cleaning.schema import NEAR_DUPLICATES

SAME = 0.8
"""Share of all runs of words of two texts that both have, from which one is an edited copy of the other."""
CONTAINED = 0.9
"""Share of a shorter text's runs of words in a longer one, from which it is a shortened copy."""
NAMES_APART = 0.1
"""Share of a text's capitalised words that its copy may lack: templates differ in their names and numbers."""
ARTICLES = ("news", "page")
_RUN = 4
_LEAST_WORDS = 8
_LEAST_CONTAINED = 16
_SIGNATURE, _BANDS, _SEED = 128, 32, 1
_PICKED, _COMMON = 12, 100
_WORD = re.compile(r"\w+(?:[.,]\d+)*")


@dataclass(frozen=True, slots=True)
class _Article:
    """One article: its passages, date, runs of words (hashed), and the words that tell it from its likes."""

    passage_ids: tuple[str, ...]
    document_id: str
    dated: date
    runs: frozenset[bytes]
    numbers: frozenset[str]
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Fold:
    into: _Article
    similarity: float
    method: str


def near_duplicates(passages: pl.DataFrame, documents: pl.DataFrame) -> pl.DataFrame:
    """Rows of ``NEAR_DUPLICATES``: every passage of an article that is another's copy.

    Of edited copies the earliest stays (of the same day, the one with the least id); a shortened copy goes for the
    whole text, whatever their dates. The result is the same in whatever order rows come.

    Args:
        passages: staged passages.
        documents: staged documents.
    """
    rows = []
    for (industry,), part in passages.join(_dates(documents), on=["industry", "document_id"]).group_by("industry"):
        articles = sorted(_articles(part), key=lambda article: (article.dated, article.passage_ids))
        for article, fold in _folds(articles).items():
            rows += [
                {
                    "industry": industry,
                    "passage_id": passage_id,
                    "document_id": article.document_id,
                    "duplicate_of": fold.into.passage_ids[0],
                    "similarity": round(fold.similarity, 4),
                    "method": fold.method,
                }
                for passage_id in article.passage_ids
            ]
    return NEAR_DUPLICATES.frame(rows).sort("industry", "passage_id")


def _dates(documents: pl.DataFrame) -> pl.DataFrame:
    wanted = documents.filter(pl.col("kind").is_in(ARTICLES))
    return wanted.select("industry", "document_id", pl.col("published_at").dt.date().alias("_document_dated"))


def _articles(passages: pl.DataFrame) -> Iterator[_Article]:
    item = pl.when(pl.col("locator").str.starts_with("item ")).then("locator").otherwise(pl.lit(""))
    grouped = (
        passages.sort("document_id", "ordinal")
        .group_by("document_id", item.alias("_item"), maintain_order=True)
        .agg(
            "passage_id",
            pl.col("text").str.join(" "),
            pl.coalesce(pl.col("published_on").min(), pl.col("_document_dated").min()).alias("_dated"),
        )
    )
    for document_id, ids, text, dated in grouped.select("document_id", "passage_id", "text", "_dated").iter_rows():
        words = _WORD.findall(text)
        if len(words) < _LEAST_WORDS:
            continue
        lower = [word.lower() for word in words]
        runs = {" ".join(lower[at : at + _RUN]) for at in range(len(lower) - _RUN + 1)}
        yield _Article(
            tuple(ids),
            document_id,
            dated or date.max,
            frozenset(hashlib.blake2b(run.encode(), digest_size=8).digest() for run in runs),
            frozenset(word for word in lower if any(char.isdigit() for char in word)),
            frozenset(word.lower() for word in words if word[0].isupper()),
        )


def _folds(articles: list[_Article]) -> dict[_Article, _Fold]:
    """What each copy is a copy of; articles come in the order in which they may stay."""
    copies = _edited(articles)
    whole = _shortened([article for article in articles if article not in copies])
    # What was kept as the first of its copies may itself be a shortened text.
    chained = {article: whole[fold.into] for article, fold in copies.items() if fold.into in whole}
    return {**copies, **chained, **whole}


def _edited(articles: list[_Article]) -> dict[_Article, _Fold]:
    import rensa

    index = rensa.RMinHashLSH(threshold=SAME, num_perm=_SIGNATURE, num_bands=_BANDS)
    folds: dict[_Article, _Fold] = {}
    for number, article in enumerate(articles):
        signature = rensa.RMinHash(num_perm=_SIGNATURE, seed=_SEED)
        signature.update(sorted(article.runs))
        # Only kept articles are in the index, so none is folded into a copy.
        alike = [(articles[other], _jaccard(article, articles[other])) for other in sorted(index.query(signature))]
        found = [(other, share) for other, share in alike if share >= SAME and _same_matter(article, other)]
        if found:
            folds[article] = _Fold(*max(found, key=lambda pair: pair[1]), "edited copy")
        else:
            index.insert(number, signature)
    return folds


def _shortened(articles: list[_Article]) -> dict[_Article, _Fold]:
    """Articles that are all but contained in longer ones."""
    if len(articles) < 2:
        return {}
    held = pl.DataFrame(
        [(at, run) for at, article in enumerate(articles) for run in article.runs],
        schema={"at": pl.Int64, "run": pl.Binary},
        orient="row",
    )
    # Runs that many articles have (notices, signatures) tell nothing, and would pair everything with everything.
    told = held.filter(pl.len().over("run") <= _COMMON)
    picked = told.sort("at", "run").group_by("at", maintain_order=True).head(_PICKED)
    shared = picked.join(told, on="run", suffix="_other").filter(pl.col("at") != pl.col("at_other"))
    often = shared.group_by("at", "at_other").len().join(picked.group_by("at").agg(pl.len().alias("of")), on="at")
    pairs = often.filter(pl.col("len") >= 0.6 * pl.col("of")).select("at", "at_other").sort("at", "at_other").rows()
    candidates: dict[int, list[int]] = {}
    for at, other in pairs:
        if len(articles[at].runs) >= _LEAST_CONTAINED:
            candidates.setdefault(at, []).append(other)
    # Longest first: what a text is folded into is settled before it.
    folds: dict[_Article, _Fold] = {}
    for at in sorted(candidates, key=lambda at: (-len(articles[at].runs), at)):
        article = articles[at]
        found = [
            (other, share)
            for other in (articles[number] for number in candidates[at])
            if other not in folds
            and len(other.runs) > len(article.runs)
            and (share := len(article.runs & other.runs) / len(article.runs)) >= CONTAINED
            and _same_matter(article, other)
        ]
        if found:
            folds[article] = _Fold(*max(found, key=lambda pair: pair[1]), "shortened copy")
    return folds


def _jaccard(one: _Article, other: _Article) -> float:
    shared = len(one.runs & other.runs)
    return shared / (len(one.runs) + len(other.runs) - shared)


def _same_matter(one: _Article, other: _Article) -> bool:
    """Whether the shorter one has no number and hardly a name that the longer one has not."""
    shorter, longer = sorted((one, other), key=lambda article: (len(article.runs), article.passage_ids))
    if not shorter.numbers <= longer.numbers:
        return False
    return len(shorter.names - longer.names) <= NAMES_APART * len(shorter.names)
