"""Turning findings into sentences, and letting through only what the evidence supports."""
