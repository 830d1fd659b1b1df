"""The control socket of a shelf: frames and verbs (docs/spec/local-protocol.md)."""

from __future__ import annotations

import errno
import math
import os
import socket
from pathlib import Path
from struct import Struct
from typing import NamedTuple, Optional
from weakref import WeakSet

from .exceptions import ArrowShelfError, ConnectionError, server_error

HELLO, PING, PUT_SMALL, PUT_BEGIN, PUT_APPEND, PUT_COMMIT, PUT_ABORT, DELETE, DELETE_ALL, LIST = range(1, 11)
STATUS, SHUTDOWN, PLACE_BEGIN, PLACE_GROW, PLACE_COMMIT, INFO, QUERY, QUERY_CANCEL, SEARCH, WITHIN = range(11, 21)
INDEX_BUILD, INDEX_STATE, INDEX_CANCEL, INDEX_LIST, INDEX_DROP = range(21, 26)
TOUCH, RECALL, SPILL, DETAILS, PERSIST, LOAD, PERSISTED, FORGET_PERSISTED, PUBLISH, PROMOTE = range(32, 42)

CLIENT_POPULATES, FAIL_WHEN_EXISTS, VALIDATE_UTF8, RETENTION = 1, 2, 4, 8
"""Flags of a put."""

PROTOCOL_VERSION = 1
MAX_FRAME = 64 << 20
ANSWER_SECONDS = 300
PING_SECONDS = 5

U32 = Struct("<I")
U64 = Struct("<Q")
_HEADER = Struct("<IHH")
_TIMEVAL = Struct("@ll")
_RECEIVE_BYTES = 64 << 10
_HAS_TIER = 1
_LONGEST_SOCKET_PATH = 108

open_sockets: "WeakSet[ControlSocket]" = WeakSet()
"""All sockets of this process, so that a forked child can let go of its copies."""


class BrokenLinkError(ConnectionError):
    """The daemon went away; `sent` says whether it may have seen the request."""

    def __init__(self, message: str, sent: bool) -> None:
        super().__init__(message)
        self.sent = sent


class Greeting(NamedTuple):
    """What the owner says of itself at the beginning."""

    shelf_id: bytes
    directory: str
    small_limit: int
    key_limit: int
    has_tier: bool


class Cursor:
    """Reads the parts of an answer one after the other."""

    __slots__ = ("data", "offset")

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.offset = 0

    def u32(self) -> int:
        self.offset += 4
        return int(U32.unpack_from(self.data, self.offset - 4)[0])

    def u64(self) -> int:
        self.offset += 8
        return int(U64.unpack_from(self.data, self.offset - 8)[0])

    def raw(self, count: int) -> bytes:
        part = self.data[self.offset : self.offset + count]
        if len(part) < count:
            raise ArrowShelfError(f"Answer is cut short: wanted={count}, left={len(part)}")
        self.offset += count
        return part

    def text(self) -> str:
        return self.raw(self.u32()).decode("utf-8")


