"""The industries under research: one request file each, and the life of every request."""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import polars as pl

from market_research.cleaning.schema import INDUSTRIES, REQUESTS
from market_research.errors import NotFound
from market_research.industries import ResearchRequest, dump_request, parse_request
from resources.lake import Lake

LAYER = "registry"
DEFINITIONS = f"{LAYER}/definitions"


@dataclass(frozen=True)
class Registry:
    """Industries and requests, kept in the lake under ``registry``."""

    lake: Lake

    def known(self) -> list[str]:
        """Keys of all industries, sorted."""
        names = [entry.name for entry in self.lake.store.entries(DEFINITIONS)]
        return sorted(name.removesuffix(".yaml") for name in names if name.endswith(".yaml"))

    def get(self, industry: str) -> ResearchRequest:
        """The request that defines an industry.

        Raises:
            NotFound: there is no such industry; the message lists those that are.
        """
        try:
            text = self.lake.store.read(_key(industry)).decode()
        except FileNotFoundError as error:
            known = ", ".join(self.known()) or "none yet"
            raise NotFound(
                f"There is no industry {industry!r} (known: {known}). Add it with `market-research industry add "
                f"{industry}`."
            ) from error
        return parse_request(text, name=f"{industry}.yaml")

    def add(self, request: ResearchRequest, *, now: datetime | None = None) -> bool:
        """Save an industry's definition and note its request as pending; returns True if anything changed."""
        industry = request.industry
        changed = self.lake.store.write(_key(industry), dump_request(request).encode())
        if changed or self.requests(industry).is_empty():
            self.set_status(industry, "pending", now=now)
        created = self.lake.read_stamp(industry, "industry")
        if created is None:
            moment = (now or datetime.now(UTC)).isoformat()
            self.lake.write_stamp(industry, "industry", {"created_at": moment})
        return changed

    def ensure(self, industry: str) -> bool:
        """Make sure that an industry of this key exists, bare if need be; returns True if it was made now."""
        if self.lake.store.exists(_key(industry)):
            return False
        self.add(ResearchRequest(industry=industry))
        return True

    def remove(self, industry: str) -> None:
        """Forget an industry: its definition goes, and so its place in the next warehouse. The lake keeps its data.

        Raises:
            NotFound: there is no such industry.
        """
        self.get(industry)
        self.lake.store.delete(_key(industry))

    def fingerprint(self, industry: str) -> str:
        return hashlib.sha256(dump_request(self.get(industry)).encode()).hexdigest()

    def requests(self, industry: str) -> pl.DataFrame:
        """Rows of ``REQUESTS`` of an industry."""
        return self.lake.read(LAYER, REQUESTS, industry)

    def set_status(
        self,
        industry: str,
        status: str,
        *,
        reason: str | None = None,
        edition_id: str | None = None,
        now: datetime | None = None,
    ) -> None:
        """Note how far the industry's current request has come; earlier requests keep their last status."""
        now = now or datetime.now(UTC)
        request = self.get(industry)
        rows: dict[str, dict[str, Any]] = {row["request_id"]: row for row in self.requests(industry).to_dicts()}
        before = rows.get(request.request_id)
        rows[request.request_id] = {
            "request_id": request.request_id,
            "industry": industry,
            "customer": request.customer,
            "status": status,
            "reason": reason,
            "edition_id": edition_id or (before or {}).get("edition_id"),
            "request": json.dumps(request.model_dump(mode="json", exclude_none=True), sort_keys=True),
            "created_at": before["created_at"] if before else now,
            "updated_at": now,
        }
        self.lake.write(LAYER, REQUESTS.name, industry, REQUESTS.frame(rows.values()))

    def industries(self) -> pl.DataFrame:
        """Rows of ``INDUSTRIES``."""
        rows = []
        for key in self.known():
            request = self.get(key)
            stamp = self.lake.read_stamp(key, "industry") or {}
            created = stamp.get("created_at")
            rows.append(
                {
                    "industry": key,
                    "title": request.display_title,
                    "definition": request.definition,
                    "segments": list(request.segments),
                    "created_at": datetime.fromisoformat(created) if created else datetime.now(UTC),
                }
            )
        return INDUSTRIES.frame(rows)


def _key(industry: str) -> str:
    return f"{DEFINITIONS}/{industry}.yaml"
