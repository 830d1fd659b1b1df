"""Connections to a shelf, and the functions of the package, which use one connection of their own."""

from __future__ import annotations

import datetime
import json
import math
import os
import threading
import uuid
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Optional, Union
from weakref import WeakSet

import pyarrow as pa

from . import _arrays, _async, _config, _discovery, _figures, _files, _frames, _index, _mapping, _query, _search, _socket
from ._builder import Builder, PlacedArray
from ._config import parse_size
from ._convert import checked_limit, source_of
from ._encode import decode_text
from ._local import LocalShelf
from ._put import PutOptions
from ._query import Parameters, Query
from ._remote import StreamedShelf
from .exceptions import ArrowShelfError, ClosedError, InvalidKeyError, ServerError

if TYPE_CHECKING:
    import numpy as np

SERVER_ADDRESS: tuple[str, int] = (_config.DEFAULT_HOST, _config.DEFAULT_PORT)
"""Where the functions of the package look for a daemon by default; may be set before the first call."""

LONGEST_KEY_BYTES = 65_535

_BUILDER_SPARE_BYTES = 64 << 10
_CODECS = {"none": 0, "lz4": 1, "zstd": 2}

_connections: "WeakSet[ArrowShelfConnection]" = WeakSet()





class ArrowShelfConnection:
    """A shelf: on this host its tables are mapped, from another host they are streamed.

    Any number of threads may use one connection. A forked child may go on using it: it talks to the daemon on its own.
    After `close()` every call raises ClosedError; tables and arrays got before stay readable.
    """

    def __init__(
        self,
        address: Optional[str] = None,
        *,
        dir: "str | os.PathLike[str] | None" = None,
        config: "str | os.PathLike[str] | None" = None,
        force_streaming: bool = False,
    ) -> None:
        self._config = _config.resolve(address, dir, config)
        self._force_streaming = force_streaming
        self._lock = threading.Lock()
        self._shelf: Union[LocalShelf, StreamedShelf, None] = None
        self._closed = False
        _connections.add(self)

    def connect(self) -> None:
        """Finds the shelf now rather than at the first call. Raises ConnectionError when there is none."""
        self._open()

    def put(
        self,
        data: Any,
        key: Optional[str] = None,
        *,
        partition_rows: Optional[int] = None,
        partition_bytes: "int | str | None" = None,
        overwrite: bool = True,
        ttl: "float | datetime.timedelta | None" = None,
        max_idle: "float | datetime.timedelta | None" = None,
        metadata: Any = None,
        encode_text: bool = False,
    ) -> str:
        """Puts data on the shelf and returns its key, a UUID when none is given.

        `ttl` and `max_idle` say in seconds how long the table lives and how long it may go unused; infinity is for
        ever, None as the shelf says. `metadata` is anything that JSON can hold; `info(key)` gives it back.

        Takes pandas frames (without their index) and polars frames, which become one chunk per column; pyarrow tables,
        batches and readers; numpy arrays of any shape and type but object; objects with `__arrow_c_stream__` or
        `__arrow_c_array__`. An existing key is replaced in one step, and who reads the old table keeps it; with
        `overwrite=False` it is AlreadyExistsError. The partition limits cut the table into parts that can be spilled
        and restored on their own. With `encode_text`, text columns of few distinct values are stored as dictionaries:
        `get` gives them back as text, `get_arrow` in place, and `info` says what that saved; batches of a reader are
        collected first.
        """
        options = PutOptions(
            checked_limit("partition_rows", partition_rows),
            checked_limit("partition_bytes", None if partition_bytes is None else parse_size(partition_bytes)),
            overwrite,
            _seconds("ttl", ttl),
            _seconds("max_idle", max_idle),
            "" if metadata is None else json.dumps(metadata),
        )
        name = str(uuid.uuid4()) if key is None else _checked(key)
        source = source_of(data).encoded() if encode_text else source_of(data)
        self._open().put(name, source, options, generated=key is None)
        return name

    def put_file(
        self, path: "str | os.PathLike[str]", key: Optional[str] = None, *, format: Optional[str] = None, **options: Any
    ) -> str:
        """Puts the rows of a Parquet, CSV (or TSV), JSON or Arrow file, piece by piece, and returns its key. JSON is an
        object a line, or one array of objects.

        The file may be larger than this process's memory. `format` is parquet, csv, tsv, json or arrow when the name
        does not tell; types are those that pyarrow's readers find. `options` are those of `put`.
        """
        with _files.reader_of(path, format) as reader:
            return self.put(reader, key, **options)

    def get(self, key: str) -> Any:
        """What was put: an array over the shelf's memory for an array, a pandas frame (a copy) for everything else."""
        table = self.get_arrow(key)
        array = _arrays.array_of(table)
        return _frames.pandas_of(decode_text(table, large=True, threads=True)) if array is None else array

    def get_arrow(
        self, key: str, columns: Optional[Sequence[str]] = None, offset: int = 0, limit: Optional[int] = None
    ) -> pa.Table:
        """The table, read in place: its buffers are the shelf's memory, and stay valid whatever happens to the key.

        `columns`, and `limit` rows from `offset` on, when not all are wanted: of a table that lies on disk, only the
        partitions with these rows are fetched. Past the end there are no rows.
        """
        if offset < 0 or (limit is not None and limit < 0):
            raise ValueError(f"Rows are counted from 0 on: offset={offset}, limit={limit}")
        if offset == 0 and limit is None:
            table = self._open().get(_checked(key))
        else:
            table = self._open().get_rows(_checked(key), offset, limit)
        return table if columns is None else table.select(list(columns))

    def get_numpy_view(self, key: str, column_name: str) -> "np.ndarray[Any, Any]":
        """One column as a read-only array, in place for numbers and times. Missing values are a NullValuesError."""
        return _arrays.column_view(self.get_arrow(key), column_name)

    def list_keys(self) -> list[str]:
        """The keys of all tables, in no order. Asks the daemon, so that its absence is noticed."""
        return self._open().list_keys()

    def delete(self, key: str) -> None:
        """Takes a table off the shelf; a missing key is fine. Who reads it keeps it."""
        self._open().delete(_checked(key))

    def delete_all(self) -> int:
        """Takes all tables off the shelf and says how many they were."""
        return self._open().delete_all()

    def info(self, key: str) -> dict[str, Any]:
        """Facts about a table: rows, columns, bytes, partitions, generation, time of creation, schema.

        `encoded` has the bytes saved by each text column that is stored as a dictionary (None from another host).
        """
        return self._open().info(_checked(key))

    def query(
        self,
        sql: str,
        params: Parameters = None,
        target_type: str = "arrow",
        *,
        timeout: Optional[float] = None,
        into: Optional[str] = None,
    ) -> Any:
        """Runs a SELECT over the tables of the shelf; `name`, `_cache_name` and `shelf.name` mean the table `name`.

        `params` are values for `?` and `$1` (a sequence) or for `$name` (a mapping). The result is a pyarrow.Table
        ('arrow'), or a 'pandas' or 'polars' frame, a dict of arrays ('numpy') or of lists ('dict'), or a 'reader' of
        batches. A large result is read in place from shared memory. With `into` it becomes a table of the shelf of
        that name, and the number of its rows is returned. After `timeout` seconds, or by Ctrl-C, the query is
        cancelled.
        """
        return self._run(Query(sql, params, _query.checked_timeout(timeout)), target_type, into)

    async def query_async(
        self,
        sql: str,
        params: Parameters = None,
        target_type: str = "arrow",
        *,
        timeout: Optional[float] = None,
        into: Optional[str] = None,
    ) -> Any:
        """`query` for programs with an event loop, which goes on meanwhile. A task that is cancelled cancels its query
        at once, and ends when that has ended."""
        query = Query(sql, params, _query.checked_timeout(timeout), number=_query.new_number())
        return await _async.beside(
            lambda: self._run(query, target_type, into), lambda: self._open().cancel_query(query.number)
        )

    def _run(self, query: Query, target_type: str, into: Optional[str]) -> Any:
        if into is not None:
            return self._open().query(query._replace(flags=_query.INTO, into=_checked(into)))
        return _query.converted(self._open().query(query), target_type)

    def explain(self, sql: str, params: Parameters = None, *, analyze: bool = False, format: str = "text") -> str:
        """The plan of a query; with `analyze` it runs, and the plan has times and row counts. `format`: text or json."""
        if format not in ("text", "json"):
            raise ValueError(f"Unknown format: format={format!r}, known=text, json")
        flags = _query.EXPLAIN | (_query.ANALYZE if analyze else 0) | (_query.JSON if format == "json" else 0)
        return str(self._open().query(Query(sql, params, None, flags)))

    def search(
        self,
        key: str,
        queries: Any,
        k: int = 10,
        columns: "Sequence[str] | str | None" = None,
        index: str = "auto",
        metric: str = "l2",
        filter: Any = None,
        recall: Optional[float] = None,
        where: Optional[str] = None,
    ) -> "_search.Neighbours":
        """The k nearest rows of each query: a pair (distances, ids), each one row a query and k wide, ascending.

        `queries` is one vector, an array or sequence of vectors, a frame, a pyarrow table, or the key of a table.
        `columns` are columns of numbers, one a dimension, or one column of lists; by default the only column of lists
        of floats, otherwise all columns of floats. `metric`: l2 (the Euclidean distance itself), ip (the negative
        inner product), cosine (one minus it), haversine (metres; columns latitude and longitude in degrees).
        `index`: auto, exact, kd, ivf, hnsw; `recall`: the share of the true neighbours wanted of an approximate one.
        `filter`: the name of a boolean column, row numbers, or a mask; `where`: a condition in SQL over the table's
        columns instead. A query that is a row finds itself. Places
        without a row hold inf and -1. The search runs in the shelf's owner, on one index that all processes share.
        """
        wanted = _search.search_of(_checked(key), k, columns, index, metric, filter, recall, where=where)
        return self._open().search(wanted, _search.queries_of(queries))

    def within(
        self,
        key: str,
        queries: Any,
        radius: float,
        columns: "Sequence[str] | str | None" = None,
        metric: str = "l2",
        filter: Any = None,
        where: Optional[str] = None,
    ) -> "_search.Around":
        """All rows within a distance of each query, itself included: (distances, ids, starts).

        The rows of query i lie from starts[i] to starts[i + 1], the nearest first. The rest is as for `search`; the
        answer is exact.
        """
        wanted = _search.search_of(_checked(key), 1, columns, "auto", metric, filter, None, radius, where)
        return self._open().within(wanted, _search.queries_of(queries))

    def build_index(
        self,
        key: str,
        columns: "Sequence[str] | str | None" = None,
        index: str = "auto",
        metric: str = "l2",
        *,
        lists: int = 0,
        storage: str = "auto",
        wait: bool = True,
    ) -> "_index.IndexBuild":
        """Has the shelf's owner build the index of a table that `search` then uses, unless it is there.

        `columns` and `metric` as for `search`; `index`: auto, kd, ivf, hnsw; `lists`: of an ivf, links of an hnsw (0: as
        usual); `storage` of an ivf: float32, float16 (half the memory) or int8 (a quarter; what is found is measured
        again in the table, so distances are right). An index that was built otherwise is built anew. With `wait` the index is there when this returns, and Ctrl-C cancels the build; without it the build goes
        on by itself: ask it for its `state()`, `wait()` for it, or `cancel()` it.
        """
        order = _index.order_of(_checked(key), columns, index, metric, lists, storage)
        build = _index.build(self._open().indexes(), order)
        if wait:
            try:
                build.wait()
            except KeyboardInterrupt:
                build.cancel()
                raise
        return build

    def indexes(self) -> "list[dict[str, Any]]":
        """The vector indexes that are there: table, columns, metric, index, points, bytes and settings of each."""
        return self._open().indexes().listed()["indexes"]

    def index_builds(self) -> "list[dict[str, Any]]":
        """The builds of vector indexes, as `IndexBuild.state()` tells them; those that are over for a while."""
        return self._open().indexes().listed()["builds"]

    def drop_indexes(self, key: str) -> int:
        """Drops the vector indexes of a table; how many there were."""
        return self._open().indexes().drop(_checked(key))

    def details(self, key: str) -> dict[str, Any]:
        """What the owner knows beyond `info`: when a table ends, its last use, uses, spilled partitions, metadata.

        Times are seconds since 1970, or None.
        """
        found = self._open().details(_checked(key))
        return {
            "key": found["name"],
            "generation": found["generation"],
            "rows": found["rows"],
            "bytes": found["bytes"],
            "columns": found["columns"],
            "partitions": found["partitions"],
            "spilled_partitions": found["spilled_partitions"],
            "created": found["created_millis"] / 1000,
            "last_use": found["last_use_millis"] / 1000,
            "uses": found["uses"],
            "expires": found["expires_millis"] / 1000 if found["expires_millis"] else None,
            "max_idle": found["max_idle_millis"] / 1000 if found["max_idle_millis"] else None,
            "metadata": json.loads(found["metadata"]) if found["metadata"] else None,
        }

    def touch(
        self,
        key: str,
        *,
        ttl: "float | datetime.timedelta | None" = None,
        max_idle: "float | datetime.timedelta | None" = None,
    ) -> bool:
        """Says that a table was used now, and perhaps how long it lives from now on; False when there is none."""
        return self._open().touch(_checked(key), _seconds("ttl", ttl), _seconds("max_idle", max_idle))

    def expire(self, key: str, after: "float | datetime.timedelta" = 0) -> bool:
        """Ends a table after some seconds; False when there is none."""
        return self._open().touch(_checked(key), max(_seconds("after", after) or 0.0, 0.001), None)

    def spill(self, key: str) -> int:
        """Sends a table to disk as far as nobody uses it; the bytes that left memory. It comes back when used."""
        return self._open().spill(_checked(key))

    def publish(self, key: str) -> int:
        """Stores a table in the Redis behind the daemon, for shelves of other hosts; its generation there.

        A shelf fetches what it lacks when it is asked for, so `get(key)` finds it on every host from now on.
        """
        return self._open().publish(_checked(key), False)

    def demote(self, key: str) -> int:
        """Stores a table in the Redis behind the daemon and takes it off this shelf; the next use brings it back."""
        return self._open().publish(_checked(key), True)

    def promote(self, key: str, least: int = 0) -> bool:
        """Brings a table from the Redis behind the daemon, unless its latest generation is here; False without one.

        `least` is a generation that `publish` returned elsewhere: an older one is a ConnectionError.
        """
        return self._open().promote(_checked(key), least)

    def persist(
        self,
        key: str,
        directory: "str | os.PathLike[str]",
        compression: str = "none",
        durable: bool = True,
        format: str = "arrow",
    ) -> bool:
        """Writes a table to a directory of the daemon's host, whole or not at all; False when there is none.

        It is on the disk then, unless `durable` is False: that is faster, and outlives the daemon but perhaps not
        the sudden end of the machine (which `load` finds out). `format` is arrow, or parquet: one file
        `table.parquet` in the key's folder, for other programs too. `load` reads both.
        """
        if compression not in _CODECS:
            raise ValueError(f"Unknown compression: {compression!r}, known={', '.join(_CODECS)}")
        if format not in ("arrow", "parquet"):
            raise ValueError(f"Unknown format: format={format!r}, known=arrow, parquet")
        if format == "parquet":
            return self._local("Parquet files are written").persist_parquet(
                _checked(key), os.path.abspath(directory), compression, durable
            )
        return self._open().persist(_checked(key), os.path.abspath(directory), _CODECS[compression], durable)

    def load(self, key: str, directory: "str | os.PathLike[str]") -> bool:
        """Puts a persisted table back, in place of what the key has; False when there is none."""
        return self._open().load(_checked(key), os.path.abspath(directory))

    def _local(self, what: str) -> LocalShelf:
        shelf = self._open()
        if isinstance(shelf, LocalShelf):
            return shelf
        raise ServerError(f"{what} on the shelf's own host", "USER", "UNSUPPORTED")

    def persisted(self, directory: "str | os.PathLike[str]") -> list[str]:
        """The keys of the tables that were persisted in a directory."""
        return self._open().persisted(os.path.abspath(directory))

    def forget_persisted(self, key: str, directory: "str | os.PathLike[str]") -> bool:
        """Removes a persisted table from a directory; False when there is none."""
        return self._open().forget_persisted(_checked(key), os.path.abspath(directory))

    def memory_usage(self) -> dict[str, int]:
        """Where the bytes are: limit, resident, pool, spilled, unlinked (deleted and still read); and tables."""
        status = self._open().status()
        return _figures.memory(status)

    def query_usage(self) -> dict[str, int]:
        """What queries do and what is kept of them: running, waiting, what they hold, results kept for the next time
        and how they served, bytes of tables that are copied for queries."""
        return _figures.queries(self._open().status())

    def builder(self, key: Optional[str] = None, nbytes: "int | str" = 0, *, overwrite: bool = True) -> Builder:
        """Begins a table of about `nbytes` that is built in place: its arrays lie on the shelf from the start."""
        name = str(uuid.uuid4()) if key is None else _checked(key)
        capacity = parse_size(nbytes) + _BUILDER_SPARE_BYTES
        return self._open().builder(name, capacity, PutOptions(overwrite=overwrite))

    def empty(
        self, shape: "int | tuple[int, ...]", dtype: Any = float, key: Optional[str] = None, *, overwrite: bool = True
    ) -> PlacedArray:
        """Begins one numpy array that lies on the shelf from the start: fill its `array`, then `seal()` it."""
        import numpy as np

        kind = np.dtype(dtype)
        _arrays.refuse_objects(kind)
        sizes = (shape,) if isinstance(shape, int) else tuple(int(length) for length in shape)
        builder = self.builder(key, kind.itemsize * math.prod(sizes), overwrite=overwrite)
        return PlacedArray(builder, sizes, kind)

    def is_connected(self) -> bool:
        """Whether a daemon answers. Never raises."""
        try:
            return self._open().is_connected()
        except (ArrowShelfError, OSError, ValueError):
            return False

    def shutdown_server(self) -> None:
        """Stops the daemon; its tables stay readable, and are there again when it is started anew."""
        self._open().shutdown()

    def close(self) -> None:
        """Ends the use of this connection. What was got before stays readable."""
        self._closed = True
        shelf = self._shelf
        if shelf is not None:
            shelf.close()

    def close_this_thread(self) -> None:
        """Closes this thread's connection to the daemon; the next call of this thread opens another."""
        if self._shelf is not None:
            self._shelf.close_this_thread()

    def __enter__(self) -> "ArrowShelfConnection":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<arrowshelf.Connection {self._config.place}{' closed' if self._closed else ''}>"

    def _open(self) -> "LocalShelf | StreamedShelf":
        if self._closed:
            raise ClosedError(f"Connection is closed: {self._config.place}")
        shelf = self._shelf
        if shelf is None:
            with self._lock:
                shelf = self._shelf = self._shelf or self._find()
        return shelf

    def _find(self) -> "LocalShelf | StreamedShelf":
        if self._force_streaming:
            return StreamedShelf(self._config)
        directory = self._config.directory or _discovery.find_directory(self._config.address)
        return LocalShelf(self._config, directory) if directory else StreamedShelf(self._config)

    def _begin_child(self) -> None:
        self._lock = threading.Lock()
        if self._shelf is not None:
            self._shelf.begin_child()


