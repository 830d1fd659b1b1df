"""Putting: small tables travel whole in one request, large ones are copied to where the owner's plan says."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass, field
from pathlib import Path
from struct import Struct
from typing import Optional

from . import _mapping, _socket
from ._capture import Capture, Messages, Piece
from ._convert import Source
from ._lanes import in_lanes
from ._mapping import HUGE, Mapping
from ._socket import U32, U64, BrokenLinkError, ControlSocket, Cursor, frame_text
from .exceptions import ArrowShelfError

_COPY = Struct("<QQQII")
_PARALLEL_BYTES = 8 << 20
_LARGEST_CHUNK = 32 << 20
_STREAM_FLUSH_BYTES = 64 << 20
_METADATA_PER_REQUEST = 16 << 20


@dataclass(frozen=True)
class PutOptions:
    """How to put: partition limits (0: none), whether an existing key is replaced, how long the table is kept.

    Times are seconds; None leaves them to the shelf, infinity is for ever. `metadata` is a JSON text.
    """

    partition_rows: int = 0
    partition_bytes: int = 0
    overwrite: bool = True
    time_to_live: Optional[float] = None
    max_idle: Optional[float] = None
    metadata: str = ""

    @property
    def is_retained(self) -> bool:
        """Whether anything is said about how long the table is kept, or about the table."""
        return self.time_to_live is not None or self.max_idle is not None or bool(self.metadata)

    def head(self, key: bytes, flags: int) -> bytes:
        """What every request begins with that puts a table."""
        head = U32.pack(flags) + frame_text(key)
        if flags & _socket.RETENTION:
            head += _socket.frame_millis(self.time_to_live) + _socket.frame_millis(self.max_idle)
            head += frame_text(self.metadata.encode("utf-8"))
        return head

    @property
    def flags(self) -> int:
        populate = _socket.CLIENT_POPULATES if _mapping.can_populate() else 0
        retained = _socket.RETENTION if self.is_retained else 0
        return populate | retained | (0 if self.overwrite else _socket.FAIL_WHEN_EXISTS)


def put(link: ControlSocket, key: bytes, source: Source, options: PutOptions) -> None:
    """Puts a table. An error before the commit leaves nothing behind; `BrokenLinkError.sent` says which it was."""
    capture = Capture(source.schema)
    transfer: Optional[_Transfer] = None
    parts = 0
    try:
        for part in source.parts(options.partition_rows, options.partition_bytes):
            capture.write(part)
            parts += 1
            if source.is_made and capture.byte_count() >= _STREAM_FLUSH_BYTES:
                transfer = transfer or _Transfer(link, key, options)
                transfer.send(capture.take())
        capture.finish()
        pieces = capture.take()
        partitioned = parts > 1 and (options.partition_rows or options.partition_bytes)
        if transfer is None and not partitioned and sum(map(len, pieces)) <= link.greeting.small_limit:
            _put_small(link, key, pieces, options)
            return
        transfer = transfer or _Transfer(link, key, options)
        transfer.send(pieces)
        transfer.commit()
    except BaseException:
        if transfer is not None:
            transfer.abort()
        raise


def _put_small(link: ControlSocket, key: bytes, pieces: list[Piece], options: PutOptions) -> None:
    stream = b"".join(pieces)  # type: ignore[arg-type]
    flags = options.flags & ~_socket.CLIENT_POPULATES
    link.request(_socket.PUT_SMALL, options.head(key, flags), U32.pack(len(stream)), stream)


@dataclass
class _File:
    """A file of a plan while it is being filled."""

    path: Path
    size: int
    warm: int
    mapping: Mapping


@dataclass
class _Chunk:
    """Part of a file that one thread fills: ranges of (address, bytes, offset in the file)."""

    file: _File
    start: int
    end: int = 0
    ranges: list[tuple[int, int, int]] = field(default_factory=list)


class _Transfer:
    """One put by plan, from PUT_BEGIN to PUT_COMMIT."""

    def __init__(self, link: ControlSocket, key: bytes, options: PutOptions) -> None:
        self._link = link
        self._key = key
        self._options = options
        self._put: Optional[int] = None
        self._files: dict[int, _File] = {}

    def send(self, pieces: list[Piece]) -> None:
        """Announces messages and copies their bodies to where the owner wants them."""
        messages = Messages(pieces)
        first = position = 0
        while first < len(messages.metadata):
            last, size = first, 0
            while last < len(messages.metadata) and (last == first or size < _METADATA_PER_REQUEST):
                size += len(messages.metadata[last]) + 12
                last += 1
            plan = self._announce(messages.encode(first, last))
            self._copy(messages, position, plan)
            position += sum(messages.body_bytes[first:last])
            first = last

    def commit(self) -> None:
        """Publishes the table."""
        self._close_files()
        put, self._put = self._put, None
        self._link.request(_socket.PUT_COMMIT, U64.pack(put or 0))

    def abort(self) -> None:
        """Gives up; the owner throws away what was copied."""
        self._close_files()
        put, self._put = self._put, None
        if put is not None and self._link.is_open:
            try:
                self._link.request(_socket.PUT_ABORT, U64.pack(put))
            except ArrowShelfError:
                self._link.close()

    def _announce(self, messages: bytes) -> Cursor:
        try:
            if self._put is not None:
                return Cursor(self._link.request(_socket.PUT_APPEND, U64.pack(self._put), messages))
            options = self._options
            limits = U64.pack(options.partition_rows) + U64.pack(options.partition_bytes)
            head = options.head(self._key, options.flags) + limits
            plan = Cursor(self._link.request(_socket.PUT_BEGIN, head, messages))
            self._put = plan.u64()
            return plan
        except BrokenLinkError as error:
            error.sent = False
            raise

    def _copy(self, messages: Messages, base: int, plan: Cursor) -> None:
        for _ in range(plan.u32()):
            number, name, size, warm = plan.u32(), plan.text(), plan.u64(), plan.u64()
            self._open(number, name, size, warm)
        count = plan.u32()
        copies = list(_COPY.iter_unpack(plan.raw(count * _COPY.size)))
        total = sum(copy[1] for copy in copies)
        chunks = self._chunks(messages, base, copies, total)
        if total < _PARALLEL_BYTES:
            for chunk in chunks:
                _fill(chunk)
        else:
            in_lanes(_fill, chunks)

    def _open(self, number: int, name: str, size: int, warm: int) -> None:
        if not name.startswith("tmp/") or ".." in name:
            raise ArrowShelfError(f"Plan names a file outside tmp/: file={name!r}")
        path = self._link.directory / name
        old = self._files.pop(number, None)
        if old is not None:
            old.mapping.close()
        self._files[number] = _File(path, size, warm, Mapping.writable(path, size))

    def _chunks(
        self, messages: Messages, base: int, copies: list[tuple[int, int, int, int, int]], total: int
    ) -> list[_Chunk]:
        """The copies by the part of the file that they go to, so that each part gets its pages once."""
        step = min(max(total // 8 // HUGE, 1) * HUGE, _LARGEST_CHUNK)
        chunks: dict[tuple[int, int], _Chunk] = {}
        for position, count, offset, number, encoding in copies:
            file = self._files.get(number)
            if file is None or encoding or offset + count > file.size:
                raise ArrowShelfError(f"Plan cannot be followed: file={number}, offset={offset}, encoding={encoding}")
            for address, length in messages.ranges(base + position, count):
                while length > 0:
                    place = offset // step
                    chunk = chunks.get((number, place))
                    if chunk is None:
                        chunk = chunks[number, place] = _Chunk(file, offset)
                    part = min(length, (place + 1) * step - offset)
                    chunk.ranges.append((address, part, offset))
                    chunk.start, chunk.end = min(chunk.start, offset), max(chunk.end, offset + part)
                    address, offset, length = address + part, offset + part, length - part
        return list(chunks.values())

    def _close_files(self) -> None:
        while self._files:
            self._files.popitem()[1].mapping.close()


def _fill(chunk: _Chunk) -> None:
    file = chunk.file
    cold = max(chunk.start, file.warm)
    if cold < chunk.end and _mapping.can_populate():
        _mapping.prepare(file.mapping, cold, chunk.end, file.size)
    for address, length, offset in chunk.ranges:
        ctypes.memmove(file.mapping.address + offset, address, length)
