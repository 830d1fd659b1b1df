"""The cache itself."""

from __future__ import annotations

import threading
import time
import weakref
from datetime import timedelta
from pathlib import Path
from typing import Any, Mapping, Optional

import pyarrow as pa

from arrowshelf import _query
from arrowshelf._convert import source_of
from arrowshelf.exceptions import AlreadyExistsError, KeyNotFoundError

from . import _imports, _lifetime, _pandas, _status, converters
from ._options import daemon_flags
from ._shelf import PrivateShelf
from ._storage import Storage
from .config import ArrowCacheConfig, ConfigLike, config_of

_ENOUGH_PARTITIONS = 32
_LEAST_PARTITION_BYTES = 32 << 20
"""Tables of enough partitions have none smaller than this, and a cache holds enough of them to send some away."""


class ArrowCache:
    """Tables by key, in a private shelf of shared memory that starts with the cache and ends with it.

    Any number of threads may use one cache. A table that was got stays readable whatever happens to its key or to the
    cache. After `close()` get() gives the default, contains() is False, and put() and query() are ValueError.

    `max_size_bytes` and `config.memory_limit` bound the bytes in memory. What leaves first is said by
    `eviction_policy`: lru, lfu, fifo, size, ttl, weighted (with `policy_args` lru_weight, lfu_weight, size_weight,
    age_weight) or tinylfu. The options are described at `ArrowCacheConfig`. Tables past their time go at once, so
    `check_interval` is checked and has nothing to do; `metadata_db_path` is a ValueError: metadata lie with their
    tables.
    """

    def __init__(
        self,
        max_size_bytes: Optional[int] = None,
        eviction_policy: str = "lru",
        check_interval: float = 60.0,
        metadata_db_path: Optional[str] = None,
        policy_args: Optional[Mapping[str, float]] = None,
        config: ConfigLike = None,
    ) -> None:
        if metadata_db_path is not None:
            raise ValueError("Option cannot apply: metadata_db_path (metadata lie with their tables)")
        if not check_interval > 0:
            raise ValueError(f"Interval is not positive: check_interval={check_interval}")
        self.config = config_of(config)
        flags, java_flags = daemon_flags(self.config, max_size_bytes, eviction_policy, policy_args)
        self._shelf = PrivateShelf(flags, java_flags)
        self._connection = self._shelf.connection
        self._limit = self._connection.memory_usage()["limit_bytes"]
        self._storage = Storage(self._connection, self.config)
        self.counts = {"hits": 0, "misses": 0, "queries": 0, "saved_bytes": 0}
        self._counting = threading.Lock()
        self._query_seconds = 0.0
        self._partitioned: set[str] = set()
        self._closed = threading.Event()
        self._stop = threading.Event()
        if self.config["collect_metrics"]:
            arguments = (weakref.ref(self), self._stop)
            threading.Thread(target=_lifetime.log_counts, args=arguments, name="arrow-cache-log", daemon=True).start()
        if self.config.without_effect:
            _lifetime.log.info("options that change nothing: %s", self.config.without_effect)
        parts = (self._shelf, self._storage, self.config, self._closed, self._stop)
        self._end = weakref.finalize(self, _lifetime.end, *parts)

    def put(
        self,
        key: str,
        data: Any,
        ttl: "float | timedelta | None" = None,
        metadata: Any = None,
        overwrite: bool = True,
        preserve_index: bool = True,
        auto_partition: Optional[bool] = None,
    ) -> str:
        """Caches a copy of the data and returns the key.

        Data is a pandas, polars or GeoPandas frame, an Arrow table, batch or reader, a numpy array, a dict of columns,
        a list of dicts, or the path of a file. `ttl` is in seconds. `metadata` is anything that JSON can hold
        (TypeError otherwise). An existing key is replaced in one step; with `overwrite=False` it is ValueError.
        MemoryError when there is no room.
        """
        _check_key(key)
        self._open()
        if not overwrite and self.contains(key):
            raise _exists(key)
        table = converters.to_arrow_table(data, preserve_index and self.config["pandas_preserve_index"])
        facts = {"metadata": metadata, "storage_format": converters.format_of(data)}
        partition = self.config["auto_partition"] if auto_partition is None else auto_partition
        with self._storage.replacing(key):
            self._put(key, table, ttl, facts, overwrite, partition)
        return key

    def _put(self, key: str, table: pa.Table, ttl: Any, facts: Any, overwrite: bool, partition: bool) -> None:
        rows, size = self._partition_limits(table)
        large = partition and (table.num_rows > rows or table.nbytes > size)
        source = source_of(table)
        if self.config["dictionary_encoding"]:
            source = source.encoded()
        if source.encoder is None and table.nbytes > self._limit:
            raise MemoryError(f"Table is larger than the cache: key={key!r}, bytes={table.nbytes}, limit={self._limit}")
        limits: dict[str, Any] = {"partition_rows": rows, "partition_bytes": size} if large else {}
        try:
            self._connection.put(source, key, overwrite=overwrite, ttl=ttl, metadata=facts, **limits)
        except AlreadyExistsError as error:
            raise _exists(key) from error
        if source.encoder is not None:
            self._count("saved_bytes", sum(source.encoder.saved.values()))
        (self._partitioned.add if large else self._partitioned.discard)(key)

    def _partition_limits(self, table: pa.Table) -> "tuple[int, int]":
        """The most rows and bytes of a partition. The default number of rows makes no great number of small ones."""
        rows, size = self.config["partition_size_rows"], self.config["partition_size_bytes"]
        if not self.config.is_given("partition_size_rows"):
            least = min(_LEAST_PARTITION_BYTES, self._limit // _ENOUGH_PARTITIONS)
            rows = max(rows, min(table.num_rows // _ENOUGH_PARTITIONS, table.num_rows * least // max(table.nbytes, 1)))
        return rows, size

    def get(
        self, key: str, target_type: Any = None, default: Any = None, offset: int = 0, limit: Optional[int] = None
    ) -> Any:
        """The data of a key, or the default without it.

        GeoPandas, polars and Arrow data come back as what they were, everything else as a pandas frame, unless
        `target_type` is 'pandas', 'arrow', 'polars', 'geopandas', 'numpy', 'dict', 'parquet' (a BytesIO), 'reader', or
        one of their types. `offset` and `limit` are rows; past the end there are none. The rows of a slice are numbered
        from 0, unless the frame has an index of its own.
        """
        _check_key(key)
        target = None if target_type is None else converters.target_name(target_type)
        if offset < 0 or limit is not None and limit < 0:
            raise ValueError(f"Slice is negative: offset={offset}, limit={limit}")
        table = self._table(key, offset, limit)
        self._count("misses" if table is None else "hits")
        if table is None:
            return default
        if offset or limit is not None:
            table = _pandas.renumbered(table, offset)
        return converters.from_arrow_table(table, target, self.config)

    def _table(self, key: str, offset: int = 0, limit: Optional[int] = None) -> Optional[pa.Table]:
        """Some rows of a table; of one on disk, only the partitions that have them come back."""
        if self._closed.is_set():
            return None
        try:
            table = self._connection.get_arrow(key, None, offset, limit)
        except KeyNotFoundError:
            if not self._storage.bring_back(key):
                return None
            return self._table(key, offset, limit)
        self._shelf.stamp(key)
        return table

    def query(
        self,
        sql: str,
        optimize: bool = True,
        auto_deregister: bool = True,
        *,
        params: Any = None,
        target_type: Any = "arrow",
        timeout: Optional[float] = None,
    ) -> Any:
        """Runs a SELECT; `_cache_<key>` is the table of a key. A pyarrow.Table unless another `target_type` is named.

        `params` are values for `?` and `$1` (a sequence) or for `$name` (a mapping). `optimize` and
        `auto_deregister` are there for old programs: queries are always optimized, and nothing is registered.
        """
        self._open()
        target = "arrow" if target_type is None else converters.target_name(target_type)
        self._bring_back_named(sql)
        began = time.monotonic()
        result = self._connection.query(sql, params, timeout=timeout)
        self._query_seconds += time.monotonic() - began
        self._count("queries")
        if target in ("geopandas", "parquet"):
            return converters.from_arrow_table(result, target, self.config)
        return _query.converted(result, target)

    def explain(self, sql: str, *, analyze: bool = False) -> str:
        """The plan of a query as text."""
        self._open()
        self._bring_back_named(sql)
        return self._connection.explain(sql, analyze=analyze)

    def contains(self, key: str) -> bool:
        """Whether there is such a key and its time is not over."""
        _check_key(key)
        return not self._closed.is_set() and (self._details(key) is not None or self._storage.is_waiting(key))

    def get_keys(self) -> list[str]:
        """The keys of all tables, sorted."""
        if self._closed.is_set():
            return []
        return sorted({*self._connection.list_keys(), *filter(self._storage.is_waiting, [*self._storage.waiting])})

    def list(self) -> "list[str]":
        """The keys of all tables, sorted."""
        return self.get_keys()

    def get_metadata(self, key: str) -> Optional[dict[str, Any]]:
        """What is known of a table; None without it."""
        _check_key(key)
        if self._closed.is_set():
            return None
        details = self._details(key)
        if details is None and self._storage.bring_back(key):
            details = self._details(key)
        table = None if details is None else self._table(key)
        if details is None or table is None:
            return None
        return _status.table_facts(key, details, table, self.config["use_statistics"])

    def _details(self, key: str) -> Optional[dict[str, Any]]:
        try:
            return self._connection.details(key)
        except KeyNotFoundError:
            return None

    def update_ttl(self, key: str, ttl: "float | timedelta | None") -> bool:
        """Lets a table live for so many seconds from now on, or for ever; False without it."""
        _check_key(key)
        self._open()
        self._storage.bring_back(key)
        return self._connection.touch(key, ttl=float("inf") if ttl is None else ttl)

    def update_config(self, changes: ConfigLike = None, **options: Any) -> None:
        """Changes options of an open cache; ValueError for those that its shelf was started with."""
        given = changes.to_dict() if isinstance(changes, ArrowCacheConfig) else changes or {}
        self.config.change({**given, **options})

    def remove(self, key: str) -> bool:
        """Removes a table, also a spilled one; whether there was one."""
        _check_key(key)
        self._open()
        existed = self.contains(key)
        self._storage.set_aside(key)
        self._connection.delete(key)
        self._storage.forget(key)
        return existed

    def clear(self) -> None:
        """Removes all tables."""
        self._open()
        for key in self.get_keys() if self.config["persistent_storage"] else ():
            self._storage.set_aside(key)
            self._storage.forget(key)
        self._connection.delete_all()

    def persist(self, key: str, storage_dir: Any = None, *, format: str = "arrow") -> bool:
        """Writes a table to a directory (the storage path), whole or not at all; False without it.

        What is written to a directory named here stays there; what goes to the storage path is removed at the end
        while `delete_files_on_close`. `format` is arrow, or parquet: one file for other programs to read.
        """
        _check_key(key)
        self._open()
        self._storage.bring_back(key)
        return self._storage.persist(key, None if storage_dir is None else Path(storage_dir).absolute(), format)

    def load(self, key: str, storage_dir: Any = None) -> bool:
        """Puts a persisted table in place of what the key has; False when there is none, or its time is over."""
        _check_key(key)
        self._open()
        try:
            table = self._storage.load(key, None if storage_dir is None else Path(storage_dir).absolute())
        except KeyError:
            return False
        if table is not None:
            self.put(key, table)
            return True
        self._storage.set_aside(key)
        details = self._details(key)
        (self._partitioned.add if details and details["partitions"] > 1 else self._partitioned.discard)(key)
        return True

    def import_data(self, key: str, source: Any, source_type: str = "auto", **options: Any) -> str:
        """Caches a file, a frame, or what a query or table of a database connection gives (`_imports.read`)."""
        ttl, metadata = options.pop("ttl", None), options.pop("metadata", None)
        partition = options.pop("auto_partition", None)
        return self.put(key, _imports.read(source, source_type, **options), ttl, metadata, auto_partition=partition)

    def import_query(
        self, key: str, sql: str, connection: Any, connection_type: str = "postgres", **options: Any
    ) -> str:
        """Caches the result of a query over a database connection (DB-API, or ADBC)."""
        return self.import_data(key, connection, connection_type, query=sql, **options)

    def status(self) -> dict[str, Any]:
        """Counts, sizes, memory, and the options that are set and change nothing."""
        self._open()
        keys = self.get_keys()
        return _status.described(
            self._connection.memory_usage(),
            {**self.counts, "entries": len(keys), "partitioned": len(self._partitioned.intersection(keys))},
            self._query_seconds,
            self.config,
            self._connection.query_usage(),
        )

    def stop_checker(self) -> None:
        """Ends the thread that logs the counts. Tables past their time go all the same."""
        self._stop.set()

    def cleanup_persisted_files(self) -> int:
        """Removes what this cache wrote under its storage path; says how many tables that were."""
        self._open()
        return self._storage.forget_written()

    def cleanup_spill_files(self) -> int:
        """Removes files of the spill directory that no table needs. They go with their tables: there are never any."""
        self._open()
        return 0

    def close(self) -> None:
        """Ends the cache and its shelf. May be called again."""
        self._end()

    def __enter__(self) -> "ArrowCache":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and self.contains(key)

    def __len__(self) -> int:
        return len(self.get_keys())

    def __repr__(self) -> str:
        return f"<ArrowCache {'closed' if self._closed.is_set() else f'{len(self)} tables'}>"

    def _open(self) -> None:
        if self._closed.is_set():
            raise ValueError("Cache is closed")

    def _bring_back_named(self, sql: str) -> None:
        """Brings the tables back that a query may mean; too many are no harm."""
        if self._storage.waiting:
            text = sql.replace('""', '"').casefold()
            for key in [*self._storage.waiting]:
                if key.casefold() in text:
                    self._storage.bring_back(key)

    def _count(self, name: str, more: int = 1) -> None:
        if self.config["collect_metrics"]:
            with self._counting:
                self.counts[name] += more


def _check_key(key: Any) -> None:
    if not isinstance(key, str):
        raise TypeError(f"Key is not text: type={type(key).__name__}")


def _exists(key: str) -> ValueError:
    return ValueError(f"Key exists already: key={key!r}")
