-- Passages with the title, date and company of their document.
SELECT
    p.*,
    d.title,
    d.kind,
    coalesce(p.published_on, CAST(d.published_at AS DATE)) AS dated,
    n.name AS company
FROM staged.passages AS p
JOIN staged.documents AS d USING (industry, document_id)
LEFT JOIN reference.company_names AS n ON n.stated = d.company
ORDER BY p.document_id, p.ordinal
