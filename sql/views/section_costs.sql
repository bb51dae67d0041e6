-- What a language model's part of each edition's section cost, and what became of its sentences. `cost_usd` is null where
-- the price of a model is unknown; answers from the cache cost nothing. SWOT and five forces belong to the competitive
-- landscape, PESTEL to the outlook.
WITH asked AS (
    SELECT
        industry,
        edition_id,
        CASE
            WHEN regexp_matches(purpose, '^(repair of )?(swot|five forces)') THEN 'competitive_landscape'
            WHEN regexp_matches(purpose, '^(repair of )?pestel') THEN 'trends_outlook'
            ELSE regexp_extract(purpose, '^(?:section|repair of|searches for) (\w+)', 1)
        END AS section,
        count(*) AS calls,
        count(*) FILTER (WHERE cached) AS cached_calls,
        CAST(sum(tokens_in) AS BIGINT) AS tokens_in,
        CAST(sum(tokens_out) AS BIGINT) AS tokens_out,
        CASE WHEN bool_and(cost_usd IS NOT NULL) THEN sum(cost_usd) END AS cost_usd
    FROM llm_calls
    WHERE edition_id IS NOT NULL
    GROUP BY ALL
),
told AS (
    SELECT
        industry,
        edition_id,
        section,
        count(*) FILTER (WHERE verdict = 'kept') AS kept,
        count(*) FILTER (WHERE verdict = 'refused') AS refused
    FROM claims
    WHERE call_id IS NOT NULL
    GROUP BY ALL
)
SELECT
    a.industry,
    a.edition_id,
    a.section,
    a.calls,
    a.cached_calls,
    a.tokens_in,
    a.tokens_out,
    a.cost_usd,
    coalesce(t.kept, 0) AS kept,
    coalesce(t.refused, 0) AS refused
FROM asked AS a
LEFT JOIN told AS t USING (industry, edition_id, section)
WHERE a.section <> ''
ORDER BY a.industry, a.edition_id, a.section
