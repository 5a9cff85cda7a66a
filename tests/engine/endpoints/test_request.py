from __future__ import annotations

import base64
from dataclasses import replace
from pathlib import Path

from PIL import Image

from prism_engine.endpoints.request import ChatRequest, Message
from tests.engine.endpoints.conftest import endpoint

SERVER = endpoint("http://teacher.example/v1/")


def picture(path: Path, colour: str = "red") -> Path:
    Image.new("RGB", (4, 4), colour).save(path)
    return path


def asked(*images: Path, text: str = "what") -> ChatRequest:
    return ChatRequest((Message("user", text, images),), prompt="v1", max_tokens=100)


def test_the_key_follows_content_and_not_where_it_lies(tmp_path: Path) -> None:
    first = asked(picture(tmp_path / "a.png"))
    assert first.key(SERVER) == asked(picture(tmp_path / "b.png")).key(SERVER)
    others = [
        asked(picture(tmp_path / "c.png", "blue")),
        asked(tmp_path / "a.png", tmp_path / "a.png"),
        asked(),
        asked(tmp_path / "a.png", text="why"),
        replace(first, sample=1),
        replace(first, temperature=1.0),
        replace(first, max_tokens=101),
        replace(first, prompt="v2"),
        ChatRequest((Message("system", "what", (tmp_path / "a.png",)),), "v1", 100),
    ]
    keys = {request.key(SERVER) for request in (first, *others)}
    keys |= {first.key(SERVER.model_copy(update={"model": "n"}))}
    keys |= {first.key(SERVER.model_copy(update={"url": "http://other.example"}))}
    assert len(keys) == 12
    # The pace at which a server is asked changes no reply.
    assert first.key(SERVER.model_copy(update={"concurrency": 1})) == first.key(SERVER)


def test_images_travel_as_data_urls_before_the_text(tmp_path: Path) -> None:
    image = picture(tmp_path / "a.png")
    (message,) = asked(image).body(SERVER)["messages"]
    shown, said = message["content"]
    data = base64.b64encode(image.read_bytes()).decode()
    assert shown == {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{data}"}}
    assert said == {"type": "text", "text": "what"}


def test_no_prompt_has_more_tokens_than_it_is_reserved_for(tmp_path: Path) -> None:
    assert asked(picture(tmp_path / "a.png"), text="é").prompt_tokens(SERVER) == 2 + 64 + 1000
