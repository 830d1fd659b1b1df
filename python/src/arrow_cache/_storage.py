"""Tables on disk: those that are persisted by name, and those of a persistent cache, which come back when used."""

from __future__ import annotations

import contextlib
import struct
import threading
import time
from pathlib import Path
from typing import Iterator, Optional

import pyarrow as pa

import arrowshelf

from .config import ArrowCacheConfig

_MANIFEST = "manifest"
_OTHERS_FILE = "data.parquet"
_HEADER = struct.Struct("<8sIIQQQQIIII")
_PARTITION_BYTES = 32
_MAGIC = b"ASHTABL1"
_NOTHING = -1.0
"""The end of a table that is not there."""


class Storage:
    """What one cache has on disk, and how it gets there. Any thread may call any method.

    Files of others in the directories are left alone (docs/spec/persisted.md describes ours).
    """

    def __init__(self, connection: arrowshelf.Connection, config: ArrowCacheConfig) -> None:
        self._connection = connection
        self._config = config
        self._codec = config["compression_type"] if config["enable_compression"] else "none"
        self._lock = threading.Lock()
        self._written: set[str] = set()
        self._kept: dict[str, tuple[int, Optional[float]]] = {}
        self.path = Path(config["storage_path"]).absolute()
        self.waiting: dict[str, Optional[float]] = {}
        """The tables of an earlier cache that were not used yet, and when they end."""
        if config["persistent_storage"]:
            self.waiting = _stored(self.path)

    def is_waiting(self, key: str) -> bool:
        """Whether a key has a table on disk that was not used yet, and its time is not over."""
        ends = self.waiting.get(key, _NOTHING)
        return ends is None or ends > time.time()

    def bring_back(self, key: str) -> bool:
        """Puts a table that waits on disk on the shelf; whether the key has a table there now."""
        if key not in self.waiting:
            return False
        with self._lock:
            if key not in self.waiting:
                return self._is_on_shelf(key)
            loaded = self._connection.load(key, self.path)
            if loaded:
                self._kept[key] = self._state(key)
            del self.waiting[key]
            return loaded

    def set_aside(self, key: str) -> Optional[float]:
        """Says that a key has another table now, or none: what waits on disk is not its any more."""
        with self._lock:
            self._kept.pop(key, None)
            return self.waiting.pop(key, _NOTHING)

    @contextlib.contextmanager
    def replacing(self, key: str) -> Iterator[None]:
        """Sets aside what waits on disk while a key gets another table, and for good when it has got it."""
        ends = self.set_aside(key)
        try:
            yield
        except BaseException:
            if ends != _NOTHING:
                self.waiting.setdefault(key, ends)
            raise

    def persist(self, key: str, directory: Optional[Path], format: str = "arrow") -> bool:
        """Writes a table to a directory, or under the storage path; False without one."""
        done = self._connection.persist(key, directory or self.path, self._codec, durable=False, format=format)
        if done and directory is None:
            with self._lock:
                self._written.add(key)
        return done

    def load(self, key: str, directory: Optional[Path]) -> Optional[pa.Table]:
        """Puts a persisted table in place of what the key has.

        None when that is done; otherwise the table that Arrow Cache itself persisted there. KeyError when there is
        none, or its time is over.
        """
        source = directory or self.path
        if self._connection.load(key, source):
            return None
        others = source / key / _OTHERS_FILE
        if others.parent.parent == source and key not in ("", ".", "..") and others.is_file():
            from pyarrow import parquet

            return parquet.read_table(others)
        raise KeyError(key)

    def forget(self, key: str) -> None:
        """Removes what a persistent cache keeps of a key."""
        if self._config["persistent_storage"]:
            self._connection.forget_persisted(key, self.path)

    def forget_written(self) -> int:
        """Removes what this cache wrote under its storage path; says how many tables."""
        with self._lock:
            written, self._written = self._written, set()
            for key in written:
                self._kept.pop(key, None)
        removed = sum(self._connection.forget_persisted(key, self.path) for key in written)
        remove_if_empty(self.path)
        return removed

    def finish(self) -> None:
        """At the end of the cache: keeps its tables for the next one, or removes its files."""
        if self._config["persistent_storage"] and not self._config.deletes_files:
            for key in self._connection.list_keys():
                with contextlib.suppress(KeyError):
                    if self._kept.get(key) != self._state(key):
                        self.persist(key, None)
        elif self._config.deletes_files:
            self.waiting.clear()
            self.forget_written()

    def _is_on_shelf(self, key: str) -> bool:
        try:
            self._connection.details(key)
            return True
        except KeyError:
            return False

    def _state(self, key: str) -> tuple[int, Optional[float]]:
        """What tells whether a table is still as it lies on disk."""
        details = self._connection.details(key)
        return int(details["generation"]), details["expires"]


def remove_if_empty(directory: Path) -> None:
    """Removes a directory that nobody has files in."""
    with contextlib.suppress(OSError):
        directory.rmdir()


def _stored(directory: Path) -> dict[str, Optional[float]]:
    """The keys of the tables that were persisted in a directory, and when they end; without those that are over."""
    found: dict[str, Optional[float]] = {}
    for manifest in directory.glob(f"*/{_MANIFEST}"):
        with contextlib.suppress(OSError, ValueError, struct.error):
            key, expires = _read_manifest(manifest.read_bytes())
            if expires is None or expires > time.time():
                found[key] = expires
    return found


def _read_manifest(content: bytes) -> tuple[str, Optional[float]]:
    """Key and end of a table (docs/spec/segments.md, section 3). The daemon checks all the rest when it loads."""
    magic, version, total, _, _, _, _, _, partitions, key_bytes, schema_bytes = _HEADER.unpack_from(content)
    if magic != _MAGIC or total != len(content):
        raise ValueError(f"Manifest is damaged: bytes={len(content)}")
    key = content[_HEADER.size : _HEADER.size + key_bytes].decode("utf-8")
    if version < 2:
        return key, None
    place = _HEADER.size + key_bytes + schema_bytes + partitions * _PARTITION_BYTES
    (expires,) = struct.unpack_from("<Q", content, place)
    return key, expires / 1000 if expires else None
