"""Requests, and what is made for them: findings, claims, editions, calls of models."""

import polars as pl

from market_research.cleaning.schema.types import INDUSTRY, Column, Table, ids, text, time

INDUSTRIES = Table(
    "industries",
    "The industries under research: one partition, one request.",
    (
        INDUSTRY,
        text("title", "Name for people."),
        text("definition", "What belongs to it."),
        ids("segments", "Market segments of interest."),
        time("created_at", "When it was added."),
    ),
    key=("industry",),
)

REQUESTS = Table(
    "requests",
    "Research requests and how far each has come.",
    (
        text("request_id", "Id from the request's content.", pattern=r"^req_[0-9a-f]{16}$"),
        INDUSTRY,
        text("customer", "Customer id, where one was given.", nullable=True),
        text(
            "status",
            "Where it stands.",
            allowed=("pending", "ingesting", "processing", "analysing", "generating", "completed", "failed"),
        ),
        text("reason", "Why it failed.", nullable=True),
        text("edition_id", "The edition that answers it.", nullable=True),
        text("request", "The request as JSON."),
        time("created_at", "When it was made."),
        time("updated_at", "When its status last changed."),
    ),
    key=("request_id",),
)

FINDINGS = Table(
    "findings",
    "Typed results of analyses, each with its evidence.",
    (
        text("finding_id", "Id from content.", pattern=r"^find_[0-9a-f]{16}$"),
        INDUSTRY,
        text("analysis", "The module that found it."),
        text("kind", "What sort of finding, e.g. market_growth."),
        text("subject", "The entity that it is about; empty for the industry.", nullable=True),
        text("statement", "One sentence that its facts support."),
        Column("value", pl.Float64(), "The figure at its heart.", nullable=True),
        text("unit", "Unit of `value`.", nullable=True),
        Column("stake_usd", pl.Float64(), "Money that the finding is about, for ranking.", unit="USD", nullable=True),
        Column("confidence", pl.Float64(), "0 to 100.", unit="percent", minimum=0, maximum=100),
        ids("fact_ids", "Facts that support it."),
        ids("passage_ids", "Passages that support it."),
        Column("as_of", pl.Date(), "Date of the newest evidence."),
    ),
    key=("finding_id",),
)

CLAIMS = Table(
    "claims",
    "Every sentence written for an edition, kept or refused by the gate.",
    (
        text("claim_id", "Id from edition, section, ordinal and text.", pattern=r"^claim_[0-9a-f]{16}$"),
        text("edition_id", "The edition it was written for."),
        INDUSTRY,
        text("section", "Key of the section."),
        Column("ordinal", pl.Int32(), "Position in the edition, from 0.", minimum=0),
        text("text", "The sentence."),
        ids("fact_ids", "Facts cited."),
        ids("finding_ids", "Findings cited."),
        ids("passage_ids", "Passages cited."),
        text("verdict", "The gate's verdict.", allowed=("kept", "refused")),
        text(
            "reason",
            "Why it was refused; of a kept one, the calculations that carry its derived numbers.",
            nullable=True,
        ),
        text("writer", "Who wrote it: offline, the model's name, or reviewer."),
        text("call_id", "The call of the model that it was written in.", nullable=True),
        text(
            "review",
            "What a reviewer decided of it; null if nobody did.",
            nullable=True,
            allowed=("approved", "edited", "rejected"),
        ),
        text("decision_id", "That decision.", nullable=True),
    ),
    key=("claim_id",),
)

