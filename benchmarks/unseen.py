"""A third set of true sentences and lies, worded by someone who has not read the gate: see ``liars.py``.

A pattern is a text with slots. ``[rose/fell]`` takes the first word if the first figure is the larger one, and the
other word makes a lie. ``kind: this > that`` is a lie by replacement, ``kind: this <> that`` by exchange. What ``lies``
adds on its own is checked against the evidence: the other year, company or figure must really be another one.
"""

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from itertools import combinations, pairwise

from liars import METRICS, Book, Told, _m, _peers

from market_research.writing import numbers
from market_research.writing.evidence import Draft, Evidence, Fact

Facts = tuple[Fact, ...]
Source = Callable[[Book, str], Iterator[Facts]]
When = Callable[[Facts], bool]
Pattern = Callable[[Book], Iterator[Told]]
PERCENT = numbers.PERCENT


@dataclass(frozen=True)
class Tale(Told):
    """With its own lies, whether its figures are rounded to their digits and no more, and whose figures stand in it."""

    wrong: tuple[tuple[str, str], ...] = ()
    exact: bool = True
    shown: Facts = ()


def _whole(fact: Fact) -> bool:
    start, end = fact.period_start, fact.period_end
    return start is not None and end is not None and 350 <= (end - start).days <= 380 and fact.fiscal_year is not None


def _year(fact: Fact) -> int:
    return fact.fiscal_year or 0


def _found(of: Book, metric: str) -> dict[tuple[str, int], Fact]:
    """Whole years of a measure, losses included, by company and fiscal year."""
    companies = set(of.evidence.names.values())
    found: dict[tuple[str, int], Fact] = {}
    for f in sorted((f for f in of.evidence.facts.values() if f.metric == metric), key=lambda f: f.fact_id):
        if f.entity in companies and not f.dimensions and (_whole(f) or metric == "revenue_cagr"):
            found.setdefault((f.entity, _year(f)), f)
    return dict(sorted(found.items()))


def _s(name: str) -> str:
    return name if name.endswith("'s") else f"{name}'" if name.endswith("s") else f"{name}'s"


def _forms(fact: Fact) -> dict[str, str]:
    """The ways in which a pattern may show a figure, by the ending of its slot; losses without their sign."""
    size = abs(fact.value)
    if fact.unit == PERCENT:
        return {"": numbers.percent(size), "_plain": numbers.plain(size, 1)}
    plain = numbers.plain(size / 1e9, 1)
    millions = f"${numbers.plain(size / 1e6)} million"
    return {"": numbers.money(size), "_plain": plain, "_millions": millions, "_bn": f"${plain}bn"}


def _shown(fact: Fact) -> str:
    return _forms(fact)[""]


def _near(fact: Fact) -> float:
    """The figure with two digits."""
    grain = 10.0 ** (len(f"{abs(fact.value):.0f}") - 2)
    return grain * round(fact.value / grain)


# fmt: off
def _slots(facts: Facts) -> dict[str, str]:
    """What a pattern may name: ``{A}``, ``{As}``, ``{a}`` and ``{ya}`` are the first company, ``A's``, figure, year."""
    f, g, values, years = facts[0], facts[min(1, len(facts) - 1)], [x.value for x in facts], [_year(x) for x in facts]
    ratio, gap, total, points = f.value / (g.value or 1), abs(f.value - g.value), sum(values) or 1, f.unit == PERCENT
    rate, by = 100 * abs(ratio - 1), numbers.points(gap) if points else numbers.money(gap)
    first, last = f.period_start or date.min, f.period_end or date.min
    slots: dict[str, str] = {
        "n": METRICS.get(f.metric) or f.metric.replace("_", " "), "gap": by,
        "far": numbers.points(gap + 1.3) if points else numbers.money(gap * 1.4),
        # Percent instead of points is a lie only where it says something else.
        "gap_percent": numbers.percent(gap) if abs(rate - gap) > 0.5 else by,
        "gap_before": numbers.money(abs(values[-2] - values[-1])) if len(facts) > 3 else "",
        "ratio": numbers.times(ratio), "ratio_far": numbers.times(ratio + 0.7),
        "rate": numbers.plain(rate), "rate_far": numbers.plain(rate + 7),
        "sum": numbers.percent(total), "sum_far": numbers.percent(total + 4.2),
        "total": numbers.money(total), "total_far": numbers.money(total * 1.2),
        "part": numbers.percent(100 * f.value / total), "part_b": numbers.percent(100 * g.value / total),
        "near": numbers.money(_near(f)).replace(".0 ", " "), "near_far": numbers.money(_near(f) * 1.3),
        "a_far": numbers.money(f.value * 1.3),
        "from": str(min(years)), "till": str(max(years)), "low_year": str(years[values.index(min(values))]),
        "started": str(first.year), "ended": str(last.year),
        "month": numbers.MONTHS[last.month - 1], "month_far": numbers.MONTHS[(last.month + 4) % 12],
    }
    for letter, x in zip("ABCD", facts, strict=False):
        slots |= {letter: x.entity, f"{letter}s": _s(x.entity), f"y{letter.lower()}": str(_year(x))}
        slots |= {f"{letter.lower()}{ending}": form for ending, form in _forms(x).items()}
    return slots


