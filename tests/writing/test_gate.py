"""The gate: what the evidence gives is kept, and whatever is changed about it is refused."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market_research.writing import numbers
from market_research.writing.evidence import Draft, Evidence, Fact, Finding, Passage
from market_research.writing.gate import judge, judge_cell, quoted


def fact(fact_id: str, entity: str, metric: str, value: float, unit: str, year: int, **more: object) -> Fact:
    plain = Fact(fact_id, entity, metric, value, unit, year, date(year, 1, 1), date(year, 12, 31))
    return replace(plain, **more)  # type: ignore[arg-type]


INTEL = fact("fact_intel", "Intel", "revenue", 70_848_000_000, "USD", 2018, document_id="doc_1")
NVIDIA = fact("fact_nvidia", "NVIDIA", "revenue", 11_716_000_000, "USD", 2018, document_id="doc_1")
LOSS = fact("fact_loss", "Micron", "net_income", -5_833_000_000, "USD", 2023, document_id="doc_1")
EPS = fact("fact_eps", "Intel", "eps", 4.48, "USD/shares", 2018, document_id="doc_1")
INTEL_BEFORE = fact("fact_intel_2017", "Intel", "revenue", 62_761_000_000, "USD", 2017, document_id="doc_1")
GROWTH = fact(
    "fact_growth", "Intel", "revenue_growth", 12.89, "percent", 2018, inputs=("fact_intel", "fact_intel_2017")
)
NVIDIA_LATER = fact("fact_nvidia_2020", "NVIDIA", "revenue", 26_914_000_000, "USD", 2020, document_id="doc_1")
MICRON = [
    fact(f"fact_micron_{year}", "Micron", "revenue", value, "USD", year, document_id="doc_1")
    for year, value in ((2017, 20_322_000_000), (2018, 30_391_000_000), (2019, 23_406_000_000))
]
MARGIN = fact("fact_margin", "Micron", "net_margin", -37.5, "percent", 2023)
SHARE = fact(
    "fact_share", "Intel", "market_share", 37.24, "percent", 2018, method="share", inputs=("fact_intel", "fact_nvidia")
)
TOTAL = fact(
    "fact_total", "Semiconductors", "covered_revenue", 82_564_000_000, "USD", 2018, inputs=("fact_intel", "fact_nvidia")
)
GAIN = fact("fact_gain", "Intel", "share_change", 3.2, "percentage points", 2018)
RATIO = fact("fact_ratio", "Semiconductors", "equal_sized", 2.43, "ratio", 2018)
HHI = fact("fact_hhi", "Semiconductors", "hhi", 1841.7, "index", 2018)
COUNT = fact("fact_count", "Semiconductors", "companies", 14, "count", 2018)
AWS = fact("fact_aws", "Amazon", "revenue", 107_556_000_000, "USD", 2024, dimensions="segment=AWS", document_id="doc_1")
PASSAGE = Passage(
    "pass_1",
    "doc_2",
    "Demand for accelerators rose 34% in the quarter. We call this the “second wave” of\nspending. "
    "Artificial intelligence leads it.",
    heading="Micron > Outlook",
    published_on=date(2025, 2, 26),
)
FINDING = Finding(
    "find_1",
    "semiconductors",
    "market",
    "market_size",
    None,
    (Draft("Intel took $70.8 billion.", ("fact_intel",)),),
    (),
    70.8e9,
    "USD",
    None,
    90,
    date(2025, 2, 26),
)
EVIDENCE = Evidence(
    "semiconductors",
    {f.fact_id: f for f in (INTEL, NVIDIA, LOSS, EPS, SHARE, TOTAL, GAIN, RATIO, HHI, COUNT, AWS,
                             INTEL_BEFORE, GROWTH, NVIDIA_LATER, MARGIN, *MICRON)},
    {FINDING.finding_id: FINDING},
    {PASSAGE.passage_id: PASSAGE},
    {"Intel": "Intel", "Intel Corporation": "Intel", "NVIDIA": "NVIDIA", "Nvidia": "NVIDIA", "Micron": "Micron",
     "Art": "Art", "Amazon": "Amazon"},
)  # fmt: skip


def cites(text: str, *ids: str) -> Draft:
    return Draft(
        text,
        tuple(i for i in ids if i.startswith("fact")),
        tuple(i for i in ids if i.startswith("find")),
        tuple(i for i in ids if i.startswith("pass")),
    )


TRUE = [
    cites("Intel took $70.8 billion in fiscal 2018.", "fact_intel"),
    cites("Intel Corporation took $70,848 million in 2018.", "fact_intel"),
    cites("Intel held 37.2% of the covered revenue.", "fact_share"),
    cites("Intel gained 3.2 percentage points.", "fact_gain"),
    cites("The field is as concentrated as one of 2.4 times the size.", "fact_ratio"),
    cites("The index stood at 1,842, across fourteen companies.", "fact_hhi", "fact_count"),
    cites("Micron lost $5.8 billion in 2023.", "fact_loss"),
    cites("Micron's result was -$5.8 billion.", "fact_loss"),
    cites("Intel earned $4.48 per share.", "fact_eps"),
    cites("Intel and NVIDIA, two of the companies, took $82.6 billion.", "fact_total"),
    cites("Intel took $70.8 billion.", "find_1"),
    cites("Demand rose 34% by the start of 2025, says Micron.", "pass_1"),
    cites("Micron writes: “Demand for accelerators rose 34% in the quarter.”", "pass_1"),
    cites('It speaks of "the “second wave” of spending".', "pass_1"),
    cites("The year ended December 31, 2018.", "fact_intel"),
    cites("AWS took $107.6 billion at Amazon.", "fact_aws"),
    cites("Demand rose.", "pass_1"),
    cites("Intel took $70.8 billion and NVIDIA $11.7 billion.", "fact_intel", "fact_nvidia"),
    cites("Intel and NVIDIA took $70.8 billion and $11.7 billion respectively.", "fact_intel", "fact_nvidia"),
    cites("Against Intel's $70.8 billion stand $11.7 billion of NVIDIA.", "fact_intel", "fact_nvidia"),
    cites("Intel took more than $70 billion.", "fact_intel"),
    cites("Intel's revenue rose 12.9% to $70.8 billion.", "fact_intel", "fact_growth"),
    cites(
        "Intel's revenue rose from $62.8 billion in fiscal 2017 to $70.8 billion in fiscal 2018.",
        "fact_intel",
        "fact_intel_2017",
    ),
    cites("Intel's revenue of $70.8 billion was larger than the $11.7 billion of NVIDIA.", "fact_intel", "fact_nvidia"),
    cites("Intel had the largest revenue of the two.", "fact_intel", "fact_nvidia"),
    cites("NVIDIA's revenue more than doubled between fiscal 2018 and fiscal 2020.", "fact_nvidia", "fact_nvidia_2020"),
    cites("Micron's loss came to 37.5% of its revenue.", "fact_margin"),
    cites(
        "Micron's revenue fell from $30.4 billion in fiscal 2018 to $23.4 billion in fiscal 2019.",
        "fact_micron_2017",
        "fact_micron_2018",
        "fact_micron_2019",
    ),
]

FALSE = {
    "digit": cites("Intel took $71.8 billion in fiscal 2018.", "fact_intel"),
    "last digit": cites("Intel took $70.9 billion in fiscal 2018.", "fact_intel"),
    "scale": cites("Intel took $70.8 million in fiscal 2018.", "fact_intel"),
    "currency": cites("Intel took €70.8 billion in fiscal 2018.", "fact_intel"),
    "percent as points": cites("Intel held 37.2 percentage points.", "fact_share"),
    "points as percent": cites("Intel gained 3.2%.", "fact_gain"),
    "money as number": cites("Intel took 70,848,000,000 in fiscal 2018.", "fact_intel"),
    "ratio as percent": cites("It was 2.4%.", "fact_ratio"),
    "year": cites("Intel took $70.8 billion in fiscal 2019.", "fact_intel"),
    "day": cites("The year ended December 30, 2018.", "fact_intel"),
    "company": cites("NVIDIA took $70.8 billion in fiscal 2018.", "fact_intel"),
    "company among the inputs": cites("NVIDIA held 37.2% of the covered revenue.", "fact_share"),
    "company within a word": cites("Art leads the demand.", "pass_1"),
    "segment's company": cites("Intel's AWS took $107.6 billion.", "fact_aws"),
    "sign of a loss": cites("Micron earned $5.8 billion in 2023.", "fact_loss"),
    "sign of a gain": cites("Intel's revenue was -$70.8 billion.", "fact_intel"),
    "quoted word": cites("It says “Demand for accelerators rose 34% in the year.”", "pass_1"),
    "left-out word": cites("It says “Demand accelerators rose 34%”.", "pass_1"),
    "word beside an inner quotation": cites('It speaks of "a “second wave” of spending".', "pass_1"),
    "open quotation": cites("It says “Demand fell.", "pass_1"),
    "closing quotation": cites("Demand fell” it says.", "pass_1"),
    "quotation of nothing": cites("It says “”.", "pass_1"),
    "quotation without its passage": cites("Intel says “Demand for accelerators rose”.", "fact_intel"),
    "number of another passage": cites("Demand rose 35%.", "pass_1"),
    "count in words": cites("It covers fifteen companies.", "fact_count"),
    "number glued to a letter": cites("In Q3 Intel took $70.8 billion.", "fact_intel"),
    "no evidence": cites("Intel took $70.8 billion in fiscal 2018."),
    "no evidence, no number": cites("Intel leads."),
    "unknown fact": cites("Intel took $70.8 billion.", "fact_intel", "fact_ffff"),
    "figures swapped": cites("Intel took $11.7 billion and NVIDIA $70.8 billion.", "fact_intel", "fact_nvidia"),
    "figures out of order": cites(
        "Intel and NVIDIA took $11.7 billion and $70.8 billion respectively.", "fact_intel", "fact_nvidia"
    ),
    "figure of the company in brackets": cites("NVIDIA (Intel: $11.7 billion) grew.", "fact_intel", "fact_nvidia"),
    "fiscal year of the period's start": cites(
        "Intel's revenue rose from $62.8 billion in fiscal 2018 to $70.8 billion in fiscal 2017.",
        "fact_intel",
        "fact_intel_2017",
    ),
    "a fall that was a rise": cites("Intel's revenue fell 12.9% to $70.8 billion.", "fact_intel", "fact_growth"),
    "a rise to less": cites(
        "Intel's revenue rose from $70.8 billion to $62.8 billion.", "fact_intel", "fact_intel_2017"
    ),
    "down from less": cites("Intel took $70.8 billion, down from $62.8 billion.", "fact_intel", "fact_intel_2017"),
    "a level's fall": cites("Intel's revenue fell to $70.8 billion.", "fact_intel", "fact_intel_2017"),
    "a movement that nothing shows": cites("Intel's revenue fell to $70.8 billion.", "fact_intel"),
    "the largest of one": cites("Intel had the largest revenue of all.", "fact_intel"),
    "a bound on the wrong side": cites("Intel took more than $71 billion.", "fact_intel"),
    "a bound far away": cites("Intel took more than $10 billion.", "fact_intel"),
    "smaller than less": cites(
        "Intel's revenue of $70.8 billion was smaller than the $11.7 billion of NVIDIA.", "fact_intel", "fact_nvidia"
    ),
    "the largest that is not": cites("NVIDIA had the largest revenue of the two.", "fact_intel", "fact_nvidia"),
    "a multiple that none gives": cites("NVIDIA's revenue tripled.", "fact_nvidia", "fact_nvidia_2020"),
    "a multiple of one figure": cites("Intel's revenue doubled.", "fact_intel"),
    "a span that runs backwards": cites(
        "NVIDIA's revenue more than doubled between fiscal 2020 and fiscal 2018.", "fact_nvidia", "fact_nvidia_2020"
    ),
    "a negative margin without its sign": cites("Micron's net margin narrowed to 37.5%.", "fact_margin"),
    "unknown finding": cites("Intel took $70.8 billion.", "find_ffff"),
    "unknown passage": cites("Intel took $70.8 billion.", "fact_intel", "pass_ffff"),
}


@pytest.mark.parametrize("draft", TRUE, ids=lambda draft: draft.text[:40])
def test_what_the_evidence_gives_is_kept(draft: Draft) -> None:
    verdict = judge(draft, EVIDENCE)
    assert verdict.kept, verdict.reason


@pytest.mark.parametrize("what", FALSE)
def test_what_is_changed_is_refused_with_a_reason(what: str) -> None:
    verdict = judge(FALSE[what], EVIDENCE)
    assert not verdict.kept
    assert verdict.reason


def test_evidence_of_another_industry_is_unknown_here() -> None:
    retail = replace(EVIDENCE, industry="retail", facts={}, findings={}, passages={})
    for draft in TRUE:
        verdict = judge(draft, retail)
        assert not verdict.kept
        assert "unknown" in (verdict.reason or "")


def test_a_tampered_finding_is_refused() -> None:
    """The number in the finding's sentence is changed; the fact that it cites is not."""
    statement = FINDING.sentences[0]
    assert judge(statement, EVIDENCE).kept
    assert not judge(replace(statement, text=statement.text.replace("70.8", "78.0")), EVIDENCE).kept
    tampered = replace(EVIDENCE, facts={**EVIDENCE.facts, "fact_intel": replace(INTEL, value=INTEL.value * 2)})
    assert not judge(statement, tampered).kept


