"""What is remembered of language models, in the lake.

``llm/answers/<2 hex>/<key>.json``           answers that were paid for, by the hash of the question
``llm/asking/industry=<key>/<call>.json``    calls under way, each with the most that it can cost
``editions/llm_calls/industry=<key>/…``      all calls, in parts that are only added

An answer is written before anything follows from it. A call that a kill interrupts is settled when its industry's
records are opened next: booked with its answer if that had arrived, else with the most that it can have cost.
"""

import json
import threading
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from market_research.cleaning.schema import LLM_CALLS
from market_research.language_model.calls import Paid, Reply
from market_research.language_model.client import LanguageModel
from market_research.language_model.config import config_of
from market_research.language_model.embeddings import EmbeddingProviders, RemoteEmbedder, embedding_config, named
from market_research.language_model.errors import OverBudget
from market_research.language_model.providers import Providers
from market_research.settings import Settings
from resources import appended
from resources.lake import Lake
from resources.store import Entry

LAYER = "editions"
ANSWERS, ASKING = "llm/answers", "llm/asking"
SWEPT = "llm/swept.json"
# How long other processes' spending may go unnoticed.
REREAD_SECONDS = 10.0
_COSTS = ["call_id", "run_id", "called_at", "cost_usd"]


@contextmanager
def open_language_model(
    settings: Settings, lake: Lake, industry: str, *, run_id: str, edition_id: str | None = None
) -> Generator[LanguageModel]:
    """The configured model, closed at the end; one process at a time may have an industry's.

    Raises:
        NoModel: none is configured, or LiteLLM is not installed.
        InvalidInput: a setting cannot be read, or names a provider that does not exist.
    """
    config = config_of(settings)
    transport = Providers(config)
    for name in config.models:
        transport.card(name)
    records = LakeRecords(lake, industry, run_id, edition_id, settings.llm_cache_days)
    records.settle()
    records.forget_expired()
    model = LanguageModel(config, transport, records)
    try:
        yield model
    finally:
        model.close()
        appended.compact(lake, LAYER, LLM_CALLS, industry)


@contextmanager
def open_embedder(
    settings: Settings, lake: Lake, industry: str, name: str, *, run_id: str, purpose: str, owned: bool
) -> Generator[RemoteEmbedder]:
    """The embedding model of this identity, closed at the end.

    ``owned`` says that the caller has the industry's lock: then calls that an earlier process began are settled.

    Raises:
        NoModel: LiteLLM is not installed.
        InvalidInput: a setting cannot be read, or names a provider that does not exist.
    """
    model, place = named(name)
    config = embedding_config(model, place, settings)
    transport = EmbeddingProviders(config)
    transport.card(model)
    records = LakeRecords(lake, industry, run_id, None, settings.llm_cache_days)
    if owned:
        records.settle()
    asked = LanguageModel(config, transport, records)
    try:
        yield RemoteEmbedder(asked, name, purpose)
    finally:
        asked.close()
        if owned:
            appended.compact(lake, LAYER, LLM_CALLS, industry)


