"""Daemons for the examples, and an environment in which nothing else names a shelf."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
from pathlib import Path
from typing import Iterator, Optional

ROOT = Path(__file__).resolve().parents[2]
DEFAULT_PORT = 50051
READY_SECONDS = 300
"""Long, because the launcher builds on first use."""


@contextlib.contextmanager
def serving(port: Optional[int]) -> Iterator[str]:
    """Runs `./arrowshelf server` on a directory of its own, which is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="arrowshelf-examples-", dir="/dev/shm"))
    command = [str(ROOT / "arrowshelf"), "server", "--dir", str(folder / "shelf")]
    if port is not None:
        command += ["--port", str(port)]
    try:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=environment(), text=True
        )
        try:
            yield ready_address(process)
        finally:
            process.send_signal(signal.SIGTERM)
            code = process.wait(60)
        assert code == 0, f"daemon ended with {code}"
    finally:
        shutil.rmtree(folder)


def ready_address(process: subprocess.Popen[str]) -> str:
    """Waits for the daemon's one line on standard output and takes the address from it."""
    overdue = threading.Timer(READY_SECONDS, process.kill)
    overdue.start()
    assert process.stdout is not None
    line = process.stdout.readline()
    overdue.cancel()
    assert line.startswith("arrowshelf: ready: address="), f"daemon says: {line!r}"
    return line.partition("address=")[2].partition(",")[0]


def environment(**more: str) -> dict[str, str]:
    """The environment of a program that knows nothing of other shelves."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("ARROWSHELF_") or name == "ARROWSHELF_JAVA_OPTS"
    }
    path = os.pathsep.join(filter(None, [str(ROOT / "python" / "src"), kept.get("PYTHONPATH")]))
    return {**kept, "PYTHONPATH": path, "XDG_CONFIG_HOME": "/nonexistent", **more}


def is_free(port: int) -> bool:
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        with contextlib.suppress(OSError), socket.socket(family) as probe:
            if probe.connect_ex((host, port)) == 0:
                return False
    return True
