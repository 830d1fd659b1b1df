"""Queries while tables move to disk, change or go, and clients that go away: right answers, and nothing is held afterwards."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Callable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.flight as flight
import pytest
from daemon import LAUNCHER, Daemon, wait_until

import arrowshelf
from arrowshelf._query import statement_command

HELD = "select name, value from shelf_engine() where name in ('running', 'waiting', 'tables', 'blocks', 'objects')"
IDLE = {"running": 1, "waiting": 0, "tables": 0, "blocks": 0, "objects": 0}
"""What the engine holds when only the query runs that asks."""

ENDLESS = "select sum(a.n * b.n) from numbers a, numbers b"
ROWS = 400_000


@pytest.fixture
def idle_after(shelf: arrowshelf.Connection) -> Iterator[arrowshelf.Connection]:
    """The shared daemon with a table of numbers; afterwards its queries must hold nothing."""
    shelf.put(numbers(), "numbers", partition_rows=ROWS // 4)
    yield shelf
    wait_until(lambda: held(shelf) == IDLE, f"queries to hold nothing: {held(shelf)}")
    shelf.delete_all()
    wait_until(lambda: shelf.memory_usage()["unlinked_bytes"] == 0, "deleted tables to be let go")


def numbers(first: int = 0) -> pa.Table:
    n = np.arange(first, first + ROWS)
    return pa.table({"n": n, "s": pa.array([f"text {i % 1000}" for i in n])})


def held(shelf: arrowshelf.Connection) -> dict[str, int]:
    return {row["name"]: row["value"] for row in shelf.query(HELD).to_pylist()}


def spilled(shelf: arrowshelf.Connection, key: str) -> int:
    return int(shelf.details(key)["spilled_partitions"])


def spill(shelf: arrowshelf.Connection, key: str) -> None:
    """Sends the whole table to disk; its readers of a moment ago may still hold it."""

    def gone() -> bool:
        shelf.spill(key)
        return spilled(shelf, key) == shelf.details(key)["partitions"]

    wait_until(gone, f"{key} to be on disk")


@pytest.mark.parametrize("compression", ["none", "zstd"])
def test_spilled_partitions_are_read(start_daemon: Callable[..., Daemon], compression: str) -> None:
    daemon = start_daemon("--spill-compression", compression)
    with daemon.connect() as shelf:
        shelf.put(numbers(), "numbers", partition_rows=ROWS // 4)
        shelf.put(pa.table({"n": [1, 2, 399_999], "name": ["one", "two", "last"]}), "names", partition_rows=1)
        spill(shelf, "numbers")
        assert shelf.query("select sum(n)::bigint as s, count(distinct s) as c from numbers").to_pylist() == [
            {"s": ROWS * (ROWS - 1) // 2, "c": 1000}
        ]
        spill(shelf, "numbers")
        assert shelf.query("select name, s from numbers join names using (n) order by n").to_pylist() == [
            {"name": "one", "s": "text 1"},
            {"name": "two", "s": "text 2"},
            {"name": "last", "s": "text 999"},
        ]
        spill(shelf, "numbers")
        assert shelf.query("from numbers where n = 7").to_pylist() == [{"n": 7, "s": "text 7"}]
        assert held(shelf) == IDLE


@pytest.mark.parametrize("compression", ["none", "zstd"])
def test_the_command_reads_spilled_partitions_with_and_without_a_daemon(
    start_daemon: Callable[..., Daemon], compression: str
) -> None:
    daemon = start_daemon("--spill-compression", compression)
    with daemon.connect() as shelf:
        shelf.put(numbers(), "numbers", partition_rows=ROWS // 4)
        spill(shelf, "numbers")
        assert asked(daemon) == [{"s": ROWS * (ROWS - 1) // 2}]
        spill(shelf, "numbers")
    assert daemon.stop() == 0
    daemon.process = None
    assert asked(daemon) == [{"s": ROWS * (ROWS - 1) // 2}]


def asked(daemon: Daemon) -> list[dict[str, object]]:
    command = [str(LAUNCHER), "--dir", str(daemon.directory), "sql", "--json", "select sum(n)::bigint as s from numbers"]
    said = subprocess.run(command, capture_output=True, text=True)
    assert said.returncode == 0, said.stderr
    return [json.loads(line) for line in said.stdout.splitlines()]


@pytest.mark.parametrize("change", ["delete", "replace", "spill"])
def test_a_table_that_goes_while_it_is_read_is_read_whole(
    idle_after: arrowshelf.Connection, shared_daemon: Daemon, change: str
) -> None:
    with flight.connect(f"grpc://{shared_daemon.address}") as client:
        reader = statement(client, "select a.n, a.s from numbers a, range(20)")
        rows = reader.read_chunk().data.num_rows
        if change == "delete":
            idle_after.delete("numbers")
        elif change == "replace":
            idle_after.put(numbers(ROWS), "numbers")
        else:
            idle_after.spill("numbers")
        greatest = 0
        for chunk in reader:
            rows += chunk.data.num_rows
            greatest = max(greatest, chunk.data["n"][-1].as_py())
        assert rows == 20 * ROWS and greatest < ROWS


def statement(client: "flight.FlightClient", sql: str) -> "flight.FlightStreamReader":
    info = client.get_flight_info(flight.FlightDescriptor.for_command(statement_command(sql)))
    return client.do_get(info.endpoints[0].ticket)


def test_a_stream_that_is_given_up_is_cancelled(idle_after: arrowshelf.Connection, shared_daemon: Daemon) -> None:
    with flight.connect(f"grpc://{shared_daemon.address}") as client:
        reader = statement(client, "select a.n, b.n as m from numbers a, numbers b")
        assert reader.read_chunk().data.num_rows > 0
        assert held(idle_after)["running"] == 2
        reader.cancel()
        wait_until(lambda: held(idle_after)["running"] == 1, "the query to end")


KILLED = """
import sys, arrowshelf, pyarrow.flight as flight
sys.path.insert(0, sys.argv[4])
how, sql = sys.argv[1], sys.argv[2]
print("asking", flush=True)
if how == "local":
    arrowshelf.connect(dir=sys.argv[3]).query(sql)
