"""Our data sets into those of other programs.

To add a format, write its class (`exporter.Exporter`) in a file of its own and name it here.
"""

from __future__ import annotations

from pathlib import Path

from prism_engine.contract.config import Problem
from prism_engine.data.exporters.exporter import Exporter
from prism_engine.data.exporters.sharegpt import ShareGptExport
from prism_engine.data.exporters.verl import VerlExport
from prism_engine.data.records import stream_records
from prism_engine.errors import InvalidData

EXPORTERS: dict[str, type[Exporter]] = {
    format.name: format for format in (ShareGptExport, VerlExport)
}


def export_data(location: Path, out: Path, format: str) -> int:
    """Write a data set into the new folder `out`; returns how many rows it has.

    Raises:
        InvalidData: there is no such format, `out` is not empty, or rows are malformed.
    """
    if format not in EXPORTERS:
        message = f"there is no format {format}; it is one of {', '.join(EXPORTERS)}"
        raise InvalidData([Problem(field="format", message=message)])
    if out.exists() and any(out.iterdir()):
        raise InvalidData([Problem(field="out", message=f"{out} is not empty; name a new folder")])
    out.mkdir(parents=True, exist_ok=True)
    folder = location if location.is_dir() else location.parent
    return EXPORTERS[format]().write(stream_records(location), folder, out)
