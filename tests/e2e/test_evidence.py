"""No sentence without a citation that exists, no number that its facts do not give; tampering is noticed."""

import io
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl
import pypdfium2
import pytest

from e2e.conftest import INDUSTRY, LITTLE
from e2e.house import FORMATS, House
from market_research.analysis.run import findings_from_frame
from market_research.cleaning.schema import FINDINGS
from market_research.writing import gate
from market_research.writing.evidence import Draft, Evidence, Passage, facts_from_frame
from market_research.writing.offline import writer

DIGITS = re.compile(r"\d+(?:[.,]\d+)*")


def inside(node: Any) -> Iterator[dict[str, Any]]:
    """Every object of a JSON document."""
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from inside(value)
    elif isinstance(node, list):
        for value in node:
            yield from inside(value)


def text_of(content: bytes, kind: str, *, between: str) -> str:
    """The text of a report in this format, with ``between`` where its markup stands."""
    if kind == "pdf":
        document = pypdfium2.PdfDocument(content)
        return " ".join(page.get_textpage().get_text_range() for page in document)
    if kind == "docx":
        return re.sub(r"<[^>]+>", between, zipfile.ZipFile(io.BytesIO(content)).read("word/document.xml").decode())
    return re.sub(r"<[^>]+>", between, content.decode()) if kind == "html" else content.decode().replace("\\", "")


def words(content: bytes, kind: str) -> str:
    """What a reader of a report in this format reads, without blanks: typesetting moves them."""
    return re.sub(r"\s+|\u00ad|\u200b", "", text_of(content, kind, between=""))


def numbers(content: bytes, kind: str) -> set[str]:
    """Every number that a reader meets; those of two cells side by side are two."""
    return set(DIGITS.findall(text_of(content, kind, between=" ")))


@pytest.fixture(scope="module", params=[INDUSTRY, LITTLE])
def edition(request: pytest.FixtureRequest, finished: House) -> tuple[dict[str, Any], Evidence, House]:
    """A finished report, and its evidence read anew from the warehouse and the lake."""
    house, industry = finished, request.param
    return json.loads(house.report(industry)["json"]), evidence_of(house, industry), house


def evidence_of(house: House, industry: str) -> Evidence:
    def rows(table: str) -> pl.DataFrame:
        return house.workspace.warehouse.query(f"SELECT * FROM {table} WHERE industry = ?", [industry])

    findings = [
        finding
        for path in house.workspace.lake.parts("findings", FINDINGS.name, industry)
        for finding in findings_from_frame(pl.read_parquet(path))
    ]
    names: dict[str, str] = {}
    for name, aliases in rows("entities").filter(pl.col("kind") == "company").select("name", "aliases").rows():
        names |= {form: name for form in (*aliases, name) if form == name or len(form) > 2}
    columns = ("passage_id", "document_id", "text", "heading", "locator", "dated")
    return Evidence(
        industry=industry,
        facts={fact.fact_id: fact for fact in facts_from_frame(rows("facts"))},
        findings={finding.finding_id: finding for finding in findings},
        passages={row[0]: Passage(*row) for row in rows("passages").select(columns).rows()},
        names=names,
    )


def test_every_sentence_cites_evidence_that_the_report_lists(edition: tuple[dict[str, Any], Evidence, House]) -> None:
    report, evidence, _ = edition
    listed = {entry["number"]: entry["id"] for entry in report["evidence"]}
    titles = [
        node["title"]["claim_id"]
        for node in inside(report["sections"])
        if node.get("type") in ("table", "figure", "framework")
    ]
    sentences = [node for node in inside(report["sections"]) if "claim_id" in node]
    assert len(sentences) > 20
    assert len(listed) == len(report["evidence"])
    for sentence in sentences:
        if sentence["claim_id"] not in titles:
            assert sentence["cites"], sentence["text"]
        assert set(sentence["cites"]) <= set(listed), sentence["text"]
        assert sentence["fact_ids"] or sentence["finding_ids"] or sentence["passage_ids"], sentence["text"]
        assert set(sentence["fact_ids"]) <= set(evidence.facts), sentence["text"]
        assert set(sentence["finding_ids"]) <= set(evidence.findings), sentence["text"]
        assert set(sentence["passage_ids"]) <= set(evidence.passages), sentence["text"]
    for entry in report["evidence"]:
        assert entry["id"] in evidence.facts or entry["id"] in evidence.passages
        assert set(entry["input_ids"]) <= set(evidence.facts), entry["id"]
        assert set(entry["inputs"]) <= set(listed), entry["id"]


