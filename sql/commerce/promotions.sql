-- Promotions of offers: as their records state them, as texts of catalogues tell them ("20% off until 31 December"), and as
-- prices show them. `origin` says which: record, text, list price (a price below the one without a discount), price path (a
-- price that falls by more than the request's `alert_pct` and is back within five weeks). What a record states of an offer is
-- not told again by its prices. Of a promotion that prices show, `ends_at` is when the price was seen to be back.
-- `discount_is_stated` holds where the source says the percent; else it is computed from prices.
-- `days` it lasts, where both ends are known; `is_open` says whether one lasts beyond the newest record of any price.
WITH named AS (SELECT DISTINCT tenant, marketplace, sku, product_id FROM reference.offers),
prices AS (
    SELECT product_id, observed_at, price, list_price, amount, currency, document_id, locator
    FROM product_prices WHERE NOT is_absurd AND amount > 0
),
stated AS (
    SELECT
        n.product_id, 'record' AS origin, r.name,
        coalesce(r.discount_pct, 100 * (1 - r.promotion_price / nullif(b.price, 0))) AS discount_pct,
        r.discount_pct IS NOT NULL AS discount_is_stated, r.promotion_price,
        r.currency, r.starts_at, r.ends_at, r.document_id, coalesce(r.locator, 'row ' || r.row_number) AS locator
    FROM staged.promotion_records AS r
    JOIN named AS n
        ON n.tenant IS NOT DISTINCT FROM r.tenant AND n.marketplace IS NOT DISTINCT FROM r.marketplace AND n.sku = r.sku
    ASOF LEFT JOIN prices AS b ON b.product_id = n.product_id AND b.observed_at < r.starts_at
),
told AS (
    SELECT
        n.product_id, 'text' AS origin, t.words AS name, t.discount_pct, true AS discount_is_stated, NULL AS promotion_price, t.currency,
        t.starts_at, t.ends_at, t.document_id, t.locator
    FROM reference.promotion_texts AS t
    JOIN named AS n
        ON n.tenant IS NOT DISTINCT FROM t.tenant AND n.marketplace IS NOT DISTINCT FROM t.marketplace AND n.sku = t.sku
),
marked AS ( -- Prices with and without a discount follow each other: each change begins a stretch.
    SELECT
        *, coalesce(list_price > price, false) AS is_reduced,
        lag(is_reduced) OVER moments IS DISTINCT FROM is_reduced AS begins,
        lead(observed_at) OVER moments AS next_at, lead(is_reduced) OVER moments AS next_is_reduced
    FROM prices
    WHERE product_id IN (SELECT product_id FROM prices WHERE list_price > price)
    WINDOW moments AS (PARTITION BY product_id ORDER BY observed_at)
),
stretches AS (
    SELECT *, sum(begins::INTEGER) OVER (PARTITION BY product_id ORDER BY observed_at) AS stretch FROM marked
),
listed AS (
    SELECT
        product_id, 'list price' AS origin, NULL AS name,
        max(100 * (list_price - price) / list_price) AS discount_pct, false AS discount_is_stated,
        min(price) AS promotion_price,
        any_value(currency) AS currency, min(observed_at) AS starts_at,
        max(next_at) FILTER (NOT next_is_reduced) AS ends_at,
        arg_min(document_id, observed_at) AS document_id, arg_min(locator, observed_at) AS locator
    FROM stretches WHERE is_reduced GROUP BY product_id, stretch
),
steps AS ( -- A price that is stated each day is one step until it changes.
    SELECT *, lag(amount) OVER (PARTITION BY product_id ORDER BY observed_at) AS before FROM prices
),
changes AS (
    SELECT
        *, lead(observed_at) OVER later AS back_at, lead(amount) OVER later AS back
    FROM steps WHERE before IS DISTINCT FROM amount
    WINDOW later AS (PARTITION BY product_id ORDER BY observed_at)
),
shown AS (
    SELECT
        c.product_id, 'price path' AS origin, NULL AS name, 100 * (c.before - c.amount) / c.before AS discount_pct,
        false AS discount_is_stated, c.price AS promotion_price, c.currency, c.observed_at AS starts_at, c.back_at AS ends_at, c.document_id, c.locator
    FROM changes AS c CROSS JOIN reference.commerce_terms AS t
    WHERE c.before - c.amount > t.alert_pct / 100.0 * c.before
        AND c.back >= 0.98 * c.before AND c.back_at <= c.observed_at + INTERVAL 35 DAY
),
seen AS (
    SELECT l.* FROM listed AS l
    UNION ALL
    SELECT s.* FROM shown AS s
    ANTI JOIN listed AS l ON l.product_id = s.product_id AND l.starts_at < s.ends_at
        AND coalesce(l.ends_at > s.starts_at, true)
),
every AS (
    SELECT * FROM stated
    UNION ALL
    SELECT * FROM told
    UNION ALL
    SELECT s.* FROM seen AS s
    ANTI JOIN stated AS r ON r.product_id = s.product_id AND coalesce(r.starts_at < s.ends_at, true)
        AND coalesce(r.ends_at > s.starts_at, true)
),
newest AS (SELECT max(observed_at) AS observed_at FROM product_prices)
SELECT
    p.industry, e.product_id, p.marketplace, p.name AS product, p.is_own, e.origin, e.name, e.discount_pct, e.discount_is_stated,
    e.promotion_price,
    coalesce(e.currency, p.currency) AS currency, e.starts_at, e.ends_at,
    date_diff('day', e.starts_at, e.ends_at) + (e.origin IN ('record', 'text'))::INTEGER AS days,
    coalesce(e.starts_at <= w.observed_at AND coalesce(e.ends_at > w.observed_at, e.origin = 'list price'), false) AS is_open,
    e.document_id, e.locator
FROM every AS e
LEFT JOIN products AS p USING (product_id)
CROSS JOIN newest AS w
ORDER BY e.starts_at, e.product_id, e.origin, e.locator
