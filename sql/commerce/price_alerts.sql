-- Changes of a price from one moment to the next by more than the request's `alert_pct` (5 percent if it says nothing).
-- Percent of the old price; amounts in the currency of the request. Prices that are absurd or without a rate do not count.
WITH steps AS (
    SELECT
        industry, product_id, observed_at,
        amount AS new_price,
        lag(amount) OVER step AS old_price,
        lag(observed_at) OVER step AS old_observed_at,
        lag(document_id) OVER step AS old_document_id,
        lag(locator) OVER step AS old_locator,
        document_id, locator
    FROM product_prices
    WHERE NOT is_absurd AND amount > 0
    WINDOW step AS (PARTITION BY product_id ORDER BY observed_at)
)
SELECT
    s.industry, s.product_id, p.marketplace, p.name, p.is_own, s.old_observed_at, s.observed_at, s.old_price, s.new_price,
    100.0 * (s.new_price - s.old_price) / s.old_price AS change_pct,
    t.currency,
    s.old_document_id, s.old_locator, s.document_id, s.locator
FROM steps AS s
CROSS JOIN reference.commerce_terms AS t
LEFT JOIN products AS p USING (product_id)
WHERE s.old_price IS NOT NULL AND abs(s.new_price - s.old_price) > t.alert_pct / 100.0 * s.old_price
ORDER BY s.observed_at DESC, abs(change_pct) DESC, s.product_id
