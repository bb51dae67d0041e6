"""Assembling, drawing and rendering finished reports.

``model`` is the canonical form (JSON); every other format is rendered from it and from nothing else.
"""
