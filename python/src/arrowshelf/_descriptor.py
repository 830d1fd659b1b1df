"""The descriptor of a table in segments: its rows partition by partition, and where each partition lies."""

from __future__ import annotations

import zlib
from pathlib import Path
from struct import Struct
from typing import NamedTuple, Optional

import pyarrow as pa

from ._mapping import FileGoneError
from .exceptions import InvalidDataError

_HEADER = Struct("<8sIIQQQQIIII")
_PARTITION = Struct("<QQIBBHI4x")
_MAGIC = b"ASHTABL1"
_SPILLED = 1
_SUFFIXES = {0: "", 1: ".lz4", 2: ".zst"}


class Partition(NamedTuple):
    """One partition; `folder` is the number of its spill directory, None where it is in memory."""

    number: int
    rows: int
    size: int
    folder: Optional[int]
    suffix: str
    crc: int


class Descriptor:
    """What a generation of a table consists of."""

    def __init__(self, directory: Path, generation: int) -> None:
        path = directory / "tables" / f"{generation:016x}.table"
        try:
            data = path.read_bytes()
        except FileNotFoundError as error:
            raise FileGoneError(str(path)) from error
        if len(data) < _HEADER.size + 4 or zlib.crc32(data[:-4]) != int.from_bytes(data[-4:], "little"):
            raise InvalidDataError(f"Descriptor is damaged: path={path}", "INTERNAL", "CORRUPT")
        magic, _, _, named, _, _, _, _, count, key_bytes, schema_bytes = _HEADER.unpack_from(data)
        if magic != _MAGIC or named != generation:
            raise InvalidDataError(f"Descriptor is another's: path={path}", "INTERNAL", "CORRUPT")
        schema_begin = _HEADER.size + key_bytes
        self._schema = data[schema_begin : schema_begin + schema_bytes]
        begin = schema_begin + schema_bytes
        self.partitions = [_partition(data, number, begin + number * _PARTITION.size) for number in range(count)]

    def schema(self) -> pa.Schema:
        padding = -len(self._schema) % 8
        prefix = b"\xff\xff\xff\xff" + (len(self._schema) + padding).to_bytes(4, "little")
        return pa.ipc.read_schema(pa.py_buffer(prefix + self._schema + bytes(padding)))

    def rows_between(self, begin: int, end: int) -> tuple[int, list[Partition]]:
        """The partitions with rows from `begin` up to `end`, and the number of the first one's first row."""
        found: list[Partition] = []
        first = row = 0
        for partition in self.partitions:
            if partition.rows and row < end and row + partition.rows > begin:
                first = first if found else row
                found.append(partition)
            row += partition.rows
        return first, found


def _partition(data: bytes, number: int, at: int) -> Partition:
    rows, size, _, place, codec, folder, crc = _PARTITION.unpack_from(data, at)
    spilled = place == _SPILLED
    return Partition(number, rows, size, folder if spilled else None, _SUFFIXES.get(codec, "") if spilled else "", crc)