Connection = ArrowShelfConnection

_default: Optional[ArrowShelfConnection] = None
_default_lock = threading.Lock()


def connect(
    address: Optional[str] = None,
    *,
    dir: "str | os.PathLike[str] | None" = None,
    config: "str | os.PathLike[str] | None" = None,
    force_streaming: bool = False,
) -> ArrowShelfConnection:
    """Connects to a shelf by the daemon's `host:port` or by its directory.

    What is not given comes from ARROWSHELF_DIR, ARROWSHELF_ADDRESS, the config file (ARROWSHELF_CONFIG, otherwise
    `arrowshelf/arrowshelf.conf` below XDG_CONFIG_HOME), and is localhost:50051 in the end.
    """
    connection = ArrowShelfConnection(address, dir=dir, config=config, force_streaming=force_streaming)
    connection.connect()
    return connection


def get_connection() -> ArrowShelfConnection:
    """The connection that the functions of the package use; it is opened at the first use."""
    global _default
    connection = _default
    if connection is None:
        with _default_lock:
            if _default is None:
                _default = ArrowShelfConnection(_address_set_by_program())
            connection = _default
    return connection


def close() -> None:
    """Closes this thread's connection. A later call opens another, also after a change of environment."""
    global _default
    connection = _default
    if connection is not None:
        connection.close_this_thread()
        with _default_lock:
            if connection._config != _config.resolve(_address_set_by_program()):
                _default = None


