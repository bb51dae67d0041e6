-- Changes of a price from one moment to the next by more than the request's `alert_pct` (5 percent if it says nothing).
-- Amounts in the currency of the request; `change_pct` is of the old price, as both were stated where that is in one currency, and a
-- price whose amount only a rate of exchange moved is no alert. Prices that are absurd or without a rate do not count.
WITH steps AS ( -- Where the prices stand is looked up for the few that are alerts.
    SELECT
        product_id, observed_at, amount AS new_price,
        lag(amount) OVER step AS old_price, lag(observed_at) OVER step AS old_observed_at
    FROM product_prices
    WHERE NOT is_absurd AND amount > 0
    WINDOW step AS (PARTITION BY product_id ORDER BY observed_at)
),
alerts AS (
    SELECT s.*, t.currency, t.alert_pct FROM steps AS s CROSS JOIN reference.commerce_terms AS t
    WHERE s.old_price IS NOT NULL AND abs(s.new_price - s.old_price) > t.alert_pct / 100.0 * s.old_price
)
SELECT
    n.industry, s.product_id, p.marketplace, p.name, p.is_own, s.old_observed_at, s.observed_at, s.old_price, s.new_price,
    CASE WHEN n.currency = o.currency THEN 100.0 * (n.price - o.price) / o.price ELSE 100.0 * (s.new_price - s.old_price) / s.old_price
        END AS change_pct,
    s.currency,
    o.price AS old_stated_price, o.currency AS old_stated_currency, n.price AS stated_price, n.currency AS stated_currency,
    o.document_id AS old_document_id, o.locator AS old_locator, n.document_id, n.locator
FROM alerts AS s
JOIN product_prices AS n ON n.product_id = s.product_id AND n.observed_at = s.observed_at
JOIN product_prices AS o ON o.product_id = s.product_id AND o.observed_at = s.old_observed_at
LEFT JOIN products AS p ON p.product_id = s.product_id
WHERE abs(n.price - o.price) > s.alert_pct / 100.0 * o.price OR n.currency <> o.currency
ORDER BY s.observed_at DESC, abs(change_pct) DESC, s.product_id
