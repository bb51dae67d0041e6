-- Prices over time of the own offer whose equivalents moved most in the last 90 days, and of these: what a price history shows.
-- `is_alert` marks a change above the request's `alert_pct`. Amounts in the currency of the request.
WITH moved AS (
    SELECT g.product_id, abs(a.change_pct) * g.match_confidence AS weight
    FROM price_gaps AS g
    JOIN price_alerts AS a ON a.product_id = g.other_id
    WHERE NOT g.needs_review
    QUALIFY a.observed_at > max(a.observed_at) OVER () - INTERVAL 90 DAY
),
watched AS (SELECT product_id FROM moved ORDER BY weight DESC, product_id LIMIT 1),
shown AS (
    SELECT w.product_id AS own_id, w.product_id FROM watched AS w
    UNION
    SELECT w.product_id, g.other_id FROM watched AS w JOIN price_gaps AS g USING (product_id) WHERE NOT g.needs_review
)
SELECT
    p.industry, s.own_id, p.product_id, p.observed_at, p.amount AS price, a.product_id IS NOT NULL AS is_alert, t.currency,
    p.price AS stated_price, p.currency AS stated_currency,
    p.document_id, p.locator
FROM product_prices AS p
JOIN shown AS s USING (product_id)
CROSS JOIN reference.commerce_terms AS t
LEFT JOIN price_alerts AS a ON a.product_id = p.product_id AND a.observed_at = p.observed_at
WHERE NOT p.is_absurd AND p.amount > 0
QUALIFY row_number() OVER (PARTITION BY p.product_id ORDER BY p.observed_at DESC) <= 60
ORDER BY s.own_id, p.product_id, p.observed_at
