"""Which passages a search may find: typed values, and the expression that the vector store understands."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from market_research.errors import InvalidInput


@dataclass(frozen=True)
class Filters:
    """What must be true of a passage; empty is no condition. The industry is the table that is searched.

    ``entities`` are canonical names of which the passage speaks of one at least, or which its document is of;
    ``since`` and ``until`` are days, both included, and leave out passages without a date.
    """

    entities: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None

    def __post_init__(self) -> None:
        if self.since and self.until and self.since > self.until:
            raise InvalidInput(f"No day is from {self.since} on and until {self.until}; give the earlier day first.")

    @property
    def expression(self) -> str | None:
        """The condition in the store's SQL; None where there is none."""
        parts = [
            f"array_has_any(entities, [{_listed(self.entities)}])" if self.entities else "",
            f"kind IN ({_listed(self.kinds)})" if self.kinds else "",
            f"document_id IN ({_listed(self.documents)})" if self.documents else "",
            f"dated >= date '{self.since.isoformat()}'" if self.since else "",
            f"dated <= date '{self.until.isoformat()}'" if self.until else "",
        ]
        return " AND ".join(filter(None, parts)) or None


def literal(text: str) -> str:
    """A text as the store's SQL writes it. It knows one escape only: a doubled quotation mark."""
    return "'" + text.replace("'", "''") + "'"


def _listed(texts: Iterable[str]) -> str:
    return ", ".join(map(literal, texts))
