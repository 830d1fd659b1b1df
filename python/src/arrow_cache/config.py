"""The options of a cache: names, defaults and checks."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Iterator, Union

MIB = 1 << 20
GIB = 1 << 30

DEFAULTS: dict[str, Any] = {
    "memory_limit": None,
    "memory_spill_threshold": 0.8,
    "partition_size_rows": 100_000,
    "partition_size_bytes": 100 * MIB,
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
    "max_conversion_memory": 2 * GIB,
    "cache_query_plans": True,
    "query_plan_cache_size": 100,
    "use_statistics": True,
    "pandas_use_extension_arrays": True,
    "pandas_preserve_index": True,
    "pandas_use_categories": True,
    "prefetch_partitions": True,
    "prefetch_limit": 3,
    "collect_metrics": True,
    "metrics_log_interval": 60,
}

REPLACED: dict[str, str] = {
    "background_threads": "the daemon sizes its own pools",
    "query_plan_cache_size": "each query is planned anew",
    "prefetch_limit": "tables are mapped, and the kernel reads ahead",
    "memory_pool_type": "tables lie in shared memory, not in a pool of this process",
    "enable_leak_detection": "the kernel counts the users of each table: see status()['unlinked_bytes']",
}
"""Options that cannot apply, and what there is instead: another value than the default is a ValueError."""

EITHER_WAY: dict[str, str] = {
    "lazy_duckdb_registration": "tables are never registered: SQL finds them by name when a query names them",
    "cache_query_plans": "each query is planned anew",
    "prefetch_partitions": "tables are mapped, and the kernel reads ahead",
}
"""Switches that change nothing; status() tells which of them a program has set."""

FIXED = (
    "memory_limit",
    "memory_spill_threshold",
    "thread_count",
    "enable_compression",
    "compression_type",
    "compression_level",
    "spill_to_disk",
    "spill_directory",
    "storage_path",
    "persistent_storage",
)
"""Options that cannot change while a cache is open: its shelf was started with them."""

_NUMBERS = {
    "memory_limit": (1, math.inf),
    "partition_size_rows": (1, math.inf),
    "partition_size_bytes": (1, math.inf),
    "streaming_chunk_size": (1, math.inf),
    "max_conversion_memory": (1, math.inf),
    "thread_count": (0, math.inf),
    "compression_level": (1, 19),
}
_CODECS = ("zstd", "lz4", "none")


class ArrowCacheConfig:
    """The options of a cache; an unknown name, a bad value, or one that cannot apply is a ValueError.

    `memory_limit` bounds the bytes in memory (None: what the shelf may take). With `spill_to_disk` tables go to
    `spill_directory` above `memory_spill_threshold` of it, and come back when used; without it they are dropped when
    the limit is reached. Tables are cut at `partition_size_rows` and `partition_size_bytes` while `auto_partition`,
    so that each part can leave and come back on its own; tables of more than 32 parts have larger ones unless a
    program sets `partition_size_rows`. `enable_compression`, `compression_type` (zstd, lz4 or none)
    and `compression_level` (of zstd) are for files. `dictionary_encoding`: text of few distinct values takes less
    room, and comes back as text. `thread_count` is for queries and conversions (0: all processors).

    With `persistent_storage` the tables are written to `storage_path` when the cache is closed or the interpreter
    ends, and are there again in the next cache; after a kill there is what was persisted before.
    `delete_files_on_close` is True unless given, and False with `persistent_storage`.

    `parallel_conversion` lets frames be made by several threads; those of more than `max_conversion_memory` bytes are
    made column by column. `streaming_chunk_size` is the number of rows in a batch of target_type 'reader' while
    `enable_streaming`. `use_statistics` gives get_metadata() the columns' minima and maxima. With
    `pandas_preserve_index`, `pandas_use_extension_arrays` and `pandas_use_categories` indexes, pandas' own types and
    categories come back. `collect_metrics` counts hits and misses, and logs them each `metrics_log_interval` seconds.
    """

    def __init__(self, **options: Any) -> None:
        self._options = dict(DEFAULTS)
        self._given: set[str] = set()
        self.update(options)

    @classmethod
    def from_dict(cls, options: Mapping[str, Any]) -> "ArrowCacheConfig":
        """The configuration that `to_dict()` described."""
        return cls(**options)

    @classmethod
    def from_file(cls, path: "str | os.PathLike[str]") -> "ArrowCacheConfig":
        """Reads a JSON file with one object."""
        described = json.loads(Path(path).read_text(encoding="utf-8"))
        if not isinstance(described, dict):
            raise ValueError(f"Configuration is not a JSON object: file={path}")
        return cls.from_dict(described)

    def save_to_file(self, path: "str | os.PathLike[str]") -> None:
        """Writes the options as JSON."""
        Path(path).write_text(json.dumps(self._options, indent=2, default=os.fspath) + "\n", encoding="utf-8")

    def to_dict(self) -> dict[str, Any]:
        """All options, a copy."""
        return dict(self._options)

    def copy(self) -> "ArrowCacheConfig":
        """One with the same options."""
        return ArrowCacheConfig(**{name: self._options[name] for name in self._given})

    def get(self, name: str, default: Any = None) -> Any:
        """The value of an option, or the default for an unknown name."""
        return self._options.get(name, default)

    def update(self, options: Mapping[str, Any]) -> None:
        """Sets options, all of them or, when one is wrong, none."""
        for name, value in options.items():
            _check(name, value)
        self._options.update(options)
        self._given.update(options)

    def change(self, options: Mapping[str, Any]) -> None:
        """Sets options of an open cache; ValueError for those that its shelf was started with."""
        for name in FIXED:
            if name in options and options[name] != self._options[name]:
                raise ValueError(f"Option is fixed when the cache is made: {name}={self._options[name]!r}")
        self.update({name: value for name, value in options.items() if self.get(name, _check) != value})

    def is_given(self, name: str) -> bool:
        """Whether a program has set an option."""
        return name in self._given

    @property
    def without_effect(self) -> dict[str, str]:
        """Switches that a program has set and that change nothing, with the reason."""
        return {name: why for name, why in EITHER_WAY.items() if name in self._given}

    @property
    def deletes_files(self) -> bool:
        """Whether close() removes what the cache wrote under its storage path."""
        given = self._options["delete_files_on_close"]
        return not self._options["persistent_storage"] if given is None else bool(given)

    def __getitem__(self, name: str) -> Any:
        return self._options[name]

    def __setitem__(self, name: str, value: Any) -> None:
        self.update({name: value})

    def __contains__(self, name: object) -> bool:
        return name in self._options

    def __iter__(self) -> Iterator[str]:
        return iter(self._options)

    def __getattr__(self, name: str) -> Any:
        try:
            return self.__dict__["_options"][name]
        except KeyError:
            raise AttributeError(f"No such option: {name}") from None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ArrowCacheConfig) and self._options == other._options

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        changed = {name: value for name, value in self._options.items() if value != DEFAULTS[name]}
        return f"ArrowCacheConfig({', '.join(f'{name}={value!r}' for name, value in changed.items())})"


ConfigLike = Union[ArrowCacheConfig, Mapping[str, Any], None]


def config_of(given: ConfigLike) -> ArrowCacheConfig:
    """A configuration of the caller's own: a copy, so that a later change of it is not one of the cache."""
    if given is None:
        return ArrowCacheConfig()
    return given.copy() if isinstance(given, ArrowCacheConfig) else ArrowCacheConfig.from_dict(given)


def _check(name: str, value: Any) -> None:
    if name not in DEFAULTS:
        raise ValueError(f"Unknown option: {name}, known={', '.join(DEFAULTS)}")
    if name in REPLACED and value != DEFAULTS[name]:
        raise ValueError(f"Option cannot apply: {name}={value!r} ({REPLACED[name]})")
    if not _fits(name, value):
        known = f", known={', '.join(_CODECS)}" if name == "compression_type" else ""
        raise ValueError(f"Bad value of an option: {name}={value!r}{known}")


def _fits(name: str, value: Any) -> bool:
    if name == "delete_files_on_close":
        return value is None or isinstance(value, bool)
    if isinstance(DEFAULTS[name], bool):
        return isinstance(value, bool)
    if name == "compression_type":
        return value in _CODECS
    if name in ("spill_directory", "storage_path"):
        return isinstance(value, (str, os.PathLike))
    if name == "memory_limit" and value is None:
        return True
    if name in ("memory_spill_threshold", "metrics_log_interval"):
        most = 1 if name == "memory_spill_threshold" else math.inf
        return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value <= most
    if name in _NUMBERS:
        least, most = _NUMBERS[name]
        return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
    return True
