"""The report as GitHub-flavoured Markdown: citations link to the evidence table, figures are tables of their data.

Text from outside is escaped, so that it can neither open a link nor start markup of its own.
"""

import json
import re
from collections.abc import Sequence
from datetime import date

from market_research.report.ledger import Line
from market_research.report.model import (
    Action,
    Block,
    Chart,
    Figure,
    Framework,
    FrameworkPart,
    KeyFinding,
    Report,
    Sentence,
    Source,
    Table,
)
from market_research.report.plain import safe_link
from market_research.report.view import Part, View, subhead_anchor

_CONTROL = re.compile(r"([\\`*_{}\[\]<>#|~$!@])")
_AT_START = re.compile(r"^(\s*)([-+=>]|\d+[.)])")


def escape(text: str) -> str:
    """``text`` as Markdown that shows it literally, in running text and in table cells."""
    escaped = _CONTROL.sub(r"\\\1", text.replace("&", "&amp;"))
    # Zero-width: a bare address would become a link of its own on GitHub.
    escaped = re.sub(r"(?i)\b(https?|ftp|javascript|data|file)(:)", r"\1&#58;", escaped)
    escaped = re.sub(r"(?i)\bwww\.", "www&#46;", escaped)
    return _AT_START.sub(lambda m: m.group(1) + _escape_start(m.group(2)), escaped)


def _escape_start(mark: str) -> str:
    return f"{mark[:-1]}\\{mark[-1]}" if mark[0].isdigit() else f"\\{mark}"


def to_markdown(report: Report) -> str:
    """Render ``report`` (cleaned) as one Markdown file with front matter."""
    view = View(report)
    out = [
        "---",
        f"title: {json.dumps(report.title, ensure_ascii=False)}",
        f"subtitle: {json.dumps(report.subtitle, ensure_ascii=False)}",
        f"industry: {json.dumps(report.industry, ensure_ascii=False)}",
        f"as_of: {report.as_of.isoformat()}",
        f"period: {json.dumps(report.period, ensure_ascii=False)}",
        f"edition: {json.dumps(report.edition_id)}",
        f"inputs_sha256: {json.dumps(report.inputs_sha256)}",
        "---",
        "",
        f"# {escape(report.title)}",
        "",
        f"*{escape(report.subtitle)}*",
        "",
        f"As of {report.as_of.isoformat()} · {escape(report.period)} · edition {escape(report.edition_id)}",
        "",
        "## Contents",
        "",
    ]
    for part in view.parts:
        out.append(f"{part.number}. [{escape(part.section.title)}](#{part.anchor})")
        out += [f"   - [{escape(text)}](#{anchor})" for anchor, text in part.subheads]
    out += ["", "[A Evidence](#evidence) · [B Sources](#sources)", ""]
    writer = _Writer(view)
    for part in view.parts:
        view.enter(part)
        out += [f'<a id="{part.anchor}"></a>', "", f"## {part.number} {escape(part.section.title)}", ""]
        if part.strip:
            out += writer.strip()
        for block in part.section.blocks:
            out += [*writer.block(block, part), ""]
    out += ['<a id="evidence"></a>', "", "## A Evidence", "", *_evidence(view), ""]
    out += ['<a id="sources"></a>', "", "## B Sources", "", *_sources(report.sources), ""]
    return "\n".join(out)


