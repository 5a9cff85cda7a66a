"""A small visual world in which everything is known.

From (family, seed, difficulty) one semantic state (`scene.py`) gives a picture (`picture.py`), a
complete and true caption, a question, evaluated reasoning steps and a typed answer (`families/`).
`demonstration.py` writes a problem up in several grades, `vocabulary.py`, `tokenizer.py` and
`model.py` make a Qwen3-VL small enough to learn it in minutes, and `write.py` puts everything into
ordinary folders that the engine reads as it reads anybody's data. `suite/` mirrors the benchmarks
of the paper's tables in the same world.
"""
