"""Forks, spawned processes, interpreters that end: with real processes."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Iterator

import numpy as np
import pyarrow as pa
import pytest
from daemon import Daemon, wait_until

import arrowshelf

SOURCES = Path(arrowshelf.__file__).resolve().parents[1]


@pytest.fixture
def shelf(shared_daemon: Daemon) -> Iterator[arrowshelf.Connection]:
    connection = arrowshelf.connect(dir=shared_daemon.directory)
    connection.delete_all()
    yield connection
    connection.close()


def run_python(code: str, *arguments: str, timeout: float = 60) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(SOURCES)}
    command = [sys.executable, "-W", "error", "-X", "dev", "-c", code, *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=timeout)


def in_child(work: "object") -> int:
    """Runs a function in a forked child; its exit status."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            work()  # type: ignore[operator]
            status = 0
        except BaseException:
            import traceback

            traceback.print_exc()
        finally:
            os._exit(status)
    return os.waitpid(child, 0)[1]


def test_forked_children_and_their_parent_work_at_once(shelf: arrowshelf.Connection) -> None:
    shared = shelf.put(pa.table({"x": np.arange(200_000.0)}), "shared")
    before = shelf.get_arrow(shared)
    children = []
    for number in range(6):
        child = os.fork()
        if child == 0:
            status = 1
            try:
                assert before.column("x").to_numpy()[199_999] == 199_999
                for round_number in range(70):
                    key = shelf.put(pa.table({"n": [number, round_number]}), f"{number}-{round_number % 3}")
                    assert shelf.get_arrow(key).to_pydict() == {"n": [number, round_number]}
                    assert shelf.get_arrow(shared).num_rows == 200_000
                assert shared in shelf.list_keys()
                status = 0
            finally:
                os._exit(status)
        children.append(child)
    for round_number in range(70):
        key = shelf.put(pa.table({"n": [round_number]}), "parent")
        assert shelf.get_arrow(key).to_pydict() == {"n": [round_number]}
    assert [os.waitpid(child, 0)[1] for child in children] == [0] * 6
    assert len(shelf.list_keys()) == 20


def test_fork_in_the_middle_of_another_threads_puts(shelf: arrowshelf.Connection) -> None:
    large = pa.table({"x": np.arange(3_000_000.0)})
    done = threading.Event()

    def put_all_the_time() -> None:
        while not done.is_set():
            shelf.put(large, "large")

    thread = threading.Thread(target=put_all_the_time)
    thread.start()
    try:
        for _ in range(20):
            assert in_child(lambda: shelf.put(pa.table({"a": [1]}), "child")) == 0
    finally:
        done.set()
        thread.join()
    assert shelf.get_arrow("large").equals(large)


def read_in_worker(place: tuple[str, str]) -> float:
    directory, key = place
    with arrowshelf.connect(dir=directory) as connection:
        return float(connection.get_arrow(key).column("x").chunk(0).to_numpy(zero_copy_only=True).sum())


@pytest.mark.parametrize("method", ["spawn", "fork", "forkserver"])
def test_worker_processes_of_every_kind(shelf: arrowshelf.Connection, shared_daemon: Daemon, method: str) -> None:
    values = np.random.default_rng(1).random(500_000)
    key = shelf.put(values)
    shelf.put(pa.table({"x": values}), key)
    with multiprocessing.get_context(method).Pool(3) as pool:
        places = [(str(shared_daemon.directory), key)] * 6
        assert pool.map(read_in_worker, places) == [pytest.approx(values.sum())] * 6


def test_interpreter_ends_quietly_with_everything_open(shelf: arrowshelf.Connection, shared_daemon: Daemon) -> None:
    shelf.put(pa.table({"x": np.arange(500_000.0)}), "large")
    shelf.put(pa.table({"x": [1.0]}), "small")
    ended = run_python(
        """
import sys, threading
import arrowshelf
connection = arrowshelf.connect(dir=sys.argv[1])
tables = [connection.get_arrow("large"), connection.get_arrow("small")]
view = connection.get_numpy_view("large", "x")
thread = threading.Thread(target=connection.list_keys)
thread.start()
builder = connection.builder("unfinished", "1MB")
column = builder.array("x", 1000)
class Late:
    def __del__(self):
        print(view[-1], tables[1].num_rows)
late = Late()
""",
        str(shared_daemon.directory),
    )
    assert (ended.returncode, ended.stderr, ended.stdout) == (0, "", "499999.0 1\n")
    wait_until(lambda: shelf.memory_usage()["writing_bytes"] == 0, "the unfinished table to be given up")
    assert "unfinished" not in shelf.list_keys()


def test_thousand_short_readers_leak_nothing(shelf: arrowshelf.Connection, shared_daemon: Daemon) -> None:
    shelf.put(pa.table({"x": np.arange(100_000.0)}), "key")

    def read() -> None:
        assert shelf.get_arrow("key").num_rows == 100_000
        assert "key" in shelf.list_keys()

    for _ in range(100):
        assert in_child(read) == 0
    shelf.delete("key")
    wait_until(lambda: shelf.memory_usage()["unlinked_bytes"] == 0, "no reader to be counted")


def test_killed_reader_does_not_pin(shelf: arrowshelf.Connection, shared_daemon: Daemon) -> None:
    shelf.put(pa.table({"x": np.arange(500_000.0)}), "key")
    code = "import sys, arrowshelf; t = arrowshelf.connect(dir=sys.argv[1]).get_arrow('key'); print(t.num_rows, flush=True); input()"
    reader = subprocess.Popen(
        [sys.executable, "-c", code, str(shared_daemon.directory)],
        env={**os.environ, "PYTHONPATH": str(SOURCES)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert reader.stdout is not None and reader.stdin is not None
    assert reader.stdout.readline() == b"500000\n"
    shelf.delete("key")
    assert shelf.memory_usage()["unlinked_bytes"] > 0
    reader.kill()
    reader.wait()
    reader.stdin.close()
    reader.stdout.close()
    wait_until(lambda: shelf.memory_usage()["unlinked_bytes"] == 0, "the killed reader's memory")


def test_listed_tables_are_always_whole(shelf: arrowshelf.Connection, shared_daemon: Daemon) -> None:
    """Six writers put and replace large tables while this process reads every key that is listed."""
    code = """
import sys
import numpy as np, pyarrow as pa
import arrowshelf
connection = arrowshelf.connect(dir=sys.argv[1])
for number in range(12):
    value = float(number + 100 * int(sys.argv[2]))
    connection.put(pa.table({"x": np.full(1_500_000, value), "y": np.full(1_500_000, -value)}), sys.argv[2])
"""
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(shared_daemon.directory), str(number)],
            env={**os.environ, "PYTHONPATH": str(SOURCES)},
        )
        for number in range(6)
    ]
    reads = 0
    while any(writer.poll() is None for writer in writers):
        for key in shelf.list_keys():
            table = shelf.get_arrow(key)
            x, y = (table.column(name).chunk(0).to_numpy(zero_copy_only=True) for name in "xy")
            assert x[0] == -y[0]
            assert (x[::1000] == x[0]).all() and (y[::1000] == y[0]).all() and x[-1] == x[0]
            reads += 1
    assert [writer.wait() for writer in writers] == [0] * 6
    assert reads > 0
