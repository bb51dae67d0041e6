-- Pieces sold a day in the last 90 days of the ten offers with the largest revenue: the history that forecasts are shown with.
-- `records` says how many records a day's figure adds up; `locator` is the place of the first.
SELECT s.industry, s.product_id, s.date, s.quantity, s.records, s.document_id, s.locator
FROM sales AS s
JOIN (SELECT product_id, first_day FROM sales_trends ORDER BY revenue DESC, product_id LIMIT 10) AS t USING (product_id)
WHERE s.date >= t.first_day
ORDER BY s.product_id, s.date
