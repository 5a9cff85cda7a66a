"""The composition root: from a run's settings to the objects that carry it out.

This package alone knows every concrete class. A new kind of run gets a function in `training.py`,
`evaluation.py`, `curation.py` or `ask.py`, and a line in `BUILDERS`.
"""

from __future__ import annotations

from collections.abc import Callable

from prism_engine.build.ask import build_ask
from prism_engine.build.curation import build_curate
from prism_engine.build.evaluation import build_evaluate
from prism_engine.build.training import build_align, build_rlvr, build_sft, build_warmup
from prism_engine.build.workplace import Job, Workplace
from prism_engine.contract.config import Run

__all__ = ["BUILDERS", "Job", "Workplace", "build"]


def build(settings: Run, workplace: Workplace) -> Job:
    """Put together what a run needs.

    Raises:
        InvalidData: the data set cannot be used.
        InvalidModel: the policy or the discriminator cannot be loaded.
    """
    return BUILDERS[settings.kind](settings, workplace)


BUILDERS: dict[str, Callable[..., Job]] = {
    "sft": build_sft,
    "warmup": build_warmup,
    "align": build_align,
    "rlvr": build_rlvr,
    "evaluate": build_evaluate,
    "curate": build_curate,
    "ask": build_ask,
}
