"""Arrow data as IPC messages, without copying it: pyarrow's stream writer writes into a sink that only remembers.

Metadata comes as bytes, each body buffer as the Arrow buffer itself, already trimmed to the slice that is meant.
"""

from __future__ import annotations

from bisect import bisect_right
from struct import Struct
from typing import Iterator, Optional, Union

import pyarrow as pa

Piece = Union[bytes, pa.Buffer]

_PREFIX = Struct("<Ii")
_U16 = Struct("<H")
_I32 = Struct("<i")
_U32 = Struct("<I")
_I64 = Struct("<q")
_CONTINUATION = 0xFFFFFFFF
_BODY_LENGTH_ENTRY = 10


class _Sink:
    """The file object that pa.PythonFile writes to."""

    closed = False

    def __init__(self) -> None:
        self.pieces: list[Piece] = []

    def write(self, piece: Piece) -> int:
        self.pieces.append(piece)
        return len(piece)

    def flush(self) -> None:
        pass

    def close(self) -> None:
        pass

    def readable(self) -> bool:
        return False

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False


class Capture:
    """One IPC stream in the making; `take()` hands out what was written since the last time."""

    def __init__(self, schema: pa.Schema) -> None:
        self._sink = _Sink()
        self._writer = pa.ipc.new_stream(pa.PythonFile(self._sink, mode="w"), schema, options=_OPTIONS)

    def write(self, data: "pa.Table | pa.RecordBatch") -> None:
        self._writer.write(data)

    def finish(self) -> None:
        """Writes the end of the stream."""
        self._writer.close()

    def byte_count(self) -> int:
        return sum(map(len, self._sink.pieces))

    def take(self) -> list[Piece]:
        pieces = self._sink.pieces[:]
        self._sink.pieces.clear()
        return pieces


class Messages:
    """IPC messages: their metadata, and the bodies as one row of bytes that a plan counts its positions in."""

    def __init__(self, pieces: list[Piece]) -> None:
        self.metadata: list[bytes] = []
        self.body_bytes: list[int] = []
        self.total = 0
        self._starts: list[int] = []
        self._parts: list[pa.Buffer] = []
        self._paddings: set[int] = set()
        self._split(iter(pieces))

    def ranges(self, position: int, count: int) -> Iterator[tuple[int, int]]:
        """The memory of a range of body bytes: (address, bytes), in order."""
        if position < 0 or count < 0 or position + count > self.total:
            raise ValueError(f"Plan is beyond the bodies: position={position}, bytes={count}, total={self.total}")
        number = bisect_right(self._starts, position) - 1
        while count > 0:
            part = self._parts[number]
            inside = position - self._starts[number]
            length = min(part.size - inside, count)
            if length > 0:
                yield part.address + inside, length
            position, count, number = position + length, count - length, number + 1

    def buffers(self) -> Iterator[tuple[int, pa.Buffer]]:
        """The non-empty buffers of the bodies without the padding between them, each with its position."""
        for number, part in enumerate(self._parts):
            if number not in self._paddings:
                yield self._starts[number], part

    def encode(self, first: int = 0, last: Optional[int] = None) -> bytes:
        """The messages as the local protocol writes them."""
        out: list[bytes] = []
        for metadata, body in zip(self.metadata[first:last], self.body_bytes[first:last]):
            out += (_U32.pack(len(metadata)), metadata, _I64.pack(body))
        return _U32.pack(len(out) // 3) + b"".join(out)

    def _split(self, pieces: Iterator[Piece]) -> None:
        pending = b""
        for piece in pieces:
            pending += bytes(piece)
            if len(pending) < 8:
                continue
            marker, length = _PREFIX.unpack_from(pending)
            if marker != _CONTINUATION:
                raise ValueError(f"IPC message does not begin with its marker: found={marker}")
            if len(pending) < 8 + length:
                continue
            if length == 0:
                return
            metadata, pending = pending[8 : 8 + length], b""
            body = body_length(metadata)
            self.metadata.append(metadata)
            self.body_bytes.append(body)
            end = self.total + body
            while self.total < end:
                self._add_part(next(pieces))

    def _add_part(self, piece: Piece) -> None:
        if len(piece) == 0:
            return
        self._starts.append(self.total)
        if isinstance(piece, pa.Buffer):
            self._parts.append(piece)
        else:
            self._paddings.add(len(self._parts))
            self._parts.append(pa.py_buffer(piece))
        self.total += len(piece)


def body_length(metadata: bytes) -> int:
    """The field bodyLength of the flatbuffer `Message`."""
    table = _U32.unpack_from(metadata, 0)[0]
    vtable = table - _I32.unpack_from(metadata, table)[0]
    if _U16.unpack_from(metadata, vtable)[0] <= _BODY_LENGTH_ENTRY:
        return 0
    field = _U16.unpack_from(metadata, vtable + _BODY_LENGTH_ENTRY)[0]
    return int(_I64.unpack_from(metadata, table + field)[0]) if field else 0


_OPTIONS = pa.ipc.IpcWriteOptions(metadata_version=pa.ipc.MetadataVersion.V5, allow_64bit=True)
