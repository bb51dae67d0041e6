-- Each company's compound annual growth rate of revenue from the base to the reference year, and its part of the change.
-- CAGR = (end / start) ^ (1 / years) - 1. The base is five years before the reference year, or the company's first year
-- after it. Contribution: the company's change as a share of the change of all that report both years.
WITH reference AS (
    SELECT fiscal_year AS reference_year FROM market_size WHERE is_reference
),
r AS (
    SELECT industry, entity, fiscal_year, value, fact_id FROM annual_facts WHERE metric = 'revenue' AND unit = 'USD' AND value > 0
),
ends AS (
    SELECT r.* FROM r JOIN reference ON r.fiscal_year = reference_year
),
starts AS (
    SELECT r.* FROM r JOIN reference ON r.fiscal_year BETWEEN reference_year - 5 AND reference_year - 1
    QUALIFY row_number() OVER (PARTITION BY entity ORDER BY r.fiscal_year) = 1
)
SELECT
    e.industry,
    e.entity AS company,
    s.fiscal_year AS start_year,
    e.fiscal_year AS end_year,
    s.value AS start_revenue_usd,
    e.value AS end_revenue_usd,
    e.value - s.value AS change_usd,
    100.0 * (power(e.value / s.value, 1.0 / (e.fiscal_year - s.fiscal_year)) - 1) AS cagr_pct,
    s.fiscal_year = min(s.fiscal_year) OVER () AS in_panel,
    s.fact_id AS start_fact_id,
    e.fact_id AS end_fact_id
FROM ends AS e
JOIN starts AS s USING (industry, entity)
ORDER BY cagr_pct DESC, company
