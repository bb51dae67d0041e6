-- Rates of exchange into the currency of the request, `base`: what one unit of `currency` is worth from `date` until the next row.
-- Prices and revenues in other currencies are converted by it. Of records for one day the newest document's counts.
SELECT
    r.industry, r.currency, r.date, r.rate, t.currency AS base, r.document_id, coalesce(r.locator, 'row ' || r.row_number) AS locator
FROM staged.exchange_rates AS r
JOIN staged.documents AS d USING (industry, document_id)
JOIN reference.commerce_terms AS t ON coalesce(r.base, t.currency) = t.currency
QUALIFY row_number() OVER (
    PARTITION BY r.currency, r.date ORDER BY coalesce(d.published_at, d.retrieved_at) DESC, r.document_id, r.row_number DESC
) = 1
ORDER BY r.currency, r.date
