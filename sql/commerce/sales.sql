-- Pieces sold of each offer on each day, returns taken off. Of documents that tell the same day of an offer the newest counts.
-- `revenue` is in the currency of the records. `is_early` marks sales before the offer was listed: no forecast uses them.
WITH named AS (SELECT DISTINCT tenant, marketplace, sku, product_id FROM reference.offers),
told AS (
    SELECT
        r.industry, n.product_id, r.date, r.document_id,
        sum(r.quantity) AS quantity, sum(r.revenue) AS revenue, any_value(r.currency) AS currency, count(*) AS records,
        min_by(coalesce(r.locator, 'row ' || r.row_number), r.row_number) AS locator,
        coalesce(any_value(d.published_at), any_value(d.retrieved_at)) AS told_at
    FROM staged.sales_records AS r
    JOIN staged.documents AS d USING (industry, document_id)
    JOIN named AS n
        ON n.tenant IS NOT DISTINCT FROM r.tenant AND n.marketplace IS NOT DISTINCT FROM r.marketplace AND n.sku = r.sku
    GROUP BY r.industry, n.product_id, r.date, r.document_id
)
SELECT
    s.industry, s.product_id, s.date, s.quantity, s.revenue, s.currency, s.records,
    coalesce(s.date < p.created_at::DATE, false) AS is_early,
    s.document_id, s.locator
FROM told AS s
LEFT JOIN products AS p USING (product_id)
QUALIFY row_number() OVER (PARTITION BY s.product_id, s.date ORDER BY s.told_at DESC, s.document_id) = 1
ORDER BY s.product_id, s.date
