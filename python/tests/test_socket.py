"""Frames against a scripted owner on a real Unix socket."""

from __future__ import annotations

import os
import socket
import struct
import threading
from pathlib import Path
from typing import Callable, Iterator

import pytest

from arrowshelf import ArrowShelfError, ConnectionError, KeyNotFoundError, OutOfMemoryError, ServerError, _socket
from arrowshelf._socket import BrokenLinkError, ControlSocket, Cursor

Script = Callable[[socket.socket], None]


def frame(code: int, payload: bytes) -> bytes:
    return struct.pack("<IHH", len(payload) + 4, code, 0) + payload


def text(value: str) -> bytes:
    return struct.pack("<I", len(value.encode())) + value.encode()


def read_frame(peer: socket.socket) -> tuple[int, bytes]:
    data = b""
    while len(data) < 8 or len(data) < struct.unpack_from("<I", data)[0] + 4:
        more = peer.recv(1 << 20)
        if not more:
            return -1, b""
        data += more
    return struct.unpack_from("<H", data, 4)[0], data[8:]


GREETING = struct.pack("<I", 1) + bytes(range(16)) + text("/dev/shm/x") + struct.pack("<II", 65536, 65535)


@pytest.fixture
def serve(directory: Path) -> Iterator[Callable[[Script], ControlSocket]]:
    """Greets one client, then follows the script."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(directory / "shelf.sock"))
    listener.listen()
    threads: list[threading.Thread] = []

    def start(script: Script) -> ControlSocket:
        def run() -> None:
            with listener.accept()[0] as peer:
                verb, payload = read_frame(peer)
                assert verb == _socket.HELLO
                assert struct.unpack_from("<II", payload) == (1, os.getpid())
                peer.sendall(frame(0, GREETING))
                script(peer)

        threads.append(threading.Thread(target=run))
        threads[-1].start()
        return ControlSocket(directory)

    yield start
    listener.close()
    for thread in threads:
        thread.join(10)


def test_greeting_tells_of_the_shelf(serve: Callable[[Script], ControlSocket]) -> None:
    link = serve(lambda peer: None)
    assert link.greeting == (bytes(range(16)), "/dev/shm/x", 65536, 65535, False)
    link.close()


def test_answer_in_pieces_is_put_together(serve: Callable[[Script], ControlSocket]) -> None:
    answer = os.urandom(300_000)

    def script(peer: socket.socket) -> None:
        assert read_frame(peer) == (_socket.DELETE, b"abcdef")
        data = frame(0, answer)
        for start in (0, 3, 8, 50_000):
            end = {0: 3, 3: 8, 8: 50_000, 50_000: len(data)}[start]
            peer.sendall(data[start:end])

    link = serve(script)
    assert link.request(_socket.DELETE, b"abc", b"def") == answer
    link.close()


@pytest.mark.parametrize(
    ("code", "kind"),
    [("NOT_FOUND", KeyNotFoundError), ("OUT_OF_MEMORY", OutOfMemoryError), ("SOMETHING_NEW", ServerError)],
)
def test_error_answers_are_typed_and_leave_the_connection_usable(
    serve: Callable[[Script], ControlSocket], code: str, kind: type[ServerError]
) -> None:
    def script(peer: socket.socket) -> None:
        read_frame(peer)
        peer.sendall(frame(1, text("USER") + text(code) + text("Fact: name=value")))
        read_frame(peer)
        peer.sendall(frame(0, struct.pack("<Q", 77)))

    link = serve(script)
    with pytest.raises(kind, match="^Fact: name=value$") as caught:
        link.request(_socket.DELETE)
    assert (caught.value.kind, caught.value.code) == ("USER", code)
    assert link.ping() == 77
    link.close()


def test_owner_that_goes_away_breaks_the_link(serve: Callable[[Script], ControlSocket]) -> None:
    link = serve(lambda peer: read_frame(peer) and None)
    with pytest.raises(BrokenLinkError) as caught:
        link.request(_socket.LIST)
    assert caught.value.sent
    assert isinstance(caught.value, ConnectionError)
    assert not link.is_open
    with pytest.raises(BrokenLinkError) as caught:
        link.request(_socket.LIST)
    assert not caught.value.sent


@pytest.mark.parametrize("answer", [b"\0\0\0\0\0\0\0\0", b"\xff" * 8, frame(0, b"")[:6]])
def test_broken_frames_end_the_connection(serve: Callable[[Script], ControlSocket], answer: bytes) -> None:
    def script(peer: socket.socket) -> None:
        read_frame(peer)
        peer.sendall(answer)

    link = serve(script)
    with pytest.raises(ConnectionError):
        link.request(_socket.LIST)
    assert not link.is_open


def test_silent_owner_is_not_waited_for_without_end(
    serve: Callable[[Script], ControlSocket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_socket, "PING_SECONDS", 1)
    done = threading.Event()
    link = serve(lambda peer: done.wait(30) and None)
    with pytest.raises(ConnectionError, match="in time"):
        link.ping()
    done.set()


def test_nobody_there(directory: Path) -> None:
    with pytest.raises(ConnectionError, match=str(directory)):
        ControlSocket(directory)


def test_path_longer_than_a_socket_address(directory: Path) -> None:
    deep = directory / ("d" * 60) / ("e" * 60)
    deep.mkdir(parents=True)
    here = os.open(deep, os.O_RDONLY)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(f"/proc/self/fd/{here}/shelf.sock")
    listener.listen()

    def run() -> None:
        with listener.accept()[0] as peer:
            read_frame(peer)
            peer.sendall(frame(0, GREETING))

    thread = threading.Thread(target=run)
    thread.start()
    ControlSocket(deep).close()
    thread.join(10)
    listener.close()
    os.close(here)


def test_too_large_a_request_is_refused_before_it_is_sent(serve: Callable[[Script], ControlSocket]) -> None:
    link = serve(lambda peer: None)
    with pytest.raises(ArrowShelfError, match="larger than a frame"):
        link.request(_socket.PUT_SMALL, bytes(_socket.MAX_FRAME))
    link.close()


def test_answers_that_end_early_are_an_error() -> None:
    with pytest.raises(ArrowShelfError, match="cut short"):
        Cursor(struct.pack("<I", 10) + b"abc").text()
