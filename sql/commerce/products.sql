-- Offers of products: one row an offer of a marketplace, as its newest record says; older ones are in `superseded_records`.
-- `product_id` is the same however the SKU is written. `is_own` tells one's own offers. `locator` is the place in the document.
SELECT
    r.industry,
    o.tenant_id AS tenant,
    o.product_id,
    o.place AS marketplace,
    r.sku,
    o.normalized_sku,
    o.gtin14 AS gtin,
    r.name,
    r.brand,
    r.model,
    r.category,
    r.description,
    r.seller,
    coalesce(m.name IS NOT NULL OR s.name IS NOT NULL, false) AS is_own,
    r.price,
    r.cost,
    r.currency,
    r.stock,
    r.created_at,
    coalesce(r.updated_at, d.published_at, d.retrieved_at) AS updated_at,
    r.document_id,
    coalesce(r.locator, 'row ' || r.row_number) AS locator
FROM staged.product_records AS r
JOIN staged.documents AS d USING (industry, document_id)
JOIN reference.offers AS o
    ON o.tenant IS NOT DISTINCT FROM r.tenant AND o.marketplace IS NOT DISTINCT FROM r.marketplace
    AND o.sku = r.sku AND o.gtin IS NOT DISTINCT FROM r.gtin
LEFT JOIN reference.own_offers AS m ON m.kind = 'marketplace' AND m.name = o.place
LEFT JOIN reference.own_offers AS s ON s.kind = 'seller' AND s.name = lower(trim(r.seller))
QUALIFY row_number() OVER (
    PARTITION BY o.product_id
    ORDER BY coalesce(r.updated_at, d.published_at, d.retrieved_at) DESC, r.document_id, r.row_number DESC
) = 1
ORDER BY tenant, marketplace, normalized_sku