CLAIM_DECISIONS = Table(
    "claim_decisions",
    "What reviewers decided of claims. The newest on a sentence and its evidence holds, in later editions too.",
    (
        text("decision_id", "Id from claim, decision, words, reviewer and time.", pattern=r"^deci_[0-9a-f]{16}$"),
        INDUSTRY,
        text("claim_id", "The claim that was looked at."),
        text("edition_id", "Its edition."),
        text("section", "Key of its section."),
        text("text", "The sentence."),
        ids("fact_ids", "Facts that it cites."),
        ids("finding_ids", "Findings that it cites."),
        ids("passage_ids", "Passages that it cites."),
        text(
            "decision",
            "`withdrawn` takes earlier decisions on the sentence back.",
            allowed=("approved", "edited", "rejected", "withdrawn"),
        ),
        text("new_text", "What an edited sentence says.", nullable=True),
        text("reviewer", "Who decided."),
        text("note", "Why.", nullable=True),
        time("decided_at", "When."),
    ),
    key=("decision_id",),
)

FRAMEWORK_ITEMS = Table(
    "framework_items",
    "Rows of SWOT, Porter's five forces and PESTEL, by edition; every text has passed the gate. Rows that reviewers "
    "rejected are not among them. A component for which there is no evidence is one row of the kind `gap`.",
    (
        text("item_id", "Id from edition, component, subject, ordinal and text.", pattern=r"^item_[0-9a-f]{16}$"),
        text("edition_id", "The edition it was made for."),
        INDUSTRY,
        text("framework", "Which framework.", allowed=("swot", "five_forces", "pestel")),
        text("component", "strengths, …; rivalry, …; political, …"),
        text("subject", "The company that it is about, or the industry's name."),
        Column("ordinal", pl.Int32(), "Position in its component, from 0: the weightiest first.", minimum=0),
        text("kind", "A row with evidence, or the statement that there is none.", allowed=("item", "gap")),
        text("item", "What it is called, in a few words."),
        text("text", "The sentence."),
        ids("fact_ids", "Facts that it rests on."),
        ids("finding_ids", "Findings that it rests on."),
        ids("passage_ids", "Passages that it rests on."),
        Column("confidence", pl.Float64(), "0 to 100.", unit="percent", minimum=0, maximum=100),
        text("period", "The period that it is of.", nullable=True),
        Column("score", pl.Int32(), "Of a force: 1 weak to 5 strong; null without a measure.", nullable=True,
               minimum=1, maximum=5),
        text("score_fact_id", "The derived fact with the score and what it was computed from.", nullable=True),
        text("direction", "Where a force goes, from measures at two dates.", nullable=True,
             allowed=("rising", "steady", "falling", "unknown")),
        text("writer", "Who wrote it: offline, reviewer, or the model's name."),
    ),
    key=("item_id",),
)  # fmt: skip

FRAMEWORK_CHANGES = Table(
    "framework_changes",
    "Components of frameworks as people had them changed: the newest version stands in the next editions while the "
    "component's evidence is the same.",
    (
        text("change_id", "Id from component, version and content.", pattern=r"^change_[0-9a-f]{16}$"),
        INDUSTRY,
        text("framework", "Which framework.", allowed=("swot", "five_forces", "pestel")),
        text("component", "strengths, …"),
        text("subject", "The company that it is about."),
        Column("version", pl.Int32(), "1 for the first change of the component, then counting.", minimum=1),
        text("instruction", "What was asked for."),
        text("changed_by", "Account that asked."),
        time("changed_at", "When."),
        text("model", "The model that made the change."),
        text("evidence_sha256", "Hash over the evidence that the component could rest on then."),
        text("rows", "All rows of the changed component, as JSON."),
    ),
    key=("change_id",),
)

EDITIONS = Table(
    "editions",
    "Finished reports. Paths are relative to the data home.",
    (
        text("edition_id", "Id from the inputs.", pattern=r"^ed_[0-9a-f]{16}$"),
        INDUSTRY,
        Column("as_of", pl.Date(), "Date of the newest evidence."),
        text("inputs_sha256", "Hash over everything that the edition was made from."),
        text("writer", "offline, or the model's name."),
        text("previous_edition_id", "The edition before.", nullable=True),
        text("json_path", "Canonical form."),
        text("html_path", "HTML; null if it was not asked for, as with the others.", nullable=True),
        text("pdf_path", "PDF.", nullable=True),
        text("docx_path", "DOCX.", nullable=True),
        text("md_path", "Markdown.", nullable=True),
        time("created_at", "When it was finished."),
        text(
            "instruction", "The instruction file that asked for it; null for the industry's own report.", nullable=True
        ),
    ),
    key=("edition_id",),
)

