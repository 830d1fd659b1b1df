"""Between what programs have (frames, arrays, dicts) and Arrow tables, both ways, so that what comes back is equal."""

from __future__ import annotations

import io
import json
from typing import Any, Optional, Sequence

import pyarrow as pa
import pyarrow.compute as pc

_NOTE = b"arrow_cache"
_SAMPLE_ROWS = 10_000
_FEW_ROWS = 1_000
_DISTINCT_PART = 0.1

_TARGETS = ("arrow", "pandas", "polars", "geopandas", "dict", "numpy", "parquet")


def to_arrow_table(data: Any, preserve_index: bool = True) -> pa.Table:
    """An Arrow table of anything that a cache takes; schema metadata say what it was."""
    kind, table = _converted(data, preserve_index)
    return _noted(table, kind)


def from_arrow_table(table: pa.Table, target_type: Any = "pandas", **options: Any) -> Any:
    """What a table is as another type: arrow, pandas, polars, geopandas, dict, numpy, parquet, or a class of these."""
    return convert(table, target_name(target_type), options)


def kind_of(table: pa.Table) -> str:
    """What a table was when it was put."""
    return str(_note(table).get("kind", "arrow"))


def target_name(target_type: Any) -> str:
    """The name of a target given by name or by class. An unknown one is a ValueError."""
    if isinstance(target_type, str):
        name = target_type.lower()
        if name in _TARGETS:
            return name
    elif isinstance(target_type, type):
        module, name = target_type.__module__.split(".")[0], target_type.__name__
        by_class = {
            ("pyarrow", "Table"): "arrow",
            ("pandas", "DataFrame"): "pandas",
            ("polars", "DataFrame"): "polars",
            ("geopandas", "GeoDataFrame"): "geopandas",
            ("builtins", "dict"): "dict",
            ("numpy", "ndarray"): "numpy",
            ("_io", "BytesIO"): "parquet",
        }
        if (module, name) in by_class:
            return by_class[module, name]
    raise ValueError(f"Unknown target type: target_type={target_type!r}, known={', '.join(_TARGETS)}")


def convert(table: pa.Table, target: str, options: Optional[dict[str, Any]] = None) -> Any:
    """A table as a target; `options` go to `to_pandas`."""
    note = _note(table)
    table = decoded(table)
    if target == "arrow":
        return table
    if target == "polars":
        import polars

        return polars.from_arrow(table)
    if target == "geopandas":
        import geopandas

        return geopandas.GeoDataFrame.from_arrow(table)
    if target == "dict":
        return table.to_pydict()
    if target == "parquet":
        import pyarrow.parquet as parquet

        target_file = io.BytesIO()
        parquet.write_table(table, target_file)
        target_file.seek(0)
        return target_file
    if target == "numpy":
        return _numpy(table, note)
    frame = table.to_pandas(**(options or {}))
    attributes = note.get("attrs")
    if attributes:
        frame.attrs.update(attributes)
    return frame


def encoded(table: pa.Table) -> pa.Table:
    """Text columns of few different values as dictionaries, where that is smaller; `decoded` gives back what was."""
    changed: dict[str, str] = {}
    for number, field in enumerate(table.schema):
        if not (pa.types.is_string(field.type) or pa.types.is_large_string(field.type)):
            continue
        if table.num_rows < _FEW_ROWS or table.schema.names.count(field.name) > 1:
            continue
        column = table.column(number)
        sample = column.slice(0, _SAMPLE_ROWS)
        if pc.count_distinct(sample).as_py() > _DISTINCT_PART * len(sample):
            continue
        smaller = column.dictionary_encode()
        if smaller.num_chunks > 1:
            smaller = smaller.unify_dictionaries()
        if _bytes(smaller) < column.nbytes:
            changed[field.name] = str(field.type)
            table = table.set_column(number, field.with_type(smaller.type), smaller)
    return _noted(table, **{"encoded": changed}) if changed else table


def decoded(table: pa.Table) -> pa.Table:
    """The table as it was put: without the dictionaries of `encoded`, and without the note about them."""
    note = _note(table)
    types = {"string": pa.string(), "large_string": pa.large_string()}
    for name, kind in note.get("encoded", {}).items():
        number = table.schema.get_field_index(name)
        if number >= 0 and pa.types.is_dictionary(table.schema.field(number).type):
            field = table.schema.field(number).with_type(types[kind])
            table = table.set_column(number, field, table.column(number).cast(types[kind]))
    metadata = dict(table.schema.metadata or {})
    if metadata.pop(_NOTE, None) is None:
        return table
    return table.replace_schema_metadata(metadata or None)


def saved_bytes(before: pa.Table, after: pa.Table) -> int:
    """What dictionaries save."""
    return max(0, before.nbytes - sum(_bytes(column) for column in after.columns))


def estimate_size_bytes(data: Any) -> int:
    """About how many bytes the data takes in a cache."""
    return int((data if isinstance(data, pa.Table) else to_arrow_table(data)).nbytes)


def zero_copy_slice(table: pa.Table, offset: int, length: Optional[int] = None) -> pa.Table:
    """Rows of a table, over the same memory."""
    return table.slice(min(offset, table.num_rows), length)


