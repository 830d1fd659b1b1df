"""What a cache asks of its daemon."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Mapping, Optional

from .config import ArrowCacheConfig

POLICIES = ("lru", "lfu", "fifo", "size", "ttl", "weighted", "tinylfu")
WEIGHTS = {"lru_weight": 1.0, "lfu_weight": 1.0, "size_weight": 1.0, "age_weight": 0.5}

_FAST_LEVEL = 1
"""Of Zstandard where the program does not set one: a fourth less time than the original's 3, a hundredth more bytes."""
_LOW_WATER = 0.95
"""Part of the mark above which tables leave down to which they do: so they leave a few at a time."""


def daemon_flags(
    config: ArrowCacheConfig,
    size_limit: Optional[int],
    policy: str,
    weights: Optional[Mapping[str, float]],
) -> tuple[list[str], list[str]]:
    """The flags of the daemon and of its Java; ValueError for a policy, weights or a limit that cannot be."""
    numbers = _weights(policy, weights)
    high = config["memory_spill_threshold"] if config["spill_to_disk"] else 1.0
    flags: dict[str, Any] = {
        "--eviction-policy": policy.lower(),
        "--eviction-weights": ",".join(map(str, numbers)),
        "--evict": "spill" if config["spill_to_disk"] else "drop",
        "--high-water": high,
        "--low-water": high * _LOW_WATER if config["spill_to_disk"] else high,
        "--spill-dir": _one_directory(config["spill_directory"]),
        "--spill-compression": config["compression_type"] if config["enable_compression"] else "none",
        "--spill-level": config["compression_level"] if config.is_given("compression_level") else _FAST_LEVEL,
    }
    limits = [limit for limit in (_checked(size_limit), config["memory_limit"]) if limit is not None]
    if limits:
        flags["--memory-limit"] = min(limits)
    java = []
    if config["thread_count"]:
        java.append(f"-XX:ActiveProcessorCount={min(config['thread_count'], os.cpu_count() or 1)}")
    # A private shelf is short-lived: its first requests would wait for the rehearsal, and so would its end.
    return ["--no-warm-up", *(str(word) for pair in flags.items() for word in pair)], java


def _one_directory(path: Any) -> Path:
    directory = Path(path).absolute()
    if ":" in str(directory):
        raise ValueError(f"Directory has a colon in its name: spill_directory={directory}")
    return directory


def _weights(policy: Any, weights: Optional[Mapping[str, float]]) -> list[float]:
    if not isinstance(policy, str) or policy.lower() not in POLICIES:
        raise ValueError(f"Unknown eviction policy: eviction_policy={policy!r}, known={', '.join(POLICIES)}")
    unknown = sorted(set(weights or {}) - set(WEIGHTS))
    if unknown:
        raise ValueError(f"Unknown policy arguments: {', '.join(unknown)}, known={', '.join(WEIGHTS)}")
    if weights and policy.lower() != "weighted":
        raise ValueError(f"Option cannot apply: policy_args (they are those of 'weighted'), eviction_policy={policy!r}")
    return [float({**WEIGHTS, **(weights or {})}[name]) for name in WEIGHTS]


def _checked(limit: Optional[int]) -> Optional[int]:
    if limit is not None and (not isinstance(limit, int) or isinstance(limit, bool) or limit < 1):
        raise ValueError(f"Limit is not a positive number of bytes: max_size_bytes={limit!r}")
    return limit
