"""What an instruction leaves of an industry's material, and that the gate knows nothing else."""

from collections.abc import Callable
from typing import Any

import pytest

from market_research.errors import InvalidInput
from market_research.report.assemble import Edition, assemble
from market_research.report.model import Report
from market_research.writing import gate
from market_research.writing.evidence import Draft, Evidence
from market_research.writing.instruction import Instruction
from market_research.writing.material import Material
from market_research.writing.offline import writer
from market_research.writing.selection import narrowed
from tests.writing.materials import material

Found = tuple[Material, Evidence]


@pytest.fixture(scope="module")
def found(sample: Callable[[str], Any]) -> Found:
    return material(sample("semiconductors"))


def asked(**settings: Any) -> Instruction:
    return Instruction.model_validate({"industry": "semiconductors", "text": "Dwell on margins.", **settings})


def report(found: Found, wish: Instruction, chosen: frozenset[str] | None = None) -> Report:
    m, evidence = found
    less, permitted = narrowed(m, evidence, wish, chosen)
    edition = Edition("ed_0123456789abcdef", "semiconductors", m.subject.as_of, "0" * 64)
    return assemble(writer.write(less), edition, evidence, m.documents, None, permitted)[0]


def named(found: Found, made: Report) -> set[str]:
    """Companies that a report's sentences, tables and charts name."""
    text = made.model_dump_json(include={"sections", "key_figures"})
    return {name for name in set(found[1].names.values()) if name in text}


def test_sections_and_title_are_those_asked_for_in_their_order(found: Found) -> None:
    made = report(found, asked(sections=["technology_adoption", "industry_analysis"], title="Chips in brief"))
    assert [s.key for s in made.sections] == ["technology_adoption", "industry_analysis", "method", "limits"]
    assert made.title == "Chips in brief"


def test_no_company_is_named_but_those_asked_for(found: Found) -> None:
    whole = named(found, report(found, asked()))
    assert len(whole) >= 5
    made = report(found, asked(companies=["nvidia"]))
    sentences = _figures(made)
    assert any("NVIDIA" in s for s in sentences)
    assert not [s for s in sentences for name in whole - {"NVIDIA"} if name in s]


def _figures(made: Report) -> list[str]:
    """Everything said or shown of facts; quotations may name whom they like."""
    said = []
    for section in made.sections:
        for block in section.blocks:
            if block.type == "paragraph":
                said += [s.text for s in block.sentences if s.fact_ids]
            elif block.type == "table" and block.key != "quarantine":
                said += [cell.text for row in block.rows for cell in row]
            elif block.type == "figure":
                said += [series.name for series in block.chart.series]
    return said


def test_no_year_is_told_but_those_asked_for(found: Found) -> None:
    _, permitted = narrowed(*found, asked(start_year=2016, end_year=2018))
    years = {f.fiscal_year for f in permitted.facts.values() if f.fiscal_year}
    assert years
    assert years <= {2016, 2017, 2018}
    assert report(found, asked(start_year=2016, end_year=2018)).claims_kept > 0


def test_only_chosen_facts_may_be_cited_and_what_was_computed_from_them(found: Found) -> None:
    m, evidence = found
    chosen = frozenset(f.fact_id for f in evidence.facts.values() if f.entity == "NVIDIA" and not f.derived)
    _, permitted = narrowed(m, evidence, asked(data="SELECT fact_id FROM facts"), chosen)
    reported = {i for i, f in permitted.facts.items() if not f.derived}
    assert reported <= chosen
    assert any(f.derived and f.inputs for f in permitted.facts.values())
    assert not permitted.passages
    other = next(f for f in evidence.facts.values() if f.entity != "NVIDIA" and not f.derived)
    sentence = Draft(f"{other.entity} is there.", (other.fact_id,))
    assert "unknown fact" in str(gate.judge(sentence, permitted).reason)
    made = report(found, asked(), chosen)
    cited = {i for s in _sentences(made) for i in s.fact_ids}
    assert cited <= set(permitted.facts) | {i for i in cited if i not in evidence.facts or evidence.facts[i].derived}


def _sentences(made: Report) -> list[Any]:
    return [s for section in made.sections for b in section.blocks if b.type == "paragraph" for s in b.sentences]


def test_a_company_that_is_not_covered_is_an_error_that_lists_who_is(found: Found) -> None:
    with pytest.raises(InvalidInput, match=r"covers no company 'Nobody'; it covers .*NVIDIA"):
        narrowed(*found, asked(companies=["Nobody"]))


def test_a_choice_that_leaves_nothing_is_an_error(found: Found) -> None:
    with pytest.raises(InvalidInput, match="leaves nothing of semiconductors"):
        narrowed(*found, asked(), frozenset({"fact_0000000000000000"}))


def test_what_nobody_asked_for_narrows_nothing(found: Found) -> None:
    m, evidence = found
    less, permitted = narrowed(m, evidence, asked())
    assert less.findings == m.findings
    assert dict(permitted.facts) == dict(evidence.facts)


@pytest.mark.parametrize("years", [{"start_year": 2017}, {"end_year": 2012}, {"start_year": 2022}])
@pytest.mark.parametrize("companies", [(), ("NVIDIA",), ("Intel", "AMD")])
def test_every_narrowing_gives_a_whole_report(found: Found, years: dict[str, int], companies: tuple[str, ...]) -> None:
    known = {form.casefold() for form in found[1].names}
    wanted = [name for name in companies if name.casefold() in known]
    made = report(found, asked(companies=wanted, **years))
    assert {"method", "limits"} <= {s.key for s in made.sections}
