"""Arrow data sets in Redis: written by partition, read back whole or not at all.

    from arrowshelf import redis

    redis.split("data.arrow", "redis://localhost:6379/0", "demo:v1")
    table = redis.read("redis://localhost:6379/0", "demo:v1", partitions=[0, 1])

The work is done by the program that also is the daemon, in a process of its own. URLs, and the passwords in them, reach it
through its environment, never through its command line.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Literal, Optional, Sequence, Union

import pyarrow as pa

from .exceptions import ArrowShelfError
from .server import program_command

__all__ = ["RedisError", "delete", "gen", "list_data_sets", "read", "split", "verify"]

_Path = Union[str, "os.PathLike[str]"]
_Partitions = Union[Literal["all"], Sequence[int]]
_DIFFERENT = 1


class RedisError(ArrowShelfError):
    """The program failed; `exit_code` says what kind of failure: 1 the request, 3 memory, 4 outside, 5 damage."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def gen(
    out: _Path,
    *,
    partitions: int = 8,
    batches: int = 8,
    rows: int = 100_000,
    compression: str = "zstd",
    dict_strings: bool = False,
    string_cardinality: int = 5000,
    seed: int = 123,
    workers: Optional[int] = None,
) -> dict[str, Any]:
    """Writes an Arrow file of random rows; same seed, same bytes. Returns what was written."""
    arguments = [
        f"--out={os.fspath(out)}",
        f"--partitions={partitions}",
        f"--batches={batches}",
        f"--rows={rows}",
        f"--compression={compression}",
        f"--string-cardinality={string_cardinality}",
        f"--seed={seed}",
    ]
    if dict_strings:
        arguments.append("--dict-strings")
    if workers is not None:
        arguments.append(f"--workers={workers}")
    return _facts("gen", arguments)


def split(
    inp: _Path,
    redis_url: str,
    prefix: str,
    *,
    batches: int = 1,
    compression: str = "zstd",
    layout: Literal["arrowshelf", "arrowredis"] = "arrowshelf",
    ttl_seconds: int = 0,
    max_inflight: int = 256,
    resume: bool = False,
    cluster: bool = False,
    options: Sequence[str] = (),
) -> dict[str, Any]:
    """Splits an Arrow file into Redis; readers see the new data set whole, or the one before. Returns what was stored.

    `options` are more flags of `arrowshelf split`, for certificates, retries and the like.
    """
    arguments = [
        f"--inp={os.fspath(inp)}",
        f"--prefix={prefix}",
        f"--batches={batches}",
        f"--compression={compression}",
        f"--layout={layout}",
        f"--ttl={ttl_seconds}",
        f"--max-inflight={max_inflight}",
    ]
    if resume:
        arguments.append("--resume")
    return _facts("split", [*arguments, *_cluster(cluster), *options], redis_url)


def read(
    redis_url: str,
    prefix: str,
    *,
    partitions: _Partitions = "all",
    batches: Optional[int] = None,
    columns: Optional[Sequence[str]] = None,
    allow_missing: bool = False,
    pipeline: int = 64,
    concurrency: int = 256,
    cluster: bool = False,
    options: Sequence[str] = (),
) -> pa.Table:
    """Reads a data set into a table, mapped from memory. Raises RedisError when it is not whole.

    `batches` is needed only for data that was written without a manifest. `options` are more flags of `arrowshelf read`.
    """
    arguments = [
        f"--prefix={prefix}",
        f"--partitions={'all' if partitions == 'all' else ','.join(str(part) for part in partitions)}",
        "--compression=uncompressed",
        f"--pipeline={pipeline}",
        f"--concurrency={concurrency}",
    ]
    if batches is not None:
        arguments.append(f"--batches={batches}")
    if columns is not None:
        arguments.append(f"--columns={','.join(columns)}")
    if allow_missing:
        arguments.append("--allow-missing")
    memory = "/dev/shm" if os.path.isdir("/dev/shm") else None
    with tempfile.TemporaryDirectory(prefix="arrowshelf-read-", dir=memory) as folder:
        file = Path(folder) / "table.arrow"
        _facts("read", [*arguments, f"--out={file}", *_cluster(cluster), *options], redis_url)
        # The mapping outlives the file's name.
        with pa.memory_map(str(file)) as source:
            return pa.ipc.open_file(source).read_all()


def verify(file1: _Path, file2: _Path) -> bool:
    """Whether two Arrow files hold the same schema, rows and values, however they are cut and compressed."""
    done = _run("verify", [f"--file1={os.fspath(file1)}", f"--file2={os.fspath(file2)}"], None)
    if done.returncode == _DIFFERENT and done.stdout.startswith("FILES DIFFER"):
        return False
    _check(done)
    return True


def list_data_sets(redis_url: str, *, cluster: bool = False, options: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Facts about all data sets that have a manifest."""
    done = _run("redis-list", ["--json", *_cluster(cluster), *options], redis_url)
    _check(done)
    facts: list[dict[str, Any]] = json.loads(done.stdout)
    return facts


def delete(redis_url: str, prefix: str, *, cluster: bool = False, options: Sequence[str] = ()) -> None:
    """Removes a data set."""
    _check(_run("redis-delete", [*_cluster(cluster), *options, "--", prefix], redis_url))


def _cluster(cluster: bool) -> list[str]:
    return ["--cluster=on"] if cluster else []


def _facts(subcommand: str, arguments: Sequence[str], redis_url: Optional[str] = None) -> dict[str, Any]:
    done = _run(subcommand, ["--json", *arguments], redis_url)
    _check(done)
    facts: dict[str, Any] = json.loads(done.stdout)
    return facts


def _run(
    subcommand: str, arguments: Sequence[str], redis_url: Optional[str]
) -> "subprocess.CompletedProcess[str]":
    environment = dict(os.environ)
    if redis_url is not None:
        environment["ARROWSHELF_REDIS_URL"] = redis_url
    return subprocess.run(
        program_command(subcommand, arguments),
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )


def _check(done: "subprocess.CompletedProcess[str]") -> None:
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines()
        message = lines[-1].removeprefix("arrowshelf: ") if lines else f"program failed: exit_code={done.returncode}"
        raise RedisError(message, done.returncode)
