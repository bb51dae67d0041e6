-- Where the documents come from, and whether they may be out of date: one row a source. `state` is fresh; unanswered: the
-- last time that it was asked, `unanswered` answers could not be had fresh, and earlier copies are in use;
-- behind: its last fresh answer was older at the date of the newest evidence than it may be (`allowed_hours`). When
-- documents arrived is in `documents`.
SELECT
    d.industry,
    d.source,
    coalesce(any_value(s.title), d.source) AS title,
    count(*) AS documents,
    max(d.published_at) AS newest_published,
    coalesce(any_value(s.state), 'fresh') AS state,
    any_value(s.asked) AS asked,
    any_value(s.unanswered) AS unanswered,
    any_value(s.asked_on) AS asked_on,
    any_value(s.answered_on) AS answered_on,
    any_value(s.received_on) AS received_on,
    any_value(s.days_behind) AS days_behind,
    any_value(s.allowed_hours) AS allowed_hours
FROM staged.documents AS d
LEFT JOIN reference.stale_sources AS s USING (industry, source)
GROUP BY d.industry, d.source
ORDER BY d.industry, d.source
