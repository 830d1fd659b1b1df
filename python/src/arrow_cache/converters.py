"""From what programs have to Arrow tables, and back to what they ask for.

What Arrow's own types do not tell travels in the schema's metadata `arrow_cache`: what the data was, an array's shape
and type. Tables that are handed out do not have it any more.
"""

from __future__ import annotations

import io
import sys
import weakref
from typing import Any, Optional

import pyarrow as pa

from arrowshelf._encode import decode_text, is_encoded

from . import _pandas, _sources
from ._facts import METADATA, facts_of, with_facts
from .config import ArrowCacheConfig

TARGETS = ("pandas", "arrow", "geopandas", "polars", "numpy", "dict", "parquet", "reader")

_TYPE_NAMES = {
    "pyarrow.Table": "arrow",
    "pandas.DataFrame": "pandas",
    "geopandas.GeoDataFrame": "geopandas",
    "polars.DataFrame": "polars",
    "numpy.ndarray": "numpy",
    "builtins.dict": "dict",
    "io.BytesIO": "parquet",
    "pyarrow.RecordBatchReader": "reader",
}
_OTHER_NAMES = {"table": "arrow", "pyarrow": "arrow", "df": "pandas", "dataframe": "pandas", "gdf": "geopandas"}
_FORMATS = {"pandas": "pandas", "geopandas": "geopandas", "polars": "polars", "numpy": "numpy", "builtins": "dict"}


def to_arrow_table(data: Any, preserve_index: bool = True) -> pa.Table:
    """The table of anything that a cache takes; TypeError for what it does not.

    pandas and polars frames and series, GeoPandas frames, Arrow tables, batches and readers, numpy arrays, a dict of
    columns, a list of dicts, objects with `__arrow_c_stream__`, and paths of files (parquet, pq, geoparquet, csv,
    feather, arrow, ipc, json, ndjson, jsonl, geojson, gpkg, shp).
    """
    if isinstance(data, pa.Table):
        return data
    if isinstance(data, pa.RecordBatch):
        return pa.Table.from_batches([data])
    if isinstance(data, pa.RecordBatchReader):
        return data.read_all()
    if isinstance(data, (pa.Array, pa.ChunkedArray)):
        return pa.table({"values": data})
    if _sources.is_path(data):
        read = _sources.read(data)
        return with_facts(read, was="pandas") if isinstance(read, pa.Table) else to_arrow_table(read, preserve_index)
    if isinstance(data, dict):
        return with_facts(pa.table(data), was="pandas")
    if isinstance(data, (list, tuple)):
        return with_facts(_of_rows(data), was="pandas")
    pandas, numpy, polars = (sys.modules.get(name) for name in ("pandas", "numpy", "polars"))
    if pandas is not None and isinstance(data, (pandas.DataFrame, pandas.Series)):
        named = isinstance(data, pandas.DataFrame) or data.name is not None
        frame = data if isinstance(data, pandas.DataFrame) else data.to_frame(data.name if named else "values")
        return with_facts(_pandas.table_of(frame, preserve_index), was="pandas")
    if numpy is not None and isinstance(data, numpy.ndarray):
        return with_facts(_of_array(data), was="pandas")
    if polars is not None and isinstance(data, (polars.DataFrame, polars.LazyFrame, polars.Series)):
        frame = data.collect() if isinstance(data, polars.LazyFrame) else data
        frame = frame.to_frame(frame.name or "values") if isinstance(frame, polars.Series) else frame
        return with_facts(frame.to_arrow(), was="polars")
    if hasattr(data, "__arrow_c_stream__"):
        return pa.table(data)
    raise TypeError(f"Data of this type cannot be cached: type={type(data).__module__}.{type(data).__qualname__}")


def from_arrow_table(table: pa.Table, target_type: Any = "pandas", config: Optional[ArrowCacheConfig] = None) -> Any:
    """A table as the kind that is asked for: a name of TARGETS, a type such as pandas.DataFrame; None: what it was."""
    described = facts_of(table.schema)
    target = described.get("was", "arrow") if target_type is None else target_name(target_type)
    options = config or ArrowCacheConfig()
    if target == "pandas" and "geometry" not in described:
        return _pandas.frame_of(_for_a_frame(table, described, options), described, options)
    table = plain(table)
    if target == "numpy":
        return _array_of(table, described.get("numpy"))
    if target == "arrow":
        return table
    if target == "dict":
        return table.to_pydict()
    if target == "parquet":
        return _parquet_of(table)
    if target == "reader":
        return table.to_reader(options["streaming_chunk_size"] if options["enable_streaming"] else None)
    if target == "polars":
        import polars

        return polars.from_arrow(table)
    if target == "geopandas" or "geometry" in described:
        return _pandas.geo_frame_of(table, described)
    return _pandas.frame_of(table, described, options)


