-- Companies' annual statements, one row per company and fiscal year, in US dollars.
-- `fact_ids` lists the facts behind the row.
SELECT
    industry,
    entity AS company,
    fiscal_year,
    max(period_end) FILTER (WHERE metric = 'revenue') AS period_end,
    max(value) FILTER (WHERE metric = 'revenue') AS revenue_usd,
    max(value) FILTER (WHERE metric = 'cost_of_revenue') AS cost_of_revenue_usd,
    max(value) FILTER (WHERE metric = 'gross_profit') AS gross_profit_usd,
    max(value) FILTER (WHERE metric = 'research_and_development') AS research_and_development_usd,
    max(value) FILTER (WHERE metric = 'operating_income') AS operating_income_usd,
    max(value) FILTER (WHERE metric = 'net_income') AS net_income_usd,
    max(value) FILTER (WHERE metric = 'operating_cash_flow') AS operating_cash_flow_usd,
    max(value) FILTER (WHERE metric = 'capital_expenditure') AS capital_expenditure_usd,
    max(value) FILTER (WHERE metric = 'inventory') AS inventory_usd,
    max(value) FILTER (WHERE metric = 'cash') AS cash_usd,
    max(value) FILTER (WHERE metric = 'total_assets') AS total_assets_usd,
    max(value) FILTER (WHERE metric = 'long_term_debt') AS long_term_debt_usd,
    max(value) FILTER (WHERE metric = 'equity') AS equity_usd,
    list(fact_id ORDER BY metric) AS fact_ids
FROM annual_facts
WHERE unit = 'USD'
GROUP BY industry, entity, fiscal_year
HAVING revenue_usd IS NOT NULL OR net_income_usd IS NOT NULL
ORDER BY company, fiscal_year
