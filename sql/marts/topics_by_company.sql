-- How much each company's own filings and the news about it dwell on each topic.
SELECT
    m.industry,
    coalesce(p.company, c.name) AS company,
    m.name AS topic,
    CAST(sum(m.mentions) AS INTEGER) AS mentions,
    CAST(count(DISTINCT m.passage_id) AS INTEGER) AS passages,
    (list(m.passage_id ORDER BY m.mentions DESC, m.passage_id))[1:3] AS passage_ids
FROM mentions AS m
JOIN passages AS p USING (passage_id)
LEFT JOIN mentions AS c ON c.passage_id = m.passage_id AND c.kind = 'company' AND p.company IS NULL
WHERE m.kind = 'topic' AND coalesce(p.company, c.name) IS NOT NULL
GROUP BY ALL
ORDER BY company, mentions DESC, topic