def _exchanged(text: str, one: str, other: str) -> str:
    return text.replace(one, "\0", 1).replace(other, one, 1).replace("\0", other, 1)


def _positive(facts: Facts) -> bool:
    return all(f.value > (0.1 if f.unit == PERCENT else 1e6) for f in facts)


def _p(
    name: str, source: Source, metrics: str, raw: str, *wrong: str, exact: bool = True, cite: int = 9,
    turn: str = "direction", up: When = lambda f: f[0].value > f[-1].value, when: When = _positive,
) -> Pattern:
    """Sentences of one form; only the first ``cite`` facts of the source are cited."""
    def tell(of: Book) -> Iterator[Told]:
        for facts in filter(when, source(of, metrics)):
            slots, cited, says = _slots(facts), facts[:cite], up(facts)
            filled = raw.format(**slots)
            text, turned = (re.sub(r"\[(.*?)/(.*?)\]", way, filled[0].upper() + filled[1:])
                            for way in ((r"\1", r"\2") if says else (r"\2", r"\1")))
            made = [(turn, turned)]
            for kind, change in (spec.format(**slots).split(": ", 1) for spec in wrong):
                old, how, new = re.split(" (<?>) ", change)
                made.append((kind, _exchanged(text, old, new) if how == "<>" else text.replace(old, new, 1)))
            shown = tuple(f for f, low in zip(cited, "abcd", strict=False) if re.search(rf"{{{low}(_\w+)?}}", raw))
            order = sorted(cited, key=lambda f: (f not in shown, text.find(_shown(f) if f in shown else f.entity)))
            yield Tale(Draft(text, tuple(f.fact_id for f in order)), tuple(order), name, tuple(made), exact, shown)

    return tell
# fmt: on


def _clear(facts: Facts) -> bool:
    """True if the difference of the first two figures as shown is the difference as it would be shown."""
    a, b = facts[0].value, facts[1].value
    scale = 1.0 if facts[0].unit == PERCENT else 1e9 if min(a, b) >= 1e9 else 1e6
    apart = abs(numbers.round_half_up(a / scale, 1) - numbers.round_half_up(b / scale, 1))
    return _positive(facts) and apart > 0.05 and numbers.money(apart * 1e9) == numbers.money(abs(a - b) / scale * 1e9)


def _sorted(*facts: Fact) -> Facts:
    return tuple(sorted(facts, key=lambda f: -f.value))


def _singles(of: Book, metrics: str) -> Iterator[Facts]:
    return ((f,) for metric in metrics.split() for f in _found(of, metric).values())


def _pairs(of: Book, metrics: str) -> Iterator[Facts]:
    """Two companies in one year, the larger figure first."""
    for metric in metrics.split():
        for a, b in pairwise(sorted(_found(of, metric).values(), key=lambda f: (_year(f), f.entity))):
            apart = 0.5 if a.unit == PERCENT else 0.02 * abs(a.value)
            if _year(a) == _year(b) and abs(a.value - b.value) > apart and _shown(a) != _shown(b):
                yield _sorted(a, b)


def _trios(of: Book, metrics: str) -> Iterator[Facts]:
    return (_sorted(*group) for group in _peers(of, 3) if group[0].metric in metrics.split())


def _moves(of: Book, metrics: str) -> Iterator[Facts]:
    """A year and the one before it."""
    for metric in metrics.split():
        found = _found(of, metric)
        for (entity, year), new in found.items():
            if (old := found.get((entity, year - 1))) and _shown(old) != _shown(new):
                yield new, old


