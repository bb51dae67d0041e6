-- Sales of each offer in the 90 days up to the newest day of any sale, against the 90 days before: `increasing` or `decreasing` from
-- 5 percent of the pieces, else `stable`; null where nothing was sold before. `revenue` is in the currency of the request,
-- that of each day at its rate; null where none is recorded or a rate is missing.
WITH span AS (SELECT max(date) AS last_day, min(date) AS first_day FROM sales WHERE NOT is_early),
stated AS (
    SELECT s.*, coalesce(s.currency, p.currency, t.currency) AS stated_currency, t.currency AS base
    FROM sales AS s CROSS JOIN reference.commerce_terms AS t LEFT JOIN products AS p USING (product_id)
),
converted AS (
    SELECT s.*, s.revenue * CASE WHEN s.stated_currency = s.base THEN 1 ELSE r.rate END AS amount
    FROM stated AS s
    ASOF LEFT JOIN currency_rates AS r ON r.currency = s.stated_currency AND r.date <= s.date
),
summed AS (
    SELECT
        s.industry, s.product_id, any_value(s.base) AS currency,
        any_value(w.last_day) - 89 AS first_day, any_value(w.last_day) AS last_day,
        any_value(w.first_day) <= any_value(w.last_day) - 179 AS is_comparable,
        coalesce(sum(s.quantity) FILTER (s.date > w.last_day - 90), 0)::DOUBLE AS pieces,
        CASE WHEN count(s.amount) = count(s.revenue) AND count(s.revenue) > 0
            THEN coalesce(sum(s.amount) FILTER (s.date > w.last_day - 90), 0)::DOUBLE END AS revenue,
        coalesce(sum(s.quantity) FILTER (s.date <= w.last_day - 90), 0)::DOUBLE AS pieces_before,
        CASE WHEN count(s.amount) = count(s.revenue) AND count(s.revenue) > 0
            THEN coalesce(sum(s.amount) FILTER (s.date <= w.last_day - 90), 0)::DOUBLE END AS revenue_before
    FROM converted AS s
    CROSS JOIN span AS w
    WHERE NOT s.is_early AND s.date > w.last_day - 180
    GROUP BY s.industry, s.product_id
)
SELECT
    m.industry, m.product_id, p.name, m.first_day, m.last_day, m.pieces, m.revenue, m.pieces_before, m.revenue_before, m.currency,
    CASE WHEN m.is_comparable AND m.pieces_before > 0 THEN 100.0 * (m.pieces - m.pieces_before) / m.pieces_before END AS change_pct,
    CASE WHEN change_pct >= 5 THEN 'increasing' WHEN change_pct <= -5 THEN 'decreasing' WHEN change_pct IS NOT NULL THEN 'stable' END
        AS trend
FROM summed AS m
LEFT JOIN products AS p USING (product_id)
ORDER BY m.revenue DESC, m.product_id
