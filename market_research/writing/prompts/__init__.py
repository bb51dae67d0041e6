"""Prompts and contexts as files: read, checked, composed, versioned by content, and filled with marked data."""
