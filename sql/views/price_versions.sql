-- Every price with the time in which it stood: ask as of a day with
-- `valid_from <= day AND (valid_to IS NULL OR valid_to > day)`. What stands now has no `valid_to`.
SELECT
    p.* EXCLUDE (company),
    v.valid_from,
    CAST(NULL AS TIMESTAMPTZ) AS valid_to,
    CAST(NULL AS VARCHAR) AS ended_by
FROM price_history AS p
JOIN document_versions AS v ON v.industry = p.industry AND v.document_id = p.document_id AND v.valid_to IS NULL
UNION ALL BY NAME
SELECT * FROM superseded_prices
