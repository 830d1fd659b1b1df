"""Options of a cache. Each is honoured; one that cannot apply is refused, and says what replaces it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Mapping

_MIB = 1 << 20

DEFAULTS: dict[str, Any] = {
    "memory_limit": None,
    "memory_spill_threshold": 0.8,
    "partition_size_rows": 100_000,
    "partition_size_bytes": 100 * _MIB,
    "auto_partition": True,
    "thread_count": 0,
    "background_threads": 2,
    "enable_compression": True,
    "compression_type": "zstd",
    "compression_level": 3,
    "dictionary_encoding": True,
    "lazy_duckdb_registration": False,
    "spill_to_disk": True,
    "spill_directory": "./.arrow_cache_spill",
    "storage_path": "./.arrow_cache_storage",
    "persistent_storage": False,
    "delete_files_on_close": None,
    "memory_pool_type": "system",
    "enable_leak_detection": False,
    "enable_streaming": True,
    "streaming_chunk_size": 50_000,
    "parallel_conversion": True,
    "max_conversion_memory": 2 << 30,
    "cache_query_plans": True,
    "query_plan_cache_size": 100,
    "use_statistics": True,
    "pandas_use_extension_arrays": False,
    "pandas_preserve_index": True,
    "pandas_use_categories": False,
    "prefetch_partitions": True,
    "prefetch_limit": 3,
    "collect_metrics": True,
    "metrics_log_interval": 60,
}
"""Every option and what it is when it is not given."""

_REPLACED = {
    "background_threads": "one thread of the shelf spills; nothing else runs in the background",
    "lazy_duckdb_registration": "tables are never registered: SQL finds them by name",
    "memory_pool_type": "tables lie in shared memory, not in a pool of this process",
    "enable_leak_detection": "the kernel counts the users of each table",
    "enable_streaming": "files are always read batch by batch",
    "cache_query_plans": "plans are made anew for each query",
    "query_plan_cache_size": "plans are made anew for each query",
    "use_statistics": "statistics are always used",
    "prefetch_partitions": "partitions are mapped, and the kernel reads ahead",
    "prefetch_limit": "partitions are mapped, and the kernel reads ahead",
    "metrics_log_interval": "status() tells the figures at any time",
}
_FLAGS = tuple(name for name, value in DEFAULTS.items() if isinstance(value, bool))
_COUNTS = ("partition_size_rows", "partition_size_bytes", "streaming_chunk_size", "max_conversion_memory")
_CODECS = ("lz4", "zstd")


class ArrowCacheConfig:
    """Options by name; an unknown one is a ValueError."""

    def __init__(self, **options: Any) -> None:
        unknown = sorted(set(options) - set(DEFAULTS))
        if unknown:
            raise ValueError(f"Unknown configuration option: {', '.join(unknown)}")
        self._options = {**DEFAULTS, **options}
        self._given = frozenset(options)
        _check(self._options)

    @classmethod
    def of(cls, config: "ArrowCacheConfig | Mapping[str, Any] | None") -> "ArrowCacheConfig":
        """A configuration from one, a dict of options, or nothing."""
        if config is None:
            return cls()
        return config if isinstance(config, ArrowCacheConfig) else cls(**config)

    @classmethod
    def from_dict(cls, options: Mapping[str, Any]) -> "ArrowCacheConfig":
        return cls(**options)

    @classmethod
    def from_file(cls, path: "str | Path") -> "ArrowCacheConfig":
        """Reads a JSON object."""
        return cls(**json.loads(Path(path).read_text(encoding="utf-8")))

    def save_to_file(self, path: "str | Path") -> None:
        """Writes a JSON object."""
        Path(path).write_text(json.dumps(self.to_dict(), indent=2), encoding="utf-8")

    def to_dict(self) -> dict[str, Any]:
        return dict(self._options)

    def get(self, name: str, default: Any = None) -> Any:
        return self._options.get(name, default)

    def with_options(self, **options: Any) -> "ArrowCacheConfig":
        """The same with some options changed."""
        given = {name: self._options[name] for name in self._given}
        return ArrowCacheConfig(**{**given, **options})

    @property
    def deletes_files_on_close(self) -> bool:
        """Whether closing removes spill files and what the cache wrote below `storage_path`."""
        wanted = self._options["delete_files_on_close"]
        return not self._options["persistent_storage"] if wanted is None else bool(wanted)

    def __getitem__(self, name: str) -> Any:
        return self._options[name]

    def __contains__(self, name: object) -> bool:
        return name in self._options

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ArrowCacheConfig) and self._options == other._options

    def __repr__(self) -> str:
        changed = {name: value for name, value in self._options.items() if value != DEFAULTS[name]}
        return f"ArrowCacheConfig({', '.join(f'{name}={value!r}' for name, value in changed.items())})"


def _check(options: Mapping[str, Any]) -> None:
    for name, reason in _REPLACED.items():
        if options[name] != DEFAULTS[name]:
            raise ValueError(f"Option cannot apply: {name}={options[name]!r} ({reason})")
    for name in _FLAGS:
        if not isinstance(options[name], bool):
            raise ValueError(f"Option is no bool: {name}={options[name]!r}")
    for name in _COUNTS:
        if not isinstance(options[name], int) or options[name] < 1:
            raise ValueError(f"Option is no positive number: {name}={options[name]!r}")
    if not isinstance(options["thread_count"], int) or options["thread_count"] < 0:
        raise ValueError(f"Option is no count: thread_count={options['thread_count']!r}")
    limit = options["memory_limit"]
    if limit is not None and (not isinstance(limit, int) or limit < 1):
        raise ValueError(f"Option is no size in bytes: memory_limit={limit!r}")
    threshold = options["memory_spill_threshold"]
    if not isinstance(threshold, (int, float)) or not 0 < threshold <= 1:
        raise ValueError(f"Option is no part of 1: memory_spill_threshold={threshold!r}")
    if options["enable_compression"] and options["compression_type"] not in _CODECS:
        raise ValueError(f"Unknown compression: compression_type={options['compression_type']!r}, known={_CODECS}")
    if not isinstance(options["compression_level"], int) or not 1 <= options["compression_level"] <= 19:
        raise ValueError(f"Option is out of range: compression_level={options['compression_level']!r}, range=1..19")
