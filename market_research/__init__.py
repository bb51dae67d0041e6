"""Market research reports that can be audited."""
