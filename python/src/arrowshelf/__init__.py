"""ArrowShelf: put a table on the shelf once, read it in place from every process of the host.

    import arrowshelf

    key = arrowshelf.put(frame)            # pandas, polars, pyarrow, numpy, anything that speaks Arrow
    table = arrowshelf.get_arrow(key)      # in any process: no copy
    frame = arrowshelf.get(key)
    sums = arrowshelf.query("select k, sum(v) from sales group by k")
    arrowshelf.delete(key)

The functions use one connection to the daemon on localhost:50051, or to where ARROWSHELF_DIR, ARROWSHELF_ADDRESS or the
config file point; `connect()` makes others. `arrowshelf-server` starts a daemon.
"""

from __future__ import annotations

import sys as _sys
from collections.abc import Sequence as _Sequence
from typing import TYPE_CHECKING, Any, Optional

if _sys.platform == "win32":
    raise ImportError("ArrowShelf needs Linux: platform=win32 (use it in WSL 2 or in a Linux container)")

import pyarrow as _pa

from ._builder import Builder, PlacedArray
from ._index import IndexBuild
from ._search import Around, Neighbours
from ._version import __version__ as _version
from .client import Connection, close, connect, get_connection
from .exceptions import (
    AlreadyExistsError,
    ArrowShelfError,
    BusyError,
    CatalogueBusyError,
    ClosedError,
    ColumnNotFoundError,
    ConnectionError,
    ForbiddenError,
    InvalidDataError,
    InvalidKeyError,
    InvalidSqlError,
    KeyNotFoundError,
    NotBuildableError,
    NullValuesError,
    OutOfMemoryError,
    QueryCancelledError,
    QueryTimeoutError,
    ResultTooLargeError,
    ServerError,
)

if TYPE_CHECKING:
    import numpy as _np

__version__ = _version

__all__ = [
    "AlreadyExistsError",
    "Around",
    "ArrowShelfError",
    "Builder",
    "BusyError",
    "CatalogueBusyError",
    "ClosedError",
    "ColumnNotFoundError",
    "Connection",
    "ConnectionError",
    "ForbiddenError",
    "IndexBuild",
    "InvalidDataError",
    "InvalidKeyError",
    "InvalidSqlError",
    "KeyNotFoundError",
    "Neighbours",
    "NotBuildableError",
    "NullValuesError",
    "OutOfMemoryError",
    "PlacedArray",
    "QueryCancelledError",
    "QueryTimeoutError",
    "ResultTooLargeError",
    "ServerError",
    "build_index",
    "builder",
    "close",
    "connect",
    "delete",
    "delete_all",
    "empty",
    "explain",
    "get",
    "get_arrow",
    "get_numpy_view",
    "info",
    "is_connected",
    "list_keys",
    "memory_usage",
    "put",
    "put_file",
    "query",
    "query_async",
    "search",
    "shutdown_server",
    "within",
]


def put(
    data: Any,
    key: Optional[str] = None,
    *,
    partition_rows: Optional[int] = None,
    partition_bytes: "int | str | None" = None,
    overwrite: bool = True,
) -> str:
    """Puts data on the shelf and returns its key, a UUID when none is given (`Connection.put` says what it takes)."""
    return get_connection().put(
        data, key, partition_rows=partition_rows, partition_bytes=partition_bytes, overwrite=overwrite
    )


def put_file(path: Any, key: Optional[str] = None, *, format: Optional[str] = None, **options: Any) -> str:
    """Puts the rows of a Parquet, CSV, JSON Lines or Arrow file, piece by piece, and returns its key."""
    return get_connection().put_file(path, key, format=format, **options)


def get(key: str) -> Any:
    """What was put: an array over the shelf's memory for an array, a pandas frame (a copy) for everything else."""
    return get_connection().get(key)


def get_arrow(
    key: str, columns: Optional[_Sequence[str]] = None, offset: int = 0, limit: Optional[int] = None
) -> _pa.Table:
    """The table, or some columns and rows of it, read in place: its buffers are the shelf's memory, and stay valid."""
    return get_connection().get_arrow(key, columns, offset, limit)


