"""The control block against bytes that shelf_bytes.py writes from the spec alone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from shelf_bytes import SLOTS_AT, ControlFile

from arrowshelf import ArrowShelfError, CatalogueBusyError, _control
from arrowshelf._control import Catalogue, ControlBlock


def test_finds_a_key_by_hash_and_whole_key(directory: Path) -> None:
    file = ControlFile(directory)
    file.slot("schlüssel/../\0🗝".encode(), generation=7, rows=3, size=100, columns=2, locator=4)
    slot = ControlBlock(directory).find("schlüssel/../\0🗝".encode())
    assert slot is not None
    assert (slot.generation, slot.rows, slot.size, slot.columns, slot.place, slot.locator) == (7, 3, 100, 2, 2, 4)
    assert ControlBlock(directory).find(b"another") is None


def test_search_goes_on_past_other_keys_and_wraps_around(directory: Path) -> None:
    file = ControlFile(directory, slots=8)
    keys = [f"key-{number}".encode() for number in range(7)]
    for number, key in enumerate(keys):
        file.slot(key, generation=number)
    file.slot(keys[0], state=2)
    block = ControlBlock(directory)
    assert [slot and slot.generation for slot in map(block.find, keys)] == [None, *range(1, 7)]
    assert sorted(block.key_of(slot) for slot in block.live_slots()) == sorted(keys[1:])


def test_full_block_ends_the_search(directory: Path) -> None:
    file = ControlFile(directory, slots=2)
    file.slot(b"a")
    file.slot(b"b")
    assert ControlBlock(directory).find(b"c") is None


def test_header_figures(directory: Path) -> None:
    file = ControlFile(directory, limit=10, resident=20, pool=30, unlinked=40, writing=50)
    file.word(96, 3)
    file.address("localhost:50051")
    block = ControlBlock(directory)
    assert block.address == "localhost:50051"
    assert block.shelf_id == bytes(range(16))
    assert block.figures() == {
        "limit_bytes": 10,
        "resident_bytes": 20,
        "pool_bytes": 30,
        "unlinked_bytes": 40,
        "writing_bytes": 50,
        "tables": 3,
    }


def test_owner_is_known_by_pid_and_start_time(directory: Path) -> None:
    assert ControlBlock(ControlFile(directory).path.parent).owner_lives()
    ControlFile(directory, start=1)
    assert not ControlBlock(directory).owner_lives()
    ControlFile(directory, owner=0)
    assert not ControlBlock(directory).owner_lives()
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    ControlFile(directory, owner=child.pid)
    assert ControlBlock(directory).owner_lives()
    child.kill()
    child.wait()
    assert not ControlBlock(directory).owner_lives()


@pytest.mark.parametrize("fields", [{"sequence": 3}, {"damage": True}])
def test_slot_that_a_dead_owner_left_unstable_is_no_table(directory: Path, fields: dict[str, int]) -> None:
    file = ControlFile(directory, owner=0)
    file.slot(b"torn", **fields)
    assert ControlBlock(directory).find(b"torn") is None
    assert list(ControlBlock(directory).live_slots()) == []


def test_slot_that_a_living_owner_leaves_unstable_is_busy(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_control, "_WAIT_SECONDS", 0.05)
    ControlFile(directory).slot(b"torn", sequence=3)
    with pytest.raises(CatalogueBusyError, match="slot="):
        ControlBlock(directory).find(b"torn")


def test_reader_moves_over_to_the_block_that_superseded(directory: Path) -> None:
    old = ControlFile(directory)
    catalogue = Catalogue(directory)
    first = catalogue.block()
    new_place = directory / "tmp"
    new_place.mkdir()
    new = ControlFile(new_place, incarnation=2)
    new.slot(b"key", generation=9)
    old.word(16, 1)
    new.path.rename(old.path)
    found = catalogue.block().find(b"key")
    assert first.find(b"key") is None
    assert found is not None
    assert found.generation == 9


def test_superseded_block_of_a_dead_owner_is_used_as_it_is(directory: Path) -> None:
    file = ControlFile(directory, owner=0)
    file.slot(b"key", generation=5)
    file.word(16, 1)
    catalogue = Catalogue(directory)
    found = catalogue.block().find(b"key")
    assert found is not None
    assert catalogue.block() is catalogue.block()


@pytest.mark.parametrize(
    ("offset", "data"),
    [(0, b"NOTASHLF"), (8, b"\x09"), (12, b"\x01"), (56, b"\x03"), (57, b"\xff\xff"), (72, b"\xff\xff\xff\xff")],
)
def test_foreign_or_damaged_headers_are_refused(directory: Path, offset: int, data: bytes) -> None:
    path = ControlFile(directory).path
    with open(path, "r+b") as file:
        file.seek(offset)
        file.write(data)
    with pytest.raises(ArrowShelfError, match="Control file"):
        ControlBlock(directory)


def test_short_control_file_is_refused(directory: Path) -> None:
    (directory / "control").write_bytes(b"ASHCTRL1")
    with pytest.raises(ArrowShelfError, match="too short"):
        ControlBlock(directory)


@pytest.mark.parametrize("plant", ["symlink", "fifo", "folder"])
def test_planted_files_are_not_opened(directory: Path, plant: str) -> None:
    real = directory / "real"
    real.mkdir()
    ControlFile(real)
    if plant == "symlink":
        (directory / "control").symlink_to(real / "control")
    elif plant == "fifo":
        os.mkfifo(directory / "control")
    else:
        (directory / "control").mkdir()
    with pytest.raises(ArrowShelfError):
        ControlBlock(directory)


def test_slots_begin_where_the_spec_says(directory: Path) -> None:
    position = ControlFile(directory, slots=64).slot(b"key", sequence=42)
    slot = ControlBlock(directory).find(b"key")
    assert slot is not None
    assert slot.number == position
    assert ControlBlock(directory).sequence_word(slot) * 8 == SLOTS_AT + 96 * position
    assert ControlBlock(directory).words[ControlBlock(directory).sequence_word(slot)] == 42
