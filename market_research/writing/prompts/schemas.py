"""The forms of answers that prompts ask for. Every sentence carries the ids that it rests on, and the gate judges it.

Forms are lenient where the gate is strict: an id that does not exist is the gate's to refuse and to record, and one bad
sentence must not cost a whole section. All fields are required and others forbidden, as providers' strict modes ask.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from market_research.errors import NotFound
from market_research.writing.evidence import Draft

Confidence = Annotated[int, Field(ge=0, le=100, description="How sure the evidence makes this, from 0 to 100.")]
Ids = Annotated[tuple[str, ...], Field(description="Ids of the evidence that supports it, exactly as given.")]
Unanswered = Annotated[
    tuple[str, ...], Field(description="Questions of the list, word for word, that the evidence does not answer.")
]
Period = Annotated[str, Field(description="The period that it is about, such as FY2023 or 2019 to 2023.")]
Degree = Literal["high", "medium", "low"]


class Answer(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TypedSentence(Answer):
    """One sentence with what supports it."""

    text: Annotated[str, Field(description="One sentence, without ids or marks of citation in it.")]
    evidence_ids: Ids

    def draft(self) -> Draft:
        """The sentence for the gate. Ids of no known kind stay in, as facts, so that it refuses them by name."""
        kinds: dict[str, list[str]] = {"find": [], "pass": [], "fact": []}
        # A review is read like a passage.
        kinds["rev"] = kinds["pass"]
        for given in dict.fromkeys(self.evidence_ids):
            kinds.get(given.partition("_")[0], kinds["fact"]).append(given)
        return Draft(self.text, tuple(kinds["fact"]), tuple(kinds["find"]), tuple(kinds["pass"]))


class SummaryItem(Answer):
    headline: TypedSentence
    meaning: Annotated[tuple[TypedSentence, ...], Field(description="What follows from it for the reader.")]
    confidence: Confidence


class ExecutiveSummary(Answer):
    """Three to seven findings, the one with most at stake first."""

    findings: tuple[SummaryItem, ...]
    unanswered: Unanswered


class Paragraph(Answer):
    sentences: tuple[TypedSentence, ...]


class Part(Answer):
    heading: Annotated[
        str,
        Field(
            description="The words before the colon of the question that the part answers, exactly so; "
            "empty for the opening part.",
        ),
    ]
    paragraphs: tuple[Paragraph, ...]


class SectionText(Answer):
    """A section in parts under headings."""

    parts: tuple[Part, ...]
    unanswered: Unanswered


class Recommendation(Answer):
    """Something to do, with everything that it takes to decide on it."""

    who: Annotated[str, Field(description="The role or company that acts.")]
    what: TypedSentence
    by_when: Annotated[str, Field(description="A date, a quarter, or an event that is dated in the evidence.")]
    measure: Annotated[TypedSentence, Field(description="How anyone sees that it worked.")]
    effect: Annotated[TypedSentence | None, Field(description="What it is worth; null if the evidence does not say.")]
    risk: TypedSentence
    impact: Degree
    urgency: Degree
    confidence: Confidence


class Implications(Answer):
    """Recommendations, ranked by impact, urgency and confidence."""

    recommendations: tuple[Recommendation, ...]
    risks: tuple[TypedSentence, ...]
    unanswered: Unanswered


class Repaired(Answer):
    """A sentence made right, or null where the evidence does not carry it."""

    number: Annotated[int, Field(description="The number of the refused sentence.")]
    sentence: TypedSentence | None


class Repairs(Answer):
    """What becomes of refused sentences."""

    sentences: tuple[Repaired, ...]


class Queries(Answer):
    """Searches that may find what a question needs."""

    queries: Annotated[tuple[str, ...], Field(description="Three to six short searches, each worded differently.")]


class Reply(Answer):
    """A short answer; none where the evidence gives none."""

    sentences: tuple[TypedSentence, ...]


class Item(Answer):
    """One row of a framework: a few words for it, a sentence, what supports it, how sure, and of when."""

    item: Annotated[str, Field(description="Two to six words that name it, without numbers.")]
    text: Annotated[str, Field(description="One sentence that says it in full.")]
    evidence_ids: Ids
    confidence: Confidence
    period: Period

    def draft(self) -> Draft:
        """The row's sentence for the gate."""
        return TypedSentence(text=self.text, evidence_ids=self.evidence_ids).draft()


class Items(Answer):
    """Rows of one component of a SWOT, the most important first; none where the evidence gives none."""

    items: tuple[Item, ...]


class Replacement(Answer):
    number: Annotated[int, Field(ge=1, description="Number of the row that changes.")]
    row: Item


class Changes(Answer):
    """What becomes of the rows of a component; those that are not mentioned stay byte for byte."""

    replace: tuple[Replacement, ...]
    remove: Annotated[tuple[int, ...], Field(description="Numbers of rows that go.")]
    add: tuple[Item, ...]


ForceName = Literal["rivalry", "new_entrants", "substitutes", "buyer_power", "supplier_power"]


class Force(Answer):
    """One of the five forces, scored from measures in the evidence."""

    force: ForceName
    score: Annotated[int | None, Field(ge=1, le=5, description="1 weak to 5 strong; null without measures.")]
    direction: Literal["rising", "steady", "falling", "unknown"]
    reasons: Annotated[tuple[Item, ...], Field(description="The measures behind score and direction.")]


class FiveForces(Answer):
    forces: tuple[Force, ...]


FactorName = Literal["political", "economic", "social", "technological", "environmental", "legal"]


class Factor(Answer):
    factor: FactorName
    items: tuple[Item, ...]


class Pestel(Answer):
    factors: tuple[Factor, ...]


SCHEMAS: dict[str, type[Answer]] = {
    "executive_summary": ExecutiveSummary,
    "section": SectionText,
    "implications": Implications,
    "repairs": Repairs,
    "queries": Queries,
    "reply": Reply,
    "swot_items": Items,
    "swot_changes": Changes,
    "five_forces": FiveForces,
    "pestel": Pestel,
}


def schema(name: str) -> type[Answer]:
    """The form of this name.

    Raises:
        NotFound: there is none.
    """
    if name not in SCHEMAS:
        raise NotFound(f"There is no form of answers called {name!r}; there are {', '.join(SCHEMAS)}.")
    return SCHEMAS[name]
