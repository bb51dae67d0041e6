"""One module per kind of source: each reads one wire format into typed records.

A parser is a plain function from bytes to ``Parsed``. It opens nothing, fetches nothing and raises
only ``UnreadableDocument``; what it cannot type goes into ``Parsed.rejects`` with place and reason.
"""
