"""Queries: how they are asked for and how their answers are read (docs/spec/local-protocol.md)."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from typing import Any, Callable, NamedTuple, Optional, Union

import pyarrow as pa

from . import _frames, _socket
from ._socket import U32, U64, ControlSocket, Cursor, frame_text

Parameters = Union[Sequence[Any], Mapping[str, Any], None]

INTO, EXPLAIN, ANALYZE, JSON, IN_PLACE = 1, 2, 4, 8, 16
"""Flags of a query."""

_INLINE, _LENT, _STORED, _PLAN, _IN_PLACE = range(5)
_STATEMENT_TYPE = b"type.googleapis.com/arrow.flight.protocol.sql.CommandStatementQuery"
_numbers = random.SystemRandom()


class Query(NamedTuple):
    """A statement, the values of its parameters, how long it may run, what is wanted of it, and the number by which it
    can be cancelled (0: any)."""

    sql: str
    parameters: Parameters = None
    timeout: Optional[float] = None
    flags: int = 0
    into: str = ""
    number: int = 0


class Lent(NamedTuple):
    """A result that lies on the shelf until it is taken."""

    key: str


class InPlace(NamedTuple):
    """A result that is columns of a table of the shelf as they lie there."""

    key: str
    generation: int
    columns: list[int]


class Stored(NamedTuple):
    """A result that was put on the shelf as a table."""

    rows: int


Answer = Union[pa.Table, Lent, InPlace, Stored, str]


def checked_timeout(timeout: Optional[float]) -> Optional[float]:
    if timeout is not None and not 0 < timeout < math.inf:
        raise ValueError(f"Timeout is not a positive number of seconds: timeout={timeout}")
    return timeout


def ask(link: ControlSocket, query: Query, another: Callable[[], ControlSocket]) -> Answer:
    """Sends a query and waits for what it comes to. When the wait is interrupted the query is cancelled over another
    connection, and this one is closed."""
    number = query.number or new_number()
    milliseconds = 0 if query.timeout is None else max(1, round(query.timeout * 1000))
    link.wait_longer(query.timeout)
    try:
        answer = link.request(
            _socket.QUERY,
            U64.pack(number),
            U32.pack(query.flags),
            U64.pack(milliseconds),
            frame_text(query.sql.encode("utf-8")),
            frame_text(_row_of(query.parameters)),
            frame_text(query.into.encode("utf-8")),
        )
    except (KeyboardInterrupt, SystemExit):
        cancel(number, another)
        raise
    finally:
        link.wait_as_usual()
    return _read(Cursor(answer))


def new_number() -> int:
    """A number for a query that no other has."""
    return _numbers.getrandbits(64) | 1


def explained(query: Query) -> str:
    """The statement whose result is the plan of another."""
    options = ("ANALYZE, " if query.flags & ANALYZE else "") + ("FORMAT json" if query.flags & JSON else "FORMAT text")
    return f"EXPLAIN ({options}) {query.sql}"


def statement_command(sql: str) -> bytes:
    """Flight SQL's CommandStatementQuery, in the Any that descriptors hold."""
    return _field(1, _STATEMENT_TYPE) + _field(2, _field(1, sql.encode("utf-8")))


def _field(number: int, value: bytes) -> bytes:
    """One field of bytes as protocol buffers write it."""
    length, prefix = len(value), bytearray([number << 3 | 2])
    while length > 127:
        prefix.append(length & 127 | 128)
        length >>= 7
    return bytes(prefix) + bytes([length]) + value


def cancel(number: int, another: Callable[[], ControlSocket]) -> None:
    """Cancels a query over a connection of its own; one that is not there is none."""
    link = another()
    try:
        link.request(_socket.QUERY_CANCEL, U64.pack(number))
    finally:
        link.close()


def _read(answer: Cursor) -> Answer:
    kind = answer.u32()
    if kind == _INLINE:
        return pa.ipc.open_stream(pa.py_buffer(answer.raw(answer.u32()))).read_all()
    if kind == _LENT:
        return Lent(answer.text())
    if kind == _STORED:
        answer.u64()
        return Stored(answer.u64())
    if kind == _IN_PLACE:
        return InPlace(answer.text(), answer.u64(), [answer.u32() for _ in range(answer.u32())])
    return answer.text()


def _row_of(parameters: Parameters) -> bytes:
    """One row of an Arrow stream: columns without names are positional parameters."""
    if parameters is None or len(parameters) == 0:
        return b""
    if isinstance(parameters, (str, bytes)):
        raise TypeError(f"Parameters are a sequence or a mapping: type={type(parameters).__name__}")
    named = isinstance(parameters, Mapping)
    names = [str(name) for name in parameters] if named else [""] * len(parameters)
    values = list(parameters.values()) if isinstance(parameters, Mapping) else list(parameters)
    batch = pa.RecordBatch.from_arrays([_array_of(value) for value in values], names=names)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return bytes(memoryview(sink.getvalue()))


def _array_of(value: Any) -> pa.Array:
    return pa.array([value.item() if hasattr(value, "item") and getattr(value, "ndim", 0) == 0 else value])


def converted(table: pa.Table, target_type: str) -> Any:
    """A result as what a program wants it to be."""
    if target_type == "arrow":
        return table
    if target_type == "pandas":
        return _frames.pandas_of(table)
    if target_type == "polars":
        import polars

        return polars.from_arrow(table)
    if target_type == "numpy":
        return {name: column.to_numpy() for name, column in zip(table.column_names, table.columns)}
    if target_type == "dict":
        return table.to_pydict()
    if target_type == "reader":
        return table.to_reader()
    raise ValueError(
        f"Unknown target type: target_type={target_type!r}, known=arrow, pandas, polars, numpy, dict, reader"
    )
