"""The writer that uses a language model: evidence in, typed sentences out, and nothing stands that the gate refuses."""
