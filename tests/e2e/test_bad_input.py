"""Bad input: each ends as a quarantine row or a clear error naming file and place; the rest goes on."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from e2e.conftest import LITTLE
from e2e.house import FORMATS, House, results
from market_research.settings import SAMPLE_FOLDER

pytestmark = pytest.mark.long

XBRL = """<?xml version="1.0" encoding="UTF-8"?>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:ix="http://www.xbrl.org/2013/inlineXBRL"
 xmlns:xbrli="http://www.xbrl.org/2003/instance" xmlns:us-gaap="http://fasb.org/us-gaap/2024"
 xmlns:iso4217="http://www.xbrl.org/2003/iso4217"><head><title>filing</title></head><body>
<div style="display:none"><ix:header><ix:resources>
<xbrli:context id="c1"><xbrli:entity><xbrli:identifier scheme="http://www.sec.gov/CIK">0000000001</xbrli:identifier>
</xbrli:entity><xbrli:period><xbrli:startDate>2024-01-01</xbrli:startDate><xbrli:endDate>2024-12-31</xbrli:endDate>
</xbrli:period></xbrli:context>
<xbrli:unit id="usd"><xbrli:measure>iso4217:USD</xbrli:measure></xbrli:unit>
<xbrli:unit id="odd"><xbrli:measure>made:Furlongs</xbrli:measure></xbrli:unit>
</ix:resources></ix:header></div>
<p>Revenue <ix:nonFraction name="us-gaap:Revenues" contextRef="c1" unitRef="usd" decimals="0">1,234</ix:nonFraction></p>
<p>Distance <ix:nonFraction name="us-gaap:Odd" contextRef="c1" unitRef="odd" decimals="0">55</ix:nonFraction></p>
<p>Nowhere <ix:nonFraction name="us-gaap:Lost" contextRef="c1" unitRef="gone" decimals="0">66</ix:nonFraction></p>
</body></html>"""


def pdf() -> bytes:
    return (SAMPLE_FOLDER / "retail" / "retail_overview.pdf").read_bytes()


def locked_pdf() -> bytes:
    """A PDF that asks for a password: the trailer names an encryption dictionary whose key nobody has."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>",
        b"<< /Filter /Standard /V 1 /R 2 /P -4 /O <" + b"41" * 32 + b"> /U <" + b"42" * 32 + b"> >>",
    ]
    body = b"%PDF-1.4\n"
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"xref\n0 5\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
    trailer = b"trailer << /Size 5 /Root 1 0 R /Encrypt 4 0 R /ID [<41> <41>] >>\nstartxref\n%d\n%%%%EOF\n" % len(body)
    return body + table + trailer


