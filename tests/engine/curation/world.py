"""A made-up world to curate: items of every fate, and a server on which everything goes wrong.

Whatever the server says follows from what it is asked and the world's seed alone. It keeps a book
of what it billed, which judges what was paid twice.
"""

from __future__ import annotations

import hashlib
import json
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tests.engine.endpoints.server import Act, Call, completion

TRANSPORT_FAULTS = (
    Act(429, headers={"Retry-After": "0.02"}),
    Act(500),
    Act(503, headers={"Retry-After": "0"}),
    Act(408),
)
FAULTY_SHARE = 0.25
TIMEOUT = 3.0
LATE_SHARE, BROKEN_OFF_SHARE = 0.004, 0.02

INPUT_PRICE, OUTPUT_PRICE = 1.25, 10.0
CAP_PER_ITEM = 0.04

FATES = {
    "plain": 0.55, "easy": 0.12, "blind": 0.07, "wrong gold": 0.05, "no answer": 0.02,
    "broken image": 0.02, "exact duplicate": 0.04, "near duplicate": 0.04, "conflict": 0.01,
    "in MathVista": 0.03, "asked in WeMath": 0.02, "pictured in WeMath": 0.03,
}  # fmt: skip
"""What becomes of an item, and how often."""

THINGS = ("dark cells", "light cells", "crossed cells", "marked corners", "closed loops")
PLACES = ("the upper half", "the lower half", "the left half", "the right half", "the whole grid")


@dataclass(frozen=True)
class World:
    """Items on disk and what the server knows of them."""

    folder: Path
    truths: dict[str, int]  # by question
    fates: dict[str, str]  # by question


def build_world(folder: Path, count: int, seed: int = 0) -> World:
    """Write `items`, `MathVista` and `WeMath` as data sets into `folder`."""
    drawn = random.Random(seed)
    fates = drawn.choices(list(FATES), list(FATES.values()), k=count)
    # Something must be there before there can be a duplicate of it.
    fates[:10] = ["plain"] * min(10, count)
    items, benchmarks = _Writer(folder / "items"), {
        name: _Writer(folder / name) for name in ("MathVista", "WeMath")
    }  # fmt: skip
    truths, known, originals = {}, {}, list[tuple[str, int, int]]()
    for number, fate in enumerate(fates):
        question = (
            f"How many {drawn.choice(THINGS)} of figure {number} lie in {drawn.choice(PLACES)} of "
            f"grid {number}?"
        )
        truth, picture = drawn.randrange(2, 60), number
        if "duplicate" in fate or fate == "conflict":
            question, truth, picture = drawn.choice(originals)
        gold: int | None = truth + (7 if fate in ("wrong gold", "conflict") else 0)
        if fate == "no answer":
            gold = None
        items.add(
            f"item-{number}",
            question.upper() if fate == "near duplicate" else question,
            gold,
            picture,
            suffix="jpg" if fate == "near duplicate" else "png",
            broken=fate == "broken image",
        )
        if fate == "in MathVista":
            benchmarks["MathVista"].add(f"row-{number}", question, truth, picture)
        if fate == "asked in WeMath":
            benchmarks["WeMath"].add(f"row-{number}", f"  {question} ", truth, count + number)
        if fate == "pictured in WeMath":
            asked = f"Which colour has the grid of number {number}?"
            benchmarks["WeMath"].add(f"row-{number}", asked, truth, picture)
        if fate == "plain":
            originals.append((question, truth, picture))
        if question not in truths:
            truths[question], known[question] = truth, fate
    for writer in (items, *benchmarks.values()):
        writer.finish()
    return World(folder, truths, known)


class _Writer:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._rows: list[dict[str, Any]] = []
        (folder / "images").mkdir(parents=True)

    def add(
        self, name: str, question: str, gold: int | None, picture: int, *, suffix: str = "png",
        broken: bool = False,
    ) -> None:  # fmt: skip
        image = f"images/{name}.{suffix}"
        grid(picture).save(self._folder / image)
        if broken:
            (self._folder / image).write_bytes(b"no image at all")
        row = {"id": name, "images": [image], "question": question}
        if gold is not None:
            row["answer"] = {"type": "text", "value": str(gold)}
        self._rows.append(row)

    def finish(self) -> None:
        # A data set without rows is none.
        if not self._rows:
            self.add("filler", "What is written on the back of this page?", 1, 10**6)
        lines = "".join(json.dumps(row) + "\n" for row in self._rows)
        (self._folder / "data.jsonl").write_text(lines)


def grid(number: int) -> Image.Image:
    """A pattern of its own for every number."""
    cells = np.random.default_rng(number).integers(0, 2, (12, 12), dtype=np.uint8) * 200 + 20
    return Image.fromarray(cells).resize((96, 96), Image.Resampling.NEAREST).convert("RGB")


