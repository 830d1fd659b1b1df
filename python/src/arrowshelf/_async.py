"""Queries beside an event loop."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Callable

from .exceptions import ArrowShelfError, ClosedError

if TYPE_CHECKING:
    import asyncio

_STOP_SECONDS = 0.2


async def beside(work: Callable[[], Any], stop: Callable[[], None]) -> Any:
    """Runs `work` in a thread of the loop's executor. A task that is cancelled calls `stop`, which makes `work` end
    soon, until it has ended: what it held is given back before the task goes on."""
    import asyncio  # whoever awaits has loaded it; others need not

    given_up = threading.Event()

    def run() -> Any:
        if given_up.is_set():
            raise ClosedError("Query was given up before it began")
        return work()

    job = asyncio.get_running_loop().run_in_executor(None, run)
    try:
        return await asyncio.shield(job)
    except asyncio.CancelledError:
        given_up.set()
        job.add_done_callback(_forget)
        while not job.done():
            with suppress(ArrowShelfError, OSError):  # then the work ends by that itself
                stop()
            await asyncio.wait([job], timeout=_STOP_SECONDS)
        raise


def _forget(job: "asyncio.Future[Any]") -> None:
    """Nobody waits for the outcome of what was given up; asking for it keeps the loop from complaining."""
    if not job.cancelled():
        job.exception()
