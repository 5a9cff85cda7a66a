"""The honest game, for every network and all that it reads: text decides, and nothing else.

What reaches the network of two sides that say the same is the same in every tensor, and a score
depends on nothing that stands beside it: no other row, no padding, no other prompt.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from prism_engine.data.response import parse_response
from prism_engine.discriminators import DISCRIMINATORS
from prism_engine.discriminators.discriminator import Scores
from prism_engine.discriminators.network import NetworkDiscriminator
from prism_engine.discriminators.sections import SectionBatch, encode_section
from prism_engine.policy.policy import Policy
from tests.engine.discriminators.game import NETWORKS, response, sections

SAYINGS = [
    response("-", "x", "0"),
    response("- a red circle\n- a blue square", "the circle is left of the square", "left"),
    response("- 一个红色的圆\n- 两个方块", "先数方块：有两个。", "二"),
    response(r"- $\frac{a}{b}$", r"\begin{align} x &= \sqrt{2} \end{align}", r"\(\sqrt{2}\)"),
    response("- 🙂 🚀", "👩‍👩‍👧 stands before 🏳️‍🌈", "🙂"),
    response("- a\n" * 25, "step " * 30, "long"),
    response("  - spaced  \n\n", "\t tabs \t", " 1 "),
]
DTYPES = {"float32": (torch.float32, 1e-5), "float64": (torch.float64, 1e-12)}


def said(text: str):
    parsed = parse_response(text)
    assert parsed is not None
    return parsed


def passes_of(discriminator: NetworkDiscriminator, drawn, demonstrations) -> list[SectionBatch]:
    """What goes into the network when two sides are scored."""
    seen: list[SectionBatch] = []
    hook = discriminator.scorer.register_forward_pre_hook(lambda _, inputs: seen.extend(inputs[1]))
    with torch.no_grad():
        discriminator.score(drawn, demonstrations)
    hook.remove()
    return seen


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("over", [None, 0, 1], ids=["within", "at", "one over"])
def test_sides_that_change_places_are_the_same_to_the_network(
    make_discriminator, draw_texts, tiny_policy: Policy, network: str, over: int | None
):
    settings, other = NETWORKS[network], response("- something else", "entirely", "2")
    for text in SAYINGS:
        lengths = [
            len(encode_section(read(said(text)), tiny_policy.processor, 400))
            for read in DISCRIMINATORS[settings.kind].channels.values()
        ]
        longest = 400 if over is None else max(lengths) - over
        discriminator = make_discriminator(settings, longest_section=longest)
        there = passes_of(discriminator, draw_texts([[other]]), [said(text)])
        back = passes_of(discriminator, draw_texts([[text]]), [said(other)])
        assert len(there) == len(back) > 0
        for one, two in zip(there, back, strict=True):
            for name, tensor in vars(one).items():
                assert torch.equal(tensor, getattr(two, name)), name


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_a_score_depends_on_nothing_beside_it(
    make_discriminator, draw_texts, tiny_folder: Path, network: str, dtype: str
):
    number_format, tolerance = DTYPES[dtype]
    policy = Policy.load(tiny_folder, number_format, torch.device("cpu"))
    discriminator = make_discriminator(NETWORKS[network], policy=policy)

    @torch.no_grad()
    def score(groups: list[list[str]], demonstrations: list[str]) -> Scores:
        return discriminator.score(draw_texts(groups), [said(text) for text in demonstrations])

    # The same prompt alone, and as the first of two, where padding stands before it.
    together = score([SAYINGS, SAYINGS[::-1]], [SAYINGS[5], SAYINGS[0]])
    worst = 0.0
    for number, text in enumerate(SAYINGS):
        alone = score([[text]], [text])
        for channel, both in alone.channels.items():
            beside = together.channels[channel]
            assert both.demonstrations.dtype is number_format
            assert both.rollouts[0, 0] == both.demonstrations[0]
            worst = max(worst, (beside.rollouts[0, number] - both.rollouts[0, 0]).abs().item())
    assert worst <= tolerance
    for channel, both in together.channels.items():
        assert both.rollouts[0, 5] == both.demonstrations[0], channel
        assert both.rollouts[1, -1] == both.demonstrations[1], channel


def test_that_texts_differ_is_seen(make_discriminator, draw_texts):
    """Equal scores would be worth nothing if all scores were equal."""
    for settings in NETWORKS.values():
        scores = make_discriminator(settings).score(draw_texts([SAYINGS]), [sections("- x")])
        for both in scores.channels.values():
            assert both.rollouts.unique().numel() == len(SAYINGS)
