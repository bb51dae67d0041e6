-- One value per company, metric and fiscal year: the figure to use.
-- Several sources may state it. Filings and company facts come before lists and news; among them the preferred
-- concept, then the one filed last, so that a restated figure replaces the earlier one. All stay in `facts`.
WITH companies AS (
    SELECT name FROM reference.companies
),
years AS (
    SELECT coalesce(start_year, 0) AS first_year, coalesce(end_year, 9999) AS last_year FROM reference.period
),
year_ends AS (
    SELECT DISTINCT entity, period_end FROM facts WHERE period_kind = 'annual' AND dimensions = ''
),
candidates AS (
    SELECT
        f.*,
        CASE WHEN d.kind IN ('filing', 'company_facts') THEN 1 ELSE 2 END AS source_class,
        coalesce(c.preference, 999) AS preference
    FROM facts AS f
    JOIN companies AS k ON k.name = f.entity
    JOIN years AS y ON f.fiscal_year BETWEEN y.first_year AND y.last_year
    JOIN staged.documents AS d USING (industry, document_id)
    LEFT JOIN reference.metric_concepts AS c ON c.metric = f.metric AND c.concept = f.concept
    WHERE f.dimensions = ''
      AND (
          f.period_kind = 'annual'
          OR (f.period_kind = 'instant' AND (f.entity, f.period_end) IN (SELECT (entity, period_end) FROM year_ends))
      )
)
SELECT
    industry,
    entity,
    metric,
    fiscal_year,
    period_start,
    period_end,
    value,
    unit,
    fact_id,
    document_id,
    filed_on,
    concept,
    source_class,
    count(*) OVER same AS statements,
    count(DISTINCT document_id) OVER same AS sources
FROM candidates
WINDOW same AS (PARTITION BY entity, metric, fiscal_year, unit)
QUALIFY row_number() OVER (
    PARTITION BY entity, metric, fiscal_year
    ORDER BY source_class, preference, filed_on DESC NULLS LAST, period_end DESC, fact_id
) = 1
ORDER BY entity, metric, fiscal_year