class _Writer:
    """Writes blocks and keeps count, through the view, of what has been cited."""

    def __init__(self, view: View) -> None:
        self.view = view

    def cites(self, numbers: Sequence[int]) -> str:
        """Links to the evidence; the first one to each piece carries the anchor that leads back."""
        links = "".join(
            (f'<a id="{c.anchor}"></a>' if c.anchor else "") + f"[{c.text}](#e{c.number}){c.joint}"
            for c in self.view.cite(numbers)
        )
        return f" <sup>\\[{links}\\]</sup>" if links else ""

    def sentence(self, sentence: Sentence) -> str:
        return escape(sentence.text) + self.cites(sentence.cites)

    def strong(self, sentence: Sentence, lead: str = "") -> str:
        """A sentence in bold, with a number before it."""
        return f"**{lead}{escape(sentence.text)}**{self.cites(sentence.cites)}"

    def sentences(self, sentences: Sequence[Sentence]) -> str:
        return " ".join(self.sentence(s) for s in sentences)

    def strip(self) -> list[str]:
        figures = self.view.report.key_figures
        return [
            _row([f"**{escape(f.text)}**" for f in figures]),
            _row(["---"] * len(figures)),
            _row([escape(f.label) + self.cites(f.cites) for f in figures]),
            "",
        ]

    def block(self, block: Block, part: Part) -> list[str]:
        """The lines of one block."""
        match block.type:
            case "paragraph":
                return [self.sentences(block.sentences)]
            case "subheading":
                return [f'<a id="{subhead_anchor(part, block)}"></a>', "", f"### {escape(block.text)}"]
            case "key_findings":
                return [self.finding(i, item) for i, item in enumerate(block.items, 1)]
            case "bullets":
                return [
                    f"- {f'**{escape(item.lead)}.** ' if item.lead else ''}{self.sentences(item.sentences)}"
                    for item in block.items
                ]
            case "quote":
                return [f"> {self.sentence(block.sentence)}", ">", f"> — {escape(block.attribution)}"]
            case "actions":
                return [line for i, item in enumerate(block.items, 1) for line in self.action(i, item)]
            case "gap":
                return [f"> **Not answered by the evidence.** {self.sentence(block.sentence)}"]
            case "table":
                return self.table(block)
            case "figure":
                return self.figure(block)
            case "framework":
                return self.framework(block)

    def finding(self, number: int, item: KeyFinding) -> str:
        meaning = f" {self.sentences(item.meaning)}" if item.meaning else ""
        return f"{number}. {self.strong(item.headline)}{meaning} *(confidence {item.confidence} %)*"

    def action(self, number: int, item: Action) -> list[str]:
        rows = [
            ("Who", escape(item.who)),
            ("By when", escape(item.by_when)),
            ("Measured by", self.sentence(item.measure)),
            *([("Expected effect", self.sentence(item.effect))] if item.effect else []),
            ("Risk", self.sentence(item.risk)),
            ("Rank", f"impact {item.impact}, urgency {item.urgency}, confidence {item.confidence} %"),
        ]
        head = self.strong(item.what, f"{number}. ")
        return [head, "", "|  |  |", "| --- | --- |", *(_row([f"**{a}**", b]) for a, b in rows), ""]

    def table(self, block: Table) -> list[str]:
        return [
            f'<a id="table-{block.number}"></a>' + self.strong(block.title, f"Table {block.number}. "),
            "",
            _row([escape(column.label) for column in block.columns]),
            _row(["---:" if column.align == "right" else ":---" for column in block.columns]),
            *(_row([f"**{escape(c.text)}**" if c.strong else escape(c.text) for c in row]) for row in block.rows),
            *_origin(block),
        ]

    def framework(self, block: Framework) -> list[str]:
        """Each part as a short list; a force with its score and direction beside its name."""
        lines = [f'<a id="table-{block.number}"></a>' + self.strong(block.title, f"Table {block.number}. "), ""]
        for part in block.parts:
            lines += [f"**{escape(part.name)}**{_standing(part)}", "", *self.items(part), ""]
        return [*lines[:-1], *_origin(block)]

    def items(self, part: FrameworkPart) -> list[str]:
        lines = [
            f"- {f'*{escape(item.lead)}:* ' if item.lead else ''}{self.sentences(item.sentences)}"
            for item in part.items
        ]
        return lines or [f"- {self.sentence(part.gap)}" if part.gap else "- –"]

    def figure(self, block: Figure) -> list[str]:
        return [
            f'<a id="figure-{block.number}"></a>' + self.strong(block.title, f"Figure {block.number}. "),
            "",
            f"*{escape(block.alt)}*",
            "",
            *_data(block.chart),
            *_origin(block),
        ]


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell or " " for cell in cells) + " |"


def _standing(part: FrameworkPart) -> str:
    if part.direction is None:
        return ""
    return f": {escape(part.score.text) if part.score else 'no score'}, direction {escape(part.direction)}"