def test_a_second_reading_by_the_gate_keeps_what_it_kept(edition: tuple[dict[str, Any], Evidence, House]) -> None:
    report, evidence, house = edition
    claims = house.query(
        "SELECT text, fact_ids, finding_ids, passage_ids, section FROM claims "
        "WHERE edition_id = ? AND verdict = 'kept'",
        [report["edition_id"]],
    )
    assert len(claims) == report["claims_kept"]
    for text, fact_ids, finding_ids, passage_ids, _ in claims:
        draft = Draft(text, tuple(fact_ids), tuple(finding_ids), tuple(passage_ids))
        verdict = gate.judge(draft, evidence)
        shown = [gate.judge_cell(text, fact_id, evidence).kept for fact_id in fact_ids]
        assert verdict.kept or any(shown), f"{text}: {verdict.reason}"


def test_every_cell_and_point_is_its_fact(edition: tuple[dict[str, Any], Evidence, House]) -> None:
    report, evidence, _ = edition
    tables = [node for node in inside(report["sections"]) if node.get("type") == "table"]
    figures = [node for node in inside(report["sections"]) if node.get("type") == "figure"]
    assert tables
    assert figures
    for table in tables:
        for cell in (cell for row in table["rows"] for cell in row):
            if cell["fact_id"]:
                assert gate.judge_cell(cell["text"], cell["fact_id"], evidence).kept, (table["key"], cell)
    for figure in figures:
        for point in (point for series in figure["chart"]["series"] for point in series["points"]):
            assert point["fact_id"], (figure["key"], point)
            assert point["y"] == pytest.approx(evidence.facts[point["fact_id"]].value), (figure["key"], point)
    for figure in report["key_figures"]:
        assert gate.judge_cell(figure["text"], figure["fact_id"], evidence).kept, figure


def test_the_five_formats_say_every_kept_sentence(edition: tuple[dict[str, Any], Evidence, House]) -> None:
    report, evidence, house = edition
    texts = {kind: words(content, kind) for kind, content in house.report(evidence.industry).items() if kind != "pdf"}
    for node in inside(report["sections"]):
        if "claim_id" not in node:
            continue
        stated = DIGITS.findall(node["text"])
        for kind, text in texts.items():
            assert all(number in text for number in stated), f"{kind} leaves out {node['text']}"


def altered(number: str, known: set[str]) -> str | None:
    """The number with one digit changed so that it stands nowhere in the report; None if there is no such."""
    for place in (index for index, char in enumerate(number) if char.isdigit()):
        for digit in "123456789":
            other = number[:place] + digit + number[place + 1 :]
            if other not in known:
                return other
    return None


def changed(node: Any, old: str, new: str) -> Any:
    """A writer's outline in which one sentence has another text, wherever it stands."""
    if isinstance(node, Draft):
        return replace(node, text=new) if node.text == old else node
    if is_dataclass(node) and not isinstance(node, type) and type(node).__module__.endswith("outline"):
        return replace(node, **{f.name: changed(getattr(node, f.name), old, new) for f in fields(node) if f.init})
    if isinstance(node, tuple | list):
        return type(node)(changed(item, old, new) for item in node)
    return node


