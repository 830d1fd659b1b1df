"""The control block of a shelf: which tables there are and where they lie (docs/spec/shelf-directory.md).

Only the owner writes it; this module maps it read-only. Words are read singly, each slot is checked by its CRC.
"""

from __future__ import annotations

import hashlib
import mmap
import os
import socket
import time
import zlib
from pathlib import Path
from struct import Struct
from typing import Iterator, NamedTuple, Optional

from ._access import Stamps
from ._mapping import FileGoneError, open_file
from .exceptions import ArrowShelfError, CatalogueBusyError

MAGIC = b"ASHCTRL1"
HEADER_BYTES = 4096
SLOT_BYTES = 96
LIVE, WITHDRAWN = 1, 2
SLAB, SEGMENTS, SPILLED_SLAB = 1, 2, 3

SUPERSEDED, OWNER_PID, OWNER_START, HEARTBEAT, CHANGES = 2, 3, 4, 5, 6
"""Numbers of the header's 8-byte words that are read singly."""

_SLOT = Struct("<Q16sQQIHHQIIQQQII")
_FIXED = Struct("<8sII")
_TRIES = 100
_WAIT_SECONDS = 1.0


class Slot(NamedTuple):
    """One live table as its slot says."""

    number: int
    sequence: int
    generation: int
    key_offset: int
    key_bytes: int
    state: int
    place: int
    locator: int
    payload_offset: int
    payload_bytes: int
    rows: int
    size: int
    created_millis: int
    columns: int

    @property
    def in_slab(self) -> bool:
        """Whether it is a record among others."""
        return self.place != SEGMENTS

    @property
    def partitions(self) -> int:
        """How many partitions it has."""
        return 1 if self.in_slab else self.locator

    @property
    def spilled(self) -> int:
        """How many partitions lie on disk."""
        if self.place == SEGMENTS:
            return self.payload_bytes
        return 1 if self.place == SPILLED_SLAB else 0


