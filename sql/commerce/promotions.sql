-- Promotions of offers, as their records state them; `is_open` says whether one lasts beyond the newest record of any price.
WITH named AS (SELECT DISTINCT tenant, marketplace, sku, product_id FROM reference.offers),
newest AS (SELECT max(observed_at) AS observed_at FROM product_prices)
SELECT
    r.industry, n.product_id, p.marketplace, p.name AS product, p.is_own, r.name, r.discount_pct, r.promotion_price,
    coalesce(r.currency, p.currency) AS currency, r.starts_at, r.ends_at,
    coalesce(r.starts_at <= w.observed_at AND r.ends_at > w.observed_at, false) AS is_open,
    r.document_id, coalesce(r.locator, 'row ' || r.row_number) AS locator
FROM staged.promotion_records AS r
JOIN named AS n
    ON n.tenant IS NOT DISTINCT FROM r.tenant AND n.marketplace IS NOT DISTINCT FROM r.marketplace AND n.sku = r.sku
LEFT JOIN products AS p ON p.product_id = n.product_id
CROSS JOIN newest AS w
ORDER BY r.starts_at, n.product_id
