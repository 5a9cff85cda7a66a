"""A toy game: pictures of noise whose curated captions name both things and whose think is long.

The supervised policy says any of six things with equal chance, one of which is the curated one.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from prism_engine.contract.config import Pipeline
from prism_engine.contract.events import StepFinished, read_events
from prism_engine.contract.metrics import METRICS
from prism_engine.interruption import Interruption
from prism_engine.run import run_pipeline

CURATED = "<caption>\n- a\n- b</caption>\n<think>tt</think>\n<answer>1</answer>"
PUBLIC = tuple(
    f"<caption>\n- {caption}</caption>\n<think>{think}</think>\n<answer>1</answer>"
    for caption in ("a", "b", "a\n- b")
    for think in ("t", "tt")
)


def write_toy_data(folder: Path, responses: Sequence[str], pictures: int = 4) -> Path:
    """Every picture with every response. Pictures come in two sizes, questions in two lengths."""
    (folder / "images").mkdir(parents=True)
    random = np.random.default_rng(0)
    rows = []
    for picture in range(pictures):
        pixels = random.integers(0, 256, (16, 16 + 8 * (picture % 2), 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / "images" / f"{picture}.png")
        rows += [
            {
                "id": f"{picture}-{number}",
                "images": [f"images/{picture}.png"],
                "question": "what" + "?" * (picture // 2 % 2),
                "answer": {"type": "integer", "value": 1},
                "response": response,
            }
            for number, response in enumerate(responses)
        ]
    (folder / "data.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


def toy_recipe(model: Path, public: Path, curated: Path) -> dict[str, Any]:
    group = {
        "prompts_per_step": 4,
        "rollouts_per_prompt": 8,
        "sampling": {"max_new_tokens": 80},
        "data": str(curated),
        "game": {"optimizer": {"learning_rate": 3e-3}},
        "samples_every": 5,
        "checkpoint_every": 4,
        "audit": {"every": 4, "prompts": 4},
    }
    return {
        "name": "toy",
        "seed": 3,
        "runs": {
            "sft": {
                "kind": "sft",
                "policy": {"model": str(model)},
                "data": str(public),
                "steps": 120,
                "batch_size": 12,
                "optimizer": {"learning_rate": 1e-2, "schedule": "cosine"},
            },
            "warmup": {
                "kind": "warmup", "policy": {"run": "sft"}, "steps": 30,
                "gate": 0.8, "minimum_steps": 4, **group,
            },
            "align": {
                "kind": "align", "policy": {"run": "sft"}, "discriminator": {"run": "warmup"},
                "steps": 24, "optimizer": {"learning_rate": 4e-4}, "kl_coefficient": 0.01,
                "algorithm": {"kind": "grpo", "deviation_floor": 0.1}, **group,
            },
        },
    }  # fmt: skip


@dataclass(frozen=True)
class Played:
    """A pipeline that has been carried out."""

    pipeline: Pipeline
    out: Path

    def metrics(self, run: str) -> dict[int, dict[str, float]]:
        """By step, timings left out."""
        return {
            event.step: {n: v for n, v in event.metrics.items() if not METRICS[n].timing}
            for event in read_events(self.out / run / "events.jsonl")
            if isinstance(event, StepFinished)
        }

    def resumed(self, run: str, step: int, out: Path) -> Played:
        """The same pipeline in `out`, in which the run was lost after a checkpoint and resumed."""
        shutil.copytree(self.out, out)
        (out / run / "events.jsonl").unlink()
        shutil.rmtree(out / run / "export")
        checkpoint = out / run / "checkpoints" / f"step-{step:06d}"
        assert run_pipeline(self.pipeline, [run], out, checkpoint, 1, Interruption()) == 0
        return Played(self.pipeline, out)

    def weights(self, run: str, role: str) -> bytes:
        return (self.out / run / "export" / role / "model.safetensors").read_bytes()
