-- What was set aside, left out, redacted, folded or found suspicious in the industry's documents, counted.
-- `measure` says what; `detail` the column, kind or detector; `documents` how many documents it concerns.
SELECT industry, measure, detail, CAST(sum(count) AS BIGINT) AS count, count(DISTINCT document_id) AS documents
FROM (
    SELECT industry, flag AS measure, what AS detail, count, document_id FROM staged.quality_flags
    UNION ALL
    SELECT industry, 'quarantined', reason, 1, document_id FROM staged.quarantine
    UNION ALL
    SELECT industry, 'suspicious', detector || ', ' || action, 1, document_id FROM staged.security_events
    UNION ALL
    SELECT industry, 'copy', method, 1, document_id FROM reference.near_duplicates
)
GROUP BY ALL
ORDER BY measure, count DESC, detail
