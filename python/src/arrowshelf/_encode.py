"""Text columns of few distinct values as dictionaries, and back (docs/spec/segments.md, section 6)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Optional

import pyarrow as pa

from ._lanes import in_lanes

_KEY, _TEXT = b"arrowshelf.encoded", b"text"
_SAMPLE_ROWS = 10_000
_MOST_DISTINCT = 0.25
_MOST_WORDS = 1 << 16
"""A part with more values than these in all has a dictionary of its own: what is known is looked up for each part."""
_PART_ROWS = 1 << 17
_PARALLEL_ROWS = 1 << 15


class TextEncoder:
    """Encodes the repetitive text columns of one table, part by part; `saved` has what that saves, so far.

    Dictionaries grow from part to part. One thread at a time.
    """

    def __init__(self, table: pa.Table) -> None:
        self._columns: dict[int, _Words] = {}
        for place, field in enumerate(table.schema):
            if _is_text(field.type) and table.schema.names.count(field.name) == 1:
                sample = table.column(place).slice(0, _SAMPLE_ROWS)
                words = _compute().unique(sample).drop_null() if len(sample) > 1 else None
                if words is not None and _takes_less(sample, len(words)):
                    self._columns[place] = _Words(field, words)
        schema = table.schema
        for place, words in self._columns.items():
            schema = schema.set(place, words.field)
        self.schema: pa.Schema = schema

    def begin(self) -> None:
        """Forgets all words: the table begins anew."""
        for place, words in self._columns.items():
            self._columns[place] = _Words(words.text, words.first)

    @property
    def is_idle(self) -> bool:
        """Whether there is nothing to encode."""
        return not self._columns

    @property
    def saved(self) -> dict[str, int]:
        """The bytes saved by column name."""
        return {words.field.name: words.saved for words in self._columns.values()}

    def encoded(self, parts: Sequence[pa.RecordBatch]) -> list[pa.RecordBatch]:
        """The same rows, encoded by several threads."""
        jobs = [(words, part.column(place)) for place, words in self._columns.items() for part in parts]
        found: dict[int, pa.Array] = {}

        def number(job: int) -> None:
            words, text = jobs[job]
            found[job] = words.numbers(text)

        if sum(len(part) for part in parts) < _PARALLEL_ROWS:
            for job in range(len(jobs)):
                number(job)
        else:
            in_lanes(number, range(len(jobs)))
        columns = [part.columns for part in parts]
        for order, place in enumerate(self._columns):
            words = self._columns[place]
            for row, part in enumerate(parts):
                job = order * len(parts) + row
                columns[row][place] = words.array(found[job], part.column(place))
        return [pa.RecordBatch.from_arrays(arrays, schema=self.schema) for arrays in columns]

    def whole(self, table: pa.Table) -> pa.Table:
        """A whole table, encoded; the chunks of a column share one dictionary, and remain one where they were."""
        batches = self.encoded(table.to_batches(_PART_ROWS))
        encoded = pa.Table.from_batches(batches, self.schema).unify_dictionaries()
        columns = table.columns
        for place in self._columns:
            column = encoded.column(place)
            columns[place] = column.combine_chunks() if columns[place].num_chunks == 1 else column
        return pa.Table.from_arrays(columns, schema=self.schema)


class _Words:
    """The distinct values of one column, in the order in which they came, beginning with those of its first rows."""

    def __init__(self, field: pa.Field, first: pa.Array) -> None:
        self.text = field
        self.first = first
        self.field = field.with_type(pa.dictionary(pa.int32(), field.type)).with_metadata(
            {**(field.metadata or {}), _KEY: _TEXT}
        )
        self.saved = -int(first.nbytes)
        self._words = first

    def numbers(self, text: pa.Array) -> pa.Array:
        """The place of each value among the known ones; null where it is not known, or null."""
        return _compute().index_in(text, self._words)

    def array(self, numbers: pa.Array, text: pa.Array) -> pa.DictionaryArray:
        """The values with their numbers as a dictionary array; learns those that are new, unless they are too many."""
        validity = (len(text) + 7) // 8 if text.null_count else 0
        self.saved += text.nbytes - validity - 4 * len(text)
        if numbers.null_count > text.null_count:
            pc = _compute()
            new = pc.unique(text.filter(pc.and_(pc.is_null(numbers), pc.is_valid(text))))
            new = new.filter(pc.is_null(pc.index_in(new, self._words)))
            if len(self._words) + len(new) > _MOST_WORDS:
                alone = text.dictionary_encode()
                self.saved -= alone.dictionary.nbytes
                return alone
            self.saved -= new.nbytes
            self._words = pa.concat_arrays([self._words, new])
            numbers = self.numbers(text)
        return pa.DictionaryArray.from_arrays(numbers, self._words, safe=False)


def encode_text(table: pa.Table) -> tuple[pa.Table, dict[str, int]]:
    """The table with its repetitive text columns as dictionaries, and the bytes that each of them saved."""
    encoder = TextEncoder(table)
    return (table, {}) if encoder.is_idle else (encoder.whole(table), encoder.saved)


def is_encoded(field: pa.Field) -> bool:
    """Whether a column was text when it was put."""
    return bool(pa.types.is_dictionary(field.type) and (field.metadata or {}).get(_KEY) == _TEXT)


def decode_text(table: pa.Table, *, large: bool = False, threads: bool = False) -> pa.Table:
    """The table with encoded columns as the text that they were, or with `large` as large_string: so pandas keeps it."""
    for place, field in enumerate(table.schema):
        if is_encoded(field):
            kept = {name: value for name, value in field.metadata.items() if name != _KEY}
            kind = pa.large_string() if large else field.type.value_type
            text = field.with_type(kind).with_metadata(kept or None)
            table = table.set_column(place, text, _decoded(table.column(place), kind, threads))
    return table


def _decoded(column: pa.ChunkedArray, kind: pa.DataType, threads: bool) -> pa.ChunkedArray:
    if not threads or column.num_chunks < 2 or len(column) < _PARALLEL_ROWS:
        return column.cast(kind)
    chunks = column.chunks
    decoded: list[Optional[pa.Array]] = [None] * len(chunks)

    def decode(number: int) -> None:
        decoded[number] = chunks[number].cast(kind)

    in_lanes(decode, range(len(chunks)))
    return pa.chunked_array(decoded, kind)


def saved_bytes(table: pa.Table) -> dict[str, int]:
    """What encoding saves of each encoded column; looks at every index."""
    saved: dict[str, int] = {}
    for field, column in zip(table.schema, table.columns):
        if is_encoded(field):
            offset = _offset_bytes(field.type.value_type)
            text = sum(_chosen_bytes(chunk) for chunk in column.chunks) + (len(column) + 1) * offset
            saved[field.name] = text - _encoded_bytes(column)
    return saved


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _takes_less(sample: pa.ChunkedArray, distinct: int) -> bool:
    """Whether a column that begins so is worth being encoded."""
    if not 0 < distinct <= len(sample) * _MOST_DISTINCT:
        return False
    text = sample.nbytes - ((len(sample) + 7) // 8 if sample.null_count else 0)
    return bool(text - 4 * len(sample) > text * distinct / len(sample))


def _offset_bytes(kind: pa.DataType) -> int:
    return 8 if pa.types.is_large_string(kind) else 4


def _encoded_bytes(column: pa.ChunkedArray) -> int:
    """Bytes of an encoded column without its validity; the dictionary that its chunks share counts once."""
    largest = max((chunk.dictionary.nbytes for chunk in column.chunks), default=0)
    return len(column) * 4 + int(largest)


def _chosen_bytes(chunk: pa.DictionaryArray) -> int:
    pc = _compute()
    lengths = pc.binary_length(chunk.dictionary).cast(pa.int64())
    return pc.sum(lengths.take(chunk.indices)).as_py() or 0


def _compute() -> Any:
    """pyarrow.compute, which takes as long to load as all of this package: most tables have no text."""
    import pyarrow.compute

    return pyarrow.compute
