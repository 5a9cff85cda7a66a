"""A stand-in for vLLM 0.32: its names and forms, what it keeps, and how it sleeps.

It draws from the same models by transformers' own code, token by token, without a cache of keys.
What vLLM answers from what it computed earlier, this does too: features of images, the first
logits after a prompt, and the packed copy of a language head. Whoever changes the weights and does
not have all of it forgotten gets log-probabilities of a policy that never was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from copy import copy
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch
from PIL import Image
from safetensors.torch import load_file
from torch import Tensor, nn
from transformers import AutoModelForImageTextToText, Qwen2VLImageProcessorPil

__version__ = "0.32.0"


@dataclass
class SamplingParams:
    n: int = 1
    temperature: float = 1.0
    max_tokens: int = 16
    seed: int | None = None
    logprobs: int | None = None
    logit_bias: dict[int, float] = field(default_factory=dict)
    stop_token_ids: list[int] = field(default_factory=list)
    ignore_eos: bool = False
    detokenize: bool = True

    def __post_init__(self) -> None:
        if self.temperature == 0 and self.n > 1:
            raise ValueError(f"n must be 1 when using greedy sampling, got {self.n}.")


@dataclass
class Logprob:
    logprob: float


@dataclass
class CompletionOutput:
    index: int
    token_ids: list[int]
    logprobs: list[dict[int, Logprob]]


@dataclass
class RequestOutput:
    prompt_token_ids: list[int]
    outputs: list[CompletionOutput]


class LLM:
    started: int = 0

    def __init__(self, model: str, **options: Any) -> None:
        LLM.started += 1
        self.options = options
        self.resets: list[str] = []
        self._model = AutoModelForImageTextToText.from_pretrained(
            model, dtype=getattr(torch, options["dtype"])
        )
        self._images = Qwen2VLImageProcessorPil.from_pretrained(model)
        self._encode = self._model.model.visual.forward
        self._model.model.visual.forward = self._encode_once
        self._scheduled: set[bytes] = set()
        self._features: dict[bytes, Any] = {}
        self._prefixes: dict[Any, Tensor] = {}
        self._resident = {"weights", "kv_cache"}
        self._head = nn.Module()
        self._head.quant_method = SimpleNamespace(process_weights_after_loading=self._pack)
        self._pack(self._head)
        self.llm_engine = SimpleNamespace(reset_encoder_cache=self._reset_encoder_cache)

    def generate(
        self,
        prompts: Sequence[dict[str, Any]],
        sampling_params: Sequence[SamplingParams],
        *,
        use_tqdm: bool,
    ) -> list[RequestOutput]:
        if self._resident != {"weights", "kv_cache"}:
            raise RuntimeError("asleep")
        return [self._respond(*one) for one in zip(prompts, sampling_params, strict=True)]

    def collective_rpc(self, method: str, kwargs: dict[str, Any]) -> None:
        assert method == "reload_weights"
        if "weights_path" in kwargs:
            self._load(load_file(Path(kwargs["weights_path"]) / "model.safetensors").items())
        else:
            self._load(kwargs["weights_iterator"])
        self._features.clear()

    def apply_model(self, function: Callable[[nn.Module], None]) -> None:
        language_model = nn.Module()
        language_model.lm_head = self._head
        model = nn.Module()
        model.language_model = language_model
        function(model)

    def reset_prefix_cache(self) -> bool:
        self.resets.append("prefix")
        self._prefixes.clear()
        return True

    def reset_mm_cache(self) -> None:
        self.resets.append("mm")

    def sleep(self, level: int) -> None:
        assert self.options["enable_sleep_mode"]
        assert level == 2
        with torch.no_grad():
            for weight in self._model.parameters():
                weight.zero_()
        self._resident = set()

    def wake_up(self, tags: list[str]) -> None:
        self._resident |= set(tags)

    @torch.no_grad()
    def _load(self, weights: Iterable[tuple[str, Tensor]]) -> None:
        if "weights" not in self._resident:
            raise RuntimeError("there is no memory for weights")
        names = dict(self._model.named_parameters())
        for name, weight in weights:
            names.pop(name).copy_(weight)
        assert not names, f"{names.keys()} were not sent"

    def _pack(self, head: nn.Module) -> None:
        self._packed = self._model.lm_head.weight.detach().clone()

    def _reset_encoder_cache(self) -> None:
        self.resets.append("encoder")
        self._scheduled.clear()
        self._features.clear()

    def _encode_once(self, pixels: Tensor, *args: Any, **kwargs: Any) -> Any:
        key = pixels.float().numpy().tobytes()
        if key in self._scheduled and key not in self._features:
            raise RuntimeError("Encoder cache miss")
        if key not in self._features:
            self._scheduled.add(key)
            self._features[key] = self._encode(pixels, *args, **kwargs)
        # The model writes into what it is given.
        return copy(self._features[key])

    @torch.no_grad()
    def _respond(self, prompt: dict[str, Any], parameters: SamplingParams) -> RequestOutput:
        images = prompt.get("multi_modal_data", {}).get("image", [])
        ids, given = self._expand(prompt["prompt_token_ids"], images)
        if len(ids) + parameters.max_tokens > self.options["max_model_len"]:
            raise ValueError("longer than max_model_len")
        outputs = []
        for index in range(parameters.n):
            generator = torch.Generator().manual_seed(parameters.seed + index)
            outputs.append(self._draw(index, ids, given, parameters, generator))
        return RequestOutput(ids, outputs[::-1])

    def _expand(
        self, ids: list[int], images: list[Image.Image]
    ) -> tuple[list[int], dict[str, Tensor]]:
        if not images:
            return list(ids), {}
        processed = self._images(images, return_tensors="pt")
        lengths = processed["image_grid_thw"].prod(1) // self._images.merge_size**2
        left = iter(lengths.tolist())
        placeholder = self._model.config.image_token_id
        expanded = []
        for token in ids:
            expanded += [token] * (next(left) if token == placeholder else 1)
        return expanded, {
            "pixel_values": processed["pixel_values"],
            "image_grid_thw": processed["image_grid_thw"],
        }

    def _draw(
        self,
        index: int,
        prompt: list[int],
        given: dict[str, Tensor],
        parameters: SamplingParams,
        generator: torch.Generator,
    ) -> CompletionOutput:
        ids, said, logprobs = list(prompt), [], []
        bias = torch.zeros(len(self._packed))
        bias[list(parameters.logit_bias)] = torch.tensor(list(parameters.logit_bias.values()))
        while len(said) < parameters.max_tokens:
            logits = self._logits(tuple(ids), given, first=not said)
            raw = logits.log_softmax(-1)
            scores = ((logits + bias) / (parameters.temperature or 1.0)).log_softmax(-1)
            if parameters.temperature:
                token = int(scores.exp().multinomial(1, generator=generator))
            else:
                token = int(scores.argmax())
            processed = self.options["logprobs_mode"] == "processed_logprobs"
            ids.append(token)
            said.append(token)
            logprobs.append({token: Logprob(float((scores if processed else raw)[token]))})
            if token in parameters.stop_token_ids:
                break
        return CompletionOutput(index, said, logprobs)

    def _logits(self, ids: tuple[int, ...], given: dict[str, Tensor], *, first: bool) -> Tensor:
        key = (ids, given["pixel_values"].numpy().tobytes() if given else b"")
        if first and key in self._prefixes:
            return self._prefixes[key]
        tokens = torch.tensor([ids])
        types = (tokens == self._model.config.image_token_id).long()
        hidden = self._model.model(
            input_ids=tokens,
            attention_mask=torch.ones_like(tokens),
            mm_token_type_ids=types,
            **given,
        ).last_hidden_state[0, -1]
        logits = (hidden @ self._packed.T).float()
        if first:
            self._prefixes[key] = logits
        return logits