@dataclass
class LakeRecords:
    """The ``Records`` of one industry and run; safe for threads."""

    lake: Lake
    industry: str
    run_id: str
    edition_id: str | None
    cache_days: float
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _seen: dict[tuple[str, str, int], pl.DataFrame] = field(default_factory=dict)
    _spent: tuple[float, float] = (0.0, 0.0)
    _read_at: float | None = None

    def find(self, key: str) -> Paid | None:
        paid = self._answer(key)
        oldest = datetime.now(UTC) - timedelta(days=self.cache_days)
        return paid if paid and paid.at > oldest else None

    def _answer(self, key: str) -> Paid | None:
        """An answer of any age; one that cannot be read counts as none."""
        try:
            stated = json.loads(self.lake.store.read(_answer_key(key)))
            return Paid(
                Reply(**stated["reply"]), stated["call_id"], datetime.fromisoformat(stated["at"]), stated["cost_usd"]
            )
        except (FileNotFoundError, ValueError, TypeError, KeyError):
            return None

    def keep(self, key: str, paid: Paid) -> None:
        self.lake.store.write(_answer_key(key), _json(asdict(paid)))

    def begin(self, row: Mapping[str, Any]) -> None:
        self.lake.store.write(self._asking_key(str(row["call_id"])), _json(self._whole(row)))

    def _whole(self, row: Mapping[str, Any]) -> dict[str, Any]:
        return {"industry": self.industry, "edition_id": self.edition_id, "run_id": self.run_id, **row}

    def book(self, row: Mapping[str, Any]) -> None:
        whole = self._whole(row)
        with self._lock:
            appended.append(self.lake, LAYER, LLM_CALLS, self.industry, LLM_CALLS.frame([whole]))
            cost = float(row.get("cost_usd") or 0.0)
            self._spent = (self._spent[0] + cost, self._spent[1] + cost)
        self.lake.store.delete(self._asking_key(str(row["call_id"])))

    def _asking_key(self, call_id: str) -> str:
        return f"{ASKING}/industry={self.industry}/{call_id}.json"

    def settle(self) -> None:
        """Book the calls that an earlier process of this industry began and did not end."""
        begun = [entry.name.removesuffix(".json") for entry in self._asking()]
        booked = set(calls(self.lake, self.industry)["call_id"]) if begun else set()
        for call_id in begun:
            row = self._begun(call_id)
            if row is None or call_id in booked:
                self.lake.store.delete(self._asking_key(call_id))
                continue
            paid = self._answer(str(row["prompt_sha256"]))
            if paid and paid.call_id == call_id:
                reply = paid.reply
                row |= {"tokens_in": reply.tokens_in, "tokens_out": reply.tokens_out, "cost_usd": paid.cost_usd}
                row |= {"status": "refused" if reply.finish == "refused" else "ok"}
            else:
                row |= {"detail": "The process ended before the answer arrived."}
            self.book(row)

    def _asking(self) -> list[Entry]:
        return self.lake.store.entries(f"{ASKING}/industry={self.industry}")

    def _begun(self, call_id: str) -> dict[str, Any] | None:
        try:
            row = json.loads(self.lake.store.read(self._asking_key(call_id)))
            return {**row, "called_at": datetime.fromisoformat(row["called_at"])}
        except (FileNotFoundError, ValueError, TypeError, KeyError):
            return None

    def spent(self) -> tuple[float, float]:
        with self._lock:
            now = time.monotonic()
            if self._read_at is None or now - self._read_at > REREAD_SECONDS:
                self._spent = self._read_spent()
                self._read_at = now
            return self._spent

    def _read_spent(self) -> tuple[float, float]:
        """Dollars of this run and of the month, over all industries."""
        frames = []
        for industry in self.lake.industries(LAYER, LLM_CALLS.name):
            frames += self._costs(industry)
        if not frames:
            return (0.0, 0.0)
        rows = pl.concat(frames).unique("call_id")
        month = datetime.now(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        of_run = rows.filter(pl.col("run_id") == self.run_id)["cost_usd"].sum()
        of_month = rows.filter(pl.col("called_at") >= month)["cost_usd"].sum()
        return (float(of_run), float(of_month))

    def _costs(self, industry: str) -> list[pl.DataFrame]:
        """What an industry's calls cost. Parts never change under one name and size, so each is read once."""
        for _ in range(3):
            found = [(industry, part, size) for part, size in self.lake.sizes(LAYER, LLM_CALLS.name, industry).items()]
            new = [key for key in found if key not in self._seen]
            try:
                for key in new:
                    (path,) = self.lake.parts(LAYER, LLM_CALLS.name, industry, only=[key[1]])
                    self._seen[key] = LLM_CALLS.conform(pl.read_parquet(path)).select(_COSTS)
            except (FileNotFoundError, ValueError):
                # Made one with others in between.
                continue
            return [self._seen[key] for key in found]
        raise OverBudget(
            f"What the calls for {industry} have cost cannot be read now, so nothing more is spent; run again."
        )

    def forget_expired(self) -> None:
        """Delete answers that have expired, once a day. An object store has rules of its own for that."""
        today = _json({"day": datetime.now(UTC).date().isoformat()})
        if self.lake.remote is not None or not self.lake.store.write(SWEPT, today):
            return
        oldest = (datetime.now(UTC) - timedelta(days=self.cache_days)).timestamp()
        for folder in self.lake.store.folders(ANSWERS):
            for entry in self.lake.store.entries(f"{ANSWERS}/{folder}"):
                if int(entry.version) / 1e9 < oldest:
                    self.lake.store.delete(f"{ANSWERS}/{folder}/{entry.name}")


def calls(lake: Lake, industry: str) -> pl.DataFrame:
    """Rows of ``LLM_CALLS`` of an industry, oldest first, each once."""
    rows = appended.read(lake, LAYER, LLM_CALLS, industry).drop("part")
    return rows.unique("call_id", keep="first", maintain_order=True).sort("called_at", maintain_order=True)


def _answer_key(key: str) -> str:
    return f"{ANSWERS}/{key[:2]}/{key}.json"


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, default=_plain, ensure_ascii=True).encode()


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} cannot be written")