@given(st.floats(1, 1e14), st.floats(1, 1e14))
def test_money_is_kept_only_for_a_value_that_reads_the_same(stated: float, actual: float) -> None:
    evidence = replace(EVIDENCE, facts={"fact_intel": replace(INTEL, value=actual)})
    verdict = judge(cites(f"Intel took {numbers.money(stated)}.", "fact_intel"), evidence)
    assert verdict.kept == numbers.agrees(numbers.tokens(numbers.money(stated))[0], actual)


@given(st.sampled_from(TRUE), st.data())
def test_no_digit_of_a_true_sentence_can_be_raised(draft: Draft, data: st.DataObject) -> None:
    places = [i for i, c in enumerate(draft.text) if c in "12345678"]
    if not places:
        return
    place = data.draw(st.sampled_from(places))
    changed = draft.text[:place] + str(int(draft.text[place]) + 1) + draft.text[place + 1 :]
    assert not judge(replace(draft, text=changed), EVIDENCE).kept


class TestCells:
    @pytest.mark.parametrize(
        ("text", "fact_id"),
        [
            ("$70.8 billion", "fact_intel"),
            ("70,848,000,000 USD", "fact_intel"),
            ("37.2%", "fact_share"),
            ("37.24%", "fact_share"),
            ("37.2", "fact_share"),
            ("+3.2 pp", "fact_gain"),
            ("2.43", "fact_ratio"),
            ("1,842", "fact_hhi"),
            ("-$5.8 billion", "fact_loss"),
            ("$4.48", "fact_eps"),
        ],
    )
    def test_a_cell_that_shows_its_fact_is_kept(self, text: str, fact_id: str) -> None:
        assert judge_cell(text, fact_id, EVIDENCE).kept

    @pytest.mark.parametrize(
        ("text", "fact_id"),
        [
            ("$70.9 billion", "fact_intel"),
            ("$70.8 million", "fact_intel"),
            ("$37.2", "fact_share"),
            ("2.43%", "fact_ratio"),
            ("$5.8 billion", "fact_loss"),
            ("-3.2 pp", "fact_gain"),
            ("n.a.", "fact_intel"),
            ("", "fact_intel"),
            ("$70.8 billion", "fact_ffff"),
            ("$70.8 billion, up 5%", "fact_intel"),
        ],
    )
    def test_a_cell_that_does_not_is_refused(self, text: str, fact_id: str) -> None:
        assert not judge_cell(text, fact_id, EVIDENCE).kept

    @given(
        st.floats(-1e13, 1e13),
        st.sampled_from(["USD", "percent", "percentage points", "ratio", "index", "shares", "USD/shares"]),
    )
    def test_short_and_exact_forms_pass(self, value: float, unit: str) -> None:
        evidence = replace(EVIDENCE, facts={"fact_intel": replace(INTEL, value=value, unit=unit)})
        assert judge_cell(numbers.short(value, unit), "fact_intel", evidence).kept
        assert judge_cell(numbers.exact(value, unit), "fact_intel", evidence).kept


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("no quotation", []),
        ("a “b” c", ["b"]),
        ('a "b" c "d"', ["b", "d"]),
        ("a “b “c” d” e", ["b “c” d"]),
        ("a “b", None),
        ("a” b", None),
        ('a "b', None),
    ],
)
def test_outermost_quotations(text: str, spans: list[str] | None) -> None:
    assert quoted(text) == spans
