"""Declared transformation rules: what a request says must be done to the tables of private sources.

``rules`` holds what may be declared, ``apply`` does it to one table. What a rule rejects is set aside with its place,
the rule's number and the reason; what it replaces by another row is kept too. No row is lost.
"""
