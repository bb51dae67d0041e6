"""Asking outside sources: what to ask, in which order, and how to read the answer.

One module per source. What comes back becomes a raw document like any other; ``http`` holds the manners of asking.
"""
