"""Reading tables in place from a directory that shelf_bytes.py writes."""

from __future__ import annotations

import gc
import os
import threading
from pathlib import Path

import pyarrow as pa
import pytest
from daemon import segments_mapped, wait_until
from shelf_bytes import ControlFile, stream_bytes, write_segment, write_slab

from arrowshelf import ServerError, _read, _sweeper
from arrowshelf._read import TableReader


def numbers(start: int, count: int = 1000) -> pa.Table:
    return pa.table({"n": pa.array(range(start, start + count)), "s": [f"text {number}" for number in range(count)]})


def put_segments(file: ControlFile, key: bytes, generation: int, *tables: pa.Table) -> None:
    sizes = [write_segment(file.path.parent, generation, part, table) for part, table in enumerate(tables)]
    rows = sum(table.num_rows for table in tables)
    file.slot(key, generation=generation, place=2, locator=len(tables), rows=rows, size=sum(sizes))


def test_partitions_make_one_table(directory: Path) -> None:
    file = ControlFile(directory)
    put_segments(file, b"key", 1, numbers(0), numbers(1000))
    table = TableReader(directory).get("key")
    assert table is not None
    assert table.equals(pa.concat_tables([numbers(0), numbers(1000)]))
    assert TableReader(directory).get("other") is None


def test_repeated_get_is_the_same_object_without_opening_anything(directory: Path) -> None:
    file = ControlFile(directory)
    put_segments(file, b"key", 1, numbers(0))
    reader = TableReader(directory)
    table = reader.get("key")
    for path in (directory / "segments").iterdir():
        path.unlink()
    assert reader.get("key") is table


def test_replaced_table_is_read_anew_and_the_old_one_stays(directory: Path) -> None:
    file = ControlFile(directory)
    put_segments(file, b"key", 1, numbers(0))
    reader = TableReader(directory)
    old = reader.get("key")
    put_segments(file, b"key", 2, numbers(5))
    (directory / "segments" / f"{1:016x}-{0:08x}.arrow").unlink()
    new = reader.get("key")
    assert old is not None and new is not None
    assert old.equals(numbers(0))
    assert new.equals(numbers(5))


def test_withdrawn_table_is_let_go_at_the_next_call(directory: Path) -> None:
    file = ControlFile(directory)
    put_segments(file, b"gone", 1, numbers(0))
    put_segments(file, b"kept", 2, numbers(1))
    reader = TableReader(directory)
    reader.get("gone")
    reader.get("kept")
    assert len(segments_mapped(directory)) == 2
    file.slot(b"gone", state=2)
    reader.get("kept")
    gc.collect()
    assert len(segments_mapped(directory)) == 1
    assert reader.get("gone") is None


def test_small_tables_share_one_mapping_of_their_slab(directory: Path) -> None:
    file = ControlFile(directory, slots=256, heap=8192)
    tables = [numbers(number, 3) for number in range(100)]
    payloads = [stream_bytes(table) for table in tables]
    places = write_slab(directory, 77, payloads)
    for number, (place, payload) in enumerate(zip(places, payloads)):
        file.slot(f"t{number}".encode(), generation=number, place=1, locator=77, offset=place, length=len(payload))
    reader = TableReader(directory)
    got = [reader.get(f"t{number}") for number in range(100)]
    assert got == tables
    assert len(segments_mapped(directory)) == 1


@pytest.mark.parametrize(
    "table",
    [
        pa.table({"d": pa.array(["a", "b", "a"]).dictionary_encode()}),
        pa.table({"l": pa.array([[1], None, [2, 3]]), "v": pa.array(["x" * 20, None, "y"], pa.string_view())}),
        pa.table({"n": pa.array([], pa.int8())}),
        pa.table({}),
        pa.Table.from_batches([pa.record_batch({"a": [1]}), pa.record_batch({"a": [2, 3]})]),
        pa.table({"nested": pa.array([[{"k": "v"}]]).cast(pa.list_(pa.struct([("k", pa.dictionary(pa.int8(), pa.string()))])))}),
    ],
    ids=["dictionary", "list and view", "no rows", "no columns", "two batches", "nested dictionary"],
)  # fmt: skip
def test_payloads_of_every_kind(directory: Path, table: pa.Table) -> None:
    payload = stream_bytes(table)
    (place,) = write_slab(directory, 5, [payload])
    ControlFile(directory).slot(b"key", place=1, locator=5, offset=place, length=len(payload))
    got = TableReader(directory).get("key")
    assert got is not None
    assert got.equals(table)
    got.validate(full=True)


