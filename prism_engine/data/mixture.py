"""Data sets made of others: a random part of one, and several as if they were one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch

from prism_engine.contract.config import Problem
from prism_engine.data.records import DataSet, Record
from prism_engine.errors import InvalidData


def part_of(data: DataSet, items: int, generator: torch.Generator) -> DataSet:
    """So many of the rows, in the order that they stand in.

    Raises:
        InvalidData: there are not so many.
    """
    if items > len(data):
        message = f"{items} rows are asked for and {data.folder} holds {len(data)}; lower it"
        raise InvalidData([Problem(field="items", message=message)])
    chosen = torch.randperm(len(data), generator=generator)[:items].sort().values
    return DataSet(data.folder, [data.records[row] for row in chosen.tolist()])


class JoinedData(DataSet):
    """The records of several data sets, one set behind the other.

    Ids of all but the first set get the name of its folder before them, so that they differ.
    """

    def __init__(self, sets: Sequence[DataSet]) -> None:
        named = [(record, sets[0].folder) for record in sets[0].records]
        named += [
            (_named(record, data), data.folder) for data in sets[1:] for record in data.records
        ]
        super().__init__(sets[0].folder, [record for record, _ in named])
        self._folders: dict[str, Path] = {record.id: folder for record, folder in named}
        if len(self._folders) < len(named):
            folders = ", ".join(str(data.folder) for data in sets)
            message = f"two records of {folders} have the same id; rename a folder"
            raise InvalidData([Problem(field="mixed_with", message=message)])

    def folder_of(self, record: Record) -> Path:
        return self._folders[record.id]


def _named(record: Record, data: DataSet) -> Record:
    return record.model_copy(update={"id": f"{data.folder.name}/{record.id}"})
