"""What the tests share: a fresh directory in shared memory, and real daemons."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from pathlib import Path
from typing import Callable, Iterator

import arrowshelf
import pytest
from daemon import Daemon, wait_until

HELD = ("running", "waiting", "held_tables", "held_blocks", "held_objects")
"""What no query holds when it has ended."""

# Who is started in the background of a script ignores the interrupt, and its children do; tests of Ctrl-C need it.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def directory() -> Iterator[Path]:
    """A fresh directory on tmpfs, gone after the test."""
    made = Path(tempfile.mkdtemp(prefix="arrowshelf-test-", dir="/dev/shm"))
    yield made
    shutil.rmtree(made)


@pytest.fixture(scope="session")
def shared_daemon() -> Iterator[Daemon]:
    """One daemon for all tests that only put, get and delete."""
    made = Path(tempfile.mkdtemp(prefix="arrowshelf-test-", dir="/dev/shm"))
    daemon = Daemon(made / "shelf")
    daemon.start()
    yield daemon
    daemon.kill()
    shutil.rmtree(made)


@pytest.fixture
def shelf(shared_daemon: Daemon) -> "Iterator[arrowshelf.Connection]":
    """A connection to the shared daemon, whose shelf is empty before and after."""
    connection = shared_daemon.connect()
    connection.delete_all()
    yield connection
    wait_until(lambda: not any(connection.query_usage()[name] for name in HELD), "queries to hold nothing")
    connection.delete_all()
    connection.close()


@pytest.fixture
def start_daemon(directory: Path) -> Iterator[Callable[..., Daemon]]:
    """Starts daemons of the test's own, and kills what is left of them."""
    started: list[Daemon] = []

    def start(*flags: str, name: str = "shelf") -> Daemon:
        daemon = Daemon(directory / name, *flags)
        started.append(daemon)
        daemon.start()
        return daemon

    yield start
    for daemon in started:
        daemon.kill()


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment in which nothing names a shelf."""
    for name in list(os.environ):
        if name.startswith("ARROWSHELF_") and name != "ARROWSHELF_JAVA_OPTS":
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", "/nonexistent")
    return monkeypatch
