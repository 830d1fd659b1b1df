"""A daemon as a child process of the tests."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Callable, Optional

import arrowshelf

LAUNCHER = Path(__file__).resolve().parents[2] / "arrowshelf"
READY_SECONDS = 300
"""Long, because the launcher builds on first use."""


class Daemon:
    """`./arrowshelf server` for one directory; ready when it answers on its socket."""

    def __init__(self, directory: Path, *flags: str) -> None:
        """Full shelves refuse, unless the flags say otherwise; nothing is written outside the test's directory."""
        self.directory = directory
        self.flags = flags
        if "--evict" not in flags:
            self.flags += ("--evict", "off")
        if "--spill-dir" not in flags:
            self.flags += ("--spill-dir", str(directory.parent / "disk"))
        self.port = free_port()
        self.process: Optional[subprocess.Popen[bytes]] = None

    @property
    def address(self) -> str:
        return f"localhost:{self.port}"

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def start(self) -> None:
        command = [str(LAUNCHER), "server", "--dir", str(self.directory), "--port", str(self.port), *self.flags]
        with tempfile.TemporaryFile() as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)

            def ready() -> bool:
                if self.process is None or self.process.poll() is not None:
                    log.seek(0)
                    raise AssertionError(f"daemon ended: {log.read().decode(errors='replace')}")
                return (self.directory / "control").exists() and self.connect().is_connected()

            wait_until(ready, "the daemon to answer", READY_SECONDS)

    def connect(self) -> arrowshelf.Connection:
        return arrowshelf.Connection(dir=self.directory)

    def stop(self) -> int:
        """Asks it to stop; its exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait(30)
            self.process = None

    def restart(self) -> None:
        self.kill()
        self.start()


def wait_until(condition: Callable[[], bool], what: str, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited in vain for {what}")
        time.sleep(0.01)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        return int(probe.getsockname()[1])


def segments_mapped(directory: Path, pid: Optional[int] = None) -> list[str]:
    """The shelf files that a process has mapped."""
    lines = Path(f"/proc/{pid or os.getpid()}/maps").read_text().splitlines()
    return [line for line in lines if str(directory) in line and "/control" not in line and "/access" not in line]
