-- Attention by subject and month: Wikipedia page views, downloads of packages, points and comments of Hacker News stories.
-- `subject` is a company, technology, keyword or package; `series` is the article, the package service, or Hacker News.
-- `value` is the sum of the month and `counted` how many figures it was added up from. A month is complete if no day is
-- missing; of stories, if it is neither the first nor the last month of the search. `prior_value` is the same month a year
-- before, `value_12m` the sum of twelve complete months up to this one; changes compare complete months only, in percent.
WITH counted AS (
    SELECT
        industry, entity AS subject, metric AS measure,
        CASE WHEN metric LIKE 'hacker_news%' THEN 'Hacker News' ELSE dimensions END AS series,
        date_trunc('month', period_end)::DATE AS month,
        period_kind, period_start, period_end, value, fact_id
    FROM facts
    WHERE metric IN ('page_views', 'downloads', 'hacker_news_points', 'hacker_news_comments')
        AND unit = 'count' AND period_end IS NOT NULL
    -- Several answers may count the same thing: the latest is believed, and always the same one.
    QUALIFY row_number() OVER (
        PARTITION BY entity, metric, dimensions, period_start, period_end ORDER BY filed_on DESC NULLS LAST, fact_id
    ) = 1
),
months AS (
    SELECT
        industry, subject, measure, series, month,
        sum(value) AS value,
        count(*) AS counted,
        sum(period_end - period_start + 1) AS days,
        list(fact_id ORDER BY period_end, fact_id) AS fact_ids
    FROM counted
    GROUP BY ALL
),
judged AS (
    SELECT
        *,
        CASE
            WHEN series = 'Hacker News' THEN month > min(month) OVER whole AND month < max(month) OVER whole
            ELSE coalesce(days = day(last_day(month)), false)
        END AS is_complete
    FROM months
    WINDOW whole AS (PARTITION BY subject, measure, series)
),
summed AS (
    SELECT
        *,
        CASE
            WHEN count(*) FILTER (is_complete) OVER last_year = 12 THEN sum(value) OVER last_year
        END AS value_12m
    FROM judged
    WINDOW last_year AS (
        PARTITION BY subject, measure, series ORDER BY month
        RANGE BETWEEN INTERVAL 11 MONTH PRECEDING AND CURRENT ROW
    )
)
SELECT
    m.industry, m.subject, m.measure, m.series, m.month, m.value, m.counted, m.is_complete,
    p.value AS prior_value,
    CASE WHEN m.is_complete THEN 100 * (m.value / nullif(p.value, 0) - 1) END AS change_1y_pct,
    m.value_12m,
    100 * (m.value_12m / nullif(p.value_12m, 0) - 1) AS change_12m_pct,
    m.fact_ids,
    p.fact_ids AS prior_fact_ids,
    m.is_complete AND m.month = max(m.month) FILTER (m.is_complete) OVER (PARTITION BY m.subject, m.measure, m.series) AS is_latest
FROM summed AS m
LEFT JOIN summed AS p
    ON p.subject = m.subject AND p.measure = m.measure AND p.series = m.series
    AND p.month = m.month - INTERVAL 1 YEAR AND p.is_complete
ORDER BY m.subject, m.measure, m.series, m.month
