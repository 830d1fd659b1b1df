"""ArrowCache: a cache of tables with TTL, eviction, spill, persistence and SQL, over a shelf of its own."""

from __future__ import annotations

import os
import threading
import time
import uuid
import weakref
from pathlib import Path
from typing import Any, Mapping, Optional, Union

import pyarrow as pa

from arrowshelf.exceptions import (
    AlreadyExistsError,
    ArrowShelfError,
    KeyNotFoundError,
    OutOfMemoryError,
    ServerError,
)

from . import _files, _frames
from ._shelf import PrivateShelf
from .config import ArrowCacheConfig

_POLICIES = ("lru", "lfu", "fifo", "size", "ttl", "weighted", "tinylfu", "w-tinylfu")
_WEIGHTS = {"lru_weight": 1.0, "lfu_weight": 1.0, "size_weight": 1.0, "age_weight": 0.5}
_MISSING = object()

_open: "weakref.WeakSet[ArrowCache]" = weakref.WeakSet()


class ArrowCache:
    """A cache for the threads of this process. After `close()` `get` answers None and `query` is a ValueError.

    `get` gives back a pandas frame for what was put as one, and for dicts and arrays; Arrow, polars and geopandas data
    come back as what they were. `target_type` asks for something else.
    """

    def __init__(
        self,
        max_size_bytes: Optional[int] = None,
        eviction_policy: str = "lru",
        check_interval: float = 60.0,
        metadata_db_path: Optional[str] = None,
        policy_args: Optional[Mapping[str, float]] = None,
        config: "ArrowCacheConfig | Mapping[str, Any] | None" = None,
    ) -> None:
        if metadata_db_path is not None:
            raise ValueError("Option cannot apply: metadata_db_path (metadata lie with their tables)")
        if check_interval <= 0:
            raise ValueError(f"Interval is not positive: check_interval={check_interval}")
        settings = ArrowCacheConfig.of(config)
        if max_size_bytes is not None:
            settings = settings.with_options(memory_limit=max_size_bytes)
        self.config = settings
        self._policy = _policy(eviction_policy)
        self._shelf: Optional[PrivateShelf] = PrivateShelf(_arguments(settings, self._policy, policy_args))
        self._connection = self._shelf.connection
        self._lock = threading.RLock()
        self._hits = self._misses = 0
        self._queries = 0
        self._query_seconds = 0.0
        self._saved_bytes = 0
        self._stored: set[str] = set()
        self._written: set[tuple[str, str]] = set()
        if settings["persistent_storage"]:
            self._stored.update(self._connection.persisted(self._storage()))
        _open.add(self)

    def put(
        self,
        key: str,
        data: Any,
        ttl: Optional[float] = None,
        metadata: Optional[Mapping[str, Any]] = None,
        overwrite: bool = True,
        preserve_index: Optional[bool] = None,
        auto_partition: Optional[bool] = None,
    ) -> str:
        """Caches frames, arrays, dicts, lists of dicts, Arrow data, or the path of a file; returns the key."""
        self._require(key)
        index = self.config["pandas_preserve_index"] if preserve_index is None else preserve_index
        table = _files.read_file(data) if _files.is_path(data) else _frames.to_arrow_table(data, index)
        if not overwrite and self.contains(key):
            raise ValueError(f"Key exists already: {key!r}")
        if self.config["dictionary_encoding"]:
            smaller = _frames.encoded(table)
            self._saved_bytes += _frames.saved_bytes(table, smaller)
            table = smaller
        partitioned = self.config["auto_partition"] if auto_partition is None else auto_partition
        facts = {"metadata": dict(metadata or {}), **_frames.geometry_facts(table)}
        self._put(key, table, ttl, facts, overwrite, bool(partitioned))
        self._stored.discard(key)
        return key

    def _put(
        self,
        key: str,
        table: pa.Table,
        ttl: Optional[float],
        facts: Mapping[str, Any],
        overwrite: bool,
        partitioned: bool,
    ) -> None:
        limits: dict[str, int] = {}
        if partitioned:
            limits["partition_rows"] = self.config["partition_size_rows"]
            limits["partition_bytes"] = self.config["partition_size_bytes"]
            if table.num_rows <= limits["partition_rows"] and table.nbytes <= limits["partition_bytes"]:
                limits = {}
        try:
            self._connection.put(table, key, overwrite=overwrite, ttl=ttl, metadata=facts, **limits)
        except AlreadyExistsError as error:
            raise ValueError(f"Key exists already: {key!r}") from error
        except OutOfMemoryError as error:
            raise MemoryError(str(error)) from error

    def get(
        self,
        key: str,
        target_type: Any = None,
        default: Any = None,
        offset: int = 0,
        limit: Optional[int] = None,
    ) -> Any:
        """What was put, whole or a slice of its rows; `default` when there is no such key. Past the end is empty."""
        target = None if target_type is None else _frames.target_name(target_type)
        if offset < 0 or (limit is not None and limit < 0):
            raise ValueError(f"Slice is negative: offset={offset}, limit={limit}")
        table = self._table(key)
        if table is None:
            self._misses += 1
            return default
        self._hits += 1
        if offset or limit is not None:
            table = table.slice(min(offset, table.num_rows), limit)
        if target is None:
            kind = _frames.kind_of(table)
            target = kind if kind in ("arrow", "polars", "geopandas") else "pandas"
        if target != "arrow" and table.nbytes > self.config["max_conversion_memory"]:
            raise MemoryError(
                f"Conversion is larger than allowed: bytes={table.nbytes}, "
                f"max_conversion_memory={self.config['max_conversion_memory']}"
            )
        return _frames.convert(table, target, self._pandas_options())

    def _table(self, key: str) -> Optional[pa.Table]:
        if self._shelf is None:
            return None
        _checked(key)
        try:
            return self._connection.get_arrow(key)
        except KeyNotFoundError:
            return self._bring_back(key)

    def _bring_back(self, key: str) -> Optional[pa.Table]:
        """A table that an earlier cache left in `storage_path`."""
        if key not in self._stored:
            return None
        self._stored.discard(key)
        if not self._connection.load(key, self._storage()):
            return None
        return self._connection.get_arrow(key)

    def _pandas_options(self) -> dict[str, Any]:
        options: dict[str, Any] = {
            "use_threads": self.config["parallel_conversion"] and self.config["thread_count"] != 1,
            "strings_to_categorical": self.config["pandas_use_categories"],
        }
        if self.config["pandas_use_extension_arrays"]:
            import pandas

            options["types_mapper"] = pandas.ArrowDtype
        return options

    def contains(self, key: str) -> bool:
        """Whether the key is there and its time is not over."""
        if self._shelf is None:
            return False
        try:
            self._connection.info(_checked(key))
            return True
        except KeyNotFoundError:
            return key in self._stored

    def __contains__(self, key: str) -> bool:
        return self.contains(key)

    def get_keys(self) -> list[str]:
        """All keys, sorted."""
        if self._shelf is None:
            return []
        return sorted({*self._connection.list_keys(), *self._stored})

    list = get_keys
    keys = get_keys

    def __len__(self) -> int:
        return len(self.get_keys())

    def remove(self, key: str) -> bool:
        """Removes a key; whether it was there. What this cache persisted of it in `storage_path` goes as well."""
        self._require(key)
        existed = self.contains(key)
        self._connection.delete(key)
        self._stored.discard(key)
        if self.config["persistent_storage"]:
            self._connection.forget_persisted(key, self._storage())
        return existed

    def clear(self) -> None:
        """Removes everything."""
        self._require(None)
        for key in list_of(self._stored):
            self._connection.forget_persisted(key, self._storage())
        self._stored.clear()
        self._connection.delete_all()

    def update_ttl(self, key: str, ttl: Optional[float]) -> bool:
        """Sets how long a key lives from now on, None for ever; whether it is there."""
        self._require(key)
        return self._connection.touch(key, ttl=float("inf") if ttl is None else ttl)

    def get_metadata(self, key: str) -> Optional[dict[str, Any]]:
        """Facts about a key: times, uses, size, schema, the putter's metadata, geometry, a list of columns."""
        table = self._table(key)
        if table is None:
            return None
        details = self._connection.details(key)
        said = details["metadata"] or {}
        schema = _frames.decoded(table.slice(0, 0)).schema
        return {
            "key": key,
            "created_at": details["created"],
            "last_accessed_at": details["last_use"],
            "access_count": details["uses"],
            "expires_at": details["expires"],
            "size_bytes": details["bytes"],
            "schema": schema,
            "num_rows": details["rows"],
            "num_partitions": details["partitions"],
            "spilled_partitions": details["spilled_partitions"],
            "metadata": said.get("metadata", {}),
            "geometry_column": said.get("geometry_column"),
            "geometry_type": said.get("geometry_type"),
            "crs_info": said.get("crs_info"),
            "storage_format": "arrow",
            "columns": [
                {
                    "name": field.name,
                    "type": str(field.type),
                    "null_count": table.column(number).null_count,
                    "dictionary_encoded": pa.types.is_dictionary(table.schema.field(number).type),
                }
                for number, field in enumerate(schema)
            ],
        }

    def query(self, sql: str, optimize: bool = True, auto_deregister: bool = True) -> pa.Table:
        """The answer to SQL over the cached tables, which it calls `_cache_<key>`, as an Arrow table."""
        del optimize, auto_deregister  # every query is optimized, and no table is ever registered
        if self._shelf is None:
            raise ValueError("Cache is closed")
        for key in list_of(self._stored):
            if key in sql:
                self._bring_back(key)
        began = time.perf_counter()
        try:
            return self._connection.query(sql)
        finally:
            self._queries += 1
            self._query_seconds += time.perf_counter() - began

    def explain(self, sql: str) -> str:
        """The plan of a query."""
        if self._shelf is None:
            raise ValueError("Cache is closed")
        return str(self._connection.explain(sql))

    def persist(self, key: str, storage_dir: "Union[str, os.PathLike[str], None]" = None) -> bool:
        """Writes a table to a directory (`storage_path` when none is given); whether there is such a key."""
        self._require(key)
        directory = self._storage() if storage_dir is None else Path(storage_dir).absolute()
        if self._table(key) is None:
            return False
        done = self._connection.persist(key, directory, compression=self._compression())
        if done and storage_dir is None:
            self._written.add((key, str(directory)))
        return done

    def load(self, key: str, storage_dir: "Union[str, os.PathLike[str], None]" = None) -> bool:
        """Brings a persisted table back in place of what the key has; whether there is one."""
        self._require(key)
        directory = self._storage() if storage_dir is None else Path(storage_dir).absolute()
        loaded = self._connection.load(key, directory)
        if loaded:
            self._stored.discard(key)
        return loaded

    def import_data(
        self,
        key: str,
        source: Any,
        source_type: str = "auto",
        connection_options: Optional[Mapping[str, Any]] = None,
        query: Optional[str] = None,
        table_name: Optional[str] = None,
        schema: Optional[pa.Schema] = None,
        ttl: Optional[float] = None,
        metadata: Optional[Mapping[str, Any]] = None,
        options: Optional[dict[str, Any]] = None,
        auto_partition: Optional[bool] = None,
    ) -> str:
        """Caches a file, data, or what a database connection answers to `query` or holds in `table_name`."""
        if connection_options:
            raise ValueError("Option cannot apply: connection_options (give an open connection as the source)")
        if hasattr(source, "cursor"):
            sql = query or (f'SELECT * FROM "{table_name}"' if table_name else None)
            if sql is None:
                raise ValueError("A database connection needs a query or a table_name")
            data: Any = _fetched(source, sql)
        elif _files.is_path(source):
            data = _files.read_file(source, source_type, options)
        else:
            data = _frames.to_arrow_table(source)
        if schema is not None:
            data = data.cast(schema)
        return self.put(key, data, ttl=ttl, metadata=metadata, auto_partition=auto_partition)

    def import_query(
        self,
        key: str,
        sql: str,
        connection: Any,
        connection_type: str = "postgres",
        ttl: Optional[float] = None,
        metadata: Optional[Mapping[str, Any]] = None,
    ) -> str:
        """Caches what an open database connection answers; any that has `cursor()` will do."""
        if not hasattr(connection, "cursor"):
            raise ValueError(f"Connection has no cursor: connection_type={connection_type}")
        return self.put(key, _fetched(connection, sql), ttl=ttl, metadata=metadata)

    def update_config(self, **options: Any) -> ArrowCacheConfig:
        """Changes options that this object applies itself; those that the shelf was started with are a ValueError."""
        fixed = sorted(set(options) & _FIXED)
        if fixed:
            raise ValueError(f"Option is fixed when the cache is made: {', '.join(fixed)}")
        self.config = self.config.with_options(**options)
        return self.config

    def status(self) -> dict[str, Any]:
        """Figures of the cache, of its memory, and of the host."""
        self._require(None)
        usage = self._connection.memory_usage()
        keys = self._connection.list_keys()
        partitioned = sum(1 for key in keys if self._partitions(key) > 1)
        asked = self._hits + self._misses
        host = _host_memory()
        process = _process_memory()
        size = usage["resident_bytes"]
        limit = usage["limit_bytes"]
        return {
            "entry_count": len(keys),
            "partitioned_tables": partitioned,
            "current_size_bytes": size + usage["spilled_bytes"],
            "max_size_bytes": limit,
            "hits": self._hits,
            "misses": self._misses,
            "hit_ratio": self._hits / asked if asked else 0.0,
            "metadata_db_size_bytes": 0,
            "dictionary_saved_bytes": self._saved_bytes,
            "spilled_bytes": usage["spilled_bytes"],
            "memory": {
                "allocated_bytes": size,
                "limit_bytes": limit,
                "usage_ratio": size / limit if limit else 0.0,
                "pool_bytes_allocated": usage["pool_bytes"],
                "pool_max_memory": limit,
                "system_memory_used": host["total"] - host["available"],
                "system_memory_total": host["total"],
                "system_memory_available": host["available"],
                "process_rss": process["VmRSS"],
                "process_vms": process["VmSize"],
                "tracked_allocations": len(keys),
            },
            "query_cache": {
                "size": 0,
                "hit_count": 0,
                "avg_execution_time": self._query_seconds / self._queries if self._queries else 0.0,
                "enabled": False,
            },
            "active_background_tasks": 0,
            "bg_queue_size": 0,
            "system_memory": {
                "total": host["total"],
                "available": host["available"],
                "percent_used": 100.0 * (host["total"] - host["available"]) / max(1, host["total"]),
            },
        }

    def _partitions(self, key: str) -> int:
        try:
            return int(self._connection.details(key)["partitions"])
        except KeyNotFoundError:
            return 0

    def stop_checker(self) -> None:
        """The shelf ends tables whose time is over by itself; there is nothing to stop."""

    def cleanup_persisted_files(self) -> int:
        """Removes what this cache persisted in `storage_path`; how many tables."""
        self._require(None)
        removed = 0
        for key, directory in sorted(self._written):
            removed += bool(self._connection.forget_persisted(key, directory))
        self._written.clear()
        return removed

    def cleanup_spill_files(self) -> int:
        """Spill files go when their table does or the cache is closed; none is ever left over."""
        return 0

    def close(self) -> None:
        """Ends the cache. With `persistent_storage` its tables are there again in the next one."""
        with self._lock:
            shelf, self._shelf = self._shelf, None
        if shelf is None:
            return
        try:
            if shelf.is_ours:
                self._keep_or_clean()
        finally:
            shelf.close()
            if shelf.is_ours:
                _remove_if_empty(Path(self.config["spill_directory"]).absolute())

    def _keep_or_clean(self) -> None:
        directory = self._storage()
        try:
            if self.config["persistent_storage"] and not self.config.deletes_files_on_close:
                for key in self._connection.list_keys():
                    self._connection.persist(key, directory, compression=self._compression())
                return
            if self.config.deletes_files_on_close:
                for key, place in self._written:
                    self._connection.forget_persisted(key, place)
                _remove_if_empty(directory)
        except ServerError as error:
            raise RuntimeError(f"Cache cannot keep its tables: directory={directory}, error={error}") from error

    def __enter__(self) -> "ArrowCache":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def __del__(self) -> None:
        shelf = getattr(self, "_shelf", None)
        if shelf is not None:
            try:
                self.close()
            except (ArrowShelfError, OSError, RuntimeError):
                pass  # the shelf ends with this process in any case

    def _require(self, key: Optional[str]) -> None:
        if self._shelf is None:
            raise ValueError("Cache is closed")
        if key is not None:
            _checked(key)

    def _storage(self) -> Path:
        return Path(self.config["storage_path"]).absolute()

    def _compression(self) -> str:
        return self.config["compression_type"] if self.config["enable_compression"] else "none"


