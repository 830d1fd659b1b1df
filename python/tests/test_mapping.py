from __future__ import annotations

import gc
import os
import random
import signal
import threading
from pathlib import Path

import pyarrow as pa
import pytest
from daemon import segments_mapped

from arrowshelf import ArrowShelfError, OutOfMemoryError, _mapping
from arrowshelf._lanes import in_lanes
from arrowshelf._mapping import HUGE, FileGoneError, Mapping


def hole(directory: Path, size: int) -> Path:
    path = directory / "file"
    with open(path, "wb") as file:
        file.truncate(size)
    return path


@pytest.mark.parametrize("size", [1, 4096, HUGE - 1, HUGE, 3 * HUGE + 5])
def test_mapping_reads_the_file_and_is_aligned_from_2_mib_on(directory: Path, size: int) -> None:
    data = random.Random(size).randbytes(size)
    (directory / "file").write_bytes(data)
    gc.collect()  # what earlier tests left is not counted
    before = len(Path("/proc/self/maps").read_text().splitlines())
    buffer = Mapping.read_only(directory / "file").buffer()
    assert buffer.to_pybytes() == data
    assert size < HUGE or buffer.address % HUGE == 0
    part = buffer.slice(size // 2)
    del buffer
    gc.collect()
    assert part.to_pybytes() == data[size // 2 :]
    del part
    gc.collect()
    assert segments_mapped(directory) == []
    assert abs(len(Path("/proc/self/maps").read_text().splitlines()) - before) <= 1


def test_writing_reaches_the_file_until_it_is_let_go(directory: Path) -> None:
    import ctypes

    path = hole(directory, 3 * HUGE)
    mapping = Mapping.writable(path, 3 * HUGE)
    _mapping.prepare(mapping, 0, 3 * HUGE, 3 * HUGE)
    ctypes.memset(mapping.address, 7, 3 * HUGE)
    mapping.let_go_of_writing(path, 3 * HUGE)
    assert ctypes.string_at(mapping.address + HUGE, 2) == b"\7\7"
    ctypes.memset(mapping.address, 9, 10)
    assert path.read_bytes() == b"\7" * (3 * HUGE)
    (line,) = segments_mapped(directory)
    assert line.split()[1].endswith("p")


@pytest.mark.parametrize(("start", "end"), [(0, 1), (100, 5000), (4096, 9 << 20), (3 << 20, 40 << 20), (1, 48 << 20)])
def test_prepared_ranges_have_all_their_pages(directory: Path, start: int, end: int) -> None:
    size = 48 << 20
    path = hole(directory, size)
    mapping = Mapping.writable(path, size)
    _mapping.prepare(mapping, start, end, size)
    blocks = path.stat().st_blocks * 512
    assert blocks >= end - start
    with open(path, "rb") as file:
        place, expected = start // 4096 * 4096, -(-end // 4096) * 4096
        assert os.lseek(file.fileno(), place, os.SEEK_DATA) == place
        assert os.lseek(file.fileno(), place, os.SEEK_HOLE) >= min(expected, size)
    mapping.close()


def test_growing_keeps_the_address(directory: Path) -> None:
    import ctypes

    path = hole(directory, 10_000)
    mapping = Mapping.writable(path, 10_000, reserve=64 << 20)
    address = mapping.address
    ctypes.memset(address + 9_000, 1, 1_000)
    os.truncate(path, 20 << 20)
    mapping.grow(path, 10_000, 20 << 20)
    ctypes.memset(address + (19 << 20), 2, 10)
    data = path.read_bytes()
    assert data[9_000:10_000] == b"\1" * 1_000
    assert data[19 << 20 : (19 << 20) + 10] == b"\2" * 10
    with pytest.raises(ArrowShelfError, match="cannot be mapped further"):
        mapping.grow(path, 20 << 20, 100 << 20)


def test_writable_mapping_is_not_inherited(directory: Path) -> None:
    mapping = Mapping.writable(hole(directory, HUGE), HUGE)
    child = os.fork()
    if child == 0:
        os._exit(len(segments_mapped(directory)))
    assert os.waitpid(child, 0)[1] == 0
    assert len(segments_mapped(directory)) == 1
    mapping.close()


def test_files_that_are_not_ours_are_refused(directory: Path) -> None:
    with pytest.raises(FileGoneError):
        Mapping.read_only(directory / "missing")
    (directory / "link").symlink_to("/etc/hostname")
    with pytest.raises(ArrowShelfError, match="cannot be opened"):
        Mapping.read_only(directory / "link")
    os.mkfifo(directory / "fifo")
    with pytest.raises(ArrowShelfError, match="Not a regular file"):
        Mapping.read_only(directory / "fifo")
    with pytest.raises(ArrowShelfError, match="shorter than announced"):
        Mapping.writable(hole(directory, 100), 4096)


def test_full_file_system_is_an_error(directory: Path) -> None:
    path = hole(directory, HUGE)
    mapping = Mapping.writable(path, HUGE)
    os.truncate(path, 0)
    with pytest.raises(OutOfMemoryError, match="Shelf is full"):
        _mapping.prepare(mapping, 0, HUGE, HUGE)
    assert isinstance(OutOfMemoryError("x"), MemoryError)
    mapping.close()


def test_mappings_are_counted(directory: Path) -> None:
    (directory / "file").write_bytes(b"x")
    before = _mapping.mappings_left()
    buffers = [Mapping.read_only(directory / "file").buffer() for _ in range(10)]
    assert _mapping.mappings_left() == before - 10
    del buffers
    gc.collect()
    assert _mapping.mappings_left() == before


def test_lanes_do_each_job_once_and_raise_the_first_error() -> None:
    done: list[int] = []
    in_lanes(done.append, range(1000))
    assert sorted(done) == list(range(1000))

    def fail(job: int) -> None:
        raise KeyError(job)

    with pytest.raises(KeyError):
        in_lanes(fail, range(10))
    assert pa.array([1]).to_pylist() == [1]


def test_interrupted_lanes_are_waited_for() -> None:
    active: set[int] = set()

    def work(job: int) -> None:
        active.add(job)
        try:
            if job == 5:
                os.kill(os.getpid(), signal.SIGINT)
            threading.Event().wait(0.02)
        finally:
            active.discard(job)

    with pytest.raises(KeyboardInterrupt):
        in_lanes(work, range(10_000))
    assert not active
