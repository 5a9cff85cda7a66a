"""`make bench-gpu-memory`: peak memory on a GPU, beside what `validate` says a run takes.

The parts of a step are those of runs: learning from demonstrations and from groups of rollouts,
with and without gradient checkpointing, with a part of the weights frozen and by adapters;
sampling; and judging, alone and within an alignment. A second pass of the same work is measured,
when optimizers have their moments and layers are compiled.
"""

from __future__ import annotations

import argparse
import gc
import math
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from bench.gpu import (
    GIBIBYTE,
    GROUP,
    PROMPTS,
    RESPONSE_TOKENS,
    SAMPLED_TOKENS,
    SHAPES,
    TOKENS_PER_PASS,
    batch_of,
    demonstration_batch,
    estimated,
    grouped_run,
    learner_of,
    prompts,
    random_policy,
    rollout_batch,
    sample,
    sft_run,
    show,
    write_shape,
)
from bench.record import record
from prism_engine.batch import Drawn, Rollouts
from prism_engine.contract.discriminators import Game, Moe
from prism_engine.contract.distribution import Distribution, Offloaded, Single
from prism_engine.contract.settings import Lora, Optimizer, Tuning
from prism_engine.data.response import Sections, parse_response
from prism_engine.discriminators.discriminator import Rules
from prism_engine.discriminators.moe import MoeDiscriminator
from prism_engine.distributed import STRATEGIES
from prism_engine.distributed.ranks import Ranks
from prism_engine.policy.host import HostMemory
from prism_engine.policy.offloaded import OffloadedAdamW
from prism_engine.policy.optimization import ScheduledAdamW
from prism_engine.policy.policy import Policy
from prism_engine.policy.tuning import tune
from prism_engine.randomness import Randomness

FEW_LAYERS = 4
"""Of the models beside which a discriminator of four experts has room."""
SECTION_TOKENS = RESPONSE_TOKENS // 2
MOST_EVENTS = 1_000_000
SHOWN_BLOCKS = 14

TUNINGS = {
    "": Tuning(),
    ", checkpointing": Tuning(gradient_checkpointing=True),
    ", vision frozen": Tuning(frozen=["vision"]),
    ", adapters": Tuning(lora=Lora()),
}

SINGLE = Single()

Case = tuple[str, Callable[[], object], float]
"""What is done, the doing of it, and how many GiB it is said to take."""
Cases = Callable[[Path, Policy], Iterator[Case]]


def main() -> None:
    """Measure, print and write the figures."""
    parser = argparse.ArgumentParser(prog="python -m bench.gpu_memory")
    parser.add_argument("groups", nargs="*", metavar="GROUP", help=f"among {', '.join(GROUPS)}")
    parser.add_argument("--shape", choices=sorted(SHAPES), default="4b")
    parser.add_argument("--blocks", action="store_true", help="print what is there at each peak")
    arguments = parser.parse_args()
    if not torch.cuda.is_available():
        sys.exit("bench-gpu-memory: torch finds no GPU on this machine, so nothing is measured.")
    torch.manual_seed(0)
    figures: dict[str, Any] = {"offloading_changes_no_number": is_same_offloaded()}
    largest = 0.0
    for group in arguments.groups or GROUPS:
        layers, cases = GROUPS[group]
        with tempfile.TemporaryDirectory(prefix="prism-gpu-") as folder:
            config = write_shape(Path(folder), arguments.shape, layers)
            policy = random_policy(Path(folder), config)
            for case, work, expected in cases(Path(folder), policy):
                name = f"{case}, {config.text_config.num_hidden_layers} layers"
                try:
                    measured = measure(work, expected, arguments.blocks)
                except torch.OutOfMemoryError:
                    show({name: f"has no room here; {expected} GiB were predicted"})
                    continue
                show({name: measured})
                largest = max(largest, abs(measured["error"]))
                figures |= {name: measured, "largest_error": largest}
                record("gpu_memory", figures)
            del policy, work


def is_same_offloaded() -> bool:
    """Whether an optimizer comes to the same bits where weights and moments rest in between."""
    shapes = [(512, 256), (256,), (1024, 64)]
    plain, spared = ([nn.Parameter(_ramp(*shape)) for shape in shapes] for _ in "ab")
    memory, settings = HostMemory(), Optimizer(learning_rate=1e-3)
    usual = ScheduledAdamW(plain, settings, 100)
    offloaded = OffloadedAdamW(spared, settings, 100, memory)
    for step in range(1, 4):
        memory.rest(spared)
        for first, second in zip(plain, spared, strict=True):
            first.grad = torch.randn_like(first)
            second.grad = first.grad.clone()
        usual.step(step)
        offloaded.step(step)
    contents = [memory.content(weight).to("cuda") for weight in spared]
    return all(map(torch.equal, plain, contents))


def _ramp(*shape: int) -> Tensor:
    return torch.linspace(-1, 1, math.prod(shape), device="cuda").view(shape)


def measure(work: Callable[[], object], expected: float, blocks: bool) -> dict[str, float]:
    """Peak of the second of two passes of some work, and how far off the estimate is."""
    work()
    gc.collect()
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    held = torch.cuda.memory_allocated()
    if blocks:
        torch.cuda.memory._record_memory_history(context=None, max_entries=MOST_EVENTS)
    work()
    torch.cuda.synchronize()
    peak = torch.cuda.max_memory_allocated() / GIBIBYTE
    if blocks:
        print_blocks()
    return {
        "held_gib": round(held / GIBIBYTE, 2),
        "peak_gib": round(peak, 2),
        "predicted_gib": expected,
        "error": round(expected / peak - 1, 4),
    }


