"""The Flight port with a client that knows nothing of ours: pyarrow.flight."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Callable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.ipc as ipc
import pytest
from daemon import Daemon, wait_until
from test_api import TABLES

import arrowshelf

flight = pytest.importorskip("pyarrow.flight")


@pytest.fixture
def client(shared_daemon: Daemon) -> "Iterator[flight.FlightClient]":
    with arrowshelf.connect(dir=shared_daemon.directory) as shelf:
        shelf.delete_all()
    with flight.connect(f"grpc://{shared_daemon.address}") as connection:
        yield connection


def path(name: str) -> "flight.FlightDescriptor":
    return flight.FlightDescriptor.for_path(name)


def put(client: "flight.FlightClient", name: str, table: pa.Table, **options: object) -> None:
    call = flight.FlightCallOptions(write_options=ipc.IpcWriteOptions(**options))
    writer, _ = client.do_put(path(name), table.schema, call)
    with writer:
        for batch in table.to_batches():
            writer.write_batch(batch)


def get(client: "flight.FlightClient", name: str) -> pa.Table:
    """All endpoints in order."""
    endpoints = client.get_flight_info(path(name)).endpoints
    return pa.concat_tables([client.do_get(endpoint.ticket).read_all() for endpoint in endpoints])


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("compression", [None, "lz4", "zstd"])
def test_every_table_makes_the_round_trip(
    client: "flight.FlightClient", shared_daemon: Daemon, name: str, compression: "str | None"
) -> None:
    table = TABLES[name]
    put(client, name, table, compression=compression)
    found = get(client, name)
    assert found.schema.equals(table.schema, check_metadata=True)
    assert found.equals(table)
    with arrowshelf.connect(dir=shared_daemon.directory) as shelf:
        assert shelf.get_arrow(name).equals(table)
    assert client.get_schema(path(name)).schema.equals(table.schema, check_metadata=True)


def test_large_compressed_tables_and_old_metadata(client: "flight.FlightClient") -> None:
    rows = 300_000
    table = pa.table({"n": np.arange(rows), "s": [f"text {i % 977}" for i in range(rows)]})
    for options in (
        {"compression": "lz4"},
        {"compression": "zstd"},
        {"metadata_version": ipc.MetadataVersion.V4},
        {"metadata_version": ipc.MetadataVersion.V4, "compression": "zstd"},
    ):
        put(client, "large", table, **options)
        assert get(client, "large").equals(table)


def test_dictionaries_that_grow_and_are_replaced(client: "flight.FlightClient") -> None:
    words = [["a", "b"], ["a", "b", "c"], ["a", "b", "c", "d"], ["x", "y"]]
    for rows, deltas in ((4, True), (4, False), (50_000, True), (50_000, False)):
        batches = [
            pa.record_batch([pa.DictionaryArray.from_arrays(pa.array([i % len(each) for i in range(rows)], "i4"), each)], ["d"])
            for each in map(pa.array, words)
        ]
        table = pa.Table.from_batches(batches)
        call = flight.FlightCallOptions(write_options=ipc.IpcWriteOptions(emit_dictionary_deltas=deltas))
        writer, _ = client.do_put(path("words"), table.schema, call)
        with writer:
            for batch in batches:
                writer.write_batch(batch)
        assert get(client, "words").to_pydict() == table.to_pydict()


def test_empty_tables_have_an_endpoint(client: "flight.FlightClient") -> None:
    for table in (pa.table({"a": pa.array([], pa.int8())}), pa.table({}), pa.schema([("a", pa.string())]).empty_table()):
        put(client, "empty", table)
        info = client.get_flight_info(path("empty"))
        assert len(info.endpoints) >= 1
        assert info.total_records == 0
        assert get(client, "empty").equals(table)


def test_partition_limits_cut_batches(client: "flight.FlightClient", shared_daemon: Daemon) -> None:
    table = pa.table({"n": np.arange(10_000), "s": [str(i) for i in range(10_000)]})
    for limit in ({"partition_rows": 3000}, {"partition_bytes": 40_000}):
        for compression in (None, "zstd"):
            command = json.dumps({"name": "cut", **limit}).encode()
            call = flight.FlightCallOptions(write_options=ipc.IpcWriteOptions(compression=compression))
            writer, _ = client.do_put(flight.FlightDescriptor.for_command(command), table.schema, call)
            with writer:
                writer.write_table(table)
            info = client.get_flight_info(path("cut"))
            assert len(info.endpoints) >= 4
            for endpoint in info.endpoints:
                part = client.do_get(endpoint.ticket).read_all()
                assert part.num_rows <= limit.get("partition_rows", 10_000)
                assert part.nbytes <= limit.get("partition_bytes", 1 << 30) * 1.1
            assert get(client, "cut").equals(table)


def test_slices_by_command(client: "flight.FlightClient") -> None:
    table = pa.table({"n": range(100), "s": [str(i) for i in range(100)]})
    put(client, "table", table)
    command = json.dumps({"name": "table", "columns": ["s"], "offset": 10, "limit": 7}).encode()
    info = client.get_flight_info(flight.FlightDescriptor.for_command(command))
    assert client.do_get(info.endpoints[0].ticket).read_all().equals(table.select(["s"]).slice(10, 7))


def test_actions_and_errors(client: "flight.FlightClient", shared_daemon: Daemon) -> None:
    put(client, "a/b ø", pa.table({"x": [1]}))
    put(client, "other", pa.table({"x": [1]}))
    assert [info.descriptor.path for info in client.list_flights(b"a/")] == [["a/b ø".encode()]]
    assert {action.type for action in client.list_actions()} >= {"delete", "shelf.describe", "shelf.status"}
    ticket = client.get_flight_info(path("other")).endpoints[0].ticket
    for _ in range(2):
        answer = [json.loads(result.body.to_pybytes()) for result in client.do_action(flight.Action("delete", b"other"))]
        assert len(answer) == 1 and set(answer[0]) == {"deleted"}
    for call in (
        lambda: client.get_flight_info(path("other")),
        lambda: client.get_schema(path("other")),
        lambda: client.do_get(ticket).read_all(),
    ):
        with pytest.raises(KeyError if call.__code__.co_names[0] == "none" else Exception, match="(?i)not found|other"):
            call()
    for bad in (b"", b"\xff", b"x" * 70_000):
        with pytest.raises((pa.ArrowInvalid, flight.FlightError)):
            list(client.do_action(flight.Action("delete", bad)))
    with pytest.raises((pa.ArrowInvalid, flight.FlightError, NotImplementedError)):
        list(client.do_action(flight.Action("no such action", b"")))
    for garbage in (b"", b"garbage", b'{"name": 7}', b'{"shelf": "00", "name": "a/b"}', b"{" * 10_000):
        with pytest.raises((pa.ArrowInvalid, KeyError, flight.FlightError)):
            client.do_get(flight.Ticket(garbage)).read_all()
    assert get(client, "a/b ø").to_pydict() == {"x": [1]}


def test_refused_puts_leave_nothing(client: "flight.FlightClient", shared_daemon: Daemon) -> None:
    big_endian = pa.table({"x": [1]}).schema
    writer, _ = client.do_put(flight.FlightDescriptor.for_path(), big_endian)
    with pytest.raises(Exception, match="path is not one table name"):
        writer.close()
    writer, _ = client.do_put(flight.FlightDescriptor.for_command(b'{"name": "x", "unknown": 1}'), big_endian)
    with pytest.raises(Exception, match="unknown"):
        writer.close()
    with arrowshelf.connect(dir=shared_daemon.directory) as shelf:
        assert shelf.list_keys() == []
        wait_until(lambda: shelf.memory_usage()["writing_bytes"] == 0, "half-written files to be removed")


KILLED = """
import os, signal, sys
import numpy as np, pyarrow as pa, pyarrow.flight as flight
client = flight.connect(f"grpc://{sys.argv[1]}")
table = pa.table({"x": np.arange(1_000_000)})
if sys.argv[2] == "put":
    writer, _ = client.do_put(flight.FlightDescriptor.for_path("killed"), table.schema)
    for _ in range(3):
        writer.write_table(table)
