"""Words that say how numbers move and compare. What they claim is checked elsewhere; here is only which words do."""

import re

_UP = (
    r"rose|rise[sn]?|rising|grew|grow(?:s|n|ing)?|gain(?:ed|s|ing)?|increas(?:e|ed|es|ing)|widen(?:ed|s|ing)?"
    r"|climb(?:ed|s"
    r"|ing)?|jump(?:ed|s)?|surg(?:ed|es|ing)|improv(?:ed|es|ing)|deepen(?:ed|s|ing)?|expand(?:ed|s|ing)"
    r"|advanc(?:ed|es)|added|up|soar(?:ed|s)?"
)
_DOWN = (
    r"fell|fall(?:s|en|ing)?|drop(?:ped|s)?|declin(?:e|ed|es|ing)|decreas(?:e|ed|es|ing)|shr[aiu]nk"
    r"|contract(?:ed|s|ion)"
    r"|narrow(?:ed|s|ing)|reduc(?:ed|es)|slid|slipped|slump(?:ed|s)?|plung(?:ed|es)|down|gave up"
)
# A verb of movement with only such words between it and its number: "rose by 3%", "fell to about $2 billion".
_LINK = (
    r"by|to|from|of|a|an|the|about|around|roughly|some|only|just|nearly|almost|more|less|than|over|under"
    r"|another|further"
    r"|sharply|slightly|steadily|strongly|again|as|much|at|total|average|rate"
)
MOVES = re.compile(
    rf"\b(?:(?P<up>{_UP})|(?P<down>{_DOWN}))\b(?P<between>(?:\s+(?:{_LINK})\b){{0,4}}\s*)$", re.IGNORECASE
)
# The same with other words between: "rose over the four years by an average of".
MOVES_NEAR = re.compile(rf"\b(?:(?P<up>{_UP})|(?P<down>{_DOWN}))\b", re.IGNORECASE)
UP, DOWN = _UP, _DOWN
# Words with which a negative figure may be stated by its size.
NEGATIVE = re.compile(
    r"\b(?:fell|fall|falls|fallen|falling|drop(?:ped|s)?|declin(?:e|ed|es|ing)|decreas(?:e|ed|es|ing)"
    r"|shr[aiu]nk|lost|loss"
    r"|losses|lower|less|below|under|down|short(?:fall)?|behind|contract(?:ed|ion)|cut|cost|negative|narrow(?:ed|er)"
    r"|reduc(?:e|ed|es|ing)|trail(?:s|ed)?|lag(?:s|ged)?|slow(?:ed|er)|gave up|worse)\b",
    re.IGNORECASE,
)
# The same for a level (an income, a margin): that it moved down does not make it negative.
LOSS = re.compile(
    r"\b(?:lost|lose[sd]?|loss|losses|negative|short(?:fall)?|deficit|minus|red|burn(?:ed|s)?)\b", re.IGNORECASE
)

EVERY_DOLLAR = re.compile(r"\b(?:every|each|a|per|the|one)\s+(?:\w+\s+)?(?:dollar|euro|pound)\b", re.IGNORECASE)
# Verbs of whose profit it is: kept or lost.
OWN = re.compile(r"\b(?:kept|keep[s]?|earned|retain(?:ed|s)|made|left|lost|loses?|burn(?:ed|s))\b", re.IGNORECASE)
EARLIER = re.compile(
    r"\b(?:(?:a|one) year (?:earlier|before)|the (?:year before|(?:previous|prior|preceding) (?:fiscal )?year))\b",
    re.IGNORECASE,
)
LATER = re.compile(
    r"\b(?:(?:a|one) year (?:later|after)|the (?:year after|(?:following|next|subsequent) (?:fiscal )?year))\b",
    re.IGNORECASE,
)

MORE = (
    r"more than|(?<!turned )(?<!turns )(?<!turning )(?<!turn )over|above|at least|no less than|not less than"
    r"|exceed(?:s|ed|ing)"
    r"|topp?(?:ed|s)|surpass(?:ed|es)|passed|crossed|upwards of|north of|in excess of"
)
LESS = (
    r"less than|under|below|at most|no more than|not more than|up to|south of|nearly|almost|close to"
    r"|just short of|fewer than|not quite"
)
# A bound; "more than the $2 billion of IBM" names another figure, "at or below 5%" its own.
BOUND = re.compile(rf"(?<!\bor )\b(?:(?P<more>{MORE})|(?P<less>{LESS}))\s+$", re.IGNORECASE)
# Bounds that are said to be near.
CLOSE = re.compile(
    r"\b(?:nearly|almost|close to|just short of|(?:just|slightly|a little|barely)\s+(?:over|above|under|below|more than"
    r"|less than))\s+$",
    re.IGNORECASE,
)
# Of two levels beside a change: where it led, and where it began.
ENDS_AT = re.compile(r"\b(?:to|at|reach(?:ed|ing)|taking (?:it|them) to)\s+(?:about\s+|roughly\s+)?$", re.IGNORECASE)
STARTS_AT = re.compile(r"\bfrom\s+(?:about\s+|roughly\s+)?$", re.IGNORECASE)
RANGE = re.compile(r"\b(?:rang(?:ed|es?|ing)|spread|spanned)\b[^.;]*?\b(?:from|between)\s*$", re.IGNORECASE)
# Between two numbers: which of them is said to be the larger.
HIGHER = re.compile(
    r"\b(?:faster|higher|more|larger|greater|bigger|better|above|over|ahead|wider|stronger|exceed(?:s|ed|ing)?)\b",
    re.IGNORECASE,
)
LOWER = re.compile(
    r"\b(?:slower|lower|less|smaller|fewer|worse|below|under|behind|narrower|weaker|short)\b", re.IGNORECASE
)
TOP = re.compile(
    r"\b(?:largest|biggest|highest|fastest|strongest|widest|greatest|most profitable|leads? (?:the|all)|led (?:the|all)"
    r"|tops?(?![ -]line)|topped|first place|number one)\b",
    re.IGNORECASE,
)
BOTTOM = re.compile(r"\b(?:smallest|lowest|slowest|weakest|narrowest|least profitable|last place)\b", re.IGNORECASE)
# "Second-largest": a place of its own.
ORDINAL = re.compile(r"\b(?:second|third|fourth|fifth|sixth)[ -]$", re.IGNORECASE)
MULTIPLE = re.compile(
    r"\b(?:(?P<more>more than|over|at least)\s+|(?P<near>nearly|almost|about|close to|roughly)\s+"
    r"|(?P<less>less than|under|not quite)\s+)?"
    r"(?P<word>doubled|doubling|tripled|tripling|trebled|quadrupled|quintupled|halved|halving|twice|thrice"
    r"|(?:two|three|four|five|six|seven|eight|nine|ten)-?fold)\b",
    re.IGNORECASE,
)
FACTORS = {
    "doubled": 2, "doubling": 2, "twice": 2, "twofold": 2, "tripled": 3, "tripling": 3, "trebled": 3, "thrice": 3,
    "threefold": 3, "quadrupled": 4, "fourfold": 4, "quintupled": 5, "fivefold": 5, "sixfold": 6, "sevenfold": 7,
    "eightfold": 8, "ninefold": 9, "tenfold": 10, "halved": 0.5, "halving": 0.5,
}  # fmt: skip


def factor(word: str) -> float:
    """``doubled`` is 2, ``three-fold`` 3, ``halved`` 0.5."""
    return float(FACTORS[word.lower().replace("-", "")])
