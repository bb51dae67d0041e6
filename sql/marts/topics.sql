-- What the documents talk about: mentions of each topic, the passages and documents that hold them, and per 10,000 words.
WITH words AS (
    SELECT document_id, sum(len(regexp_extract_all(text, '\w+'))) AS words FROM passages
    WHERE duplicate_of IS NULL
    GROUP BY document_id
)
SELECT
    m.industry,
    m.name AS topic,
    CAST(sum(m.mentions) AS INTEGER) AS mentions,
    CAST(count(DISTINCT m.passage_id) AS INTEGER) AS passages,
    CAST(count(DISTINCT m.document_id) AS INTEGER) AS documents,
    10000.0 * sum(m.mentions) / (SELECT sum(words) FROM words) AS per_10k_words,
    (list(m.passage_id ORDER BY m.mentions DESC, m.passage_id))[1:5] AS passage_ids
FROM mentions AS m
WHERE m.kind = 'topic'
GROUP BY m.industry, m.name
ORDER BY mentions DESC, topic
