"""What can be put: frames, tables, batches, readers, arrays, and anything that speaks the Arrow C interface."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from itertools import islice
from typing import Any, Iterator, Optional

import pyarrow as pa

from . import _arrays, _encode, _frames
from .exceptions import InvalidDataError


_PARTS_AT_ONCE = 16


@dataclass(frozen=True)
class Source:
    """Data on its way to the shelf: a table, or batches that can be read once."""

    schema: pa.Schema
    table: Optional[pa.Table] = None
    reader: Optional[pa.RecordBatchReader] = None
    encoder: Optional[_encode.TextEncoder] = None

    @property
    def repeatable(self) -> bool:
        return self.table is not None

    @property
    def is_made(self) -> bool:
        """Whether its parts are made one after the other, and best sent before the next ones are."""
        return self.table is None or self.encoder is not None

    def encoded(self) -> "Source":
        """The same with its repetitive text columns as dictionaries; batches are read for it."""
        table = self.reader.read_all() if self.reader is not None else self.table
        if table is None:
            return self
        encoder = _encode.TextEncoder(table)
        return _of_table(table) if encoder.is_idle else Source(encoder.schema, table, encoder=encoder)

    def parts(self, rows: int, size: int) -> "Iterator[pa.Table | pa.RecordBatch]":
        """The data in pieces no larger than the partition limits (0: no limit)."""
        if self.encoder is not None and self.table is not None and self.table.num_rows:
            yield from _encoded(self.encoder, self.table, rows, size)
        elif self.table is not None and not rows and not size:
            yield from [self.table] if self.table.num_rows else _empty_batch(self.table)
        elif self.table is not None:
            yield from _cut(self.table.to_batches(max_chunksize=rows or None) or _empty_batch(self.table), rows, size)
        elif self.reader is not None:
            yield from _cut(self.reader, rows, size)


def source_of(data: Any) -> Source:
    """Takes data of any supported kind; frames become one chunk per column, tables keep their chunks."""
    if isinstance(data, Source):
        return data
    if isinstance(data, pa.Table):
        return _of_table(data)
    if isinstance(data, pa.RecordBatch):
        return _of_table(pa.Table.from_batches([data]))
    if isinstance(data, pa.RecordBatchReader):
        return Source(data.schema, reader=data)
    if isinstance(data, (pa.Array, pa.ChunkedArray)):
        return _of_table(pa.table({_arrays.COLUMN: data}))
    pandas, numpy, polars = (_loaded(name) for name in ("pandas", "numpy", "polars"))
    if pandas is not None and isinstance(data, (pandas.DataFrame, pandas.Series)):
        frame = data if isinstance(data, pandas.DataFrame) else data.to_frame(data.name or _arrays.COLUMN)
        return _of_table(_frames.table_of_pandas(frame))
    if numpy is not None and isinstance(data, (numpy.ndarray, numpy.generic)):
        return _of_table(_arrays.table_of(numpy.asanyarray(data)))
    if polars is not None and isinstance(data, (polars.DataFrame, polars.Series, polars.LazyFrame)):
        frame = data.collect() if isinstance(data, polars.LazyFrame) else data
        frame = frame.to_frame(frame.name or _arrays.COLUMN) if isinstance(frame, polars.Series) else frame
        return _of_table(_frames.one_chunk(frame.to_arrow()))
    return _of_interface(data)


def _of_table(table: pa.Table) -> Source:
    return Source(table.schema, table=table)


def _of_interface(data: Any) -> Source:
    """Objects that export themselves through the Arrow C interface."""
    if hasattr(data, "__arrow_c_stream__"):
        try:
            reader = pa.RecordBatchReader.from_stream(data)
        except pa.ArrowInvalid:
            return _of_table(pa.table({_arrays.COLUMN: pa.chunked_array(data)}))
        return Source(reader.schema, reader=reader)
    if hasattr(data, "__arrow_c_array__"):
        try:
            return _of_table(pa.Table.from_batches([pa.record_batch(data)]))
        except pa.ArrowInvalid:
            return _of_table(pa.table({_arrays.COLUMN: pa.array(data)}))
    kind = type(data)
    raise TypeError(
        f"Data of this type cannot be put: type={kind.__module__}.{kind.__qualname__} (put a pandas or polars frame, a "
        "pyarrow table, batch or reader, a numpy array, or an object with __arrow_c_stream__; pyarrow.table(dict) "
        "makes a table of lists)"
    )


def _cut(batches: Any, rows: int, size: int) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        step = rows or max(batch.num_rows, 1)
        for start in range(0, max(batch.num_rows, 1), step):
            yield from _cut_to_size(batch.slice(start, step), size)


def _cut_to_size(batch: pa.RecordBatch, size: int) -> Iterator[pa.RecordBatch]:
    if not size or batch.num_rows <= 1 or batch.nbytes <= size:
        yield batch
        return
    parts = -(-batch.nbytes // size)
    step = max(batch.num_rows // parts, 1)
    if step == batch.num_rows:
        step = batch.num_rows // 2
    for start in range(0, batch.num_rows, step):
        yield from _cut_to_size(batch.slice(start, step), size)


def _encoded(
    encoder: _encode.TextEncoder, table: pa.Table, rows: int, size: int
) -> "Iterator[pa.Table | pa.RecordBatch]":
    encoder.begin()
    if not rows and not size:
        yield encoder.whole(table)
        return
    cut = _cut(table.to_batches(max_chunksize=rows or None), rows, size)
    while parts := list(islice(cut, _PARTS_AT_ONCE)):
        yield from encoder.encoded(parts)


def _empty_batch(table: pa.Table) -> list[pa.RecordBatch]:
    """One batch without rows, so that each column of an empty table has a chunk."""
    try:
        arrays = [pa.array([], field.type) for field in table.schema]
        return [pa.RecordBatch.from_arrays(arrays, schema=table.schema)]
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return []


def _loaded(name: str) -> Any:
    """A module, when the program has imported it: only then can it have made the data."""
    return sys.modules.get(name)


def checked_limit(name: str, limit: Optional[int]) -> int:
    """A partition limit as the protocol writes it: 0 for none."""
    if limit is None:
        return 0
    if limit <= 0:
        raise InvalidDataError(f"Partition limit is not positive: {name}={limit}", "USER", "INVALID_ARGUMENT")
    return limit
