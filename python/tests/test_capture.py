from __future__ import annotations

import pyarrow as pa
import pytest

from arrowshelf._capture import Capture, Messages, body_length

STRINGS = pa.array(["aaaa", "bb", None, "c" * 20] * 1000)
CASES = {
    "string slice": STRINGS.slice(1001, 5),
    "list slice": pa.array([[1, 2], [3]] * 1000).slice(1000, 3),
    "bool slice": pa.array([True, False, None] * 100).slice(3, 7),
    "dictionary slice": STRINGS.dictionary_encode().slice(1, 2),
    "view slice": pa.array(["x" * 30, "y"] * 1000, pa.string_view()).slice(1, 3),
    "run-end slice": pa.RunEndEncodedArray.from_arrays([2, 4], pa.array([1, 2])).slice(1, 2),
    "struct slice": pa.array([{"a": 1, "b": "x"}] * 100).slice(3, 5),
    "null": pa.nulls(5),
    "list view": pa.array([[1], [2, 3]], pa.list_view(pa.int64())).slice(1, 1),
    "fixed-size list": pa.array([[1, 2]] * 5, pa.list_(pa.int32(), 2)).slice(2, 2),
    "union": pa.UnionArray.from_sparse(pa.array([0, 1, 0], pa.int8()), [pa.array([1, 2, 3]), pa.array(["x", "y", "z"])]),
}  # fmt: skip


def captured(table: pa.Table) -> "tuple[list[bytes | pa.Buffer], Messages]":
    capture = Capture(table.schema)
    capture.write(table)
    capture.finish()
    pieces = capture.take()
    return pieces, Messages(pieces)


@pytest.mark.parametrize("name", CASES)
def test_bodies_are_what_the_stream_holds(name: str) -> None:
    table = pa.table({"x": CASES[name]})
    pieces, messages = captured(table)
    stream = b"".join(bytes(piece) for piece in pieces)
    reader = pa.ipc.MessageReader.open_stream(stream)
    position = 0
    for metadata, body in zip(messages.metadata, messages.body_bytes):
        message = reader.read_next_message()
        assert message.metadata.equals(pa.py_buffer(metadata))
        expected = message.body.to_pybytes() if message.body else b""
        assert len(expected) == body == body_length(metadata)
        ranges = messages.ranges(position, body)
        assert b"".join(pa.foreign_buffer(a, n).to_pybytes() for a, n in ranges) == expected
        position += body
    assert position == messages.total
    assert pa.ipc.open_stream(stream).read_all().equals(table)


def test_large_buffers_are_not_copied() -> None:
    table = pa.table({f"c{number}": pa.array(range(10_000)) for number in range(5)})
    _, messages = captured(table)
    sources = {column.chunk(0).buffers()[1].address for column in table.columns}
    assert {data.address for _, data in messages.buffers()} == sources


def test_ranges_cross_buffers_and_stay_inside() -> None:
    _, messages = captured(pa.table({"a": pa.array([1, 2, 3]), "b": pa.array([1.0, 2.0, 3.0])}))
    lengths = [length for _, length in messages.ranges(20, 10)]
    assert lengths == [4, 6]
    assert list(messages.ranges(messages.total, 0)) == []
    with pytest.raises(ValueError, match="beyond the bodies"):
        list(messages.ranges(messages.total - 1, 2))


def test_messages_are_encoded_with_their_body_lengths() -> None:
    _, messages = captured(pa.table({"a": [1, 2, 3]}))
    encoded = messages.encode()
    assert encoded[:4] == (2).to_bytes(4, "little")
    size = int.from_bytes(encoded[4:8], "little")
    assert encoded[8 : 8 + size] == messages.metadata[0]
    assert encoded[8 + size : 16 + size] == bytes(8)
    assert encoded[-8:] == (24).to_bytes(8, "little")
    assert messages.encode(1, 2)[:4] == (1).to_bytes(4, "little")


def test_batches_taken_in_turns_make_the_same_stream() -> None:
    table = pa.table({"d": pa.array(["a", "b"]).dictionary_encode(), "n": [1, 2]})
    capture = Capture(table.schema)
    pieces = []
    for _ in range(3):
        capture.write(table.to_batches()[0])
        pieces += capture.take()
    capture.finish()
    pieces += capture.take()
    assert pa.ipc.open_stream(b"".join(bytes(p) for p in pieces)).read_all().equals(pa.concat_tables([table] * 3))
