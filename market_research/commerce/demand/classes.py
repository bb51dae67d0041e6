"""Kinds of demand by how often and how evenly pieces are sold.

Syntetos, Boylan and Croston, "On the categorization of demand patterns", 2005: the mean interval between days with
demand (ADI, cut at 1.32) and the squared coefficient of variation of what is sold on them (CV², cut at 0.49).
"""

import numpy as np
from numpy.typing import NDArray

from market_research.commerce.demand.arrays import Floats, mean_known, ratio

SMOOTH, ERRATIC, INTERMITTENT, LUMPY = "smooth", "erratic", "intermittent", "lumpy"
LONG_INTERVAL, HIGH_VARIATION = 1.32, 0.49


def demand_classes(quantity: Floats) -> NDArray[np.str_]:
    """The class of each series (series, days; NaN where demand is not known). Without any demand: lumpy."""
    sold = np.where(quantity > 0, quantity, np.nan)
    days, active = (~np.isnan(quantity)).sum(axis=1), (quantity > 0).sum(axis=1)
    interval = np.divide(days, active, out=np.full(len(days), np.inf), where=active > 0)
    mean = mean_known(sold, 1)
    variation = ratio(mean_known((sold - mean[:, None]) ** 2, 1), mean**2)
    rare, uneven = interval >= LONG_INTERVAL, ~(variation < HIGH_VARIATION)
    return np.select(
        [rare & uneven, rare, uneven], [LUMPY, INTERMITTENT, ERRATIC], SMOOTH
    )  # fmt: skip
