-- Sales of each offer in the 90 days up to the newest day of any sale, against the 90 days before: `increasing` or `decreasing` from
-- 5 percent of the pieces, else `stable`; null where nothing was sold before. `revenue` is in the currency of the records.
WITH span AS (SELECT max(date) AS last_day, min(date) AS first_day FROM sales WHERE NOT is_early),
summed AS (
    SELECT
        s.industry, s.product_id, any_value(s.currency) AS currency,
        any_value(w.last_day) - 89 AS first_day, any_value(w.last_day) AS last_day,
        any_value(w.first_day) <= any_value(w.last_day) - 179 AS is_comparable,
        coalesce(sum(s.quantity) FILTER (s.date > w.last_day - 90), 0)::DOUBLE AS pieces,
        coalesce(sum(s.revenue) FILTER (s.date > w.last_day - 90), 0)::DOUBLE AS revenue,
        coalesce(sum(s.quantity) FILTER (s.date <= w.last_day - 90), 0)::DOUBLE AS pieces_before,
        coalesce(sum(s.revenue) FILTER (s.date <= w.last_day - 90), 0)::DOUBLE AS revenue_before
    FROM sales AS s
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
