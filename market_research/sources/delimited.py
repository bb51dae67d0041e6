"""CSV and TSV: rows and rejects, by the standard library's reader.

Row numbers count records from the top of the file as a spreadsheet program shows them: with the
header in row 1 the first data row is row 2. Blank lines are counted but are not rows; a quoted cell
may span lines of the file and is one row all the same.
"""

import csv
import io
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import PurePath

from market_research.cleaning import periods
from market_research.errors import UnreadableDocument
from market_research.sources import cells
from market_research.sources.decode import decode
from market_research.sources.grid import Record, Table, damage, printable, unique_columns
from market_research.sources.parsed import Reject

DELIMITERS = (",", "\t", ";", "|")
_SNIFFED = 60
_HEADER_WITHIN = 12


class _Lines:
    """Lines with a place to go back to when a quote that was opened is never closed."""

    def __init__(self, text: str) -> None:
        # Only \n, \r and \r\n end a line here; str.splitlines would also split inside cells.
        self.lines = list(io.StringIO(text, newline=""))
        self.position = 0

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        if self.position >= len(self.lines):
            raise StopIteration
        self.position += 1
        return self.lines[self.position - 1]


def read(content: bytes, name: str, *, tabs: bool = False) -> Table:
    """The one table of a CSV or TSV file.

    Every record below the header is either a record of the table or a reject: ragged rows, broken
    quoting, NUL bytes and undecodable text. Lines above the header are kept as ``preamble``.

    Raises:
        UnreadableDocument: not text, or nothing but blank lines.
    """
    text = decode(content, name)
    delimiter = "\t" if tabs and "\t" in text else sniff(text)
    records = list(numbered(text, delimiter))
    first = _header_position(records)
    if first is None:
        raise UnreadableDocument(f"{name}: no row with any text; send the file again.")
    number, header, _ = records[first]
    headed = not _looks_like_data(header or [])
    columns = header or []
    if not headed:
        columns = [f"column_{index}" for index in range(1, len(columns) + 1)]
    table = Table(PurePath(name).stem, unique_columns(columns))
    table.preamble = [delimiter.join(filter(None, fields or [])).strip() for _, fields, _ in records[:first] if fields]
    for number, fields, raw in records[first + headed :]:
        _place(table, f"row {number}", fields, raw)
    return table


def sniff(text: str) -> str:
    """The delimiter that divides the first lines most evenly; a comma if none does."""
    head = "".join(islice(io.StringIO(text, newline=""), _SNIFFED))
    best, best_score = ",", 0.0
    for delimiter in DELIMITERS:
        lengths = [len(fields or []) for _, fields, _ in numbered(head, delimiter)]
        divided = Counter(length for length in lengths if length > 1)
        if not divided:
            continue
        # How many records are divided at all, and how many of them evenly; broken quoting counts against.
        score = (divided.most_common(1)[0][1] + divided.total()) / len(lengths)
        if score > best_score + 1e-9:
            best, best_score = delimiter, score
    return best


def numbered(text: str, delimiter: str) -> Iterator[tuple[int, list[str] | None, str]]:
    """Number, fields and raw text of every record; fields are None where quoting is broken."""
    source = _Lines(text)
    reader = csv.reader(source, delimiter=delimiter, strict=True)
    number = 0
    while True:
        start = source.position
        number += 1
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error:
            # An unclosed quote swallows what follows: give up one line only and read on after it.
            source.position = start + 1
            reader = csv.reader(source, delimiter=delimiter, strict=True)
            yield number, None, source.lines[start].rstrip("\r\n")
            continue
        if any(field.strip() for field in fields) or len(fields) > 1:
            raw = (
                source.lines[start] if source.position == start + 1 else "".join(source.lines[start : source.position])
            )
            yield number, fields, raw.rstrip("\r\n")


def torn_lines(lines: Iterable[str], delimiter: str) -> Iterator[int]:
    """Numbers (from 0) of the lines whose quoting is broken, as ``numbered`` finds them; no line is read three times.

    A quote that is never closed ends at the next quote, so what it swallows holds no other; lines are held only as far.
    """
    source = _Rereadable(lines)
    reader = csv.reader(source, delimiter=delimiter, strict=True)
    while True:
        source.mark()
        try:
            next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield source.back_to_mark()
            reader = csv.reader(source, delimiter=delimiter, strict=True)


class _Rereadable:
    """Lines that can be read again from the line after a mark."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.lines = iter(lines)
        self.ahead: deque[str] = deque()
        self.read: list[str] = []
        self.position = 0

    def __iter__(self) -> "_Rereadable":
        return self

    def __next__(self) -> str:
        line = self.ahead.popleft() if self.ahead else next(self.lines)
        self.read.append(line)
        return line

    def mark(self) -> None:
        """Forget what was read: the next line is the first that may be read again."""
        self.position += len(self.read)
        self.read.clear()

    def back_to_mark(self) -> int:
        """Go back to the line after the one at the mark; returns that one's number."""
        self.ahead.extendleft(reversed(self.read[1:]))
        del self.read[1:]
        return self.position


def _header_position(records: list[tuple[int, list[str] | None, str]]) -> int | None:
    """The first record that is as wide as most: titles and notes above a header are narrower."""
    usable = [(index, fields) for index, (_, fields, _) in enumerate(records) if fields]
    if not usable:
        return None
    widths = Counter(len(fields) for _, fields in usable[:_SNIFFED])
    usual = max(widths.items(), key=lambda item: (item[1], item[0]))[0]
    if usual > 1:
        for index, fields in usable[:_HEADER_WITHIN]:
            named = sum(1 for field in fields if field.strip())
            if named >= 2 and (len(fields) == usual or index == usable[0][0]):
                return index
    return usable[0][0]


def _looks_like_data(header: list[str]) -> bool:
    """A first record of nothing but numbers is no header, unless the numbers are years."""
    named = [field for field in header if field.strip()]
    numbers = [field for field in named if cells.read(field) is not None]
    return bool(named) and len(numbers) == len(named) and not all(periods.parse(field) for field in named)


def _place(table: Table, locator: str, fields: list[str] | None, raw: str) -> None:
    width = len(table.columns)
    if fields is None:
        reason: str | None = "The quoting of this line is broken."
    elif len(fields) != width:
        reason = f"The row has {len(fields)} fields where the header has {width}."
    else:
        reason = damage([*fields])
    if reason:
        table.rejects.append(Reject(locator, reason, printable(raw)))
    else:
        table.records.append(Record(locator, [*(fields or [])]))