LLM_CALLS = Table(
    "llm_calls",
    "Every call of a language model. Empty while only the offline writer has been used.",
    (
        text("call_id", "Id of the call."),
        INDUSTRY,
        text("edition_id", "The edition it was made for.", nullable=True),
        text("purpose", "What for."),
        text("model", "Model asked."),
        text("prompt_name", "Prompt's name."),
        text("prompt_version", "Prompt's content hash."),
        text("prompt_sha256", "Hash of all that was sent: model, messages, schema, temperature; the cache's key."),
        Column("tokens_in", pl.Int64(), "Tokens sent.", nullable=True),
        Column("tokens_out", pl.Int64(), "Tokens received.", nullable=True),
        Column(
            "cost_usd",
            pl.Float64(),
            "Cost; where an answer got lost on its way, the most that it can have cost. Null if the price is unknown.",
            unit="USD",
            nullable=True,
        ),
        Column("cached", pl.Boolean(), "Answered from the cache."),
        Column("seconds", pl.Float64(), "Duration, with waits and repeated attempts.", unit="s", nullable=True),
        text(
            "status",
            "How it ended: `ok`, `cached`, `failed`, `refused` by the model, or `over budget`: nothing was asked.",
            allowed=("ok", "cached", "failed", "refused", "over budget"),
        ),
        text("detail", "What went wrong.", nullable=True),
        text("run_id", "The run whose budget it counts to."),
        time("called_at", "When it was made."),
    ),
    key=("call_id",),
)

ANSWERS = Table(
    "answers",
    "Questions that were asked with `market-research ask`, and what they got. A similar later question gets the same "
    "answer while the evidence is unchanged and it has not expired.",
    (
        text("answer_id", "Id from question, filters, evidence and time.", pattern=r"^ans_[0-9a-f]{16}$"),
        INDUSTRY,
        text("question", "As it was asked, cleaned by the guard."),
        text("filters", "Entities, kinds and days that it was held to, as JSON."),
        text("answer", "Its sentences, one to a line, each past the gate; empty where there is nothing."),
        ids("fact_ids", "Facts cited."),
        ids("finding_ids", "Findings cited."),
        ids("passage_ids", "Passages cited."),
        text("writer", "offline, or the model's name."),
        Column("refused", pl.Int32(), "Sentences of the model that the gate left out.", minimum=0),
        text("evidence_sha256", "Hash over findings, facts, passages and code that it was made from."),
        text("earlier_id", "The earlier answer that this question got, if it did.", nullable=True),
        Column("similarity", pl.Float64(), "Cosine of the two questions.", nullable=True),
        time("asked_at", "When."),
        time("expires_at", "Until when later questions may get it."),
    ),
    key=("answer_id",),
)

VECTOR_MIGRATIONS = Table(
    "vector_migrations",
    "Changes of the embedding model: from which to which, how far it came, what it cost. Until one is finished the "
    "passages are searched by the vectors of the model before.",
    (
        text("migration_id", "Id of the change.", pattern=r"^mig_[0-9a-f]{16}$"),
        INDUSTRY,
        text("from_model", "The model whose vectors were searched before."),
        text("to_model", "The model whose vectors take their place."),
        Column("passages", pl.Int64(), "Passages to embed.", minimum=0),
        Column("embedded", pl.Int64(), "Those embedded so far.", minimum=0),
        Column(
            "cost_usd", pl.Float64(), "What the model's calls cost; null if a price is unknown.", unit="USD",
            nullable=True,
        ),
        time("started_at", "When it began."),
        time("finished_at", "When its table took the place of the one before; null while it has not.", nullable=True),
        text("detail", "Why it stopped, where it did.", nullable=True),
    ),
    key=("migration_id",),
)  # fmt: skip
