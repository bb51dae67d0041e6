-- Adoption of each technology by year, in percent of households or people: level and change over one and five years.
SELECT
    f.industry,
    f.entity AS technology,
    f.fiscal_year AS year,
    f.value AS adoption_pct,
    f.value - p.value AS change_pp,
    f.value - q.value AS change_5y_pp,
    f.dimensions AS population,
    f.fact_id,
    p.fact_id AS prior_fact_id,
    q.fact_id AS five_years_before_fact_id,
    f.fiscal_year = max(f.fiscal_year) OVER (PARTITION BY f.entity, f.dimensions) AS is_latest
FROM facts AS f
LEFT JOIN facts AS p
    ON p.metric = 'adoption' AND p.entity = f.entity AND p.dimensions = f.dimensions AND p.fiscal_year = f.fiscal_year - 1
LEFT JOIN facts AS q
    ON q.metric = 'adoption' AND q.entity = f.entity AND q.dimensions = f.dimensions AND q.fiscal_year = f.fiscal_year - 5
WHERE f.metric = 'adoption' AND f.unit = 'percent' AND f.fiscal_year IS NOT NULL
-- Where several documents state the series, the latest is used for each year, and always the same one.
QUALIFY row_number() OVER (
    PARTITION BY f.entity, f.dimensions, f.fiscal_year
    ORDER BY f.filed_on DESC NULLS LAST, f.fact_id, p.filed_on DESC NULLS LAST, p.fact_id, q.filed_on DESC NULLS LAST, q.fact_id
) = 1
ORDER BY technology, population, year
