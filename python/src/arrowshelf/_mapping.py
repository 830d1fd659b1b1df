"""Mapped files: aligned for huge pages, unmapped when the last Arrow buffer over them goes."""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import stat
from pathlib import Path
from typing import Callable, Optional

import pyarrow as pa

from .exceptions import ArrowShelfError, OutOfMemoryError

HUGE = 2 << 20
PAGE = mmap.PAGESIZE

_MADV_DONTFORK = 10
_MADV_POPULATE_WRITE = 23
_MADV_COLLAPSE = 25
_MAP_NORESERVE = 0x4000
_MAP_FIXED = 0x10
_MAP_FAILED = ctypes.c_void_p(-1).value

_libc = ctypes.CDLL(None, use_errno=True)
_mmap = _libc.mmap
_mmap.restype = ctypes.c_void_p
_mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
_munmap = _libc.munmap
_munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
_madvise = _libc.madvise
_madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]

_open_for_writing: set[int] = set()
_live = [0]


class LeasedError(ArrowShelfError):
    """The owner is just testing whether the file is in use: it has left its place, so look again where the table is."""


class FileGoneError(ArrowShelfError):
    """The file is not there: the table was withdrawn since it was looked up."""


def open_file(path: "str | Path", flags: int = os.O_RDONLY) -> tuple[int, int]:
    """Opens a regular file of this user without following links; its descriptor and size."""
    try:
        descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        if error.errno == errno.EWOULDBLOCK:
            raise LeasedError(f"File is being tested by its owner: file={path}") from None
        if error.errno == errno.ENOENT:
            raise FileGoneError(f"File does not exist: file={path}") from None
        raise ArrowShelfError(f"File of the shelf cannot be opened: file={path}, error={error.strerror}") from error
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode) or status.st_uid != os.geteuid():
        os.close(descriptor)
        raise ArrowShelfError(f"Not a regular file of this user: file={path}, uid={status.st_uid}")
    return descriptor, status.st_size


