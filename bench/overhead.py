"""`make bench-overhead`: what the training process does beside computing.

Images of 1024 pixels are read in its own loop, and ahead of it by threads while a device is busy
for as long as a step of SFT took on an H200 (`results/gpu.json`). Events are appended to a file,
one line each, by the loop itself. All of it is processor time of the thread that is meant, so that
what else the machine does hardly counts.
"""

from __future__ import annotations

import hashlib
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from rich.console import Console
from rich.table import Table

from bench.gpu import DEMONSTRATIONS, IMAGE_SIDE, write_shape
from bench.record import record, recorded
from prism_engine.contract.events import EventLog, Response, Sample, SamplesDrawn, Section
from prism_engine.contract.metrics import METRICS
from prism_engine.data.collate import Collator
from prism_engine.data.records import DataSet, Record
from prism_engine.policy.processor import Processor
from prism_engine.stages.samples import SHOWN_PROMPTS, SHOWN_ROLLOUTS, Gallery

STEPS = 6
REPEATS = 9
EVENTS = 300
RESPONSE_LETTERS = 24_000
"""About 6000 tokens: the longest response that recipes have by default."""


def main() -> None:
    """Measure, print the table and write the figures."""
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory(prefix="prism-overhead-") as name:
        folder = Path(name)
        write_shape(folder, "4b", None)
        data = write_images(folder / "data", STEPS * DEMONSTRATIONS)
        busy = recorded("gpu")["sft"]["seconds"]
        figures = {
            "images_a_step": DEMONSTRATIONS,
            "pixels_a_side": IMAGE_SIDE,
            "device_seconds": busy,
            "image_milliseconds": image_milliseconds(folder, data),
            "loop_seconds": {
                "in_the_loop": loop_seconds(folder, data, busy, ahead=False),
                "ahead": loop_seconds(folder, data, busy, ahead=True),
            },
            "event_microseconds": event_microseconds(folder),
        }
    loop = figures["loop_seconds"]
    figures["sft_step_ratio"] = round((busy + loop["in_the_loop"]) / (busy + loop["ahead"]), 3)
    Console().print(table(figures))
    record("overhead", figures)


def write_images(folder: Path, count: int) -> DataSet:
    """As many different photographs, as far as a JPEG is concerned, each with a question."""
    folder.mkdir()
    random, records = np.random.default_rng(0), []
    for number in range(count):
        shapes = random.integers(0, 256, (64, 64, 3), dtype=np.uint8)
        size = (IMAGE_SIDE, IMAGE_SIDE)
        smooth = np.asarray(Image.fromarray(shapes).resize(size, Image.Resampling.BICUBIC))
        noise = random.integers(-12, 13, smooth.shape)
        pixels = (smooth + noise).clip(0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(folder / f"{number}.jpg", quality=92)
        records.append(
            Record(id=str(number), images=[f"{number}.jpg"], question="?", response="x" * 512)
        )
    return DataSet(folder, records)


def image_milliseconds(folder: Path, data: DataSet) -> dict[str, float]:
    """Of one image: what threads do, and what is left for the loop."""
    patcher = Processor.load(folder).reader._patcher
    file = data.image_files(data.records[0])[0]
    content = file.content()
    image = file.decode(content)
    patches = patcher.cut(image)
    work: dict[str, Callable[[], object]] = {
        "hash": lambda: hashlib.sha256(file.content()).hexdigest(),
        "decode": lambda: file.decode(content),
        "cut": lambda: patcher.cut(image),
        "numbers": lambda: patcher.numbers([patches]),
        "shown": lambda: Gallery(data, None, folder / "images")._keep(image.copy()),
    }
    return {name: round(1000 * processor_seconds(do, REPEATS), 2) for name, do in work.items()}


def loop_seconds(folder: Path, data: DataSet, busy: float, *, ahead: bool) -> float:
    """What the loop does for a step's batch, the first step left out."""
    collator = Collator(data, Processor.load(folder))
    taken = []
    for step in range(STEPS):
        records, following = (
            data.records[number * DEMONSTRATIONS : (number + 1) * DEMONSTRATIONS]
            for number in (step, step + 1)
        )
        began = time.thread_time()
        collator.demonstrations(records, 512)
        if ahead:
            collator.ahead(following)
        taken.append(time.thread_time() - began)
        time.sleep(busy)
    return round(statistics.median(taken[1:]), 4)


def event_microseconds(folder: Path) -> dict[str, float]:
    """Of one line that a step appends, and of the samples of every tenth."""
    metrics = dict.fromkeys(list(METRICS)[:45], 0.123456789)
    text = "x" * RESPONSE_LETTERS
    response = Response(
        text=text, valid=True, tokens=RESPONSE_LETTERS // 4, answer="5", advantage=0.5,
        caption=Section(text=text[: RESPONSE_LETTERS // 3], score=0.5),
        reasoning=Section(text=text[: RESPONSE_LETTERS // 2], score=0.5),
    )  # fmt: skip
    sample = Sample(
        item="item", question="?" * 200, images=["0" * 64], demonstration=response,
        rollouts=[response] * SHOWN_ROLLOUTS,
    )  # fmt: skip
    with EventLog(folder / "events.jsonl") as log:
        work: dict[str, Callable[[], object]] = {
            "step": lambda: log.step_finished(1, metrics),
            "samples": lambda: log.write(SamplesDrawn, step=1, samples=[sample] * SHOWN_PROMPTS),
        }
        return {name: round(1e6 * processor_seconds(do, EVENTS), 1) for name, do in work.items()}


def processor_seconds(work: Callable[[], object], repeats: int) -> float:
    """The median of what this thread takes."""
    taken = []
    for _ in range(repeats):
        began = time.thread_time()
        work()
        taken.append(time.thread_time() - began)
    return statistics.median(taken)


def table(figures: dict[str, Any]) -> Table:
    """What takes how long."""
    result = Table("What", "How long", title="Beside computing")
    for name, milliseconds in figures["image_milliseconds"].items():
        result.add_row(f"an image: {name}", f"{milliseconds:.1f} ms")
    for name, seconds in figures["loop_seconds"].items():
        result.add_row(f"a step's images: {name.replace('_', ' ')}", f"{seconds:.3f} s")
    for name, microseconds in figures["event_microseconds"].items():
        result.add_row(f"an event: {name}", f"{microseconds / 1000:.2f} ms")
    return result


if __name__ == "__main__":
    main()
