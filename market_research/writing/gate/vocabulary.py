"""The words that reporters put around figures, by what they do. All other words of a model must be the evidence's.

NEUTRAL words say nothing of the world: they have, show, date, count, attribute and join figures. CLAIMS say how figures
move, compare or rank; they may stand where the cited facts bear them out (``claims``). NEVER are causes, judgements,
forecasts and modes: whatever else a sentence says, the evidence must hold the very word. What figures measure
(MEASURES) must be what a cited fact measures. Verbs and nouns stand in their first form; ``_inflected`` makes others,
irregular ones are listed.
"""

import re
from functools import lru_cache

_FUNCTION = """
a an the this that these those there here it its itself they their them theirs he she his her we our us
of in on at by for from to with within between among across over under per than as and or but while
whereas though although against versus vs into onto upon out off around about through throughout via along
both each either other others another one ones same such which who whom whose where when what how whether
is are was were be been being am has have had having do does did doing s t i e
"""
_REPORTING = """
show report post record register book state disclose publish announce list give present see take bring generate make
reach amount come total stand equal measure run account represent comprise constitute include cover contain hold
achieve attain collect realise realize receive log notch clock tally close end finish tell appear count mark read set
put enter get go keep leave find set use base form carry concern refer relate belong apply work calculate compute derive
pull turn chalk rack file sit lie yield split divide label log
"""
_REPORTING_IRREGULAR = """
totalled totalling equalled equalling labelled sat lay lies filed
showed shown seen saw took taken taking brought made making came coming stood held given gave giving ran running told
putting setting got went gone kept left found had having using
"""
_ATTRIBUTION = """
accord say note write quote cite describe describing source filing document statement release account text passage
wording word paper line sentence reader disclosure verbatim ledger account data dataset statistic
remark observe comment publication footnote
"""
_ATTRIBUTION_IRREGULAR = "said wrote written writing citing quoting according"
_TIME = """
fiscal financial annual annually yearly calendar year quarter half month week day date period time decade span
then now once later earlier previous previously prior preceding before after following subsequent ago since until till
during ended ending beginning began begun start started latest recent last current past first second third final
consecutive successive straight row
january february march april may june july august september october november december
"""
_JOINING = """
compare compared comparing comparison contrast meanwhile also too respective respectively turn alongside beside
together apart relative counterpart side overall separately further again namely hand case term part own
"""
_QUANTITY = """
figure number amount value level sum unit worth equivalent size dollar euro pound yen franc cent percent percentage
point billion million thousand trillion hundred bn mn tn hundredth basis times zero two three four five six seven eight
nine ten eleven twelve half third quarter fifth sixth seventh eighth ninth tenth part whole full
roughly approximately nearly almost some exactly precisely just exact round rounded all every any several
many much few no not quite short close
company companies firm group business enterprise corporation maker player rival competitor peer pair apiece alone circa
"""
_PLACE_NOUNS = "place rank ranking position order list field table end"

# Movement: what went up or down between two times. The direction is the key of the cited facts.
UP = """
rise rose risen rising grow grew grown growing gain increase climb jump surge improve expand advance add soar widen
growth growths higher up double triple quadruple upward
"""
DOWN = """
fall fell fallen falling drop dropped dropping decline decrease shrink shrank shrunk shrinking contract reduce slide
slid sliding down slip slipped slipping slump plunge narrow lose lost losing shed halve dip dipped downward reduction
contraction
"""
# Order: which of two is larger.
MORE = """
more higher larger greater bigger wider faster ahead above over exceed exceeded lead led leading leads top topped
surpass overtake overtook overtaken outsell outsold outgrow outgrew outpace outearn outspend outspent beat beats beaten
upper followed eclipse outstrip outrank outdo outdid
"""
LESS = "less lower smaller fewer narrower slower behind below under trail lag lagged lagging"
TOP = "largest biggest highest greatest widest fastest most"
BOTTOM = "smallest lowest narrowest slowest fewest least"
# Calculations: a sum, a mean, a part, a distance.
CALCULATED = """
gap difference distance lead advantage shortfall combined combine joint jointly aggregate altogether average averaging
mean multiple ratio double twice thrice tenfold fold triple contribute contribution account share part
sum add range spread spanned
"""

NEVER = frozenset(
    """
because cause caused causes causing due owing thanks thank hence thus therefore so consequently result resulted
resulting reflect reflects reflected reflecting reason driven drive drives driving drove fueled fuelled boosted boost
helped help hurt hit thereby amid despite notwithstanding nevertheless nonetheless regardless attributable
will would shall should can could may might must ought cannot likely unlikely probably possibly perhaps maybe expect
expects expected expecting forecast forecasts predict predicts predicted anticipate anticipates anticipated
plan plans planned intend intends intended aim aims target targets project projects projected outlook soon tomorrow
future if unless warn warns warned hope hopes believe believes think fear fears suggest suggests suggesting imply
implies indicate indicates signal signals prove proves proving
good bad better best worse worst strong stronger strongest weak weaker weakest impressive disappointing remarkable
robust healthy solid poor excellent great outstanding stellar dismal dramatic dramatically sharply steeply strongly
significantly substantially considerably massively hugely comfortably easily clearly surprisingly fortunately
unfortunately successful successfully failed dominant dominate dominates dominating superior inferior efficient
inefficient attractive ideal leader winner loser safe unsafe risky record ever only even merely mere always never
already still
""".split()
)
"""Words of cause, mode, forecast and judgement. Other words are not neutral for not being here."""

