"""Damaged and hostile Arrow bytes: refused with a typed error, or stored as a table that is valid through and through."""

from __future__ import annotations

import os
import random
from typing import Callable, Iterator

import pyarrow as pa
import pytest
from daemon import Daemon
from test_api import TABLES

import arrowshelf
from arrowshelf import _put, _socket
from arrowshelf._capture import Capture, Messages, Piece
from arrowshelf._socket import U32, ControlSocket, frame_text

SEED = int(os.environ.get("SHELF_SEED", 1))
ROUNDS = int(os.environ.get("SHELF_FUZZ_ROUNDS", 40))
TOLERATED = ("does not fit in precision",)
"""What pyarrow's full validation finds beyond docs/spec/segments.md section 4: wrong figures, and no access out of bounds."""

KEY = b"hostile"
VALIDATE = _put.PutOptions().flags | _socket.VALIDATE_UTF8


@pytest.fixture
def link(shared_daemon: Daemon) -> Iterator[ControlSocket]:
    connection = ControlSocket(shared_daemon.directory)
    yield connection
    connection.close()


def pieces_of(table: pa.Table) -> list[Piece]:
    capture = Capture(table.schema)
    capture.write(table)
    capture.finish()
    return capture.take()


def damaged(data: bytes, dice: random.Random) -> bytes:
    """A copy with some bits flipped, bytes replaced by telling ones, or parts cut, doubled or moved."""
    out = bytearray(data)
    for _ in range(dice.choice([1, 1, 1, 2, 5])):
        if not out:
            break
        place = dice.randrange(len(out))
        kind = dice.randrange(6)
        if kind == 0:
            out[place] ^= 1 << dice.randrange(8)
        elif kind == 1:
            out[place] = dice.choice([0, 1, 0x7F, 0x80, 0xFF])
        elif kind == 2:
            number = dice.choice([0, -1, 2**31 - 1, -(2**31), 2**30, len(out), len(out) + 1])
            place = place // 4 * 4
            out[place : place + 4] = number.to_bytes(4, "little", signed=True)[: len(out) - place]
        elif kind == 3:
            number = dice.choice([-1, 2**63 - 1, -(2**63), 2**40, len(out)])
            place = place // 8 * 8
            out[place : place + 8] = number.to_bytes(8, "little", signed=True)[: len(out) - place]
        elif kind == 4:
            del out[place : place + dice.choice([1, 4, 8, 64])]
        else:
            other = dice.randrange(len(out))
            out[place : place + 8] = out[other : other + 8]
    return bytes(out)


def invalid(shared_daemon: Daemon, put: Callable[[], object]) -> str:
    """Why what was stored is not valid; empty when it is, or when it was refused."""
    try:
        put()
    except (arrowshelf.InvalidDataError, arrowshelf.OutOfMemoryError):
        return ""
    with arrowshelf.connect(dir=shared_daemon.directory) as shelf:
        table = shelf.get_arrow(KEY.decode())
        try:
            table.validate(full=True)
        except (pa.ArrowInvalid, UnicodeDecodeError) as error:
            return "" if any(reason in str(error) for reason in TOLERATED) else str(error)
    return ""


@pytest.mark.parametrize("name", TABLES)
def test_damaged_streams(shared_daemon: Daemon, link: ControlSocket, name: str) -> None:
    dice = random.Random(f"{SEED} {name}")
    stream = b"".join(bytes(piece) for piece in pieces_of(TABLES[name].slice(0, 200)))
    found = []
    for _ in range(ROUNDS):
        request = (U32.pack(VALIDATE), frame_text(KEY), frame_text(damaged(stream, dice)))
        found.append(invalid(shared_daemon, lambda request=request: link.request(_socket.PUT_SMALL, *request)))
    assert not any(found), "\n".join([f"SHELF_SEED={SEED}", *filter(None, found)])
    assert link.ping() > 0


@pytest.mark.parametrize("name", TABLES)
def test_damaged_messages_of_a_plan(shared_daemon: Daemon, link: ControlSocket, name: str) -> None:
    dice = random.Random(f"{SEED} plan {name}")
    pieces = pieces_of(TABLES[name])
    found = []
    for _ in range(ROUNDS):
        messages = Messages(pieces)
        buffers = [number for number, part in enumerate(messages._parts) if part.size > 8]
        if dice.random() < 0.5 or not buffers:
            number = dice.randrange(len(messages.metadata))
            messages.metadata[number] = damaged(messages.metadata[number], dice)
        else:
            number = dice.choice(buffers)
            bad = messages._parts[number].to_pybytes()
            messages._parts[number] = pa.py_buffer(damaged(bad, dice)[: len(bad)].ljust(len(bad), b"\0"))
        found.append(invalid(shared_daemon, lambda messages=messages: put_by_plan(link, messages)))
    assert not any(found), "\n".join([f"SHELF_SEED={SEED}", *filter(None, found)])
    assert link.ping() > 0


def put_by_plan(link: ControlSocket, messages: Messages) -> None:
    transfer = _put._Transfer(link, KEY, Checked())
    try:
        transfer._copy(messages, 0, transfer._announce(messages.encode()))
        transfer.commit()
    finally:
        transfer.abort()


class Checked(_put.PutOptions):
    """Options that have the text checked too."""

    @property
    def flags(self) -> int:
        return VALIDATE


def test_nothing_is_left_of_what_was_refused(shared_daemon: Daemon) -> None:
    from daemon import wait_until

    with arrowshelf.connect(dir=shared_daemon.directory) as shelf:
        shelf.delete_all()
        wait_until(lambda: shelf.memory_usage()["writing_bytes"] == 0, "half-written files to be removed")
        assert shelf.list_keys() == []
