"""What in a document tries to steer a reader that is a program: noted, and where it is hidden, set aside.

Nothing here decides what a text means. A score says how much a place looks like orders to a language model; what is
visible stays (it may be quoted, or be the subject), what is hidden and gives orders never becomes a passage.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

import polars as pl

from market_research.cleaning import advice, disguise, instructions
from market_research.cleaning.hidden import hidden_texts
from market_research.cleaning.hidden_text import Hidden
from market_research.cleaning.schema import SECURITY_EVENTS
from market_research.ids import content_id
from market_research.sources.parsed import Block, Parsed, Reject, Row

NOTED_FROM = 0.5
"""Score from which a visible place is an event."""
HIDDEN_FROM = 0.35
"""Score from which a hidden text is one: hiding is a sign by itself."""
ONE_SIGN = 0.6
"""No single family of phrases in plain sight says more than this."""
A_TEXT = 400
"""Characters from which a request in a text can be out of place; a shorter text may be nothing but the request."""
SET_ASIDE, NOTED = "set aside", "noted"
_WINDOW, _STEP = 1_400, 1_100
_BESIDE = 160
_LONG_APART = 20
_BESIDE_TEXT = ("attribute", "comment")
_LOOK_CLOSER = (
    r"[A-Za-z0-9+/_%-]{24}|(?:[0-9a-fA-F]{2}[ ,]){20}|(?i:vtaber|vafgehpgvba|cebzcg|flfgrz|qvfertneq)"
    r"|(?:\S[ \-_.*|]{1,2}){12}|(?i:snoitcurtsni|tpmorp|erongi|metsys|suoiverp|dragersid)"
    r"|(?i:[i1!]gn[o0]r|[i1]n[s5$][t7]ruc|pr[o0]mp[t7]|pr[e3]v[i1][o0]u)"
    r"|[\x{200b}-\x{200f}\x{feff}\x{202a}-\x{202e}\x{2060}-\x{206f}\x{e0000}-\x{e007f}]|[\p{Cyrillic}\p{Greek}\x{ff21}-\x{ff5a}]"
)
_UNPRINTABLE = re.compile(r"[^\x20-\x7e\u00a0-\u024f\u0370-\u1fff\u2010-\u2027\u20a0-\u20cf\u3040-\ufaff]")


@dataclass(frozen=True, slots=True)
class Event:
    """One suspicious place: what noticed it, how strongly (0 to 1), and what was done."""

    locator: str
    detector: str
    score: float
    action: str
    excerpt: str


def without_hidden_orders(parsed: Parsed, content: bytes, media_type: str, name: str) -> tuple[Parsed, list[Event]]:
    """The document without hidden texts that give orders, and an event for each of them.

    They leave as many spaces behind as they had characters, so that all places keep their numbers, and are
    rejects of the document that is returned.
    """
    try:
        hidden = hidden_texts(content, media_type, name)
        failed = []
    except Exception as error:  # noqa: BLE001
        # Libraries meet damage with errors of any kind; that nobody looked is said, and the text is still read.
        hidden = []
        failed = [
            Event("document", "hidden text: not looked for", 0.0, NOTED, shown(f"{type(error).__name__}: {error}"))
        ]
    found = [*_hidden_orders(hidden), *_tagged(parsed.blocks)]
    if not found:
        return parsed, failed
    events = failed + [event for _, event in found]
    texts = sorted({one.text for one, _ in found}, key=len, reverse=True)
    rejects = [
        Reject(
            one.locator,
            f"Hidden text ({one.detector}) that looks like orders to a language model; it is kept out of the text.",
            one.text,
        )
        for one, _ in found
    ]
    clean = replace(
        parsed,
        blocks=_blanked(parsed.blocks, texts),
        rows=[_row_without(row, texts) for row in parsed.rows],
        rejects=[*parsed.rejects, *rejects],
    )
    return clean, events


def in_texts(texts: pl.DataFrame, *, amidst: bool = True, noted_from: float = NOTED_FROM) -> list[Event]:
    """Events of visible texts: a frame with the columns ``locator`` and ``text``.

    ``amidst`` says whether the texts run on, so that a request among them is out of place (not in cells of a table).
    """
    if texts.is_empty():
        return []
    judged = pl.concat(
        [texts.select("locator", "text"), instructions.judge(texts["text"], amidst=amidst)], how="horizontal"
    )
    capped = pl.when(pl.col("families") > 1).then("score").otherwise(pl.min_horizontal("score", pl.lit(ONE_SIGN)))
    events = [
        Event(row["locator"], f"instructions: {row['family']}", row["score"], NOTED, shown(row["excerpt"]))
        for row in judged.with_columns(capped).filter(pl.col("score") >= noted_from).iter_rows(named=True)
    ]
    closer = judged.filter(pl.col("text").str.contains(_LOOK_CLOSER))
    for row in closer.iter_rows(named=True):
        events += _disguised(row["locator"], row["text"], row["score"])
    return events


def across(texts: pl.DataFrame) -> list[Event]:
    """Events of orders that begin at one text's end and go on in the next one's beginning, told of both places."""
    ends = pl.col("text").str.slice(-_BESIDE), pl.col("text").shift(-1).str.slice(0, _BESIDE)
    pairs = texts.select(
        "locator", pl.col("locator").shift(-1).alias("next"), *(end.alias(f"part{n}") for n, end in enumerate(ends))
    ).drop_nulls()
    if pairs.is_empty():
        return []
    whole = instructions.judge(pairs.select(pl.concat_str("part0", "part1", separator=" ")).to_series(), amidst=False)
    each = [instructions.judge(pairs[f"part{n}"], amidst=False)["score"] for n in range(2)]
    divided = pl.concat([pairs, whole], how="horizontal").filter(
        (whole["score"] >= NOTED_FROM) & (each[0] < HIDDEN_FROM) & (each[1] < HIDDEN_FROM)
    )
    return [
        Event(row[place], "instructions: over two passages", row["score"], NOTED, shown(row["excerpt"]))
        for row in divided.iter_rows(named=True)
        for place in ("locator", "next")
    ]


def rows(events: Iterable[Event], *, industry: str, document_id: str | None, level: str | None = None) -> pl.DataFrame:
    """Events as rows of ``security_events``; of several by one detector in one place the strongest stands.

    What was typed has no document; its place must then tell one text from another. ``level`` is the guard's, where one
    decided.
    """
    typed = document_id is None and level is not None
    made: dict[str, dict[str, object]] = {}
    for event in sorted(events, key=lambda event: (-event.score, event.excerpt)):
        key = content_id("sec", industry, document_id, event.locator, event.detector)
        made.setdefault(
            key,
            {
                "event_id": key,
                "industry": industry,
                "document_id": document_id,
                "locator": event.locator,
                "detector": event.detector,
                "score": event.score,
                "action": event.action,
                "excerpt": event.excerpt,
                "level": level,
                "advice": advice.on_typed(event.detector) if typed else advice.on_found(event.detector),
            },
        )
    return SECURITY_EVENTS.frame(made.values())


def _hidden_orders(hidden: list[Hidden]) -> list[tuple[Hidden, Event]]:
    """Those that give orders. Alternative texts and comments are hidden by custom, so they must say more."""
    if not hidden:
        return []
    pieces = [
        (index, piece) for index, one in enumerate(hidden) for said in _clear(one.text) for piece in _windows(said)
    ]
    judged = instructions.judge(pl.Series([piece for _, piece in pieces], dtype=pl.String), amidst=False)
    best: dict[int, tuple[float, str]] = {}
    for (index, _), (score, excerpt) in zip(pieces, judged.select("score", "excerpt").iter_rows(), strict=True):
        beside = hidden[index].detector.startswith(_BESIDE_TEXT)
        if score >= (NOTED_FROM if beside else HIDDEN_FROM) and score > best.get(index, (0.0, ""))[0]:
            best[index] = score, excerpt
    return [
        (
            hidden[index],
            Event(
                hidden[index].locator,
                f"hidden text: {hidden[index].detector}",
                _with_hiding(score),
                SET_ASIDE,
                shown(excerpt),
            ),
        )
        for index, (score, excerpt) in best.items()
    ]


def _clear(text: str) -> set[str]:
    """What a text may say: without invisible characters, with look-alike letters made Latin, out of its codes."""
    return {
        disguise.INVISIBLE.sub("", text), disguise.plain(text), *(clear for _, clear in disguise.decoded(text)),
    }  # fmt: skip


def _tagged(blocks: list[Block]) -> list[tuple[Hidden, Event]]:
    """Text in Unicode's tag characters, which nothing shows: there is no honest use of it."""
    found = []
    for block in blocks:
        said = disguise.tagged(block.text) if not block.text.isascii() else ""
        if said:
            score = instructions.judge(pl.Series([said]), amidst=False)["score"][0]
            run = "".join(char for char in block.text if 0xE0000 <= ord(char) <= 0xE007F)
            event = Event(block.locator, "hidden text: tag characters", _with_hiding(score), SET_ASIDE, shown(said))
            found.append((Hidden("tag characters", run, block.locator), event))
    return found


