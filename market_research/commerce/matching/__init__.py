"""Which offers of several catalogues are one product: ``decisions.match`` does it all."""
