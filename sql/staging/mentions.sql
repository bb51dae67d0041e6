-- Which passages speak of which companies, technologies, keywords and topics, and how often.
-- Copies of articles are left out. A term counts where it stands as a word of its own; several forms of one name add up.
SELECT
    p.industry,
    p.passage_id,
    p.document_id,
    t.kind,
    t.name,
    CAST(sum(len(regexp_extract_all(
        CASE WHEN t.case_sensitive THEN concat_ws(' ', p.heading, p.text)
             ELSE lower(concat_ws(' ', p.heading, p.text)) END,
        t.pattern
    ))) AS INTEGER) AS mentions
FROM passages AS p
CROSS JOIN reference.terms AS t
WHERE p.duplicate_of IS NULL
GROUP BY ALL
HAVING mentions > 0
ORDER BY p.passage_id, t.kind, t.name
