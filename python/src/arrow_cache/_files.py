"""Tables of files: Parquet, CSV, JSON, Arrow, and the geographic ones through geopandas."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Optional

import pyarrow as pa

from ._frames import to_arrow_table

_BY_SUFFIX = {
    ".parquet": "parquet",
    ".pq": "parquet",
    ".geoparquet": "geoparquet",
    ".csv": "csv",
    ".json": "json",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".feather": "arrow",
    ".arrow": "arrow",
    ".ipc": "arrow",
    ".geojson": "geofile",
    ".gpkg": "geofile",
    ".shp": "geofile",
}


def is_path(data: Any) -> bool:
    """Whether data names a file rather than being it."""
    return isinstance(data, (str, os.PathLike))


def read_file(path: "str | os.PathLike[str]", kind: str = "auto", options: Optional[dict[str, Any]] = None) -> pa.Table:
    """The table of a file. A suffix or kind that is not known is a ValueError, a missing file a FileNotFoundError."""
    file, settings = Path(path), options or {}
    if kind == "auto":
        kind = _BY_SUFFIX.get(file.suffix.lower(), "")
    if not file.exists():
        raise FileNotFoundError(f"File does not exist: path={file}")
    if kind == "parquet":
        import pyarrow.parquet as parquet

        return parquet.read_table(file, **settings)
    if kind == "csv":
        from pyarrow import csv

        return csv.read_csv(file, **settings)
    if kind == "ndjson":
        from pyarrow import json as ndjson

        return ndjson.read_json(file, **settings)
    if kind == "json":
        return _json(file)
    if kind == "arrow":
        return _arrow(file)
    if kind in ("geoparquet", "geofile", "geojson", "gpkg"):
        import geopandas

        read = geopandas.read_parquet if kind == "geoparquet" else geopandas.read_file
        return to_arrow_table(read(file, **settings))
    raise ValueError(f"Unknown kind of file: path={file}, kind={kind or file.suffix!r}")


def _json(file: Path) -> pa.Table:
    """An array of objects, or an object of arrays; otherwise one object a line."""
    import json

    text = file.read_text(encoding="utf-8")
    try:
        data = json.loads(text)
    except ValueError:
        from pyarrow import json as ndjson

        return ndjson.read_json(file)
    if isinstance(data, dict) and not all(isinstance(values, list) for values in data.values()):
        data = [data]
    return to_arrow_table(data)


def _arrow(file: Path) -> pa.Table:
    with pa.memory_map(str(file)) as source:
        try:
            return pa.ipc.open_file(source).read_all()
        except pa.ArrowInvalid:
            source.seek(0)
    from pyarrow import feather

    try:
        with pa.OSFile(str(file)) as stream:
            return pa.ipc.open_stream(stream).read_all()
    except pa.ArrowInvalid:
        return feather.read_table(file)
