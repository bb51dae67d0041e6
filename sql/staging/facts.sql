-- Reported facts with company names resolved: what stands in the sources, one row per place.
-- `entity` is the canonical name where the stated one is known, else the stated one. Where somebody corrected a value,
-- the corrected fact stands here in place of the original (`method` says so), which is in `superseded_facts`.
WITH corrected AS (
    SELECT fact_id, corrected_id, value, reason FROM corrections.corrections
    QUALIFY row_number() OVER (PARTITION BY fact_id ORDER BY corrected_at DESC, corrected_id) = 1
)
SELECT f.* REPLACE (
    coalesce(c.corrected_id, f.fact_id) AS fact_id,
    coalesce(n.name, f.entity) AS entity,
    coalesce(c.value, f.value) AS value,
    CASE WHEN c.fact_id IS NULL THEN f.method ELSE 'corrected from ' || c.fact_id || ': ' || c.reason END AS method
)
FROM staged.facts AS f
LEFT JOIN reference.company_names AS n ON n.stated = f.entity
LEFT JOIN corrected AS c ON c.fact_id = f.fact_id
ORDER BY f.document_id, f.locator, f.fact_id