def victim(house: House, report: dict[str, Any]) -> tuple[str, str, str]:
    """A kept sentence, the same with one digit of one number changed, and the changed number."""
    known = {n for kind, content in house.report(report["industry"]).items() for n in numbers(content, kind)}
    for node in inside(report["sections"]):
        if "claim_id" in node and node["cites"] and not node["passage_ids"]:
            for number in DIGITS.findall(node["text"]):
                other = altered(number, known) if "." in number else None
                if other and node["text"].count(number) == 1:
                    return node["text"], node["text"].replace(number, other), other
    raise AssertionError("no sentence with a number to tamper with")


def new_edition(house: House) -> dict[str, bytes]:
    """The next edition, made from what lies in the lake now without computing it again."""
    before = house.newest(LITTLE)
    house.ask(LITTLE, title="Timber, asked again")
    house.run(LITTLE, only='key:"report" or key:"warehouse"')
    assert house.newest(LITTLE) != before
    return house.report(LITTLE)


def verdicts(house: House, text: str) -> list[tuple[str, str]]:
    return house.query(  # type: ignore[return-value]
        "SELECT DISTINCT verdict, reason FROM claims WHERE edition_id = ? AND text = ?", [house.newest(LITTLE), text]
    )


def test_a_sentence_with_one_digit_changed_is_refused_and_in_no_format(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    text, tampered, number = victim(house, json.loads(house.report(LITTLE)["json"]))
    write = writer.write
    monkeypatch.setattr(writer, "write", lambda material: changed(write(material), text, tampered))
    made = new_edition(house)
    assert [(verdict, number in (reason or "")) for verdict, reason in verdicts(house, tampered)] == [("refused", True)]
    assert [kind for kind in FORMATS if number in numbers(made[kind], kind)] == []


def test_a_finding_whose_words_were_tampered_with_is_refused(house: House) -> None:
    text, tampered, number = victim(house, json.loads(house.report(LITTLE)["json"]))
    touched = 0
    for path in house.workspace.lake.parts("findings", FINDINGS.name, LITTLE):
        frame = pl.read_parquet(path)
        plain, other = (json.dumps(item, ensure_ascii=False)[1:-1] for item in (text, tampered))
        bodies = [body.replace(plain, other) for body in frame["body"].to_list()]
        touched += sum(new != old for new, old in zip(bodies, frame["body"].to_list(), strict=True))
        frame.with_columns(pl.Series("body", bodies, dtype=pl.String)).write_parquet(path)
    assert touched
    made = new_edition(house)
    assert [verdict for verdict, _ in verdicts(house, tampered)] == ["refused"]
    assert [kind for kind in FORMATS if number in numbers(made[kind], kind)] == []


def test_a_sentence_whose_fact_was_tampered_with_is_refused(house: House) -> None:
    report = json.loads(house.report(LITTLE)["json"])
    text, _, _ = victim(house, report)
    cited = next(set(node["fact_ids"]) for node in inside(report["sections"]) if node.get("text") == text)
    for layer in ("clean", "derived"):
        for path in house.workspace.lake.parts(layer, "facts", LITTLE):
            frame = pl.read_parquet(path)
            value = pl.when(pl.col("fact_id").is_in(sorted(cited))).then(pl.col("value") * 3.07).otherwise("value")
            frame.with_columns(value.alias("value")).write_parquet(path)
    new_edition(house)
    (verdict, reason), *more = verdicts(house, text)
    assert not more
    assert verdict == "refused"
    assert "in none of the cited facts" in reason


def test_trace_walks_from_a_sentence_to_the_bytes(finished: House) -> None:
    report = json.loads(finished.report(LITTLE)["json"])
    cited = next(node for node in inside(report["sections"]) if node.get("fact_ids") and node.get("cites"))
    printed = finished.cli("trace", cited["claim_id"], env={"COLUMNS": "400"}).stdout
    assert "file results.csv" in printed
    assert re.search(r"at row \d+, column \"(revenue|profit) \(\$ millions\)\": '\d+'", printed)
    raw = Path(re.findall(r"bytes in (\S+)", printed)[0])
    assert raw.read_bytes() == (finished.root / "inbox" / LITTLE / "results.csv").read_bytes()
