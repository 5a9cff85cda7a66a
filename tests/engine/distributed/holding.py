"""`python -m tests.engine.distributed.holding MODEL`: what ranks hold of a model, as one of them.

The first prints, by strategy, the bytes of all tensors after an update, the largest sum of them
that the leanest of six updates came to, and how many weights there are.
"""

from __future__ import annotations

import gc
import json
import os
import sys
from pathlib import Path

import torch
from torch.distributed.tensor import DTensor
from torch.profiler import ProfilerActivity, profile

from bench.distributed import STRATEGIES as SETTINGS
from prism_engine.algorithms.imitation import Imitation
from prism_engine.batch import TrainingBatch
from prism_engine.contract.config import Sft
from prism_engine.contract.settings import Optimizer
from prism_engine.distributed import STRATEGIES
from prism_engine.distributed.group import Group
from prism_engine.distributed.ranks import Ranks
from prism_engine.policy.learner import Learner, Passes
from prism_engine.policy.policy import Policy
from tests.engine.test_estimate import _peak


def main() -> None:
    """Let the model learn under every strategy, one after the other."""
    # There is no GPU to look for.
    os.environ["DS_ACCELERATOR"] = "cpu"
    torch.set_num_threads(1)
    ranks = Group.meet()
    found = {name: measure(Path(sys.argv[1]), name, ranks) for name in SETTINGS}
    if ranks.is_first:
        print(json.dumps(found))
    ranks.close()


def measure(model: Path, name: str, ranks: Ranks) -> dict[str, int]:
    """Held bytes, and the peak beside them."""
    before = bytes_of_tensors()
    policy = Policy.load(model, torch.float32, torch.device("cpu"))
    weights = sum(weight.numel() for weight in policy.model.parameters())
    run = {"policy": {"model": "any"}, "data": "any", "distribution": SETTINGS[name]}
    settings = Sft.model_validate(run).distribution
    strategy = STRATEGIES[settings.kind](settings, ranks)
    learner = Learner(policy, Imitation(), Optimizer(), 9, Passes(), strategy=strategy)
    batch = demonstrations(policy)
    learner.update(batch, 1)
    held = bytes_of_tensors() - before
    # A rank that is late leaves the other's buffers alive for longer.
    beside = min(peak_of(learner, batch, step) for step in range(2, 8))
    return {"held": held, "beside": beside, "weights": weights}


def peak_of(learner: Learner, batch: TrainingBatch, step: int) -> int:
    """The most bytes that an update takes at a time."""
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiled:
        learner.update(batch, step)
    return _peak(profiled)


def demonstrations(policy: Policy) -> TrainingBatch:
    """One short one for every rank, so that activations hardly count."""
    processor = policy.processor
    prompts = processor.pad([processor.encode_prompt("?", [])] * 2)
    ids, mask = processor.pad_responses([processor.encode_response("yes")] * 2)
    ones = torch.ones(ids.shape)
    return TrainingBatch(prompts, torch.arange(2), ids, mask, mask, 0 * ones, ones)


def bytes_of_tensors() -> int:
    """Of all that live, each storage once."""
    gc.collect()
    storages = {}
    for thing in gc.get_objects():
        if type(thing) in (torch.Tensor, torch.nn.Parameter, DTensor):
            local = thing.to_local() if isinstance(thing, DTensor) else thing
            storage = local.untyped_storage()
            storages[storage.data_ptr()] = storage.nbytes()
    return sum(storages.values())


if __name__ == "__main__":
    main()
