-- How the price of each symbol did: last close, change over 30, 90 and 365 days, volatility and drawdown.
-- Adjusted closes are used where every day of the symbol has one, else closes as they are. A change counts from the
-- last day with a price at or before the start of the span, if that is at most ten days older. Volatility is the
-- standard deviation of daily log returns of the last 365 days, times the root of 252; drawdown is the deepest fall
-- from an earlier peak of the same span. All are in percent.
WITH priced AS (
    SELECT
        industry, symbol, company, date, currency, close, document_id, locator,
        CASE WHEN bool_and(adjusted_close IS NOT NULL) OVER (PARTITION BY symbol) THEN adjusted_close ELSE close END AS price,
        bool_and(adjusted_close IS NOT NULL) OVER (PARTITION BY symbol) AS is_adjusted
    FROM price_history
),
ends AS (
    SELECT
        industry, symbol, any_value(company) AS company, arg_max(currency, date) AS currency,
        min(date) AS first_date, max(date) AS last_date, count(*) AS days,
        arg_max(close, date) AS last_close, arg_max(price, date) AS last_price, bool_and(is_adjusted) AS is_adjusted,
        arg_max(document_id, date) AS document_id, arg_max(locator, date) AS locator
    FROM priced
    GROUP BY industry, symbol
),
spans AS (SELECT e.symbol, e.last_price, s.span, e.last_date - s.span AS start FROM ends AS e CROSS JOIN (VALUES (30), (90), (365)) AS s (span)),
changes AS (
    SELECT
        s.symbol, s.span,
        CASE WHEN s.start - p.date <= 10 THEN 100.0 * (s.last_price / nullif(p.price, 0) - 1) END AS change_pct
    FROM spans AS s
    ASOF LEFT JOIN priced AS p ON p.symbol = s.symbol AND s.start >= p.date
),
year AS (
    SELECT
        p.symbol, p.price,
        lag(p.price) OVER (PARTITION BY p.symbol ORDER BY p.date) AS before,
        max(p.price) OVER (PARTITION BY p.symbol ORDER BY p.date ROWS UNBOUNDED PRECEDING) AS peak
    FROM priced AS p
    JOIN ends AS e USING (symbol)
    WHERE p.date >= e.last_date - 365
),
risk AS (
    SELECT
        symbol,
        100.0 * stddev_samp(CASE WHEN price > 0 AND before > 0 THEN ln(price / before) END) * sqrt(252) AS volatility_pct,
        100.0 * min(price / nullif(peak, 0) - 1) AS max_drawdown_pct
    FROM year
    GROUP BY symbol
)
SELECT
    e.industry, e.symbol, e.company, e.currency, e.first_date, e.last_date, e.days, e.last_close, e.is_adjusted,
    max(c.change_pct) FILTER (c.span = 30) AS change_30d_pct,
    max(c.change_pct) FILTER (c.span = 90) AS change_90d_pct,
    max(c.change_pct) FILTER (c.span = 365) AS change_365d_pct,
    any_value(r.volatility_pct) AS volatility_pct,
    any_value(r.max_drawdown_pct) AS max_drawdown_pct,
    e.document_id, e.locator
FROM ends AS e
LEFT JOIN changes AS c USING (symbol)
LEFT JOIN risk AS r USING (symbol)
GROUP BY ALL
ORDER BY e.symbol
