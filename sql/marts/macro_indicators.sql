-- Series about countries rather than companies: GDP, prices, population, employment.
SELECT
    f.industry,
    f.entity AS country,
    f.metric,
    f.fiscal_year AS year,
    f.value,
    f.unit,
    100.0 * (f.value / nullif(p.value, 0) - 1) AS change_pct,
    f.fact_id,
    p.fact_id AS prior_fact_id
FROM facts AS f
LEFT JOIN facts AS p
    ON p.metric = f.metric AND p.entity = f.entity AND p.dimensions = f.dimensions AND p.unit = f.unit
    AND p.fiscal_year = f.fiscal_year - 1
WHERE f.metric <> 'adoption' AND f.dimensions = '' AND f.period_kind IN ('annual', 'instant') AND f.fiscal_year IS NOT NULL
  AND f.entity NOT IN (SELECT name FROM reference.companies)
  AND f.entity IN (SELECT name FROM reference.countries)
-- Where several documents state the series, the latest is used for each year, and always the same one.
QUALIFY row_number() OVER (
    PARTITION BY f.entity, f.metric, f.fiscal_year
    ORDER BY f.filed_on DESC NULLS LAST, f.fact_id, p.filed_on DESC NULLS LAST, p.fact_id
) = 1
ORDER BY country, f.metric, year