def _disguised(locator: str, text: str, score: float) -> list[Event]:
    events = []
    if turned := disguise.turned(text):
        events.append(Event(locator, "disguised: direction of writing", 0.5, NOTED, shown(turned)))
    plain = disguise.plain(text)
    if plain != text:
        said = instructions.judge(pl.Series([plain])).row(0, named=True)
        if said["score"] > max(score, HIDDEN_FROM):
            way = "invisible characters" if disguise.INVISIBLE.search(text) else "letters that look alike"
            events.append(
                Event(locator, f"disguised: {way}", _with_hiding(said["score"]), NOTED, shown(said["excerpt"]))
            )
        elif len(disguise.mixed_words(text)) >= 3:
            words = ", ".join(disguise.mixed_words(text)[:5])
            events.append(Event(locator, "disguised: letters that look alike", 0.5, NOTED, shown(words)))
    for code, clear in (*disguise.decoded(text), *disguise.respelled(text)):
        said = instructions.judge(pl.Series([clear]), amidst=False).row(0, named=True)
        if code == disguise.APART and len(clear) >= _LONG_APART and not said["score"]:
            # Where the words cannot be told apart, nobody knows what it says; there is no honest use of it.
            events.append(Event(locator, f"disguised: {code}", NOTED_FROM, NOTED, shown(clear)))
        if said["score"] >= HIDDEN_FROM:
            events.append(
                Event(locator, f"disguised: {code}", _with_hiding(said["score"]), NOTED, shown(said["excerpt"]))
            )
    return events


