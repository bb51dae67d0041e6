"""A rich, invented report: every kind of block and chart, nine companies, long names, hostile text."""

from datetime import date
from typing import Literal

from market_research.report.model import (
    Action,
    Actions,
    Block,
    Bullet,
    Bullets,
    Cell,
    Chart,
    Evidence,
    Figure,
    Gap,
    KeyFigure,
    KeyFinding,
    KeyFindings,
    Paragraph,
    Point,
    Quote,
    Report,
    Section,
    Sentence,
    Series,
    Source,
    Subheading,
    Table,
    TableColumn,
)

COMPANIES = (
    "Alpha Devices",
    "Beta Electronics",
    "Gamma Mobile",
    "Delta Communications & Appliances Holding",
    "Epsilon",
    "Zeta Handsets",
    "Eta Semiconductors",
    "Theta Networks",
    "Iota",
)
HOSTILE = "<img src=file:///etc/passwd> <script>alert(1)</script> [click](javascript:alert(1)) | $x_1$ **bold** `tick`"
LEVELS: tuple[Literal["high", "medium", "low"], ...] = ("high", "medium", "low")
YEARS = tuple(range(2016, 2026))
_WORDS = (
    "Revenue of the covered companies reached $1.42 trillion in fiscal 2025, 6.1 % more than the year before.",
    "Alpha Devices earned 43 % of it, up from 36 % in 2020, and took three quarters of the increase.",
    "The gain came from services, whose gross margin of 74 % is twice that of devices.",
    "Beta Electronics lost 2.4 percentage points, most of them in the price band below $300.",
    "Without the currency effect that the company reports, growth would have been 8.3 %.",
    "That leaves two firms with 71 % of covered revenue, up from 58 % three years ago.",
    "Inventories grew faster than sales in four of the nine companies, which has preceded price cuts twice.",
    "Two sources disagree on unit shipments in 2024: 1.21 billion in one, 1.24 billion in the other.",
)


class _Writer:
    """Hands out sentences that cite evidence in turn, so that nearly every row of the appendix is cited."""

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self.count = 0

    def __call__(self, text: str | None = None, cites: int = 2) -> Sentence:
        first = self.count * 2 % self.rows + 1
        numbers = tuple(sorted({(first + i * 7 - 1) % self.rows + 1 for i in range(cites)}))
        self.count += 1
        return Sentence(
            claim_id=f"claim-{self.count:03d}",
            text=text or _WORDS[self.count % len(_WORDS)],
            cites=numbers,
            fact_ids=tuple(f"fact-{n:03d}" for n in numbers),
        )


def _wave(row: int, step: int, base: float, drift: float) -> float:
    return round(base * (1 + drift * step) + base * 0.06 * ((step * (row + 3)) % 5 - 2), 1)


def _point(x: str | float, y: float, **extra: object) -> Point:
    return Point.model_validate({"x": x, "y": y, "fact_id": "fact-001", **extra})


