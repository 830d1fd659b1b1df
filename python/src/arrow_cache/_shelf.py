"""A shelf of one cache: a daemon of its own that lives as long as the process that made it.

The daemon watches that process and ends with it, whatever ended it, also SIGKILL. (The parent-death signal of Linux
would not do: it is sent when the *thread* ends that made the child.) It removes its directory and its spill files.
What a killed daemon left is removed by the next cache.
"""

from __future__ import annotations

import fcntl
import os
import select
import shutil
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from typing import IO, Optional, Sequence

import arrowshelf
from arrowshelf._local import LocalShelf
from arrowshelf.server import server_command

_PLACE = "/dev/shm"
_NAME = "arrow-cache-"
_LOCK = "owner.lock"
_YOUNG_SECONDS = 60.0
_READY = b"arrowshelf: ready:"
_READY_SECONDS = 600.0
"""Long, because the launcher of a checkout builds on first use."""
_START_SOON = ("-XX:+IgnoreUnrecognizedVMOptions", "-XX:+UnlockDiagnosticVMOptions", "-XX:-AOTReplayTraining")
"""Nothing is compiled before it is used often: at once, what an earlier daemon needed takes a fifth of the start."""
_STOP_SECONDS = 30.0
_LOG_TAIL = 2000


class PrivateShelf:
    """A daemon, the directory of its shelf and a connection to it; all gone after `close()`.

    Any thread may use the connection and call `close()`. A forked child may use the connection while the owner lives;
    its `close()` closes its own connection only.
    """

    def __init__(self, flags: Sequence[str], java_flags: Sequence[str] = ()) -> None:
        sweep()
        self._pid = os.getpid()
        self._closing = threading.Lock()
        self.directory = Path(_PLACE) / f"{_NAME}{self._pid}-{os.urandom(6).hex()}"
        try:
            self._process = self._start(flags, java_flags)
            self.connection = arrowshelf.connect(dir=self.directory)
        except BaseException:
            self._end()
            raise

    @property
    def is_ours(self) -> bool:
        """Whether this is the process that started it, not a fork of it."""
        return self._pid == os.getpid()

    def stamp(self, key: str) -> None:
        """Says that a table was used just now, so that the next put finds the others less used."""
        shelf = self.connection._open()
        if isinstance(shelf, LocalShelf):
            shelf.stamp(key)

    def close(self) -> None:
        """Ends the daemon and removes its directory. Tables got before stay readable. May be called again."""
        self.connection.close()
        if self.is_ours:
            with self._closing:
                self._end()

    def _start(self, flags: Sequence[str], java_flags: Sequence[str]) -> "subprocess.Popen[bytes]":
        environment = _environment(java_flags)
        own = ["--dir", str(self.directory), "--port", "0", "--ephemeral", "--stop-with", str(self._pid)]
        with tempfile.TemporaryFile() as log:
            # A session of its own: the caller's terminal and its signals are not the daemon's.
            process = subprocess.Popen(
                server_command(
                    [*own, *flags], vectors=False, java_options=environment["ARROWSHELF_JAVA_OPTS"]
                ),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                env=environment,
                cwd="/",
                start_new_session=True,
            )
            assert process.stdout is not None
            with process.stdout as said:
                if not _says_ready(said):
                    process.kill()
                    process.wait()
                    log.seek(0)
                    words = log.read()[-_LOG_TAIL:].decode("utf-8", "replace").strip()
                    raise arrowshelf.ConnectionError(f"The cache's shelf does not start: said={words!r}")
        return process

    def _end(self) -> None:
        process: Optional["subprocess.Popen[bytes]"] = self.__dict__.get("_process")
        if process is not None and process.poll() is None:
            process.terminate()
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)


def sweep() -> list[Path]:
    """Removes the directories of daemons that were killed, and says which they were."""
    removed = []
    for directory in Path(_PLACE).glob(f"{_NAME}*"):
        try:
            facts = directory.lstat()
            if facts.st_uid != os.geteuid() or time.time() - facts.st_mtime < _YOUNG_SECONDS:
                continue
            lock = os.open(directory / _LOCK, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(directory, ignore_errors=True)
            removed.append(directory)
        except OSError:
            continue
        finally:
            os.close(lock)
    return removed


def _environment(java_flags: Sequence[str]) -> dict[str, str]:
    """The caller's, without what is meant for a shelf of his: this one is nobody else's."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ARROWSHELF_")}
    given = [*_START_SOON, os.environ.get("ARROWSHELF_JAVA_OPTS", ""), *java_flags]
    own = {"ARROWSHELF_CONFIG": os.devnull, "ARROWSHELF_VECTOR_MODULE": "no"}
    return {**kept, **own, "ARROWSHELF_JAVA_OPTS": " ".join(filter(None, given))}


def _says_ready(said: "IO[bytes]") -> bool:
    """Waits for the daemon's one line; False when it ends without it, or takes too long."""
    deadline = time.monotonic() + _READY_SECONDS
    waiting = select.poll()
    waiting.register(said, select.POLLIN)
    line = b""
    while not line.endswith(b"\n"):
        readable = waiting.poll(max(0.0, deadline - time.monotonic()) * 1000)
        more = os.read(said.fileno(), 4096) if readable else b""
        if not more:
            return False
        line += more
    return line.startswith(_READY)
