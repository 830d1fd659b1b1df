"""A few threads for work that lets go of the interpreter's lock: copying memory, scanning it."""

from __future__ import annotations

import os
import threading
from typing import Callable, Iterable, TypeVar

Job = TypeVar("Job")

_MOST_LANES = 4


def in_lanes(work: Callable[[Job], None], jobs: Iterable[Job]) -> None:
    """Does all jobs, on the caller and as many more threads as there are processors, at most four in all.

    The first error ends the others after the job at hand, and is raised.
    """
    waiting = iter(jobs)
    lock = threading.Lock()
    errors: list[BaseException] = []

    def run() -> None:
        while not errors:
            with lock:
                try:
                    job = next(waiting)
                except StopIteration:
                    return
            try:
                work(job)
            except BaseException as error:
                errors.append(error)

    threads: list[threading.Thread] = []
    try:
        _start(run, min(processors(), _MOST_LANES) - 1, threads)
        run()
    except BaseException as error:
        errors.append(error)
    for thread in threads:
        _join(thread, errors)
    if errors:
        raise errors[0]


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _start(run: Callable[[], None], count: int, threads: list[threading.Thread]) -> None:
    for _ in range(count):
        thread = threading.Thread(target=run, name="arrowshelf-lane", daemon=True)
        threads.append(thread)
        try:
            thread.start()
        except RuntimeError:
            threads.pop()
            return


def _join(thread: threading.Thread, errors: list[BaseException]) -> None:
    """Waits for a thread whatever happens, because it still works on memory that the caller gives up afterwards."""
    while thread.is_alive():
        try:
            thread.join()
        except BaseException as error:
            errors.append(error)