class ControlSocket:
    """One connection to the owner, for one thread of one process; closed when nobody uses it any more."""

    _socket: Optional[socket.socket] = None

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.pid = os.getpid()
        self._socket = _connect(directory)
        open_sockets.add(self)
        self._wait_at_most(ANSWER_SECONDS)
        try:
            self.greeting = self._greet()
        except BaseException:
            self.close()
            raise

    @property
    def is_open(self) -> bool:
        return self._socket is not None and self.pid == os.getpid()

    def request(self, verb: int, *parts: "bytes | memoryview") -> bytes:
        """Sends one request and waits for its answer; an error answer is raised as its exception."""
        connection = self._socket
        if connection is None:
            raise BrokenLinkError("Connection to the daemon is closed", sent=False)
        payload = b"".join(parts)
        if len(payload) + 4 > MAX_FRAME:
            raise ArrowShelfError(f"Request is larger than a frame: bytes={len(payload)}, most={MAX_FRAME}")
        sent = False
        try:
            connection.sendall(_HEADER.pack(len(payload) + 4, verb, 0) + payload)
            sent = True
            code, answer = self._receive(connection)
        except OSError as error:
            self.close()
            if error.errno == errno.EAGAIN:
                raise ConnectionError(f"Daemon does not answer in time: verb={verb}") from error
            raise BrokenLinkError(f"Connection to the daemon broke: verb={verb}, error={error}", sent) from error
        except BaseException:
            self.close()
            raise
        if code:
            cursor = Cursor(answer)
            raise server_error(cursor.text(), cursor.text(), cursor.text())
        return answer

    def wait_longer(self, seconds: Optional[float]) -> None:
        """How long answers may take from now on: a query's own limit, or as long as it takes."""
        self._wait_at_most(0 if seconds is None else math.ceil(seconds) + ANSWER_SECONDS)

    def wait_as_usual(self) -> None:
        self._wait_at_most(ANSWER_SECONDS)

    def ping(self) -> int:
        """The owner's pid; waits a few seconds only."""
        self._wait_at_most(PING_SECONDS)
        answer = self.request(PING)
        self._wait_at_most(ANSWER_SECONDS)
        return Cursor(answer).u64()

    def wait_until_closed(self, seconds: float) -> None:
        """Waits until the owner closes this connection, as it does when it stops."""
        connection = self._socket
        if connection is not None:
            connection.settimeout(seconds)
            try:
                while connection.recv(4096):
                    pass
            except OSError:
                pass
        self.close()

    def close(self) -> None:
        connection, self._socket = self._socket, None
        if connection is not None:
            connection.close()

    __del__ = close

    def _greet(self) -> Greeting:
        name = b"python"
        answer = self.request(
            HELLO, U32.pack(PROTOCOL_VERSION), U32.pack(self.pid & 0xFFFFFFFF), U32.pack(len(name)), name
        )
        cursor = Cursor(answer)
        version = cursor.u32()
        if version != PROTOCOL_VERSION:
            raise ConnectionError(f"Daemon speaks another protocol: version={version}, known={PROTOCOL_VERSION}")
        shelf_id, directory, small_limit, key_limit = cursor.raw(16), cursor.text(), cursor.u32(), cursor.u32()
        features = cursor.u32() if cursor.offset < len(answer) else 0
        return Greeting(shelf_id, directory, small_limit, key_limit, bool(features & _HAS_TIER))

    def _receive(self, connection: socket.socket) -> tuple[int, bytes]:
        data = connection.recv(_RECEIVE_BYTES)
        while 0 < len(data) < 8:
            more = connection.recv(_RECEIVE_BYTES)
            data = data + more if more else b""
        if not data:
            raise OSError(errno.ECONNRESET, "closed by the daemon")
        length, code, _ = _HEADER.unpack_from(data)
        missing = length + 4 - len(data)
        if length < 4 or length > MAX_FRAME or missing < 0:
            raise OSError(errno.EPROTO, f"frame of {length} bytes")
        if not missing:
            return code, data[8:]
        whole = bytearray(length + 4)
        whole[: len(data)] = data
        rest = memoryview(whole)[len(data) :]
        while len(rest):
            count = connection.recv_into(rest)
            if not count:
                raise OSError(errno.ECONNRESET, "closed by the daemon")
            rest = rest[count:]
        return code, bytes(memoryview(whole)[8:])

    def _wait_at_most(self, seconds: int) -> None:
        if self._socket is not None:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, _TIMEVAL.pack(seconds, 0))


def frame_millis(seconds: "Optional[float]") -> bytes:
    """A time from now on as the protocol writes it: None says nothing, infinity is for ever."""
    if seconds is None:
        return U64.pack(0)
    if math.isinf(seconds):
        return U64.pack((1 << 63) - 1)
    return U64.pack(max(1, round(seconds * 1000)))


def frame_text(data: bytes) -> bytes:
    """`bytes` and `text` as the protocol writes them."""
    return U32.pack(len(data)) + data


def close_inherited_sockets() -> None:
    """In a forked child: closes its copies of the parent's connections."""
    for connection in list(open_sockets):
        connection.close()
    open_sockets.clear()


def _connect(directory: Path) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    path = str(directory / "shelf.sock")
    try:
        if len(os.fsencode(path)) < _LONGEST_SOCKET_PATH:
            connection.connect(path)
        else:
            _connect_by_descriptor(connection, directory)
    except OSError as error:
        connection.close()
        raise BrokenLinkError(
            f"Daemon does not answer: directory={directory}, error={error.strerror}", sent=False
        ) from error
    return connection


def _connect_by_descriptor(connection: socket.socket, directory: Path) -> None:
    """Names the directory by an open descriptor, because the kernel takes no longer path."""
    descriptor = os.open(directory, os.O_PATH | os.O_CLOEXEC)
    try:
        connection.connect(f"/proc/self/fd/{descriptor}/shelf.sock")
    finally:
        os.close(descriptor)
