"""Market research reports that can be audited.

The domain in plain Python: parsing, cleaning, analysing, retrieving, writing and rendering. Nothing
here imports Dagster except ``definitions``; nothing here knows where data lie, except ``settings``.
"""

__version__ = "0.1.0"
