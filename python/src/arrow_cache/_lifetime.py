"""How a cache ends, and what it logs while it lives."""

from __future__ import annotations

import logging
import threading
import weakref
from pathlib import Path
from typing import Mapping, Protocol

from ._shelf import PrivateShelf
from ._storage import Storage, remove_if_empty
from .config import ArrowCacheConfig

log = logging.getLogger("arrow_cache")


class Counting(Protocol):
    """What counts its uses, and says how often they are logged."""

    config: ArrowCacheConfig
    counts: Mapping[str, int]


def end(
    shelf: PrivateShelf, storage: Storage, config: ArrowCacheConfig, closed: threading.Event, stop: threading.Event
) -> None:
    """Ends a cache: by close(), when nobody refers to it, or with the interpreter. In a forked child, only there."""
    stop.set()
    if closed.is_set():
        return
    closed.set()
    try:
        if shelf.is_ours:
            storage.finish()
    finally:
        shelf.close()
        if shelf.is_ours:
            remove_if_empty(Path(config["spill_directory"]).absolute())


def log_counts(cache: "weakref.ref[Counting]", stop: threading.Event) -> None:
    """Logs what a cache counts until it ends; it is not kept alive by this."""
    interval = 0.0
    while True:
        found = cache()
        if found is None:
            return
        if interval:
            log.info("counts: %s", found.counts)
        interval = found.config["metrics_log_interval"]
        del found
        if stop.wait(interval):
            return
