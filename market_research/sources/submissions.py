"""What the SEC lists of a company: who it is, and every filing it made."""

from datetime import UTC, date, datetime
from typing import Any

from market_research.cleaning.names import normalised_cik
from market_research.errors import UnreadableDocument
from market_research.sources.grid import printable
from market_research.sources.jsonpath import load_document, text_of
from market_research.sources.parsed import Company, Parsed, Reject, Row

# Members of the company itself that are one value or a list of values.
_ABOUT = (
    "cik", "name", "sic", "sicDescription", "category", "entityType", "fiscalYearEnd", "stateOfIncorporation",
    "tickers", "exchanges", "formerNames",
)  # fmt: skip


def parse(content: bytes, name: str) -> Parsed:
    """A row about the company and a row per filing, columns named as the SEC names them.

    Also reads the further pages of the list (``CIK…-submissions-001.json``), which hold filings only. The locator of
    a filing is the path of its accession number.

    Raises:
        UnreadableDocument: not JSON, or without a list of filings.
    """
    document = load_document(content, name)
    filings, path = _filings(document)
    if filings is None:
        raise UnreadableDocument(f"{name}: no list of filings with `accessionNumber`; fetch the file again.")
    parsed = Parsed("table", title="SEC filings")
    if path != "$":
        _read_company(parsed, document)
    _read_filings(parsed, filings, path)
    dates = [moment for row in parsed.rows if (moment := _moment(row.record.get("filingDate")))]
    parsed.published_at = max(dates, default=None)
    return parsed


def _filings(document: Any) -> tuple[dict[str, Any] | None, str]:
    if not isinstance(document, dict):
        return None, "$"
    nested = document.get("filings")
    recent = nested.get("recent") if isinstance(nested, dict) else None
    if isinstance(recent, dict) and isinstance(recent.get("accessionNumber"), list):
        return recent, "$.filings.recent"
    return (document if isinstance(document.get("accessionNumber"), list) else None), "$"


def _read_company(parsed: Parsed, document: dict[str, Any]) -> None:
    record = {key: _about(document.get(key)) for key in _ABOUT}
    parsed.rows.append(Row(record, "$"))
    stated = record["name"]
    if not stated:
        parsed.rejects.append(Reject("$.name", "The company has no name.", None))
        return
    tickers = document.get("tickers")
    ticker = next((t for t in tickers if isinstance(t, str) and t), None) if isinstance(tickers, list) else None
    parsed.title = f"{stated}, SEC filings"
    parsed.company = Company(stated, ticker, normalised_cik(record["cik"]), _year_end(record["fiscalYearEnd"]))


def _about(value: Any) -> str | None:
    if isinstance(value, list):
        texts = [text_of(item.get("name") if isinstance(item, dict) else item) for item in value]
        return "; ".join(text for text in texts if text) or None
    return text_of(value) or None


def _year_end(text: str | None) -> tuple[int, int] | None:
    """Month and day from ``1231``."""
    if not text or len(text) != 4 or not text.isdigit():
        return None
    month, day = int(text[:2]), int(text[2:])
    return (month, day) if 1 <= month <= 12 and 1 <= day <= 31 else None


def _read_filings(parsed: Parsed, filings: dict[str, Any], path: str) -> None:
    columns = {key: values for key, values in filings.items() if isinstance(values, list)}
    count = len(columns["accessionNumber"])
    for index in range(max(len(values) for values in columns.values())):
        locator = f"{path}.accessionNumber[{index}]"
        record = {key: text_of(values[index]) if index < len(values) else None for key, values in columns.items()}
        if index >= count or not record["accessionNumber"] or _moment(record.get("filingDate")) is None:
            reason = "The filing has no accession number or no valid date."
            parsed.rejects.append(Reject(locator, reason, printable(str(record))))
        else:
            parsed.rows.append(Row({key: value or None for key, value in record.items()}, locator))


def _moment(text: str | None) -> datetime | None:
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        return None
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
