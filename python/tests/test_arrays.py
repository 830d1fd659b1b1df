from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from arrowshelf import ColumnNotFoundError, InvalidDataError, NullValuesError, _arrays
from arrowshelf._convert import source_of

ARRAYS = [
    np.arange(5),
    np.arange(10)[::2],
    np.random.default_rng(1).random((3, 4)),
    np.asfortranarray(np.random.default_rng(2).random((3, 4))),
    np.arange(24, dtype="i2").reshape(2, 3, 4),
    np.arange(24, dtype=">f4").reshape(2, 3, 4, order="F"),
    np.array(3.5),
    np.float32(2.5),
    np.zeros((0, 3)),
    np.zeros((3, 0, 2)),
    np.array([], "f8"),
    np.array([1 + 2j, 3]),
    np.array(["a", "bcd", "é"]),
    np.array([b"x", b"yy"]),
    np.arange(4, dtype=">i4"),
    np.array([True, False]),
    np.arange(3, dtype="f2"),
    np.arange(3, dtype="g"),
    np.array(["2020-01-01", "NaT"], "M8[ns]"),
    np.array([1, 2], "m8[D]"),
    np.zeros(3, [("a", "i4"), ("b", "f8", (2,)), ("c", [("d", "U3")])]),
    np.zeros(2, np.dtype({"names": ["a"], "formats": ["i1"], "offsets": [4], "itemsize": 8})),
    np.array([1.0, np.nan, np.inf, -0.0]),
]


def stored(array: Any) -> pa.Table:
    """The table of an array after it went through IPC, as it comes off the shelf."""
    table = source_of(array).table
    out = pa.BufferOutputStream()
    with pa.ipc.new_file(out, table.schema) as writer:
        writer.write_table(table)
    return pa.ipc.open_file(out.getvalue()).read_all()


@pytest.mark.parametrize("array", ARRAYS, ids=lambda array: f"{array.dtype}{array.shape}")
def test_arrays_come_back_as_they_were(array: Any) -> None:
    back = _arrays.array_of(stored(array))
    assert back is not None
    assert (back.dtype, back.shape) == (array.dtype, array.shape)
    assert back.tobytes() == array.tobytes()
    assert not back.flags.writeable


def test_arrays_come_back_without_a_copy() -> None:
    for array in (np.arange(1000.0), np.ones((50, 3), "f4"), np.array(["text"] * 50)):
        table = stored(array)
        back = _arrays.array_of(table)
        column = table.column(0).chunk(0)
        while pa.types.is_fixed_size_list(column.type):
            column = column.values
        assert back is not None
        assert back.__array_interface__["data"][0] == column.buffers()[1].address


def test_vectors_are_lists_with_rows_first() -> None:
    assert source_of(np.zeros((5, 3), "f4")).schema.field("values").type == pa.list_(pa.float32(), 3)
    assert source_of(np.asfortranarray(np.zeros((5, 3)))).schema.field("values").type == pa.list_(pa.float64(), 3)
    assert source_of(np.zeros(5)).schema.field("values").type == pa.float64()


@pytest.mark.parametrize("array", [np.array([object()]), np.array(["a", None]), np.ma.masked_array([1, 2], [0, 1])])
def test_arrays_of_references_are_refused_with_advice(array: Any) -> None:
    with pytest.raises(TypeError, match="astype|filled"):
        source_of(array)


def test_array_shorter_than_its_shape_is_refused() -> None:
    table = source_of(np.arange(10)).table
    assert table is not None
    with pytest.raises(InvalidDataError, match="shorter"):
        _arrays.array_of(table.slice(0, 3).combine_chunks().replace_schema_metadata(
            {_arrays.METADATA: b'{"dtype": "<i8", "shape": [1000], "order": "C"}'}))  # fmt: skip


def test_views_of_columns() -> None:
    table = pa.table(
        {
            "x": pa.array([1.5, 2.5]),
            "b": pa.array([True, False, True]).slice(1),
            "t": pa.array([1, 2], pa.timestamp("us")),
            "s": ["a", "b"],
            "n": pa.array([1, None]),
            "c": pa.chunked_array([[1], [2]]),
        }
    )
    x = _arrays.column_view(table, "x")
    assert x.__array_interface__["data"][0] == table.column("x").chunk(0).buffers()[1].address
    assert _arrays.column_view(table, "b").tolist() == [False, True]
    assert _arrays.column_view(table, "t").dtype == "M8[us]"
    assert _arrays.column_view(table, "s").tolist() == ["a", "b"]
    assert _arrays.column_view(table, "c").tolist() == [1, 2]
    for name in ("x", "b", "t", "s", "c"):
        assert not _arrays.column_view(table, name).flags.writeable
    with pytest.raises(NullValuesError, match="nulls=1"):
        _arrays.column_view(table, "n")
    with pytest.raises(ColumnNotFoundError, match="columns="):
        _arrays.column_view(table, "missing")
    assert issubclass(ColumnNotFoundError, KeyError)


def test_view_of_an_array_has_its_shape() -> None:
    assert _arrays.column_view(stored(np.ones((4, 2, 2), "i1")), "values").shape == (4, 2, 2)
