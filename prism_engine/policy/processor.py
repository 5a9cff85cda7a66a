"""Text and images into tensors: tokenizer, chat template and patches of one model folder.

One path for all families and for the miniature. The folder is an ordinary Hugging Face one, with
`tokenizer.json`, `tokenizer_config.json`, `chat_template.jinja`, `preprocessor_config.json` and
`config.json`; a turn ends with the tokenizer's `eos_token`. The chat template is always given
`SYSTEM_PROMPT` as the system message; a template may leave it out, as the miniature's does.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import torch
from PIL import Image
from tokenizers import Tokenizer
from torch import Tensor

from prism_engine.batch import Prompt, PromptBatch
from prism_engine.contract.config import Problem
from prism_engine.data.interleaving import interleave
from prism_engine.data.records import Turn
from prism_engine.errors import InvalidData, InvalidModel
from prism_engine.policy.images import Patcher, Patches
from prism_engine.policy.positions import rope_positions
from prism_engine.policy.reading import ImageReader

SYSTEM_PROMPT = """\
You are a careful assistant who answers questions about images. Reply with exactly three blocks:
<caption>
a bullet list of what the image shows: its kind, the key objects and any text
</caption>
<think>
your reasoning, step by step
</think>
<answer>
the final answer and nothing else
</answer>"""

_COPIED = (
    "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json",
    "vocab.json", "merges.txt", "chat_template.jinja", "chat_template.json",
    "preprocessor_config.json", "generation_config.json",
)  # fmt: skip


class Processor:
    """Encodes prompts and responses for one model, and decodes what it says.

    Images are given as they are, or as `reader` has cut them up.
    """

    def __init__(self, folder: Path, tokenizer: Any, patcher: Patcher, config: dict) -> None:
        self._folder = folder
        self._tokenizer = tokenizer
        self._patcher = patcher
        self.reader = ImageReader(patcher)
        self.image_id: int = config["image_token_id"]
        self.end_id: int = tokenizer.eos_token_id
        self.pad_id: int = tokenizer.pad_token_id
        names = ("image_token_id", "video_token_id", "vision_start_token_id", "vision_end_token_id")
        # A response with an image placeholder in it would claim features that no image has, and
        # padding must never be mistaken for something that was said.
        banned = {config[name] for name in names if config.get(name) is not None} | {self.pad_id}
        self._banned = frozenset(banned - {self.end_id})
        self.banned_ids = tuple(sorted(self._banned))

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Raises `InvalidModel` if the folder lacks one of the files."""
        from transformers import AutoTokenizer

        for name in ("config.json", "tokenizer.json"):
            if not (folder / name).is_file():
                raise InvalidModel(f"{folder} has no {name}")
        config = json.loads((folder / "config.json").read_text("utf-8"))
        return cls(folder, AutoTokenizer.from_pretrained(folder), Patcher.load(folder), config)

    def save(self, folder: Path) -> None:
        """Copy tokenizer, chat template and image settings as they were loaded."""
        for name in _COPIED:
            if (self._folder / name).is_file():
                shutil.copyfile(self._folder / name, folder / name)

    def agrees_with(self, folder: Path) -> bool:
        """Whether what `folder` holds turns the same text and images into the same numbers."""
        return self._patcher == Patcher.load(folder) and _vocabulary(self._folder) == _vocabulary(
            folder
        )

    def encode_prompt(self, question: str, images: Sequence[Image.Image | Patches]) -> Prompt:
        """A question about images, which stand at its marks or before it, up to the reply."""
        return self._prompt(self._render([_user(question, len(images))], ahead=True), images)

    def encode_conversation(
        self, turns: Sequence[Turn], images: Sequence[Image.Image | Patches]
    ) -> tuple[Prompt, list[int], list[bool]]:
        """The first question as a prompt; the rest as ids (R), and which of them are learned (R).

        Images belong to the first question. What the assistant says is learned with its end token,
        further questions are only read.
        """
        messages = [
            _user(turn.content, 0 if number else len(images))
            if turn.role == "user"
            else {"role": "assistant", "content": turn.content}
            for number, turn in enumerate(turns)
        ]
        prompt = self._render(messages[:1], ahead=True)
        ids, learned, rendered = [], [], prompt
        for number in range(1, len(turns), 2):
            said = self.encode_response(turns[number].content)
            ids += said
            learned += [True] * len(said)
            rendered += turns[number].content + self._tokenizer.eos_token
            if number + 1 < len(turns):
                longer = self._render(messages[: number + 2], ahead=True)
                asked = self.encode_text(longer.removeprefix(rendered))
                ids += asked
                learned += [False] * len(asked)
                rendered = longer
        return self._prompt(prompt, images), ids, learned

    def encode_response(self, text: str) -> list[int]:
        """A whole response with its end token."""
        return [*self.encode_text(text), self.end_id]

    def encode_text(self, text: str) -> list[int]:
        """Text as it stands. Raises `InvalidData` if it spells a token that nobody may say."""
        ids = self._encode(text)
        if found := self._banned.intersection(ids):
            token = self._tokenizer.convert_ids_to_tokens(min(found))
            message = f"the text holds the reserved token {token}; remove it"
            raise InvalidData([Problem(field="response", message=message)])
        return ids

    def count(self, texts: Sequence[str], images: Sequence[tuple[int, int]]) -> int:
        """How many tokens texts and images of these sizes come to, the chat template left out."""
        spoken = sum(len(self._encode(text)) for text in texts)
        return spoken + sum(self._patcher.features(*size) for size in images)

    def decode(self, ids: Sequence[int]) -> str:
        """The text of a response, without its end token and padding."""
        spoken = [token for token in ids if token not in (self.end_id, self.pad_id)]
        return self._tokenizer.decode(spoken, skip_special_tokens=False)

    def pad(self, prompts: Sequence[Prompt]) -> PromptBatch:
        """Put prompts below each other, padded on the left."""
        length = max(len(prompt.input_ids) for prompt in prompts)
        lengths = torch.tensor([len(prompt.input_ids) for prompt in prompts])
        return PromptBatch(
            input_ids=_left_padded([p.input_ids for p in prompts], length, self.pad_id),
            attention_mask=torch.arange(length) >= (length - lengths)[:, None],
            token_types=_left_padded([p.token_types for p in prompts], length, 0),
            position_ids=_left_padded([p.position_ids for p in prompts], length, 0).transpose(0, 1),
            next_position=torch.stack([p.position_ids.max() + 1 for p in prompts]),
            pixel_values=self._patcher.numbers([image for p in prompts for image in p.images]),
            grid_thw=torch.cat([p.grid_thw for p in prompts]),
            images_per_prompt=tuple(len(p.images) for p in prompts),
            patches_per_prompt=tuple(sum(len(i.pixels) for i in p.images) for p in prompts),
        )

    def unfold(self, prompts: PromptBatch) -> list[tuple[list[int], list[Image.Image]]]:
        """Every prompt with one placeholder for each image, and the images as they were read.

        Whoever encodes these ids and images again must come to the same prompt: an image that has
        the size it is read in is not scaled another time.
        """
        pixels = prompts.pixel_values.split(prompts.grid_thw.prod(1).tolist())
        images = [
            self._patcher.image(patches, rows, columns)
            for patches, (_, rows, columns) in zip(pixels, prompts.grid_thw.tolist(), strict=True)
        ]
        features = prompts.grid_thw.prod(1) // self._patcher.merge_size**2
        unfolded, first = [], 0
        for row, count in enumerate(prompts.images_per_prompt):
            ids = prompts.input_ids[row][prompts.attention_mask[row]]
            last = first + count
            kept = ids != self.image_id
            lengths = features[first:last]
            kept[(~kept).nonzero()[:, 0][lengths.cumsum(0) - lengths]] = True
            unfolded.append((ids[kept].tolist(), images[first:last]))
            first = last
        return unfolded

    def pad_responses(self, responses: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
        """Ids (B, R) padded on the right, and the mask (B, R) of what is no padding."""
        width = max(len(response) for response in responses)
        ids = torch.full((len(responses), width), self.pad_id)
        mask = torch.zeros(len(responses), width, dtype=torch.bool)
        for row, response in enumerate(responses):
            ids[row, : len(response)] = torch.tensor(response)
            mask[row, : len(response)] = True
        return ids, mask

    def _encode(self, text: str) -> list[int]:
        return self._tokenizer.backend_tokenizer.encode(text, add_special_tokens=False).ids

    def _render(self, messages: list[dict[str, Any]], *, ahead: bool) -> str:
        system = {"role": "system", "content": [{"type": "text", "text": SYSTEM_PROMPT}]}
        return self._tokenizer.apply_chat_template(
            [system, *messages], tokenize=False, add_generation_prompt=ahead
        )

    def _prompt(self, text: str, images: Sequence[Image.Image | Patches]) -> Prompt:
        ids = torch.tensor(self._encode(text))
        places = int((ids == self.image_id).sum())
        if places != len(images):
            message = f"the prompt has {places} image placeholders for {len(images)} images"
            raise InvalidData([Problem(field="question", message=message)])
        cut = [self._patcher.cut(i) if isinstance(i, Image.Image) else i for i in images]
        grid = torch.tensor([image.grid for image in cut], dtype=torch.long).view(-1, 3)
        copies = torch.ones_like(ids)
        copies[ids == self.image_id] = grid.prod(1) // self._patcher.merge_size**2
        ids = ids.repeat_interleave(copies)
        types = (ids == self.image_id).long()
        return Prompt(
            input_ids=ids,
            token_types=types,
            position_ids=rope_positions(types, grid, self._patcher.merge_size),
            images=tuple(cut),
        )


def _vocabulary(folder: Path) -> dict[str, int]:
    if not (folder / "tokenizer.json").is_file():
        raise InvalidModel(f"{folder} has no tokenizer.json")
    return Tokenizer.from_file(str(folder / "tokenizer.json")).get_vocab()


def _user(text: str, images: int) -> dict[str, Any]:
    content = [
        {"type": "image"} if part is None else {"type": "text", "text": part}
        for part in interleave(text, images)
    ]
    return {"role": "user", "content": content}


def _left_padded(rows: Sequence[Tensor], length: int, filling: int) -> Tensor:
    """(P, …, length) from P tensors (…, shorter)."""
    return torch.stack(
        [torch.nn.functional.pad(row, (length - row.shape[-1], 0), value=filling) for row in rows]
    )
