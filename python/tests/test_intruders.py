"""Peers that the local socket must not trust: other users, and lengths that are only claimed."""

from __future__ import annotations

import os
import socket
import struct
from pathlib import Path
from typing import Callable

import pyarrow as pa
import pytest
from daemon import Daemon

import arrowshelf
from arrowshelf import _socket
from arrowshelf._socket import ControlSocket

NOBODY = 65534
HELLO = struct.pack("<IHHIII", 16, _socket.HELLO, 0, 1, 1, 0)


def intrude(path: Path) -> str:
    """What another user's process gets to see. Forked, because the interpreter may lie where others may not look."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
        with socket.socket(socket.AF_UNIX) as peer:
            peer.settimeout(20)
            try:
                peer.connect(str(path))
                peer.sendall(HELLO)
                seen = f"answer of {len(peer.recv(100))} bytes"
            except OSError as error:
                seen = type(error).__name__
        os.write(writing, seen.encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answer:
        seen = answer.read()
    os.waitpid(child, 0)
    return seen


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can start a process of another user")
def test_another_user_is_refused(start_daemon: Callable[..., Daemon], directory: Path) -> None:
    daemon = start_daemon()
    sock = daemon.directory / "shelf.sock"
    assert daemon.directory.stat().st_mode & 0o777 == 0o700
    assert sock.stat().st_mode & 0o777 == 0o600
    assert intrude(sock) == "PermissionError"
    # Even where somebody has opened directory and socket to all, the kernel tells who the peer is.
    directory.chmod(0o711)
    daemon.directory.chmod(0o711)
    sock.chmod(0o666)
    assert intrude(sock) in ("answer of 0 bytes", "ConnectionResetError", "BrokenPipeError")
    with arrowshelf.connect(dir=daemon.directory) as shelf:
        assert shelf.list_keys() == []


def resident_bytes(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_claimed_lengths_cost_nothing(start_daemon: Callable[..., Daemon]) -> None:
    daemon = start_daemon()
    before = resident_bytes(daemon.pid)
    peers = []
    for _ in range(100):
        peer = socket.socket(socket.AF_UNIX)
        peer.connect(str(daemon.directory / "shelf.sock"))
        peer.sendall(struct.pack("<IHH", 64 << 20, _socket.PUT_SMALL, 0) + b"\0" * 1000)
        peers.append(peer)
    link = ControlSocket(daemon.directory)
    for _ in range(200):
        assert link.ping() == daemon.pid
    assert resident_bytes(daemon.pid) - before < 200 << 20
    peers[0].sendall(b"\0" * (4 << 20))  # more than a first buffer holds
    for peer in peers:
        peer.close()
    for bad in (0, 1, 3, (64 << 20) + 1, 2**32 - 1):
        with socket.socket(socket.AF_UNIX) as peer:
            peer.connect(str(daemon.directory / "shelf.sock"))
            peer.sendall(struct.pack("<IHH", bad, 1, 0))
            assert b"PROTOCOL" in peer.recv(1000)
    large = pa.table({"s": ["x" * 60_000_000]})
    _put = b"".join([large.schema.serialize().to_pybytes()])
    with pytest.raises(arrowshelf.InvalidDataError):
        link.request(_socket.PUT_SMALL, struct.pack("<I", 0), _socket.frame_text(b"k"), _socket.frame_text(_put + b"x" * (50 << 20)))
    assert link.ping() == daemon.pid
    link.close()


def test_more_keys_than_one_frame_holds(start_daemon: Callable[..., Daemon]) -> None:
    daemon = start_daemon()
    table = pa.table({"a": [1]})
    with arrowshelf.connect(dir=daemon.directory) as shelf:
        keys = {f"{number:05}" + "k" * 65_000 for number in range(1100)}
        for key in keys:
            shelf.put(table, key)
        listed = shelf.list_keys()
    assert len(listed) == len(keys)
    assert set(listed) == keys