def target_name(target_type: Any) -> str:
    """The name of a target; ValueError for one that is not known."""
    if isinstance(target_type, type):
        module = "io" if target_type is io.BytesIO else target_type.__module__.partition(".")[0]
        name = _TYPE_NAMES.get(f"{module}.{target_type.__qualname__}", "")
    else:
        name = _OTHER_NAMES.get(str(target_type).lower(), str(target_type).lower())
    if name not in TARGETS:
        raise ValueError(f"Unknown target type: target_type={target_type!r}, known={', '.join(TARGETS)}")
    return name


def format_of(data: Any) -> str:
    """What a put was given, as get_metadata() says it in `storage_format`."""
    if _sources.is_path(data):
        return _sources.kind(data)
    return _FORMATS.get(type(data).__module__.partition(".")[0], "arrow")


def plain(table: pa.Table) -> pa.Table:
    """The table as it was put: columns that were dictionary-encoded here decoded, without this module's metadata."""
    schema = table.schema
    encoded = any(map(is_encoded, schema))
    if METADATA not in (schema.metadata or {}) and not encoded:
        return table
    place = id(table)
    known = _known(table)
    if known is not None:
        return known
    result = _without_facts(decode_text(table))
    if encoded:
        _decoded[place] = (weakref.ref(table, lambda _: _decoded.pop(place, None)), result)
    return result


def _for_a_frame(table: pa.Table, described: dict[str, Any], options: ArrowCacheConfig) -> pa.Table:
    """The same, with text decoded as pandas keeps it, so that it is not copied again, and not remembered."""
    known = _known(table)
    if known is not None:
        return known
    text = decode_text(table, large="arrow" not in described, threads=_pandas.uses_threads(options))
    return _without_facts(text)


def _known(table: pa.Table) -> Optional[pa.Table]:
    known = _decoded.get(id(table))
    return known[1] if known is not None and known[0]() is table else None


def _without_facts(table: pa.Table) -> pa.Table:
    kept = {name: value for name, value in (table.schema.metadata or {}).items() if name != METADATA}
    return table.replace_schema_metadata(kept or None)


_decoded: dict[int, tuple["weakref.ref[pa.Table]", pa.Table]] = {}
"""Decoded tables of those that are in use, so that getting one again is as fast as if it were never encoded."""


def _of_rows(rows: Any) -> pa.Table:
    if rows and all(isinstance(row, dict) for row in rows):
        names = dict.fromkeys(name for row in rows for name in row)
        return pa.table({name: [row.get(name) for row in rows] for name in names})
    raise TypeError(f"A list is cached when it holds dicts, one a row: length={len(rows)}")


def _of_array(array: Any) -> pa.Table:
    import numpy

    if array.dtype.hasobject:
        raise TypeError(f"Array of Python objects cannot be cached: dtype={array.dtype}")
    if array.ndim == 2:
        table = pa.table({f"col_{number}": _column(array[:, number]) for number in range(array.shape[1])})
    else:
        table = pa.table({"values": _column(array.reshape(-1))})
    facts = {"dtype": numpy.lib.format.dtype_to_descr(array.dtype), "shape": [*array.shape]}
    return with_facts(table, numpy=facts)


def _column(values: Any) -> pa.Array:
    import numpy

    native = values.astype(values.dtype.newbyteorder("="), copy=False)
    try:
        return pa.array(numpy.ascontiguousarray(native))
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid) as error:
        raise TypeError(f"Array of this type cannot be cached: dtype={values.dtype} ({error})") from error


def _array_of(table: pa.Table, described: Optional[dict[str, Any]]) -> Any:
    import numpy

    columns = [column.to_numpy() for column in table.columns]
    if described is None:
        if len(columns) == 1:
            return numpy.array(columns[0])
        return numpy.column_stack(columns) if columns else numpy.empty((table.num_rows, 0))
    kind, shape = numpy.dtype(described["dtype"]), described["shape"]
    if len(shape) == 2:
        rows = numpy.column_stack(columns) if columns else numpy.empty((shape[0], 0))
        return rows.astype(kind, copy=False)
    array = numpy.array(columns[0], dtype=kind)
    return array.reshape(shape) if array.size == numpy.prod(shape, dtype=int) else array


def _parquet_of(table: pa.Table) -> io.BytesIO:
    from pyarrow import parquet

    written = io.BytesIO()
    parquet.write_table(table, written)
    written.seek(0)
    return written