_FIXED = frozenset(
    {
        "memory_limit",
        "memory_spill_threshold",
        "enable_compression",
        "compression_type",
        "compression_level",
        "spill_to_disk",
        "spill_directory",
        "storage_path",
        "persistent_storage",
    }
)


def clear_arrow_cache() -> None:
    """Empties every open cache of this process."""
    for cache in list_of(_open):
        if cache._shelf is not None:
            cache.clear()


def import_to_cache(cache: ArrowCache, source: Any, key: Optional[str] = None, **options: Any) -> str:
    """Caches a file or data under a key, a new one when none is given."""
    return cache.import_data(str(uuid.uuid4()) if key is None else key, source, **options)


def get_table_memory_footprint(table: pa.Table) -> dict[str, Any]:
    """Bytes of a table and of each column."""
    return {
        "total_bytes": table.nbytes,
        "row_count": table.num_rows,
        "columns": {name: table.column(number).nbytes for number, name in enumerate(table.column_names)},
    }


def list_of(items: Any) -> "list[Any]":
    """A copy of a collection that changes meanwhile; `list` is a method here."""
    return [*items]


def _checked(key: Any) -> str:
    if not isinstance(key, str):
        raise TypeError(f"Key is not text: type={type(key).__name__}")
    return key


def _policy(name: str) -> str:
    wanted = str(name).lower()
    if wanted not in _POLICIES:
        raise ValueError(f"Unknown eviction policy: {name!r}, known={', '.join(_POLICIES)}")
    return wanted