class ControlBlock:
    """One mapped control file; another one may have taken its name since (`superseded`)."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        descriptor, size = open_file(directory / "control")
        try:
            if size < HEADER_BYTES:
                raise ArrowShelfError(f"Control file is too short: directory={directory}, bytes={size}")
            self._map = mmap.mmap(descriptor, size, mmap.MAP_SHARED, mmap.PROT_READ)
        finally:
            os.close(descriptor)
        self.raw = memoryview(self._map)
        self.words = self.raw[: size // 8 * 8].cast("Q")
        magic, version, header_bytes = _FIXED.unpack_from(self.raw, 0)
        if magic != MAGIC or version != 1 or header_bytes != HEADER_BYTES:
            raise ArrowShelfError(f"Control file is of another version: directory={directory}, version={version}")
        self._stamps: Optional[Stamps] = None
        self._stamps_tried = False
        self._slots, self._slot_offset, self._heap, self._heap_bytes = self.words[7:11]
        slots_end = self._slot_offset + self._slots * SLOT_BYTES
        if (
            self._slots & (self._slots - 1)
            or self._slots == 0
            or slots_end > size
            or self._heap + self._heap_bytes > size
        ):
            raise ArrowShelfError(f"Control file is damaged: directory={directory}, slots={self._slots}, bytes={size}")

    @property
    def incarnation(self) -> int:
        return self.words[13]

    @property
    def shelf_id(self) -> bytes:
        return bytes(self.raw[160:176])

    @property
    def address(self) -> str:
        """Address of the daemon that serves the shelf; empty when none does."""
        length = min(int.from_bytes(self.raw[176:178], "little"), 254)
        return bytes(self.raw[178 : 178 + length]).decode("utf-8", "replace")

    def figures(self) -> dict[str, int]:
        """What the owner accounts for, in bytes, and the number of tables."""
        words = self.words
        return {
            "limit_bytes": words[15],
            "resident_bytes": words[16],
            "pool_bytes": words[17],
            "unlinked_bytes": words[18],
            "writing_bytes": words[19],
            "tables": words[12],
        }

    def find(self, key: bytes) -> Optional[Slot]:
        """The live slot of a key, or None."""
        digest = hashlib.sha256(key).digest()[:16]
        index = int.from_bytes(digest[:8], "little")
        for step in range(self._slots):
            position = (index + step) & (self._slots - 1)
            found, slot = self._read(position)
            if slot.state == 0:
                return None
            if slot.state == LIVE and found == digest and self.key_of(slot) == key:
                return slot
        return None

    def live_slots(self) -> Iterator[Slot]:
        """All live slots, in no order."""
        for position in range(self._slots):
            _, slot = self._read(position)
            if slot.state == LIVE:
                yield slot

    def key_of(self, slot: Slot) -> bytes:
        start = self._heap + slot.key_offset
        return bytes(self.raw[start : start + slot.key_bytes])

    @property
    def stamps(self) -> "Optional[Stamps]":
        """When tables were used and how long they live; None where there are none for this block."""
        if not self._stamps_tried:
            self._stamps_tried = True
            self._stamps = Stamps.open(self.directory, self.incarnation, self._slots)
        return self._stamps

    def is_over(self, slot: Slot) -> bool:
        """Whether a table's time is over, so that it is as good as deleted."""
        stamps = self.stamps
        return stamps is not None and stamps.is_limited(slot.number) and stamps.is_over(slot.number)

    def sequence_word(self, slot: Slot) -> int:
        """Number of the 8-byte word that holds a slot's sequence."""
        return (self._slot_offset + slot.number * SLOT_BYTES) // 8

    def owner_lives(self) -> bool:
        """Whether the owner runs: by pid and start time, or, from another pid namespace, by heartbeat and socket."""
        pid, start = self.words[OWNER_PID], self.words[OWNER_START]
        if pid == 0:
            return False
        if _start_time(pid) == start:
            return True
        young = time.time() * 1000 - self.words[HEARTBEAT] < 5000
        return young and _accepts(self.directory / "shelf.sock")

    def _read(self, position: int) -> tuple[bytes, Slot]:
        """A stable copy of a slot. One that never comes to rest counts as withdrawn when its owner is gone."""
        start = self._slot_offset + position * SLOT_BYTES
        deadline, tries = 0.0, 0
        while True:
            copy = bytes(self.raw[start : start + SLOT_BYTES])
            sequence, digest, *rest, crc = _SLOT.unpack(copy)
            if sequence % 2 == 0 and (crc == zlib.crc32(copy[:92]) or sequence == 0):
                return digest, Slot(position, sequence, *rest)
            tries += 1
            if tries < _TRIES:
                continue
            if not self.owner_lives():
                return digest, Slot(position, sequence, *rest)._replace(state=WITHDRAWN)
            deadline = deadline or time.monotonic() + _WAIT_SECONDS
            if time.monotonic() > deadline:
                raise CatalogueBusyError(
                    f"Slot does not come to rest: directory={self.directory}, slot={position}",
                    "RESOURCE",
                    "CATALOGUE_BUSY",
                )
            time.sleep(0.0005)


class Catalogue:
    """The current control block of a directory: moves over when another one has taken its place."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._block: Optional[ControlBlock] = None

    def block(self) -> ControlBlock:
        """The current block; it is opened anew when the one at hand is superseded."""
        block = self._block
        if block is None:
            block = self._block = self._open()
        elif block.words[SUPERSEDED]:
            block = self._block = self._successor(block)
        return block

    def reopen_if_replaced(self) -> bool:
        """Looks whether the name `control` stands for another file now, as after a shelf was removed and made again."""
        block = self._block
        if block is None:
            return False
        try:
            current = ControlBlock(self.directory)
        except ArrowShelfError:
            return False
        if current.incarnation == block.incarnation and current.shelf_id == block.shelf_id:
            return False
        self._block = current
        return True

    def _open(self) -> ControlBlock:
        block = ControlBlock(self.directory)
        return self._successor(block) if block.words[SUPERSEDED] else block

    def _successor(self, old: ControlBlock) -> ControlBlock:
        """The block that superseded `old`; `old` itself when its owner died before it was in place."""
        deadline = time.monotonic() + _WAIT_SECONDS
        while True:
            try:
                block = ControlBlock(self.directory)
                if not block.words[SUPERSEDED]:
                    return block
            except FileGoneError:
                return old
            if not block.owner_lives() and not old.owner_lives():
                return old if block.incarnation == old.incarnation else block
            if time.monotonic() > deadline:
                raise CatalogueBusyError(
                    f"Catalogue is not replaced in time: directory={self.directory}", "RESOURCE", "CATALOGUE_BUSY"
                )
            time.sleep(0.0005)


def _start_time(pid: int) -> Optional[int]:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
    except OSError:
        return None
    return int(fields[19])


def _accepts(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True