def _address_set_by_program() -> Optional[str]:
    host, port = SERVER_ADDRESS
    named = (host, port) != (_config.DEFAULT_HOST, _config.DEFAULT_PORT)
    return f"{_discovery.uri_host(host)}:{port}" if named else None


def _seconds(what: str, time: "float | datetime.timedelta | None") -> Optional[float]:
    if time is None:
        return None
    seconds = time.total_seconds() if isinstance(time, datetime.timedelta) else float(time)
    if not seconds >= 0:
        raise ValueError(f"Time is negative: {what}={time}")
    return seconds


def _checked(key: str) -> str:
    if not isinstance(key, str):
        raise TypeError(f"Key is not text: type={type(key).__name__}")
    if not key or (len(key) > LONGEST_KEY_BYTES // 4 or not key.isascii()) and not _fits(key):
        raise InvalidKeyError(
            f"Key is not UTF-8 text of 1 to {LONGEST_KEY_BYTES} bytes: length={len(key)}", "USER", "INVALID_KEY"
        )
    return key


def _fits(key: str) -> bool:
    try:
        return len(key.encode("utf-8")) <= LONGEST_KEY_BYTES
    except UnicodeEncodeError:
        return False


def _after_fork_in_child() -> None:
    global _default_lock
    _default_lock = threading.Lock()
    _mapping.close_inherited_descriptors()
    _socket.close_inherited_sockets()
    for connection in list(_connections):
        connection._begin_child()


os.register_at_fork(after_in_child=_after_fork_in_child)
