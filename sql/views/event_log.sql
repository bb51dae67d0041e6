-- What has happened, in one list, from the tables that recorded it: data received, replaced, corrected or deleted; results
-- dropped because what they were made from has changed (`cache invalidated`); models trained, promoted, kept back and
-- rolled back; drift; failing sources; reports. `record_id` leads to the row in the table that `recorded_in` names.
WITH made AS (
    SELECT DISTINCT industry, transformation, inputs, min(logged_at) OVER (PARTITION BY industry, transformation, inputs) AS made_at
    FROM lineage WHERE inputs IS NOT NULL AND source_id IS NULL
),
dropped AS (
    SELECT *, lag(inputs) OVER (PARTITION BY industry, transformation ORDER BY made_at, inputs) AS earlier FROM made
)
SELECT
    industry, logged_at AS happened_at,
    CASE WHEN operation IN ('promote', 'rollback', 'split', 'match') THEN 'decision' ELSE 'data updated' END AS kind,
    operation || coalesce(': ' || reason, '') AS detail, record_id, actor, 'audit_log' AS recorded_in
FROM audit_log
UNION ALL
SELECT
    industry, made_at, 'cache invalidated', transformation || ' was made again: what it is made from has changed', transformation,
    NULL, 'lineage'
FROM dropped WHERE earlier IS NOT NULL
UNION ALL
SELECT
    industry, logged_at, 'cache invalidated', 'answers were dropped: a document was deleted', record_id, actor, 'audit_log'
FROM audit_log WHERE operation = 'delete'
UNION ALL
SELECT
    industry, finished_at, 'cache invalidated', 'vectors of ' || from_model || ' gave way to those of ' || to_model,
    migration_id, NULL, 'vector_migrations'
FROM vector_migrations WHERE finished_at IS NOT NULL
UNION ALL
SELECT
    industry, trained_at, 'model trained',
    model || ' version ' || number || ' (' || reason || '), on ' || trained_on || ' rows', version_id, NULL, 'model_versions'
FROM model_versions
UNION ALL
SELECT industry, happened_at, 'model ' || cause, stage || ': ' || reason, version_id, actor, 'model_stages'
FROM model_stages WHERE cause <> 'trained'
UNION ALL
SELECT
    industry, raised_at, kind || ' alert',
    format('{} of {}: {:.3f}, was {:.3f} ({:+.0f} %), {}. {}', metric, model, new_value, old_value, change_pct, severity, action),
    version_id, NULL, 'drift_alerts'
FROM drift_alerts
UNION ALL
SELECT industry, raised_at, 'source alert', message, alert_id, NULL, 'alerts' FROM alerts
UNION ALL
SELECT industry, created_at, 'report made', 'as of ' || as_of, edition_id, NULL, 'editions' FROM editions
ORDER BY happened_at, kind, record_id
