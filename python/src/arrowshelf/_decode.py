"""Arrow tables out of mapped bytes: segments are IPC files, payloads of slabs are IPC streams. Nothing is copied."""

from __future__ import annotations

import zlib
from struct import Struct
from typing import Optional

import pyarrow as pa

from ._capture import body_length
from ._control import Slot

_PREFIX = Struct("<Ii")
_RECORD = Struct("<4x4sQIIII20xI8x")
_RECORD_MAGIC = b"ASR1"
_ALIGNMENT = 64
_END_BYTES = 8
_MOST_SCHEMAS = 256

_schemas: dict[bytes, Optional[pa.Schema]] = {}
"""Parsed schemas by the bytes of their message; None where batches cannot be read without the stream (dictionaries)."""


def read_segments(buffers: list[pa.Buffer]) -> pa.Table:
    """The table whose partitions are these IPC files, in order."""
    tables = [pa.ipc.open_file(buffer).read_all() for buffer in buffers]
    if len(tables) == 1:
        return tables[0]
    return (
        pa.concat_tables(tables)
        if tables[0].num_columns
        else pa.Table.from_batches([batch for table in tables for batch in table.to_batches()], tables[0].schema)
    )


def read_payload(slab: pa.Buffer, view: memoryview, offset: int, size: int) -> pa.Table:
    """The table whose IPC stream lies at `offset` of a mapped slab."""
    schema_bytes = 8 + _PREFIX.unpack_from(view, offset)[1]
    message = bytes(view[offset : offset + schema_bytes])
    schema = _schemas[message] if message in _schemas else _remember(message)
    batch = offset + schema_bytes
    end = offset + size - _END_BYTES
    if schema is not None and end - batch > 8:
        metadata = _PREFIX.unpack_from(view, batch)[1]
        body = body_length(bytes(view[batch + 8 : batch + 8 + metadata]))
        if 0 <= end - (batch + 8 + metadata + body) < 64:
            return pa.Table.from_batches([pa.ipc.read_record_batch(slab.slice(batch, end - batch), schema)])
    return pa.ipc.open_stream(slab.slice(offset, size)).read_all()


def is_record_of(slab: memoryview, slot: Slot, key: bytes) -> bool:
    """Whether a slab has a whole record of this table where its slot says: for slabs on disk, which nobody has checked."""
    start = slot.payload_offset - _rounded(_RECORD.size + len(key))
    if start < _RECORD.size or start % _ALIGNMENT or start + _RECORD.size > len(slab):
        return False
    magic, generation, size, key_bytes, payload, payload_bytes, crc = _RECORD.unpack_from(slab, start)
    if (magic, generation, key_bytes, payload) != (_RECORD_MAGIC, slot.generation, len(key), slot.payload_offset - start):
        return False
    if payload_bytes != slot.payload_bytes or size != _rounded(payload + payload_bytes) or start + size > len(slab):
        return False
    stored = slab[start + _RECORD.size : start + _RECORD.size + key_bytes]
    seen = zlib.crc32(slab[start + 4 : start + 52])
    seen = zlib.crc32(slab[start + payload : start + payload + payload_bytes], zlib.crc32(stored, seen))
    return seen == crc and stored == key


def _rounded(size: int) -> int:
    return -(-size // _ALIGNMENT) * _ALIGNMENT


def _remember(message: bytes) -> Optional[pa.Schema]:
    schema = pa.ipc.read_schema(pa.py_buffer(message))
    known = None if any(_has_dictionary(field.type) for field in schema) else schema
    if len(_schemas) >= _MOST_SCHEMAS:
        _schemas.clear()
    _schemas[message] = known
    return known


def _has_dictionary(kind: pa.DataType) -> bool:
    if isinstance(kind, pa.BaseExtensionType):
        kind = kind.storage_type
    return pa.types.is_dictionary(kind) or any(
        _has_dictionary(kind.field(number).type) for number in range(kind.num_fields)
    )
