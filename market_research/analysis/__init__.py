"""One module per analysis: pure functions from tables to typed findings with their evidence."""