def _matches(of: Book, metrics: str) -> Iterator[Facts]:
    """Two companies in one year, the larger figure first, then both in the year before."""
    for metric in metrics.split():
        found = _found(of, metric)
        for (a, year), (b, other) in combinations(found, 2):
            if year == other and (a, year - 1) in found and (b, year - 1) in found:
                top, low = _sorted(found[a, year], found[b, year])
                was, led = found[top.entity, year - 1], found[low.entity, year - 1]
                if _shown(top) != _shown(low) and _shown(was) != _shown(led):
                    yield top, low, was, led


def _led(facts: Facts) -> bool:
    now, before = facts[0].value - facts[1].value, facts[2].value - facts[3].value
    return _positive(facts) and before > 0 and abs(now / before - 1) > 0.1 and 0.02 < now / before < 50


def _runs(of: Book, metrics: str, count: int = 4, best_first: bool = False) -> Iterator[Facts]:
    """Years in a row of one company."""
    for facts in (facts for (metric, _), facts in of.by_series.items() if metric in metrics.split()):
        for run in (facts[start : start + count] for start in range(len(facts) - count + 1)):
            if _year(run[-1]) - _year(run[0]) == count - 1 and len({_m(f) for f in run}) == count:
                yield _sorted(*run) if best_first else tuple(run)


def _one_loss(of: Book, metrics: str) -> Iterator[Facts]:
    found = _found(of, metrics)
    for f in (f for f in found.values() if f.value < 0):
        others = [g for g in found.values() if _year(g) == _year(f) and _positive((g,)) and _shown(g) != _shown(f)]
        yield from ((f, b, c) for b, c in pairwise(others) if _shown(b) != _shown(c))


def _cited(of: Book) -> Iterator[Told]:
    for passage in of.evidence.passages.values():
        words, at = passage.text.split(), passage.published_on
        span, around = words[3:13], " ".join(words[2:14])
        said = " ".join(span).rstrip(",.;:")
        if len(words) < 20 or said not in passage.text or re.search(r'["\d$]|[.;:|]\s|[^ -~]', around) or not at:
            continue
        changed = [" ".join([*span[:4], word, *span[on:]]).rstrip(",.;:") for word, on in (("seldom", 5), ("not", 4))]
        inverted = f'"{said}," one source says.'
        dated = f'A document published in {numbers.MONTHS[at.month - 1]} {at.year} has it that "{said}".'
        for text in (inverted, dated):
            made = [("quote", text.replace(said, lie)) for lie in changed]
            made.append(("year", text.replace(f"{at.year} has", f"{at.year - 7} has")))
            yield Tale(Draft(text, (), (), (passage.passage_id,)), (), "cited", tuple(made), False)


