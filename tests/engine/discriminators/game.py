"""Responses and settings for the game's tests."""

from prism_engine.contract.discriminators import (
    Dense,
    LengthOnly,
    Moe,
    RandomScores,
    TextOnly,
    WholeResponse,
)
from prism_engine.contract.settings import Settings
from prism_engine.data.response import Sections, parse_response

NETWORKS: dict[str, Settings] = {
    "moe": Moe(),
    "moe, mean": Moe(pooling="mean"),
    "dense": Dense(),
    "text_only": TextOnly(),
    "whole_response": WholeResponse(),
}
CONTROLS: dict[str, Settings] = {"length_only": LengthOnly(), "random": RandomScores()}


def response(caption: str, think: str = "a b", answer: str = "1") -> str:
    return f"<caption>{caption}</caption>\n<think>{think}</think>\n<answer>{answer}</answer>"


def sections(caption: str, think: str = "a b", answer: str = "1") -> Sections:
    parsed = parse_response(response(caption, think, answer))
    assert parsed is not None
    return parsed