def charts() -> dict[str, Chart]:
    """One chart of each kind and a few hard cases."""
    bases = (383e9, 221e9, 131e9, 66e9, 52e9, 38e9, 27e9, 14e9, 3.6e9)
    lines = tuple(
        Series(
            name=name,
            entity=name,
            points=tuple(_point(y, _wave(i, k, bases[i] * 0.7, 0.05)) for k, y in enumerate(YEARS)),
        )
        for i, name in enumerate(COMPANIES)
    )
    share = [[base * (1 + 0.04 * (k if i == 0 else -k / 3)) for i, base in enumerate(bases[:6])] for k in range(10)]
    return {
        "bar": Chart(
            kind="bar",
            unit="USD",
            y_title="Revenue, fiscal 2025",
            reference=104e9,
            reference_label="Mean",
            series=(Series(name="Revenue", points=tuple(_point(n, b) for n, b in zip(COMPANIES, bases, strict=True))),),
        ),
        "bar_negative": Chart(
            kind="bar",
            unit="percent",
            y_title="Growth of revenue",
            series=(
                Series(
                    name="Growth",
                    points=tuple(
                        _point(n, v, low=v - 1.5, high=v + 1.5)
                        for n, v in zip(COMPANIES, (12.4, 8, 6.1, 3, 0.4, -1.2, -4, -9.5, -18), strict=True)
                    ),
                ),
            ),
        ),
        "grouped_bar": Chart(
            kind="grouped_bar",
            unit="percent",
            y_title="Operating margin",
            series=tuple(
                Series(
                    name=f"Fiscal {y}",
                    points=tuple(_point(n, round(30 - 5.3 * i + k * 1.7 - 2, 1)) for i, n in enumerate(COMPANIES[:7])),
                )
                for k, y in enumerate((2023, 2024, 2025))
            ),
        ),
        "grouped_bar_entities": Chart(
            kind="grouped_bar",
            unit="USD",
            y_title="Research and development",
            series=tuple(
                Series(
                    name=n,
                    entity=n,
                    points=tuple(_point(float(y), bases[i] * 0.06 * (1 + k / 9)) for k, y in enumerate(YEARS)),
                )
                for i, n in enumerate(COMPANIES[:4])
            ),
        ),
        "stacked_area": Chart(
            kind="stacked_area",
            unit="percent",
            y_title="Share of covered revenue",
            series=tuple(
                Series(
                    name=n,
                    entity=n,
                    points=tuple(_point(float(y), 100 * share[k][i] / sum(share[k])) for k, y in enumerate(YEARS)),
                )
                for i, n in enumerate(COMPANIES[:6])
            ),
        ),
        "line": Chart(kind="line", unit="USD", y_title="Revenue", series=lines, log_y=True),
        "line_linear": Chart(
            kind="line",
            unit="percent",
            y_title="Gross margin",
            series=(
                *(
                    Series(
                        name=n,
                        entity=n,
                        points=tuple(
                            _point(float(y), _wave(i, k, 22 + 5 * i, 0.02)) for k, y in enumerate(YEARS[: 10 - i % 3])
                        ),
                    )
                    for i, n in enumerate(COMPANIES[:5])
                ),
                Series(
                    name="All manufacturing",
                    points=tuple(_point(float(y), 28 + 0.1 * k) for k, y in enumerate(YEARS)),
                ),
            ),
            reference=30.0,
            reference_label="Mean of peers",
        ),
        "scatter": Chart(
            kind="scatter",
            unit="percent",
            x_unit="percent",
            x_title="Growth a year, 2020 to 2025",
            y_title="Operating margin, fiscal 2025",
            reference=0.0,
            series=tuple(
                Series(name=n, entity=n, points=(_point(g, m, size=b, label=n),))
                for n, g, m, b in zip(
                    COMPANIES,
                    (8, 2.2, 2.4, -1, 2.6, 2.9, 14, -6, 3.1),
                    (31, 12, 11.5, 4, 10.8, 9.9, 22, -8, 12.6),
                    bases,
                    strict=True,
                )
            ),
        ),
        "scatter_log": Chart(
            kind="scatter",
            unit="USD",
            x_unit="count",
            x_title="Patents granted",
            y_title="Research spending",
            log_x=True,
            log_y=True,
            series=tuple(
                Series(name=n, entity=n, points=(_point(10.0 * 3**i, 2e7 * 4 ** ((i * 4) % 9)),))
                for i, n in enumerate(COMPANIES)
            ),
        ),
        "waterfall": Chart(
            kind="waterfall",
            unit="USD",
            y_title="Change of revenue, 2022 to 2025",
            series=(
                Series(
                    name="Change",
                    points=(
                        _point("Alpha Devices", 41e9),
                        _point("Beta Electronics", -12.4e9),
                        _point("Gamma Mobile", 8.1e9),
                        _point("Delta Communications & Appliances Holding", -3e9),
                        _point("Other companies", 5.5e9),
                        _point("Total", 39.2e9),
                    ),
                ),
            ),
        ),
        "fan": Chart(
            kind="fan",
            unit="USD",
            y_title="Revenue of the covered companies",
            series=(
                Series(
                    name="Reported",
                    points=tuple(_point(float(y), 8e11 * 1.055**k) for k, y in enumerate(YEARS)),
                ),
                Series(
                    name="Base case",
                    points=tuple(
                        _point(
                            float(2025 + k),
                            8e11 * 1.055**9 * 1.04**k,
                            low=8e11 * 1.055**9 * (1.04**k - 0.06 * k),
                            high=8e11 * 1.055**9 * (1.04**k + 0.06 * k),
                        )
                        for k in (1, 2, 3)
                    ),
                ),
            ),
        ),
    }


