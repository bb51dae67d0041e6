"""Finding evidence: cutting text into passages, embedding them, and searching by words and by meaning."""
