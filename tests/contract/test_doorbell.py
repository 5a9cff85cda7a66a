from pathlib import Path
from uuid import uuid4

from kombu import Connection

from prism_engine.contract.doorbell import celery_queue, transport_options


def test_what_one_end_puts_into_the_folder_the_other_end_takes_out(tmp_path: Path) -> None:
    (tmp_path / "control").mkdir()
    options = transport_options("filesystem://", tmp_path)
    # Within one process kombu writes each binding once, whatever the folder: a name of our own.
    queue = celery_queue(uuid4().hex)
    with Connection("filesystem://", transport_options=options) as server:
        server.SimpleQueue(queue).put({"queue": "default"})
    with Connection("filesystem://", transport_options=options) as worker:
        message = worker.SimpleQueue(queue).get(timeout=30)
        message.ack()
    assert message.payload == {"queue": "default"}


def test_other_brokers_need_no_folder(tmp_path: Path) -> None:
    options = transport_options("redis://localhost:1/0", tmp_path)
    assert not any("folder" in name for name in options)
