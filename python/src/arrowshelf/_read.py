"""Reading tables in place: resolve a key in the control block, map, keep what is read often.

A table that was got before costs two reads of shared words. Tables are held strongly only while they are used: a
thread that lives as long as there are any lets go of those unused for about a second, so that deleted tables give
their memory back; whoever still uses one keeps it by himself.
"""

from __future__ import annotations

import os
import itertools
import threading
import time
import zlib
from pathlib import Path
from typing import Optional, Protocol
from weakref import WeakSet, ref

import pyarrow as pa

from ._control import CHANGES, SPILLED_SLAB, SUPERSEDED, Catalogue, ControlBlock, Slot
from ._decode import is_record_of, read_payload, read_segments
from ._descriptor import Descriptor, Partition
from ._mapping import FileGoneError, LeasedError, Mapping, mappings_left
from ._sweeper import sweeper
from .exceptions import CatalogueBusyError, InvalidDataError, ServerError

_MOST_ENTRIES = 16_384
_MOST_SEGMENT_TABLES = 256
_MOST_SLABS = 64
_RESOLVE_SECONDS = 5.0
_RETRY_SECONDS = 0.0002

_GONE = 0
_RESIDENT = 1
_ON_DISK = 2

_readers: "WeakSet[TableReader]" = WeakSet()


class Recall(Protocol):
    """The owner, who makes spilled tables readable. Answers are those of RECALL; None without an owner."""

    def table(self, key: bytes) -> Optional[int]: ...

    def partition(self, key: bytes, generation: int, number: int) -> Optional[int]: ...


class _Entry:
    """A table that this process has mapped, and where its slot is."""

    __slots__ = ("words", "sequence_word", "sequence", "slot", "table", "weak", "used", "stamps", "uses", "limited")

    def __init__(self, block: ControlBlock, slot: Slot, table: pa.Table) -> None:
        self.words = block.words
        self.sequence_word = block.sequence_word(slot)
        self.sequence = slot.sequence
        self.slot = slot
        self.table: Optional[pa.Table] = table
        self.weak = ref(table)
        self.used = True
        self.stamps = block.stamps
        self.uses = 1
        self.limited = self.stamps is not None and self.stamps.is_limited(slot.number)

    def is_over(self) -> bool:
        return self.stamps is not None and self.stamps.is_over(self.slot.number)

    def stamp(self) -> None:
        """Tells the owner of the uses since the last time."""
        uses, self.uses = self.uses, 0
        if uses and self.stamps is not None and self.words[self.sequence_word] == self.sequence:
            self.stamps.used(self.slot.number, uses)


class _Slab:
    """A mapped slab."""

    __slots__ = ("buffer", "view", "used")

    def __init__(self, mapping: Mapping) -> None:
        self.buffer = mapping.buffer()
        self.view = memoryview(self.buffer)
        self.used = True


