from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from pandas.testing import assert_frame_equal

from arrowshelf import InvalidDataError, _frames
from arrowshelf._convert import Source, checked_limit, source_of
from arrowshelf._encode import decode_text, encode_text, saved_bytes


def table_of(data: Any) -> pa.Table:
    source = source_of(data)
    parts = list(source.parts(0, 0))
    return pa.concat_tables([p if isinstance(p, pa.Table) else pa.Table.from_batches([p]) for p in parts])


FRAMES = {
    "numbers": pd.DataFrame({"f": [1.0, 2.0], "i": [1, 2], "b": [True, False], "s": ["x", "y"]}),
    "missing": pd.DataFrame({"f": [1.0, np.nan], "s": ["x", None]}),
    "one block": pd.DataFrame(np.random.default_rng(1).random((100, 4)), columns=list("abcd")),
    "small floats": pd.DataFrame({"h": np.array([1, np.nan], "f2"), "f": np.array([1, 2], "f4")}),
    "times": pd.DataFrame({"t": pd.to_datetime(["2020-01-01", None]), "z": pd.to_datetime(["2020", "2021"], utc=True)}),
    "categories": pd.DataFrame({"c": pd.Categorical(["a", "b", "a"])}),
    "objects": pd.DataFrame({"o": pd.Series([b"x", None], dtype=object)}),
    "nullable": pd.DataFrame({"i": pd.array([1, None], "Int64")}),
    "number names": pd.DataFrame({0: [1], 1: [2]}),
    "named columns": pd.DataFrame([[1, 2]], columns=pd.Index(["a", "b"], name="letters")),
    "no rows": pd.DataFrame({"a": np.array([], "f8"), "s": pd.array([], "str")}),
    "no columns": pd.DataFrame(),
    "attributes": pd.DataFrame({"a": [1.0]}),
    "big-endian": pd.DataFrame({"a": np.array([1, 2], "<i4")}),
}
FRAMES["attributes"].attrs["unit"] = "m"


@pytest.mark.parametrize("name", FRAMES)
def test_frames_become_what_pyarrow_makes_of_them(name: str) -> None:
    frame = FRAMES[name]
    expected = pa.Table.from_pandas(frame, preserve_index=False)
    for _ in range(2):
        table = _frames.table_of_pandas(frame)
        table.validate(full=True)
        assert table.equals(expected)
        assert table.schema.equals(expected.schema, check_metadata=True)
        assert all(column.num_chunks == 1 for column in table.columns)
        assert_frame_equal(table.to_pandas(), expected.to_pandas())


def test_geometries_come_back() -> None:
    geopandas = pytest.importorskip("geopandas")
    points = geopandas.points_from_xy([1, 2], [3, 4])
    frame = geopandas.GeoDataFrame({"a": [1, 2]}, geometry=points, crs=4326)
    table = table_of(frame)
    assert table.column("geometry").num_chunks == 1
    assert _frames.pandas_of(table).equals(frame)


def test_index_is_dropped_as_ever() -> None:
    frame = pd.DataFrame({"a": [1, 2]}, index=["x", "y"])
    assert table_of(frame).column_names == ["a"]


def test_float_columns_are_not_copied_and_missing_values_are_found_anywhere() -> None:
    clean = np.random.default_rng(1).random(2_000_000)
    frame = pd.DataFrame({"a": clean})
    column = _frames.table_of_pandas(frame).column(0).chunk(0)
    assert column.null_count == 0
    assert column.buffers()[1].address == frame["a"].to_numpy().__array_interface__["data"][0]
    for place in (0, 1_234_567, 1_999_999):
        holed = clean.copy()
        holed[place] = np.nan
        column = _frames.table_of_pandas(pd.DataFrame({"a": holed, "b": clean})).column(0)
        assert column.null_count == 1
        assert column[place].as_py() is None


def test_repeated_column_names_are_refused() -> None:
    with pytest.raises(ValueError, match="Duplicate"):
        source_of(pd.DataFrame([[1, 2]], columns=["a", "a"]))


def test_large_chunked_strings_get_one_chunk() -> None:
    table = pa.table({"s": pa.chunked_array([["a"], ["b"]]), "n": pa.chunked_array([[1], [2]])})
    assert [column.num_chunks for column in _frames.one_chunk(table).columns] == [1, 1]


def test_frames_of_polars_have_one_chunk() -> None:
    frame = pl.concat([pl.DataFrame({"a": [1], "s": ["x"]}), pl.DataFrame({"a": [2], "s": ["y"]})], rechunk=False)
    table = table_of(frame)
    assert [column.num_chunks for column in table.columns] == [1, 1]
    assert pl.from_arrow(table).equals(frame)
    assert table_of(frame.lazy()).equals(table)
    assert table_of(pl.Series("v", [1, 2])).to_pydict() == {"v": [1, 2]}


