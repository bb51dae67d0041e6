-- Margins, intensities and growth of each company and fiscal year, one row per measure, in percent.
-- `fact_ids` are the inputs of `formula`, in its order.
WITH f AS (
    SELECT entity, metric, fiscal_year, value, fact_id, industry FROM annual_facts WHERE unit = 'USD'
),
shares_of_revenue(measure, metric) AS (
    VALUES ('gross_margin', 'gross_profit'), ('operating_margin', 'operating_income'), ('net_margin', 'net_income'),
           ('rd_intensity', 'research_and_development'), ('capital_intensity', 'capital_expenditure'),
           ('cash_conversion', 'operating_cash_flow'), ('inventory_to_revenue', 'inventory')
)
SELECT
    n.industry,
    n.entity AS company,
    n.fiscal_year,
    s.measure,
    100.0 * n.value / d.value AS value_pct,
    '100 * ' || s.metric || ' / revenue' AS formula,
    [n.fact_id, d.fact_id] AS fact_ids
FROM shares_of_revenue AS s
JOIN f AS n ON n.metric = s.metric
JOIN f AS d ON d.metric = 'revenue' AND d.entity = n.entity AND d.fiscal_year = n.fiscal_year AND d.value > 0
UNION ALL
SELECT
    n.industry,
    n.entity,
    n.fiscal_year,
    'revenue_growth',
    100.0 * (n.value / p.value - 1),
    '100 * (revenue / revenue of the year before - 1)',
    [n.fact_id, p.fact_id]
FROM f AS n
JOIN f AS p ON p.metric = 'revenue' AND p.entity = n.entity AND p.fiscal_year = n.fiscal_year - 1 AND p.value > 0
WHERE n.metric = 'revenue'
ORDER BY company, fiscal_year, measure
