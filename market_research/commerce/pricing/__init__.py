"""Prices: how demand answers to them, and which one to ask within the request's limits."""
