"""Files that a cache takes: by their names' endings, through pyarrow, geographic ones through GeoPandas."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pyarrow as pa

KINDS = {
    ".parquet": "parquet",
    ".pq": "parquet",
    ".geoparquet": "geoparquet",
    ".csv": "csv",
    ".feather": "feather",
    ".arrow": "arrow",
    ".ipc": "arrow",
    ".json": "json",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".geojson": "geojson",
    ".gpkg": "geopackage",
    ".shp": "shapefile",
}


def is_path(data: Any) -> bool:
    return isinstance(data, (str, os.PathLike))


def kind(path: Any) -> str:
    """What a file is; ValueError when its name does not say."""
    ending = Path(path).suffix.lower()
    if ending not in KINDS:
        raise ValueError(f"Kind of file is not known: path={os.fspath(path)}, known={' '.join(KINDS)}")
    return KINDS[ending]


def read(path: Any, as_kind: str = "") -> Any:
    """The file's table, or a GeoPandas frame."""
    file = Path(path)
    wanted = as_kind or kind(path)
    if not file.exists():
        raise FileNotFoundError(f"File does not exist: path={file}")
    if wanted == "parquet":
        return _parquet(file)
    if wanted == "csv":
        from pyarrow import csv

        return csv.read_csv(file)
    if wanted == "feather":
        from pyarrow import feather

        return feather.read_table(file)
    if wanted == "arrow":
        return _arrow(file)
    if wanted in ("json", "ndjson"):
        return _json(file)
    import geopandas

    return geopandas.read_parquet(file) if wanted == "geoparquet" else geopandas.read_file(file)


def _parquet(file: Path) -> Any:
    from pyarrow import parquet

    table = parquet.read_table(file)
    if b"geo" in (table.schema.metadata or {}):
        import geopandas

        return geopandas.read_parquet(file)
    return table


def _arrow(file: Path) -> pa.Table:
    with pa.memory_map(str(file)) as source:
        try:
            return pa.ipc.open_file(source).read_all()
        except pa.ArrowInvalid:
            source.seek(0)
            return pa.ipc.open_stream(source).read_all()


def _json(file: Path) -> pa.Table:
    """An array of objects, an object of columns, or one object a line."""
    try:
        content = json.loads(file.read_bytes())
    except json.JSONDecodeError:
        from pyarrow import json as lines

        return lines.read_json(file)
    if isinstance(content, list):
        return pa.Table.from_pylist(content)
    columns = all(isinstance(value, list) for value in content.values())
    return pa.table(content) if columns else pa.Table.from_pylist([content])
