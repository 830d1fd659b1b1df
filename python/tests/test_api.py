"""The functions of the package against a real daemon."""

from __future__ import annotations

import threading
import uuid
from pathlib import Path
from typing import Any, Iterator

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from daemon import Daemon, segments_mapped
from pandas.testing import assert_frame_equal
from test_arrays import ARRAYS

import arrowshelf
from arrowshelf import client


@pytest.fixture
def shelf(shared_daemon: Daemon) -> Iterator[arrowshelf.Connection]:
    """A connection to an empty shelf."""
    connection = arrowshelf.connect(dir=shared_daemon.directory)
    connection.delete_all()
    yield connection
    connection.close()


def frame(rows: int) -> pd.DataFrame:
    random = np.random.default_rng(rows)
    return pd.DataFrame(
        {"x": random.random(rows), "n": random.integers(0, 9, rows), "s": [f"text {n}" for n in range(rows)]}
    )


@pytest.mark.parametrize("rows", [0, 1, 3, 100, 3000, 200_000])
def test_frames_come_back_from_slabs_and_segments(shelf: arrowshelf.Connection, rows: int) -> None:
    key = shelf.put(frame(rows))
    assert str(uuid.UUID(key)) == key
    assert_frame_equal(shelf.get(key), frame(rows))
    table = shelf.get_arrow(key)
    assert all(column.num_chunks == 1 for column in table.columns)
    table.validate(full=True)
    assert shelf.info(key)["rows"] == rows


def test_tables_are_read_in_place(shelf: arrowshelf.Connection, shared_daemon: Daemon) -> None:
    for rows in (10, 100_000):
        key = shelf.put(frame(rows))
        table = shelf.get_arrow(key)
        places = [line.split()[0].split("-") for line in segments_mapped(shared_daemon.directory)]
        for column in table.columns:
            for buffer in column.chunk(0).buffers():
                if buffer is not None and buffer.size:
                    assert buffer.address % 64 == 0
                    assert any(int(begin, 16) <= buffer.address < int(end, 16) for begin, end in places)


@pytest.mark.parametrize("array", ARRAYS, ids=lambda array: f"{array.dtype}{array.shape}")
def test_arrays_come_back(shelf: arrowshelf.Connection, array: Any) -> None:
    back = shelf.get(shelf.put(array))
    assert (back.dtype, back.shape, back.tobytes()) == (array.dtype, array.shape, array.tobytes())
    assert not back.flags.writeable


def test_large_arrays_come_back(shelf: arrowshelf.Connection) -> None:
    for array in (np.random.default_rng(1).random((100_000, 16)), np.arange(5_000_000, dtype=">i4")):
        assert np.array_equal(shelf.get(shelf.put(array)), array)


