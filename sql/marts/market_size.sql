-- Revenue and profit of the covered companies by fiscal year, and growth on the companies present in both years.
-- This is the size of what is covered, not of the whole market. `is_reference` marks the latest year that at least
-- three quarters of the companies report; `base_year` is where growth is measured from.
WITH r AS (
    SELECT industry, entity, fiscal_year, value, fact_id FROM annual_facts WHERE metric = 'revenue' AND unit = 'USD' AND value > 0
),
sizes AS (
    SELECT industry, fiscal_year, count(*) AS companies, sum(value) AS revenue_usd, list(fact_id ORDER BY entity) AS fact_ids
    FROM r GROUP BY industry, fiscal_year
),
panels AS (
    SELECT n.fiscal_year, count(*) AS panel_companies, 100.0 * (sum(n.value) / sum(p.value) - 1) AS panel_growth_pct,
           list(n.fact_id ORDER BY n.entity) AS panel_fact_ids, list(p.fact_id ORDER BY p.entity) AS prior_fact_ids
    FROM r AS n JOIN r AS p ON p.entity = n.entity AND p.fiscal_year = n.fiscal_year - 1
    GROUP BY n.fiscal_year
),
reference AS (
    SELECT max(fiscal_year) AS reference_year
    FROM sizes WHERE companies >= 0.75 * (SELECT max(companies) FROM sizes)
)
SELECT
    s.industry,
    s.fiscal_year,
    s.companies,
    s.revenue_usd,
    s.fact_ids,
    p.panel_companies,
    p.panel_growth_pct,
    p.panel_fact_ids,
    p.prior_fact_ids,
    s.fiscal_year = reference_year AS is_reference
FROM sizes AS s
CROSS JOIN reference
LEFT JOIN panels AS p USING (fiscal_year)
ORDER BY s.fiscal_year
