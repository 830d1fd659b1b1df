"""Daemons that are absent, die, come back; shelves that are full."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Callable

import numpy as np
import pyarrow as pa
import pytest
from daemon import Daemon, free_port, wait_until

import arrowshelf
from arrowshelf import _mapping, client

SOURCES = Path(arrowshelf.__file__).resolve().parents[1]


def test_absent_daemon(environment: pytest.MonkeyPatch) -> None:
    port = free_port()
    environment.setattr(client, "_default", None)
    environment.setenv("ARROWSHELF_ADDRESS", f"localhost:{port}")
    assert not arrowshelf.is_connected()
    for call in (arrowshelf.list_keys, lambda: arrowshelf.get("x"), lambda: arrowshelf.put(pa.table({"a": [1]}))):
        with pytest.raises(arrowshelf.ConnectionError, match=f"localhost:{port}.*arrowshelf-server --port {port}"):
            call()
        with pytest.raises(ConnectionError):
            call()
    with pytest.raises(arrowshelf.ConnectionError):
        arrowshelf.connect(f"localhost:{port}")
    environment.setattr(client, "_default", None)


def test_directory_without_a_shelf(directory: Path) -> None:
    with pytest.raises(arrowshelf.ConnectionError, match=f"{directory}/none"):
        arrowshelf.connect(dir=directory / "none")


def test_tables_outlive_a_killed_daemon_and_its_restart(start_daemon: Callable[..., Daemon]) -> None:
    daemon = start_daemon()
    shelf = arrowshelf.connect(dir=daemon.directory)
    large = pa.table({"x": np.arange(400_000.0)})
    shelf.put(large, "large")
    shelf.put(pa.table({"a": [1]}), "small")
    held = shelf.get_arrow("large")
    daemon.kill()
    assert not shelf.is_connected()
    assert held.equals(large)
    assert shelf.get_arrow("small").to_pydict() == {"a": [1]}
    with arrowshelf.connect(dir=daemon.directory) as fresh:
        assert fresh.get_arrow("large").equals(large)
        for call in (fresh.list_keys, lambda: fresh.put(large), lambda: fresh.delete("large")):
            with pytest.raises(arrowshelf.ConnectionError, match="arrowshelf-server"):
                call()
    daemon.start()
    assert sorted(shelf.list_keys()) == ["large", "small"]
    assert shelf.get_arrow("large") is held
    shelf.put(pa.table({"a": [2]}), "small")
    assert shelf.get_arrow("small").to_pydict() == {"a": [2]}


def test_each_call_survives_a_restart(start_daemon: Callable[..., Daemon]) -> None:
    daemon = start_daemon()
    shelf = arrowshelf.connect(dir=daemon.directory)
    large = pa.table({"x": np.arange(400_000.0)})
    reader = pa.RecordBatchReader.from_batches(large.schema, large.to_batches())
    calls: list[Callable[[], object]] = [
        shelf.list_keys,
        lambda: shelf.put(pa.table({"a": [1]}), "small"),
        lambda: shelf.put(large, "large"),
        lambda: shelf.put(reader, "streamed"),
        shelf.memory_usage,
        lambda: shelf.delete("missing"),
        lambda: shelf.empty(10, key="built").seal(),
        lambda: shelf.get("built"),
    ]
    for call in calls:
        shelf.list_keys()
        daemon.restart()
        call()
    assert sorted(shelf.list_keys()) == ["built", "large", "small", "streamed"]


def test_daemon_that_moved_is_found_by_its_address(
    start_daemon: Callable[..., Daemon], directory: Path, environment: pytest.MonkeyPatch
) -> None:
    first = start_daemon(name="first")
    shelf = arrowshelf.connect(first.address)
    shelf.put(pa.table({"a": [1]}), "key")
    first.stop()
    second = Daemon(directory / "second")
    second.port = first.port
    try:
        second.start()
        assert shelf.list_keys() == []
        shelf.put(pa.table({"a": [2]}), "other")
        assert shelf.get_arrow("other").to_pydict() == {"a": [2]}
    finally:
        second.kill()


def test_shutdown_stops_the_daemon_and_keeps_the_tables(start_daemon: Callable[..., Daemon]) -> None:
    daemon = start_daemon()
    shelf = arrowshelf.connect(dir=daemon.directory)
    shelf.put(pa.table({"a": [1]}), "key")
    shelf.shutdown_server()
    assert daemon.process is not None
    assert daemon.process.wait(20) == 0
    assert not shelf.is_connected()
    daemon.start()
    assert shelf.get_arrow("key").to_pydict() == {"a": [1]}


def threads_stopped(pid: int) -> bool:
    states = [stat.read_text().rpartition(")")[2].split()[0] for stat in Path(f"/proc/{pid}/task").glob("*/stat")]
    return all(state in "Tt" for state in states)


def test_stopped_daemon_does_not_hang_is_connected(
    start_daemon: Callable[..., Daemon], monkeypatch: pytest.MonkeyPatch
) -> None:
    import signal

    from arrowshelf import _socket

    monkeypatch.setattr(_socket, "PING_SECONDS", 1)
    daemon = start_daemon()
    shelf = arrowshelf.connect(dir=daemon.directory)
    assert shelf.is_connected()
    os.kill(daemon.pid, signal.SIGSTOP)
    try:
        wait_until(lambda: threads_stopped(daemon.pid), "all threads of the daemon to stop")
        began = time.monotonic()
        assert not shelf.is_connected()
        assert time.monotonic() - began < 20
    finally:
        os.kill(daemon.pid, signal.SIGCONT)
    wait_until(shelf.is_connected, "the daemon to go on")


def test_limit_is_a_typed_error_and_earlier_tables_stay(start_daemon: Callable[..., Daemon]) -> None:
    shelf = arrowshelf.connect(dir=start_daemon("--memory-limit", "64MiB").directory)
    small = pa.table({"x": np.arange(1_000_000.0)})
    shelf.put(small, "fits")
    for data in (pa.table({"x": np.zeros(20_000_000)}), np.zeros((3_000_000, 4))):
        with pytest.raises(arrowshelf.OutOfMemoryError):
            shelf.put(data, "fits")
        with pytest.raises(MemoryError):
            shelf.put(data, "too large")
    assert shelf.list_keys() == ["fits"]
    assert shelf.get_arrow("fits").equals(small)
    wait_until(lambda: shelf.memory_usage()["writing_bytes"] == 0, "nothing half-written")


@pytest.mark.parametrize("populates", [True, False])
def test_cold_puts_with_and_without_populating(
    start_daemon: Callable[..., Daemon], monkeypatch: pytest.MonkeyPatch, populates: bool
) -> None:
    monkeypatch.setattr(_mapping, "_populates", populates)
    shelf = arrowshelf.connect(dir=start_daemon("--warm-pool", "0").directory)
    for size in (100_000, 700_000, 5_000_000, 20_000_000):
        values = np.random.default_rng(size).random(size // 8)
        assert np.array_equal(shelf.get(shelf.put(values, "key")), values)


def test_client_killed_during_puts_leaves_nothing(start_daemon: Callable[..., Daemon]) -> None:
    daemon = start_daemon()
    shelf = arrowshelf.connect(dir=daemon.directory)
    code = """
