"""Asking language models: any provider, within a budget, once for each prompt.

``client.LanguageModel`` is what writers are given. It asks through a ``Transport`` (``providers``) and remembers in
``Records`` (``resources/language_model.py``); everything else here is plain functions and values.
"""
