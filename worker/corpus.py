"""What a curation ends in: from the attempt's folder to data sets that recipes can name."""

from __future__ import annotations

import asyncio
import shutil
import socket
import tempfile
from collections.abc import Sequence
from pathlib import Path

import structlog

from prism_client.errors import Refused
from prism_client.resources import CuratedDataset
from prism_client.worker_client import WorkerClient
from prism_engine.contract.events import EventLog, Log
from worker.errors import CorpusNotKept
from worker.folder import AttemptFolder
from worker.patience import until_answered

log = structlog.get_logger()

PARTS = ("sft", "alignment", "rlvr")
CURATED = "curated"
"""Folder below the data root that corpora are kept in, by run."""


async def register_corpus(
    server: WorkerClient, roots: Sequence[Path], folder: AttemptFolder, events: EventLog
) -> None:
    """Keep the corpus below a data root of this host, and have its data sets registered.

    Raises:
        CorpusNotKept: no data root takes it.
    """
    kept = await asyncio.to_thread(keep, folder, roots)
    host = socket.gethostname()
    locations = {part: f"{CURATED}/{folder.claim.run_id}/{part}" for part in kept}
    try:
        registered = await until_answered(
            lambda: server.register_corpus(folder.claim.attempt_id, host=host, locations=locations)
        )
    except Refused as refusal:
        events.write(Log, level="error", message=f"the corpus was not registered: {refusal}")
        return
    for dataset in registered:
        _say(dataset, host, kept, events)


def keep(folder: AttemptFolder, roots: Sequence[Path]) -> dict[str, Path]:
    """Copy the corpus below the first data root that takes it; returns where each part lies.

    What lies there already is an earlier attempt's, and whole: the folder gets its name last.
    """
    run_id = folder.claim.run_id
    found = next((root for root in roots if (root / CURATED / run_id).is_dir()), None)
    if found is None:
        found = _copy(folder.engine_events.parent / "corpus", run_id, roots)
    place = found / CURATED / run_id
    return {part: place / part for part in PARTS if (place / part).is_dir()}


def _copy(corpus: Path, run_id: str, roots: Sequence[Path]) -> Path:
    problems = []
    for root in roots:
        try:
            (root / CURATED).mkdir(exist_ok=True)
            with tempfile.TemporaryDirectory(dir=root / CURATED, prefix=".") as unfinished:
                copy = Path(unfinished) / run_id
                shutil.copytree(corpus, copy)
                copy.rename(root / CURATED / run_id)
        except OSError as error:
            problems.append(str(error))
        else:
            return root
    raise CorpusNotKept(
        f"no data root takes the corpus that lies in {corpus}: {'; '.join(problems)}; "
        "give this worker one that it may write to by PRISM_DATA_ROOTS"
    )


def _say(dataset: CuratedDataset, host: str, kept: dict[str, Path], events: EventLog) -> None:
    if dataset.dataset_id is not None:
        events.write(Log, level="info", message=f"registered the data set {dataset.name}")
        return
    events.write(
        Log,
        level="warning",
        message=f"{dataset.name} is not registered: {dataset.problem}. It lies in "
        f"{kept[dataset.part]} on {host}; copy it to {dataset.location} below a data root of the "
        f"server, then: prism dataset register {dataset.name} {dataset.location}",
    )