def _table(number: int, write: _Writer, *, wide: bool = False) -> Table:
    years = (2021, 2022, 2023, 2024, 2025) if wide else (2024, 2025)
    names = (*COMPANIES, HOSTILE) if number == 2 else COMPANIES
    return Table(
        key=f"table-{number}",
        number=number,
        title=write(f"Revenue and margin of the covered companies, part {number}"),
        columns=(
            TableColumn(label="Company"),
            *(TableColumn(label=f"{y}, $ bn", align="right") for y in years),
            TableColumn(label="Change, %", align="right"),
            TableColumn(label="What made it"),
        ),
        rows=tuple(
            (
                Cell(text=name, strong=i == 0),
                *(Cell(text=f"{(9 - i) * 41.37 + y - 2021:,.1f}", fact_id=f"fact-{i + 1:03d}") for y in years),
                Cell(text=f"{'−' if i % 2 else '+'}{i * 1.7 + 0.4:.1f}", fact_id=f"fact-{i + 11:03d}"),
                Cell(text="Services and wearables" if i % 2 else "Fewer units at a higher price"),
            )
            for i, name in enumerate(names)
        ),
        note="Fiscal years end between June and March; see the glossary." if wide else None,
        source_numbers=(1, 2, 5),
    )


def _action(write: _Writer, place: int) -> Action:
    return Action(
        who=("Chief procurement officer of a handset maker", "Investor in Alpha Devices", "Regulator")[place % 3],
        what=write("Fix prices for two thirds of the memory needed in 2026 before the end of the second quarter."),
        by_when=("30 June 2026", "Before the next quarterly filing", "Q4 2026")[place % 3],
        measure=write("Share of planned memory volume under contract, at least 66 %."),
        effect=write("About 1.1 points of gross margin at the price rise seen in 2017.") if place != 2 else None,
        risk=write("Prices fall instead; the loss is capped at 0.4 points by the option to defer a quarter."),
        impact=LEVELS[place % 3],
        urgency=LEVELS[(place + 1) % 3],
        confidence=(82, 64, 35)[place % 3],
    )


def _figure(number: int, kind: str, write: _Writer) -> Figure:
    return Figure(
        key=f"figure-{number}",
        number=number,
        title=write(f"Alpha Devices pulls away while the middle of the field shrinks ({kind.replace('_', ' ')})"),
        chart=charts()[kind],
        alt=f"A {kind.replace('_', ' ')} chart of nine companies.",
        note="Companies that report in other currencies are converted at the mean rate of the year."
        if number % 3 == 0
        else None,
        source_numbers=(1, 3, 4),
    )


def _evidence(rows: int) -> tuple[Evidence, ...]:
    found = []
    for n in range(1, rows + 1):
        company = COMPANIES[n % 9]
        if n % 10 == 9:
            found.append(
                Evidence(
                    number=n,
                    kind="passage",
                    id=f"passage-{n:03d}",
                    subject=company,
                    label="Annual report, risk factors",
                    period="2025",
                    exact="We depend on component and product manufacturing and logistical services provided by outsourcing partners.",
                    source_number=n % 30 + 1,
                    locator=f"characters {n * 311} to {n * 311 + 102}",
                )
            )
        elif n % 4 == 0:
            found.append(
                Evidence(
                    number=n,
                    kind="fact",
                    id=f"fact-{n:03d}",
                    subject=company,
                    label="Growth of revenue on the year before",
                    period="FY2025",
                    exact=f"{n / 7:.6f} percent",
                    formula="(revenue − revenue a year before) / revenue a year before × 100",
                    inputs=(n - 1, n - 2),
                    input_ids=(f"fact-{n - 1:03d}", f"fact-{n - 2:03d}"),
                )
            )
        else:
            found.append(
                Evidence(
                    number=n,
                    kind="fact",
                    id=f"fact-{n:03d}",
                    subject=HOSTILE if n == 2 else company,
                    label="Revenue from contracts with customers",
                    period="FY2025 (Oct 2024 to Sep 2025)",
                    exact=f"{n * 1234567890:,} USD",
                    source_number=n % 30 + 1,
                    locator=f"us-gaap:Revenues, context c-{n}",
                )
            )
    return tuple(found)


