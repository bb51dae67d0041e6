-- Prices by symbol and day. Where several documents price the same day, the newest of them is believed.
-- `company` is the company with that ticker or name, if the industry has one; `locator` is the place in the document.
SELECT
    p.industry,
    p.symbol,
    c.name AS company,
    p.date,
    p.open,
    p.high,
    p.low,
    p.close,
    p.adjusted_close,
    p.volume,
    p.dividend,
    p.split,
    p.currency,
    p.document_id,
    coalesce(p.locator, 'row ' || p.row_number) AS locator
FROM staged.prices AS p
JOIN staged.documents AS d USING (industry, document_id)
LEFT JOIN (
    SELECT form, min(name) AS name
    FROM (
        SELECT upper(ticker) AS form, name FROM reference.companies WHERE ticker IS NOT NULL
        UNION
        -- Classes of shares as Yahoo writes them: BRK-B for BRK.B.
        SELECT regexp_replace(upper(ticker), '[./]([A-C])$', '-\1'), name FROM reference.companies WHERE ticker IS NOT NULL
        UNION
        SELECT upper(name), name FROM reference.companies
    )
    GROUP BY form
) AS c ON c.form = upper(p.symbol)
QUALIFY row_number() OVER (
    PARTITION BY p.symbol, p.date
    ORDER BY coalesce(d.published_at, d.retrieved_at) DESC, p.document_id
) = 1
ORDER BY p.symbol, p.date
