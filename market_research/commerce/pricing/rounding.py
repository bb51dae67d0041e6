"""Prices as shops write them."""

import math

ENDINGS = {"0.99": 0.99, "0.95": 0.95}
STEPS = {"0.05": 0.05, "1": 1.0, "none": 0.01}


def rounded(price: float, rule: str, *, least: float = 0.0, most: float = math.inf) -> float | None:
    """The price nearest to ``price`` that the rule allows and that lies from ``least`` to ``most``; None if none does.

    >>> rounded(20.3, "0.99"), rounded(20.3, "0.99", least=20.0), rounded(20.31, "0.05"), rounded(20.3, "1", most=20.2)
    (19.99, 20.99, 20.3, 20.0)
    """
    step, offset = (1.0, ENDINGS[rule]) if rule in ENDINGS else (STEPS[rule], 0.0)
    at = round((price - offset) / step)
    first, last = math.ceil((least - offset) / step - 1e-9), at + 1
    if most < math.inf:
        last = math.floor((most - offset) / step + 1e-9)
    if first > last:
        return None
    made = round(min(max(at, first), last) * step + offset, 2)
    return made if made > 0 else None
