"""The report as a Word document: real headings, captions, repeated table heads, links from citations to evidence."""

from collections.abc import Mapping, Sequence
from typing import Any

from market_research.report import word_grid
from market_research.report.charts import Image
from market_research.report.ledger import LEAD, Line
from market_research.report.model import (
    Action,
    Actions,
    Figure,
    Framework,
    FrameworkPart,
    KeyFindings,
    Report,
    Sentence,
    Source,
    Table,
)
from market_research.report.view import Part, View, subhead_anchor
from market_research.report.word_file import SERIF, TEXT_WIDTH, add_picture, new_document, packed, parse
from market_research.report.word_xml import (
    ACCENT,
    INK,
    MUTED,
    WASH,
    Bookmarks,
    cell,
    field,
    link,
    paragraph,
    row,
    run,
    table,
)


def to_docx(report: Report, images: Mapping[int, Image]) -> bytes:
    """Render ``report`` (cleaned); ``images`` are its figures by number."""
    document = new_document(report)
    writer = _Writer(View(report), document, images)
    writer.cover()
    writer.contents()
    for part in writer.view.parts:
        writer.part(part)
    writer.evidence()
    writer.sources()
    return packed(document)


class _Writer:
    """Appends to the document from front to back."""

    def __init__(self, view: View, document: Any, images: Mapping[int, Image]) -> None:
        self.view = view
        self.report = view.report
        self.document = document
        self.images = images
        self.marks = Bookmarks()
        self._end = document.element.body.sectPr

    def add(self, xml: str) -> Any:
        """Append one paragraph or table."""
        element = parse(xml)
        self._end.addprevious(element)
        return element

    def cites(self, numbers: Sequence[int]) -> str:
        """Raised links to the evidence; the first to each piece carries the bookmark that leads back."""
        out = []
        for c in self.view.cite(numbers):
            shown = link(f"e{c.number}", run(c.text, colour=ACCENT, raised=True), self.view.hints(c.covers))
            out.append(self.marks.around(c.anchor, shown) if c.anchor else shown)
            out += [run(c.joint, colour=ACCENT, raised=True)] if c.joint else []
        ends = [run(mark, colour=ACCENT, raised=True) for mark in "[]"] if out else ["", ""]
        return ends[0] + "".join(out) + ends[1]

    def sentence(self, sentence: Sentence, *, bold: bool = False, size: float | None = None) -> str:
        return run(sentence.text, bold=bold, size=size) + self.cites(sentence.cites)

    def sentences(self, sentences: Sequence[Sentence]) -> str:
        return run(" ").join(self.sentence(s) for s in sentences)

    def cover(self) -> None:
        """A dark panel with title and facts."""
        report = self.report
        facts = (
            ("As of", f"{report.as_of.day} {report.as_of:%B %Y}"),
            ("Period covered", report.period),
            ("Evidence", f"{len(report.evidence)} entries from {len(report.sources)} sources"),
            ("Edition", report.edition_id),
        )
        inside = [
            paragraph(""),
            paragraph(run("Market research  |  ", bold=True, caps=True, size=9, colour="9FD0CF")
                      + run(report.industry.replace("_", " "), caps=True, size=9, colour="FFFFFF")),
            *[paragraph("")] * 4,
            paragraph(run(report.title), "Title"),
            paragraph(run(report.subtitle), "Subtitle"),
            *[paragraph("")] * 14,
            *(
                paragraph(run(f"{name}   ", size=8.5, colour="9FD0CF") + run(value, size=10.5, colour="FFFFFF"))
                for name, value in facts
            ),
            paragraph(""),
        ]  # fmt: skip
        self.add(table([row([cell(inside, fill=INK)], height=13200)], [TEXT_WIDTH], rules=False, margin=500))
        self.add('<w:p><w:r><w:br w:type="page"/></w:r></w:p>')

    def contents(self) -> None:
        """A field that Word can update, filled already with linked entries."""
        self.add(paragraph(run("Contents", font=SERIF, size=21)))
        entries: list[tuple[str, str, str]] = []
        for part in self.view.parts:
            entries.append(("TOC1", part.anchor, f"{part.number}  {part.section.title}"))
            entries += [("TOC2", anchor, text) for anchor, text in part.subheads]
        entries += [("TOC1", "evidence", "A  Evidence"), ("TOC1", "sources", "B  Sources")]
        instruction = '<w:instrText xml:space="preserve"> TOC \\o "1-2" \\h \\z \\u </w:instrText>'
        start = "".join(
            f"<w:r>{inner}</w:r>"
            for inner in ('<w:fldChar w:fldCharType="begin"/>', instruction, '<w:fldChar w:fldCharType="separate"/>')
        )
        for index, (style, anchor, text) in enumerate(entries):
            self.add(paragraph((start if index == 0 else "") + link(anchor, run(text)), style))
        self.add('<w:p><w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>')
        note = (
            "Numbers in brackets lead to the evidence in appendix A, which gives the exact value and where it "
            f"stands in its source. {self.report.checked} Inputs {self.report.inputs_sha256}."
        )
        self.add(paragraph(run(note), "ReportNote"))

    def heading(self, anchor: str, text: str, *, new_page: bool = False) -> None:
        if new_page:
            self.add('<w:p><w:r><w:br w:type="page"/></w:r></w:p>')
        self.add(paragraph(self.marks.around(anchor, run(text)), "Heading1", keep=True))

    def part(self, part: Part) -> None:
        """One section of the report."""
        self.view.enter(part)
        self.heading(part.anchor, f"{part.number}  {part.section.title}", new_page=part.number <= 2)
        if part.strip:
            self.strip()
        for block in part.section.blocks:
            match block.type:
                case "paragraph":
                    self.add(paragraph(self.sentences(block.sentences)))
                case "subheading":
                    mark = self.marks.around(subhead_anchor(part, block), run(block.text))
                    self.add(paragraph(mark, "Heading2", keep=True))
                case "key_findings":
                    self.findings(block)
                case "bullets":
                    for item in block.items:
                        lead = run(f"{item.lead}. ", bold=True) if item.lead else ""
                        self.add(paragraph(lead + self.sentences(item.sentences), "ListBullet"))
                case "quote":
                    self.add(paragraph(self.sentence(block.sentence), "Quote", keep=True))
                    self.add(paragraph(run(f"— {block.attribution}", size=8.5, colour=MUTED), "Quote"))
                case "actions":
                    self.actions(block)
                case "gap":
                    lead = run("Not answered by the evidence.  ", bold=True, colour=MUTED, size=8.5)
                    self.add(paragraph(lead + self.sentence(block.sentence), "ReportGap"))
                case "table":
                    self.table(block)
                case "figure":
                    self.figure(block)
                case "framework":
                    self.framework(block)

    def strip(self) -> None:
        """The key figures, at most five beside each other."""
        figures = self.report.key_figures
        columns = len(figures) if len(figures) < 6 else 3 if len(figures) == 6 else 4
        width = TEXT_WIDTH // columns
        cells = [
            cell(
                [
                    paragraph(run(f.text, font=SERIF, size=17 if len(f.text) <= 10 else 12), "ReportCell"),
                    paragraph(run(f.label, size=8, colour=MUTED) + self.cites(f.cites), "ReportCell"),
                ],
                width=width,
                top=ACCENT,
            )
            for f in figures
        ]
        cells += [cell(paragraph("", "ReportCell"), width=width)] * (-len(cells) % columns)
        rows = [row(cells[start : start + columns]) for start in range(0, len(cells), columns)]
        self.add(table(rows, [width] * columns, rules=False))
        self.add(paragraph(""))

    def findings(self, block: KeyFindings) -> None:
        widths = [500, 7270, 1300]
        rows = []
        for number, item in enumerate(block.items, 1):
            body = [paragraph(self.sentence(item.headline, bold=True), "ReportText")]
            if item.meaning:
                body.append(paragraph(self.sentences(item.meaning), "ReportText"))
            sure = [
                paragraph(run(_meter(item.confidence), colour=ACCENT), "ReportText"),
                paragraph(run(f"confidence {item.confidence} %", size=7, colour=MUTED), "ReportText"),
            ]
            badge = paragraph(run(str(number), bold=True, size=13, colour=ACCENT), "ReportText")
            cells = zip((badge, body, sure), widths, strict=True)
            rows.append(row(cell(content, width=width) for content, width in cells))
        self.add(table(rows, widths))
        self.add(paragraph(""))

    def actions(self, block: Actions) -> None:
        for number, action in enumerate(block.items, 1):
            self.add(self.action(number, action))
            self.add(paragraph(""))

    def action(self, number: int, action: Action) -> str:
        widths = [1500, TEXT_WIDTH - 1500]
        ranks = f"Impact {action.impact} · urgency {action.urgency} · confidence {action.confidence} %"
        terms = [
            ("Who", run(action.who)),
            ("By when", run(action.by_when)),
            ("Measured by", self.sentence(action.measure)),
            *([("Expected effect", self.sentence(action.effect))] if action.effect else []),
            ("Risk", self.sentence(action.risk)),
            ("Rank", run(ranks, bold=True)),
        ]
        head = run(f"{number}  ", bold=True, colour=ACCENT, size=11) + self.sentence(action.what, bold=True, size=10.5)
        rows = [row([cell(paragraph(head, "ReportText", keep=True), span=2, width=TEXT_WIDTH, top=ACCENT)])]
        rows += [
            row([
                cell(paragraph(run(name, colour=MUTED), "ReportText", keep=True), width=widths[0]),
                cell(paragraph(text, "ReportText", keep=name != "Rank"), width=widths[1]),
            ])
            for name, text in terms
        ]  # fmt: skip
        return table(rows, widths)

    def caption(self, kind: str, number: int, title: Sentence) -> None:
        text = run(f"{kind} ", colour=ACCENT) + field(f"SEQ {kind} \\* ARABIC", str(number), bold=True, colour=ACCENT)
        name = f"{kind.lower()}-{number}"
        self.add(paragraph(self.marks.around(name, text) + run("  ") + self.sentence(title), "Caption", keep=True))

    def origin(self, block: Table | Figure | Framework) -> None:
        content = run(f"{block.note} " if block.note else "")
        if block.source_numbers:
            links = [link(f"src{n}", run(str(n), colour=ACCENT)) for n in block.source_numbers]
            content += run("Sources: ") + run(", ").join(links) + run(".")
        self.add(paragraph(content, "ReportNote"))

    def table(self, block: Table) -> None:
        self.caption("Table", block.number, block.title)
        widths = word_grid.widths(block)
        aligns = [c.align for c in block.columns]
        head = [
            cell(paragraph(run(c.label, bold=True, colour=MUTED), "ReportCell", align=c.align, keep=True), width=width)
            for c, width in zip(block.columns, widths, strict=True)
        ]
        rows = [row(head, header=True)]
        for number, cells in enumerate(block.rows, 1):
            # A short table stays on one page: each row but the last holds on to the next.
            keep = len(block.rows) <= 14 and number < len(block.rows)
            rows.append(
                row(
                    cell(
                        paragraph(run(c.text, bold=c.strong), "ReportCell", align=align, keep=keep),
                        fill=None if number % 2 else WASH,
                        width=width,
                    )
                    for c, align, width in zip(cells, aligns, widths, strict=True)
                )
            )
        self.add(table(rows, widths))
        self.origin(block)

    def framework(self, block: Framework) -> None:
        """A SWOT two by two; else a row to each part, with score and direction where forces have them."""
        self.caption("Table", block.number, block.title)
        if block.kind == "swot":
            widths = [TEXT_WIDTH // 2] * 2
            cells = [
                cell(
                    [paragraph(run(part.name, bold=True), "ReportCell", keep=True), *self.items(part)], width=widths[0]
                )
                for part in block.parts
            ]
            rows = [row(cells[start : start + 2]) for start in range(0, len(cells), 2)]
        else:
            scored = block.kind == "five_forces"
            labels = ["Force", "Score", "Direction", "Measures"] if scored else ["Factor", "What the evidence shows"]
            widths = [1350, 650, 950] if scored else [1450]
            widths.append(TEXT_WIDTH - sum(widths))
            head = [
                cell(paragraph(run(label, bold=True, colour=MUTED), "ReportCell", keep=True), width=width)
                for label, width in zip(labels, widths, strict=True)
            ]
            rows = [row(head, header=True)]
            for part in block.parts:
                shown = [run(part.name, bold=True)]
                if scored:
                    shown += [run(part.score.text if part.score else "–", bold=True), run(part.direction or "unknown")]
                left = [
                    cell(paragraph(text, "ReportCell"), width=width) for text, width in zip(shown, widths, strict=False)
                ]
                rows.append(row([*left, cell(self.items(part), width=widths[-1])]))
        self.add(table(rows, widths))
        self.origin(block)

    def items(self, part: FrameworkPart) -> list[str]:
        """A paragraph to each row of a part, or the one that says that there is none."""
        if not part.items:
            return [paragraph(self.sentence(part.gap) if part.gap else run("–"), "ReportCell")]
        return [
            paragraph(
                run("– ", colour=MUTED) + (run(f"{item.lead}. ", italic=True) if item.lead else "")
                + self.sentences(item.sentences),
                "ReportCell",
            )
            for item in part.items
        ]  # fmt: skip

    def figure(self, block: Figure) -> None:
        from docx.text.paragraph import Paragraph

        self.caption("Figure", block.number, block.title)
        holder = Paragraph(self.add(paragraph("", keep=True)), self.document._body)
        image = self.images[block.number]
        name = f"figure-{block.number}"
        add_picture(
            self.document, holder, name, image.png, image.standalone, min(image.width, TEXT_WIDTH / 20), block.alt
        )
        self.origin(block)

    def evidence(self) -> None:
        """Appendix A."""
        self.heading("evidence", "A  Evidence", new_page=True)
        self.add(paragraph(run(LEAD), "ReportLead"))
        for line in self.view.lines():
            self.add(paragraph(self.marks.around(f"e{line.number}", self.entry(line)), "ReportLedger"))

    def entry(self, line: Line) -> str:
        """One entry of the appendix, in the words of the PDF."""
        e, colour = line.entry, None if line.back else MUTED
        out = run(str(line.number), bold=True, colour=ACCENT) + run(f"  {e.subject}", bold=bool(line.back))
        out += run(f", {line.about}" if line.about else "", colour=colour)
        out += run(f": {line.exact}" if e.exact else "", bold=bool(line.back), colour=colour)
        if line.source is not None:
            out += run(" · ") + link(f"src{line.source}", run(f"S{line.source}", colour=ACCENT))
            out += run(f" {line.where}" if line.where else "", colour=colour)
        out += run(f" ← {line.formula}" if line.formula else "", colour=colour)
        if line.inputs:
            out += run(", from " if line.formula else " ← ") + _spans(line.inputs)
        if line.back:
            out += run(" · ") + link(line.back, run(f"§ {line.section}", colour=ACCENT))
        elif line.users:
            out += run(" → ") + _spans(line.users)
        return out

    def sources(self) -> None:
        """Appendix B."""
        self.heading("sources", "B  Sources", new_page=True)
        lead = "The documents that the evidence was taken from. The hash identifies the exact bytes that were read."
        self.add(paragraph(run(lead), "ReportLead"))
        widths = [500, 4320, 800, 950, 1200, 560, 740]
        rows = [word_grid.head(["No.", "Document", "Kind", "Date", "SHA-256", "Facts", "Passages"], widths)]
        rows += [word_grid.ledger(self.source(s), widths) for s in self.report.sources]
        self.add(table(rows, widths, margin=50))

    def source(self, source: Source) -> list[str]:
        """The cells of one source. Its address is text, since a link to it would need a relationship each."""
        extra = "".join(f" · {t}" for t in (source.publisher, source.licence) if t)
        return [
            self.marks.around(f"src{source.number}", run(str(source.number), bold=True)),
            run(source.title, bold=True) + run(extra) + "<w:r><w:br/></w:r>" + run(source.uri, colour=MUTED),
            run(source.kind),
            run(source.published_on.isoformat() if source.published_on else "not dated"),
            run(source.sha256[:16], size=6.5),
            run(str(source.facts_used)),
            run(str(source.passages_used)),
        ]


def _meter(percent: int) -> str:
    full = max(0, min(5, round(percent / 20)))
    return "■" * full + "□" * (5 - full)


def _spans(runs: Sequence[tuple[int, int]]) -> str:
    return run(", ").join(
        run("–").join(link(f"e{n}", run(str(n), colour=ACCENT)) for n in dict.fromkeys(span)) for span in runs
    )
