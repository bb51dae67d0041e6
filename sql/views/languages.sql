-- In which languages the documents and passages of an industry are; `language` is null where it cannot be told (short or
-- mixed text). Documents without text (tables) are not counted. Passages that are dated by themselves have a language of
-- their own, the others that of their document.
SELECT
    p.industry,
    CASE WHEN p.published_on IS NULL THEN d.language ELSE p.language END AS language,
    count(DISTINCT p.document_id) AS documents,
    count(*) AS passages,
    CAST(sum(length(p.text)) AS BIGINT) AS characters,
    100.0 * count(*) / sum(count(*)) OVER (PARTITION BY p.industry) AS passages_pct
FROM passages AS p
JOIN documents AS d USING (industry, document_id)
GROUP BY 1, 2
ORDER BY p.industry, passages DESC, language