STRINGS = pa.array(["aaaa", "bb", None, "c" * 20] * 5000)
TABLES = {
    "slices": pa.table({"s": STRINGS.slice(1001, 15_001), "b": pa.array([True, False, None] * 6000).slice(3, 15_001)}),
    "dictionary": pa.table({"d": STRINGS.dictionary_encode()}),
    "views": pa.table({"v": STRINGS.cast(pa.string_view()), "y": STRINGS.cast(pa.binary_view())}),
    "nested": pa.table({"l": pa.array([[{"a": [1, None]}], None, []] * 3000)}),
    "union": pa.table(
        {"u": pa.UnionArray.from_dense(pa.array([0, 1, 0], pa.int8()), pa.array([0, 0, 1], pa.int32()),
                               [pa.array([1, 2]), pa.array(["x"])])}
    ),
    "run ends": pa.table({"r": pa.RunEndEncodedArray.from_arrays(pa.array([2, 40_000], pa.int32()), pa.array([1.5, None]))}),
    "list views": pa.table({"l": pa.array([[1], [2, 3]] * 3000, pa.list_view(pa.int64()))}),
    "decimals": pa.table({"d": pa.array([1, None], pa.decimal128(38, 2)), "e": pa.array([1, 2], pa.decimal256(76, 0))}),
    "times": pa.table({"t": pa.array([1, None], pa.timestamp("ns", "UTC")), "d": pa.array([1, 2], pa.duration("s")),
                       "m": pa.array([(1, 2, 3), None], pa.month_day_nano_interval())}),
    "map": pa.table({"m": pa.array([[("k", 1)], []], pa.map_(pa.string(), pa.int8()))}),
    "nulls": pa.table({"n": pa.nulls(10_000)}),
    "no rows": pa.table({"a": pa.array([], pa.int8()), "d": pa.array([], pa.dictionary(pa.int8(), pa.string()))}),
    "no columns": pa.table({}),
    "metadata": pa.table({"a": [1]}).replace_schema_metadata({"who": "me"}),
    "field metadata": pa.Table.from_arrays([pa.array([1])], schema=pa.schema([pa.field("a", pa.int64(), False, {"u": "m"})])),
    "repeated names": pa.Table.from_arrays([pa.array([1]), pa.array(["x"])], names=["a", "a"]),
    "chunks": pa.table({"n": pa.chunked_array([[1] * 9000, [2, 3] * 9000])}),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("large", [False, True], ids=["as it is", "with a large column"])
def test_tables_of_every_kind_come_back(shelf: arrowshelf.Connection, name: str, large: bool) -> None:
    table = TABLES[name]
    if large:
        table = table.append_column("large", pa.array(["x" * 100_000] * table.num_rows if table.num_rows < 100 else
                                                      [1.5] * table.num_rows))  # fmt: skip
    back = shelf.get_arrow(shelf.put(table, key=name))
    back.validate(full=True)
    assert back.equals(table)
    assert back.schema.equals(table.schema, check_metadata=True)


def test_tables_keep_their_chunks_and_frames_have_one(shelf: arrowshelf.Connection) -> None:
    chunked = pa.table({"n": pa.chunked_array([range(50_000), range(10)])})
    assert shelf.get_arrow(shelf.put(chunked)).column("n").num_chunks == 2
    for data in (pl.from_arrow(chunked), chunked.to_pandas()):
        assert shelf.get_arrow(shelf.put(data)).column("n").num_chunks == 1


def test_replaced_dictionaries_of_a_stream(shelf: arrowshelf.Connection) -> None:
    parts = [pa.table({"d": pa.array([f"{letter}{n}" for n in range(5000)]).dictionary_encode()}) for letter in "abc"]
    table = pa.concat_tables(parts)
    assert shelf.get_arrow(shelf.put(table)).to_pydict() == table.to_pydict()


def test_readers_are_streamed(shelf: arrowshelf.Connection) -> None:
    batch = pa.record_batch({"x": np.arange(1_000_000.0)})
    reader = pa.RecordBatchReader.from_batches(batch.schema, (batch for _ in range(20)))
    key = shelf.put(reader)
    table = shelf.get_arrow(key)
    assert table.num_rows == 20_000_000
    assert table.slice(13_000_000, 1_000_000).column("x").to_numpy().sum() == np.arange(1_000_000.0).sum()
    few = pa.RecordBatchReader.from_batches(batch.schema, [batch.slice(0, 3), batch.slice(7, 2)])
    assert shelf.get_arrow(shelf.put(few)).column("x").to_pylist() == [0, 1, 2, 7, 8]


def test_reader_that_fails_leaves_nothing(shelf: arrowshelf.Connection) -> None:
    batch = pa.record_batch({"x": np.arange(10_000_000.0)})

    def batches() -> Iterator[pa.RecordBatch]:
        yield batch
        raise RuntimeError("no more")

    with pytest.raises(RuntimeError, match="no more"):
        shelf.put(pa.RecordBatchReader.from_batches(batch.schema, batches()), "key")
    assert shelf.list_keys() == []
    assert shelf.memory_usage()["writing_bytes"] == 0


def test_partition_limits(shelf: arrowshelf.Connection) -> None:
    table = pa.table({"n": range(10_000)})
    for limits, partitions in (
        ({"partition_rows": 3000}, 4),
        ({"partition_bytes": "20kB"}, 4),
        ({"partition_rows": 10_000}, 1),
        ({}, 1),
    ):
        key = shelf.put(table, **limits)  # type: ignore[arg-type]
        assert shelf.info(key)["partitions"] == partitions
        assert shelf.get_arrow(key).equals(table)


@pytest.mark.parametrize(
    "key", ["a/b", "../../etc/passwd", "..", ".", "\0", "x\0y", "😀" * 100, "k" * 10_000, "é" * 32_767, " ", "\n"]
)
def test_any_text_is_a_key(shelf: arrowshelf.Connection, key: str) -> None:
    assert shelf.put(pa.table({"a": [1]}), key) == key
    assert shelf.put(frame(20_000), key) == key
    assert shelf.list_keys() == [key]
    assert shelf.get_arrow(key).num_rows == 20_000
    shelf.delete(key)
    with pytest.raises(arrowshelf.KeyNotFoundError):
        shelf.get(key)


@pytest.mark.parametrize("key", ["", "k" * 65_536, "é" * 32_768, "\ud800"])
def test_what_is_no_key(shelf: arrowshelf.Connection, key: str) -> None:
    with pytest.raises(arrowshelf.InvalidKeyError):
        shelf.put(pa.table({"a": [1]}), key)
    with pytest.raises(ValueError, match="Key is not"):
        shelf.get(key)


def test_missing_keys(shelf: arrowshelf.Connection) -> None:
    for get in (shelf.get, shelf.get_arrow, shelf.info, lambda key: shelf.get_numpy_view(key, "x")):
        with pytest.raises(arrowshelf.ServerError, match="^Key not found: 'missing'$"):
            get("missing")
        with pytest.raises(KeyError):
            get("missing")
    shelf.delete("missing")


def test_replacing_keeps_the_old_table_for_its_readers(shelf: arrowshelf.Connection) -> None:
    for rows in (5, 200_000):
        shelf.put(pa.table({"n": range(rows)}), "key")
        old = shelf.get_arrow("key")
        shelf.put(pa.table({"n": range(7, rows + 7)}), "key")
        new = shelf.get_arrow("key")
        assert old.column("n")[0].as_py() == 0
        assert new.column("n")[0].as_py() == 7
        shelf.delete("key")
        assert old.equals(pa.table({"n": range(rows)}))
        assert new.equals(pa.table({"n": range(7, rows + 7)}))


def test_existing_key_can_be_protected(shelf: arrowshelf.Connection) -> None:
    for rows in (5, 200_000):
        shelf.put(frame(rows), f"key {rows}")
        for again in (5, 200_000):
            with pytest.raises(arrowshelf.AlreadyExistsError):
                shelf.put(frame(again), f"key {rows}", overwrite=False)
        assert shelf.get_arrow(f"key {rows}").num_rows == rows


def test_list_delete_all_and_memory_usage(shelf: arrowshelf.Connection) -> None:
    keys = {shelf.put(frame(rows)) for rows in (1, 10, 50_000)} | {shelf.put(np.arange(3), "schlüssel")}
    assert set(shelf.list_keys()) == keys
    usage = shelf.memory_usage()
    assert usage["tables"] == 4
    assert usage["resident_bytes"] > 50_000 * 16
    assert {"limit_bytes", "resident_bytes", "pool_bytes", "spilled_bytes", "unlinked_bytes", "tables"} <= set(usage)
    assert shelf.delete_all() == 4
    assert shelf.list_keys() == []
    assert shelf.delete_all() == 0


def test_read_tables_count_as_unlinked_until_let_go(shelf: arrowshelf.Connection, shared_daemon: Daemon) -> None:
    from daemon import wait_until

    key = shelf.put(frame(300_000))
    table = shelf.get_arrow(key)
    shelf.delete(key)
    assert shelf.memory_usage()["unlinked_bytes"] >= 300_000 * 16
    assert table.num_rows == 300_000
    del table
    wait_until(lambda: shelf.memory_usage()["unlinked_bytes"] == 0, "the readers' memory to come back")


def test_views_of_columns(shelf: arrowshelf.Connection) -> None:
    key = shelf.put(pd.DataFrame({"x": [1.0, 2.0], "b": [True, False], "m": [1.0, None]}))
    assert shelf.get_numpy_view(key, "x").tolist() == [1.0, 2.0]
    assert shelf.get_numpy_view(key, "b").tolist() == [True, False]
    assert not shelf.get_numpy_view(key, "x").flags.writeable
    with pytest.raises(arrowshelf.NullValuesError):
        shelf.get_numpy_view(key, "m")


def test_use_after_close_raises_and_tables_stay(shared_daemon: Daemon) -> None:
    connection = arrowshelf.connect(dir=shared_daemon.directory)
    key = connection.put(frame(100_000))
    table, array = connection.get_arrow(key), connection.get_numpy_view(key, "x")
    connection.close()
    connection.close()
    for call in (connection.list_keys, lambda: connection.get(key), lambda: connection.put(frame(1))):
        with pytest.raises(arrowshelf.ArrowShelfError, match="closed"):
            call()
    assert not connection.is_connected()
    assert table.num_rows == len(array) == 100_000
    assert array.sum() == frame(100_000)["x"].sum()


def test_threads_share_a_connection(shelf: arrowshelf.Connection) -> None:
    errors: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for round_number in range(30):
                key = shelf.put(pa.table({"n": [number, round_number]}), f"{number}")
                assert shelf.get_arrow(key).to_pydict() == {"n": [number, round_number]}
                assert f"{number}" in shelf.list_keys()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


def test_address_leads_to_the_directory(shared_daemon: Daemon, shelf: arrowshelf.Connection) -> None:
    shelf.put(frame(5), "key")
    for address in (f"localhost:{shared_daemon.port}", f"127.0.0.1:{shared_daemon.port}"):
        with arrowshelf.connect(address) as by_address:
            assert by_address.get_arrow("key").num_rows == 5
            assert by_address.is_connected()
            assert by_address._shelf.directory == shared_daemon.directory  # type: ignore[union-attr]


def test_functions_of_the_package(shared_daemon: Daemon, environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    arrowshelf.close()
    environment.setattr(client, "_default", None)
    file = tmp_path / "shelf.conf"
    file.write_text(f"dir = {shared_daemon.directory}\n")
    environment.setenv("ARROWSHELF_CONFIG", str(file))
    assert arrowshelf.is_connected()
    arrowshelf.delete_all()
    key = arrowshelf.put(frame(10))
    assert len(arrowshelf.get(key)) == 10
    assert arrowshelf.get_arrow(key).num_rows == 10
    assert arrowshelf.get_numpy_view(key, "n").dtype == "i8"
    assert arrowshelf.list_keys() == [key]
    assert arrowshelf.info(key)["columns"] == 3
    assert arrowshelf.memory_usage()["tables"] == 1
    arrowshelf.close()
    assert arrowshelf.list_keys() == [key]
    assert arrowshelf.delete(key) is None
    assert arrowshelf.get_connection() is client.get_connection()


def test_program_may_set_the_address(shared_daemon: Daemon, environment: pytest.MonkeyPatch) -> None:
    environment.setattr(client, "_default", None)
    environment.setattr(client, "SERVER_ADDRESS", ("127.0.0.1", shared_daemon.port))
    assert arrowshelf.is_connected()
    environment.setattr(client, "_default", None)


def test_cached_gets_and_garbage(shelf: arrowshelf.Connection, shared_daemon: Daemon) -> None:
    key = shelf.put(frame(300_000))
    assert shelf.get_arrow(key) is shelf.get_arrow(key)
    file = f"{shelf.info(key)['generation']:016x}-"
    assert any(file in line for line in segments_mapped(shared_daemon.directory))
    shelf.delete(key)
    assert not any(file in line for line in segments_mapped(shared_daemon.directory))


def test_ten_thousand_small_tables(shelf: arrowshelf.Connection) -> None:
    keys = [shelf.put(pa.table({"n": [number]})) for number in range(10_000)]
    assert sorted(shelf.list_keys()) == sorted(keys)
    assert [shelf.get_arrow(key).column("n")[0].as_py() for key in keys] == list(range(10_000))
    assert shelf.delete_all() == 10_000