def test_large_segments_are_aligned_and_read_in_place(directory: Path) -> None:
    file = ControlFile(directory)
    table = pa.table({"x": pa.array(range(1_000_000), pa.int64())})
    put_segments(file, b"key", 1, table)
    reader = TableReader(directory)
    got = reader.get("key")
    assert got is not None
    assert got.column("x").num_chunks == 1
    address = got.column("x").chunk(0).buffers()[1].address
    (line,) = segments_mapped(directory)
    begin, end = (int(part, 16) for part in line.split()[0].split("-"))
    assert begin % (2 << 20) == 0
    assert begin <= address < end
    del got
    reader.forget_all()
    gc.collect()
    assert segments_mapped(directory) == []


def test_column_keeps_the_mapping_after_its_table_and_the_file_are_gone(directory: Path) -> None:
    file = ControlFile(directory)
    put_segments(file, b"key", 1, numbers(0, 500_000))
    reader = TableReader(directory)
    table = reader.get("key")
    assert table is not None
    column = table.column("n").chunk(0).to_numpy(zero_copy_only=True)
    reader.forget_all()
    del table
    for path in (directory / "segments").iterdir():
        path.unlink()
    gc.collect()
    assert int(column.sum()) == 500_000 * 499_999 // 2


def test_listed_table_whose_files_are_missing_is_an_error(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_read, "_RESOLVE_SECONDS", 0.05)
    ControlFile(directory).slot(b"key", place=2, locator=1)
    with pytest.raises(ServerError, match="cannot be opened"):
        TableReader(directory).get("key")


def test_unused_tables_are_let_go_and_still_known_while_somebody_uses_them(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_sweeper, "SWEEP_SECONDS", 0.02)
    monkeypatch.setattr(_sweeper, "IDLE_SECONDS", 0.1)
    file = ControlFile(directory)
    put_segments(file, b"used", 1, numbers(0))
    put_segments(file, b"unused", 2, numbers(1))
    reader = TableReader(directory)
    used = reader.get("used")
    reader.get("unused")
    wait_until(lambda: len(segments_mapped(directory)) == 1, "the unused table to be unmapped")
    wait_until(lambda: not _sweeper.sweeper.is_running, "the sweeper to end")
    assert reader.get("used") is used
    assert not [thread for thread in threading.enumerate() if thread.name == "arrowshelf-sweeper" and not thread.daemon]


def test_forked_child_reads_on_its_own(directory: Path) -> None:
    file = ControlFile(directory)
    put_segments(file, b"key", 1, numbers(0))
    reader = TableReader(directory)
    table = reader.get("key")
    child = os.fork()
    if child == 0:
        status = 1
        try:
            assert table is not None and table.equals(numbers(0))
            again = reader.get("key")
            status = 0 if again is not None and again.equals(numbers(0)) else 2
        finally:
            os._exit(status)
    assert os.waitpid(child, 0)[1] == 0
    assert reader.get("key") is table
    assert _sweeper.sweeper.is_running


def test_moved_slot_of_the_same_generation_keeps_the_table(directory: Path) -> None:
    file = ControlFile(directory)
    put_segments(file, b"key", 1, numbers(0))
    reader = TableReader(directory)
    table = reader.get("key")
    (directory / "tmp").mkdir()
    new = ControlFile(directory / "tmp", slots=32, incarnation=2)
    new.slot(b"other")
    new.slot(b"key", generation=1, place=2, locator=1, size=1000)
    file.word(16, 1)
    new.path.rename(file.path)
    assert reader.get("key") is table


def test_removed_and_remade_shelf_is_noticed(directory: Path) -> None:
    put_segments(ControlFile(directory), b"old", 1, numbers(0))
    reader = TableReader(directory)
    assert reader.get("old") is not None
    (directory / "control").unlink()
    put_segments(ControlFile(directory, incarnation=9), b"new", 2, numbers(7))
    new = reader.get("new")
    assert new is not None
    assert new.equals(numbers(7))