def report(rows: int = 200, *, small: bool = False) -> Report:
    """The sample report; ``small`` keeps one block of each kind and four charts."""
    write = _Writer(rows)
    kinds = list(charts())
    kinds = ["bar", "line", "waterfall", "fan"] if small else kinds

    def text(sentences: int) -> Paragraph:
        return Paragraph(sentences=tuple(write() for _ in range(sentences)))

    findings = KeyFindings(
        items=tuple(
            KeyFinding(headline=write(), meaning=(write(), write()), confidence=c)
            for c in ((91, 74, 40) if small else (91, 84, 74, 62, 40))
        )
    )
    sections: list[Section] = [Section(key="summary", title="Executive summary", blocks=(findings, text(3)))]
    titles = ("Market and its size", "Competition", "Prices and margins", "Technology", "Outlook")
    tables = 0
    for number, title in enumerate(titles[: 2 if small else 5]):
        blocks: list[Block] = [text(4)]
        for place in range(2):
            if kinds:
                figure = _figure(len(charts()) - len(kinds) + 1, kinds[0], write)
                numbered = sum(1 for s in sections for b in s.blocks if b.type == "figure")
                numbered += sum(1 for b in blocks if b.type == "figure")
                blocks += [
                    figure.model_copy(update={"number": numbered + 1, "key": f"figure-{numbered + 1}"}),
                    text(3),
                ]
                kinds.pop(0)
            if place == 0:
                blocks += [Subheading(text="What made the change", key=f"{number}-change"), text(3)]
            tables += 1
            if tables <= 8:
                blocks.append(_table(tables, write, wide=tables % 2 == 1))
        blocks.append(
            Quote(
                sentence=write("“We depend on partners for memory, and we expect costs to rise.”"),
                attribution="Alpha Devices, annual report, 31 October 2025",
            )
        )
        blocks.append(Gap(sentence=write("Unit shipments of Iota for 2025 were not found in any document.", cites=0)))
        sections.append(Section(key=f"section-{number}", title=title, blocks=tuple(blocks)))
    while kinds:
        numbered = sum(1 for s in sections for b in s.blocks if b.type == "figure")
        extra = _figure(numbered + 1, kinds.pop(0), write)
        sections[-1] = sections[-1].model_copy(update={"blocks": (*sections[-1].blocks, extra)})
    sections.append(
        Section(
            key="swot",
            title="Strengths, weaknesses, opportunities and threats",
            blocks=(
                Bullets(
                    items=(
                        Bullet(lead="Scale", sentences=(write(), write())),
                        Bullet(lead=HOSTILE, sentences=(write(HOSTILE),)),
                        Bullet(sentences=(write(),)),
                    )
                ),
                text(2),
            ),
        )
    )
    sections.append(
        Section(
            key="actions",
            title="Recommendations",
            blocks=(text(1), Actions(items=tuple(_action(write, i) for i in range(3)))),
        )
    )
    return Report(
        edition_id="ed-7f3a91c2d4e8",
        industry="Consumer devices",
        title="Consumer devices: two firms take the growth",
        subtitle="Market size, competition, technology and outlook of nine manufacturers",
        as_of=date(2026, 3, 31),
        period="Fiscal years 2016 to 2025",
        writer="offline",
        inputs_sha256="5d41402abc4b2a76b9719d911017c592" * 2,
        entities=COMPANIES,
        key_figures=(
            KeyFigure(
                label="Revenue of nine companies, fiscal 2025",
                text="$1.42 tn",
                fact_id="fact-001",
                cites=(1,),
            ),
            KeyFigure(label="Growth on the year before", text="+6.1 %", fact_id="fact-004", cites=(4,)),
            KeyFigure(label="Share of the two largest", text="71 %", fact_id="fact-005", cites=(5, 6)),
            KeyFigure(label="Concentration (HHI)", text="2,314", fact_id="fact-008", cites=(8,)),
            KeyFigure(label="Forecast for 2028, base case", text="$1.59 tn", fact_id="fact-012", cites=(12,)),
        ),
        sections=tuple(sections),
        evidence=_evidence(rows),
        sources=tuple(
            Source(
                number=n,
                document_id=f"doc-{n:03d}",
                title=HOSTILE if n == 3 else f"{COMPANIES[n % 9]}: annual report on form 10-K for fiscal {1996 + n}",
                publisher=None if n % 7 == 0 else COMPANIES[n % 9],
                kind="xbrl" if n % 2 else "filing",
                published_on=None if n % 11 == 0 else date(1996 + n, 10, 31),
                uri="javascript:alert(1)"
                if n == 3
                else f"inbox/report-{n}.csv"
                if n % 5 == 0
                else f"https://example.org/archives/edgar/data/{n:06d}/a-rather-long-file-name-{n}.htm?part=1&view=all",
                licence="Public domain" if n % 2 else None,
                sha256=f"{n:02x}" * 32,
                facts_used=n * 3,
                passages_used=n % 4,
            )
            for n in range(1, 31)
        ),
        claims_kept=118,
        claims_refused=7,
    )
