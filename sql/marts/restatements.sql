-- Figures that were stated more than once with different values: every value of a company, metric and period.
-- One row per value, in the order of filing; the value of the latest filing wins (`is_latest`), the earlier ones stay.
-- `change_pct` is against the value filed before. Values of replaced documents and corrected values are among them
-- (`ended_by` says why they stand no more). `is_used` marks the figure that `annual_facts` chose.
WITH versions_of_facts AS (
    SELECT
        industry, entity, metric, concept, fiscal_year, period_kind, period_start, period_end, unit, value, filed_on,
        fact_id, document_id, CAST(NULL AS VARCHAR) AS ended_by, CAST(NULL AS TIMESTAMPTZ) AS valid_to
    FROM facts
    WHERE dimensions = '' AND period_kind IN ('annual', 'quarter', 'instant')
    UNION ALL
    SELECT
        industry, entity, metric, concept, fiscal_year, period_kind, period_start, period_end, unit, value, filed_on,
        fact_id, document_id, ended_by, valid_to
    FROM superseded_facts
    WHERE dimensions = '' AND period_kind IN ('annual', 'quarter', 'instant')
),
stated AS (
    SELECT *, fact_id IN (SELECT fact_id FROM annual_facts) AS is_used FROM versions_of_facts
    -- Undated sources that differ are no restatement (see `conflicting_figures`), unless one replaced the other.
    QUALIFY filed_on IS NOT NULL OR bool_or(ended_by IS NOT NULL) OVER (
        PARTITION BY entity, metric, concept, fiscal_year, period_kind, period_start, period_end, unit
    )
),
-- A later filing that repeats a value says nothing new: each value counts from when it was first filed.
by_value AS (
    SELECT
        industry, entity, metric, concept, fiscal_year, period_kind, period_start, period_end, unit, value,
        min(filed_on) AS filed_on,
        max(filed_on) AS last_filed_on,
        count(DISTINCT document_id) AS documents,
        bool_or(ended_by IS NULL) AS is_current,
        max(valid_to) AS valid_to,
        min(ended_by) FILTER (WHERE ended_by IS NOT NULL) AS ended_by,
        bool_or(is_used) AS is_used,
        arg_max(fact_id, (is_used, ended_by IS NULL, filed_on, fact_id)) AS fact_id
    FROM stated
    GROUP BY ALL
),
ordered AS (
    SELECT
        *,
        count(*) OVER same AS versions,
        row_number() OVER (
            same ORDER BY is_current, last_filed_on NULLS FIRST, filed_on NULLS FIRST, valid_to, value
        ) AS version
    FROM by_value
    WINDOW same AS (
        PARTITION BY industry, entity, metric, concept, fiscal_year, period_kind, period_start, period_end, unit
    )
)
SELECT
    o.industry,
    o.entity,
    o.metric,
    o.concept,
    o.fiscal_year,
    o.period_kind,
    o.period_start,
    o.period_end,
    o.version,
    o.value,
    100.0 * (o.value - p.value) / nullif(abs(p.value), 0) AS change_pct,
    o.unit,
    o.filed_on,
    o.last_filed_on,
    o.documents,
    o.version = o.versions AS is_latest,
    o.is_used,
    CASE WHEN o.is_current THEN NULL ELSE o.ended_by END AS ended_by,
    o.fact_id,
    p.fact_id AS prior_fact_id
FROM ordered AS o
LEFT JOIN ordered AS p
    ON p.industry = o.industry AND p.entity = o.entity AND p.metric = o.metric AND p.concept IS NOT DISTINCT FROM o.concept
    AND p.fiscal_year IS NOT DISTINCT FROM o.fiscal_year AND p.period_kind = o.period_kind
    AND p.period_start IS NOT DISTINCT FROM o.period_start AND p.period_end IS NOT DISTINCT FROM o.period_end
    AND p.unit = o.unit AND p.version = o.version - 1
WHERE o.versions > 1
ORDER BY o.entity, o.metric, o.concept, o.period_end, o.period_start, o.fiscal_year, o.unit, o.version
