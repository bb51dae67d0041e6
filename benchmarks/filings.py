"""The passages of the real filings, which several benchmarks read."""

import os
from pathlib import Path

import polars as pl

from market_research.cleaning.stage import stage
from market_research.ids import document_id
from market_research.sources.parse import parse

ROOT = Path(__file__).resolve().parent.parent
FOLDER = Path(os.environ.get("MARKET_RESEARCH_REAL_DATA") or ROOT.parent / "shared" / "data")


def passages() -> pl.DataFrame:
    """All passages of the filings with the columns of ``PASSAGES`` and ``file``, sorted by file and place; none where
    the files are absent."""
    frames = []
    for path in sorted([*FOLDER.glob("sec_10k/*.html"), *FOLDER.glob("sec_10q/*.html")]):
        content = path.read_bytes()
        read = stage(parse(content, path.name), industry="bench", document_id=document_id(content), uri=path.name)
        frames.append(read.passages.with_columns(file=pl.lit(path.stem)))
    return pl.concat(frames) if frames else pl.DataFrame()


def told(rows: pl.DataFrame) -> list[str]:
    """Texts as they are embedded: under their headings."""
    return [f"{heading}\n{text}" if heading else text for heading, text in rows.select("heading", "text").rows()]
