-- How right each version of each trained model was, month by month of the days that it predicted, beside what it was worth
-- when it was trained. Only predictions made before their actuals were known or learnt from (`kind` live) count.
-- `macro_f1` is the mean over the classes that occurred; `mape_pct` is of what a product sold in the first seven days of a
-- forecast together, of days with stock; `smape_pct` and `coverage_pct` (actuals inside the 95 % interval) are of single days.
WITH told AS (
    SELECT *, strftime(for_date, '%Y-%m') AS month FROM model_predictions WHERE kind = 'live' AND actual IS NOT NULL
),
hits AS (
    SELECT industry, version_id, month, actual_class AS class, count(*) AS occurred,
        count(*) FILTER (WHERE predicted_class = actual_class) AS hit
    FROM told WHERE actual_class IS NOT NULL GROUP BY ALL
),
said AS (
    SELECT industry, version_id, month, predicted_class AS class, count(*) AS said
    FROM told WHERE actual_class IS NOT NULL GROUP BY ALL
),
classes AS (
    SELECT h.industry, h.version_id, h.month, avg(2.0 * h.hit / (h.occurred + coalesce(s.said, 0))) AS macro_f1,
        sum(h.hit) / sum(h.occurred) AS accuracy
    FROM hits AS h LEFT JOIN said AS s USING (industry, version_id, month, class)
    GROUP BY ALL
),
weeks AS (
    SELECT industry, version_id, strftime(made_on, '%Y-%m') AS month, sum(predicted) FILTER (WHERE actual IS NOT NULL) AS predicted,
        sum(actual) AS actual
    FROM model_predictions
    WHERE model = 'demand' AND kind = 'live' AND actual_at IS NOT NULL AND for_date - made_on BETWEEN 1 AND 7
    GROUP BY industry, version_id, subject_id, made_on
    HAVING count(*) = 7 AND count(actual) * 2 >= 7 AND sum(actual) > 0
),
quantities AS (
    SELECT industry, version_id, month, 100 * avg(abs(predicted - actual) / actual) AS mape_pct FROM weeks GROUP BY ALL
),
days AS (
    SELECT
        industry, tenant, model, version_id, month, count(*) AS predictions,
        count(*) FILTER (WHERE served) AS served,
        avg(CASE WHEN abs(predicted) + abs(actual) > 0 THEN 200 * abs(predicted - actual) / (abs(predicted) + abs(actual))
            ELSE 0 END) FILTER (WHERE model = 'demand') AS smape_pct,
        100 * avg(CAST(actual BETWEEN lower AND upper AS INTEGER)) AS coverage_pct
    FROM told GROUP BY industry, tenant, model, version_id, month
),
stages AS (
    SELECT industry, version_id, arg_max(stage, ordinal) AS stage FROM model_stages GROUP BY ALL
),
promised AS (
    SELECT
        industry, version_id, max(value) FILTER (WHERE metric = 'macro_f1') AS trained_macro_f1,
        max(value) FILTER (WHERE metric = 'mape_pct') AS trained_mape_pct
    FROM model_metrics GROUP BY ALL
)
SELECT
    v.industry, v.tenant, v.model, v.version_id, v.number, s.stage, v.trained_on, p.trained_macro_f1, p.trained_mape_pct,
    d.month, d.predictions, d.served, c.macro_f1, c.accuracy, q.mape_pct, d.smape_pct, d.coverage_pct
FROM model_versions AS v
LEFT JOIN stages AS s USING (industry, version_id)
LEFT JOIN promised AS p USING (industry, version_id)
LEFT JOIN days AS d ON d.industry = v.industry AND d.version_id = v.version_id
LEFT JOIN classes AS c ON c.industry = v.industry AND c.version_id = v.version_id AND c.month = d.month
LEFT JOIN quantities AS q ON q.industry = v.industry AND q.version_id = v.version_id AND q.month = d.month
ORDER BY v.industry, v.tenant, v.model, v.number, d.month
