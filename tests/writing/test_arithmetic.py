"""Numbers that follow from several cited facts: kept where the words' own calculation gives them, refused elsewhere."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market_research.writing import numbers
from market_research.writing.evidence import Draft, Evidence, Fact
from market_research.writing.gate import Verdict, judge


def fact(company: str, year: int, value: float, metric: str = "revenue", unit: str = "USD") -> Fact:
    value = round(value * 1e9, 2) if unit == "USD" else value
    day = (date(year, 1, 1), date(year, 12, 31))
    return Fact(f"fact_{metric}_{company}_{year}", company, metric, value, unit, year, *day, document_id="doc_1")


FACTS = [
    fact("Alder", 2020, 8.0), fact("Alder", 2021, 10.0), fact("Alder", 2022, 12.4), fact("Alder", 2023, 15.5),
    fact("Birch", 2021, 4.4), fact("Birch", 2022, 4.1), fact("Birch", 2023, 5.0),
    fact("Cedar", 2022, 3.0), fact("Cedar", 2023, 2.5),
    fact("Alder", 2022, 1.0, "net_income"), fact("Alder", 2023, 1.55, "net_income"),
    fact("Birch", 2022, -1.0, "net_income"), fact("Birch", 2023, -0.4, "net_income"),
    fact("Cedar", 2023, 0.5, "net_income"),
    fact("Alder", 2022, 8.06, "net_margin", "percent"), fact("Alder", 2023, 10.0, "net_margin", "percent"),
    fact("Birch", 2023, -8.0, "net_margin", "percent"), fact("Cedar", 2023, 20.0, "net_margin", "percent"),
    fact("Alder", 2022, 63.6, "market_share", "percent"), fact("Alder", 2023, 67.4, "market_share", "percent"),
    fact("Birch", 2023, 21.7, "market_share", "percent"), fact("Cedar", 2023, 10.9, "market_share", "percent"),
    fact("Alder", 2023, 25.0, "revenue_growth", "percent"), fact("Birch", 2023, 21.95, "revenue_growth", "percent"),
]  # fmt: skip
NAMES = {name: name for name in ("Alder", "Birch", "Cedar", "Dogwood")}
EVIDENCE = Evidence("timber", {one.fact_id: one for one in FACTS}, {}, {}, NAMES)


def verdict(text: str, cited: str) -> Verdict:
    ids = tuple(i for i in EVIDENCE.facts if any(i.startswith(f"fact_{one}") for one in cited.split()))
    return judge(Draft(text, ids), EVIDENCE)


LEVELS = "revenue_Alder revenue_Birch revenue_Cedar"
OF_2023 = "revenue_Alder_2023 revenue_Birch_2023 revenue_Cedar_2023"
TOLD = [
    ("Alder's revenue in fiscal 2023 was $10.5 billion more than Birch's.", "revenue_Alder_2023 revenue_Birch_2023",
     [("10.5", "10.6"), ("more", "less"), ("billion", "million"), ("2023", "2022"), ("Birch", "Cedar")]),
    ("In fiscal 2023, Alder took $10.5 billion more revenue than Birch.", LEVELS,
     [("10.5", "10.6"), ("more", "less"), ("2023", "2022"), ("Birch", "Cedar"), ("Alder", "Cedar")]),
    ("The gap between Alder and Birch in revenue was $10.5 billion in fiscal 2023.", LEVELS,
     [("10.5", "10.9"), ("Birch", "Cedar"), ("2023", "2022")]),
    ("Alder led Birch by $10.5 billion in revenue in fiscal 2023.", LEVELS,
     [("10.5", "11.5"), ("led", "trailed"), ("2023", "2022")]),
    ("Birch trailed Alder by $10.5 billion in revenue in fiscal 2023.", LEVELS,
     [("trailed", "led")]),
    ("Alder's lead over Birch in revenue was $10.5 billion in fiscal 2023.", LEVELS,
     [("10.5", "10.4"), ("lead", "shortfall")]),
    ("Alder's revenue was 3.1 times Birch's in fiscal 2023.", LEVELS,
     [("3.1", "3.2"), ("2023", "2022"), ("Birch", "Cedar")]),
    ("Alder's revenue was more than three times Birch's in fiscal 2023.", LEVELS,
     [("more", "less"), ("three", "four"), ("three", "two"), ("Birch", "Cedar")]),
    ("In fiscal 2023 Alder's revenue of $15.5 billion was 3.1 times as large as Birch's.", LEVELS,
     [("3.1", "2.1"), ("Birch", "Cedar")]),
    ("Cedar's revenue was half of Birch's in fiscal 2023.", LEVELS,
     [("half", "a third"), ("Birch", "Alder"), ("2023", "2022")]),
    ("Birch's revenue in fiscal 2023 was twice that of Cedar.", LEVELS,
     [("twice", "three times"), ("Cedar", "Alder"), ("Birch's", "Alder's")]),
    ("Birch's revenue was almost a third of Alder's in fiscal 2023.", LEVELS,
     [("almost", "more than"), ("a third", "a quarter"), ("Alder", "Cedar")]),
    ("Birch's revenue was nearly a third of Alder's in fiscal 2023.", LEVELS,
     [("nearly", "more than"), ("a third", "two thirds")]),
    ("Together, Alder, Birch and Cedar took $23.0 billion of revenue in fiscal 2023.", LEVELS,
     [("23.0", "23.1"), ("Together, ", "Each of "), ("2023", "2022")]),
    ("Birch and Cedar had combined revenue of $7.5 billion in fiscal 2023.", LEVELS,
     [("7.5", "7.6"), ("7.5", "5.0"), ("7.5", "2.5"), ("Cedar", "Alder")]),
    ("Birch and Cedar together held 32.6% of the covered revenue in fiscal 2023.", "market_share",
     [("32.6", "21.7"), ("32.6", "10.9"), ("32.6", "33.6")]),
    ("Alder's revenue grew by 25% to $15.5 billion in fiscal 2023.", LEVELS,
     [("25", "26"), ("grew", "fell"), ("2023", "2022"), ("15.5", "12.4")]),
    ("Alder's revenue rose 55% from fiscal 2021 to fiscal 2023.", LEVELS,
     [("55", "25"), ("55", "54"), ("2021", "2020"), ("rose", "fell")]),
    ("Alder's revenue was up $3.1 billion in fiscal 2023.", LEVELS,
     [("3.1", "2.4"), ("up", "down"), ("Alder", "Birch")]),
    ("Cedar lost $0.5 billion of revenue in fiscal 2023.", LEVELS,
     [("0.5", "0.6"), ("lost", "added"), ("Cedar", "Birch")]),
    ("Alder's net margin improved by 1.9 percentage points in fiscal 2023.", "net_margin",
     [("1.9", "1.8"), ("percentage points", "%"), ("improved", "declined"), ("Alder", "Birch")]),
    ("Alder's net margin was 10.0% in fiscal 2023, 10 percentage points below Cedar's.", "net_margin",
     [("below", "above"), ("10 p", "11 p"), ("Cedar", "Birch")]),
    ("Of the $23.0 billion that Alder, Birch and Cedar took as revenue in fiscal 2023, 67.4% came from Alder.", OF_2023,
     [("67.4", "21.7"), ("67.4", "66.4"), ("23.0", "24.0"), ("came from Alder", "came from Birch")]),
    ("Of every dollar of revenue in fiscal 2023, Alder kept 10.0 cents as net income.", "net_margin_Alder_2023",
     [("10.0", "11.0"), ("kept", "lost")]),
    ("Alder's revenue rose three years running, from $8.0 billion in fiscal 2020 to $15.5 billion in fiscal 2023.",
     "revenue_Alder",
     [("three", "two"), ("three", "four"), ("rose", "fell"), ("8.0", "10.0")]),
    ("Alder's revenue grew by an average of 24.7% a year from fiscal 2020 to fiscal 2023.", "revenue_Alder",
     [("24.7", "25.7"), ("grew", "shrank"), ("2020", "2021")]),
    ("Birch's net loss narrowed by $0.6 billion in fiscal 2023.", "net_income_Birch",
     [("0.6", "0.7"), ("narrowed", "widened")]),
    ("Alder took 67.4% of the covered revenue in fiscal 2023, 3.8 percentage points more than a year earlier.",
     "market_share_Alder",
     [("3.8", "3.7"), ("more", "less")]),
    ("Alder's revenue in fiscal 2023 was $3.1 billion higher than in fiscal 2022.", LEVELS,
     [("3.1", "5.5"), ("2022", "2021"), ("higher", "lower")]),
    ("Alder's revenue in fiscal 2023 was 1.9 times what it was in fiscal 2020.", LEVELS,
     [("1.9", "1.6"), ("2020", "2021")]),
    ("Birch's revenue stayed between $4.1 billion and $5.0 billion from fiscal 2021 to fiscal 2023.", "revenue_Birch",
     [("4.1", "4.4"), ("5.0", "4.4")]),
    ("Alder's revenue was between $15 billion and $16 billion in fiscal 2023.", LEVELS,
     [("$15", "$14.9 million"), ("$15 b", "$15.8 b"), ("16", "15.2")]),
    ("Alder had nearly $15.6bn of revenue in fiscal 2023.", LEVELS,
     [("nearly", "more than"), ("15.6", "17.9")]),
    ("Alder's revenue of US$ 15.5bn in fiscal 2023 was ahead of Birch's 5.0 billion dollars.", LEVELS,
     [("ahead of", "behind"), ("dollars", "euros")]),
    ("Alder's revenue doubled between fiscal 2020 and fiscal 2023.", LEVELS,
     [("doubled", "tripled")]),
    ("Alder's revenue grew 3.1 percentage points faster than Birch's in fiscal 2023.", "revenue_growth",
     [("3.1", "4.1"), ("faster", "slower")]),
    ("Birch accounted for 21.7% of the combined revenue of Alder, Birch and Cedar in fiscal 2023.", OF_2023,
     [("21.7", "67.4"), ("21.7", "10.9")]),
    ("Alder accounted for two thirds of the covered revenue in fiscal 2023.", "market_share_Alder_2023",
     [("two thirds", "a third"), ("two thirds", "half"), ("two thirds", "a quarter")]),
    ("Alder outsold Birch by $10.5 billion in fiscal 2023.", "revenue_Alder_2023 revenue_Birch_2023",
     [("10.5", "9.5"), ("Alder outsold Birch", "Birch outsold Alder")]),
    ("Alder averaged $12.6 billion of revenue a year from fiscal 2021 to fiscal 2023.", "revenue_Alder",
     [("12.6", "12.4"), ("12.6", "15.5")]),
    ("Alder booked revenue of $15.5 billion in fiscal 2023, a rise of 25% on the year before.", LEVELS,
     [("25", "24"), ("rise", "fall")]),
    ("Alder booked revenue of $15.5 billion in fiscal 2023, up from $12.4 billion a year earlier, "
     "an increase of $3.1 billion.", LEVELS,
     [("3.1", "3.2"), ("3.1", "2.4")]),
    ("Alder ranked first in revenue in fiscal 2023, with $15.5 billion.", OF_2023,
     [("first", "second"), ("first", "third")]),
    ("Birch came second of the three in revenue in fiscal 2023, with $5.0 billion.", OF_2023,
     [("second", "first"), ("second", "third")]),
    ("Alder's revenue was 210% higher than Birch's in fiscal 2023.", OF_2023,
     [("210", "110"), ("higher", "lower")]),
    ("Alder earned $1.6 billion in fiscal 2023, 55% more than in fiscal 2022.", "net_income_Alder",
     [("55", "45"), ("more", "less")]),
    ("Cedar's revenue equalled 16% of Alder's in fiscal 2023.", OF_2023,
     [("16", "50"), ("Alder", "Birch")]),
    ("Cedar made up just over a tenth of the covered revenue in fiscal 2023.", "market_share_Cedar_2023",
     [("over", "under"), ("tenth", "fifth")]),
    ("Alder added $3.1 billion in revenue in the year to December 2023.", "revenue_Alder_2022 revenue_Alder_2023",
     [("3.1", "2.4"), ("added", "lost")]),
    ("Alder had revenue of $15.5 billion in fiscal 2023.", LEVELS,
     [("in fiscal 2023", "in the first half of fiscal 2023"), ("in fiscal 2023", "in the second half of 2023"),
      ("in fiscal 2023", "in the first six months of fiscal 2023"),
      ("in fiscal 2023", "in the final three months of fiscal 2023"),
      ("in fiscal 2023", "over nine months of fiscal 2023"),
      ("in fiscal 2023", "in a single quarter of fiscal 2023"),
      ("in fiscal 2023", "in the half-year of fiscal 2023"),
      ("in fiscal 2023", "in just one quarter of fiscal 2023"), ("in fiscal 2023", "in six months of 2023"),
      ("in fiscal 2023", "in the holiday quarter of fiscal 2023"),
      ("in fiscal 2023", "in the quarter to December 2023"),
      ("in fiscal 2023", "in the six months to December 2023"), ("in fiscal 2023", "in December 2023 alone"),
      ("in fiscal 2023", "in half of fiscal 2023"), ("in fiscal 2023", "by the middle of fiscal 2023"),
      ("in fiscal 2023", "each quarter of fiscal 2023"), ("in fiscal 2023", "in the month of December 2023"),
      ("in fiscal 2023", "in the closing weeks of fiscal 2023"), ("in fiscal 2023", "per quarter in fiscal 2023"),
      ("in fiscal 2023", "a quarter in fiscal 2023"), ("in fiscal 2023", "a month in fiscal 2023")]),
    ("Cedar had the third-highest revenue in fiscal 2023, $2.5 billion.", OF_2023,
     [("third", "second"), ("highest", "lowest")]),
    ("Cedar came last in revenue in fiscal 2023, with $2.5 billion.", OF_2023,
     [("last", "first"), ("last", "second")]),
    ("Alder had the highest revenue of the three in fiscal 2023.", OF_2023,
     [("highest", "lowest"), ("highest", "second-highest")]),
    ("In revenue, Birch was number two of the three in fiscal 2023, at $5.0 billion.", OF_2023,
     [("number two", "number one"), ("number two", "number three")]),
    ("Birch took second place in revenue in fiscal 2023, with $5.0 billion.", OF_2023,
     [("second", "first"), ("second", "third")]),
    ("Birch was the runner-up in revenue in fiscal 2023, with $5.0 billion.", OF_2023,
     [("Birch", "Cedar")]),
    ("Alder earned at least $1.5 billion in fiscal 2023.", "net_income",
     [("at least", "at most"), ("1.5", "1.6")]),
    ("Alder took more than $15 billion of revenue in fiscal 2023.", OF_2023,
     [("more than", "less than"), ("$15", "$16"), ("$15", "$5")]),
    ("Birch took no more than $5.1 billion of revenue in fiscal 2023.", OF_2023,
     [("no more than", "at least"), ("5.1", "4.9")]),
    ("Alder topped $15 billion of revenue in fiscal 2023.", OF_2023,
     [("15", "16")]),
    ("Alder's revenue exceeded Birch's by more than $10 billion in fiscal 2023.", OF_2023,
     [("more", "less"), ("10", "11"), ("10", "4")]),
    ("Alder's revenue was at least 3 times Birch's in fiscal 2023.", OF_2023,
     [("at least", "at most"), ("3 times", "4 times")]),
    ("Birch's revenue was less than half of Alder's in fiscal 2023.", OF_2023,
     [("less", "more"), ("half", "a quarter"),
      ("Birch's revenue was less than half of Alder's", "Alder's revenue was less than half of Birch's")]),
    ("Birch's revenue was about a third of Alder's in fiscal 2023.", OF_2023,
     [("a third", "a half"), ("a third", "two thirds")]),
    ("Alder's revenue nearly doubled between fiscal 2020 and fiscal 2023.", "revenue_Alder",
     [("nearly", "more than"), ("doubled", "tripled"), ("2020", "2021")]),
    ("Alder, with $15.5 billion, was ahead of Birch, with $5.0 billion, in revenue in fiscal 2023.", OF_2023,
     [("ahead of", "behind"), ("Alder", "Cedar")]),
    ("Alder's revenue of $15.5 billion in fiscal 2023 beat Birch's $5.0 billion.", OF_2023,
     [("beat", "trailed"), ("15.5", "5.0")]),
    ("Alder and Birch reported revenue of $15.5 billion and $5.0 billion in fiscal 2023.", OF_2023,
     [("$15.5 billion and $5.0", "$5.0 billion and $15.5")]),
    ("Alder's revenue rose from $12.4 billion to $15.5 billion in fiscal 2023, a gain of 25%.", LEVELS,
     [("25", "24"), ("$12.4", "$10.0")]),
    ("Alder's revenue grew to 1.9 times its fiscal 2020 level by fiscal 2023.", "revenue_Alder",
     [("1.9", "1.5")]),
    ("Alder's share of the covered revenue rose 3.8 points to 67.4% in fiscal 2023.", "market_share_Alder",
     [("3.8", "4.8"), ("points", "%"), ("rose", "fell")]),
    ("Alder's revenue rose by almost a quarter to $12.4 billion in fiscal 2022.", LEVELS,
     [("a quarter", "a half"), ("a quarter", "a third")]),
    ("Two thirds of the covered revenue in fiscal 2023 was Alder's.", "market_share",
     [("Two thirds", "Half"), ("Alder", "Birch")]),
    ("Half of Birch's revenue of fiscal 2023 would be Cedar's.", OF_2023,
     []),
]  # fmt: skip


@pytest.mark.parametrize(("text", "cited", "lies"), TOLD, ids=[text[:60] for text, _, _ in TOLD])
def test_what_the_calculation_gives_is_kept_and_any_change_of_it_refused(
    text: str, cited: str, lies: list[tuple[str, str]]
) -> None:
    told = verdict(text, cited)
    assert told.kept, told.reason
    for word, other in lies:
        assert word in text
        changed = text.replace(word, other, 1)
        assert not verdict(changed, cited).kept, changed


def test_the_reason_says_what_the_calculation_gives() -> None:
    told = verdict("Alder's revenue in fiscal 2023 was $11.9 billion more than Birch's.", LEVELS)
    assert told.reason == "the number '$11.9 billion' does not follow: 15.5 - 5 = 10.5 billion USD, not $11.9 billion"


def test_a_kept_number_says_its_calculation() -> None:
    told = verdict("Alder's revenue in fiscal 2023 was $10.5 billion more than Birch's.", LEVELS)
    assert (told.kept, told.calculated) == (True, "calculated: 15.5 - 5 = 10.5 billion USD")


@pytest.mark.parametrize(
    "text",
    [
        "Alder took $10.5 billion in fiscal 2023.",  # no words of a difference
        "The gap was $10.5 billion.",  # between whom
        "Alder's revenue was $10.5 billion more than Dogwood's in fiscal 2023.",  # of whom nothing is cited
        "Alder had 2.1 times the revenue of Birch in fiscal 2023.",  # 2.1 is by Birch and Cedar together
        "Alder had 3.1 times the revenue of Birch and Cedar combined in fiscal 2023.",  # 3.1 is by Birch alone
        "Alder's net income was $10.5 billion more than Birch's in fiscal 2023.",  # that is revenue
        "The growth of Alder and Birch together was 47% in fiscal 2023.",  # growth rates do not add up
        "Together, Alder and Birch kept a net margin of 2.0% in fiscal 2023.",  # nor do margins
    ],
)
def test_a_number_that_only_some_pair_of_facts_gives_is_refused(text: str) -> None:
    assert not verdict(text, f"{LEVELS} revenue_growth net_margin net_income").kept


AMOUNTS = st.floats(2.0, 40.0).map(lambda value: round(value, 2))
NAMED = st.permutations(["Alder", "Birch", "Cedar"])


@given(
    AMOUNTS,
    st.floats(1.3, 20),
    st.floats(0.3, 0.9) | st.floats(1.1, 4),
    NAMED,
    st.integers(2010, 2023),
    st.sampled_from(range(7)),
    st.data(),
)
def test_a_derived_statement_is_kept_and_no_perturbation_of_it(
    b: float, multiple: float, step: float, names: list[str], year: int, pattern: int, data: st.DataObject
) -> None:
    one, two, three = names
    a = round(b * multiple, 2)
    c = round(a / step, 2)
    facts = [fact(one, year, a), fact(two, year, b), fact(one, year - 1, c)]
    evidence = Evidence("timber", {f.fact_id: f for f in facts}, {}, {}, NAMES)
    difference, change = round(a - b, 4), round(a - c, 4)
    more = "more" if difference > 0 else "less"
    rose = "rose" if change > 0 else "fell"
    percent = round(abs(a / c - 1) * 100, 9)
    money = numbers.money
    text, shown = [
        (f"{one}'s revenue in fiscal {year} was {{}} {more} than {two}'s.", money(round(abs(a - b) * 1e9, 2))),
        (f"The gap between {one} and {two} in revenue was {{}} in fiscal {year}.", money(round(abs(a - b) * 1e9, 2))),
        (f"{one}'s revenue was {{}} {two}'s in fiscal {year}.", numbers.times(round(a / b, 9))),
        (f"Together, {one} and {two} took {{}} of revenue in fiscal {year}.", money(round((a + b) * 1e9, 2))),
        (f"{one}'s revenue {rose} by {{}} in fiscal {year}.", money(round(abs(a - c) * 1e9, 2))),
        (f"{one}'s revenue {rose} {{}} in fiscal {year}.", numbers.percent(percent)),
        (
            f"Of the revenue of {one} and {two} in fiscal {year}, {{}} came from {one}.",
            numbers.percent(round(a / (a + b) * 100, 9)),
        ),
    ][pattern]
    ids = tuple(evidence.facts)

    def kept(changed: str) -> bool:
        return judge(Draft(changed, ids), evidence).kept

    true = text.format(shown)
    assert judge(Draft(true, ids), evidence).reason is None, true
    place = data.draw(st.sampled_from([i for i, char in enumerate(shown) if char in "12345678"] or [-1]))
    if place >= 0:
        assert not kept(text.format(shown[:place] + str(int(shown[place]) + 1) + shown[place + 1 :]))
    for word, other in (
        (" billion", " million"), ("$", "€"), ("%", " percentage points"), (" more ", " LESS "), (" less ", " more "),
        ("rose", "declined"), ("fell", "climbed"), (str(year), str(year + 1)), (str(year), str(year - 1)),
        (one, three), (two, three),
    ):  # fmt: skip
        if word in true:
            assert not kept(true.replace(word, other.lower() if other == " LESS " else other)), (true, word)
