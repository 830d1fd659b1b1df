"""Arrow Cache's interface over a shelf of its own: tables in shared memory, with TTL, eviction, spill and persistence.

    from arrow_cache import ArrowCache, ArrowCacheConfig
"""

from ._frames import (
    estimate_size_bytes,
    from_arrow_table,
    optimize_string_columns,
    to_arrow_table,
    zero_copy_filter,
    zero_copy_slice,
)
from .cache import ArrowCache, clear_arrow_cache, get_table_memory_footprint, import_to_cache
from .config import ArrowCacheConfig

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
