"""Two catalogues of so many products each, made up with a fixed seed: how matching grows with their size.

A product is a brand, a kind of good, a model number, a colour, a size and a price. Half of the products of the second
shop are the first's, told by other words: the model number with other separators, or at its end, or left out for one in
ten; words in another order; the price up to a fifth away. The other half are products of their own, of the same brands
and kinds. One in three offers states its model and one in five carries a trade item number. There are as many brands
and kinds of goods as 20,000 products of a real shop have, or fewer for a smaller one, in proportion to the square root.
"""

import math
import random

import polars as pl

from market_research.commerce.matching.normalising import OFFERS

_KINDS = (
    "speaker headphones keyboard mouse monitor printer scanner router switch cable adapter charger battery case stand "
    "mount projector camera lens tripod microphone turntable receiver amplifier radio phone tablet laptop drive card "
    "reader hub dock webcam headset remote antenna toner cartridge paper pen stapler shredder chair desk lamp fan "
    "heater mixer kettle toaster blender oven grill vacuum iron washer dryer fridge freezer"
).split()
_ADJECTIVES = (
    "wireless portable compact digital professional slim heavy-duty premium classic ultra mini dual rugged universal "
    "optical ergonomic stereo rechargeable adjustable stainless"
).split()
_COLOURS = "black white silver red blue green grey pink gold titanium".split()
_SYLLABLES = "ka lo mi ren sol tor ven zan bel dor fin gar hil jun kem lar mon nor pol qua".split()


def catalogues(products: int, seed: int = 5) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Offers of two shops (``OFFERS``), and the pairs that are one product: product_a, product_b."""
    draw = random.Random(seed)
    brands = sorted({"".join(draw.choices(_SYLLABLES, k=3)).title() for _ in range(int(6 * math.sqrt(products)))})
    rows, same = [], []
    for at in range(products):
        good = _good(draw, brands)
        rows.append((f"a{at:06}", "first", *_offer(draw, good)))
        if at % 2 == 0:
            rows.append((f"b{at:06}", "second", *_offer(draw, good, other=True)))
            same.append((f"a{at:06}", f"b{at:06}"))
        else:
            rows.append((f"b{at:06}", "second", *_offer(draw, _good(draw, brands), other=True)))
    return pl.DataFrame(rows, schema=OFFERS, orient="row"), pl.DataFrame(same, ["product_a", "product_b"], orient="row")


def _good(draw: random.Random, brands: list[str]) -> dict[str, object]:
    series = "".join(draw.choices("ABCDEFGHKLMNPRSTVWX", k=draw.choice((2, 3))))
    body = f"{draw.randrange(10**11, 10**12)}"
    digits = f"0{body}"
    check = -sum(int(digit) * (3 if at % 2 == 0 else 1) for at, digit in enumerate(digits)) % 10
    return {
        "brand": draw.choice(brands), "kind": draw.choice(_KINDS), "colour": draw.choice(_COLOURS),
        "words": draw.sample(_ADJECTIVES, 3), "series": series, "number": f"{draw.randrange(10, 10_000)}",
        "size": f"{draw.choice((2, 4, 8, 16, 32, 64))} {draw.choice(('GB', 'inch', 'W', 'pack'))}",
        "price": round(math.exp(draw.uniform(1.5, 7)), 2), "gtin": f"{digits}{check}"[-13:],
    }  # fmt: skip


def _offer(draw: random.Random, good: dict[str, object], other: bool = False) -> tuple[object, ...]:
    model = f"{good['series']}{draw.choice(('-', ' ', '')) if other else ''}{good['number']}"
    words = [str(good["kind"]), str(good["colour"]), str(good["size"]), *draw.sample(good["words"], 2)]  # type: ignore[call-overload]
    draw.shuffle(words)
    if not other or draw.random() < 0.9:
        words.insert(draw.choice((0, len(words))), model)
    name = " ".join([str(good["brand"]), *words])
    price = float(good["price"]) * (draw.uniform(0.8, 1.2) if other else 1)  # type: ignore[arg-type]
    return (
        name,
        good["brand"],
        model if draw.random() < 0.33 else None,
        good["gtin"] if draw.random() < 0.2 else None,
        good["kind"],
        None,
        round(price, 2),
    )