INCOME = "revenue net_income operating_income gross_profit"
MONEY = f"{INCOME} research_and_development"
GROWTH, SHARE, MARGIN = "revenue_growth", "market_share", "net_margin operating_margin gross_margin"
# fmt: off
THIRD: tuple[Pattern, ...] = (
    _p("overtook", _matches, MONEY, "{A} overtook {B} in {n} in fiscal {ya}, {a} versus {b}; a year earlier it had "
       "trailed, {c} to {d}.", "overtook: overtook > was overtaken by", "overtook: {A} <> {B}",
       "comparison: trailed > led", when=lambda f: _positive(f) and f[2].value < f[3].value),
    _p("gap", _matches, MONEY, "The gap in {n} between {A} and {B} [widened/narrowed] from {gap_before} in fiscal {yc} "
       "to {gap} in fiscal {ya}.", "order: fiscal {yc} <> fiscal {ya}", "difference: to {gap} > to {far}", when=_led,
       up=lambda f: f[0].value - f[1].value > f[2].value - f[3].value),
    _p("times", _pairs, MONEY, "At {a}, {As} {n} in fiscal {ya} was {ratio} {Bs} {b}.", "swap: {As} <> {Bs}",
       "multiple: {ratio} > {ratio_far}", when=lambda f: 1.3 < f[0].value / f[1].value < 9 and _positive(f)),
    _p("exceeded", _pairs, MONEY, "In fiscal {ya}, {As} {n} exceeded that of {B} by {gap} ({a} compared with {b}).",
       "comparison: exceeded > fell short of", "difference: by {gap} > by {far}", when=_clear),
    _p("by_percent", _moves, MONEY, "{n} at {A} [climbed/dropped] {rate}% to {a} in fiscal {ya}, from {b} the year "
       "before.", "unit: {rate}% > {rate} percentage points", "percent: {rate}% > {rate_far}%",
       when=lambda f: _positive(f) and 0.03 < abs(f[0].value / f[1].value - 1) < 3),
    _p("outpaced", _pairs, GROWTH, "{A} outpaced {B} in fiscal {ya}: its revenue grew {a}, against {b}.",
       "comparison: outpaced > lagged", "direction: grew > shrank", "swap: {A} <> {B}"),
    _p("while", _pairs, GROWTH, "While {As} revenue grew {a} in fiscal {ya}, that of {B} shrank by {b}.",
       "direction: grew <> shrank by", "direction: shrank > grew",
       when=lambda f: f[0].value > 0.5 and f[1].value < -0.5),
    _p("slowed", _moves, GROWTH, "Revenue growth at {A} [picked up/slowed] to {a} in fiscal {ya}, versus {b} in fiscal "
       "{yb}."),
    _p("share_lead", _pairs, SHARE, "{A} took {a} of the covered companies' revenue in fiscal {ya}, {gap} more than "
       "{B}.", "comparison: more than > less than", "unit: {gap} > {gap_percent}", "points: {gap} > {far}"),
    _p("share_moved", _moves, SHARE, "{As} share of the revenue of the companies covered [rose/slipped] to {a} in "
       "fiscal {ya} from {b} a year earlier, a [gain/loss] of {gap}.", "points: {gap} > {far}",
       "unit: {gap} > {gap_percent}", when=_clear),
    _p("together", _pairs, SHARE, "Together, {A} and {B} accounted for {sum} of the covered revenue in fiscal {ya}.",
       "together: Together, > Each on its own,", "total: {sum} > {sum_far}", "total: {sum} > {a}"),
    _p("tenth", _singles, SHARE, "Roughly a tenth of the covered revenue in fiscal {ya} went to {A}.",
       "part: tenth > third", "part: tenth > fifth", exact=False, when=lambda f: 9.5 < f[0].value < 10.5),
    _p("cents", _pairs, "net_margin", "Of every dollar of revenue in fiscal {ya}, {A} kept {a_plain} cents as net "
       "income.", "share: {a_plain} > {b_plain}", "loss: kept > lost", cite=1, when=lambda f: 1 < f[0].value < 60),
    _p("profitable", _pairs, MARGIN, "With {n} at {a} in fiscal {ya}, {A} was more profitable than {B}, where it stood "
       "at {b}.", "comparison: more > less", "swap: {A} <> {B}"),
    _p("margin_moved", _moves, MARGIN, "{As} {n} [widened/narrowed] by {gap} in fiscal {ya}, to {a}.",
       "points: {gap} > {far}", "unit: {gap} > {gap_percent}"),
    _p("swing", _moves, "net_income", "Having earned {b} in fiscal {yb}, {A} lost {a} in fiscal {ya}.",
       "loss: lost > earned", "loss: earned > lost", when=lambda f: f[0].value < 0 < f[1].value),
    _p("return", _moves, "net_income", "{A} was back in the black in fiscal {ya} with net income of {a}; it had lost "
       "{b} the year before.", "loss: black > red", "loss: lost > earned", when=lambda f: f[0].value > 0 > f[1].value),
    _p("deficit", _moves, "net_income", "{As} net loss [narrowed/deepened] to {a} in fiscal {ya}, from {b} a year "
       "earlier.", "loss: net loss > net profit", when=lambda f: f[0].value < 0 and f[1].value < 0),
    _p("only", _one_loss, "net_income", "{A} was the only one of the three to make a loss in fiscal {ya}, one of {a}; "
       "{B} and {C} earned {b} and {c}.", "only: was > was not", "only: {A} <> {B}", "loss: make > avoid", when=bool),
    _p("second", _trios, MONEY, "{B} was second of the three in {n} in fiscal {ya}: its {b} put it behind {A} at {a} "
       "but ahead of {C} at {c}.", "rank: second > last", "rank: second > first", "comparison: behind <> ahead of"),
    _p("neither", _trios, MONEY, "Neither {B} nor {C} matched {As} {a} of {n} in fiscal {ya}: they reached {b} and "
       "{c}.", "comparison: Neither {B} nor {C} matched > {B} and {C} both surpassed"),
    _p("ranged", _trios, MONEY, "Across {B}, {A} and {C}, fiscal {ya} {n} ranged from {c} to {a}.",
       "bound: from {c} > from {b}", "bound: to {a} > to {b}", exact=False),
    _p("stayed", partial(_runs, count=3, best_first=True), MONEY, "From fiscal {from} through fiscal {till}, annual "
       "{n} of {A} stayed between {c} and {a}.", "bound: between {c} > between {b}", "bound: and {a} > and {b}",
       exact=False),
    _p("hedged", _singles, MONEY, "{A} posted [just over/nearly] {near} of {n} in fiscal {ya}.",
       "hedged: {near} > {near_far}", exact=False, turn="hedge", up=lambda f: f[0].value > _near(f[0]),
       when=lambda f: _positive(f) and 0.003 < abs(f[0].value / _near(f[0]) - 1) < 0.025),
    _p("bracketed", _pairs, MONEY, "{A} ({a_bn}) was well clear of {B} ({b_bn}) in {n} in fiscal {ya}.",
       "comparison: clear of > behind", "swap: {A} <> {B}",
       when=lambda f: f[1].value > 1e9 and f[0].value < 1e12 and f[0].value > 1.2 * f[1].value),
    _p("behind", _pairs, MONEY, "Behind {A}, with {n} of {a} in fiscal {ya}, came {B} with {b}.",
       "rank: Behind > Ahead of"),
    _p("saw", _moves, MONEY, "{A} saw its {n} [rise/fall] to {a} in fiscal {ya} from {b} in fiscal {yb}."),
    _p("added", _moves, "revenue", "{A} [added/gave up] {gap} of revenue in fiscal {ya}, taking it to {a}.",
       "difference: {gap} > {far}", when=_clear),
    _p("year_to", _singles, MONEY, "In the year to {month} {ended}, {A} recorded {n} of {a_millions}.",
       "month: {month} > {month_far}"),
    _p("dollars", _singles, "revenue", "{A} turned over {a_plain} billion dollars in {ya}.",
       "currency: dollars > euros", when=lambda f: 1e9 <= f[0].value < 1e12),
    _p("compounded", _singles, "revenue_cagr", "Between fiscal {started} and fiscal {ya}, {As} revenue [grew/shrank] "
       "by an average of {a} a year.", "total: an average of {a} a year > {a} in all", up=lambda f: f[0].value > 0,
       when=lambda f: abs(f[0].value) >= 0.5 and max(f[0].years) > min(f[0].years) + 1),
    _p("twice", _pairs, MONEY, "{a} of {n} was booked by {A} in fiscal {ya}, more than twice the {b} of {B}.",
       "multiple: twice > three times", "multiple: more than > less than",
       when=lambda f: 2.05 < f[0].value / f[1].value < 2.95 and _positive(f)),
    _p("half", _pairs, MONEY, "{Bs} {n} was less than half of {As} in fiscal {ya}.", "multiple: less > more",
       "multiple: half > a quarter", "swap: {Bs} <> {As}", exact=False,
       when=lambda f: 2.05 < f[0].value / f[1].value < 2.95 and _positive(f)),
    _p("running", _runs, MONEY, "{As} {n} rose three years running, from {a} in fiscal {ya} to {b}, {c} and finally "
       "{d} in fiscal {yd}.", "direction: rose > fell", "swap: {b} <> {c}",
       when=lambda f: all(a.value < b.value for a, b in pairwise(f))),
    _p("best", partial(_runs, best_first=True), INCOME, "Of the four years from fiscal {from} to fiscal {till}, the "
       "best for {As} {n} was {ya}, with {a}.", "superlative: best > weakest", "year: was {ya} > was {low_year}",
       "hedged: {a} > {a_far}", exact=False),
    _p("contributed", _trios, "revenue", "Of the {total} in revenue that {A}, {B} and {C} booked in fiscal {ya}, "
       "{part} came from {A}.", "total: {total} > {total_far}", "share: from {A} > from {B}",
       "share: {part} > {part_b}", when=lambda f: f[0].value > 1.02 * f[1].value),
    _p("intensity", _singles, "rd_intensity", "{A} put {a} of its revenue into research and development in fiscal "
       "{ya}."),
    _cited,
)
# fmt: on


