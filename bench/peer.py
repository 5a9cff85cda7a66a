"""TRL's trainers on the weights, prompts and images that ours gets.

TRL needs torchvision, whose build for GPUs cannot be imported beside a torch without CUDA: two
operators that nothing here calls are missing then, and are declared. `PRISM_PEER` names a folder
that torchvision was installed into (`pip install --no-deps --target`), so that it stays out of the
engine's environment, which must do without.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRL_EXPERIMENTAL_SILENCE", "1")
if "PRISM_PEER" in os.environ:
    sys.path.append(os.environ["PRISM_PEER"])
if not torch.cuda.is_available():
    _operators = torch.library.Library("torchvision", "FRAGMENT")
    _operators.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    _operators.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")

import datasets
from transformers import (
    AutoTokenizer,
    Qwen2VLImageProcessor,
    Qwen3VLForConditionalGeneration,
    Qwen3VLProcessor,
    Qwen3VLVideoProcessor,
    TrainerCallback,
)
from trl import GRPOConfig, GRPOTrainer, SFTConfig, SFTTrainer

from bench.question import Question
from prism_engine.policy.processor import SYSTEM_PROMPT, Processor

datasets.disable_progress_bars()

# transformers 5.18 renamed it.
_CHECKPOINTING = next(
    name
    for name in ("activation_checkpointing", "gradient_checkpointing")
    if name in GRPOConfig.__dataclass_fields__
)


class Alternating(TrainerCallback):
    """Times every step of a trainer, and lets somebody else take a turn after each."""

    def __init__(self, turn: Callable[[], object]) -> None:
        self.seconds: list[float] = []
        self._turn = turn
        self._began = 0.0

    def on_train_begin(self, *_: Any, **__: Any) -> None:
        self._began = _now()

    def on_step_end(self, *_: Any, **__: Any) -> None:
        self.seconds.append(_now() - self._began)
        self._turn()
        self._began = _now()


def _now() -> float:
    """Seconds, on a machine without a GPU those that this process computed."""
    if not torch.cuda.is_available():
        return time.process_time()
    torch.cuda.synchronize()
    return time.perf_counter()


def time_grpo(
    model: Qwen3VLForConditionalGeneration,
    folder: Path,
    questions: Sequence[Question],
    group: int,
    tokens: int,
    steps: int,
    turn: Callable[[], object],
    *,
    passes: int = 1,
    narrow: bool = False,
) -> list[float]:
    """Seconds of every step of TRL's GRPOTrainer: groups of completions of `tokens` each.

    Args:
        model: what learns.
        folder: of its tokenizer and of how it sees images.
        questions: that every step asks.
        group: completions to each.
        tokens: of every completion; the end token is forbidden, so that lengths are equal.
        steps: how many to take.
        turn: called after each of them.
        passes: that a step's rows are cut into; with several, activations are computed again.
        narrow: compute in bfloat16.
    """
    ours = Processor.load(folder)
    timer = Alternating(turn)
    trainer = GRPOTrainer(
        model=model,
        reward_funcs=lambda completion_ids, **_: [sum(ids) % 8 / 8 for ids in completion_ids],
        args=GRPOConfig(
            **_plain(folder, narrow, checkpointing=passes > 1),
            per_device_train_batch_size=len(questions) * group // passes,
            gradient_accumulation_steps=passes,
            num_generations=group,
            max_completion_length=tokens,
            generation_kwargs={"suppress_tokens": [*ours.banned_ids, ours.end_id]},
            loss_type="grpo",
            max_steps=steps,
            shuffle_dataset=False,
        ),
        train_dataset=_rows(questions * steps, answered=False),
        processing_class=_processor(folder),
        callbacks=[timer],
    )
    trainer.train()
    return timer.seconds


def time_sft(
    model: Qwen3VLForConditionalGeneration,
    folder: Path,
    questions: Sequence[Question],
    steps: int,
    turn: Callable[[], object],
) -> list[float]:
    """Seconds of every step of TRL's SFTTrainer on all of these demonstrations."""
    timer = Alternating(turn)
    trainer = SFTTrainer(
        model=model,
        args=SFTConfig(
            **_plain(folder),
            per_device_train_batch_size=len(questions),
            max_length=None,
            max_steps=steps,
            completion_only_loss=True,
        ),
        train_dataset=_rows(questions * steps, answered=True),
        processing_class=_processor(folder),
        callbacks=[timer],
    )
    trainer.train()
    return timer.seconds


def _plain(folder: Path, narrow: bool = False, checkpointing: bool = False) -> dict[str, Any]:
    """What both trainers are told: nothing but the step itself is to take time."""
    return {
        "output_dir": str(folder / "trl"),
        "learning_rate": 1e-6,
        _CHECKPOINTING: checkpointing,
        "bf16": narrow,
        "use_cpu": not torch.cuda.is_available(),
        "report_to": "none",
        "save_strategy": "no",
        "logging_steps": 1000,
        "disable_tqdm": True,
    }


def _rows(questions: Sequence[Question], *, answered: bool) -> datasets.Dataset:
    said = [
        [
            {"role": "system", "content": SYSTEM_PROMPT},
            {"role": "user", "content": question.text},
        ]
        for question in questions
    ]
    columns: dict[str, list[Any]] = {
        "prompt": said,
        "images": [[str(question.image)] for question in questions],
    }
    if answered:
        columns["completion"] = [[{"role": "assistant", "content": q.response}] for q in questions]
    rows = datasets.Dataset.from_dict(columns)
    return rows.cast_column("images", datasets.List(datasets.Image()))


def _processor(folder: Path) -> Qwen3VLProcessor:
    settings = json.loads((folder / "preprocessor_config.json").read_text("utf-8"))
    names = ("patch_size", "temporal_patch_size", "merge_size", "size", "image_mean", "image_std")
    given = {name: settings[name] for name in names}
    tokenizer = AutoTokenizer.from_pretrained(folder)
    return Qwen3VLProcessor(
        image_processor=Qwen2VLImageProcessor(**given),
        tokenizer=tokenizer,
        video_processor=Qwen3VLVideoProcessor(**given),
        chat_template=tokenizer.chat_template,
    )