class Mapping:
    """A mapped file. It is unmapped when this object goes, and each Arrow buffer over it keeps it.

    A child process has its own copy of a read-only mapping; a writable one it does not inherit.
    """

    __slots__ = ("address", "size", "__weakref__")

    def __init__(self, address: int, size: int) -> None:
        self.address = address
        self.size = size
        _live[0] += 1

    @classmethod
    def read_only(cls, path: "str | Path") -> "Mapping":
        """Maps a whole file for reading."""
        descriptor, size = open_file(path)
        try:
            return cls(_map(descriptor, size, mmap.PROT_READ), size)
        finally:
            os.close(descriptor)

    @classmethod
    def writable(cls, path: "str | Path", size: int, reserve: int = 0) -> "Mapping":
        """Maps the first `size` bytes of a file for writing; `reserve` keeps address space for it to grow."""
        descriptor, file_bytes = open_file(path, os.O_RDWR)
        _open_for_writing.add(descriptor)
        try:
            if file_bytes < size:
                raise ArrowShelfError(f"File is shorter than announced: file={path}, bytes={file_bytes}, wanted={size}")
            mapping = cls(_map(descriptor, size, mmap.PROT_READ | mmap.PROT_WRITE, reserve), max(size, reserve))
            _madvise(mapping.address, size, _MADV_DONTFORK)
            return mapping
        finally:
            _open_for_writing.discard(descriptor)
            os.close(descriptor)

    def grow(self, path: "str | Path", old_size: int, size: int) -> None:
        """Maps more of the file at the same address, inside the reservation."""
        descriptor, file_bytes = open_file(path, os.O_RDWR)
        _open_for_writing.add(descriptor)
        try:
            if file_bytes < size or size > self.size:
                raise ArrowShelfError(f"File cannot be mapped further: file={path}, bytes={file_bytes}, wanted={size}")
            start = old_size // PAGE * PAGE
            _map_at(self.address + start, descriptor, size - start, mmap.PROT_READ | mmap.PROT_WRITE, start)
            _madvise(self.address + start, size - start, _MADV_DONTFORK)
        finally:
            _open_for_writing.discard(descriptor)
            os.close(descriptor)

    def let_go_of_writing(self, path: "str | Path", size: int) -> None:
        """Puts a private mapping over the shared one: views keep reading, and a late write reaches no other process."""
        descriptor, _ = open_file(path)
        try:
            protection = mmap.PROT_READ | mmap.PROT_WRITE
            _map_at(self.address, descriptor, size, protection, 0, mmap.MAP_PRIVATE | _MAP_NORESERVE)
        finally:
            os.close(descriptor)

    def buffer(self) -> pa.Buffer:
        """The whole mapping as an Arrow buffer, which keeps it."""
        return pa.foreign_buffer(self.address, self.size, base=self)

    def close(self, unmap: Callable[[int, int], int] = _munmap, live: list[int] = _live, page: int = PAGE) -> None:
        """Unmaps now; for mappings that no buffer was made of."""
        address, self.address = self.address, 0
        if address:
            unmap(address, -(-max(self.size, 1) // page) * page)
            live[0] -= 1

    __del__ = close


def can_populate() -> bool:
    """Whether this kernel populates pages on request, so that a full file system is an error and not a signal."""
    global _populates
    if _populates is None:
        address = _mmap(None, PAGE, mmap.PROT_READ | mmap.PROT_WRITE, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, -1, 0)
        _populates = address != _MAP_FAILED and _madvise(address, PAGE, _MADV_POPULATE_WRITE) == 0
        if address != _MAP_FAILED:
            _munmap(address, PAGE)
    return _populates


def prepare(mapping: Mapping, start: int, end: int, file_bytes: int) -> None:
    """Gives pages to bytes `start` to `end` of a new file; huge ones for each whole extent of a long range.

    One touched page in an extent is enough for a collapse, which then allocates the extent as one page.
    """
    first, last = start // HUGE * HUGE, min(-(-end // HUGE), file_bytes // HUGE) * HUGE
    if last - first >= _WORTH_COLLAPSING and _collapse(mapping.address, first, last):
        _populate(mapping.address, max(last, start), end)
    else:
        _populate(mapping.address, start, end)


def mappings_left() -> int:
    """How many mappings this process should still make: a quarter of the kernel's limit is ours."""
    return _budget() - _live[0]


def close_inherited_descriptors() -> None:
    """In a forked child: lets go of files that the parent was just opening for writing."""
    while _open_for_writing:
        try:
            os.close(_open_for_writing.pop())
        except OSError:
            pass


_WORTH_COLLAPSING = 8 << 20
_populates: Optional[bool] = None
_collapses = True
_mapping_budget: Optional[int] = None


def _budget() -> int:
    global _mapping_budget
    if _mapping_budget is None:
        try:
            _mapping_budget = int(Path("/proc/sys/vm/max_map_count").read_text()) // 4
        except (OSError, ValueError):
            _mapping_budget = 65_530 // 4
    return _mapping_budget


def _collapse(address: int, first: int, last: int) -> bool:
    global _collapses
    if not _collapses:
        return False
    for extent in range(first, last, HUGE):
        _populate(address, extent, extent + PAGE)
    if _madvise(address + first, last - first, _MADV_COLLAPSE) == 0:
        return True
    if ctypes.get_errno() == errno.EINVAL:
        _collapses = False
    return False


def _populate(address: int, start: int, end: int) -> None:
    if start >= end:
        return
    start, end = start // PAGE * PAGE, _whole_pages(end)
    while _madvise(address + start, end - start, _MADV_POPULATE_WRITE) != 0:
        error = ctypes.get_errno()
        if error != errno.EINTR:
            raise OutOfMemoryError(
                f"Shelf is full: bytes={end - start}, error={os.strerror(error)}", "RESOURCE", "OUT_OF_MEMORY"
            )


def _map(descriptor: int, size: int, protection: int, reserve: int = 0) -> int:
    """Maps a file; from 2 MiB on at a 2 MiB boundary, so that huge pages can be mapped as such."""
    length = _whole_pages(max(size, reserve))
    if length < HUGE:
        return _map_at(None, descriptor, max(size, 1), protection, 0)
    flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | _MAP_NORESERVE
    reserved = _mmap(None, length + HUGE, 0, flags, -1, 0)
    if reserved == _MAP_FAILED:
        raise _map_error(length)
    address = -(-reserved // HUGE) * HUGE
    tail = reserved + length + HUGE - (address + length)
    if address > reserved:
        _munmap(reserved, address - reserved)
    if tail:
        _munmap(address + length, tail)
    try:
        return _map_at(address, descriptor, size, protection, 0)
    except ArrowShelfError:
        _munmap(address, length)
        raise


def _map_at(
    address: Optional[int], descriptor: int, size: int, protection: int, offset: int, flags: int = mmap.MAP_SHARED
) -> int:
    fixed = _MAP_FIXED if address is not None else 0
    mapped = _mmap(address, size, protection, flags | fixed, descriptor, offset)
    if mapped == _MAP_FAILED or mapped is None:
        raise _map_error(size)
    return int(mapped)


def _map_error(size: int) -> ArrowShelfError:
    return ArrowShelfError(f"File cannot be mapped: bytes={size}, error={os.strerror(ctypes.get_errno())}")


def _whole_pages(size: int) -> int:
    return -(-max(size, 1) // PAGE) * PAGE