else:
    from test_query_faults import statement
    reader = statement(flight.connect(sys.argv[3]), sql)
    reader.read_chunk()
    print("reading", flush=True)
    sys.stdin.readline()
"""


@pytest.mark.parametrize("how", ["local", "local, large result", "flight"])
def test_the_query_of_a_killed_client_ends(idle_after: arrowshelf.Connection, shared_daemon: Daemon, how: str) -> None:
    sql = {
        "local": ENDLESS,
        "local, large result": "select a.n, b.n as m from numbers a, numbers b where a.n * b.n % 1000003 = 1",
        "flight": "select a.n, b.n as m from numbers a, numbers b",
    }[how]
    place = f"grpc://{shared_daemon.address}" if how == "flight" else str(shared_daemon.directory)
    command = [sys.executable, "-c", KILLED, how.split(",")[0], sql, place, str(Path(__file__).parent)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as client:
        try:
            assert client.stdout is not None and client.stdout.readline() == "asking\n"
            wait_until(lambda: held(idle_after)["running"] == 2, "the query to run")
            if how == "flight":
                assert client.stdout.readline() == "reading\n"
        finally:
            client.send_signal(signal.SIGKILL)
    wait_until(lambda: held(idle_after) == IDLE, "the query to end")
    wait_until(lambda: idle_after.memory_usage()["writing_bytes"] == 0, "its result to be given up")


def test_a_client_that_waits_in_line_and_goes_never_runs(start_daemon: Callable[..., Daemon]) -> None:
    daemon = start_daemon("--sql-queries", "1")
    with daemon.connect() as shelf:
        shelf.put(numbers(), "numbers")
        first = threading.Thread(target=lambda: pytest.raises(arrowshelf.ArrowShelfError, shelf.query, ENDLESS, timeout=2))
        first.start()
        command = [sys.executable, "-c", KILLED, "local", ENDLESS, str(daemon.directory), str(Path(__file__).parent)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as second:
            assert second.stdout is not None and second.stdout.readline() == "asking\n"
            second.send_signal(signal.SIGKILL)
        first.join()
        begin = time.monotonic()
        wait_until(lambda: held(shelf) == IDLE, "both queries to end")
        assert time.monotonic() - begin < 15


WIDE = "select " + ", ".join(f"{i} as c{i}" for i in range(10_000))
LONG = f"select length('{'x' * (1 << 20)}') as n"


def test_long_texts_and_wide_results_on_both_ways(idle_after: arrowshelf.Connection, shared_daemon: Daemon) -> None:
    with arrowshelf.connect(shared_daemon.address, force_streaming=True) as remote:
        for connection in (idle_after, remote):
            assert connection.query(LONG).to_pylist() == [{"n": 1 << 20}]
            wide = connection.query(WIDE)
            assert wide.num_columns == 10_000 and wide["c9999"].to_pylist() == [9999]
            wide = connection.query(WIDE + " from range(100)")
            assert wide.num_rows == 100 and wide["c0"].to_pylist() == [0] * 100
    assert idle_after.query(WIDE + " from range(100)", into="wide") == 100
    assert idle_after.query("select c9999 from wide limit 1").to_pylist() == [{"c9999": 9999}]


def test_a_query_without_memory_fails_alone_on_both_ways(start_daemon: Callable[..., Daemon]) -> None:
    daemon = start_daemon("--sql-memory", "64MiB")
    greedy = "select len(list(range)) as n from range(50000000)"
    with daemon.connect() as shelf, arrowshelf.connect(daemon.address, force_streaming=True) as remote:
        with pytest.raises(arrowshelf.OutOfMemoryError):
            shelf.query(greedy)
        with pytest.raises(arrowshelf.ArrowShelfError, match="(?i)memory"):
            remote.query(greedy)
        assert shelf.query("select 1 as x").to_pylist() == remote.query("select 1 as x").to_pylist() == [{"x": 1}]
        assert held(shelf) == IDLE


def test_the_plan_of_a_measured_query_is_json_that_tells_rows(idle_after: arrowshelf.Connection) -> None:
    said = json.loads(idle_after.explain("select count(*) from numbers where n < 7", analyze=True, format="json"))
    assert said["operator"] and "intermediate_rows" in json.dumps(said["operator"])
