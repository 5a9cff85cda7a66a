"""DeepSpeed's ZeRO, stage 2 and 3 (arXiv 1910.02054): the file that knows its interface.

Its engine would count backward passes and reduce what it takes for a fixed number of them. Here
an update has as many passes as its tokens need: gradients stay on the rank until the last, and are
then reduced together. The model is one unit (`computing.py`), for stage 3 as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, nullcontext
from types import ModuleType
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.graph import increment_version
from torch.nn.functional import pad

from prism_engine.contract.distribution import REDUCED_AT_A_TIME
from prism_engine.contract.distribution import DeepSpeed as DeepSpeedSettings
from prism_engine.contract.settings import Optimizer
from prism_engine.distributed.computing import Computing
from prism_engine.distributed.gradients import complete
from prism_engine.distributed.ranks import Ranks
from prism_engine.distributed.strategy import Tensors
from prism_engine.errors import Diverged, MissingPackage
from prism_engine.policy.host import DeviceMemory, Memory
from prism_engine.policy.optimization import scheduled_rate

MOMENTS = ("exp_avg", "exp_avg_sq")


class PausingAdamW(torch.optim.AdamW):
    """AdamW that leaves groups alone while they are `paused`.

    ZeRO joins the weights of a group into one tensor, whose gradient is zero where there is none.
    Weights that nothing was learned about would go on by their momentum.
    """

    def step(self, closure: None = None) -> None:
        groups = self.param_groups
        self.param_groups = [group for group in groups if not group["paused"]]
        super().step(closure)
        self.param_groups = groups


class Anchored(Computing):
    """A unit whose backward pass has an end.

    Stage 3 takes gradients and puts weights away once the gradient of a unit's input is there, and
    without such an input it would do so at the beginning. The anchor is one: of all that waits to
    be computed in a backward pass, what was computed first in the forward pass comes last.
    """

    def forward(self, anchor: Tensor, function: Callable[..., Tensors], *given: object) -> Tensors:
        computed = super().forward(function, *given)
        moored = [each + 0 * anchor if each.requires_grad else each for each in computed]
        return getattr(computed, "_make", tuple)(moored)


class ZeroEngine:
    """A model under DeepSpeed."""

    def __init__(
        self,
        model: nn.Module,
        settings: Optimizer,
        steps: int,
        chosen: DeepSpeedSettings,
        ranks: Ranks,
    ) -> None:
        self._device = next(model.parameters()).device
        self._deepspeed = _imported(self._device)
        self._settings, self._steps, self._stage = settings, steps, chosen.stage
        self._ranks = ranks
        self._root = Anchored(model)
        self._learning = {
            name: weight for name, weight in model.named_parameters() if weight.requires_grad
        }
        self._adamw = PausingAdamW(list(_groups(self._learning, settings)), lr=0.0, fused=True)
        if chosen.stage == 3:
            self._deepspeed.utils.set_z3_leaf_modules(self._root, [Anchored])
        self._engine, self._zero, _, _ = self._deepspeed.initialize(
            model=self._root, optimizer=self._adamw, config=_config(settings, chosen)
        )
        self._prepare_moments()
        self._update = ExitStack()
        self.mark = torch.zeros((), dtype=torch.int64)

    def begin(self, *, images: bool) -> None:
        for group in self._adamw.param_groups:
            group["paused"] = group["sees"] and not images
        self._update.enter_context(self._engine.coalesce_grad_reduction())

    def compute(self, function: Callable[..., Tensors], *given: object) -> Tensors:
        anchor = torch.zeros((), device=self._device, requires_grad=True)
        return self._engine(anchor, function, *given)

    def backward(self, loss: Tensor) -> None:
        """Gradients are averaged over the ranks, where their sum is wanted."""
        self._engine.backward(loss * self._ranks.count)

    def step(self, step: int, what: str = "gradient") -> float:
        if self._stage == 2:  # The other fills in zeros by itself.
            complete(list(self._learning.values()), self._ranks)
        self._update.close()
        for group in self._adamw.param_groups:
            group["lr"] = self.learning_rate(step)
        self._engine.step()
        if self._zero.overflow:
            raise Diverged(step, what)
        # DeepSpeed changes weights unseen, and copies of them go by their version.
        increment_version(list(self._learning.values()))
        self.mark += 1
        return float(self._engine.get_global_grad_norm())

    def learning_rate(self, step: int) -> float:
        return scheduled_rate(self._settings, self._steps, step)

    def whole(self) -> AbstractContextManager[object]:
        if self._stage == 2:
            return nullcontext()
        return self._deepspeed.zero.GatheredParameters(list(self._root.parameters()))

    def state(self) -> dict[str, Tensor]:
        state = {}
        for name, value in self._gathered():
            if self._ranks.is_first:
                state[name] = value.detach().cpu().clone()
        return state

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        for number, (name, weight) in enumerate(self._learning.items()):
            self._put(weight, state[f"model.{name}"])
            if f"optimizer.{number}.step" in state:
                for moment in MOMENTS:
                    self._put(weight, state[f"optimizer.{number}.{moment}"], moment)
                self._moments_of(weight)["step"].copy_(state[f"optimizer.{number}.step"])
        self._renew_weights()

    def _put(self, weight: nn.Parameter, value: Tensor, *moment: str) -> None:
        """Take this rank's shard of a weight's value, or of one of its moments."""
        tools, about = self._deepspeed.utils, "optimizer_state" if moment else "fp32_param"
        if self._stage == 2:
            getattr(tools, f"safe_set_full_{about}")(weight, value, *moment)
            return
        # The setter of whole values does not know that the last shard is filled up with zeros.
        size = weight.ds_tensor.numel()
        filled = pad(value.flatten(), (0, size * self._ranks.count - value.numel()))
        own = filled.split(size)[self._ranks.rank]
        getattr(tools, f"safe_set_local_{about}")(weight, own, *moment)

    def _gathered(self) -> Iterator[tuple[str, Tensor]]:
        tools = self._deepspeed.utils
        for name, weight in self._learning.items():
            yield f"model.{name}", tools.safe_get_full_fp32_param(weight)
        for number, weight in enumerate(self._learning.values()):
            taken = self._moments_of(weight)["step"]
            if taken:
                yield f"optimizer.{number}.step", taken
                for moment in MOMENTS:
                    value = tools.safe_get_full_optimizer_state(weight, moment)
                    yield f"optimizer.{number}.{moment}", value

    def _moments_of(self, weight: nn.Parameter) -> dict[str, Tensor]:
        """AdamW's state of the tensor that the weight is a part of."""
        return self._adamw.state[self._flat_of(weight)]

    def _flat_of(self, weight: nn.Parameter) -> Tensor:
        """The tensor that this rank descends, in which it may have a shard of the weight."""
        if self._stage == 3:
            place = self._zero.grad_position[self._zero.get_param_id(weight)][0]
            return self._zero.fp32_partitioned_groups_flat[place]
        groups = self._adamw.param_groups
        number = next(n for n, group in enumerate(groups) if id(weight) in group["weights"])
        return self._zero.single_partition_of_fp32_groups[number]

    def _prepare_moments(self) -> None:
        """Begin with moments of zero, where AdamW would make them in its first step.

        DeepSpeed only finds those of all groups if they are there before that.
        """
        for weight in self._learning.values():
            flat = self._flat_of(weight)
            self._adamw.state[flat] = {
                "step": torch.zeros((), dtype=torch.float32, device=flat.device),
                **{moment: torch.zeros_like(flat) for moment in MOMENTS},
            }
        if self._stage == 2:
            self._zero._lazy_init_hp_params_optimizer_state()

    def _renew_weights(self) -> None:
        """Let the model compute with the weights that the optimizer has."""
        if self._stage == 2:
            self._zero.update_lp_params()
            return
        for number in range(len(self._zero.fp32_partitioned_groups_flat)):
            self._zero._reassign_or_swap_out_partitioned_parameters(number)