FORECAST = re.compile(
    r"\b(?:to (?:come|follow|rise|grow|gain|increase|climb|jump|surge|improve|expand|advance|soar|widen|fall|drop"
    r"|decline|decrease|shrink|contract|slide|slip|slump|plunge|narrow|double|triple|halve)"
    r"|(?:set|bound|poised|about|ready|yet) to"
    r"|in (?:the )?(?:coming|next)|ahead(?! of\b)(?=\s*[.,;]|$))\b",
    re.IGNORECASE,
)
"""What is to be: "is set to climb", "with more to come"."""

MEASURES: dict[str, str] = {
    "revenue": r"revenues?|sales|turnover|turned over|top[ -]line|sells?|sold|selling",
    "net_income": r"net (?:income|profits?|loss(?:es)?|earnings)|earnings|earn(?:s|ed|ing)?|bottom[ -]line|net loss"
    r"|(?<!operating )(?<!gross )(?<!per share )profits?(?! margin)(?! share)|(?<!operating )loss(?:es)?",
    "operating_income": r"operating (?:income|profits?|loss(?:es)?|earnings|result)",
    "gross_profit": r"gross profits?",
    "market_share": r"(?<!per )(?<!market )shares?(?! of (?:profit|stock))|market shares?",
    "net_margin": r"net (?:profit )?margins?|profit margins?",
    "operating_margin": r"operating margins?",
    "gross_margin": r"gross margins?",
    "research_and_development": r"research and development(?: spending| expenses?| costs?)?|R&D(?: spending)?",
    "free_cash_flow": r"free cash flows?",
    "operating_cash_flow": r"operating cash flows?|cash flows? from operations",
    "capital_expenditure": r"capital expenditures?|capital spending|capex",
    "total_assets": r"total assets",
    "cost_of_revenue": r"costs? of (?:revenue|sales|goods sold)",
    "operating_expenses": r"operating expenses",
    "income_tax": r"income tax(?:es)?",
    "dividends_paid": r"dividends?(?: paid)?",
    "share_repurchases": r"share (?:repurchases|buybacks)|buybacks",
}
"""What words call the measures that sentences are mostly about. Others are called by the name of their metric."""

_VERBS = ("ing", "ed", "s")


def _inflected(words: str) -> set[str]:
    """Regular forms: reports, reported, reporting; comes, coming; tallies, tallied."""
    forms: set[str] = set()
    for word in words.split():
        forms |= {word, f"{word}s"}
        if word.endswith("e"):
            forms |= {f"{word}d", f"{word[:-1]}ing"}
        elif word.endswith("y") and word[-2] not in "aeiou":
            forms |= {f"{word[:-1]}ies", f"{word[:-1]}ied", f"{word}ing"}
        else:
            forms |= {f"{word}ed", f"{word}ing"}
            if word.endswith(("s", "sh", "ch", "x", "z")):
                forms.add(f"{word}es")
    return forms


NEUTRAL = frozenset(
    {
        *_FUNCTION.split(),
        *_inflected(_REPORTING),
        *_REPORTING_IRREGULAR.split(),
        *_inflected(_ATTRIBUTION),
        *_ATTRIBUTION_IRREGULAR.split(),
        *_inflected(_TIME),
        *_JOINING.split(),
        *_inflected(_QUANTITY),
        *_PLACE_NOUNS.split(),
    }
) - (NEVER - {"may"})
MOVING_UP, MOVING_DOWN = frozenset(_inflected(UP)), frozenset(_inflected(DOWN))
HIGHER, LOWER = frozenset(_inflected(MORE)), frozenset(_inflected(LESS))
HIGHEST, LOWEST = frozenset(TOP.split()), frozenset(BOTTOM.split())
DERIVED = frozenset(_inflected(CALCULATED))
CLAIMS = MOVING_UP | MOVING_DOWN | HIGHER | LOWER | HIGHEST | LOWEST | DERIVED

_PATTERNS = {metric: re.compile(rf"\b(?:{words})\b", re.IGNORECASE) for metric, words in MEASURES.items()}


@lru_cache(maxsize=4096)
def measures(text: str) -> tuple[tuple[str, int, int], ...]:
    """Every measure that a text names, with its place; of two that overlap the longer."""
    found = [(m, one.start(), one.end()) for m, pattern in _PATTERNS.items() for one in pattern.finditer(text)]
    return tuple(
        (m, start, end)
        for m, start, end in sorted(found, key=lambda one: one[1])
        if not any(
            ((a, b) != (start, end) and a <= start and end <= b) or (a < end and start < b and b - a > end - start)
            for other, a, b in found
        )
    )


@lru_cache(maxsize=4096)
def of_metric(metric: str) -> frozenset[str]:
    """What a fact's metric may be called: "revenue_growth" is also of revenue, "panel_share" a share."""
    parts = set(metric.split("_"))
    found = {known for known in MEASURES if known == metric or set(known.split("_")) <= parts}
    if "share" in parts:
        found.add("market_share")
    if "margin" in parts and not found:
        found |= {"net_margin"}
    return frozenset(found)
