"""vLLM 0.32, in this process and as a server: all that hangs on which release it is.

Names, forms and the order of calls change with vLLM's releases; what is written here holds for
`RELEASE`, and any other is refused. `pyproject.toml` pins the same in the extra `gpu`.

After weights have changed three caches would go on answering with what the old ones computed: keys
and values of prompts, processed images, and the vision tower's features, which scheduler and
worker keep apart from each other.
"""

from __future__ import annotations

import asyncio
import base64
import io
import os
from collections.abc import AsyncIterator, Awaitable, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import torch
from anyio.from_thread import start_blocking_portal
from PIL import Image
from safetensors.torch import save_file
from torch import Tensor, nn

from prism_engine.contract.addresses import allowed_networks
from prism_engine.contract.samplers import Vllm, VllmServer
from prism_engine.errors import EndpointDown, InvalidSampler, MissingPackage
from prism_engine.guard import GuardedTransport
from prism_engine.policy.sampler.vllm import Answer, Drawing, Question

RELEASE = "0.32"

EXTRAS = "worker,gpu"
"""Of our own package; they bring the release."""

NEVER = -1e9
"""Added to the logits of what may not be said. The probability of it is then exactly 0."""

AT_A_TIME = 64
"""Requests that a server is sent before it has answered; it batches them itself."""

LONGEST_REASON = 500


def require_release(version: str, place: str) -> None:
    """Raises `InvalidSampler` if what is installed at `place` is another release."""
    if version.split(".")[:2] != RELEASE.split("."):
        raise InvalidSampler(
            f"{place} is vLLM {version}, and this works with {RELEASE}, which pip install "
            f"'prism-control[{EXTRAS}]' brings"
        )


def sampling_parameters(drawing: Drawing, seed: int) -> dict[str, Any]:
    """How vLLM spells it. Of several responses number g has the seed `seed` + g."""
    return {
        "n": drawing.responses,
        "temperature": drawing.temperature,
        "max_tokens": drawing.longest,
        "seed": seed,
        "logprobs": 0,
        "logit_bias": dict.fromkeys(drawing.banned, NEVER),
        "stop_token_ids": [drawing.end],
        # What generation_config.json calls an end is none of ours.
        "ignore_eos": True,
        "detokenize": False,
    }


class ColocatedEngine:
    """vLLM in this process, on the GPU that the policy learns on.

    Args:
        folder: the policy that the run starts from.
        dtype: what it computes in.
        settings: the recipe's.
        sleeps: between two draws its memory is somebody else's; only a GPU has such memory.
    """

    def __init__(self, folder: Path, dtype: torch.dtype, settings: Vllm, *, sleeps: bool) -> None:
        # Weights are handed over as the tensors that they are, which no other process could take.
        os.environ["VLLM_ENABLE_V1_MULTIPROCESSING"] = "0"
        try:
            import vllm
        except ImportError as error:
            raise MissingPackage("sampling.sampler.kind: vllm", "vllm", EXTRAS) from error
        require_release(vllm.__version__, "here")
        self._vllm = vllm
        self._sleeps = sleeps
        self._engine = vllm.LLM(
            str(folder),
            dtype=str(dtype).removeprefix("torch."),
            max_model_len=settings.context,
            gpu_memory_utilization=settings.memory_share,
            enable_sleep_mode=sleeps,
            logprobs_mode="processed_logprobs",
            generation_config="vllm",
            limit_mm_per_prompt={"video": 0},
            seed=0,
        )
        self._asleep = False
        self._fall_asleep()

    @property
    def remembers(self) -> bool:
        """Asleep it has neither weights nor caches."""
        return not self._asleep

    def take(self, weights: Iterable[tuple[str, Tensor]]) -> None:
        """Wake up with these weights, and forget all that was computed with others."""
        if self._asleep:
            self._engine.wake_up(tags=["weights"])
        self._engine.collective_rpc("reload_weights", kwargs={"weights_iterator": iter(weights)})
        self._engine.apply_model(_prepare_head)
        if self._asleep:
            self._engine.wake_up(tags=["kv_cache"])
        self._asleep = False
        if not self._engine.reset_prefix_cache():
            raise InvalidSampler("vLLM would not give up the prompts that it has read")
        self._engine.reset_mm_cache()
        # Of worker and scheduler; a reload alone clears the worker's, and the next image is missed.
        self._engine.llm_engine.reset_encoder_cache()

    def answer(self, questions: Sequence[Question], drawing: Drawing) -> list[Answer]:
        """Respond to every question, in order, and fall asleep."""
        prompts = [
            {"prompt_token_ids": question.ids}
            | ({"multi_modal_data": {"image": question.images}} if question.images else {})
            for question in questions
        ]
        parameters = [
            self._vllm.SamplingParams(**sampling_parameters(drawing, question.seed))
            for question in questions
        ]
        outputs = self._engine.generate(prompts, parameters, use_tqdm=False)
        self._fall_asleep()
        return [_answer(output) for output in outputs]

    def _fall_asleep(self) -> None:
        if self._sleeps:
            # Level 2 keeps no copy of the weights: they have changed by the time it wakes up.
            self._engine.sleep(level=2)
            self._asleep = True


def _prepare_head(model: nn.Module) -> None:
    """Prepare a language head whose weights are the embeddings': a reload passes it over.

    On a CPU it would go on with a packed copy of the old ones.
    """
    head = model.get_submodule("language_model.lm_head")
    head.quant_method.process_weights_after_loading(head)


