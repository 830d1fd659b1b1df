"""Files of other formats as batches, read piece by piece so that a file may be larger than memory."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Any, Iterator, Optional

import pyarrow as pa

from .exceptions import InvalidDataError

_ENDINGS = {
    ".parquet": "parquet",
    ".pq": "parquet",
    ".csv": "csv",
    ".tsv": "tsv",
    ".json": "json",
    ".jsonl": "json",
    ".ndjson": "json",
    ".arrow": "arrow",
    ".arrows": "arrow",
    ".feather": "arrow",
    ".ipc": "arrow",
}
FORMATS = tuple(dict.fromkeys(_ENDINGS.values()))

_BATCH_ROWS = 131_072
_BLOCK_BYTES = 4 << 20
_FILE_MAGIC = b"ARROW1"


def format_of(path: Path, named: Optional[str]) -> str:
    """The format of a file: the one that is named, or the one that its ending tells."""
    if named is not None:
        if named not in FORMATS:
            raise ValueError(f"Unknown format: format={named!r}, known={', '.join(FORMATS)}")
        return named
    found = _ENDINGS.get(path.suffix.lower())
    if found is None:
        raise ValueError(f"Format cannot be told from the name: file={path}, known={', '.join(_ENDINGS)}")
    return found


@contextlib.contextmanager
def reader_of(file: "str | os.PathLike[str]", named: Optional[str] = None) -> "Iterator[pa.RecordBatchReader]":
    """The rows of a file. What is no file of its format is an InvalidDataError; a missing one a FileNotFoundError."""
    path = Path(file)
    kind = format_of(path, named)
    with open(path, "rb") as opened:  # before anything else says in its own words that it is missing
        try:
            with _opened(kind, path, opened) as reader:
                yield reader
        except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
            raise InvalidDataError(f"File cannot be read: file={path}, format={kind}, cause={error}") from error


@contextlib.contextmanager
def _opened(kind: str, path: Path, opened: Any) -> "Iterator[pa.RecordBatchReader]":
    if kind == "parquet":
        import pyarrow.parquet as parquet

        with parquet.ParquetFile(opened, pre_buffer=False) as source:
            batches = source.iter_batches(batch_size=_BATCH_ROWS)
            yield pa.RecordBatchReader.from_batches(source.schema_arrow, batches)
    elif kind in ("csv", "tsv"):
        import pyarrow.csv as csv

        parsing = csv.ParseOptions(delimiter="\t" if kind == "tsv" else ",", newlines_in_values=True)
        with csv.open_csv(opened, csv.ReadOptions(block_size=_BLOCK_BYTES), parsing) as reader:
            yield reader
    elif kind == "json":
        import pyarrow.json as lines

        from ._json import ArrayLines, is_array

        source = ArrayLines(opened) if is_array(opened) else opened
        with lines.open_json(source, lines.ReadOptions(block_size=_BLOCK_BYTES)) as reader:
            yield reader
    else:
        file_format = opened.read(len(_FILE_MAGIC)) == _FILE_MAGIC
        opened.seek(0)
        if file_format:
            source = pa.ipc.open_file(opened)
            batches = (source.get_batch(number) for number in range(source.num_record_batches))
            yield pa.RecordBatchReader.from_batches(source.schema, batches)
        else:
            with pa.ipc.open_stream(opened) as reader:
                yield reader

