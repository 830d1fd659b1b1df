"""The private shelf of a cache: a daemon that ends with this process, and its directory with it."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
import uuid
from pathlib import Path
from typing import Sequence

import arrowshelf
from arrowshelf.exceptions import ArrowShelfError
from arrowshelf.server import server_command

_READY_SECONDS = 60.0
_STOP_SECONDS = 20.0
_LOOK_SECONDS = 0.002
_PREFIX = "cache-"


class PrivateShelf:
    """A daemon of our own and the connection to it."""

    def __init__(self, arguments: Sequence[str]) -> None:
        base = Path("/dev/shm") / f"arrowshelf-{os.geteuid()}"
        _sweep(base)
        self.directory = base / f"{_PREFIX}{os.getpid()}-{uuid.uuid4().hex[:12]}"
        self._pid = os.getpid()
        command = server_command(
            ["--dir", str(self.directory), "--port", "0", "--ephemeral", "--stop-with", str(os.getpid()), *arguments]
        )
        with tempfile.TemporaryFile() as said:
            # A session of its own: the caller's terminal and its signals are not the daemon's.
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=said,
                start_new_session=True,
                cwd="/",
            )
            self.connection = self._connect(said)

    def _connect(self, said: "tempfile._TemporaryFileWrapper[bytes] | object") -> arrowshelf.Connection:
        deadline = time.monotonic() + _READY_SECONDS
        while True:
            if (self.directory / "shelf.sock").exists():
                try:
                    return arrowshelf.connect(dir=self.directory)
                except (ArrowShelfError, OSError):
                    pass  # not ready yet
            if self._process.poll() is not None or time.monotonic() > deadline:
                self._process.kill()
                self._process.wait()
                said.seek(0)  # type: ignore[union-attr]
                words = said.read().decode("utf-8", "replace").strip()  # type: ignore[union-attr]
                raise RuntimeError(f"The cache's shelf does not start: directory={self.directory}, said={words!r}")
            time.sleep(_LOOK_SECONDS)

    @property
    def is_ours(self) -> bool:
        """Whether this is the process that started it, not a fork of it."""
        return self._pid == os.getpid()

    def close(self) -> None:
        """Stops the daemon, which removes its directory."""
        if not self.is_ours:
            self.connection.close()
            return
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self.connection.close()
        shutil.rmtree(self.directory, ignore_errors=True)


def _sweep(base: Path) -> None:
    """Removes what caches left whose daemon was killed."""
    for directory in base.glob(f"{_PREFIX}*-*"):
        pid = directory.name[len(_PREFIX) :].partition("-")[0]
        if pid.isdigit() and not Path(f"/proc/{pid}").exists() and not _has_owner(directory):
            shutil.rmtree(directory, ignore_errors=True)


def _has_owner(directory: Path) -> bool:
    try:
        words = (directory / "owner.lock").read_text(errors="replace").split()
    except OSError:
        return False
    return bool(words) and Path(f"/proc/{words[0]}").exists()
