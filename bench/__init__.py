"""Figures: each module is one table, printed for a person and then as one JSON line."""
