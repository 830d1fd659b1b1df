"""Arrow Cache over ArrowShelf: tables by key, with SQL, in a private shelf that the cache starts and ends by itself.

    from arrow_cache import ArrowCache

    with ArrowCache() as cache:
        cache.put("sales", frame, ttl=3600)
        totals = cache.query("select k, sum(v) from _cache_sales group by k")
        frame = cache.get("sales")
"""

from __future__ import annotations

import os as _os
from typing import Any, Optional

import pyarrow as _pa

from arrowshelf import __version__ as _version
from arrowshelf._encode import encode_text as _encode_text

from . import _shelf
from .cache import ArrowCache
from .config import ArrowCacheConfig
from .converters import from_arrow_table, to_arrow_table
from .converters import plain as _plain

__version__ = _version

__all__ = [
    "ArrowCache",
    "ArrowCacheConfig",
    "clear_arrow_cache",
    "estimate_size_bytes",
    "from_arrow_table",
    "get_table_memory_footprint",
    "import_to_cache",
    "optimize_string_columns",
    "to_arrow_table",
    "zero_copy_filter",
    "zero_copy_slice",
]


def estimate_size_bytes(data: Any) -> int:
    """The bytes that data takes as an Arrow table."""
    return int(to_arrow_table(data).nbytes)


def get_table_memory_footprint(table: _pa.Table) -> int:
    """The bytes of memory that a table keeps: whole buffers, also where it uses a slice of them."""
    return int(table.get_total_buffer_size())


def zero_copy_slice(table: _pa.Table, offset: int, length: Optional[int] = None) -> _pa.Table:
    """Rows of a table, over the same memory; none past its end."""
    return table.slice(min(offset, table.num_rows), length)


def zero_copy_filter(table: _pa.Table, mask: Any) -> _pa.Table:
    """The rows of a table for which the mask is true (these are copied, all else is not)."""
    return table.filter(mask if isinstance(mask, (_pa.Array, _pa.ChunkedArray)) else _pa.array(mask))


def optimize_string_columns(table: _pa.Table) -> _pa.Table:
    """The table with text columns of few distinct values dictionary-encoded."""
    encoded, _ = _encode_text(table)
    fields = [field.with_type(column.type) for field, column in zip(table.schema, encoded.columns)]
    return _pa.Table.from_arrays(encoded.columns, schema=_pa.schema(fields, _plain(table).schema.metadata))


def import_to_cache(cache: ArrowCache, key: str, source: Any, source_type: str = "auto", **options: Any) -> str:
    """`cache.import_data(...)`."""
    return cache.import_data(key, source, source_type, **options)


def clear_arrow_cache(directory: "str | _os.PathLike[str] | None" = None) -> int:
    """Removes what caches left whose daemons were killed; says how many. Caches in use are left alone.

    A directory may be named for old programs; what is removed is found without it.
    """
    return len(_shelf.sweep())


def _cleanup() -> None:
    """The command `arrow-cache-cleanup`."""
    print(f"arrow-cache: removed: caches={clear_arrow_cache()}")
