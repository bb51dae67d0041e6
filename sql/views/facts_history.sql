-- Every reported fact with the time in which it stood: ask as of a day with
-- `valid_from <= day AND (valid_to IS NULL OR valid_to > day)`. What stands now has no `valid_to`.
SELECT
    f.*,
    coalesce(c.corrected_at, v.valid_from) AS valid_from,
    CAST(NULL AS TIMESTAMPTZ) AS valid_to,
    CAST(NULL AS VARCHAR) AS ended_by,
    CAST(NULL AS VARCHAR) AS superseded_by
FROM facts AS f
JOIN document_versions AS v ON v.industry = f.industry AND v.document_id = f.document_id AND v.valid_to IS NULL
LEFT JOIN corrections AS c ON c.industry = f.industry AND c.corrected_id = f.fact_id
UNION ALL BY NAME
SELECT * FROM superseded_facts