def _origin(block: Table | Figure | Framework) -> list[str]:
    numbers = ", ".join(f"[{n}](#src{n})" for n in block.source_numbers)
    parts = [escape(block.note) if block.note else "", f"Sources: {numbers}." if numbers else ""]
    text = " ".join(part for part in parts if part)
    return ["", f"<sub>{text}</sub>"] if text else []


def _data(chart: Chart) -> list[str]:
    """A chart's data: a column for each series where they share their x, else a row for each point."""
    unit = escape(chart.unit)
    if chart.kind == "scatter":
        rows = [[p.label or s.name, _show(p.x), _show(p.y), _show(p.size)] for s in chart.series for p in s.points]
        head = ["", chart.x_title or "x", chart.y_title or "y", "size"]
        return [
            _row([escape(h) for h in head]),
            "| :--- | ---: | ---: | ---: |",
            *(_row([escape(c) for c in r]) for r in rows),
        ]
    places = list(dict.fromkeys(p.x for s in chart.series for p in s.points))
    if all(not isinstance(x, str) for x in places):
        places.sort(key=float)
    columns = [({p.x: p for p in s.points}, s.name) for s in chart.series]
    lines = [_row([unit, *(escape(name) for _, name in columns)]), _row([":---", *["---:"] * len(columns)])]
    for place in places:
        cells = []
        for points, _ in columns:
            point = points.get(place)
            text = _show(point.y) if point else ""
            if point and point.low is not None and point.high is not None:
                text += f" ({_show(point.low)} to {_show(point.high)})"
            cells.append(escape(text))
        shown = date.fromordinal(int(place)).isoformat() if chart.x_unit == "day" else _show(place)
        lines.append(_row([escape(shown), *cells]))
    return lines


def _show(value: str | float | None) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if value == int(value):
        return f"{value:.0f}" if abs(value) < 10_000 else f"{value:,.0f}"
    return f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.1f}"


def _evidence(view: View) -> list[str]:
    head = [_row(["No.", "What", "Exact value", "From", "Cited"]), "| ---: | --- | --- | --- | --- |"]
    return head + [
        _row(
            [
                f'<a id="e{line.number}"></a>{line.number}',
                escape(" · ".join(t for t in (line.entry.subject, line.entry.label, line.entry.period) if t)),
                escape(line.entry.exact),
                _from(line),
                f"[§ {line.section}](#{line.back})" if line.back else f"in {_spans(line.users)}" if line.users else "–",
            ]
        )
        for line in view.lines()
    ]


def _from(line: Line) -> str:
    entry, parts = line.entry, []
    if entry.source_number is not None:
        parts.append(f"[source {entry.source_number}](#src{entry.source_number})")
    if entry.locator:
        parts.append(escape(entry.locator))
    if entry.formula:
        parts.append(escape(entry.formula))
    if entry.inputs:
        parts.append("from " + _spans(line.inputs))
    return ", ".join(parts)


def _spans(runs: Sequence[tuple[int, int]]) -> str:
    return ", ".join("–".join(f"[{n}](#e{n})" for n in dict.fromkeys(run)) for run in runs)


def _sources(sources: Sequence[Source]) -> list[str]:
    head = ["No.", "Document", "Publisher", "Kind", "Date", "Address", "SHA-256", "Licence", "Facts", "Passages"]
    lines = [_row(head), "| ---: | --- | --- | --- | --- | --- | --- | --- | ---: | ---: |"]
    for source in sources:
        link = safe_link(source.uri)
        # In angle brackets an address needs no escaping; safe_link lets none of "<>" and blanks through.
        address = f"[{escape(source.uri)}](<{link}>)" if link else escape(source.uri)
        lines.append(_row([
            f'<a id="src{source.number}"></a>{source.number}', escape(source.title), escape(source.publisher or ""),
            escape(source.kind), source.published_on.isoformat() if source.published_on else "not dated", address,
            f"`{re.sub('[^0-9A-Za-z]', '', source.sha256)}`", escape(source.licence or ""), str(source.facts_used),
            str(source.passages_used),
        ]))  # fmt: skip
    return lines
