"""What can go wrong in a worker.

WorkerError
├── MissingInput       a run needs data or weights that this machine does not have
├── KeysRefused        the file with the secrets of endpoints is open to others
├── KeyMissing         a run names a secret that neither the server nor this machine has
├── CorpusNotKept      no data root takes what a curation ended in
├── StoreFailed        the artifact store did not take, or does not give, a checkpoint
└── Outdated           the engine has deleted a checkpoint that newer ones stand for
"""

from __future__ import annotations


class WorkerError(Exception):
    """Anything that this package raises on purpose."""


class MissingInput(WorkerError):
    """A run needs data or weights that this machine does not have."""


class KeysRefused(WorkerError):
    """The file with the secrets of endpoints is open to others, or holds something else."""


class KeyMissing(WorkerError):
    """A run names a secret that neither the server nor this machine has."""


class CorpusNotKept(WorkerError):
    """No data root takes what a curation ended in."""


class StoreFailed(WorkerError):
    """The artifact store did not take, or does not give, a checkpoint."""


class Outdated(WorkerError):
    """The engine has deleted a checkpoint that newer ones stand for."""
