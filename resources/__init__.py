"""What assets talk to: the lake, the warehouse, the vectors. Resources know where things are kept."""
