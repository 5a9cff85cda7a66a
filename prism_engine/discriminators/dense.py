"""The paper's ablation of the experts: a dense copy of the policy in place of the sparse one.

It reads caption and reasoning apart as the sparse one does, so that nothing but the network
differs. The paper does not say whether its own reads the response as a whole.
"""

from __future__ import annotations

from prism_engine.discriminators.network import NetworkDiscriminator
from prism_engine.discriminators.scorer import Scorer
from prism_engine.discriminators.sections import EXPERTS


class DenseDiscriminator(NetworkDiscriminator):
    """A dense copy of the policy with a scalar head."""

    channels = EXPERTS
    scorer_class = Scorer