def zero_copy_filter(table: pa.Table, mask: Any) -> pa.Table:
    """The rows that a mask picks; runs of rows stay over the same memory."""
    picked = pa.array(mask, pa.bool_()) if not isinstance(mask, (pa.Array, pa.ChunkedArray)) else mask
    return table.filter(picked)


def optimize_string_columns(table: pa.Table, columns: Optional[Sequence[str]] = None) -> pa.Table:
    """Text columns of few different values as dictionaries."""
    if columns is None:
        return encoded(table)
    for name in columns:
        number = table.schema.get_field_index(name)
        column = table.column(number).dictionary_encode()
        table = table.set_column(number, table.schema.field(number).with_type(column.type), column)
    return table


def geometry_facts(table: pa.Table) -> dict[str, Any]:
    """Geometry column, its type and CRS, or Nones."""
    for field in table.schema:
        extension = (field.metadata or {}).get(b"ARROW:extension:name", b"")
        if extension.startswith(b"geoarrow.") or str(field.type).startswith("extension<geoarrow."):
            facts = json.loads((field.metadata or {}).get(b"ARROW:extension:metadata", b"{}") or b"{}")
            return {
                "geometry_column": field.name,
                "geometry_type": extension.decode() or str(field.type),
                "crs_info": facts.get("crs"),
            }
    return {"geometry_column": None, "geometry_type": None, "crs_info": None}


def _converted(data: Any, preserve_index: bool) -> tuple[str, pa.Table]:
    module = type(data).__module__.split(".")[0]
    if isinstance(data, pa.Table):
        return "arrow", data
    if isinstance(data, pa.RecordBatch):
        return "arrow", pa.Table.from_batches([data])
    if isinstance(data, pa.RecordBatchReader):
        return "arrow", data.read_all()
    if module == "geopandas" and hasattr(data, "to_arrow"):
        frame = data if hasattr(data, "geometry") and hasattr(data, "columns") else data.to_frame()
        return "geopandas", pa.table(frame.to_arrow(index=True if preserve_index else False))
    if module == "pandas":
        frame = data.to_frame() if type(data).__name__ == "Series" else data
        table = pa.Table.from_pandas(frame, preserve_index=None if preserve_index else False)
        attributes = {str(name): value for name, value in frame.attrs.items()} if frame.attrs else {}
        return "pandas", _noted(table, attrs=attributes) if attributes and _is_json(attributes) else table
    if module == "polars":
        return "polars", (data.to_frame() if type(data).__name__ == "Series" else data).to_arrow()
    if module == "numpy":
        return "numpy", _of_numpy(data)
    if isinstance(data, dict):
        return "dict", pa.table({str(name): _column(values) for name, values in data.items()})
    if isinstance(data, (list, tuple)) and all(isinstance(row, dict) for row in data):
        return "dict", pa.Table.from_pylist(list(data))
    if hasattr(data, "__arrow_c_stream__"):
        return "arrow", pa.table(data)
    raise TypeError(f"Data cannot be cached: type={type(data).__module__}.{type(data).__name__}")


def _column(values: Any) -> Any:
    return values if isinstance(values, (pa.Array, pa.ChunkedArray)) else pa.array(values)


def _of_numpy(array: Any) -> pa.Table:
    note = {"shape": list(array.shape), "dtype": array.dtype.str}
    if array.ndim == 2:
        columns = {f"col_{number}": pa.array(array[:, number]) for number in range(array.shape[1])}
        return _noted(pa.table(columns), **note)
    return _noted(pa.table({"values": pa.array(array.reshape(-1))}), **note)


def _numpy(table: pa.Table, note: dict[str, Any]) -> Any:
    import numpy as np

    arrays = [column.to_numpy() for column in table.columns]
    shape = note.get("shape")
    if shape is not None and len(shape) != 2:
        rest = int(np.prod(shape[1:], dtype=int)) if len(shape) > 1 else 1
        whole = table.num_rows == int(np.prod(shape, dtype=int))
        return arrays[0].reshape(shape) if whole and rest else arrays[0]
    if not arrays:
        return np.empty((table.num_rows, 0))
    return arrays[0] if len(arrays) == 1 and shape is None else np.column_stack(arrays)


def _note(table: pa.Table) -> dict[str, Any]:
    text = (table.schema.metadata or {}).get(_NOTE)
    note: dict[str, Any] = json.loads(text) if text else {}
    return note


def _noted(table: pa.Table, kind: Optional[str] = None, **facts: Any) -> pa.Table:
    note = {**_note(table), **({"kind": kind} if kind is not None else {}), **facts}
    metadata = {**(table.schema.metadata or {}), _NOTE: json.dumps(note).encode("utf-8")}
    return table.replace_schema_metadata(metadata)


def _is_json(value: Any) -> bool:
    try:
        json.dumps(value)
        return True
    except (TypeError, ValueError):
        return False


def _bytes(column: pa.ChunkedArray) -> int:
    """Bytes of a column, a dictionary that its chunks share counted once."""
    if not pa.types.is_dictionary(column.type) or not column.num_chunks:
        return int(column.nbytes)
    return sum(int(chunk.indices.nbytes) for chunk in column.chunks) + int(column.chunk(0).dictionary.nbytes)
