"""Stands in for `python -m prism_engine data inspect` and `model inspect`."""

import json
import os
import sys
from base64 import b64decode
from hashlib import sha256
from pathlib import Path

from prism_engine.contract.shape import known_shapes

what, verb, path, *options = sys.argv[1:]
assert verb == "inspect"
PICTURE = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC"
)
DIGEST = sha256(PICTURE).hexdigest()
if options:
    flag, pictures = options
    assert flag == "--pictures"
    (Path(pictures) / DIGEST).write_bytes(PICTURE)
assert not [name for name in os.environ if name.startswith("PRISM_")]
if "broken" in path:
    problem = {
        "field": "rows.3.images.0",
        "message": "images/x.png does not decode; replace the file",
    }
    print(json.dumps({"problems": [problem]}))
    sys.exit(2)
if "crash" in path:
    sys.exit("Traceback: no such module")
found = {
    "data": {
        "rows": 2,
        "images": 1,
        "demonstrations": 1,
        "answers": 2,
        "splits": {"train": 2},
        "imported": None,
        "fingerprint": "f" * 64,
        "preview": [{"id": "a", "images": [{"digest": DIGEST, "width": 8, "height": 8}]}],
    },
    "model": {
        "architecture": "Qwen3VLForConditionalGeneration",
        "parameters": 4_437_815_808,
        "shape": known_shapes()["Qwen/Qwen3-VL-4B-Instruct"].model_dump(),
        "fingerprint": "e" * 64,
    },
}[what]
assert Path(path).exists()
print("loading")
print(json.dumps(found))
