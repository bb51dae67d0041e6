"""The mean of scores with an interval that few reviews make wide."""

import polars as pl

METHOD = "mean of the scores; 95 % interval by Student's t, the spread drawn towards 0.5 as by two more reviews"
PRIOR_SPREAD, PRIOR_REVIEWS = 0.5, 2
_T = 1.96


def interval(score: pl.Expr) -> dict[str, pl.Expr]:
    """``score``, ``low`` and ``high`` of a group's scores, within −1 and 1.

    Two equal reviews have no spread of their own, but say little: hence the prior spread.
    """
    count, mean = score.count(), score.mean()
    squares = ((score - mean) ** 2).sum() + PRIOR_REVIEWS * PRIOR_SPREAD**2
    freedom = count - 1 + PRIOR_REVIEWS
    # Cornish and Fisher's expansion of the quantile of Student's t.
    quantile = _T + (_T**3 + _T) / (4 * freedom) + (5 * _T**5 + 16 * _T**3 + 3 * _T) / (96 * freedom**2)
    half = quantile * (squares / freedom / count).sqrt()
    return {
        "score": mean.round(4),
        "low": (mean - half).clip(-1, 1).round(4),
        "high": (mean + half).clip(-1, 1).round(4),
    }
