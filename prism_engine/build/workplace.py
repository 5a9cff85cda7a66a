"""Where a run takes place, and what it finds there: models, samplers and a strategy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import torch

from prism_engine.contract.config import (
    Ask,
    Curate,
    Evaluate,
    GroupedRun,
    PolicyRun,
    ReinforcedRun,
    Sft,
    TrainingRun,
)
from prism_engine.contract.events import EventLog
from prism_engine.contract.samplers import Vllm, VllmServer
from prism_engine.contract.settings import FromModel, FromRun, Reference
from prism_engine.data.records import DataSet
from prism_engine.distributed import STRATEGIES
from prism_engine.distributed.ranks import Ranks
from prism_engine.distributed.sampler import SharedSampler
from prism_engine.distributed.strategy import Strategy
from prism_engine.endpoints.keys import Keys
from prism_engine.errors import InvalidModel
from prism_engine.interruption import Interruption
from prism_engine.policy.attention import refuse_missing_kernel
from prism_engine.policy.policy import Policy
from prism_engine.policy.sampler.sampler import Sampler
from prism_engine.policy.sampler.shared_prefill import SharedPrefillSampler
from prism_engine.policy.sampler.vllm import VllmSampler
from prism_engine.policy.sampler.vllm_release import ColocatedEngine, ServedEngine
from prism_engine.policy.tuning import tune
from prism_engine.randomness import Randomness
from prism_engine.stages.samples import Gallery

DrawingRun = GroupedRun | Evaluate | Curate | Ask
"""A run that draws responses."""

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float64": torch.float64}


class Job(Protocol):
    """A run that is ready to go."""

    def resume(self, checkpoint: Path) -> None:
        """Go on after a resumable checkpoint."""
        ...

    def run(self) -> bool:
        """Carry it out; returns whether it was cut short by a request to stop."""
        ...


@dataclass(frozen=True)
class Workplace:
    """Where a run takes place. `out` holds the folders of all runs of its pipeline.

    `keys` are the secrets of endpoints; `ledger` is where it keeps what it asked them, if that is
    to outlive the run's folder. `ranks` are the processes that carry it out together.
    """

    pipeline: str
    name: str
    out: Path
    seed: int
    events: EventLog
    interruption: Interruption
    keys: Keys = field(default_factory=lambda: Keys({}))
    ledger: Path | None = None
    ranks: Ranks = field(default_factory=Ranks)
    samplers: dict[Policy, Sampler] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        return self.out / self.name

    @property
    def checkpoints(self) -> Path:
        return self.folder / "checkpoints"

    @property
    def device(self) -> torch.device:
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")

    @property
    def randomness(self) -> Randomness:
        return Randomness(self.seed)

    def model(self, reference: Reference, role: str) -> Path:
        """The folder of what a run starts from; a hub id is downloaded."""
        if isinstance(reference, FromRun):
            return self.out / reference.run / "export" / role
        if Path(reference.model).is_dir():
            return Path(reference.model)
        from huggingface_hub import snapshot_download

        try:
            return Path(snapshot_download(reference.model))
        except (OSError, ValueError) as error:
            message = f"{reference.model} is no folder and could not be downloaded: {error}"
            raise InvalidModel(message) from error

    def policy(self, settings: PolicyRun | Evaluate | Curate | Ask) -> Policy:
        """The policy that a run starts from; every call gives another copy.

        Raises:
            UnsuitableMachine: it cannot be built here with the attention that it is to have.
        """
        assert isinstance(settings.policy, FromModel | FromRun)
        refuse_missing_kernel(settings.attention)
        folder = self.model(settings.policy, "policy")
        return Policy.load(folder, DTYPES[settings.dtype], self.device, settings.attention)

    def learning_policy(self, settings: Sft | ReinforcedRun) -> Policy:
        """The policy that a run teaches, prepared for that."""
        policy = self.policy(settings)
        tune(policy, settings.tuning, self.randomness)
        return policy

    def sampler(self, settings: DrawingRun, policy: Policy) -> Sampler:
        """Who draws from a policy: one for all who want to draw, since it may fill a GPU."""
        if policy not in self.samplers:
            sampler = SAMPLERS[settings.sampling.sampler.kind](settings, self, policy)
            self.samplers[policy] = self.on_all_ranks(sampler, policy)
        return self.samplers[policy]

    def gallery(self, data: DataSet, policy: Policy) -> Gallery:
        return Gallery(data, policy.processor, self.folder / "images", self.ranks)

    def on_all_ranks(self, sampler: Sampler, policy: Policy) -> Sampler:
        """The sampler itself, or one by which all ranks draw together."""
        return sampler if self.ranks.alone else SharedSampler(sampler, self.ranks, policy.whole)

    def strategy(self, settings: TrainingRun) -> Strategy:
        """How the ranks share what the run learns."""
        return STRATEGIES[settings.distribution.kind](settings.distribution, self.ranks)


def _shared_prefill(settings: DrawingRun, workplace: Workplace, policy: Policy) -> Sampler:
    return SharedPrefillSampler(policy, settings.sampling.tokens_at_a_time)


def _vllm(settings: DrawingRun, workplace: Workplace, policy: Policy) -> Sampler:
    sampler, folder = settings.sampling.sampler, workplace.model(settings.policy, "policy")
    assert isinstance(sampler, Vllm)
    # Where nothing learns nobody else wants the memory, and the weights stay as they are.
    sleeps = isinstance(settings, GroupedRun) and workplace.device.type == "cuda"
    return VllmSampler(policy, ColocatedEngine(folder, policy.dtype, sampler, sleeps=sleeps))


def _vllm_server(settings: DrawingRun, workplace: Workplace, policy: Policy) -> Sampler:
    sampler = settings.sampling.sampler
    assert isinstance(sampler, VllmServer)
    secret = workplace.keys.secret(sampler.key)
    folder = workplace.folder / "weights"
    return VllmSampler(policy, ServedEngine(sampler, secret, folder, policy.dtype))


SAMPLERS: dict[str, Callable[[DrawingRun, Workplace, Policy], Sampler]] = {
    "shared_prefill": _shared_prefill,
    "vllm": _vllm,
    "vllm_server": _vllm_server,
}
