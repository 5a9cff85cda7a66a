from __future__ import annotations

import torch

from prism_engine.discriminators.pooling import POOLINGS, READ
from prism_engine.discriminators.sections import SectionBatch

SECTIONS = SectionBatch(
    ids=torch.zeros(2, 4, dtype=torch.long),
    mask=torch.tensor([[True, True, False, False], [True, True, True, True]]),
    position_ids=torch.zeros(3, 2, 4, dtype=torch.long),
    scored=torch.tensor([1, 3]),
    prompt_index=torch.tensor([0, 0]),
)


def test_a_score_is_read_at_the_end_or_over_the_section() -> None:
    assert READ["end"](SECTIONS).tolist() == [[False, True, False, False], [False] * 3 + [True]]
    assert READ["mean"](SECTIONS).tolist() == SECTIONS.mask.tolist()


def test_no_pooling_looks_at_what_is_not_read() -> None:
    states = torch.randn(2, 4, 3, generator=torch.Generator().manual_seed(0))
    for name, pooling in POOLINGS.items():
        read = READ[name](SECTIONS)[..., None]
        assert torch.equal(pooling(states, SECTIONS), pooling(states * read, SECTIONS)), name
