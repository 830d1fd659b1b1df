"""Tables built in place, against a real daemon."""

from __future__ import annotations

from typing import Iterator

import numpy as np
import pyarrow as pa
import pytest
from daemon import Daemon, wait_until

import arrowshelf


@pytest.fixture
def shelf(shared_daemon: Daemon) -> Iterator[arrowshelf.Connection]:
    connection = arrowshelf.connect(dir=shared_daemon.directory)
    connection.delete_all()
    yield connection
    connection.close()


@pytest.mark.parametrize("rows", [1, 1000, 300_000, 3_000_000])
def test_columns_of_numbers(shelf: arrowshelf.Connection, rows: int) -> None:
    with shelf.builder("key", rows * 24) as builder:
        x = builder.array("x", rows)
        n = builder.array("n", (rows, 3), "i4")
        t = builder.array("t", rows, "M8[us]")
        x[:] = np.arange(rows)
        n[:] = np.arange(3 * rows).reshape(rows, 3)
        t[:] = np.datetime64("2020-01-01", "us")
        assert "key" not in shelf.list_keys()
    table = shelf.get_arrow("key")
    table.validate(full=True)
    assert table.schema == pa.schema([("x", pa.float64()), ("n", pa.list_(pa.int32(), 3)), ("t", pa.timestamp("us"))])
    assert np.array_equal(table.column("x").to_numpy(), np.arange(rows))
    assert np.array_equal(table.column("n").chunk(0).flatten().to_numpy(), np.arange(3 * rows))
    assert table.column("x").chunk(0).buffers()[1].address % 64 == 0


def test_arrays_stay_readable_and_are_read_only_after_the_seal(shelf: arrowshelf.Connection) -> None:
    builder = shelf.builder("key", "8MB")
    x = builder.array("x", 500_000)
    x[:] = 7
    part = x[10:20]
    assert builder.seal() == "key"
    assert x.sum() == 7 * 500_000
    with pytest.raises(ValueError, match="read-only"):
        x[0] = 1
    part[0] = 1
    assert shelf.get_numpy_view("key", "x")[10] == 7
    shelf.delete("key")
    assert x[0] == 7


def test_names_given_at_the_seal(shelf: arrowshelf.Connection) -> None:
    builder = shelf.builder(nbytes="1MB")
    a, b = builder.empty(1000, "i8"), builder.empty(1000, "f4")
    a[:], b[:] = 1, 2
    key = builder.seal({"a": a, "b": b, "s": ["text"] * 1000, "tail": pa.array(range(1000))})
    table = shelf.get_arrow(key)
    assert table.column_names == ["a", "b", "s", "tail"]
    assert table.slice(999).to_pylist() == [{"a": 1, "b": 2.0, "s": "text", "tail": 999}]


def test_columns_that_lie_elsewhere_are_copied(shelf: arrowshelf.Connection) -> None:
    with shelf.builder("key", 100) as builder:
        builder.array("x", 10)[:] = 1
        builder.add("s", pa.array(["a", None] * 5))
        builder.add("l", [[1, 2], []] * 5)
        builder.add("big", np.arange(10.0))
    assert shelf.get_arrow("key").slice(0, 2).to_pylist() == [
        {"x": 1.0, "s": "a", "l": [1, 2], "big": 0.0},
        {"x": 1.0, "s": None, "l": [], "big": 1.0},
    ]


def test_dictionaries_fall_back_to_a_plain_put(shelf: arrowshelf.Connection) -> None:
    with shelf.builder("key", "1MB") as builder:
        builder.array("x", 1000)[:] = 5
        builder.add("d", pa.array(["a", "b"] * 500).dictionary_encode())
    table = shelf.get_arrow("key")
    assert table.column("x").to_numpy().sum() == 5000
    assert table.column("d").to_pylist()[:2] == ["a", "b"]


def test_builder_grows(shelf: arrowshelf.Connection) -> None:
    with shelf.builder("key", 1000) as builder:
        columns = [builder.array(f"c{number}", 500_000) for number in range(20)]
        for number, column in enumerate(columns):
            column[:] = number
    table = shelf.get_arrow("key")
    assert [table.column(f"c{n}").chunk(0).to_numpy().mean() for n in range(20)] == list(range(20))


@pytest.mark.parametrize(
    ("shape", "dtype"),
    [(10, "f8"), ((5, 3), "i2"), ((), "f4"), ((0, 3), "f8"), (4, "U3"), ((2, 2), "c16"), (3, ">i4"), (3, "?")],
)
def test_one_array(shelf: arrowshelf.Connection, shape: "int | tuple[int, ...]", dtype: str) -> None:
    expected = np.full(shape, 1, dtype)
    placed = shelf.empty(shape, dtype, key="key")
    placed.array[...] = expected
    assert placed.seal() == placed.key == "key"
    back = shelf.get("key")
    assert (back.dtype, back.shape) == (expected.dtype, expected.shape)
    assert np.array_equal(back, expected)
    assert np.array_equal(placed.array, expected)


def test_what_cannot_be_built(shelf: arrowshelf.Connection) -> None:
    builder = shelf.builder("key", 1000)
    builder.array("x", 10)
    with pytest.raises(arrowshelf.NotBuildableError, match="exists already"):
        builder.array("x", 10)
    with pytest.raises(arrowshelf.NotBuildableError, match="dtype"):
        builder.array("s", 10, "U3")
    with pytest.raises(arrowshelf.NotBuildableError, match="shape"):
        builder.array("n", (10, 0))
    builder.array("y", 11)
    with pytest.raises(arrowshelf.NotBuildableError, match="lengths="):
        builder.seal()
    builder.abort()
    builder.abort()
    with pytest.raises(arrowshelf.NotBuildableError, match="finished"):
        builder.seal()
    with pytest.raises(TypeError, match="objects"):
        shelf.empty(3, object)
    assert shelf.list_keys() == []


def test_error_in_the_block_gives_up(shelf: arrowshelf.Connection) -> None:
    with pytest.raises(RuntimeError, match="enough"):  # noqa: SIM117
        with shelf.builder("key", 1000) as builder:
            x = builder.array("x", 10)
            x[:] = 3
            raise RuntimeError("enough")
    assert x.sum() == 30
    assert shelf.list_keys() == []
    wait_until(lambda: shelf.memory_usage()["writing_bytes"] == 0, "the file to be removed")


def test_protected_key(shelf: arrowshelf.Connection) -> None:
    shelf.put(np.arange(3), "key")
    with pytest.raises(arrowshelf.AlreadyExistsError):
        with shelf.builder("key", 1000, overwrite=False) as builder:
            builder.array("x", 10)
    assert shelf.get("key").tolist() == [0, 1, 2]


def test_two_builders_at_once(shelf: arrowshelf.Connection) -> None:
    first, second = shelf.builder("first", "1MB"), shelf.builder("second", "1MB")
    first.array("x", 1000)[:] = 1
    second.array("x", 1000)[:] = 2
    shelf.put(np.arange(3), "between")
    second.seal()
    first.seal()
    assert [shelf.get_numpy_view(key, "x")[0] for key in ("first", "second")] == [1, 2]
