-- Facts that stood once: those of document versions that were replaced, removed or expired, and originals of corrections.
-- They were in `facts` from `valid_from` to `valid_to`; `ended_by` says why they are not any more. A restated figure of a
-- later filing supersedes nothing here, because the earlier filing still says what it says: see `restatements`.
WITH pool AS (
    SELECT * FROM staged.facts
    UNION ALL BY NAME
    SELECT * FROM history.facts AS h WHERE h.document_id NOT IN (SELECT document_id FROM staged.documents)
),
versions AS (
    SELECT document_id, valid_from, valid_to, ended_by FROM staged.document_versions
),
corrected AS (
    SELECT
        *,
        lead(corrected_at) OVER same AS until,
        lead(corrected_id) OVER same AS next_id,
        row_number() OVER same = 1 AS is_first
    FROM corrections.corrections
    WINDOW same AS (PARTITION BY fact_id ORDER BY corrected_at, corrected_id)
),
ended AS (
    SELECT p.*, v.valid_from, v.valid_to, v.ended_by, CAST(NULL AS VARCHAR) AS superseded_by
    FROM pool AS p JOIN versions AS v USING (document_id)
    WHERE v.valid_to IS NOT NULL
    UNION ALL BY NAME
    SELECT p.*, v.valid_from, c.corrected_at AS valid_to, 'corrected' AS ended_by, c.corrected_id AS superseded_by
    FROM staged.facts AS p
    JOIN versions AS v ON v.document_id = p.document_id AND v.valid_to IS NULL
    JOIN corrected AS c ON c.fact_id = p.fact_id AND c.is_first
    UNION ALL BY NAME
    SELECT
        p.* REPLACE (
            c.corrected_id AS fact_id, c.value AS value,
            'corrected from ' || c.fact_id || ': ' || c.reason AS method
        ),
        c.corrected_at AS valid_from, c.until AS valid_to, 'corrected' AS ended_by, c.next_id AS superseded_by
    FROM staged.facts AS p JOIN corrected AS c ON c.fact_id = p.fact_id AND c.until IS NOT NULL
)
SELECT e.* REPLACE (coalesce(n.name, e.entity) AS entity)
FROM ended AS e
LEFT JOIN reference.company_names AS n ON n.stated = e.entity
ORDER BY e.document_id, e.locator, e.fact_id, e.valid_from
