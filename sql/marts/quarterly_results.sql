-- Revenue, operating income and net income by quarter, beside the same quarter of the year before.
-- Quarters come from 10-Q filings and company facts; the fourth is rarely reported on its own.
WITH q AS (
    SELECT f.industry, f.entity, f.metric, f.period_start, f.period_end, f.value, f.unit, f.fact_id
    FROM facts AS f
    JOIN reference.companies AS c ON c.name = f.entity
    LEFT JOIN reference.metric_concepts AS k ON k.metric = f.metric AND k.concept = f.concept
    WHERE f.period_kind = 'quarter' AND f.dimensions = '' AND f.unit = 'USD'
      AND f.metric IN ('revenue', 'operating_income', 'net_income')
    QUALIFY row_number() OVER (
        PARTITION BY f.entity, f.metric, f.period_end
        ORDER BY coalesce(k.preference, 999), f.filed_on DESC NULLS LAST, f.fact_id
    ) = 1
)
SELECT
    n.industry,
    n.entity AS company,
    n.metric,
    n.period_start,
    n.period_end,
    n.value AS value_usd,
    p.value AS year_before_usd,
    CASE WHEN p.value > 0 THEN 100.0 * (n.value / p.value - 1) END AS change_pct,
    n.fact_id,
    p.fact_id AS prior_fact_id,
    n.period_end = max(n.period_end) OVER (PARTITION BY n.entity) AS is_latest
FROM q AS n
LEFT JOIN q AS p
    ON p.entity = n.entity AND p.metric = n.metric
    AND abs(date_diff('day', p.period_end, n.period_end) - 365) <= 10
ORDER BY company, n.metric, n.period_end
