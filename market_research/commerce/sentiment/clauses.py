"""Reviews in clauses, each with its own sentiment: what a judgement on one thing is read from, and quoted from."""

import polars as pl

from market_research.commerce import reviews as records
from market_research.commerce.sentiment import lexicon, ngrams, reading

MOST_CHARACTERS = 20_000
"""What of a review is taken apart; quotes come from it."""
QUOTE = 300
_TURNS = "but|however|although|though|yet|except|whereas|unfortunately|while"
_BREAK = "\x1f"
SHORT = 3
"""Letters of the shortest word that names something."""

_SMALL = """
a about above after again against all also am an and any are aren't as at back be because been before being below between
both but by can can't cannot could couldn't did didn't do does doesn't doing don't down during each either else even ever
every few for from further get gets getting give given go goes going gone got had hadn't has hasn't have haven't having he
her here hers him his how i i'd i'll i'm i've if in into is isn't it it's its itself just keep kept let lot lots made make
makes making many may maybe me might mine more most much must my myself need needed needs neither never no nor not now of
off on once one ones only onto or other our ours out over own per put rather really said same say says see seem seems she
should shouldn't since so some something still such take takes than that that's the their them then there there's these they
they're this those though through to too took try trying two under until up upon us use used uses using very want wanted
wants was wasn't way we we're we've well went were weren't what when where whether which while who whose why will with
within without won't would wouldn't yes yet you you're your yours yourself am pm etc ie eg im ive dont doesnt didnt cant wont
able across actually almost already always another anyone anything around away bit came come comes completely definitely
especially everyone everything far find first found know knows last least less like little long look looks looking anyway
new next nothing often old part probably quite right seen several soon sometimes sure think thought three till together
totally tried turn turned until usually various work works worked working yet absolutely easily currently finally simply wish
hope please add added adding include included love loved loves hate hated buy bought buying purchase purchased purchasing
order ordered ordering recommend recommended receive received return returned returning send sent came arrived happy pleased
great good bad nice big small best better worst worse high low easy hard full different extra whole half early late
"""
_FILLERS = """
product products item items thing things stuff time times day days week weeks month months year years hour hours minute
minutes moment money people person someone friend friends family husband wife son daughter mom mother dad father kid kids
child children brother sister grandson granddaughter gift christmas birthday review reviews star stars purchase reason
reasons kind sort type problem problems issue issues complaint complaints fact idea everybody everyone today yesterday
tomorrow morning night evening amazon company seller one thank thanks lol wow ok okay wonder amount couple number please
"""


def stop_words() -> frozenset[str]:
    """Words that name nothing of a product: small words, verbs of buying, and what reviews of anything are full of."""
    return frozenset((_SMALL + _FILLERS).split())


def clauses(reviews: pl.DataFrame) -> pl.DataFrame:
    """All clauses of readable reviews, in order: ``clause`` (number), ``review_id``, ``product_id``,
    ``rating``, ``quote``, ``score``.

    ``quote`` is verbatim from the review's text or title. ``score`` is the lexicon's of this clause alone, −1 to 1.
    """
    given = records.conformed(reviews).with_row_index("review")
    whole = reading.whole(given)
    notes = reading.notes(whole, lexicon.scores(whole)["known"])
    marked = (
        pl.col("said")
        .str.head(MOST_CHARACTERS)
        .str.replace_all(r"([.!?…]+\s+|[\n\r]+|;\s*)", "${1}" + _BREAK)
        .str.replace_all(rf"(?i)([,\s]\s*)((?:{_TURNS})\b)", "${1}" + _BREAK + "${2}")
    )
    made = (
        given.filter(notes.is_null())
        .select("review", "review_id", "product_id", "rating", said=pl.concat_list("title", "text"))
        .explode("said", empty_as_null=False)
        .drop_nulls("said")
        .with_columns(quote=marked.str.split(_BREAK))
        .explode("quote", empty_as_null=False)
        .with_columns(pl.col("quote").str.strip_chars().str.head(QUOTE).str.strip_chars())
        .filter(pl.col("quote").str.contains(r"\p{L}"))
        .select("review", "review_id", "product_id", "rating", "quote")
        .with_row_index("clause")
    )
    return made.with_columns(score=lexicon.scores(made["quote"])["compound"])


def terms(found: pl.DataFrame) -> pl.DataFrame:
    """Words of clauses in order: ``clause``, ``word`` and ``said`` (the word before, as ``before``; after: ``after``)."""
    words = ngrams.words(found["quote"]).rename({"row": "clause"})
    here = pl.col("clause")
    return words.with_columns(
        before=pl.when(here == here.shift(1)).then(pl.col("word").shift(1)),
        after=pl.when(here == here.shift(-1)).then(pl.col("word").shift(-1)),
    )


def telling(said: pl.DataFrame) -> pl.DataFrame:
    """Telling words and neighbours of clauses: ``clause``, ``review``, ``term``. Praise and blame alone name nothing."""
    stops = stop_words()
    feelings = [word for word, worth in lexicon.valences().items() if worth]
    places = said.select("clause").with_row_index("row").cast({"row": pl.Int64})
    words = ngrams.words(said["quote"]).join(places, on="row", maintain_order="left")
    named = (
        ~pl.col("word").is_in([*stops, *feelings])
        & (pl.col("word").str.len_chars() >= SHORT)
        & ~pl.col("word").str.contains(r"^\d+$|ly$|n't$")
    )
    words = words.with_columns(named=named)
    here = pl.col("clause")
    after = pl.when((here == here.shift(-1)) & pl.col("named").shift(-1)).then(pl.col("word").shift(-1))
    singles = words.filter("named").select("clause", term="word")
    both = words.with_columns(after=after).filter(pl.col("named") & pl.col("after").is_not_null())
    made = pl.concat([singles, both.select("clause", term=pl.col("word") + " " + pl.col("after"))]).unique(maintain_order=True)
    return made.join(said.select("clause", "review"), on="clause", maintain_order="left")
