-- Prices that stood once: those of document versions that were replaced, removed or expired, one row a line of a document.
-- They counted from `valid_from` to `valid_to`; `ended_by` says why they do not any more. What counts now is in
-- `price_history`; `price_versions` has both.
WITH pool AS (
    SELECT * FROM staged.prices
    UNION ALL BY NAME
    SELECT * FROM history.prices AS h WHERE h.document_id NOT IN (SELECT document_id FROM staged.documents)
)
SELECT
    p.industry, p.symbol, p.date, p.open, p.high, p.low, p.close, p.adjusted_close, p.volume, p.dividend, p.split,
    p.currency, p.document_id, coalesce(p.locator, 'row ' || p.row_number) AS locator,
    v.valid_from, v.valid_to, v.ended_by
FROM pool AS p
JOIN staged.document_versions AS v USING (document_id)
WHERE v.valid_to IS NOT NULL
ORDER BY p.symbol, p.date, v.valid_from, p.document_id