def _seen(told: Tale, fact: Fact) -> str | None:
    """The fact's figure as it stands in the text, if it stands there once."""
    for form in _forms(fact).values() if fact in told.shown else ():
        if len(re.findall(rf"(?<![\d.,$]){re.escape(form)}(?!\d)", told.draft.text)) == 1:
            return form
    return None


def _kin(evidence: Evidence, fact: Fact, shown: str) -> list[Fact]:
    """Whole-year figures of the same measure that are surely other ones than the figure shown."""
    same = (f for f in evidence.facts.values() if f.metric == fact.metric and not f.dimensions and _whole(f))
    return [f for f in same if abs(f.value / fact.value - 1) > 0.02 and shown not in _forms(f).values()]


def lies(told: Told, evidence: Evidence, draw: random.Random) -> Iterator[tuple[str, Draft]]:
    """Every kind of lie that the sentence lends itself to and that is false for sure."""
    text, draft = told.draft.text, told.draft
    if isinstance(told, Tale):
        made = [*told.wrong, *(_lies_of_figures(told, evidence, draw) if told.exact else ())]
        yield from ((kind, replace(draft, text=changed)) for kind, changed in dict.fromkeys(made) if changed != text)
    ids = draft.fact_ids or draft.passage_ids
    broken = tuple(f"{i[:-2]}{'00' if i[-2:] != '00' else '11'}" for i in ids)
    if not {*broken} & {*evidence.facts, *evidence.passages}:
        yield "id", replace(draft, fact_ids=broken) if draft.fact_ids else replace(draft, passage_ids=broken)