def _with_hiding(score: float) -> float:
    return round(1 - (1 - score) * 0.5, 4)


def _windows(text: str) -> list[str]:
    if len(text) <= _WINDOW:
        return [text]
    return [text[start : start + _WINDOW] for start in range(0, len(text) - (_WINDOW - _STEP), _STEP)]


def _blanked(blocks: list[Block], texts: list[str]) -> list[Block]:
    """Blocks without these texts. A block within one of them goes if it gives orders itself: others may be copies."""
    inside = [index for index, block in enumerate(blocks) if any(block.text in text for text in texts)]
    scores = instructions.judge(pl.Series([blocks[index].text for index in inside], dtype=pl.String))["score"]
    dropped = {index for index, score in zip(inside, scores, strict=True) if score > 0}
    made = []
    for index, block in enumerate(blocks):
        text = " " * len(block.text) if index in dropped else block.text
        for hidden in texts:
            if hidden in text:
                text = text.replace(hidden, " " * len(hidden))
        headings = tuple(heading for heading in block.headings if heading not in texts)
        made.append(block if text is block.text else replace(block, text=text, headings=headings))
    return made


def _row_without(row: Row, texts: list[str]) -> Row:
    if not any(value and text in value for value in row.record.values() for text in texts):
        return row
    record = dict(row.record)
    for key, value in record.items():
        for text in texts:
            value = value.replace(text, "").strip() if value else value
        record[key] = value
    return replace(row, record=record)


def shown(text: str | None) -> str:
    """An excerpt fit for a terminal: cut, and with a mark for what cannot be printed."""
    return _UNPRINTABLE.sub("·", (text or "")[: instructions.MAX_EXCERPT])