def test_tables_keep_their_chunks() -> None:
    table = pa.table({"n": pa.chunked_array([[1], [2, 3]])})
    assert table_of(table).column(0).num_chunks == 2


def test_series_arrays_and_batches() -> None:
    assert table_of(pd.Series([1, 2], name="v")).to_pydict() == {"v": [1, 2]}
    assert table_of(pd.Series([1, 2])).to_pydict() == {"values": [1, 2]}
    assert table_of(pa.array([1, 2])).to_pydict() == {"values": [1, 2]}
    assert table_of(pa.chunked_array([[1], [2]])).to_pydict() == {"values": [1, 2]}
    assert table_of(pa.record_batch({"a": [1]})).to_pydict() == {"a": [1]}


class Stream:
    """An object that speaks only the C stream interface."""

    def __init__(self, data: Any) -> None:
        self._data = data

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._data.__arrow_c_stream__(requested_schema)


class Array:
    """An object that speaks only the C array interface."""

    def __init__(self, data: Any) -> None:
        self._data = data

    def __arrow_c_array__(self, requested_schema: object = None) -> object:
        return self._data.__arrow_c_array__(requested_schema)


def test_arrow_interfaces() -> None:
    table = pa.table({"a": [1, 2], "s": ["x", None]})
    assert not source_of(Stream(table)).repeatable
    assert table_of(Stream(table)).equals(table)
    assert table_of(Stream(pa.chunked_array([[1], [2]]))).to_pydict() == {"values": [1, 2]}
    assert table_of(Array(table.to_batches()[0])).equals(table)
    assert table_of(Array(pa.array([1, 2]))).to_pydict() == {"values": [1, 2]}
    reader = pa.RecordBatchReader.from_batches(table.schema, table.to_batches())
    assert table_of(reader).equals(table)


@pytest.mark.parametrize("data", [{"a": [1]}, [1, 2], None, "text", 3])
def test_other_data_is_refused_with_advice(data: Any) -> None:
    with pytest.raises(TypeError, match="cannot be put"):
        source_of(data)


@pytest.mark.parametrize(("rows", "size"), [(10, 0), (0, 1000), (7, 300), (10**9, 10**9)])
def test_parts_stay_below_the_limits(rows: int, size: int) -> None:
    table = pa.table({"n": range(100), "s": ["x" * (number % 50) for number in range(100)]})
    for source in (source_of(table), source_of(Stream(table))):
        parts = list(source.parts(rows, size))
        assert all(not rows or part.num_rows <= rows for part in parts)
        assert all(not size or part.nbytes <= size or part.num_rows == 1 for part in parts)
        assert pa.Table.from_batches(parts).equals(table)


def test_rows_larger_than_the_limit_stand_alone() -> None:
    table = pa.table({"s": ["x" * 1000, "y", "z" * 1000]})
    assert sum(part.num_rows for part in source_of(table).parts(0, 100)) == 3


def test_tables_without_rows_have_one_empty_batch() -> None:
    empty = pa.schema([("a", pa.int8()), ("d", pa.dictionary(pa.int8(), pa.string()))]).empty_table()
    (part,) = Source(empty.schema, table=empty).parts(0, 0)
    assert part.num_rows == 0
    assert table_of(empty).column(0).num_chunks == 1


def test_limits_are_positive() -> None:
    assert checked_limit("partition_rows", None) == 0
    with pytest.raises(InvalidDataError, match="partition_rows=0"):
        checked_limit("partition_rows", 0)


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()])
def test_text_that_begins_with_few_values_and_goes_on_with_many_is_encoded_whole(kind):
    words = ["same"] * 20_000 + [f"word-{number}" for number in range(150_000)] + [None] * 10_000
    table = pa.table({"i": pa.array(range(len(words))), "s": pa.array(words, kind)})
    encoded, saved = encode_text(table)
    assert pa.types.is_dictionary(encoded.schema.field("s").type) and encoded["s"].num_chunks == 1
    assert decode_text(encoded) == table and list(saved) == ["s"]
    parts = list(source_of(table).encoded().parts(7_000, 0))
    assert max(part.num_rows for part in parts) == 7_000
    assert decode_text(pa.Table.from_batches(parts)).to_pydict() == table.to_pydict()


def test_saved_bytes_are_told_as_they_are_found():
    table = pa.table({"s": [f"w{row % 50}" if row % 9 else None for row in range(30_000)], "t": ["x"] * 30_000})
    source = source_of(table).encoded()
    for _ in range(2):
        parts = pa.Table.from_batches(list(source.parts(4_000, 0)))
        assert parts.num_rows == 30_000
        found = saved_bytes(parts)
        assert all(abs(found[name] - source.encoder.saved[name]) < 100 for name in ("s", "t"))
