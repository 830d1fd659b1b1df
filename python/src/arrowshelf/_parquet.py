"""Tables that are persisted as Parquet files (docs/spec/persisted.md)."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import string
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

import pyarrow as pa

from .exceptions import ServerError, server_error

_FILE = "table.parquet"
_DRAFT = _FILE + ".draft"
_MANIFEST = "manifest"
_FACTS = b"arrowshelf"
_PLAIN = frozenset((string.ascii_letters + string.digits + "_-").encode("ascii"))
_LONGEST_NAME = 200


@dataclass(frozen=True)
class Stored:
    """A table that was read, and how it was kept: seconds, as for a put; None where nothing was said."""

    table: pa.Table
    time_to_live: Optional[float]
    max_idle: Optional[float]
    metadata: str
    partition_rows: int


def write(table: pa.Table, details: "dict[str, Any]", directory: str, codec: str, durable: bool) -> None:
    """Writes a table, whole or not at all, in place of what the key has there. `details` are the owner's.

    InvalidDataError for a type that Parquet does not have.
    """
    from pyarrow import parquet

    facts = {name: details[name] for name in ("expires_millis", "max_idle_millis", "metadata") if details[name]}
    facts["key"] = details["name"]
    if details["partitions"] > 1:
        facts["partition_rows"] = max(chunk.num_rows for chunk in table.to_batches())
    described = table.replace_schema_metadata({**(table.schema.metadata or {}), _FACTS: json.dumps(facts).encode()})
    folder = Path(directory) / folder_name(details["name"])
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / _DRAFT
    try:
        parquet.write_table(described, draft, compression=codec, write_page_checksum=True)
        if durable:
            _sync(draft)
        draft.replace(folder / _FILE)
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid, pa.ArrowTypeError) as error:
        message = f"Parquet has no such type: key={facts['key']!r} ({error})"
        raise server_error("USER", "UNSUPPORTED_IPC", message) from error
    finally:
        draft.unlink(missing_ok=True)
    _leave_only(folder, durable)


def read(key: str, directory: str) -> Optional[Stored]:
    """The table of a key; None without one, or when its time is over. A damaged file is ServerError `CORRUPT`."""
    from pyarrow import parquet

    path = Path(directory) / folder_name(key) / _FILE
    try:
        with parquet.ParquetFile(path, page_checksum_verification=True) as file:
            table = file.read()
            metadata = dict(table.schema.metadata or {})
            facts = json.loads(metadata.pop(_FACTS, b"{}"))
    except FileNotFoundError:
        return None
    except (OSError, pa.ArrowException, ValueError) as error:
        raise _corrupt(path, error) from error
    expires, idle = facts.get("expires_millis"), facts.get("max_idle_millis")
    left = None if expires is None else expires / 1000 - time.time()
    if left is not None and left <= 0:
        return None
    return Stored(
        table.replace_schema_metadata(metadata or None),
        left,
        None if idle is None else idle / 1000,
        facts.get("metadata", ""),
        facts.get("partition_rows", 0),
    )


def folder_name(key: str) -> str:
    """The name of a key's folder."""
    name = ""
    for byte in key.encode("utf-8"):
        name += chr(byte) if byte in _PLAIN or byte == 0x2E and name else f"%{byte:02X}"
    return name if len(name) <= _LONGEST_NAME else "%sha256-" + hashlib.sha256(key.encode("utf-8")).hexdigest().upper()


def _leave_only(folder: Path, durable: bool) -> None:
    """Removes what is left of the same table as Arrow files, its manifest first."""
    if durable:
        _sync(folder)
    (folder / _MANIFEST).unlink(missing_ok=True)
    for file in folder.iterdir():
        generation, _, rest = file.name.partition("-")
        if len(generation) == 16 and set(generation) <= set(string.hexdigits) and rest[8:14] == ".arrow":
            file.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    opened = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(opened)
    finally:
        with contextlib.suppress(OSError):
            os.close(opened)


def _corrupt(path: Path, error: Exception) -> ServerError:
    return server_error("EXTERNAL", "CORRUPT", f"Parquet file is damaged: path={path} ({error})")
