"""The numbers of a daemon's status that programs ask for."""

from __future__ import annotations

from typing import Any

_MEMORY = (
    "limit_bytes",
    "resident_bytes",
    "writing_bytes",
    "pool_bytes",
    "unlinked_bytes",
    "spilled_bytes",
    "file_system_free_bytes",
    "tables",
)

_QUERIES = (
    "running",
    "waiting",
    "held_tables",
    "held_blocks",
    "held_objects",
    "kept_results",
    "kept_bytes",
    "result_hits",
    "result_misses",
    "twin_bytes",
    "instances",
)


def memory(status: dict[str, Any]) -> dict[str, int]:
    return {name: int(status.get(name, 0)) for name in _MEMORY}


def queries(status: dict[str, Any]) -> dict[str, int]:
    said = status.get("sql", {})
    return {name: int(said.get(name, 0)) for name in _QUERIES}
