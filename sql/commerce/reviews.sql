-- Reviews by offer, as received, spam among them: `review_sentiment` says of each whether it is spam and what it feels.
-- `stated_id` is the marketplace's id, `author` a code of the name. `locator` is the place in the document.
WITH named AS (SELECT DISTINCT tenant, marketplace, sku, tenant_id, product_id FROM reference.offers),
placed AS (SELECT *, coalesce(locator, 'row ' || row_number) AS place FROM staged.review_records)
SELECT
    r.industry, n.tenant_id AS tenant, 'rev_' || left(sha256(r.document_id || chr(31) || r.place), 16) AS review_id,
    n.product_id, r.review_id AS stated_id, r.rating, r.title, r.text, r.author, r.verified, r.written_at,
    r.document_id, r.place AS locator
FROM placed AS r
JOIN named AS n
    ON n.tenant IS NOT DISTINCT FROM r.tenant AND n.marketplace IS NOT DISTINCT FROM r.marketplace AND n.sku = r.sku
ORDER BY r.document_id, r.row_number, r.place
