"""Responses for the game's tests."""

from prism_engine.data.response import Sections, parse_response


def response(caption: str, think: str = "a b", answer: str = "1") -> str:
    return f"<caption>{caption}</caption>\n<think>{think}</think>\n<answer>{answer}</answer>"


def sections(caption: str, think: str = "a b", answer: str = "1") -> Sections:
    parsed = parse_response(response(caption, think, answer))
    assert parsed is not None
    return parsed
