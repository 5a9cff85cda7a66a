from __future__ import annotations

import pytest

from prism_engine.data.spelling.latex import DEEPEST, LONGEST, commas, latex


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("(x+1)**2", "(x+1)^{2}"),
        ("x^10", "x^{10}"),
        ("x^-1", "x^{-1}"),
        ("x^(1/2)", "x^{(1/2)}"),
        ("x_12", "x_{12}"),
        ("√3", "\\sqrt{3}"),
        ("√(x+1)", "\\sqrt{x+1}"),
        ("2sqrt(3)/3", "2\\sqrt{3}/3"),
        ("sqrt(sqrt(2))", "\\sqrt{\\sqrt{2}}"),
        ("√x+1", "\\sqrt{x}+1"),
        ("2pi", "2\\pi"),
        ("exp(x)", "\\exp (x)"),
        ("0.5x", "\\frac{05}{10}x"),
        ("1.414", "1.414"),
        ("50% x", "\\frac{50}{100} x"),
        ("60°", "60\\cdot \\frac{\\pi}{180}"),
        ("\\dfrac{1}{2}", "\\frac{1}{2}"),
        ("\\left(x\\right)", "(x)"),
        ("x²", "x^{2}"),
        ("\\begin{pmatrix} 1 & 2 \\\\ 3 & 4 \\end{pmatrix}",) * 2,
    ],
)
def test_typed_mathematics_becomes_latex(typed: str, written: str) -> None:
    assert latex(typed) == written


@pytest.mark.parametrize(
    "text",
    [
        "It could be 3 or 7",
        "x or y",
        "x; y",
        "2 3",
        "\\text{about } x",
        "\\boxed{1} \\boxed{2}",
        "9^{9^{9}}",
        "2^{99999}",
        "99999!",
        "3!!",
        "x % 5",
        "1:2:3",
        "x" * (LONGEST + 1),
        "(" * (DEEPEST + 1) + "x" + ")" * (DEEPEST + 1),
        "",
    ],
)
def test_more_or_other_than_one_piece_of_mathematics_is_not_read(text: str) -> None:
    assert latex(text) is None


def test_commas_between_values_are_counted() -> None:
    assert [commas(text) for text in ("1,200", "1,2", "(a,b),(c,d)", "x")] == [0, 1, 3, 0]
