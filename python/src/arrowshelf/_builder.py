"""Tables built in place: numpy arrays whose memory is the shelf's, so that sealing writes metadata only."""

from __future__ import annotations

import ctypes
import math
from struct import Struct
from typing import TYPE_CHECKING, Any, Callable, Mapping, Optional

import pyarrow as pa

from . import _arrays, _mapping, _socket
from ._capture import Capture, Messages
from ._lanes import in_lanes
from ._mapping import Mapping as FileMapping
from ._put import PutOptions
from ._socket import U32, U64, ControlSocket, Cursor, frame_text
from .exceptions import InvalidDataError, NotBuildableError, OutOfMemoryError

if TYPE_CHECKING:
    import numpy as np

_TIMES = {f"{kind}8[{unit}]" for kind in "mM" for unit in ("s", "ms", "us", "ns")}
_PLACEMENT = Struct("<QQQ")
_ALIGNMENT = 64
_HEADROOM = 1 << 30
_PREPARE_BYTES = 64 << 20
_AHEAD_BYTES = 8 << 20

PutTable = Callable[[str, pa.Table, PutOptions], None]


class Builder:
    """A table in the making. Arrays made by `array()` and `empty()` lie on the shelf; `seal()` publishes the table.

    The contents of new arrays are undefined. After `seal()` the arrays stay readable and are read-only. As a context
    manager it seals at the end of the block, and gives up when the block raises.
    """

    def __init__(self, link: ControlSocket, key: str, capacity: int, options: PutOptions, put_table: PutTable) -> None:
        self.key = key
        self._link: Optional[ControlSocket] = link
        self._options = options
        self._put_table = put_table
        begin = options.head(key.encode("utf-8"), options.flags) + U64.pack(capacity)
        answer = Cursor(link.request(_socket.PLACE_BEGIN, begin))
        self._put = answer.u64()
        self._path = link.directory / answer.text()
        self._file_bytes, self._warm_bytes, self._next = answer.u64(), answer.u64(), answer.u64()
        self._ready = 0
        reserve = max(2 * self._file_bytes, self._file_bytes + _HEADROOM)
        self._mapping = FileMapping.writable(self._path, self._file_bytes, reserve)
        self._columns: dict[str, Any] = {}
        self._arrays: list["np.ndarray[Any, Any]"] = []

    def empty(self, shape: "int | tuple[int, ...]", dtype: Any = "f8") -> "np.ndarray[Any, Any]":
        """A new array on the shelf: numbers or times. It becomes a column when `seal()` is told its name."""
        import numpy as np

        kind = np.dtype(dtype)
        sizes = (shape,) if isinstance(shape, int) else tuple(int(length) for length in shape)
        if not _is_placeable(kind):
            raise NotBuildableError(f"Column type cannot be built in place: dtype={kind} (use add() for other columns)")
        if not sizes or any(length <= 0 for length in sizes[1:]):
            raise NotBuildableError(f"Column shape cannot be built in place: shape={sizes}")
        return self._place(sizes, kind)

    def array(self, name: str, shape: "int | tuple[int, ...]", dtype: Any = "f8") -> "np.ndarray[Any, Any]":
        """A new column as an array to fill; more than one dimension makes a column of fixed-size lists."""
        self._check_new(name)
        column = self._columns[name] = self.empty(shape, dtype)
        return column

    def add(self, name: str, values: Any) -> None:
        """A column of any Arrow type. Arrays of this builder stay where they are, others are copied."""
        self._check_new(name)
        self._columns[name] = values

    def seal(self, columns: Optional[Mapping[str, Any]] = None) -> str:
        """Publishes the table, with these further columns, and returns its key. Arrays on the shelf are not touched."""
        for name, values in (columns or {}).items():
            self.add(name, values)
        self._check_open()
        try:
            arrays = [_column_of(values) for values in self._columns.values()]
            batch = pa.RecordBatch.from_arrays(arrays, names=list(self._columns))
        except (pa.ArrowInvalid, ValueError) as error:
            lengths = {name: len(values) for name, values in self._columns.items()}
            raise NotBuildableError(f"Columns do not make a table: lengths={lengths}, reason={error}") from error
        return self._publish(batch)

    def _publish(self, batch: pa.RecordBatch) -> str:
        self._check_open()
        try:
            self._commit(batch)
        except InvalidDataError as error:
            if error.code != "UNSUPPORTED_IPC":
                self.abort()
                raise
            self._finish()
            self._put_table(self.key, pa.Table.from_batches([batch]), self._options)
        except BaseException:
            self.abort()
            raise
        self._finish()
        return self.key

    def abort(self) -> None:
        """Gives up; nothing is published. The arrays stay usable as private memory."""
        if self._link is not None:
            self._let_go()
            self._finish()

    @property
    def is_open(self) -> bool:
        return self._link is not None

    def __enter__(self) -> "Builder":
        return self

    def __exit__(self, kind: Optional[type[BaseException]], *rest: object) -> None:
        if kind is not None:
            self.abort()
        elif self._link is not None:
            self.seal()

    def _commit(self, batch: pa.RecordBatch) -> None:
        capture = Capture(batch.schema)
        capture.write(batch)
        messages = Messages(capture.take())
        placements = [
            _PLACEMENT.pack(position, data.size, self._offset_of(data)) for position, data in messages.buffers()
        ]
        self._let_go()
        assert self._link is not None
        self._link.request(
            _socket.PLACE_COMMIT,
            U64.pack(self._put),
            messages.encode(),
            U32.pack(len(placements)),
            *placements,
        )

    def _offset_of(self, data: pa.Buffer) -> int:
        """Where a buffer lies in the file; one that lies elsewhere is copied into it."""
        offset: int = data.address - self._mapping.address
        if 0 <= offset and offset + data.size <= self._file_bytes:
            return offset
        offset = self._allocate(data.size)
        ctypes.memmove(self._mapping.address + offset, data.address, data.size)
        return offset

    def _place(self, shape: tuple[int, ...], dtype: "np.dtype[Any]") -> "np.ndarray[Any, Any]":
        import numpy as np

        size = dtype.itemsize * math.prod(shape)
        if size == 0:
            return np.empty(shape, dtype)
        address = self._mapping.address + self._allocate(size)
        array = np.asarray(_Memory(self._mapping, address, size)).view(dtype).reshape(shape)
        self._arrays.append(array)
        return array

    def _allocate(self, size: int) -> int:
        self._check_open()
        offset, end = self._next, self._next + size
        if end > self._file_bytes:
            self._grow(end)
        self._make_pages(end)
        self._next = -(-end // _ALIGNMENT) * _ALIGNMENT
        return offset

    def _make_pages(self, end: int) -> None:
        """Makes pages up to `end` and a step further: whole steps are huge pages, arrays end anywhere."""
        self._ready = max(self._ready, self._warm_bytes)
        if self._ready >= end or not _mapping.can_populate():
            return
        last = min(-(-end // _AHEAD_BYTES) * _AHEAD_BYTES, self._file_bytes)
        step = _PREPARE_BYTES
        starts = [self._ready, *range((self._ready // step + 1) * step, last, step)]
        in_lanes(self._prepare, list(zip(starts, [*starts[1:], last])))
        self._ready = last

    def _prepare(self, part: tuple[int, int]) -> None:
        _mapping.prepare(self._mapping, part[0], part[1], self._file_bytes)

    def _grow(self, end: int) -> None:
        if end > self._mapping.size:
            raise OutOfMemoryError(
                f"Builder is full: bytes={end}, most={self._mapping.size} (begin it with a larger size)",
                "RESOURCE",
                "OUT_OF_MEMORY",
            )
        assert self._link is not None
        answer = Cursor(self._link.request(_socket.PLACE_GROW, U64.pack(self._put), U64.pack(end)))
        old, self._file_bytes, self._warm_bytes = self._file_bytes, answer.u64(), answer.u64()
        self._mapping.grow(self._path, old, self._file_bytes)

    def _let_go(self) -> None:
        for array in self._arrays:
            array.flags.writeable = False
        self._arrays.clear()
        self._mapping.let_go_of_writing(self._path, self._file_bytes)

    def _finish(self) -> None:
        link, self._link = self._link, None
        if link is not None:
            link.close()

    def _check_new(self, name: str) -> None:
        self._check_open()
        if name in self._columns:
            raise NotBuildableError(f"Column exists already: column={name!r}")

    def _check_open(self) -> None:
        if self._link is None:
            raise NotBuildableError(f"Builder is finished: key={self.key!r}")


class PlacedArray:
    """One numpy array on the shelf: fill `array`, then `seal()` it; `get(key)` gives it to every process."""

    def __init__(self, builder: Builder, shape: tuple[int, ...], dtype: "np.dtype[Any]") -> None:
        self.key = builder.key
        self.array = builder._place(shape, dtype)
        self._builder = builder

    def seal(self) -> str:
        """Publishes the array and returns its key; it stays readable here, and is read-only from now on."""
        array = self.array
        data = pa.py_buffer(_arrays.bytes_of(array)) if array.nbytes else None
        return self._builder._publish(_arrays.batch_over(data, array.dtype, array.shape))

    def abort(self) -> None:
        """Gives up; nothing is published."""
        self._builder.abort()

    def __enter__(self) -> "PlacedArray":
        return self

    def __exit__(self, kind: Optional[type[BaseException]], *rest: object) -> None:
        if kind is not None:
            self.abort()
        elif self._builder.is_open:
            self.seal()


class _Memory:
    """Bytes of a mapping as numpy takes them; the array made of this keeps the mapping."""

    def __init__(self, mapping: FileMapping, address: int, size: int) -> None:
        self.mapping = mapping
        self.__array_interface__ = {"version": 3, "shape": (size,), "typestr": "|u1", "data": (address, False)}


def _is_placeable(dtype: "np.dtype[Any]") -> bool:
    """Whether an Arrow column has the same elements: numbers, and times that Arrow counts in 64 bits too."""
    return _arrays.is_column_type(dtype) or (dtype.isnative and dtype.str[1:] in _TIMES)


def _column_of(values: Any) -> pa.Array:
    """An Arrow array over the memory of the values, where it can be."""
    if isinstance(values, pa.ChunkedArray):
        return values.combine_chunks()
    if isinstance(values, pa.Array):
        return values
    dtype: Any = getattr(values, "dtype", None)
    shape = getattr(values, "shape", ())
    if not shape or not hasattr(values, "strides") or not _is_placeable(dtype) or not values.flags.c_contiguous:
        return pa.array(values)
    data = pa.py_buffer(_arrays.bytes_of(values)) if values.nbytes else None
    column = pa.Array.from_buffers(pa.from_numpy_dtype(dtype), values.size, [None, data])
    for length in reversed(shape[1:]):
        column = pa.FixedSizeListArray.from_arrays(column, length)
    return column
