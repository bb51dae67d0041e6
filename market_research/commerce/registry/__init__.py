"""Versions of trained models: which one is used, how right it is, when that is too little, what is tried beside it."""
