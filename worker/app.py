"""Celery, used as a doorbell: its one task says that something may wait in a queue.

What is to be done, and by whom, is decided by the server when a slot asks for work over HTTP. So
every setting here gives up a guarantee that nobody needs in exchange for one thing less that can
go wrong in a training of many hours.
"""

from __future__ import annotations

from collections.abc import Sequence

from celery import Celery, bootsteps
from celery.signals import worker_shutting_down
from kombu import Queue

from prism_engine.contract.doorbell import TASK, celery_queue, transport_options
from worker.fleet import Fleet
from worker.settings import Settings


def create_app(settings: Settings, fleet: Fleet, queues: Sequence[str]) -> Celery:
    """The Celery app whose worker starts the slots and rings for them."""
    for folder in (settings.broker_folder, settings.broker_folder / "control"):
        folder.mkdir(parents=True, exist_ok=True)
    app = Celery("worker", broker=settings.broker_url, set_as_current=False)
    app.conf.update(
        broker_transport_options=transport_options(settings.broker_url, settings.broker_folder),
        task_queues=[Queue(celery_queue(queue)) for queue in queues],
        # Pickle would let whoever reaches the broker run code here.
        accept_content=["json"],
        task_serializer="json",
        # Redis hands a message out again after an hour without acknowledgement, and a training
        # takes longer. A doorbell is over when it has been heard.
        task_acks_late=False,
        # A message that waits in a busy worker is one that an idle worker does not hear.
        worker_prefetch_multiplier=1,
        # State lives in the server's database. A second, expiring copy could only disagree.
        result_backend=None,
        task_ignore_result=True,
        # Runs are stopped through the server; a broker must not be a way to command workers.
        worker_enable_remote_control=False,
        worker_send_task_events=False,
        # The task sets an event, which needs no process; and CUDA cannot live in a forked one.
        worker_pool="solo",
        # The slots ask the server by themselves too, so a broker may stay away for ever.
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        # What the slots have to say is not Celery's to log.
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
    )

    @app.task(name=TASK)
    def ring(queue: str) -> None:
        fleet.ring(queue)

    class Slots(bootsteps.StartStopStep):
        """Starts before the consumer does, so that work begins without waiting for a broker."""

        requires = ("celery.worker.components:Pool",)

        def start(self, parent: object) -> None:
            fleet.start()

    app.steps["worker"].add(Slots)

    # Celery first ends its consumer, which takes seconds that the engines need to save.
    @worker_shutting_down.connect(weak=False)
    def leave(**_: object) -> None:
        fleet.leave()

    return app