class TableReader:
    """Reads the tables of one shelf directory. Safe for any number of threads."""

    def __init__(self, directory: Path, recall: Optional[Recall] = None) -> None:
        self.directory = directory
        self._recall = recall
        self.catalogue = Catalogue(directory)
        self._entries: dict[str, _Entry] = {}
        self._segments: dict[str, _Entry] = {}
        self._slabs: dict[int, _Slab] = {}
        self._lock = threading.RLock()
        self._changes = -1
        self._watched = False
        _readers.add(self)

    def get(self, key: str) -> Optional[pa.Table]:
        """The table of a key, or None; the same object again as long as it is the same table."""
        entry = self._entries.get(key)
        if entry is not None:
            words = entry.words
            if not words[SUPERSEDED] and words[entry.sequence_word] == entry.sequence:
                if words[CHANGES] != self._changes:
                    self._forget_withdrawn(words[CHANGES])
                table = entry.table
                if table is None:
                    table = self._hold_again(entry)
                if table is not None:
                    if entry.limited and entry.is_over():
                        self.forget(key)
                        return None
                    entry.used = True
                    entry.uses += 1
                    return table
        return self._resolve(key)

    def get_rows(self, key: str, offset: int, limit: Optional[int]) -> Optional[pa.Table]:
        """Some rows of a table, or None; of one on disk, only the partitions that have them are fetched."""
        encoded = key.encode("utf-8")
        deadline = time.monotonic() + _RESOLVE_SECONDS
        while True:
            slot = self.slot(key)
            if slot is None or slot.in_slab or not slot.spilled or self._known(key, slot) is not None:
                table = self.get(key)
                return None if table is None else table.slice(min(offset, table.num_rows), limit)
            asked = time.monotonic()
            try:
                return self._rows(encoded, slot, offset, slot.rows if limit is None else offset + limit)
            except (FileGoneError, LeasedError) as error:
                if asked > deadline:
                    raise ServerError(
                        f"Table cannot be opened: key={key!r}, reason={error}", "INTERNAL", "CORRUPT"
                    ) from error
                time.sleep(_RETRY_SECONDS)

    def _rows(self, key: bytes, slot: Slot, begin: int, end: int) -> pa.Table:
        descriptor = Descriptor(self.directory, slot.generation)
        first, wanted = descriptor.rows_between(begin, end)
        if not wanted:
            return descriptor.schema().empty_table()
        if mappings_left() < len(wanted):
            self.forget_all()
        table = read_segments([self._map_partition(key, slot.generation, each) for each in wanted])
        return table.slice(begin - first, end - begin)

    def _map_partition(self, key: bytes, generation: int, partition: Partition) -> pa.Buffer:
        name = f"{generation:016x}-{partition.number:08x}.arrow"
        segment = self.directory / "segments" / name
        if partition.folder is None:
            return Mapping.read_only(segment).buffer()
        answer = None if self._recall is None else self._recall.partition(key, generation, partition.number)
        if answer == _GONE:
            raise FileGoneError(name)
        if answer == _RESIDENT:
            return Mapping.read_only(segment).buffer()
        stored = self.directory / "spill" / str(partition.folder) / (name + partition.suffix)
        buffer = Mapping.read_only(stored).buffer()
        if answer != _ON_DISK and (partition.suffix or zlib.crc32(buffer) != partition.crc):
            raise InvalidDataError(f"Partition cannot be read without an owner: file={stored}", "INTERNAL", "CORRUPT")
        return buffer

    def stamp(self, key: str) -> None:
        """Tells the owner at once that a table that was got is used; otherwise it hears of it in half a second."""
        entry = self._entries.get(key)
        if entry is not None:
            entry.stamp()

    def slot(self, key: str) -> Optional[Slot]:
        """The live slot of a key, or None."""
        block = self.catalogue.block()
        slot = block.find(key.encode("utf-8"))
        return None if slot is None or block.is_over(slot) else slot

    def forget(self, key: str) -> None:
        """Lets go of a table, as before it is deleted or replaced."""
        with self._lock:
            self._entries.pop(key, None)
            self._segments.pop(key, None)

    def forget_all(self) -> None:
        """Lets go of everything; who uses a table keeps it."""
        with self._lock:
            self._entries.clear()
            self._segments.clear()
            self._slabs.clear()

    def forget_withdrawn(self) -> None:
        """Lets go of the larger tables that were deleted or replaced since the last call."""
        if self._segments:
            self._forget_withdrawn(self.catalogue.block().words[CHANGES])

    def _forget_withdrawn(self, changes: int) -> None:
        self._changes = changes
        for key, entry in list(self._segments.items()):
            if entry.words[entry.sequence_word] != entry.sequence:
                self.forget(key)

    def _resolve(self, key: str) -> Optional[pa.Table]:
        encoded = key.encode("utf-8")
        deadline = time.monotonic() + _RESOLVE_SECONDS
        recalled = -1
        self.forget_withdrawn()
        while True:
            block = self.catalogue.block()
            slot = block.find(encoded)
            if slot is None:
                self.forget(key)
                if self.catalogue.reopen_if_replaced():
                    continue
                return None
            if block.is_over(slot):
                self.forget(key)
                return None
            if slot.spilled and slot.sequence != recalled and self._recall is not None:
                recalled = slot.sequence
                asked = time.monotonic()
                moved = self._recall.table(encoded) == _RESIDENT
                deadline += time.monotonic() - asked  # reading from disk, and waiting for room, take time
                if moved:
                    continue
            try:
                table = self._open(key, slot)
            except (FileGoneError, LeasedError) as error:
                if time.monotonic() > deadline:
                    raise ServerError(
                        f"Table cannot be opened: key={key!r}, reason={error}", "INTERNAL", "CORRUPT"
                    ) from error
                time.sleep(_RETRY_SECONDS)
                continue
            entry = _Entry(block, slot, table)
            if self.catalogue.block() is block and entry.words[entry.sequence_word] == entry.sequence:
                self._keep(key, entry)
                return table
            if time.monotonic() > deadline:
                raise CatalogueBusyError(f"Table is replaced too fast: key={key!r}", "RESOURCE", "CATALOGUE_BUSY")

    def _open(self, key: str, slot: Slot) -> pa.Table:
        table = self._known(key, slot)
        try:
            return self._map(key, slot) if table is None else table
        except pa.ArrowException as error:
            raise InvalidDataError(
                f"Table cannot be read: key={key!r}, reason={error}", "INTERNAL", "CORRUPT"
            ) from error

    def _known(self, key: str, slot: Slot) -> Optional[pa.Table]:
        """The same generation read before, when only the control block has moved."""
        entry = self._entries.get(key)
        if (
            entry is None
            or entry.slot.generation != slot.generation
            or entry.slot.place != slot.place
            or entry.slot.locator != slot.locator
            or entry.slot.payload_offset != slot.payload_offset
        ):
            return None
        return entry.table if entry.table is not None else entry.weak()

    def _map(self, key: str, slot: Slot) -> pa.Table:
        if mappings_left() < slot.partitions:
            self.forget_all()
        if slot.in_slab:
            slab = self._slabs.get(slot.locator) or self._map_slab(slot)
            slab.used = True
            if slot.place == SPILLED_SLAB and not is_record_of(slab.view, slot, key.encode("utf-8")):
                raise InvalidDataError(f"Record on disk is damaged: key={key!r}", "INTERNAL", "CORRUPT")
            return read_payload(slab.buffer, slab.view, slot.payload_offset, slot.payload_bytes)
        name = f"{self.directory}/segments/{slot.generation:016x}-"
        if slot.spilled:
            names = [f"{slot.generation:016x}-{partition:08x}.arrow" for partition in range(slot.locator)]
            return read_segments([self._map_anywhere(name).buffer() for name in names])
        return read_segments(
            [Mapping.read_only(f"{name}{partition:08x}.arrow").buffer() for partition in range(slot.locator)]
        )

    def _map_anywhere(self, name: str) -> Mapping:
        """Maps a segment in memory, or the same bytes on disk."""
        try:
            return Mapping.read_only(self.directory / "segments" / name)
        except FileGoneError:
            return self._map_on_disk(name)

    def _map_on_disk(self, name: str) -> Mapping:
        """Maps a file that lies in one of the spill directories."""
        for number in itertools.count():
            folder = self.directory / "spill" / str(number)
            if not folder.is_symlink():
                break
            if folder.is_dir():  # others may have it when this one was removed
                try:
                    return Mapping.read_only(folder / name)
                except FileGoneError:
                    continue
        raise FileGoneError(name)

    def _map_slab(self, slot: Slot) -> _Slab:
        name = f"{slot.locator:016x}.slab"
        if slot.place == SPILLED_SLAB:
            slab = _Slab(self._map_on_disk(name))
        else:
            slab = _Slab(Mapping.read_only(f"{self.directory}/segments/{name}"))
        with self._lock:
            if len(self._slabs) >= _MOST_SLABS:
                self._slabs.pop(next(iter(self._slabs)))
            return self._slabs.setdefault(slot.locator, slab)

    def _keep(self, key: str, entry: _Entry) -> None:
        with self._lock:
            self.forget(key)
            if len(self._entries) >= _MOST_ENTRIES:
                self.forget(next(iter(self._entries)))
            self._entries[key] = entry
            if not entry.slot.in_slab:
                if len(self._segments) >= _MOST_SEGMENT_TABLES:
                    self.forget(next(iter(self._segments)))
                self._segments[key] = entry
        self._watch()

    def _hold_again(self, entry: _Entry) -> Optional[pa.Table]:
        """A table that was let go of here and that somebody in this process still uses."""
        table = entry.weak()
        if table is not None:
            entry.table = table
            self._watch()
        return table

    def _watch(self) -> None:
        with self._lock:
            watched, self._watched = self._watched, True
        if not watched:
            sweeper.watch(self)

    def sweep(self) -> bool:
        """Lets go of tables and slabs that were not used since the last sweep; false when none are held any more."""
        for key, entry in list(self._entries.items()):
            self._sweep(key, entry)
        with self._lock:
            for generation, slab in list(self._slabs.items()):
                if not slab.used:
                    del self._slabs[generation]
                slab.used = False
            self._watched = bool(self._slabs) or any(entry.table is not None for entry in self._entries.values())
            return self._watched

    def _sweep(self, key: str, entry: _Entry) -> None:
        """Ages one entry: unused ones are held weakly, as are those of a block that was superseded."""
        withdrawn = entry.words[entry.sequence_word] != entry.sequence
        entry.stamp()
        if entry.used and not withdrawn and not entry.words[SUPERSEDED]:
            entry.used = False
            return
        entry.table = None
        with self._lock:
            if (withdrawn or entry.weak() is None) and self._entries.get(key) is entry:
                self.forget(key)

    def _begin_child(self) -> None:
        self._lock = threading.RLock()
        self._watched = False
        self.forget_all()


def _after_fork_in_child() -> None:
    for reader in list(_readers):
        reader._begin_child()


os.register_at_fork(after_in_child=_after_fork_in_child)
