-- Reported facts with company names resolved: what stands in the sources, one row per place.
-- `entity` is the canonical name where the stated one is known, else the stated one.
SELECT f.* REPLACE (coalesce(n.name, f.entity) AS entity)
FROM staged.facts AS f
LEFT JOIN reference.company_names AS n ON n.stated = f.entity
ORDER BY f.document_id, f.locator, f.fact_id
