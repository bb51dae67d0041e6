"""The graph: thin assets, one module per stage. They decide when something is made; how is said in the domain."""
