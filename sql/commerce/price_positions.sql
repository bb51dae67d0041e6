-- Where one's own price of a product stands among its equivalents: their median, each weighing as much as its match is sure
-- (where two prices share the middle, their mean).
-- `gap` and `gap_pct` are against that median. `confidence` (0 to 100) is the mean certainty of the matches, less where
-- there are few of them: three or more count in full.
WITH ordered AS (
    SELECT
        *,
        sum(match_confidence) OVER (PARTITION BY product_id ORDER BY other_price, other_id) AS below,
        sum(match_confidence) OVER (PARTITION BY product_id) AS whole
    FROM price_gaps
)
SELECT
    industry, tenant, product_id, any_value(name) AS name, any_value(price) AS price, any_value(currency) AS currency,
    count(*) AS equivalents, count(*) FILTER (needs_review) AS in_review,
    min(other_price) AS lowest, max(other_price) AS highest,
    (
        min(other_price) FILTER (below >= whole / 2 - 1e-9) + min(other_price) FILTER (below > whole / 2 + 1e-9)
    ) / 2 AS market_median,
    any_value(price) - market_median AS gap,
    100.0 * (any_value(price) - market_median) / market_median AS gap_pct,
    1 + count(*) FILTER (other_price < price) AS rank_from_cheapest,
    100.0 * avg(match_confidence) * least(1.0, count(*) / 3.0) AS confidence,
    list(other_id ORDER BY other_id) AS other_ids
FROM ordered
GROUP BY industry, tenant, product_id
ORDER BY product_id