def print_blocks() -> None:
    """The sizes of what was allocated since recording began and was there at the peak."""
    events = torch.cuda.memory._snapshot()["device_traces"][0]
    torch.cuda.memory._record_memory_history(enabled=None)
    there: dict[int, int] = {}
    total = most = end = 0
    for number, event in enumerate(events):
        if event["action"] == "alloc":
            there[event["addr"]] = event["size"]
            total += event["size"]
        elif event["action"] == "free_requested":
            total -= there.pop(event["addr"], 0)
        if total > most:
            most, end = total, number
    there = {}
    for event in events[: end + 1]:
        if event["action"] == "alloc":
            there[event["addr"]] = event["size"]
        elif event["action"] == "free_requested":
            there.pop(event["addr"], None)
    sizes = Counter(there.values())
    print(f"{most / GIBIBYTE:.2f} GiB came on top, at event {end} of {len(events)}:")
    for size, count in sorted(sizes.items(), key=lambda each: -each[0] * each[1])[:SHOWN_BLOCKS]:
        print(f"{count:6d} x {size:13,d} = {count * size / GIBIBYTE:7.2f} GiB")


def sampling(folder: Path, policy: Policy) -> Iterator[Case]:
    """Groups of rollouts by a policy that does not learn."""
    asked, run = prompts(policy, PROMPTS), grouped_run("warmup", SAMPLED_TOKENS)
    run |= {"discriminator": {"kind": "random"}}
    expected = estimated(folder, {"run": run}, "run", "sampling")
    yield "sampling", lambda: sample(policy, asked), expected


def learning(tuned: str, *kinds: str, distribution: Distribution = SINGLE) -> Cases:
    """Updates of a policy under one of the `TUNINGS`."""

    def cases(folder: Path, policy: Policy) -> Iterator[Case]:
        tune(policy, TUNINGS[tuned], Randomness(0))
        strategy = STRATEGIES[distribution.kind](distribution, Ranks())
        named = tuned if distribution is SINGLE else f"{tuned}, {distribution.kind}"
        for kind in kinds:
            batch = demonstration_batch(policy) if kind == "sft" else rollout_batch(policy)
            run = sft_run() if kind == "sft" else grouped_run("rlvr")
            run["tuning"] = TUNINGS[tuned].model_dump() | {"tokens_per_pass": TOKENS_PER_PASS[kind]}
            run["distribution"] = distribution.model_dump()
            learner = learner_of(policy, kind, strategy)
            yield (
                f"{kind}{named}",
                lambda learner=learner, batch=batch: learner.update(batch, 1),
                estimated(folder, {"run": run}, "run", "learning"),
            )

    return cases


def judging(folder: Path, policy: Policy) -> Iterator[Case]:
    """The discriminator's scores and its update; then a whole step but for the sampling."""
    rules = Rules(Game(optimizer=Optimizer(learning_rate=1e-9)), 100, SECTION_TOKENS)
    generator = torch.Generator().manual_seed(0)
    with policy.precision():
        pass  # A warm-up's policy has drawn rollouts, and so has its copies.
    discriminator = MoeDiscriminator.fresh(policy, Moe(), rules, generator)
    learner = learner_of(policy, "update")
    demonstrations = [said(-1 - number) for number in range(PROMPTS)]

    def judge(count: int, *between: Callable[[], object]) -> None:
        drawn = drawn_of(policy, count)
        scores = discriminator.score(drawn, demonstrations[:count])
        for work in between:
            work()
        discriminator.learn(scores, 1)

    for count in (1, PROMPTS):
        warmup = grouped_run("warmup") | {"prompts_per_step": count}
        expected = estimated(folder, {"warmup": warmup}, "warmup", "judging")
        yield f"judging {count * GROUP} rollouts", lambda count=count: judge(count), expected
    for count in (1, PROMPTS):
        grouped = {"prompts_per_step": count}
        align = grouped_run("align") | grouped | {"discriminator": {"run": "warmup"}}
        align["tuning"] = {"tokens_per_pass": TOKENS_PER_PASS["update"]}
        runs = {"warmup": grouped_run("warmup") | grouped, "align": align}
        batch = batch_of(policy, count, GROUP)
        yield (
            f"alignment on {count * GROUP} rollouts",
            lambda count=count, batch=batch: judge(count, lambda: learner.update(batch, 1)),
            max(estimated(folder, runs, "align", phase) for phase in ("judging", "learning")),
        )


def drawn_of(policy: Policy, count: int) -> Drawn:
    """Groups of rollouts whose sections are all different and as long as they may be."""
    sections = [said(number) for number in range(count * GROUP)]
    nothing = torch.zeros(len(sections), 1)
    rollouts = Rollouts(nothing.long(), nothing.bool(), nothing, nothing[:, 0].bool())
    return Drawn((), prompts(policy, count), rollouts, (), tuple(sections), GROUP, 0.0)


def said(number: int) -> Sections:
    """Sections longer than is read of them, no two alike."""
    text = f"{number:0{SECTION_TOKENS}d}"
    sections = parse_response(
        f"<caption>{number} {text}</caption><think>{number} {text}</think><answer>1</answer>"
    )
    assert sections is not None
    return sections


GROUPS: dict[str, tuple[int | None, Cases]] = {
    "sampling": (None, sampling),
    "learning": (None, learning("", "update", "sft")),
    "checkpointing": (None, learning(", checkpointing", "update", "sft")),
    "judging": (FEW_LAYERS, judging),
    "frozen": (FEW_LAYERS, learning(", vision frozen", "sft")),
    "adapters": (FEW_LAYERS, learning(", adapters", "update")),
    "offloaded": (FEW_LAYERS, learning("", "update", distribution=Offloaded())),
}
"""What can be measured, and how many layers the model has for that; None is all of them."""


if __name__ == "__main__":
    main()
