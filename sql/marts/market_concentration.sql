-- Concentration of the covered revenue by fiscal year.
-- HHI: the sum of squared shares in percent, 0 to 10,000 (Herfindahl-Hirschman index; the US merger guidelines of 2023
-- call a market above 1,800 highly concentrated). CR4: the four largest shares together. Measured on the covered
-- companies only, so both are upper bounds for the whole market.
SELECT
    industry,
    fiscal_year,
    count(*) AS companies,
    sum(share_pct * share_pct) AS hhi,
    sum(share_pct) FILTER (WHERE position <= 4) AS cr4_pct,
    sum(share_pct) FILTER (WHERE position <= 2) AS cr2_pct,
    max(company) FILTER (WHERE position = 1) AS leader,
    max(share_pct) FILTER (WHERE position = 1) AS leader_share_pct,
    10000.0 / sum(share_pct * share_pct) AS equal_sized_equivalent,
    list(fact_id ORDER BY position) AS fact_ids
FROM market_share
GROUP BY industry, fiscal_year
ORDER BY fiscal_year