class Teacher:
    """Plays the panel, the blind model, the teacher and the policy."""

    def __init__(self, world: World, seed: int = 0, faulty: float = FAULTY_SHARE) -> None:
        self._world = world
        self._seed = seed
        self._faulty = faulty

    def __call__(self, call: Call) -> Act:
        chance = random.Random(f"{self._seed}/{call.content}")
        faults = [
            chance.choice(TRANSPORT_FAULTS) for _ in range(3) if chance.random() < self._faulty
        ]
        if call.attempt <= len(faults):
            return faults[call.attempt - 1]
        late, broken_off = chance.random() < LATE_SHARE, chance.random() < BROKEN_OFF_SHARE
        act = self._speak(call, chance)
        if call.attempt == len(faults) + 1 and (late or broken_off):
            return Act(act.status, act.reply, act.raw, {}, 1.5 * TIMEOUT * late, broken_off)
        return act

    def _speak(self, call: Call, chance: random.Random) -> Act:
        if "IMPOSSIBLE" in call.text:
            return _say(_repaired(call.text, chance), chance)
        question = next(one for one in self._world.truths if one in call.text)
        truth, fate = self._world.truths[question], self._world.fates[question]
        if call.body["model"] == "teacher":
            return _teach(truth, fate, chance)
        if call.body["model"] == "policy":
            right = chance.random() < int(_digest(question)[:4], 16) / 2**16 * 1.4 - 0.2
            return _say(_response(truth if right else truth + 1, chance), chance)
        likely = {"easy": 0.7, "blind": 0.0}.get(fate, 0.0)
        if not call.images:
            likely = 1.0 if fate == "blind" else 0.05
        answer = truth if chance.random() < likely else truth + chance.randrange(1, 5)
        return _say(f"I count them one by one.\nAnswer: {answer}", chance)


def _teach(truth: int, fate: str, chance: random.Random) -> Act:
    draw = chance.random()
    if draw < 0.04:
        return Act(reply=completion(None, refusal="I cannot help with that."))
    if draw < 0.08:
        return Act(reply=completion(_response(truth, chance)[:60], finish="length"))
    if draw < 0.11:
        return Act(raw=b'{"choices": [{"message": {"content": "<capt')
    if draw < 0.13:
        return Act(reply={"choices": [], "usage": {"prompt_tokens": 900, "completion_tokens": 0}})
    answer = truth if chance.random() < 0.75 or fate == "wrong gold" else truth + 1
    text = _response(answer, chance)
    if draw < 0.25:
        text = text.replace("</think>", "")
    if draw < 0.16:
        text = text.replace("<answer>", "").replace("</answer>", "")
    return _say(text, chance)


def _response(answer: int, chance: random.Random) -> str:
    items = "\n".join(f"- row {row} has some" for row in range(chance.randrange(1, 6)))
    steps = "\n".join(f"then I add row {row}" for row in range(chance.randrange(1, 4)))
    return f"<caption>\n{items}\n</caption>\n<think>\n{steps}\n</think>\n<answer>{answer}</answer>"


def _repaired(text: str, chance: random.Random) -> str:
    broken = text.rpartition("IMPOSSIBLE.\n\n")[2]
    if "<answer>" not in broken:
        return "IMPOSSIBLE"
    whole = broken.replace("\n<answer>", "\n</think>\n<answer>")
    # Now and then it makes something up, which must not get through.
    return whole.replace("then I add", "therefore I add") if chance.random() < 0.2 else whole


def _say(text: str, chance: random.Random) -> Act:
    counted = chance.random() > 0.05
    prompt, generated = chance.randrange(300, 1500), chance.randrange(50, 400)
    return Act(reply=completion(text, prompt=prompt, generated=generated, usage=counted))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def recipe(world: World, url: str, count: int, *, idempotent: bool = True) -> dict[str, Any]:
    """A curation of all items of the world by the models of one server."""

    def model(name: str) -> dict[str, Any]:
        return {
            "url": url, "model": name, "image_tokens": 1500, "idempotent": idempotent,
            "timeout": TIMEOUT, "attempts": 20, "concurrency": 16,
            "price": {"version": "test-1", "input": INPUT_PRICE, "output": OUTPUT_PRICE},
        }  # fmt: skip

    short = {"max_new_tokens": 400}
    run = {
        "kind": "curate", "data": str(world.folder / "items"),
        "benchmarks": {name: str(world.folder / name) for name in ("MathVista", "WeMath")},
        "panel": {"first": model("panel-a"), "second": model("panel-b"), "samples": 2, **short},
        "blind": {"endpoint": model("panel-a"), "samples": 2, **short},
        "teacher": {"endpoint": model("teacher"), "samples": 4, **short},
        "policy": {"endpoint": model("policy")}, "sampling": short,
        "rlvr": {"samples": 4, "items": max(count // 10, 1)},
        "alignment_items": max(count // 20, 1), "cap": CAP_PER_ITEM * count, "first_wait": 0.02,
    }  # fmt: skip
    return {"name": "curation", "seed": 0, "runs": {"curate": run}}
