-- One's own price of a product against each equivalent offer of others, at the newest price of both, in the request's currency.
-- `gap` is one's own price less the other's, `gap_pct` in percent of the other's. `match_confidence` says how sure it is that
-- they are one product; below 0.80 `needs_review` holds, and the gap weighs as little as that in `price_positions`.
WITH newest AS (
    SELECT p.product_id, p.amount, p.price, p.currency, p.observed_at, p.document_id, p.locator
    FROM product_prices AS p
    SEMI JOIN (
        SELECT product_id, max(observed_at) AS observed_at FROM product_prices
        WHERE NOT is_absurd AND amount > 0
        GROUP BY product_id
    ) AS l ON l.product_id = p.product_id AND l.observed_at = p.observed_at
),
pairs AS (
    SELECT product_a AS product_id, product_b AS other_id, confidence, status FROM reference.product_matches
    UNION ALL
    SELECT product_b, product_a, confidence, status FROM reference.product_matches
),
-- Made first: joined by their tenant, all offers would meet all others.
own AS MATERIALIZED (
    SELECT p.industry, p.tenant, p.product_id, p.name, m.other_id, m.confidence, m.status
    FROM pairs AS m JOIN products AS p ON p.product_id = m.product_id AND p.is_own
    WHERE m.status <> 'rejected'
)
SELECT
    m.industry, m.tenant, m.product_id, m.name, m.other_id, o.marketplace AS other_marketplace, o.seller AS other_seller,
    o.name AS other_name, mine.amount AS price, theirs.amount AS other_price, mine.amount - theirs.amount AS gap,
    100.0 * (mine.amount - theirs.amount) / theirs.amount AS gap_pct, t.currency,
    m.confidence AS match_confidence, m.status = 'review' AS needs_review,
    mine.price AS stated_price, mine.currency AS stated_currency,
    theirs.price AS other_stated_price, theirs.currency AS other_stated_currency,
    mine.observed_at, theirs.observed_at AS other_observed_at,
    mine.document_id, mine.locator, theirs.document_id AS other_document_id, theirs.locator AS other_locator
FROM own AS m
JOIN products AS o ON o.product_id = m.other_id AND NOT o.is_own AND o.tenant = m.tenant
JOIN newest AS mine ON mine.product_id = m.product_id
JOIN newest AS theirs ON theirs.product_id = m.other_id
CROSS JOIN reference.commerce_terms AS t
ORDER BY m.product_id, abs(gap_pct) DESC, m.other_id
