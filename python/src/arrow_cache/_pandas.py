"""pandas and GeoPandas frames as tables and back, so that they come back equal."""

from __future__ import annotations

import json
import warnings
from typing import Any, Optional

import pyarrow as pa

from ._facts import with_facts
from .config import ArrowCacheConfig


def table_of(frame: Any, preserve_index: bool) -> pa.Table:
    """The table of a pandas or GeoPandas frame; a plain range as its index is metadata, every other one columns."""
    index = None if preserve_index else False
    if type(frame).__module__.partition(".")[0] == "geopandas" and _geometry_columns(frame):
        exported = pa.table(frame.to_arrow(index=index, geometry_encoding="WKB"))
        crs = frame.crs if frame._geometry_column_name in frame else None
        facts = {"name": frame._geometry_column_name, "crs": None if crs is None else crs.to_string()}
        if frame._geometry_column_name in frame:
            facts["types"] = sorted({str(kind) for kind in frame.geom_type.dropna().unique()})
        return with_facts(exported, geometry=facts, attributes=_attributes(frame))
    sparse = {place: str(kind) for place, kind in enumerate(frame.dtypes) if str(kind).startswith("Sparse[")}
    if sparse:
        frame = frame.copy(deep=False)
        for place in sparse:
            frame.isetitem(place, frame.iloc[:, place].sparse.to_dense())
    facts = {
        "sparse": sparse,
        "arrow": [place for place, kind in enumerate(frame.dtypes) if type(kind).__name__ == "ArrowDtype"],
        "freq": getattr(frame.index, "freqstr", None) if preserve_index else None,
    }
    table = pa.Table.from_pandas(frame, preserve_index=index)
    facts = {name: fact for name, fact in facts.items() if fact}
    return with_facts(table, **facts) if facts else table


def renumbered(part: pa.Table, offset: int) -> pa.Table:
    """Rows of a table from an offset on. A range as its index goes along, unless it only numbers the rows."""
    facts = _pandas_facts(part)
    ranges = [index for index in facts.get("index_columns", ()) if isinstance(index, dict)]
    if not ranges or (ranges[0]["start"], ranges[0]["step"], ranges[0]["name"]) == (0, 1, None):
        return part
    index = ranges[0]
    index["start"] += offset * index["step"]
    index["stop"] = index["start"] + part.num_rows * index["step"]
    return part.replace_schema_metadata({**part.schema.metadata, b"pandas": json.dumps(facts).encode()})


def frame_of(table: pa.Table, described: dict[str, Any], options: ArrowCacheConfig) -> Any:
    """A pandas frame that a program may change."""
    large = table.nbytes > options["max_conversion_memory"]
    try:
        frame = table.to_pandas(use_threads=uses_threads(options), split_blocks=large)
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(f"{error} (target_type='arrow' needs no pandas)") from error
    _restore(frame, table, described, options)
    if "freq" in described and table.num_rows:
        _restore_steps(frame, described["freq"])
    # A frame over the shelf's own memory could not be changed by the program.
    return frame if all(map(_is_writeable, frame._iter_column_arrays())) else frame.copy()


def uses_threads(options: ArrowCacheConfig) -> bool:
    """Whether tables are converted by several threads."""
    return bool(options["parallel_conversion"] and options["thread_count"] != 1)


def geo_frame_of(table: pa.Table, described: dict[str, Any]) -> Any:
    """A GeoPandas frame, a copy."""
    import geopandas

    active = described.get("geometry", {}).get("name")
    frame = geopandas.GeoDataFrame.from_arrow(table, geometry=active if active in table.column_names else None)
    frame.attrs.update(described.get("attributes", {}))
    return frame


def _geometry_columns(frame: Any) -> list[Any]:
    return [name for name, kind in frame.dtypes.items() if str(kind) == "geometry"]


def _attributes(frame: Any) -> dict[str, Any]:
    try:
        return dict(json.loads(json.dumps(frame.attrs)))
    except TypeError as error:
        warnings.warn(f"Attributes of a frame are not kept: {error}", UserWarning, stacklevel=2)
        return {}


def _pandas_facts(table: pa.Table) -> dict[str, Any]:
    return dict(json.loads((table.schema.metadata or {}).get(b"pandas", b"{}")))


def _restore(frame: Any, table: pa.Table, described: dict[str, Any], options: ArrowCacheConfig) -> None:
    """Columns whose types pyarrow does not bring back, or whose types the options do not want."""
    import pandas

    facts = _pandas_facts(table)
    index = {name for name in facts.get("index_columns", ()) if isinstance(name, str)}
    types = {column["field_name"]: column["numpy_type"] for column in facts.get("columns", ())}
    fields = [name for name in table.column_names if name not in index]
    if len(fields) != frame.shape[1]:
        return
    for place, (name, kind) in enumerate(zip(fields, [*frame.dtypes])):
        wanted = types.get(name, "")
        if place in described.get("arrow", ()) and options["pandas_use_extension_arrays"]:
            frame.isetitem(place, frame.iloc[:, place].astype(pandas.ArrowDtype(table.schema.field(name).type)))
        elif wanted == "object" and str(kind) != "object":
            frame.isetitem(place, _objects(table.column(name), frame, place))
        elif str(place) in described.get("sparse", {}):
            frame.isetitem(place, frame.iloc[:, place].astype(described["sparse"][str(place)]))
        elif isinstance(kind, pandas.CategoricalDtype):
            if not options["pandas_use_categories"]:
                frame.isetitem(place, frame.iloc[:, place].astype(kind.categories.dtype))
        elif not options["pandas_use_extension_arrays"] and getattr(kind, "na_value", None) is pandas.NA:
            column = table.column(name).to_pandas(use_threads=False)
            frame.isetitem(place, column.set_axis(frame.index))


def _objects(column: pa.ChunkedArray, frame: Any, place: int) -> Any:
    """A column of Python's own objects."""
    import pandas

    text = pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
    values = column.to_numpy() if text else frame.iloc[:, place].astype(object)
    return pandas.Series(values, index=frame.index, dtype=object)


def _restore_steps(frame: Any, steps: str) -> None:
    """The frequency of a time index, unless rows are missing from it."""
    try:
        frame.index.freq = steps
    except (ValueError, AttributeError):
        return


def _is_writeable(array: Any) -> bool:
    inner = getattr(array, "_ndarray", array)
    return bool(inner.flags.writeable) if hasattr(inner, "flags") and hasattr(inner.flags, "writeable") else True