def _lies_of_figures(told: Tale, evidence: Evidence, draw: random.Random) -> Iterator[tuple[str, str]]:
    text, first = told.draft.text, told.facts[0]
    yield "digit", _other_digit(told, draw)
    scale, other = ("billion", "million") if " billion" in text else ("million", "billion")
    yield "scale", text.replace(f" {scale}", f" {other}", 1)
    yield "currency", text.replace("$", draw.choice("€£"), 1)
    if not (shown := _seen(told, first)):
        return
    entities, kin = {f.entity for f in told.facts}, _kin(evidence, first, shown)
    named = set(evidence.names.values())
    peers = sorted({f.entity for f in kin if f.fiscal_year == first.fiscal_year and f.entity in named} - entities)
    if peers:
        peer, possessive = draw.choice(peers), _s(first.entity)
        old, new = (possessive, _s(peer)) if possessive in text else (first.entity, peer)
        if text.count(first.entity) == 1:
            yield "company", text.replace(old, new)
        name = METRICS.get(first.metric, first.metric.replace("_", " "))
        yield "entity", f"{text[:-1]}; the {name} of {peer} was the same as that of {first.entity}."
    years = {f.fiscal_year for f in kin if f.entity == first.entity}
    moves = [d for d in (-3, -2, 2, 3) if _year(first) + d in years]
    for year in {y for y in first.years if text.count(str(y)) == 1 and y in (first.fiscal_year, max(first.years))}:
        if moves and (year == first.fiscal_year or len(told.facts) == 1):
            yield "year", text.replace(str(year), str(year + draw.choice(moves)))
    if first.metric == "revenue":
        yield "quarter", text.replace("in fiscal", "in the first quarter of fiscal", 1)
    if len(told.facts) > 1 and (second := _seen(told, told.facts[1])) and second != shown:
        yield "swap", _exchanged(text, shown, second)
        one, two = str(first.fiscal_year), str(told.facts[1].fiscal_year)
        if one != two and first.entity == told.facts[1].entity and text.count(one) == text.count(two) == 1:
            yield "order", _exchanged(text, one, two)


def _other_digit(told: Tale, draw: random.Random) -> str:
    """One digit of one figure changed, by enough that no rounding of a cited value gives it."""
    text, kinds = told.draft.text, ("year", numbers.DATE, numbers.COUNT, "loose", "number")
    units = (" cents", " billion dollars", " dollars")
    figures = [t for t in numbers.tokens(text) if t.kind not in kinds or text[t.end :].startswith(units)]
    if not figures:
        return text
    token = draw.choice(figures)
    at = draw.choice([i for i in range(token.start, token.end) if text[i].isdigit()])
    changed = text[:at] + draw.choice([d for d in "123456789" if d != text[at]]) + text[at + 1 :]
    new = next(t for t in numbers.tokens(changed) if t.start == token.start)
    near = abs(new.value - token.value) < 1.5 * token.step
    sure = any(numbers.agrees(token, abs(f.value)) and not numbers.agrees(new, abs(f.value)) for f in told.facts)
    return text if near and not sure else changed