class DeepSpeed:
    """The strategy of ranks that leave the shards to DeepSpeed."""

    memory: Memory = DeviceMemory()

    def __init__(self, settings: DeepSpeedSettings, ranks: Ranks) -> None:
        self.ranks = ranks
        self._settings = settings

    def prepare(self, model: nn.Module, settings: Optimizer, steps: int) -> ZeroEngine:
        return ZeroEngine(model, settings, steps, self._settings, self.ranks)


def _imported(device: torch.device) -> ModuleType:
    """The library, which looks at the machine when it is imported.

    Raises:
        MissingPackage: it is not installed.
    """
    try:
        import deepspeed
    except ImportError as error:
        raise MissingPackage("distribution.kind: deepspeed", "deepspeed", "gpu") from error

    if device.type == "cpu":
        # It would compile a collective of its own, for which not every machine has a compiler.
        deepspeed.ops.__compatible_ops__ = {}
    return deepspeed


def _groups(learning: Mapping[str, nn.Parameter], settings: Optimizer) -> Iterator[dict[str, Any]]:
    """Matrices, which decay, apart from the rest, and weights that see apart from the others."""
    for sees in (False, True):
        for decays in (True, False):
            weights = [
                weight
                for name, weight in learning.items()
                if ("visual" in name.split(".")) == sees and (weight.ndim >= 2) == decays
            ]
            if weights:
                yield {
                    "params": weights,
                    "weights": {id(weight) for weight in weights},
                    "weight_decay": settings.weight_decay if decays else 0.0,
                    "sees": sees,
                    "paused": False,
                }


def _config(settings: Optimizer, chosen: DeepSpeedSettings) -> dict[str, Any]:
    # Left alone it would keep buffers of two gigabytes, however small the model is.
    zero: dict[str, Any] = {"stage": chosen.stage, "reduce_bucket_size": REDUCED_AT_A_TIME}
    if chosen.offload:
        zero["offload_optimizer"] = {"device": "cpu"}
    if chosen.offload and chosen.stage == 3:
        zero["offload_param"] = {"device": "cpu"}
    return {
        "train_micro_batch_size_per_gpu": 1,
        "gradient_clipping": settings.max_gradient_norm,
        "zero_optimization": zero,
        "zero_allow_untested_optimizer": True,
        "zero_force_ds_cpu_optimizer": False,
    }
