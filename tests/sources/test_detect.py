"""Media types come from the content first and from the name second."""

import io
import zipfile

import pytest

from market_research.errors import UnreadableDocument
from market_research.sources import detect


def zipped(*members: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for member in members:
            archive.writestr(member, "x")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "name", "expected"),
    [
        (b"%PDF-1.7\n...", "report.txt", detect.PDF),
        (b"PAR1....PAR1", "table.csv", detect.PARQUET),
        (zipped("word/document.xml"), "a", detect.DOCX),
        (zipped("xl/workbook.xml"), "a.csv", detect.XLSX),
        (b'<?xml version="1.0"?><!-- note --><rss version="2.0"></rss>', "news.xml", detect.FEED),
        (b'<feed xmlns="http://www.w3.org/2005/Atom"></feed>', "news", detect.FEED),
        (b'<rdf:RDF xmlns="http://purl.org/rss/1.0/"></rdf:RDF>', "news.txt", detect.FEED),
        (b"<!DOCTYPE html><html><body>Hi</body></html>", "page", detect.HTML),
        (b'<?xml version="1.0"?><html><ix:header/></html>', "filing.html", detect.IXBRL),
        (b'{"cik": 1, "entityName": "A", "facts": {}}', "CIK1.json", detect.COMPANY_FACTS),
        (b'{"a": 1}\n{"a": 2}\n', "lines.txt", detect.JSON_LINES),
        (b'[{"a": 1}]', "noname", detect.JSON),
        (b"a,b\n1,2\n", "noname", detect.CSV),
        (b"a\tb\n1\t2\n", "noname", detect.TSV),
        (b"a;b\n1;2\n", "x.csv", detect.CSV),
        (b"# Title\n\nText.", "noname", detect.MARKDOWN),
        (b"Just a sentence.", "noname", detect.TEXT),
        ("a,b\n1,2\n".encode("utf-16"), "x.csv", detect.CSV),
    ],
)
def test_the_media_type_is_found(content: bytes, name: str, expected: str) -> None:
    assert detect.media_type(content, name) == expected


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b" \r\n\t", "empty"),
        (bytes(range(256)) * 40, "send"),
        (zipped("photo.jpg"), "ZIP"),
        (b"PK\x03\x04broken", "damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 100, "Office"),
        (b'<?xml version="1.0"?><invoice/>', "neither"),
    ],
)
def test_what_cannot_be_read_is_refused_with_name_and_reason(content: bytes, reason: str) -> None:
    with pytest.raises(UnreadableDocument, match=reason) as caught:
        detect.media_type(content, "thing.bin")
    assert "thing.bin" in str(caught.value)
