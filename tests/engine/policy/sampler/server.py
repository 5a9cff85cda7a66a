"""vLLM's HTTP server as release 0.32 speaks, with the stand-in behind it."""

from __future__ import annotations

import base64
import io
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

from PIL import Image
from torch import nn


class VllmHttpServer:
    """Answers one request after the other. `version` and `logprobs_mode` are what it reports."""

    def __init__(self, vllm: ModuleType, folder: Path) -> None:
        self._vllm = vllm
        self._lock = threading.Lock()
        self.engine = vllm.LLM(
            str(folder), dtype="float32", max_model_len=512, logprobs_mode="processed_logprobs"
        )
        self.version = vllm.__version__
        self.weights = "default"
        self.authorizations: set[str | None] = set()
        self.url = ""

    def get(self, path: str) -> Any:
        if path == "/version":
            return {"version": self.version}
        assert path == "/server_info"
        mode = self.engine.options["logprobs_mode"]
        return {"vllm_config": {"model_config": {"logprobs_mode": mode}}}

    def post(self, path: str, body: dict[str, Any]) -> Any:
        with self._lock:
            match path:
                case "/collective_rpc":
                    self.engine.collective_rpc(body["method"], body["kwargs"])
                    # A server has a GPU, where nothing is packed.
                    self.engine.apply_model(_prepare_head)
                    return {"results": [None]}
                case "/reset_prefix_cache":
                    return {"success": self.engine.reset_prefix_cache()}
                case "/reset_mm_cache":
                    return self.engine.reset_mm_cache()
                case "/reset_encoder_cache":
                    return self.engine.llm_engine.reset_encoder_cache()
                case "/update_weight_version":
                    self.weights = body["new_version"]
                    return {"success": True, "new_version": self.weights}
                case "/inference/v1/generate":
                    return self._generate(body)
        raise LookupError(path)

    def _generate(self, body: dict[str, Any]) -> Any:
        parameters = dict(body["sampling_params"])
        parameters["logit_bias"] = {int(k): v for k, v in parameters["logit_bias"].items()}
        images = [_image(part) for part in body["content_parts"]]
        prompt = {"prompt_token_ids": body["token_ids"], "multi_modal_data": {"image": images}}
        [output] = self.engine.generate(
            [prompt], [self._vllm.SamplingParams(**parameters)], use_tqdm=False
        )
        return {
            "prompt_token_ids": output.prompt_token_ids if body["return_token_ids"] else None,
            "choices": [
                {
                    "index": said.index,
                    "token_ids": said.token_ids,
                    "logprobs": {
                        "content": [
                            {"token_id": token, "logprob": position[token].logprob}
                            for token, position in zip(said.token_ids, said.logprobs, strict=True)
                        ]
                    },
                    "weight_versions": [
                        {"version": self.weights, "start": 0, "end": len(said.token_ids)}
                    ],
                }
                for said in output.outputs
            ],
        }


def _prepare_head(model: nn.Module) -> None:
    head = model.get_submodule("language_model.lm_head")
    head.quant_method.process_weights_after_loading(head)


def _image(part: dict[str, str]) -> Image.Image:
    assert part["type"] == "image_url"
    head, content = part["url"].split(",")
    assert head == "data:image/png;base64"
    return Image.open(io.BytesIO(base64.b64decode(content))).convert("RGB")


@contextmanager
def listening(server: VllmHttpServer) -> Iterator[VllmHttpServer]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._reply(server.get(urlsplit(self.path).path))

        def do_POST(self) -> None:
            server.authorizations.add(self.headers.get("Authorization"))
            content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self._reply(server.post(self.path, json.loads(content or b"{}")))

        def _reply(self, reply: Any) -> None:
            content = b"" if reply is None else json.dumps(reply).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            """Nobody reads it."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=http.serve_forever, daemon=True)
    thread.start()
    server.url = f"http://127.0.0.1:{http.server_port}"
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()
        thread.join()
