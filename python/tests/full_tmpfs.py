"""Run by test_faults.py in a mount namespace of its own: puts into a file system of 64 MB until it is full."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
from daemon import Daemon

import arrowshelf


def fill(shelf: arrowshelf.Connection, size: int) -> list[str]:
    """Puts tables until one does not fit."""
    keys: list[str] = []
    while True:
        try:
            keys.append(shelf.put(pa.table({"x": np.full(size // 8, float(len(keys)))}), f"{size} {len(keys)}"))
        except arrowshelf.OutOfMemoryError as error:
            assert "=" in str(error), error
            return keys


def main(directory: Path) -> None:
    daemon = Daemon(directory / "shelf", "--memory-limit", "1GB", "--warm-pool", "0")
    daemon.start()
    try:
        shelf = arrowshelf.connect(dir=daemon.directory)
        keys = [key for size in (20_000_000, 3_000_000, 100_000, 8_000) for key in fill(shelf, size)]
        assert len(keys) > 10, keys
        try:
            builder = shelf.builder("built", "200MB")
            builder.array("x", 20_000_000)[:] = 1
            raise AssertionError("a builder larger than the file system")
        except arrowshelf.OutOfMemoryError:
            pass
        assert sorted(shelf.list_keys()) == sorted(keys)
        for key in keys:
            assert (shelf.get_numpy_view(key, "x") == float(key.split()[1])).all()
        assert shelf.delete_all() == len(keys)
        assert fill(shelf, 20_000_000)
    finally:
        daemon.kill()


main(Path(sys.argv[1]))