def _answer(output: Any) -> Answer:
    said = sorted(output.outputs, key=lambda response: response.index)
    return Answer(
        read=list(output.prompt_token_ids),
        said=[list(response.token_ids) for response in said],
        logprobs=[
            [position[token].logprob for token, position in zip(ids, positions, strict=True)]
            for ids, positions in ((response.token_ids, response.logprobs) for response in said)
        ],
    )


class ServedEngine:
    """vLLM as a server, started with `VLLM_SERVER_DEV_MODE=1` and `docs/samplers.md`'s options.

    Args:
        settings: the recipe's.
        secret: what the server wants to see, None where it wants nothing.
        folder: where weights are written; the server sees it by the same path.
        dtype: that they are written in.
    """

    def __init__(
        self, settings: VllmServer, secret: str | None, folder: Path, dtype: torch.dtype
    ) -> None:
        self._settings = settings
        self._headers = {} if secret is None else {"Authorization": f"Bearer {secret}"}
        self._folder = folder.resolve()
        self._dtype = dtype
        self._transfers = 0
        self._mark = uuid4().hex
        with start_blocking_portal() as portal:
            portal.call(self._look_at_server)

    @property
    def remembers(self) -> bool:
        """Every answer says which weights it was drawn with."""
        return True

    def take(self, weights: Iterable[tuple[str, Tensor]]) -> None:
        """Write the weights down, and have the server read them and forget what it computed."""
        unfinished = self._folder / "unfinished.safetensors"
        unfinished.parent.mkdir(parents=True, exist_ok=True)
        save_file(
            {name: weight.detach().to("cpu", self._dtype) for name, weight in weights}, unfinished
        )
        unfinished.replace(self._folder / "model.safetensors")
        self._transfers += 1
        with start_blocking_portal() as portal:
            portal.call(self._have_weights_read)

    def answer(self, questions: Sequence[Question], drawing: Drawing) -> list[Answer]:
        """Respond to every question, in order.

        Raises:
            EndpointDown: the server cannot be reached.
            InvalidSampler: it refuses, or has other weights than it was given.
        """
        with start_blocking_portal() as portal:
            return portal.call(self._answer_all, questions, drawing)

    @property
    def _version(self) -> str:
        return f"{self._mark}-{self._transfers}"

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[httpx.AsyncClient]:
        limits = httpx.Limits(max_connections=AT_A_TIME)
        transport = GuardedTransport(allowed_networks(os.environ), limits)
        # Requests beyond the limit wait for a connection, which is no fault of the server's.
        timeout = httpx.Timeout(self._settings.timeout, pool=None)
        async with httpx.AsyncClient(
            base_url=self._settings.url, headers=self._headers, transport=transport, timeout=timeout
        ) as client:
            try:
                yield client
            except httpx.TransportError as error:
                raise EndpointDown(self._settings.url, f"{type(error).__name__} {error}") from error

    async def _look_at_server(self) -> None:
        async with self._connected() as client:
            version = await _reply(client.get("/version"))
            require_release(version["version"], self._settings.url)
            found = await _reply(client.get("/server_info", params={"config_format": "json"}))
            mode = found["vllm_config"]["model_config"]["logprobs_mode"]
            if mode != "processed_logprobs":
                raise InvalidSampler(
                    f"{self._settings.url} reports {mode}; start it with "
                    "--logprobs-mode processed_logprobs"
                )

    async def _have_weights_read(self) -> None:
        reload = {"method": "reload_weights", "kwargs": {"weights_path": str(self._folder)}}
        async with self._connected() as client:
            await _reply(client.post("/collective_rpc", json=reload))
            for cache in ("prefix", "mm", "encoder"):
                await _reply(client.post(f"/reset_{cache}_cache"))
            await _reply(client.post("/update_weight_version", json={"new_version": self._version}))

    async def _answer_all(self, questions: Sequence[Question], drawing: Drawing) -> list[Answer]:
        async with self._connected() as client:
            return await asyncio.gather(*(self._answer(client, q, drawing) for q in questions))

    async def _answer(
        self, client: httpx.AsyncClient, question: Question, drawing: Drawing
    ) -> Answer:
        asked = {
            "model": self._settings.model,
            "token_ids": question.ids,
            "content_parts": [
                {"type": "image_url", "url": _data_url(image)} for image in question.images
            ],
            "sampling_params": sampling_parameters(drawing, question.seed),
            "return_token_ids": True,
        }
        reply = await _reply(client.post("/inference/v1/generate", json=asked))
        said = sorted(reply["choices"], key=lambda choice: choice["index"])
        drawn_with = {span["version"] for choice in said for span in choice["weight_versions"]}
        if drawn_with != {self._version}:
            raise InvalidSampler(
                f"{self._settings.url} drew with other weights than it was given; let it serve "
                "this run alone, and start the run again where the server was restarted"
            )
        return Answer(
            read=reply["prompt_token_ids"],
            said=[choice["token_ids"] for choice in said],
            logprobs=[
                [token["logprob"] for token in choice["logprobs"]["content"]] for choice in said
            ],
        )


async def _reply(request: Awaitable[httpx.Response]) -> Any:
    """What the server says. Raises `InvalidSampler` if it refuses."""
    response = await request
    if response.is_error:
        raise InvalidSampler(
            f"{response.url} answers {response.status_code}: {response.text[:LONGEST_REASON]}"
        )
    return response.json() if response.content else None


def _data_url(image: Image.Image) -> str:
    written = io.BytesIO()
    image.save(written, "PNG")
    return f"data:image/png;base64,{base64.b64encode(written.getvalue()).decode()}"
