"""The second look: at texts of documents where they meet a writer. What looks like orders to a model is withheld.

At the door visible orders are only noted: they may be quoted by people, or be the subject. A writer never sees them,
be it a model or not. What is withheld is kept with its reason, for the table ``security_events``.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from market_research.cleaning import suspicion
from market_research.guard.inspection import LevelName
from market_research.writing.evidence import Passage

WITHHELD_FROM: dict[LevelName, float] = {"strict": 0.35, "moderate": suspicion.NOTED_FROM, "permissive": 0.85}
"""Score from which a text is withheld. At ``permissive`` that takes two signs, or one that is hidden."""
WITHHELD = "withheld from the writer"
Record = dict[str, object]
Search = Callable[[str, int], list[Passage]]
Known = Mapping[tuple[str, str], suspicion.Event]
"""What was noticed before in a place of a document: by its id and locator."""


@dataclass(frozen=True)
class Look:
    """Looks at texts at one level; ``known`` is what the door and the trained classifier noticed of whole passages.

    ``withheld`` are the events so far, by document and by place.
    """

    level: LevelName = "moderate"
    known: Known = field(default_factory=dict)
    withheld: dict[tuple[str | None, str], suspicion.Event] = field(default_factory=dict)
    _sound: dict[str, bool] = field(default_factory=dict)

    def passages(self, found: Sequence[Passage]) -> list[Passage]:
        """Those that a writer may read, in their order. Each passage is looked at once, however often it is found."""
        new = [passage for passage in found if passage.passage_id not in self._sound]
        if new:
            self._judge(new)
        return [passage for passage in found if self._sound[passage.passage_id]]

    def _judge(self, found: Sequence[Passage]) -> None:
        texts = pl.DataFrame(
            {
                "locator": [str(number) for number in range(len(found)) for _ in range(2)],
                "text": [part for passage in found for part in (passage.text, passage.heading or "")],
            },
            schema={"locator": pl.String, "text": pl.String},
        )
        noticed = self._strongest(suspicion.in_texts(texts, noted_from=WITHHELD_FROM[self.level]))
        for number, passage in enumerate(found):
            place = passage.document_id, passage.locator
            seen = [event for event in (noticed.get(str(number)), self.known.get(place)) if event is not None]
            self._sound[passage.passage_id] = not self._withhold(seen, *place)

    def records(self, given: Iterable[Record]) -> tuple[Record, ...]:
        """Records for a prompt without those of which a text (a name, a label, a title) gives orders."""
        records = tuple(given)
        rows = [
            (str(number), value)
            for number, record in enumerate(records)
            for value in record.values()
            if isinstance(value, str) and len(value) > 12
        ]
        texts = pl.DataFrame(rows, schema={"locator": pl.String, "text": pl.String}, orient="row")
        noticed = self._strongest(suspicion.in_texts(texts, amidst=False, noted_from=WITHHELD_FROM[self.level]))
        return tuple(
            record
            for number, record in enumerate(records)
            if not self._withhold(
                [noticed[str(number)]] if str(number) in noticed else [], "", str(record.get("id", ""))
            )
        )

    def searching(self, search: Search) -> Search:
        """The same search without what is withheld: so many more are asked for as are left out."""

        def sound(query: str, limit: int) -> list[Passage]:
            asked = limit
            while True:
                found = search(query, asked)
                left = self.passages(found)
                if len(left) >= limit or len(found) < asked:
                    return left[:limit]
                asked += max(limit - len(left), limit)

        return sound

    @staticmethod
    def _strongest(events: Iterable[suspicion.Event]) -> dict[str, suspicion.Event]:
        return {event.locator: event for event in sorted(events, key=lambda event: (event.score, event.detector))}

    def _withhold(self, seen: list[suspicion.Event], document_id: str, locator: str) -> bool:
        strongest = max(seen, key=lambda event: event.score, default=None)
        if strongest is None or strongest.score < WITHHELD_FROM[self.level]:
            return False
        self.withheld[document_id or None, locator] = suspicion.Event(
            locator, f"before writing: {strongest.detector}", strongest.score, WITHHELD, strongest.excerpt
        )
        return True


def known_of(events: pl.DataFrame) -> dict[tuple[str, str], suspicion.Event]:
    """The strongest event of each place of a document, from rows of ``SECURITY_EVENTS``."""
    ordered = events.filter(pl.col("document_id").is_not_null()).sort("score", "detector")
    return {
        (row["document_id"], row["locator"]): suspicion.Event(
            row["locator"], row["detector"], row["score"], row["action"], row["excerpt"]
        )
        for row in ordered.to_dicts()
    }


def rows(look: Look, *, industry: str) -> pl.DataFrame:
    """What was withheld, as rows of ``SECURITY_EVENTS``."""
    made = [
        suspicion.rows([event], industry=industry, document_id=document_id, level=look.level)
        for (document_id, _), event in sorted(look.withheld.items(), key=lambda item: (item[0][0] or "", item[0][1]))
    ]
    return pl.concat([suspicion.rows([], industry=industry, document_id=None), *made])
