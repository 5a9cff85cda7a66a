"""How many operations a batch asks of a policy, whatever the way in which they are computed."""

from __future__ import annotations

import math

from torch import nn

from prism_engine.batch import TrainingBatch
from prism_engine.policy.policy import Policy


def update_operations(policy: Policy, batch: TrainingBatch) -> int:
    """Of learning from a batch once.

    Going back asks as much as going forward for the gradient of states, and once more for that of
    weights. Weights that stay as they are have none, and below the lowest that learn nothing goes
    back.
    """
    operations = forward_operations(policy, batch)
    body = policy.model.model
    seeing = 3 if any(weight.requires_grad for weight in body.visual.parameters()) else 1
    # The norms of a tower whose matrices have adapters instead stay as they are, too.
    speaking = 3 if body.language_model.norm.weight.requires_grad else 2
    return seeing * operations["vision"] + speaking * operations["language"]


def forward_operations(policy: Policy, batch: TrainingBatch) -> dict[str, int]:
    """Of one reading, by tower: "vision" and "language", its head included.

    Two for each weight and token, and in attention four for each number of a query and each place
    that it sees: what is masked, is padding, or is read again does not count.
    """
    body, head = policy.model.model, policy.model.lm_head
    asked, answered = batch.prompts.attention_mask.sum(1), batch.response_mask.sum(1)
    read = int(asked.sum() + answered.sum())
    pairs = int((asked * (asked + 1) // 2).sum())
    pairs += int((answered * asked[batch.prompt_index] + answered * (answered + 1) // 2).sum())
    queries = sum(layer.self_attn.q_proj.out_features for layer in body.language_model.layers)
    products = _size(body.language_model) * read + _size(head) * int(batch.learned_mask.sum())

    vision = policy.model.config.vision_config
    patches = batch.prompts.grid_thw.prod(1)
    merging = sum(_size(part) for name, part in body.visual.named_children() if "merger" in name)
    seeing = (_size(body.visual) - merging) * int(patches.sum())
    seeing += merging * int(patches.sum()) // vision.spatial_merge_size**2
    looks = int(patches.square().sum()) * vision.depth * vision.hidden_size
    return {"language": 2 * products + 4 * pairs * queries, "vision": 2 * seeing + 4 * looks}


def _size(module: nn.Module) -> int:
    """Weights that states are multiplied by, wherever they are just now."""
    linear = (part for part in module.modules() if isinstance(part, nn.Linear))
    patching = (part for part in module.modules() if isinstance(part, nn.Conv3d))
    return sum(part.in_features * part.out_features for part in linear) + sum(
        part.in_channels * part.out_channels * math.prod(part.kernel_size) for part in patching
    )
