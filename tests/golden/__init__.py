"""Losses of ten steps of every stage in float64, so that a change of the numerics shows itself.

`python -m tests.golden` computes them again and writes them; the difference belongs into the same
commit as the change that explains it.
"""
