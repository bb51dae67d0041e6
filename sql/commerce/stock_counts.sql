-- Every count of the stock of each offer; `inventory` has the newest. Of documents that tell the same moment the newest counts.
-- `locator` is the place in the document.
WITH named AS (SELECT DISTINCT tenant, marketplace, sku, product_id FROM reference.offers)
SELECT
    r.industry, n.product_id, r.counted_at, r.on_hand, r.on_order,
    r.document_id, coalesce(r.locator, 'row ' || r.row_number) AS locator
FROM staged.inventory_records AS r
JOIN staged.documents AS d USING (industry, document_id)
JOIN named AS n
    ON n.tenant IS NOT DISTINCT FROM r.tenant AND n.marketplace IS NOT DISTINCT FROM r.marketplace AND n.sku = r.sku
QUALIFY row_number() OVER (
    PARTITION BY n.product_id, r.counted_at ORDER BY coalesce(d.published_at, d.retrieved_at) DESC, r.document_id
) = 1
ORDER BY n.product_id, r.counted_at
