"""Demand: what will be sold of each offer, how sure that is, and what it means for the stock."""
