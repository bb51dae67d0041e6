-- Passages with the title, date and company of their document; `duplicate_of` names the article that a copy repeats.
SELECT
    p.*,
    d.title,
    d.kind,
    coalesce(p.published_on, CAST(d.published_at AS DATE)) AS dated,
    n.name AS company,
    e.duplicate_of
FROM staged.passages AS p
JOIN staged.documents AS d USING (industry, document_id)
LEFT JOIN reference.company_names AS n ON n.stated = d.company
LEFT JOIN reference.near_duplicates AS e USING (passage_id)
ORDER BY p.document_id, p.ordinal
