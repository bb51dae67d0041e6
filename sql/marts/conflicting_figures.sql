-- Where two sources state different values for the same company, metric and fiscal year (by more than 0.5 %).
-- `kept` is the figure that `annual_facts` uses; causes are restatements, changed scope or errors of a list.
SELECT
    a.industry,
    a.entity,
    a.metric,
    a.fiscal_year,
    a.value AS kept_value,
    f.value AS other_value,
    100.0 * (f.value - a.value) / abs(a.value) AS difference_pct,
    a.unit,
    a.fact_id AS kept_fact_id,
    f.fact_id AS other_fact_id,
    a.document_id AS kept_document_id,
    f.document_id AS other_document_id
FROM annual_facts AS a
JOIN facts AS f
    ON f.entity = a.entity AND f.metric = a.metric AND f.fiscal_year = a.fiscal_year AND f.unit = a.unit
WHERE a.metric IN ('revenue', 'net_income')
  AND f.dimensions = ''
  AND f.period_kind = 'annual'
  AND f.document_id <> a.document_id
  AND a.value <> 0
  AND abs(f.value - a.value) > 0.005 * abs(a.value)
QUALIFY row_number() OVER (
    PARTITION BY a.entity, a.metric, a.fiscal_year ORDER BY abs(f.value - a.value) DESC, f.fact_id
) = 1
ORDER BY abs(difference_pct) DESC, a.entity, a.fiscal_year