else:
    reader = client.do_get(client.get_flight_info(flight.FlightDescriptor.for_path("held")).endpoints[0].ticket)
    reader.read_chunk()
print("there", flush=True)
signal.pause()
"""


@pytest.mark.parametrize("what", ["put", "get"])
def test_killed_clients_leave_nothing(start_daemon: Callable[..., Daemon], what: str) -> None:
    daemon = start_daemon()
    with arrowshelf.connect(dir=daemon.directory) as shelf:
        shelf.put(pa.table({"x": np.arange(30_000_000)}), "held")
        files = len(os.listdir(f"/proc/{daemon.pid}/fd"))
        for _ in range(5):
            child = subprocess.Popen([sys.executable, "-c", KILLED, daemon.address, what], stdout=subprocess.PIPE)
            assert child.stdout is not None and child.stdout.readline() == b"there\n"
            child.send_signal(signal.SIGKILL)
            child.wait()
            child.stdout.close()
        wait_until(lambda: shelf.memory_usage()["writing_bytes"] == 0, "half-written files to be removed")
        assert shelf.list_keys() == ["held"]
        shelf.delete("held")
        wait_until(lambda: shelf.memory_usage()["unlinked_bytes"] == 0, "nobody to hold the table")
        wait_until(lambda: len(os.listdir(f"/proc/{daemon.pid}/fd")) <= files, "descriptors to be closed")
        assert list((daemon.directory / "tmp").iterdir()) == []


def test_port_in_use_names_its_holder(start_daemon: Callable[..., Daemon], directory: Path) -> None:
    daemon = start_daemon()
    second = Daemon(directory / "second")
    second.port = daemon.port
    with pytest.raises(AssertionError, match=rf"cannot listen: host=localhost, port={daemon.port}.*{daemon.pid}"):
        second.start()
    assert not (directory / "second" / "shelf.sock").exists()
