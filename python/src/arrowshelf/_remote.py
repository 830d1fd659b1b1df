"""A shelf on another host: tables are streamed by Arrow Flight."""

from __future__ import annotations

import json
import math
import threading
from contextlib import ExitStack, contextmanager
from typing import Any, Iterator, Optional

import pyarrow as pa

from . import _config, _discovery, _index, _query, _search
from ._builder import Builder
from ._convert import Source
from ._encode import is_encoded
from ._put import PutOptions
from ._query import Query
from .exceptions import (
    AlreadyExistsError,
    ArrowShelfError,
    ConnectionError,
    InvalidDataError,
    InvalidSqlError,
    NotBuildableError,
    OutOfMemoryError,
    ServerError,
    key_not_found,
)

_ANSWER_SECONDS = 300.0
_PING_SECONDS = 5.0


class StreamedShelf:
    """The same operations as on the shelf's own host; each get is a copy of its own."""

    def __init__(self, config: _config.Config) -> None:
        try:
            from pyarrow import flight
        except ImportError:
            raise ConnectionError(f"Shelf of another host needs a pyarrow with Flight: {config.place}") from None
        self._flight = flight
        self._config = config
        host, self._port = _config.split_address(config.address)
        self._uri = f"grpc://{_discovery.uri_host(host)}:{self._port}"
        self._lock = threading.Lock()
        self._client: Any = None
        self._streams: dict[int, list[Any]] = {}

    def put(self, key: str, source: Source, options: PutOptions, generated: bool) -> None:
        if options.partition_rows or options.partition_bytes:
            raise ServerError("Partition limits need the shelf's own host", "USER", "INVALID_ARGUMENT")
        with self._translated(key):
            if not options.overwrite and self._exists(key):
                raise AlreadyExistsError(f"Key exists already: {key!r}", "USER", "ALREADY_EXISTS")
            writer, answers = self._open().do_put(self._command(key, options), source.schema, self._options())
            with writer:
                for part in source.parts(0, 0):
                    writer.write(part)
                writer.done_writing()
                while answers.read() is not None:
                    pass

    def builder(self, key: str, capacity: int, options: PutOptions) -> Builder:
        raise NotBuildableError(f"Building in place needs the shelf's own host: {self._config.place}")

    def get(self, key: str) -> pa.Table:
        with self._translated(key):
            client = self._open()
            found = client.get_flight_info(self._descriptor(key), self._options())
            parts = [client.do_get(endpoint.ticket, self._options()).read_all() for endpoint in found.endpoints]
            return parts[0] if len(parts) == 1 else pa.concat_tables(parts)

    def get_rows(self, key: str, offset: int, limit: Optional[int]) -> pa.Table:
        table = self.get(key)
        return table.slice(min(offset, table.num_rows), limit)

    def list_keys(self) -> list[str]:
        with self._translated(""):
            flights = self._open().list_flights(b"", self._options())
            return [found.descriptor.path[0].decode("utf-8") for found in flights]

    def delete(self, key: str) -> None:
        try:
            with self._translated(key):
                list(self._open().do_action(self._flight.Action("delete", key.encode("utf-8")), self._options()))
        except KeyError:
            pass

    def delete_all(self) -> int:
        keys = self.list_keys()
        for key in keys:
            self.delete(key)
        return len(keys)

    def query(self, query: Query) -> "pa.Table | int | str":
        """A statement over Flight SQL; what more local queries can do needs the shelf's own host."""
        if query.parameters or query.into:
            raise ServerError("Parameters and into need the shelf's own host, or a Flight SQL client", "USER", "UNSUPPORTED")
        planned = query.flags & _query.EXPLAIN
        command = _query.statement_command(_query.explained(query) if planned else query.sql)
        options = self._flight.FlightCallOptions(timeout=query.timeout or _ANSWER_SECONDS)
        try:
            with self._translated(""):
                client = self._open()
                found = client.get_flight_info(self._flight.FlightDescriptor.for_command(command), options)
                parts = [client.do_get(part.ticket, options) for part in found.endpoints]
                self._streams[query.number] = parts
                table = pa.concat_tables(part.read_all() for part in parts)
        except InvalidDataError as error:
            raise InvalidSqlError(str(error), "USER", "INVALID_SQL") from error
        finally:
            self._streams.pop(query.number, None)
        return "\n".join(table.column(table.num_columns - 1).to_pylist()) if planned else table

    def cancel_query(self, number: int) -> None:
        """Cancels a query whose rows another thread reads."""
        for stream in self._streams.get(number, ()):
            stream.cancel()

    def search(self, search: _search.Search, queries: _search.Queries) -> _search.Neighbours:
        """The nearest rows; queries that are many lie on the shelf as long as the search takes."""
        return _search.neighbours(*_search.streamed(self._searched(search, queries)))

    def within(self, search: _search.Search, queries: _search.Queries) -> _search.Around:
        """All rows within a distance."""
        return _search.around(*_search.streamed(self._searched(search, queries)))

    def _searched(self, search: _search.Search, queries: _search.Queries) -> pa.Table:
        with ExitStack() as sent:
            vectors: "_search.Queries | str" = queries
            if not _search.is_short(queries):
                named = queries.form == _search.TABLE and queries.table is None
                vectors = queries.data.decode("utf-8") if named else self._sent(_search.table_of(queries), sent)
            rows = _search.row_table(search)
            call = _search.call_json(search, vectors, "" if rows is None else self._sent(rows, sent))
            try:
                with self._translated(search.key):
                    return self._open().do_get(self._flight.Ticket(call)).read_all()
            except InvalidDataError as error:
                raise ServerError(str(error), "USER", "INVALID_ARGUMENT") from error

    def _sent(self, table: pa.Table, sent: ExitStack) -> str:
        """Puts a table under a key that lists do not name, until the stack ends."""
        key = _search.temporary_key()
        self.put(key, Source(table.schema, table=table), PutOptions(), generated=True)
        sent.callback(self.delete, key)
        return key

    def indexes(self) -> _index.Indexes:
        """How requests about vector indexes reach the owner."""
        return _index.RemoteIndexes(self._act)

    def status(self) -> dict[str, Any]:
        with self._translated(""):
            answers = list(self._open().do_action(self._flight.Action("shelf.status", b""), self._options()))
            status: dict[str, Any] = json.loads(answers[0].body.to_pybytes())
            return status

    def info(self, key: str) -> dict[str, Any]:
        with self._translated(key):
            found = self._open().get_flight_info(self._descriptor(key), self._options())
            return {
                "key": key,
                "rows": found.total_records,
                "columns": len(found.schema),
                "bytes": found.total_bytes,
                "partitions": len(found.endpoints),
                "schema": found.schema,
                "encoded": {field.name: None for field in found.schema if is_encoded(field)},
            }

    def details(self, key: str) -> dict[str, Any]:
        details: dict[str, Any] = self._act("shelf.details", key, key.encode("utf-8"))
        return details

    def touch(self, key: str, time_to_live: Optional[float], max_idle: Optional[float]) -> bool:
        request = {"name": key, **_millis(time_to_live, max_idle)}
        return bool(self._act("shelf.touch", key, json.dumps(request).encode("utf-8"))["existed"])

    def spill(self, key: str) -> int:
        return int(self._act("shelf.spill", key, key.encode("utf-8"))["bytes"])

    def persist(self, key: str, directory: str, codec: int, durable: bool) -> bool:
        request = {"name": key, "directory": directory, "codec": codec, "durable": durable}
        return bool(self._act("shelf.persist", key, json.dumps(request).encode("utf-8"))["existed"])

    def load(self, key: str, directory: str) -> bool:
        try:
            self._act("shelf.load", key, json.dumps({"name": key, "directory": directory}).encode("utf-8"))
            return True
        except KeyError:
            return False

    def persisted(self, directory: str) -> list[str]:
        return list(self._act("shelf.persisted", "", directory.encode("utf-8"))["names"])

    def forget_persisted(self, key: str, directory: str) -> bool:
        request = {"name": key, "directory": directory}
        return bool(self._act("shelf.forget_persisted", key, json.dumps(request).encode("utf-8"))["existed"])

    def publish(self, key: str, takes_off: bool) -> int:
        raise ServerError("Tables are published from the shelf's own host", "USER", "UNSUPPORTED")

    def promote(self, key: str, least: int) -> bool:
        raise ServerError("Tables are promoted from the shelf's own host", "USER", "UNSUPPORTED")

    def _act(self, action: str, key: str, body: bytes) -> dict[str, Any]:
        with self._translated(key):
            answers = list(self._open().do_action(self._flight.Action(action, body), self._options()))
            answer: dict[str, Any] = json.loads(answers[0].body.to_pybytes())
            return answer

    def is_connected(self) -> bool:
        try:
            with self._translated(""):
                next(iter(self._open().list_actions(self._options(_PING_SECONDS))), None)
            return True
        except ArrowShelfError:
            return False

    def shutdown(self) -> None:
        raise ServerError("Daemon is stopped from its own host only", "USER", "FORBIDDEN")

    def close_this_thread(self) -> None:
        """Threads share one Flight client: nothing to close."""

    def close(self) -> None:
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    def begin_child(self) -> None:
        """In a forked child: gRPC does not survive a fork, so begin with a client of its own."""
        self._lock = threading.Lock()
        self._client = None

    def _open(self) -> Any:
        with self._lock:
            if self._client is None:
                self._client = self._flight.connect(self._uri)
            return self._client

    def _exists(self, key: str) -> bool:
        try:
            self._open().get_schema(self._descriptor(key), self._options())
            return True
        except KeyError:
            return False

    def _descriptor(self, key: str) -> Any:
        return self._flight.FlightDescriptor.for_path(key.encode("utf-8"))

    def _command(self, key: str, options: PutOptions) -> Any:
        if not options.is_retained:
            return self._descriptor(key)
        command = {"name": key, "metadata": options.metadata, **_millis(options.time_to_live, options.max_idle)}
        return self._flight.FlightDescriptor.for_command(json.dumps(command).encode("utf-8"))

    def _options(self, seconds: float = _ANSWER_SECONDS) -> Any:
        return self._flight.FlightCallOptions(timeout=seconds)

    @contextmanager
    def _translated(self, key: str) -> Iterator[None]:
        """Flight's errors as ours."""
        flight = self._flight
        try:
            yield
        except ArrowShelfError:
            raise
        except KeyError as error:
            raise key_not_found(key) from error
        except (flight.FlightUnavailableError, flight.FlightTimedOutError) as error:
            raise _discovery.absent(self._config.place, self._port, str(error).splitlines()[0]) from error
        except (MemoryError, pa.ArrowCapacityError) as error:
            raise OutOfMemoryError(str(error), "RESOURCE", "OUT_OF_MEMORY") from error
        except pa.ArrowInvalid as error:
            raise InvalidDataError(str(error), "USER", "INVALID_IPC") from error
        except pa.ArrowException as error:
            if "RESOURCE_EXHAUSTED" in str(error).upper():
                raise OutOfMemoryError(str(error), "RESOURCE", "OUT_OF_MEMORY") from error
            raise ServerError(str(error), "EXTERNAL", "FLIGHT") from error


def _millis(time_to_live: Optional[float], max_idle: Optional[float]) -> dict[str, int]:
    """Times as they stand in commands: 0 is for ever."""
    times = {"ttl_millis": time_to_live, "max_idle_millis": max_idle}
    return {
        name: 0 if math.isinf(seconds) else max(1, round(seconds * 1000))
        for name, seconds in times.items()
        if seconds is not None
    }
