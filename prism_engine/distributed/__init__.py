"""Carrying out a run in several processes.

Every process, a rank, goes through the whole loop and comes to the same decisions from the same
numbers; only what is expensive is shared out. Each rank samples, scores and learns from its share
of the one global batch, in the order that one process would go through it, and what the ranks have
found is joined before anybody looks at it. Denominators are therefore those of the global batch,
gradients are added up, and the number of ranks does not change the loss.

A strategy says how weights and optimizers are spread over the ranks. To add one, write its file
with a class that has the methods of `strategy.Strategy`, add its settings to the union
`Distribution` in `contract/distribution.py`, and name it in `STRATEGIES`.
"""

from __future__ import annotations

from prism_engine.distributed.ddp import DataParallel
from prism_engine.distributed.deepspeed import DeepSpeed
from prism_engine.distributed.fsdp2 import FullySharded
from prism_engine.distributed.offloaded import Offloaded
from prism_engine.distributed.single import Single

STRATEGIES = {
    "single": Single,
    "offloaded": Offloaded,
    "ddp": DataParallel,
    "deepspeed": DeepSpeed,
    "fsdp2": FullySharded,
}
"""By what a recipe calls them."""
