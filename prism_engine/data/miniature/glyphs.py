"""Signs drawn from an embedded bitmap, five by seven: no font, and so always the same pixels."""

from __future__ import annotations

import numpy as np

_ROWS = {
    "0": "01110 10001 10011 10101 11001 10001 01110",
    "1": "00100 01100 00100 00100 00100 00100 01110",
    "2": "01110 10001 00001 00110 01000 10000 11111",
    "3": "11110 00001 00001 01110 00001 00001 11110",
    "4": "00010 00110 01010 10010 11111 00010 00010",
    "5": "11111 10000 11110 00001 00001 10001 01110",
    "6": "00110 01000 10000 11110 10001 10001 01110",
    "7": "11111 00001 00010 00100 01000 01000 01000",
    "8": "01110 10001 10001 01110 10001 10001 01110",
    "9": "01110 10001 10001 01111 00001 00010 01100",
    "A": "01110 10001 10001 11111 10001 10001 10001",
    "B": "11110 10001 10001 11110 10001 10001 11110",
    "C": "01110 10001 10000 10000 10000 10001 01110",
    "D": "11100 10010 10001 10001 10001 10010 11100",
    "E": "11111 10000 10000 11110 10000 10000 11111",
    "F": "11111 10000 10000 11110 10000 10000 10000",
    "G": "01110 10001 10000 10111 10001 10001 01111",
    "H": "10001 10001 10001 11111 10001 10001 10001",
    "I": "01110 00100 00100 00100 00100 00100 01110",
    "J": "00111 00010 00010 00010 00010 10010 01100",
    "Sum": "11111 10001 01000 00100 01000 10001 11111",
    "Count": "01010 01010 11111 01010 11111 01010 01010",
    "Perimeter": "11111 10001 10001 10001 10001 10001 11111",
    "Area": "11111 11111 11111 11111 11111 11111 11111",
    "plus": "00000 00100 00100 11111 00100 00100 00000",
}
"""What a sign is called, and its rows from top to bottom."""

GLYPHS: dict[str, np.ndarray] = {
    name: np.array([[pixel == "1" for pixel in row] for row in rows.split()])
    for name, rows in _ROWS.items()
}
"""(7, 5) bool: which pixels are inked."""


def ink(text: str) -> np.ndarray:
    """(height, width) bool: one sign in double size, or several beside each other in single size.

    Args:
        text: names of signs with spaces between them, such as `7` or `A 7`.
    """
    signs = [GLYPHS[name] for name in text.split()]
    if len(signs) == 1:
        return signs[0].repeat(2, axis=0).repeat(2, axis=1)
    gap = np.zeros((len(signs[0]), 1), dtype=bool)
    return np.hstack([part for sign in signs for part in (sign, gap)][:-1])