def get_numpy_view(key: str, column_name: str) -> "_np.ndarray[Any, Any]":
    """One column as a read-only array, in place for numbers and times. Missing values are a NullValuesError."""
    return get_connection().get_numpy_view(key, column_name)


def list_keys() -> list[str]:
    """The keys of all tables, in no order. Raises ConnectionError when no daemon answers."""
    return get_connection().list_keys()


def delete(key: str) -> None:
    """Takes a table off the shelf; a missing key is fine. Who reads it keeps it."""
    get_connection().delete(key)


def delete_all() -> int:
    """Takes all tables off the shelf and says how many they were."""
    return get_connection().delete_all()


def info(key: str) -> dict[str, Any]:
    """Facts about a table: rows, columns, bytes, partitions, generation, time of creation, schema."""
    return get_connection().info(key)


def query(
    sql: str,
    params: Any = None,
    target_type: str = "arrow",
    *,
    timeout: Optional[float] = None,
    into: Optional[str] = None,
) -> Any:
    """Runs a SELECT over the tables of the shelf (`Connection.query` says what it takes and returns)."""
    return get_connection().query(sql, params, target_type, timeout=timeout, into=into)


async def query_async(
    sql: str,
    params: Any = None,
    target_type: str = "arrow",
    *,
    timeout: Optional[float] = None,
    into: Optional[str] = None,
) -> Any:
    """`query` for programs with an event loop; a task that is cancelled cancels its query."""
    return await get_connection().query_async(sql, params, target_type, timeout=timeout, into=into)


def explain(sql: str, params: Any = None, *, analyze: bool = False, format: str = "text") -> str:
    """The plan of a query; with `analyze` it runs, and the plan has times and row counts."""
    return get_connection().explain(sql, params, analyze=analyze, format=format)


def search(
    key: str,
    queries: Any,
    k: int = 10,
    columns: "_Sequence[str] | str | None" = None,
    index: str = "auto",
    metric: str = "l2",
    filter: Any = None,
    recall: Optional[float] = None,
    where: Optional[str] = None,
) -> "Neighbours":
    """The k nearest rows of each query, as (distances, ids) (`Connection.search` says what it takes)."""
    return get_connection().search(key, queries, k, columns, index, metric, filter, recall, where)


def within(
    key: str,
    queries: Any,
    radius: float,
    columns: "_Sequence[str] | str | None" = None,
    metric: str = "l2",
    filter: Any = None,
    where: Optional[str] = None,
) -> "Around":
    """All rows within a distance of each query: (distances, ids, starts) (`Connection.within` says more)."""
    return get_connection().within(key, queries, radius, columns, metric, filter, where)


def build_index(
    key: str,
    columns: "_Sequence[str] | str | None" = None,
    index: str = "auto",
    metric: str = "l2",
    *,
    lists: int = 0,
    storage: str = "auto",
    wait: bool = True,
) -> IndexBuild:
    """Has the shelf's owner build the index of a table (`Connection.build_index` says more)."""
    return get_connection().build_index(key, columns, index, metric, lists=lists, storage=storage, wait=wait)


def memory_usage() -> dict[str, int]:
    """Where the shelf's bytes are: limit, resident, pool, spilled, unlinked (deleted and still read), and tables."""
    return get_connection().memory_usage()


def builder(key: Optional[str] = None, nbytes: "int | str" = 0, *, overwrite: bool = True) -> Builder:
    """Begins a table of about `nbytes` that is built in place: its arrays lie on the shelf from the start."""
    return get_connection().builder(key, nbytes, overwrite=overwrite)


def empty(
    shape: "int | tuple[int, ...]", dtype: Any = float, key: Optional[str] = None, *, overwrite: bool = True
) -> PlacedArray:
    """Begins one numpy array that lies on the shelf from the start: fill its `array`, then `seal()` it."""
    return get_connection().empty(shape, dtype, key, overwrite=overwrite)


def is_connected() -> bool:
    """Whether a daemon answers. Never raises."""
    try:
        return get_connection().is_connected()
    except (ArrowShelfError, OSError, ValueError):
        return False


def shutdown_server() -> None:
    """Stops the daemon; its tables stay readable, and are there again when it is started anew."""
    get_connection().shutdown_server()
