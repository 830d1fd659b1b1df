"""The stamps of a shelf: when tables were used, and how long they live (docs/spec/shelf-directory.md, `access`)."""

from __future__ import annotations

import mmap
import os
import time
from pathlib import Path
from struct import Struct
from typing import Optional

from ._mapping import open_file
from .exceptions import ArrowShelfError

_HEADER = Struct("<8sIIQQ")
_HEADER_BYTES = 64
_ENTRY_WORDS = 4
_LAST_USE, _USES, _EXPIRES, _MOST_IDLE = range(4)


class Stamps:
    """One mapped file of stamps, which belongs to one control block. Words are read and written singly."""

    def __init__(self, descriptor: int, size: int) -> None:
        self._map = mmap.mmap(descriptor, size, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE)
        self._words = memoryview(self._map)[_HEADER_BYTES : size // 8 * 8].cast("Q")

    @classmethod
    def open(cls, directory: Path, incarnation: int, slots: int) -> "Optional[Stamps]":
        """The stamps of a control block; None when those at hand belong to another one, or cannot be written."""
        try:
            descriptor, size = open_file(directory / "access", os.O_RDWR)
        except ArrowShelfError:
            return None
        try:
            if size < _HEADER_BYTES + slots * _ENTRY_WORDS * 8:
                return None
            magic, version, header_bytes, owner, count = _HEADER.unpack(os.pread(descriptor, _HEADER.size, 0))
            fits = magic == b"ASHACCS1" and version == 1 and header_bytes == _HEADER_BYTES
            return cls(descriptor, size) if fits and owner == incarnation and count == slots else None
        except OSError:
            return None
        finally:
            os.close(descriptor)

    def is_limited(self, slot: int) -> bool:
        """Whether a slot's table ends by itself some time."""
        words, entry = self._words, slot * _ENTRY_WORDS
        return words[entry + _EXPIRES] != 0 or words[entry + _MOST_IDLE] != 0

    def is_over(self, slot: int) -> bool:
        """Whether a slot's table is over; otherwise it is stamped as used now where that is what keeps it."""
        words, entry = self._words, slot * _ENTRY_WORDS
        expires, idle = words[entry + _EXPIRES], words[entry + _MOST_IDLE]
        if not expires and not idle:
            return False
        now = int(time.time() * 1000)
        if (expires and now >= expires) or (idle and now - words[entry + _LAST_USE] >= idle):
            return True
        if idle:
            words[entry + _LAST_USE] = now
        return False

    def used(self, slot: int, times: int) -> None:
        """Says that a slot's table was used, that often since this was said last."""
        words, entry = self._words, slot * _ENTRY_WORDS
        words[entry + _LAST_USE] = int(time.time() * 1000)
        words[entry + _USES] = (words[entry + _USES] + times) & 0xFFFFFFFFFFFFFFFF
