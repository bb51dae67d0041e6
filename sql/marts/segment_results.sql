-- Revenue and operating income by segment, market or region, where a company reports them.
-- Country codes are written out.
-- `dimension` is the axis of the split (one axis only); `share_pct` is of the company's revenue in that year.
WITH split AS (
    SELECT f.*, regexp_replace(split_part(f.dimensions, '=', 1), 'Axis$', '') AS dimension,
           split_part(f.dimensions, '=', 2) AS segment
    FROM facts AS f
    JOIN reference.companies AS c ON c.name = f.entity
    WHERE f.metric IN ('revenue', 'operating_income') AND f.period_kind = 'annual' AND f.unit = 'USD'
      AND f.dimensions <> '' AND f.dimensions NOT LIKE '%;%'
),
labelled AS (
    SELECT s.* REPLACE (
        coalesce(t.name, regexp_replace(regexp_replace(regexp_replace(trim(regexp_replace(
            regexp_replace(regexp_replace(s.segment, 'Member$', ''), '([a-z]{2,}[a-km-z])(and|of)([A-Z])', '\1 \2 \3', 'g'),
            '([a-z0-9])([A-Z])', '\1 \2', 'g'
        )), ' Segment$', ''), '^I(P[a-z])', 'i\1'), '^Non U[sS]$', 'Other countries')) AS segment,
        CASE
            WHEN lower(s.dimension) IN ('segment', 'statementbusinesssegments') THEN 'segment'
            WHEN lower(s.dimension) IN ('market', 'productorservice', 'product') THEN 'product'
            WHEN lower(s.dimension) IN ('region', 'statementgeographical', 'geography', 'country') THEN 'region'
            ELSE lower(s.dimension)
        END AS dimension
    )
    FROM split AS s
    LEFT JOIN reference.territories AS t ON t.code = s.segment
)
SELECT
    l.industry,
    l.entity AS company,
    l.dimension,
    l.segment,
    l.metric,
    l.fiscal_year,
    l.value AS value_usd,
    100.0 * l.value / a.value AS share_pct,
    l.fact_id,
    a.fact_id AS total_fact_id,
    l.document_id
FROM labelled AS l
LEFT JOIN annual_facts AS a
    ON a.entity = l.entity AND a.metric = l.metric AND a.fiscal_year = l.fiscal_year AND a.unit = l.unit AND a.value > 0
WHERE l.dimension IN ('segment', 'product', 'region')
QUALIFY row_number() OVER (
    PARTITION BY l.entity, l.dimension, l.segment, l.metric, l.fiscal_year ORDER BY l.filed_on DESC NULLS LAST, l.locator, l.fact_id
) = 1
ORDER BY company, dimension, fiscal_year, value_usd DESC
