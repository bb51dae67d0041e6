-- Prices of offers over time, those in catalogues among them: one row an offer and moment, of the newest document that tells it.
-- `price` is as stated, `amount` in the currency of the request at the rate of that day; null where there is no rate.
-- `is_absurd` marks a price more than ten times, or less than a tenth of, the offer's middle one: nothing is computed from it.
WITH stated AS (
    SELECT tenant, marketplace, sku, industry, document_id, row_number, locator, price, list_price, currency, observed_at
    FROM staged.price_records
    UNION ALL
    SELECT
        r.tenant, r.marketplace, r.sku, r.industry, r.document_id, r.row_number, r.locator, r.price, NULL, r.currency,
        coalesce(r.updated_at, d.published_at, d.retrieved_at)
    FROM staged.product_records AS r
    JOIN staged.documents AS d USING (industry, document_id)
    WHERE r.price IS NOT NULL
),
named AS (SELECT DISTINCT tenant, marketplace, sku, product_id FROM reference.offers),
known AS (
    SELECT
        s.industry, n.product_id, s.observed_at, s.price, s.list_price,
        coalesce(s.currency, p.currency, t.currency) AS currency, t.currency AS base,
        s.document_id, coalesce(s.locator, 'row ' || s.row_number) AS locator
    FROM stated AS s
    JOIN named AS n
        ON n.tenant IS NOT DISTINCT FROM s.tenant AND n.marketplace IS NOT DISTINCT FROM s.marketplace AND n.sku = s.sku
    LEFT JOIN products AS p ON p.product_id = n.product_id
    CROSS JOIN reference.commerce_terms AS t
    JOIN staged.documents AS d ON d.document_id = s.document_id
    QUALIFY row_number() OVER (
        PARTITION BY n.product_id, s.observed_at
        ORDER BY coalesce(d.published_at, d.retrieved_at) DESC, s.document_id, s.row_number DESC
    ) = 1
),
rates AS (
    SELECT upper(r.currency) AS currency, r.date, r.rate FROM staged.exchange_rates AS r, reference.commerce_terms AS t
    WHERE upper(coalesce(r.base, t.currency)) = t.currency
),
converted AS (
    SELECT
        k.*,
        CASE WHEN k.currency = k.base THEN k.price ELSE k.price * r.rate END AS amount
    FROM known AS k
    ASOF LEFT JOIN rates AS r ON r.currency = k.currency AND r.date <= k.observed_at::DATE
),
middle AS (SELECT product_id, median(amount) FILTER (amount > 0) AS amount FROM converted GROUP BY product_id)
SELECT
    c.industry, c.product_id, c.observed_at, c.price, c.list_price, c.currency, c.amount,
    coalesce(c.amount > 10 * m.amount OR c.amount < m.amount / 10, false) AS is_absurd,
    c.document_id, c.locator
FROM converted AS c
JOIN middle AS m USING (product_id)
ORDER BY c.product_id, c.observed_at