def big_page() -> bytes:
    row = b"<p>" + b"Lumber was sold at the mill and at the yard. " * 20 + b"</p>\n"
    page = b"<html><body>" + row * (50 * 2**20 // len(row) + 1) + b"</body></html>"
    assert len(page) > 50 * 2**20
    return page


@pytest.fixture(scope="module")
def batch(finished: House, tmp_path_factory: pytest.TempPathFactory) -> tuple[House, str]:
    """A home into whose little industry everything bad was dropped at once with one good file, then run."""
    import shutil

    folder = tmp_path_factory.mktemp("bad")
    house = House(folder / "home")
    shutil.copytree(finished.root, house.root, symlinks=True)
    given = folder / "given"
    given.mkdir()
    ragged = "company,fiscal_year,revenue ($ millions)\nAlder,2020,3100\nBirch,2020\nCedar,2020,900,what,is,this\n"
    contents: dict[str, bytes] = {
        "good.csv": results(extra=2).encode(),
        "copy of good.csv": results(extra=2).encode(),
        "truncated.pdf": pdf()[: len(pdf()) // 3],
        "locked.pdf": locked_pdf(),
        "ragged.csv": ragged.encode(),
        "latin.csv": "company,fiscal_year,revenue ($ millions)\nCafé Öl,2023,12\n".encode("latin-1"),
        "nul.csv": b"company,fiscal_year,revenue ($ millions)\nAl\x00der,2019,3000\nBirch,2019,2100\n",
        "broken.json": b'{"facts": {"us-gaap": {"Revenues": ',
        "empty.csv": b"",
        "picture.xyz": bytes(range(256)) * 40,
        "units.htm": XBRL.encode(),
    }
    for name, content in contents.items():
        (given / name).write_bytes(content)
    done = house.cli("ingest", given, "--industry", LITTLE, env={"COLUMNS": "300"})
    inbox = house.root / "inbox" / LITTLE
    (folder / "outside.csv").write_text(results(extra=3))
    (inbox / "climbing.csv").symlink_to(folder / "outside.csv")
    (inbox / "climbing").symlink_to(folder)
    sidecar = inbox / "sub" / "sources.yaml"
    sidecar.parent.mkdir()
    sidecar.write_text("../../../../outside.csv: {title: gotcha}\n../../x: {title: gotcha}\n")
    house.cli("run", "--industry", LITTLE)
    return house, done.stdout


def reasons(house: House, name: str) -> list[tuple[str, str]]:
    return house.query(
        "SELECT locator, reason FROM quarantine WHERE industry = ? AND uri = ? ORDER BY ALL", [LITTLE, name]
    )  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("name", "place", "says"),
    [
        ("truncated.pdf", "document", "PDF"),
        ("locked.pdf", "document", "password"),
        ("ragged.csv", "row 3", "2 fields where the header has 3"),
        ("broken.json", "document", "JSON"),
        ("empty.csv", "whole file", "is empty"),
        ("picture.xyz", "document", "not text"),
        ("copy of good.csv", "whole file", "same content as"),
        ("climbing.csv", "whole file", "leads out of the inbox"),
        ("climbing", "whole file", "leads out of the inbox"),
        ("sub/sources.yaml", "whole file", "leads out of the inbox"),
        ("units.htm", "", "unit"),
    ],
)
def test_what_cannot_be_taken_stands_in_quarantine_with_place_and_reason(
    batch: tuple[House, str], name: str, place: str, says: str
) -> None:
    house, _ = batch
    found = reasons(house, name)
    if name == "copy of good.csv" and not found:
        found = reasons(house, "good.csv")  # the first in the alphabet is the original
    assert found
    assert all(reason for _, reason in found)
    assert any(place in locator and says in reason for locator, reason in found), found


def test_the_command_line_says_at_once_what_was_set_aside(batch: tuple[House, str]) -> None:
    _, printed = batch
    assert "Set aside" in printed
    for name in ("truncated.pdf", "locked.pdf", "ragged.csv", "empty.csv", "picture.xyz"):
        assert name in printed


def test_the_rest_of_the_batch_is_taken(batch: tuple[House, str]) -> None:
    house, _ = batch
    facts = "SELECT count(*) FROM facts JOIN documents USING (industry, document_id) WHERE industry = ? AND path = ?"
    good = max(house.query(facts, [LITTLE, name])[0][0] for name in ("good.csv", "copy of good.csv"))
    assert good == 32
    assert house.query(facts, [LITTLE, "ragged.csv"])[0][0] >= 1
    assert house.query(facts, [LITTLE, "nul.csv"])[0][0] >= 1
    latin = house.query("SELECT record FROM table_rows WHERE industry = ? AND record LIKE '%Café Öl%'", [LITTLE])
    assert len(latin) == 1
    revenue = house.query("SELECT value, unit FROM facts WHERE industry = ? AND concept LIKE '%Revenues'", [LITTLE])
    assert revenue == [(1234.0, "USD")]


def test_a_report_is_made_all_the_same(batch: tuple[House, str], finished: House) -> None:
    house, _ = batch
    assert house.newest(LITTLE) != finished.newest(LITTLE)
    assert set(house.report(LITTLE)) == set(FORMATS)
    assert not [path for path in house.root.rglob("*.tmp*") if "dagster" not in path.parts]
    stolen = house.query("SELECT count(*) FROM documents WHERE title = 'gotcha' OR path LIKE 'climbing%'")
    assert stolen == [(0,)]


def test_a_page_of_50_mb_is_read_or_set_aside_and_the_batch_goes_on(
    new_house: Callable[[str], House], tmp_path: Path
) -> None:
    house = new_house("home")
    given = tmp_path / "given"
    given.mkdir()
    (given / "big.html").write_bytes(big_page())
    (given / "results.csv").write_text(results())
    house.cli("ingest", given, "--industry", LITTLE)
    listed = dict(house.workspace.lake.read("staged", documents(), LITTLE).select("path", "kind").rows())
    assert set(listed) == {"big.html", "results.csv"}
    assert listed["results.csv"] == "table"


def test_a_limit_on_size_is_named_with_the_way_to_raise_it(new_house: Callable[[str], House], tmp_path: Path) -> None:
    (tmp_path / "big.txt").write_bytes(b"x" * (2**20 + 1))
    house = new_house("home")
    done = house.cli(
        "ingest", tmp_path / "big.txt", "--industry", LITTLE, check=False,
        env={"MARKET_RESEARCH_MAX_FILE_MB": "1", "COLUMNS": "300"},
    )  # fmt: skip
    assert done.returncode == 1
    assert "big.txt" in done.stdout
    assert "larger than 1 MB; raise MARKET_RESEARCH_MAX_FILE_MB" in done.stdout


def test_only_bad_files_end_in_failure_and_keep_the_industry_working(house: House, tmp_path: Path) -> None:
    (tmp_path / "torn.pdf").write_bytes(pdf()[:500])
    done = house.cli("ingest", tmp_path / "torn.pdf", "--industry", LITTLE, check=False)
    assert done.returncode == 1
    assert "torn.pdf" in done.stdout
    missing = house.cli("ingest", tmp_path / "nowhere.csv", "--industry", LITTLE, check=False)
    assert missing.returncode == 1
    assert missing.stderr.strip().endswith("nowhere.csv does not exist.")


def test_a_file_that_may_not_be_read_is_named(house: House) -> None:
    path = house.write(LITTLE, "secret.csv", results())
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user may read everything")
    house.run(LITTLE)
    assert [reason for _, reason in reasons(house, "secret.csv")] == ["cannot be read: Permission denied"]


def documents():  # type: ignore[no-untyped-def]
    from market_research.cleaning.schema import DOCUMENTS

    return DOCUMENTS
