"""One thread that lets go of what is not used any more; it ends when there was nothing to let go of for a while."""

from __future__ import annotations

import os
import threading
import time
from typing import Optional, Protocol

SWEEP_SECONDS = 0.5
IDLE_SECONDS = 15.0
"""How long the thread waits for more to watch: starting one costs as much as getting a table."""


class Sweepable(Protocol):
    """Something that holds memory for its next use."""

    def sweep(self) -> bool:
        """Lets go of what was not used since the last sweep; false when nothing is left to sweep."""

    def forget_all(self) -> None:
        """Lets go of everything."""


class Sweeper:
    """Sweeps what is watched about once a second. For any thread; its own thread does not run during a fork."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._watched: set[Sweepable] = set()
        self._thread: Optional[threading.Thread] = None
        self._stop = threading.Event()

    @property
    def is_running(self) -> bool:
        return self._thread is not None

    def watch(self, holder: Sweepable) -> None:
        """Sweeps this one until nothing is left. Where no thread can be started it is emptied at once."""
        with self._lock:
            self._watched.add(holder)
            started = self._thread is not None or self._start()
        if not started:
            holder.forget_all()

    def _start(self) -> bool:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(self._stop,), name="arrowshelf-sweeper", daemon=True)
        try:
            self._thread.start()
        except RuntimeError:
            self._thread = None
            self._watched.clear()
        return self._thread is not None

    def _run(self, stop: threading.Event) -> None:
        idle_since = time.monotonic()
        while not stop.wait(SWEEP_SECONDS):
            with self._lock:
                watched, self._watched = self._watched, set()
            left = {holder for holder in watched if holder.sweep()}
            with self._lock:
                self._watched |= left
                if watched:
                    idle_since = time.monotonic()
                elif not self._watched and time.monotonic() - idle_since > IDLE_SECONDS:
                    self._thread = None
                    return

    def before_fork(self) -> None:
        self._lock.acquire()
        thread, self._thread = self._thread, None
        self._stop.set()
        self._lock.release()
        if thread is not None:
            thread.join()
        self._lock.acquire()

    def after_fork_in_parent(self) -> None:
        if self._watched and self._thread is None:
            self._start()
        self._lock.release()

    def after_fork_in_child(self) -> None:
        self._lock = threading.RLock()
        self._watched = set()


sweeper = Sweeper()
"""The sweeper of this process."""

os.register_at_fork(
    before=sweeper.before_fork,
    after_in_parent=sweeper.after_fork_in_parent,
    after_in_child=sweeper.after_fork_in_child,
)