def _arguments(config: ArrowCacheConfig, policy: str, weights: Optional[Mapping[str, float]]) -> "list[str]":
    unknown = sorted(set(weights or {}) - set(_WEIGHTS))
    if unknown:
        raise ValueError(f"Unknown policy argument: {', '.join(unknown)}, known={', '.join(_WEIGHTS)}")
    if weights and policy != "weighted":
        raise ValueError(f"Option cannot apply: policy_args (they are those of 'weighted', policy={policy!r})")
    numbers = {**_WEIGHTS, **(weights or {})}
    threshold = float(config["memory_spill_threshold"])
    arguments = [
        "--eviction-policy",
        policy,
        "--eviction-weights",
        ",".join(str(numbers[name]) for name in _WEIGHTS),
        "--evict",
        "spill" if config["spill_to_disk"] else "drop",
        "--high-water",
        str(threshold),
        "--low-water",
        str(threshold * 0.9),
        "--spill-dir",
        str(Path(config["spill_directory"]).absolute()),
        "--spill-compression",
        config["compression_type"] if config["enable_compression"] else "none",
        "--spill-level",
        str(config["compression_level"]),
    ]
    if config["memory_limit"] is not None:
        arguments += ["--memory-limit", str(config["memory_limit"])]
    return arguments


def _fetched(connection: Any, sql: str) -> pa.Table:
    """What a database answers: as Arrow where its cursor can, otherwise by rows."""
    cursor = connection.cursor()
    try:
        cursor.execute(sql)
        if hasattr(cursor, "fetch_arrow_table"):
            return cursor.fetch_arrow_table()
        names = [column[0] for column in cursor.description]
        rows = cursor.fetchall()
        return pa.table({name: [row[number] for row in rows] for number, name in enumerate(names)})
    finally:
        cursor.close()


def _remove_if_empty(directory: Path) -> None:
    try:
        directory.rmdir()
    except OSError:
        pass  # not there, or others have files in it


def _host_memory() -> dict[str, int]:
    figures = _kilobytes("/proc/meminfo")
    return {"total": figures.get("MemTotal", 0), "available": figures.get("MemAvailable", 0)}


def _process_memory() -> dict[str, int]:
    return {"VmRSS": 0, "VmSize": 0, **_kilobytes("/proc/self/status")}


def _kilobytes(path: str) -> dict[str, int]:
    figures: dict[str, int] = {}
    with open(path, encoding="ascii", errors="replace") as lines:
        for line in lines:
            name, _, rest = line.partition(":")
            words = rest.split()
            if len(words) == 2 and words[1] == "kB":
                figures[name] = int(words[0]) * 1024
    return figures