import sys
import numpy as np
import arrowshelf
connection = arrowshelf.connect(dir=sys.argv[1])
print("ready", flush=True)
while True:
    connection.put(np.full(2_000_000, 3.0), "key")
    connection.put(np.full(10, 3.0), "small")
    with connection.builder("built", "1MB") as builder:
        builder.array("x", 1000)[:] = 3.0
"""
    for delay in range(12):
        writer = subprocess.Popen(
            [sys.executable, "-c", code, str(daemon.directory)],
            env={**os.environ, "PYTHONPATH": str(SOURCES)},
            stdout=subprocess.PIPE,
        )
        assert writer.stdout is not None
        writer.stdout.readline()
        threading.Event().wait(0.005 * delay)
        writer.kill()
        writer.wait()
        writer.stdout.close()
        for key in shelf.list_keys():
            assert (shelf.get_numpy_view(key, "x" if key == "built" else "values") == 3.0).all()
    shelf.delete_all()
    wait_until(lambda: shelf.memory_usage()["writing_bytes"] == 0, "half-written files to be removed")
    wait_until(lambda: shelf.memory_usage()["unlinked_bytes"] == 0, "deleted files to be removed")
    assert list((daemon.directory / "tmp").iterdir()) == []


def test_daemon_killed_during_puts_keeps_what_it_acknowledged(start_daemon: Callable[..., Daemon]) -> None:
    daemon = start_daemon()
    shelf = arrowshelf.connect(dir=daemon.directory)
    acknowledged: dict[str, int] = {}
    for round_number in range(4):

        def put_until_it_breaks(round_number: int = round_number) -> None:
            number = 0
            while True:
                key, size = f"{round_number}-{number}", 300_000 if number % 3 == 0 else 20
                try:
                    shelf.put(np.full(size, number), key)
                except arrowshelf.ArrowShelfError:
                    return
                acknowledged[key] = number
                number += 1

        thread = threading.Thread(target=put_until_it_breaks)
        thread.start()
        threading.Event().wait(0.2 + 0.1 * round_number)
        daemon.kill()
        thread.join()
        daemon.start()
        assert set(acknowledged) <= set(shelf.list_keys())
        for key, number in acknowledged.items():
            assert (shelf.get(key) == number).all()


def test_forked_child_that_keeps_a_writable_mapping_changes_nothing(start_daemon: Callable[..., Daemon]) -> None:
    shelf = arrowshelf.connect(dir=start_daemon().directory)
    builder = shelf.builder("key", "4MB")
    values = builder.array("x", 400_000)
    values[:] = 1.0
    child = os.fork()
    if child == 0:
        threading.Event().wait(20)
        os._exit(0)
    try:
        builder.seal()
        assert shelf.get_numpy_view("key", "x").sum() == 400_000
    finally:
        os.kill(child, 9)
        os.waitpid(child, 0)


def own_mounts() -> list[str]:
    """A command that runs another one where it may mount."""
    for command in (["unshare", "--mount"], ["unshare", "--user", "--map-root-user", "--mount"]):
        may = [*command, "mount", "-t", "tmpfs", "none", "/mnt"]
        if subprocess.run(may, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0:
            return command
    pytest.skip("mounting a small file system is forbidden here")


def test_full_file_system_is_an_error_and_never_a_signal(directory: Path) -> None:
    tests = Path(__file__).resolve().parent
    separate = own_mounts()
    script = 'mount -t tmpfs -o size=64m,mode=700 shelf "$1" && exec "$2" "$3" "$1"'
    ended = subprocess.run(
        [*separate, "sh", "-ec", script, "sh", str(directory), sys.executable, str(tests / "full_tmpfs.py")],
        env={**os.environ, "PYTHONPATH": f"{SOURCES}:{tests}"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ended.returncode == 0, ended.stderr
