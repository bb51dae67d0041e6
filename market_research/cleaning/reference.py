"""Reference tables of one industry: who its companies are, under which names they appear, which terms to look for."""

import polars as pl

from market_research.analysis import lexicon
from market_research.cleaning import countries, metrics, names
from market_research.cleaning.schema import ENTITIES, NAME_MATCHES
from market_research.cleaning.similar_names import ACCEPT, match_similar
from market_research.ids import content_id
from market_research.industries import Company, ResearchRequest


def companies(request: ResearchRequest, documents: pl.DataFrame) -> tuple[Company, ...]:
    """Companies of the request, then those that filings and company facts say they are about and it leaves out.

    A name in capitals is set in title case, for people to read.
    """
    known = [*request.companies]
    stated = (
        documents.filter(pl.col("company").is_not_null()).select("company", "ticker", "cik").unique().sort("company")
    )
    for name, ticker, cik in stated.iter_rows():
        if name not in _resolve([name], known, {name: (ticker, cik)}):
            known.append(Company(name=readable(name), ticker=ticker, cik=cik, aliases=(name,)))
    return tuple(known)


def readable(name: str) -> str:
    """A registrant's name as people write it: without legal form, not in capitals throughout.

    >>> readable("TESLA, INC.")
    'Tesla'
    """
    words = name.replace(",", " ").split()
    while len(words) > 1 and names.normalised(" ".join(words[:-1])) == names.normalised(name):
        words.pop()
    text = " ".join(words)
    return " ".join(word.capitalize() for word in text.split()) if text.isupper() and len(text) > 4 else text


def _resolve(
    stated: list[str], known: list[Company] | tuple[Company, ...], identifiers: dict[str, tuple[str | None, str | None]]
) -> dict[str, str]:
    forms = [names.Known(c.name, c.ticker, c.cik, c.aliases) for c in known]
    return names.resolve(stated, forms, identifiers)


def reference_tables(request: ResearchRequest, documents: pl.DataFrame, stated: list[str]) -> dict[str, pl.DataFrame]:
    """Tables that the SQL files refer to as ``reference.*``.

    Args:
        request: the industry's definition.
        documents: rows of ``DOCUMENTS``.
        stated: every entity name that staged facts use.

    Returns:
        companies (name, ticker, cik); company_names (stated, name), with countries among them; name_matches (rows
        of ``NAME_MATCHES``); terms (kind, name, pattern, case_sensitive); metric_concepts (metric, concept,
        preference); countries (name); territories (code, name); period (start_year, end_year).
    """
    known = companies(request, documents)
    identifiers = {
        name: (ticker, cik)
        for name, ticker, cik in documents.filter(pl.col("company").is_not_null())
        .select("company", "ticker", "cik")
        .iter_rows()
    }
    resolved = _resolve(sorted({*stated, *identifiers}), known, identifiers)
    resolved = _country_names(stated, request) | resolved
    guessed = _guess(request, known, [name for name in stated if name not in resolved])
    concepts = [(m.name, concept, rank) for m in metrics.METRICS for rank, concept in enumerate(m.concepts)]
    text = pl.String()
    return {
        "companies": pl.DataFrame(
            [(c.name, c.ticker, c.cik) for c in known],
            schema={"name": text, "ticker": text, "cik": text},
            orient="row",
        ),
        "company_names": pl.DataFrame(
            sorted([*resolved.items(), *guessed.filter("accepted").select("stated", "name").rows()]),
            schema={"stated": text, "name": text},
            orient="row",
        ),
        "name_matches": guessed,
        "terms": lexicon.terms(request.model_copy(update={"companies": known})),
        "metric_concepts": pl.DataFrame(
            concepts, schema={"metric": text, "concept": text, "preference": pl.Int32()}, orient="row"
        ),
        "countries": pl.DataFrame({"name": list(request.countries)}, schema={"name": text}),
        "territories": pl.DataFrame(territories(), schema={"code": text, "name": text}, orient="row"),
        "period": pl.DataFrame(
            {"start_year": [request.start_year], "end_year": [request.end_year]},
            schema={"start_year": pl.Int32(), "end_year": pl.Int32()},
        ),
    }


def _guess(request: ResearchRequest, known: tuple[Company, ...], stated: list[str]) -> pl.DataFrame:
    """Rows of ``NAME_MATCHES`` for names equal to no known one and to no country, technology or segment."""
    others = {name.lower() for name in (*request.technologies, *request.segments, *request.countries)}
    asked = [name for name in stated if name.lower() not in others and not countries.code(name)]
    matches = match_similar(asked, [names.Known(c.name, c.ticker, c.cik, c.aliases) for c in known])
    return NAME_MATCHES.frame(
        {
            "industry": request.industry,
            "stated": match.stated,
            "name": match.name,
            "confidence": match.confidence,
            "method": match.method,
            "accepted": match.confidence >= ACCEPT,
        }
        for match in matches
    )


def _country_names(stated: list[str], request: ResearchRequest) -> dict[str, str]:
    """Stated names of the request's countries to the form that the request uses, where that is another one."""
    wanted = {code: name for name in reversed(request.countries) if (code := countries.code(name))}
    coded = [(name, code) for name in stated if name not in request.countries and (code := countries.code(name))]
    return {name: wanted[code] for name, code in coded if code in wanted}


def territories() -> list[tuple[str, str]]:
    """ISO country codes, bare and as XBRL's country taxonomy writes them, with English names (Unicode CLDR)."""
    from babel import Locale

    names = Locale("en").territories
    known = [(code, name) for code, name in sorted(names.items()) if len(code) == 2 and code.isalpha()]
    return [*known, *((f"country:{code}", name) for code, name in known)]


def entities(request: ResearchRequest, tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Rows of ``ENTITIES``: companies with all forms of their names, technologies, segments and countries."""
    forms: dict[str, set[str]] = {}
    for stated, name in tables["company_names"].iter_rows():
        forms.setdefault(name, set()).add(stated)
    declared = {company.name: set(company.aliases) for company in request.companies}
    rows = [
        {"name": name, "kind": "company", "ticker": ticker, "cik": cik,
         "aliases": sorted((forms.get(name, set()) | declared.get(name, set())) - {name})}
        for name, ticker, cik in tables["companies"].iter_rows()
    ]  # fmt: skip
    for kind, listed in (
        ("technology", request.technologies),
        ("segment", request.segments),
        ("region", request.countries),
    ):
        rows += [{"name": name, "kind": kind, "aliases": []} for name in listed]
    identified = [
        {
            **row,
            "industry": request.industry,
            "entity_id": content_id("ent", request.industry, row["kind"], row["name"]),
        }
        for row in rows
    ]
    return ENTITIES.frame(identified).unique("entity_id", keep="first", maintain_order=True)
