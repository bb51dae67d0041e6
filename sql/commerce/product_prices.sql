-- Prices of offers over time, those in catalogues among them: one row an offer and moment, of the newest document that tells it.
-- `price` is as stated, `amount` in the currency of the request at the rate of that day; null where there is no rate (`currency_rates`).
-- `is_absurd` marks a price more than ten times, or less than a tenth of, the offer's middle one: nothing is computed from it.
WITH named AS ( -- There may be ten million prices: offers and documents are numbers until the rows are in order.
    SELECT DISTINCT tenant, marketplace, sku, product_id, dense_rank() OVER (ORDER BY product_id)::INTEGER AS offer
    FROM reference.offers
),
received AS (
    SELECT
        industry, document_id, coalesce(published_at, retrieved_at) AS received_at,
        row_number() OVER (ORDER BY received_at, document_id DESC)::INTEGER AS turn
    FROM staged.documents
),
stated AS (
    SELECT n.offer, r.observed_at, r.price, r.list_price, r.currency, d.turn, r.row_number, r.locator
    FROM staged.price_records AS r
    JOIN named AS n
        ON n.tenant IS NOT DISTINCT FROM r.tenant AND n.marketplace IS NOT DISTINCT FROM r.marketplace AND n.sku = r.sku
    JOIN received AS d USING (document_id)
    UNION ALL
    SELECT n.offer, coalesce(r.updated_at, d.received_at), r.price, NULL, r.currency, d.turn, r.row_number, r.locator
    FROM staged.product_records AS r
    JOIN named AS n
        ON n.tenant IS NOT DISTINCT FROM r.tenant AND n.marketplace IS NOT DISTINCT FROM r.marketplace AND n.sku = r.sku
    JOIN received AS d USING (document_id)
    WHERE r.price IS NOT NULL
),
newest AS (
    SELECT * FROM stated
    QUALIFY row_number() OVER (PARTITION BY offer, observed_at ORDER BY turn DESC, row_number DESC) = 1
),
offered AS (
    SELECT DISTINCT n.offer, n.product_id, coalesce(p.currency, t.currency) AS currency, t.currency AS base
    FROM named AS n CROSS JOIN reference.commerce_terms AS t LEFT JOIN products AS p USING (product_id)
),
known AS (
    SELECT n.* REPLACE (coalesce(n.currency, o.currency) AS currency), o.base
    FROM newest AS n JOIN offered AS o USING (offer)
),
converted AS (
    SELECT *, price AS amount FROM known WHERE currency = base
    UNION ALL
    SELECT k.*, k.price * r.rate FROM known AS k
    ASOF LEFT JOIN currency_rates AS r ON r.currency = k.currency AND r.date <= k.observed_at::DATE
    WHERE k.currency <> k.base
),
middle AS (SELECT offer, median(amount) FILTER (amount > 0) AS amount FROM converted GROUP BY offer)
SELECT
    d.industry, o.product_id, c.observed_at, c.price, c.list_price, c.currency, c.amount,
    coalesce(c.amount > 10 * m.amount OR c.amount < m.amount / 10, false) AS is_absurd,
    d.document_id, coalesce(c.locator, 'row ' || c.row_number) AS locator
FROM converted AS c
JOIN middle AS m USING (offer)
JOIN offered AS o USING (offer)
JOIN received AS d USING (turn)
ORDER BY c.offer, c.observed_at
