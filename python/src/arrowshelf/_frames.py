"""Frames as tables of one chunk per column, and back.

A pandas frame of plain columns is converted column by column over its own memory; whether a float column has missing
values is found out by its minimum, which is many times as fast as making a validity bitmap. All other frames go
through pyarrow's own conversion, and the schema of the fast way comes from there too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional

import pyarrow as pa

from ._lanes import in_lanes

if TYPE_CHECKING:
    import pandas

_PLAIN_KINDS = "biuf"
_MOST_SCHEMAS = 256
_SCAN_ELEMENTS = 1 << 17
_PARALLEL_BYTES = 8 << 20

_schemas: dict[object, pa.Schema] = {}


def table_of_pandas(frame: "pandas.DataFrame") -> pa.Table:
    """The table of a pandas frame without its index."""
    if type(frame).__module__.startswith("geopandas"):
        return one_chunk(pa.table(frame.to_arrow(index=False)))
    table = _plain(frame)
    return one_chunk(pa.Table.from_pandas(frame, preserve_index=False) if table is None else table)


def pandas_of(table: pa.Table) -> "pandas.DataFrame":
    """A pandas frame, a copy; a geopandas frame when there are geometries and geopandas is installed."""
    if any(_is_geometry(field) for field in table.schema):
        try:
            import geopandas
        except ImportError:
            pass
        else:
            return geopandas.GeoDataFrame.from_arrow(table)
    try:
        return table.to_pandas()
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(f"{error} (get() gives a pandas frame; get_arrow() needs no pandas)") from error


def _is_geometry(field: pa.Field) -> bool:
    extension = (field.metadata or {}).get(b"ARROW:extension:name", b"")
    return bool(extension.startswith(b"geoarrow."))


def one_chunk(table: pa.Table) -> pa.Table:
    """The same table with exactly one chunk per column, also when it has no rows.

    Columns whose offsets would not fit one chunk get 64-bit offsets.
    """
    combined = table.combine_chunks()
    if all(column.num_chunks == 1 for column in combined.columns):
        return combined
    if combined.num_rows == 0:
        arrays = [
            pa.array([], field.type) if column.num_chunks == 0 else column.chunk(0)
            for field, column in zip(table.schema, combined.columns)
        ]
        return pa.Table.from_arrays(arrays, schema=table.schema)
    wide = [_with_wide_offsets(field) for field in table.schema]
    return table.cast(pa.schema(wide, metadata=table.schema.metadata)).combine_chunks()


def _plain(frame: "pandas.DataFrame") -> Optional[pa.Table]:
    """The table of a frame of plain numbers, booleans and pandas' own strings; None for any other frame."""
    import pandas

    arrays_of = getattr(frame, "_iter_column_arrays", None)
    names = frame.columns
    if type(frame) is not pandas.DataFrame or arrays_of is None or frame.attrs or type(names) is not pandas.Index:
        return None
    labels = _labels(names)
    arrays = list(arrays_of())
    if not labels or not all(map(_is_plain, arrays)) or not all(type(label) is str for label in labels):
        return None
    if names.name is not None and type(names.name) is not str:
        return None
    identity = (names.name, str(names.dtype), *labels, *map(_kind, arrays))
    schema = _schemas.get(identity)
    if schema is None:
        schema = pa.Table.from_pandas(frame.iloc[:1], preserve_index=False).schema
        if len(_schemas) >= _MOST_SCHEMAS:
            _schemas.clear()
        _schemas[identity] = schema
    return pa.Table.from_arrays(_convert(arrays, schema), schema=schema)


def _labels(names: Any) -> list[Any]:
    """The column names; straight from Arrow where pandas keeps them there, which is faster than by pandas."""
    array = names.array
    if type(array).__name__ != "ArrowStringArray":
        return list(names.tolist())
    return list(array.__arrow_array__().to_pylist())


def _is_plain(array: Any) -> bool:
    kind = array.dtype.kind
    if kind in _PLAIN_KINDS and hasattr(array, "strides"):
        return bool(array.dtype.isnative) and array.dtype.itemsize <= 8
    return type(array).__name__ == "ArrowStringArray"


def _kind(array: Any) -> object:
    """What of an array's type decides its column's type."""
    dtype = array.dtype
    return dtype.str if hasattr(array, "strides") else (dtype.storage, type(dtype.na_value))


def _convert(arrays: list[Any], schema: pa.Schema) -> list[pa.Array]:
    missing = _with_missing_values(arrays)
    columns = []
    for number, (array, kind) in enumerate(zip(arrays, schema.types)):
        if hasattr(array, "strides"):
            column = pa.array(array, type=kind, from_pandas=number in missing)
        else:
            column = array.__arrow_array__(kind)
        if isinstance(column, pa.ChunkedArray):
            column = column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
        columns.append(column)
    return columns


def _with_missing_values(arrays: list[Any]) -> set[int]:
    """Numbers of the float columns that hold a NaN."""
    import numpy as np

    floats = [number for number, array in enumerate(arrays) if array.dtype.kind == "f" and len(array)]
    if sum(arrays[number].nbytes for number in floats) < _PARALLEL_BYTES:
        return {number for number in floats if np.isnan(arrays[number].min())}
    pieces = [
        (number, arrays[number][start : start + _SCAN_ELEMENTS])
        for number in floats
        for start in range(0, len(arrays[number]), _SCAN_ELEMENTS)
    ]
    missing: set[int] = set()

    def scan(numbered: tuple[int, Any]) -> None:
        number, piece = numbered
        if number not in missing and np.isnan(piece.min()):
            missing.add(number)

    in_lanes(scan, pieces)
    return missing


def _with_wide_offsets(field: pa.Field) -> pa.Field:
    wide = {pa.string(): pa.large_string(), pa.binary(): pa.large_binary()}
    if pa.types.is_list(field.type):
        return field.with_type(pa.large_list(field.type.value_field))
    return field.with_type(wide.get(field.type, field.type))
