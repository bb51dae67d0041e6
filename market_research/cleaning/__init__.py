"""Typing, normalising, resolving and checking records between parser and mart."""
