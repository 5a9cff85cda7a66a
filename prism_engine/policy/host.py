"""The machine's memory, where tensors of a device rest while nothing computes with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Protocol

import torch
from torch import Tensor


class Memory(Protocol):
    """Where tensors are while nothing computes with them."""

    def rest(self, tensors: Iterable[Tensor]) -> None:
        """Nothing computes with these for a while."""
        ...

    def awake(self, tensors: Iterable[Tensor]) -> AbstractContextManager[None]:
        """In here these can be computed with; what rested before rests again afterwards."""
        ...

    def content(self, tensor: Tensor) -> Tensor:
        """What a tensor holds, wherever that is; only to be read."""
        ...


class DeviceMemory:
    """Tensors stay where they are."""

    def rest(self, tensors: Iterable[Tensor]) -> None: ...

    def awake(self, tensors: Iterable[Tensor]) -> AbstractContextManager[None]:
        return nullcontext()

    def content(self, tensor: Tensor) -> Tensor:
        return tensor


class HostMemory:
    """Tensors rest in pinned memory of the machine, and come back bit for bit.

    A tensor that rests is where it was and as large as it was, but has no bytes there: whoever
    reads it must wake it first. What shares its storage, such as what a graph has kept for the
    backward pass, rests and wakes with it.
    """

    def __init__(self) -> None:
        self._contents: dict[Tensor, Tensor] = {}

    def rest(self, tensors: Iterable[Tensor]) -> None:
        leaving = [tensor for tensor in dict.fromkeys(tensors) if not _rests(tensor)]
        for tensor in leaving:
            self._place(tensor).copy_(tensor.detach(), non_blocking=True)
        if any(tensor.is_cuda for tensor in leaving):
            torch.cuda.current_stream().synchronize()
        for tensor in leaving:
            tensor.untyped_storage().resize_(0)

    @contextmanager
    def awake(self, tensors: Iterable[Tensor]) -> Iterator[None]:
        resting = [tensor for tensor in tensors if _rests(tensor)]
        for tensor in resting:
            tensor.untyped_storage().resize_(tensor.nbytes)
            # Through `.data`, so that nobody takes a tensor that wakes for one that has changed.
            tensor.data.copy_(self._contents[tensor], non_blocking=True)
        try:
            yield
        finally:
            self.rest(resting)

    def content(self, tensor: Tensor) -> Tensor:
        return self._contents[tensor] if _rests(tensor) else tensor

    def _place(self, tensor: Tensor) -> Tensor:
        """Where a tensor rests: always at one place, because pinning memory takes long."""
        if tensor not in self._contents:
            self._contents[tensor] = torch.empty(
                tensor.shape, dtype=tensor.dtype, pin_memory=tensor.is_cuda
            )
        return self._contents[tensor]


def _rests(tensor: Tensor) -> bool:
    return tensor.untyped_storage().nbytes() < tensor.nbytes
