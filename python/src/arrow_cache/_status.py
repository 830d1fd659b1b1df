"""What status() and get_metadata() say beyond what the cache itself knows."""

from __future__ import annotations

import os
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from . import _facts, converters
from .config import ArrowCacheConfig


def described(
    shelf: dict[str, int],
    counts: dict[str, int],
    query_seconds: float,
    config: ArrowCacheConfig,
    kept: dict[str, int],
) -> dict[str, Any]:
    """What status() says. `shelf` is where the shelf's bytes are, `counts` what the cache counted, `kept` what the
    shelf keeps of queries."""
    hits, misses, queries = counts["hits"], counts["misses"], counts["queries"]
    return {
        "entry_count": counts["entries"],
        "partitioned_tables": counts["partitioned"],
        "current_size_bytes": shelf["resident_bytes"],
        "max_size_bytes": shelf["limit_bytes"],
        "hits": hits,
        "misses": misses,
        "hit_ratio": hits / (hits + misses) if hits + misses else 0.0,
        "metadata_db_size_bytes": 0,
        "memory": _memory(shelf, counts["entries"]),
        "query_cache": {
            "size": kept["kept_results"],
            "hit_count": kept["result_hits"],
            "avg_execution_time": query_seconds / queries if queries else 0.0,
            "enabled": kept["result_hits"] + kept["result_misses"] > 0,
        },
        "active_background_tasks": 0,
        "bg_queue_size": 0,
        "system_memory": system_memory(),
        "spilled_bytes": shelf["spilled_bytes"],
        "unlinked_bytes": shelf["unlinked_bytes"],
        "twin_bytes": kept["twin_bytes"],
        "dictionary_saved_bytes": counts["saved_bytes"],
        "options_without_effect": config.without_effect,
    }


def _memory(shelf: dict[str, int], tables: int) -> dict[str, Any]:
    """The memory of the shelf, of this process, and of the host."""
    system = system_memory()
    pages = _pages()
    limit = shelf["limit_bytes"]
    return {
        "allocated_bytes": shelf["resident_bytes"],
        "limit_bytes": limit,
        "usage_ratio": shelf["resident_bytes"] / limit if limit else 0.0,
        "pool_bytes_allocated": shelf["pool_bytes"],
        "pool_max_memory": limit,
        "system_memory_used": system["total"] - system["available"],
        "system_memory_total": system["total"],
        "system_memory_available": system["available"],
        "process_rss": pages[1],
        "process_vms": pages[0],
        "tracked_allocations": tables,
    }


def system_memory() -> dict[str, Any]:
    """The host's memory in bytes."""
    figures: dict[str, int] = {}
    with open("/proc/meminfo", encoding="ascii") as lines:
        for line in lines:
            name, _, rest = line.partition(":")
            figures[name] = int(rest.split()[0]) << 10
    total, available = figures["MemTotal"], figures.get("MemAvailable", figures["MemFree"])
    return {"total": total, "available": available, "percent_used": 100 * (total - available) / total}


def table_facts(key: str, details: dict[str, Any], table: pa.Table, statistics: bool) -> dict[str, Any]:
    """What get_metadata() says: `details` are what the daemon knows of the table."""
    said = details["metadata"] or {}
    return {
        "key": key,
        "created_at": details["created"],
        "last_accessed_at": details["last_use"],
        "access_count": details["uses"],
        "expires_at": details["expires"],
        "size_bytes": details["bytes"],
        "num_rows": details["rows"],
        "partitions": details["partitions"],
        "spilled_partitions": details["spilled_partitions"],
        "metadata": said.get("metadata"),
        "storage_format": said.get("storage_format", "arrow"),
        **column_facts(table, statistics),
    }


def column_facts(table: pa.Table, statistics: bool) -> dict[str, Any]:
    """Types, missing values and, when wanted, minima and maxima of the columns; what is known of geometries."""
    shown = converters.plain(table.slice(0, 0)).schema
    facts: dict[str, Any] = {
        "schema": shown,
        "column_types": {field.name: str(field.type) for field in shown},
        "column_null_counts": dict(zip(shown.names, (column.null_count for column in table.columns))),
        "column_dictionary_encoded": {
            field.name: pa.types.is_dictionary(field.type) for field in table.schema
        },
        "column_min_max": dict(zip(shown.names, map(_min_max, table.columns))) if statistics else {},
    }
    geometry = _facts.facts_of(table.schema).get("geometry", {})
    kinds = geometry.get("types") or []
    facts["geometry_column"] = geometry.get("name")
    facts["geometry_type"] = kinds[0] if len(kinds) == 1 else (kinds or None)
    facts["crs_info"] = geometry.get("crs")
    return facts


def _min_max(column: pa.ChunkedArray) -> Any:
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return None
    try:
        if pa.types.is_dictionary(column.type):
            column = column.unify_dictionaries()
            column = pa.chunked_array([column.chunk(0).dictionary]) if column.num_chunks else column.cast(kind)
        found = pc.min_max(column)
        return found["min"].as_py(), found["max"].as_py()
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid, pa.ArrowKeyError, ValueError, OverflowError):
        return None


def _pages() -> tuple[int, int]:
    with open("/proc/self/statm", encoding="ascii") as figures:
        size, resident = figures.read().split()[:2]
    page = os.sysconf("SC_PAGE_SIZE")
    return int(size) * page, int(resident) * page
