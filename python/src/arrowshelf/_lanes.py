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

    threads = _start(run, min(len(os.sched_getaffinity(0)), _MOST_LANES) - 1)
    try:
        run()
    finally:
        for thread in threads:
            thread.join()
    if errors:
        raise errors[0]


def _start(run: Callable[[], None], count: int) -> list[threading.Thread]:
    threads = []
    for _ in range(count):
        thread = threading.Thread(target=run, name="arrowshelf-lane", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            break
        threads.append(thread)
    return threads
