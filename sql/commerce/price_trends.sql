-- Where the price of each offer went in the 90 days up to its newest one: `increasing` or `decreasing` from 1 percent, else `stable`.
-- `trend` is null where nothing is known of 90 days before. Amounts in the currency of the request; the change, in percent, is of the
-- prices as stated where both are in one currency.
WITH known AS (
    SELECT industry, product_id, observed_at, amount, price, currency, document_id, locator FROM product_prices
    WHERE NOT is_absurd AND amount > 0
),
newest AS (
    SELECT k.* FROM known AS k
    SEMI JOIN (SELECT product_id, max(observed_at) AS observed_at FROM known GROUP BY product_id) AS l
        ON l.product_id = k.product_id AND l.observed_at = k.observed_at
)
SELECT
    n.industry, n.product_id, n.amount AS price, n.observed_at, e.amount AS earlier_price, e.observed_at AS earlier_at,
    CASE WHEN n.currency = e.currency THEN 100.0 * (n.price - e.price) / e.price ELSE 100.0 * (n.amount - e.amount) / e.amount END
        AS change_pct,
    CASE WHEN change_pct >= 1 THEN 'increasing' WHEN change_pct <= -1 THEN 'decreasing' WHEN change_pct IS NOT NULL THEN 'stable' END
        AS trend,
    t.currency, n.price AS stated_price, n.currency AS stated_currency, e.price AS earlier_stated_price,
    e.currency AS earlier_stated_currency,
    n.document_id, n.locator, e.document_id AS earlier_document_id, e.locator AS earlier_locator
FROM newest AS n
CROSS JOIN reference.commerce_terms AS t
ASOF LEFT JOIN known AS e ON e.product_id = n.product_id AND n.observed_at - INTERVAL 90 DAY >= e.observed_at
ORDER BY n.product_id
