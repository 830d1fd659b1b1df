"""Writes the files of a shelf directory as docs/spec says, without any code of the package."""

from __future__ import annotations

import hashlib
import io
import os
import struct
import zlib
from pathlib import Path

import pyarrow as pa

SLOTS_AT = 4096


def start_time(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])


def slot_bytes(
    key: bytes,
    key_offset: int,
    *,
    sequence: int = 2,
    generation: int = 1,
    state: int = 1,
    place: int = 2,
    locator: int = 1,
    offset: int = 0,
    length: int = 0,
    rows: int = 0,
    size: int = 0,
    columns: int = 0,
    damage: bool = False,
) -> bytes:
    digest = hashlib.sha256(key).digest()[:16]
    body = struct.pack(
        "<Q16sQQIHHQIIQQQI", sequence, digest, generation, key_offset, len(key), state, place, locator, offset, length,
        rows, size, 1_700_000_000_000, columns,
    )  # fmt: skip
    assert len(body) == 92
    return body + struct.pack("<I", zlib.crc32(body) ^ (0xFF if damage else 0))


class ControlFile:
    """A control block that a test changes in place, as an owner does."""

    def __init__(self, directory: Path, slots: int = 16, heap: int = 4096, **header: int) -> None:
        self.path = directory / "control"
        self.slots = slots
        self.heap_at = SLOTS_AT + 96 * slots
        self.heap_used = 0
        self.positions: dict[bytes, int] = {}
        self.key_offsets: dict[bytes, int] = {}
        self.data = bytearray(self.heap_at + heap)
        struct.pack_into("<8sII", self.data, 0, b"ASHCTRL1", 1, 4096)
        owner = header.get("owner", os.getpid())
        self.word(24, owner)
        self.word(32, header.get("start", start_time(owner) if owner else 0))
        self.word(56, slots)
        self.word(64, SLOTS_AT)
        self.word(72, self.heap_at)
        self.word(80, heap)
        self.word(104, header.get("incarnation", 1))
        for offset, name in ((120, "limit"), (128, "resident"), (136, "pool"), (144, "unlinked"), (152, "writing")):
            self.word(offset, header.get(name, 0))
        self.data[160:176] = bytes(range(16))
        self.path.write_bytes(self.data)

    def word(self, offset: int, value: int) -> None:
        struct.pack_into("<Q", self.data, offset, value)
        self._write(offset, 8)

    def address(self, address: str) -> None:
        text = address.encode()
        struct.pack_into("<H", self.data, 176, len(text))
        self.data[178 : 178 + len(text)] = text
        self._write(176, 2 + len(text))

    def slot(self, key: bytes, **fields: object) -> int:
        """Writes the slot of a key and counts a change; the slot's position."""
        if key not in self.positions:
            low = int.from_bytes(hashlib.sha256(key).digest()[:8], "little")
            position = low & (self.slots - 1)
            while position in self.positions.values():
                position = (position + 1) & (self.slots - 1)
            self.positions[key] = position
            self.key_offsets[key] = self.heap_used
            self.data[self.heap_at + self.heap_used : self.heap_at + self.heap_used + len(key)] = key
            self._write(self.heap_at + self.heap_used, len(key))
            self.heap_used += len(key)
        at = SLOTS_AT + 96 * self.positions[key]
        sequence = struct.unpack_from("<Q", self.data, at)[0] + 2
        self.data[at : at + 96] = slot_bytes(key, self.key_offsets[key], **{"sequence": sequence, **fields})  # type: ignore[arg-type]
        self._write(at, 96)
        self.word(48, struct.unpack_from("<Q", self.data, 48)[0] + 1)
        return self.positions[key]

    def _write(self, offset: int, length: int) -> None:
        if self.path.exists():
            with open(self.path, "r+b", buffering=0) as file:
                file.seek(offset)
                file.write(self.data[offset : offset + length])


def stream_bytes(table: pa.Table) -> bytes:
    out = io.BytesIO()
    with pa.ipc.new_stream(out, table.schema) as writer:
        writer.write_table(table)
    return out.getvalue()


def write_segment(directory: Path, generation: int, partition: int, table: pa.Table) -> int:
    path = directory / "segments" / f"{generation:016x}-{partition:08x}.arrow"
    path.parent.mkdir(exist_ok=True)
    with pa.ipc.new_file(str(path), table.schema) as writer:
        writer.write_table(table)
    path.chmod(0o400)
    return path.stat().st_size


def write_slab(directory: Path, generation: int, payloads: list[bytes]) -> list[int]:
    """A slab with a record for each payload; where the payloads begin."""
    path = directory / "segments" / f"{generation:016x}.slab"
    path.parent.mkdir(exist_ok=True)
    data = bytearray(8 << 20)
    struct.pack_into("<8sIIQQ", data, 0, b"ASHSLAB1", 1, 64, generation, len(data))
    offset, places = 64, []
    for payload in payloads:
        places.append(offset + 128)
        data[offset + 128 : offset + 128 + len(payload)] = payload
        struct.pack_into("<I", data, offset, 1)
        offset = -(-(offset + 128 + len(payload)) // 64) * 64
    path.write_bytes(data)
    path.chmod(0o600)
    return places
