"""What is where: the semantic state that picture, caption, question and answer all come from."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from random import Random
from string import ascii_lowercase

COLUMNS = "abc"


def cells_of(side: int) -> tuple[str, ...]:
    """The cells of a grid in reading order, row 1 at the top."""
    columns = ascii_lowercase[:side]
    return tuple(f"{column}{row}" for row in range(1, side + 1) for column in columns)


CELLS = cells_of(len(COLUMNS))

COLOURS = ("red", "green", "blue", "yellow")
SHAPES = ("circle", "square", "triangle")

RADII = (38, 66)
"""Smallest and largest radius, in tenths of a pixel."""
SMALL = 49
"""An object with a smaller radius is one that sloppy supervision tends to overlook."""

DENSITY = {1: 0.5, 2: 0.65, 3: 0.95}
"""Probability that a cell holds an object, by difficulty."""


@dataclass(frozen=True)
class Fact:
    """What a caption says about one cell."""

    cell: str
    colour: str
    shape: str

    def __str__(self) -> str:
        return f"{self.cell} {self.colour} {self.shape}"

    def has(self, attribute: str) -> bool:
        return attribute in (self.colour, self.shape)


@dataclass(frozen=True)
class Thing:
    """One object of a scene. Lengths are in tenths of a pixel, offsets from the cell's centre."""

    cell: str
    colour: str
    shape: str
    radius: int
    right: int
    down: int
    shade: int
    """Added to each channel of its colour."""

    @property
    def fact(self) -> Fact:
        return Fact(self.cell, self.colour, self.shape)

    @property
    def small(self) -> bool:
        return self.radius < SMALL


@dataclass(frozen=True)
class Scene:
    """Objects in reading order, the seed of the picture's noise, and how many cells wide it is."""

    things: tuple[Thing, ...]
    noise: int
    side: int = len(COLUMNS)

    @property
    def cells(self) -> tuple[str, ...]:
        return cells_of(self.side)

    @property
    def facts(self) -> tuple[Fact, ...]:
        """The complete and true caption."""
        return tuple(thing.fact for thing in self.things)

    @property
    def key(self) -> str:
        """Names what is visible; scenes that differ in noise only share it."""
        return hashlib.sha256(repr(self.things).encode()).hexdigest()


def seeded(*names: object) -> Random:
    """A generator that is always the same for the same names."""
    return Random("/".join(map(str, names)))  # noqa: S311  # It guards no secret.


def draw_thing(random: Random, cell: str, colour: str, shape: str) -> Thing:
    """An object of the given kind with a random size, place and shade."""
    radius = random.randint(*RADII)
    room = min(9, 75 - radius)
    right, down = random.randint(-room, room), random.randint(-room, room)
    return Thing(cell, colour, shape, radius, right, down, shade=random.randint(-30, 30))


def draw_scene(random: Random, difficulty: int) -> Scene:
    """A scene with at least one object."""
    occupied = [cell for cell in CELLS if random.random() < DENSITY[difficulty]]
    things = tuple(
        draw_thing(random, cell, random.choice(COLOURS), random.choice(SHAPES))
        for cell in occupied or [random.choice(CELLS)]
    )
    return Scene(things, noise=random.getrandbits(32))
