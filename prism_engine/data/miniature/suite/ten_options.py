"""Ten options, as MMMU-Pro offers them: in the text, and drawn into the picture."""

from __future__ import annotations

from random import Random

from prism_engine.data.answers import LETTERS
from prism_engine.data.miniature.scene import SHAPES, cells_of, seeded
from prism_engine.data.miniature.suite.exercise import (
    Exercise,
    Group,
    choose,
    listed,
    picture,
    some_cells,
    some_colour,
)

TEN = 10
CONTENT = ("b1", "c1", "d1", "a2", "b2")
"""Where, in the screenshot, the objects stand that the question is about."""
SCREEN = cells_of(4)
INK = "blue"


class TenOptions:
    """One question in two versions: `Count red` with ten options, or a picture of all of it."""

    def group(self, seed: int) -> Group:
        random = seeded("ten options", seed)
        asked = random.choice(("Sum", "Count"))
        colour = some_colour(random)
        shapes, steps, value = (_digits if asked == "Sum" else _objects)(random, colour)
        options = [str(number) for number in range(TEN)]
        random.shuffle(options)
        answer, found = choose(str(value), options)
        cells = some_cells(random, len(shapes))
        text = picture(random, [(c, *shape) for c, shape in zip(cells, shapes, strict=True)])
        written = "Sum" if asked == "Sum" else f"Count {colour}"
        drawn = [("a1", colour, asked)]
        drawn += [(c, *shape) for c, shape in zip(CONTENT, shapes, strict=False)]
        free = [cell for cell in SCREEN if cell not in ("a1", *CONTENT)]
        drawn += [
            (cell, INK, f"{letter} {option}")
            for cell, letter, option in zip(free, LETTERS, options, strict=False)
        ]
        screen = picture(random, drawn, side=4)
        shared = ((*steps, found), answer, answer.value)

        def row(setting: str) -> dict[str, object]:
            return _published(setting, options, answer.value, seed)

        asking = f"<image 1>\n{written}{listed(options)}"
        return (
            Exercise((text,), asking, *shared, row("standard (10 options)")),
            Exercise((screen,), "Solve", *shared, row("vision")),
        )


Shape = tuple[str, str]


def _digits(random: Random, colour: str) -> tuple[list[Shape], list[str], int]:
    """Two numbers whose sum is at most nine."""
    first = random.randint(0, 5)
    second = random.randint(0, 9 - first) % 6
    shapes = [(colour, str(first)), (colour, str(second))]
    return shapes, [f"{first} plus {second} = {first + second}"], first + second


def _objects(random: Random, colour: str) -> tuple[list[Shape], list[str], int]:
    """Five objects, some of them of the colour that is counted."""
    shapes = [
        (colour if random.random() < 0.5 else some_colour(random), random.choice(SHAPES))
        for _ in CONTENT
    ]
    count = sum(shape[0] == colour for shape in shapes)
    return shapes, [f"{colour} = {count}"], count


def _published(setting: str, options: list[str], answer: str, seed: int) -> dict[str, object]:
    return {
        "id": f"test_Mathematics_{seed}",
        "setting": setting,
        "answer": answer,
        "options": repr(options),
        "subject": "Math",
        "img_type": "['Diagrams']",
        "topic_difficulty": "Easy",
    }
