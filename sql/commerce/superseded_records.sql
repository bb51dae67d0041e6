-- Records of catalogues, prices and stock that a newer one of the same offer replaced: what they said, and which row counts now.
WITH named AS (SELECT DISTINCT tenant, marketplace, sku, product_id FROM reference.offers),
catalogue AS (
    SELECT
        'product_records' AS kind, r.industry, n.product_id, coalesce(r.updated_at, d.published_at, d.retrieved_at) AS stated_at,
        r.document_id, coalesce(r.locator, 'row ' || r.row_number) AS locator, to_json(r)::VARCHAR AS record
    FROM staged.product_records AS r
    JOIN staged.documents AS d USING (industry, document_id)
    JOIN named AS n
        ON n.tenant IS NOT DISTINCT FROM r.tenant AND n.marketplace IS NOT DISTINCT FROM r.marketplace AND n.sku = r.sku
),
prices AS (
    SELECT
        'price_records' AS kind, r.industry, n.product_id, r.observed_at AS stated_at, r.document_id,
        coalesce(r.locator, 'row ' || r.row_number) AS locator, to_json(r)::VARCHAR AS record
    FROM staged.price_records AS r
    JOIN named AS n
        ON n.tenant IS NOT DISTINCT FROM r.tenant AND n.marketplace IS NOT DISTINCT FROM r.marketplace AND n.sku = r.sku
),
stock AS (
    SELECT
        'inventory_records' AS kind, r.industry, n.product_id, r.counted_at AS stated_at, r.document_id,
        coalesce(r.locator, 'row ' || r.row_number) AS locator, to_json(r)::VARCHAR AS record
    FROM staged.inventory_records AS r
    JOIN named AS n
        ON n.tenant IS NOT DISTINCT FROM r.tenant AND n.marketplace IS NOT DISTINCT FROM r.marketplace AND n.sku = r.sku
)
SELECT a.*, p.document_id AS replaced_by_document_id, p.locator AS replaced_by
FROM catalogue AS a
JOIN products AS p USING (product_id)
WHERE (a.document_id, a.locator) IS DISTINCT FROM (p.document_id, p.locator)
UNION ALL
SELECT a.*, p.document_id, p.locator
FROM prices AS a
JOIN product_prices AS p ON p.product_id = a.product_id AND p.observed_at = a.stated_at
WHERE (a.document_id, a.locator) IS DISTINCT FROM (p.document_id, p.locator)
UNION ALL
SELECT a.*, p.document_id, p.locator
FROM stock AS a
JOIN inventory AS p USING (product_id)
WHERE (a.document_id, a.locator) IS DISTINCT FROM (p.document_id, p.locator)
ORDER BY kind, product_id, stated_at, document_id, locator
