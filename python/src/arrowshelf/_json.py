"""One JSON array of objects as an object a line, which is what pyarrow reads."""

from __future__ import annotations

import io
import re
from typing import Any

import numpy as np
import pyarrow as pa

_ESCAPED = re.compile(rb"\\.", re.DOTALL)
_ORDER_MARK = b"\xef\xbb\xbf"
_MARKS = np.isin(np.arange(256), list(b'"[]{},\n'))


class ArrayLines(io.RawIOBase):
    """The bytes of a file with the array's own brackets and commas turned into white space: what stays are its
    elements, a line each. Read from front to back, in pieces of any size; as many bytes as the file has. One thread.
    An array without an end is a pyarrow.ArrowInvalid."""

    def __init__(self, source: Any) -> None:
        self._source = source
        self._depth = 0
        self._inside_text = False
        self._escaped = False

    def readable(self) -> bool:
        return True

    def readinto(self, target: Any) -> int:
        block = self._source.read(len(target))
        if not block and self._depth > 0:
            raise pa.ArrowInvalid("JSON array has no end")
        target[: len(block)] = self._lines(block)
        return len(block)

    def _lines(self, block: bytes) -> bytes:
        if not block:
            return block
        letters = np.frombuffer(self._without_escapes(block), np.uint8)
        places = np.flatnonzero(_MARKS[letters])
        marks = letters[places]
        quotes = marks == ord('"')
        outside = (np.cumsum(quotes) + self._inside_text) % 2 == 0
        opening = outside & ((marks == ord("[")) | (marks == ord("{")))
        closing = outside & ((marks == ord("]")) | (marks == ord("}")))
        depth = np.cumsum(opening.astype(np.int64) - closing) + self._depth
        lines = np.frombuffer(block, np.uint8).copy()
        lines[places[outside & (marks == ord("\n"))]] = ord(" ")
        lines[places[(opening & (depth == 1)) | (closing & (depth == 0))]] = ord(" ")
        lines[places[outside & (depth == 1) & (marks == ord(","))]] = ord("\n")
        if len(places):
            self._inside_text, self._depth = not outside[-1], int(depth[-1])
        return lines.tobytes()

    def _without_escapes(self, block: bytes) -> bytes:
        """The bytes with a space for each that a backslash precedes, and for the backslash."""
        if self._escaped:
            block = b" " + block[1:]
        plain = _ESCAPED.sub(b"  ", block) if b"\\" in block else block
        self._escaped = plain.endswith(b"\\")
        return plain


def is_array(opened: Any) -> bool:
    """Whether a file holds an array; leaves it at its beginning, behind a byte order mark."""
    begin = opened.read(256)
    mark = len(_ORDER_MARK) if begin.startswith(_ORDER_MARK) else 0
    opened.seek(mark)
    return bool(begin[mark:].lstrip().startswith(b"["))
