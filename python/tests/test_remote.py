"""The same connection over Flight, as from another host."""

from __future__ import annotations

import asyncio
from typing import Iterator

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from daemon import Daemon, wait_until

import arrowshelf

pytest.importorskip("pyarrow.flight")


@pytest.fixture
def remote(shared_daemon: Daemon) -> Iterator[arrowshelf.Connection]:
    connection = arrowshelf.connect(shared_daemon.address, force_streaming=True)
    connection.delete_all()
    yield connection
    connection.close()


def test_frames_tables_and_arrays(remote: arrowshelf.Connection, shared_daemon: Daemon) -> None:
    frame = pd.DataFrame({"x": np.arange(100_000.0), "s": ["text"] * 100_000})
    pd.testing.assert_frame_equal(remote.get(remote.put(frame)), frame)
    array = np.arange(60, dtype="i2").reshape(5, 4, 3)
    assert np.array_equal(remote.get(remote.put(array, "schlüssel/..")), array)
    for table in (pa.table({"a": pa.array([], pa.int8())}), pa.table({"d": pa.array(["a", "b"]).dictionary_encode()})):
        assert remote.get_arrow(remote.put(table)).equals(table)
    with arrowshelf.connect(dir=shared_daemon.directory) as local:
        assert np.array_equal(local.get("schlüssel/.."), array)
        assert sorted(local.list_keys()) == sorted(remote.list_keys())


def test_other_calls(remote: arrowshelf.Connection) -> None:
    assert remote.is_connected()
    remote.put(pa.table({"a": [1, 2]}), "key")
    assert remote.info("key")["rows"] == 2
    with pytest.raises(arrowshelf.AlreadyExistsError):
        remote.put(pa.table({"a": [1]}), "key", overwrite=False)
    remote.delete("key")
    remote.delete("key")
    with pytest.raises(arrowshelf.KeyNotFoundError, match="Key not found: 'key'"):
        remote.get("key")
    remote.put(pa.table({"a": [1]}))
    assert remote.memory_usage()["tables"] == 1
    assert remote.delete_all() == 1
    with pytest.raises(arrowshelf.NotBuildableError):
        remote.builder("key", 10)
    with pytest.raises(arrowshelf.ServerError):
        remote.shutdown_server()
    with pytest.raises(arrowshelf.ServerError, match="Partition"):
        remote.put(pa.table({"a": [1]}), partition_rows=1)


def test_queries(remote: arrowshelf.Connection) -> None:
    remote.put(pa.table({"n": range(100_000), "s": ["text"] * 100_000}), "rows")
    assert remote.query("select sum(n)::bigint as s from rows").to_pylist() == [{"s": 4_999_950_000}]
    assert len(remote.query("from rows where n >= 10", target_type="pandas")) == 99_990
    assert "arrowshelf_scan" in remote.explain("from rows").lower() and "{" in remote.explain("from rows", format="json")
    with pytest.raises(arrowshelf.InvalidSqlError, match="nothing"):
        remote.query("select nothing from rows")
    with pytest.raises(arrowshelf.ServerError, match="own host"):
        remote.query("select ?", [1])


def test_directory_of_any_place_is_found_by_asking(shared_daemon: Daemon) -> None:
    with arrowshelf.connect(shared_daemon.address) as local:
        key = local.put(pa.table({"a": [1]}))
        assert local.info(key)["generation"] > 0


def test_daemon_that_went_away(shared_daemon: Daemon) -> None:
    from daemon import free_port

    connection = arrowshelf.connect(f"localhost:{free_port()}", force_streaming=True)
    assert not connection.is_connected()
    with pytest.raises(arrowshelf.ConnectionError, match="arrowshelf-server"):
        connection.list_keys()


def test_a_cancelled_task_cancels_its_query(remote: arrowshelf.Connection, shared_daemon: Daemon) -> None:
    async def ask() -> None:
        assert (await remote.query_async("select 1 as x")).to_pylist() == [{"x": 1}]
        task = asyncio.ensure_future(remote.query_async("select count(*) from range(1000000000) a, range(1000000000) b"))
        with arrowshelf.connect(dir=shared_daemon.directory) as local:
            while local.query_usage()["running"] == 0:
                await asyncio.wait([task], timeout=0.05)
            task.cancel()
            assert [type(end) for end in await asyncio.gather(task, return_exceptions=True)] == [asyncio.CancelledError]
            wait_until(lambda: local.query_usage()["running"] == 0, "the query to end")

    asyncio.run(ask())
