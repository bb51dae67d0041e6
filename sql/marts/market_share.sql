-- Each company's share of the covered revenue by fiscal year, and its rank.
SELECT
    a.industry,
    a.entity AS company,
    a.fiscal_year,
    a.value AS revenue_usd,
    100.0 * a.value / m.revenue_usd AS share_pct,
    rank() OVER (PARTITION BY a.fiscal_year ORDER BY a.value DESC, a.entity) AS position,
    a.fact_id,
    m.fact_ids
FROM annual_facts AS a
JOIN market_size AS m USING (industry, fiscal_year)
WHERE a.metric = 'revenue' AND a.unit = 'USD' AND a.value > 0 AND m.companies > 1
ORDER BY a.fiscal_year, position
