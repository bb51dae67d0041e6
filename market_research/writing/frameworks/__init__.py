"""SWOT, Porter's five forces and PESTEL as typed rows, each with its evidence; made by rules or by a language model."""
