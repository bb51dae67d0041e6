-- Which record was made of which, one row per link: document to fact and passage, fact to derived fact, both to finding
-- and claim. `lineage` says the same of whole tables, with code versions; `market-research trace` walks these links.
SELECT industry, document_id AS source_id, fact_id AS target_id, 'staging' AS transformation, locator
FROM facts WHERE document_id IS NOT NULL
UNION ALL
SELECT industry, document_id, passage_id, 'staging', locator FROM passages
UNION ALL
SELECT industry, unnest(from_json(locator, '["VARCHAR"]')), fact_id, method, NULL FROM facts WHERE document_id IS NULL
UNION ALL
SELECT industry, fact_id, corrected_id, 'correction', NULL FROM corrections
UNION ALL
SELECT industry, unnest(fact_ids), finding_id, 'analysis/' || analysis, NULL FROM findings
UNION ALL
SELECT industry, unnest(passage_ids), finding_id, 'analysis/' || analysis, NULL FROM findings
UNION ALL
SELECT industry, unnest(finding_ids), claim_id, 'report', NULL FROM claims
UNION ALL
SELECT industry, unnest(fact_ids), claim_id, 'report', NULL FROM claims
UNION ALL
SELECT industry, unnest(passage_ids), claim_id, 'report', NULL FROM claims
