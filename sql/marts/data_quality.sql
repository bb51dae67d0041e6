-- What was set aside, left out, redacted, folded or found suspicious in the industry's documents, or is in another
-- language than the report, counted. `measure` says what; `detail` the column, kind, detector or language; `documents` how many
-- documents it concerns.
SELECT industry, measure, detail, CAST(sum(count) AS BIGINT) AS count, count(DISTINCT document_id) AS documents
FROM (
    SELECT industry, flag AS measure, what AS detail, count, document_id FROM staged.quality_flags
    UNION ALL
    SELECT industry, 'quarantined', reason, 1, document_id FROM staged.quarantine
    UNION ALL
    SELECT industry, 'suspicious', detector || ', ' || action, 1, document_id FROM staged.security_events
    UNION ALL
    SELECT p.industry, 'foreign', CASE WHEN p.published_on IS NULL THEN d.language ELSE p.language END AS own, 1,
        p.document_id
    FROM staged.passages AS p JOIN staged.documents AS d USING (industry, document_id)
    WHERE own <> 'en'
    UNION ALL
    SELECT industry, 'copy', method, 1, document_id FROM reference.near_duplicates
)
GROUP BY ALL
ORDER BY measure, count DESC, detail
