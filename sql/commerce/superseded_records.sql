-- Records of catalogues, prices and stock that a newer one of the same offer replaced: what they said, and which row counts now.
WITH named AS (SELECT DISTINCT tenant, marketplace, sku, product_id FROM reference.offers),
said AS (
    SELECT
        'product_records' AS kind, r.industry, r.tenant, r.marketplace, r.sku,
        coalesce(r.updated_at, d.published_at, d.retrieved_at) AS stated_at,
        r.document_id, coalesce(r.locator, 'row ' || r.row_number) AS locator, to_json(r)::VARCHAR AS record
    FROM staged.product_records AS r
    JOIN staged.documents AS d USING (industry, document_id)
    UNION ALL
    SELECT
        'price_records', industry, tenant, marketplace, sku, observed_at,
        document_id, coalesce(locator, 'row ' || row_number), to_json(r)::VARCHAR
    FROM staged.price_records AS r
    UNION ALL
    SELECT
        'inventory_records', industry, tenant, marketplace, sku, counted_at,
        document_id, coalesce(locator, 'row ' || row_number), to_json(r)::VARCHAR
    FROM staged.inventory_records AS r
),
-- What counts now: one row an offer, of prices one a moment.
counts AS (
    SELECT 'product_records' AS kind, product_id, NULL::TIMESTAMPTZ AS moment, document_id, locator FROM products
    UNION ALL
    SELECT 'price_records', product_id, observed_at, document_id, locator FROM product_prices
    UNION ALL
    SELECT 'inventory_records', product_id, NULL, document_id, locator FROM inventory
)
SELECT
    a.kind, a.industry, n.product_id, a.stated_at, a.document_id, a.locator, a.record,
    c.document_id AS replaced_by_document_id, c.locator AS replaced_by
FROM said AS a
JOIN named AS n
    ON n.tenant IS NOT DISTINCT FROM a.tenant AND n.marketplace IS NOT DISTINCT FROM a.marketplace AND n.sku = a.sku
JOIN counts AS c
    ON c.kind = a.kind AND c.product_id = n.product_id AND coalesce(c.moment, a.stated_at) = a.stated_at
WHERE (a.document_id, a.locator) IS DISTINCT FROM (c.document_id, c.locator)
ORDER BY a.kind, n.product_id, a.stated_at, a.document_id, a.locator
