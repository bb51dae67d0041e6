"""Words of the simulated shop: brands and products that do not exist, and what simulated buyers say of them."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from numpy.random import Generator

BRANDS = ("Alderkin", "Birchway", "Cedarhome", "Dunmoor", "Elmstead", "Fernhall", "Gorsely")
KINDS = (
    "electric kettle", "two-slot toaster", "hand blender", "coffee grinder", "digital kitchen scale", "vacuum flask",
    "desk lamp", "fan heater", "handheld vacuum", "travel iron",
)  # fmt: skip
TRAITS = ("brushed steel", "matt black", "with timer", "compact", "quiet motor", "1.7 litres", "cordless", "white")
# What is spoken of, how it is praised, how it is blamed.
_ASPECTS = (
    ("the battery", "is excellent and lasts for days", "is terrible and dies after an hour"),
    ("the handle", "is solid and comfortable", "broke in the first week"),
    ("the lid", "is great and closes tightly", "is bad and leaks whenever it is full"),
    ("the noise", "is pleasant and low", "is awful and wakes up the whole house"),
    ("the delivery", "was good and quick", "was poor and took three weeks"),
    ("the price", "is fair", "is far too high for this"),
    ("the cord", "is nice and long", "is annoying and much too short"),
    ("the finish", "looks lovely", "is ugly and scratches at once"),
)
_GOOD = ("Very happy with this {kind}.", "Great {kind}, I would buy it again.", "Does what it should, and well.")
_MIDDLING = ("It is all right.", "An average {kind}.", "Neither good nor bad.")
_BAD = ("Very disappointed.", "I sent this {kind} back.", "A waste of money.")
_REQUESTS = (
    "I wish it had a longer cord.", "It would be nice if the lid came off for cleaning.",
    "Please add a light that shows when it is on.", "I wish there were a smaller size.",
)  # fmt: skip
SPAM = (
    "Best deals on all brands at http://deals.example.com and http://more.example.com click now and win a voucher",
    "Visit www.example.com for free gift cards!!!!!! Limited offer, click here, click here, click here now",
    "CHEAP FOLLOWERS AND LIKES, WRITE TO US TODAY AT http://likes.example.com, MONEY BACK, NO RISK, ACT NOW",
)


def review_text(stars: int, kind: str, rng: "Generator") -> str:
    """What a buyer who gives so many stars says: a verdict, two aspects, sometimes a wish."""
    opening = _GOOD if stars >= 4 else _MIDDLING if stars == 3 else _BAD
    parts = [opening[int(rng.integers(len(opening)))].format(kind=kind)]
    for at in rng.choice(len(_ASPECTS), size=2, replace=False):
        aspect, praise, blame = _ASPECTS[int(at)]
        praised = rng.random() < (stars - 1) / 4
        parts.append(f"{aspect[0].upper()}{aspect[1:]} {praise if praised else blame}.")
    if rng.random() < 0.15:
        parts.append(_REQUESTS[int(rng.integers(len(_REQUESTS)))])
    return " ".join(parts)


# The same opinions in words that came into fashion later: praise that sounds like blame, and blame like praise.
_LATER_GOOD = ("Sick {kind}, it slaps.", "This {kind} is insane, no cap.", "Wicked thing, dead serious.")
_LATER_MIDDLING = ("Mid.", "It gives beige, nothing else.", "Kind of meh, whatever.")
_LATER_BAD = ("Wow, what a lovely paperweight.", "Great {kind}, if one likes surprises.", "Nice, ratio'd by a {kind}.")
_LATER_ASPECTS = (
    ("the battery", "goes stupid hard", "is on holiday most of the day"),
    ("the handle", "is built different", "has other plans than mine"),
    ("the lid", "does not miss", "enjoys a good shower"),
    ("the noise", "is lowkey gone", "could headline a festival"),
    ("the delivery", "was no joke", "took the scenic route"),
    ("the price", "is a steal", "is a comedy"),
)


def later_review_text(stars: int, kind: str, rng: "Generator") -> str:
    """As ``review_text``, in the later fashion."""
    opening = _LATER_GOOD if stars >= 4 else _LATER_MIDDLING if stars == 3 else _LATER_BAD
    parts = [opening[int(rng.integers(len(opening)))].format(kind=kind)]
    for at in rng.choice(len(_LATER_ASPECTS), size=2, replace=False):
        aspect, praise, blame = _LATER_ASPECTS[int(at)]
        praised = rng.random() < (stars - 1) / 4
        parts.append(f"{aspect[0].upper()}{aspect[1:]} {praise if praised else blame}.")
    return " ".join(parts)
