"""A shelf on this host: tables are mapped from its directory, changes go to its owner through the control socket."""

from __future__ import annotations

import json
import os
import threading
import time
from itertools import accumulate
from pathlib import Path
from typing import Any, Callable, Optional, TypeVar

import pyarrow as pa

from . import _config, _discovery, _index, _parquet, _put, _query, _search, _socket
from ._builder import Builder
from ._control import Slot
from ._convert import Source, source_of
from ._encode import saved_bytes
from ._mapping import FileGoneError
from ._put import PutOptions
from ._query import InPlace, Lent, Query, Stored
from ._read import TableReader
from ._socket import U32, BrokenLinkError, ControlSocket, Cursor, frame_text
from .exceptions import ArrowShelfError, ConnectionError, KeyNotFoundError, ServerError, key_not_found

Answer = TypeVar("Answer")

_NOT_WAITED_FOR = 256
_TAKES_OFF = 1
_ON_A_MISS = 1
_TIER_ON = "on"
_STOP_SECONDS = 10.0
_LOOK_SECONDS = 0.005


class LocalShelf:
    """Reads in place, writes by the owner. Any thread may use it; each has its own connection to the owner."""

    def __init__(self, config: _config.Config, directory: Path) -> None:
        self._config = config
        self._threads = threading.local()
        self._reader = self._open(directory)

    @property
    def directory(self) -> Path:
        return self._reader.directory

    def put(self, key: str, source: Source, options: PutOptions, generated: bool) -> None:
        if not source.repeatable:
            self._ask(_socket.PING)
        encoded = key.encode("utf-8")
        self._reader.forget(key)
        self._call(
            lambda link: _put.put(link, encoded, source, options),
            again_when_sent=generated and source.repeatable,
            again_at_all=source.repeatable,
        )

    def builder(self, key: str, capacity: int, options: PutOptions) -> Builder:
        """A table to be built in place, with a connection of its own: any thread may finish it."""
        self._ask(_socket.PING)
        return Builder(ControlSocket(self.directory), key, capacity, options, self._put_again)

    def get(self, key: str) -> pa.Table:
        return self._table(key, lambda: self._reader.get(key))

    def get_rows(self, key: str, offset: int, limit: Optional[int]) -> pa.Table:
        return self._table(key, lambda: self._reader.get_rows(key, offset, limit))

    def _table(self, key: str, read: Callable[[], Optional[pa.Table]]) -> pa.Table:
        table = read()
        if table is None and self._moved():
            table = read()
        if table is None:
            fetched, state = self._fetch(key)
            table = read() if fetched else None
            if table is None:
                raise key_not_found(key, "" if state == _TIER_ON else state)
        return table

    def _fetch(self, key: str) -> tuple[bool, str]:
        """Has the owner fetch a table from the tier behind it: whether it is there now, and how the tier is."""
        link: Optional[ControlSocket] = getattr(self._threads, "link", None)
        try:
            if link is None or not link.is_open:
                link = self._connect()
            if not link.greeting.has_tier or key.startswith("\x01"):
                return False, _TIER_ON
            return self._promoted(_ON_A_MISS, key, 0)
        except ConnectionError:
            return False, _TIER_ON

    def _promoted(self, flags: int, key: str, least: int) -> tuple[bool, str]:
        request = U32.pack(flags) + frame_text(key.encode("utf-8")) + _socket.U64.pack(least)
        cursor = Cursor(self._ask(_socket.PROMOTE, request))
        outcome = cursor.raw(1)[0]
        cursor.u64()
        return outcome != 0, cursor.text()

    def publish(self, key: str, takes_off: bool) -> int:
        if takes_off:
            self._reader.forget(key)
        request = U32.pack(_TAKES_OFF if takes_off else 0) + frame_text(key.encode("utf-8"))
        published = Cursor(self._ask(_socket.PUBLISH, request)).u64()
        if not published:
            raise key_not_found(key)
        return published

    def promote(self, key: str, least: int) -> bool:
        self._reader.forget(key)
        return self._promoted(0, key, least)[0]

    def stamp(self, key: str) -> None:
        """Tells the owner at once that a table that was got is used."""
        self._reader.stamp(key)

    def list_keys(self) -> list[str]:
        self._reader.forget_withdrawn()
        keys, more = self._page()
        while more:
            page, more = self._page(frame_text(keys[-1].encode("utf-8")))
            keys += page
        return keys

    def _page(self, *after: bytes) -> tuple[list[str], bool]:
        """As many keys as go into one frame, and whether there are more."""
        cursor = Cursor(self._ask(_socket.LIST, *after))
        count = cursor.u32()
        ends = list(accumulate(memoryview(cursor.raw(4 * count)).cast("I"), initial=0))
        data = cursor.raw(ends[-1])
        more = cursor.raw(1) != b"\0"
        text = data.decode("utf-8")
        if len(text) == len(data):
            return [text[start:end] for start, end in zip(ends, ends[1:])], more
        return [data[start:end].decode("utf-8") for start, end in zip(ends, ends[1:])], more

    def delete(self, key: str) -> None:
        self._reader.forget(key)
        self._ask(_socket.DELETE, frame_text(key.encode("utf-8")))

    def delete_all(self) -> int:
        self._reader.forget_all()
        return Cursor(self._ask(_socket.DELETE_ALL, again_when_sent=False)).u64()

    def query(self, query: Query) -> "pa.Table | int | str":
        """A result as a table; the rows of the table that it was put into; or a plan."""
        if query.flags:
            return self._taken(self._answer(query))
        answer = self._answer(query._replace(flags=_query.IN_PLACE))
        if not isinstance(answer, InPlace):
            return self._taken(answer)
        table = self._in_place(answer)
        return self._taken(self._answer(query)) if table is None else table

    def cancel_query(self, number: int) -> None:
        """Cancels a query that another thread waits for."""
        _query.cancel(number, lambda: ControlSocket(self.directory))

    def _answer(self, query: Query) -> _query.Answer:
        return self._call(
            lambda link: _query.ask(link, query, lambda: ControlSocket(self.directory)), again_when_sent=not query.into
        )

    def _in_place(self, answer: InPlace) -> Optional[pa.Table]:
        """The columns of the table that are the result; None when it is another table by now."""
        table = self._reader.get(answer.key)
        slot = self._reader.slot(answer.key)
        if table is None or slot is None or slot.generation != answer.generation:
            return None
        return table.select(answer.columns).replace_schema_metadata(None)

    def _taken(self, answer: _query.Answer) -> "pa.Table | int | str":
        if isinstance(answer, Stored):
            return answer.rows
        if isinstance(answer, InPlace):
            raise ServerError(f"Query came to what was not asked for: key={answer.key!r}", "INTERNAL", "PROTOCOL")
        if not isinstance(answer, Lent):
            return answer
        try:
            return self.get(answer.key)
        finally:
            self.delete(answer.key)

    def search(self, search: _search.Search, queries: _search.Queries) -> _search.Neighbours:
        """The nearest rows; queries that are a table lie on the shelf as long as the search takes."""
        return _search.neighbours(*self._found(search, queries))

    def within(self, search: _search.Search, queries: _search.Queries) -> _search.Around:
        """All rows within a distance."""
        return _search.around(*self._found(search, queries))

    def _found(self, search: _search.Search, queries: _search.Queries) -> "tuple[_search.Found, Optional[pa.Table]]":
        sent = queries.table
        if sent is None:
            return self._search(search, queries)
        key = _search.temporary_key()
        self.put(key, Source(sent.schema, table=sent), PutOptions(), generated=True)
        try:
            return self._search(search, queries._replace(data=key.encode("utf-8"), table=None))
        finally:
            self.delete(key)

    def _search(self, search: _search.Search, queries: _search.Queries) -> "tuple[_search.Found, Optional[pa.Table]]":
        found = self._call(lambda link: _search.ask(link, search, queries), again_when_sent=True)
        if not isinstance(found.data, str):
            return found, None
        try:
            return found, self.get(found.data)
        finally:
            self.delete(found.data)

    def indexes(self) -> _index.Indexes:
        """How requests about vector indexes reach the owner."""
        return _index.LocalIndexes(self._ask)

    def status(self) -> dict[str, Any]:
        self._reader.forget_withdrawn()
        status: dict[str, Any] = json.loads(Cursor(self._ask(_socket.STATUS)).text())
        return status

    def info(self, key: str) -> dict[str, Any]:
        slot = self._reader.slot(key)
        if slot is None and self._moved():
            slot = self._reader.slot(key)
        if slot is None:
            raise key_not_found(key)
        table = self.get(key)
        return {**_described(key, slot, table.schema), "encoded": saved_bytes(table)}

    def details(self, key: str) -> dict[str, Any]:
        details: dict[str, Any] = json.loads(
            Cursor(self._ask(_socket.DETAILS, frame_text(key.encode("utf-8")))).text()
        )
        return details

    def touch(self, key: str, time_to_live: Optional[float], max_idle: Optional[float]) -> bool:
        times = _socket.frame_millis(time_to_live) + _socket.frame_millis(max_idle)
        return self._ask(_socket.TOUCH, frame_text(key.encode("utf-8")), times)[0] == 1

    def spill(self, key: str) -> int:
        self._reader.forget(key)
        return Cursor(self._ask(_socket.SPILL, frame_text(key.encode("utf-8")))).u64()

    def persist(self, key: str, directory: str, codec: int, durable: bool) -> bool:
        how = codec if durable else codec | _NOT_WAITED_FOR
        request = frame_text(key.encode("utf-8")) + frame_text(os.fsencode(directory)) + U32.pack(how)
        return self._ask(_socket.PERSIST, request)[0] == 1

    def load(self, key: str, directory: str) -> bool:
        self._reader.forget(key)
        try:
            self._ask(_socket.LOAD, U32.pack(0), frame_text(key.encode("utf-8")), frame_text(os.fsencode(directory)))
            return True
        except KeyNotFoundError:
            return self._load_parquet(key, directory)

    def persist_parquet(self, key: str, directory: str, codec: str, durable: bool) -> bool:
        """Writes a table as a Parquet file; False without one."""
        try:
            details, table = self.details(key), self.get(key)
        except KeyNotFoundError:
            return False
        _parquet.write(table, details, directory, codec, durable)
        return True

    def _load_parquet(self, key: str, directory: str) -> bool:
        found = _parquet.read(key, directory)
        if found is None:
            return False
        options = PutOptions(
            partition_rows=found.partition_rows,
            time_to_live=found.time_to_live,
            max_idle=found.max_idle,
            metadata=found.metadata,
        )
        self.put(key, source_of(found.table), options, generated=False)
        return True

    def persisted(self, directory: str) -> list[str]:
        cursor = Cursor(self._ask(_socket.PERSISTED, frame_text(os.fsencode(directory))))
        lengths = [cursor.u32() for _ in range(cursor.u32())]
        return [cursor.raw(length).decode("utf-8") for length in lengths]

    def forget_persisted(self, key: str, directory: str) -> bool:
        request = frame_text(key.encode("utf-8")) + frame_text(os.fsencode(directory))
        return self._ask(_socket.FORGET_PERSISTED, request)[0] == 1

    def is_connected(self) -> bool:
        try:
            return self._call(ControlSocket.ping, again_when_sent=True) > 0
        except ArrowShelfError:
            return False

    def shutdown(self) -> None:
        """Stops the owner and waits until it has let go of the directory, so that another one can be started."""
        block = self._reader.catalogue.block()

        def stop(link: ControlSocket) -> None:
            link.request(_socket.SHUTDOWN)
            link.wait_until_closed(_STOP_SECONDS)

        self._call(stop, again_when_sent=False)
        deadline = time.monotonic() + _STOP_SECONDS
        while block.owner_lives() and time.monotonic() < deadline:
            time.sleep(_LOOK_SECONDS)

    def close_this_thread(self) -> None:
        link = getattr(self._threads, "link", None)
        if link is not None:
            link.close()
            self._threads.link = None

    def close(self) -> None:
        self.close_this_thread()
        self._reader.forget_all()

    def begin_child(self) -> None:
        """In a forked child: the parent's connections are not ours."""
        self._threads = threading.local()

    def _put_again(self, key: str, table: pa.Table, options: PutOptions) -> None:
        self.put(key, Source(table.schema, table=table), options, generated=False)

    def _ask(self, verb: int, *parts: bytes, again_when_sent: bool = True) -> bytes:
        return self._call(lambda link: link.request(verb, *parts), again_when_sent)

    def _call(
        self, request: Callable[[ControlSocket], Answer], again_when_sent: bool, again_at_all: bool = True
    ) -> Answer:
        """Runs a request on this thread's connection, and once more on a new one when the old one turns out dead."""
        link: Optional[ControlSocket] = getattr(self._threads, "link", None)
        if link is None or not link.is_open:
            link = self._connect()
        try:
            return request(link)
        except BrokenLinkError as error:
            if not again_at_all or (error.sent and not again_when_sent):
                raise
        return request(self._connect())

    def _connect(self) -> ControlSocket:
        try:
            link = ControlSocket(self.directory)
        except ConnectionError as error:
            if not self._moved():
                raise self._absent(str(error)) from error
            link = ControlSocket(self.directory)
        self._threads.link = link
        return link

    def _moved(self) -> bool:
        """Whether a daemon serves our address from another directory now; the shelf is that one from here on."""
        if self._config.directory is not None or self._reader.catalogue.block().owner_lives():
            return False
        try:
            directory = _discovery.find_directory(self._config.address)
        except ArrowShelfError:
            return False
        if directory is None or directory == self.directory:
            return False
        self._reader = self._open(directory)
        return True

    def _open(self, directory: Path) -> TableReader:
        reader = TableReader(directory, _OwnerRecall(self))
        try:
            reader.catalogue.block()
        except FileGoneError as error:
            raise self._absent(f"no shelf in {directory}") from error
        return reader

    def _absent(self, reason: str) -> ConnectionError:
        _, port = _config.split_address(self._config.address)
        return _discovery.absent(self._config.place, port, reason)


class _OwnerRecall:
    """Has the owner make spilled tables readable; without an owner they are mapped from disk as they are."""

    def __init__(self, shelf: LocalShelf) -> None:
        self._shelf = shelf

    def table(self, key: bytes) -> Optional[int]:
        return self._asked(frame_text(key))

    def partition(self, key: bytes, generation: int, number: int) -> Optional[int]:
        return self._asked(frame_text(key), _socket.U64.pack(generation), U32.pack(number))

    def _asked(self, *request: bytes) -> Optional[int]:
        try:
            return self._shelf._ask(_socket.RECALL, *request)[0]
        except ConnectionError:
            return None


def _described(key: str, slot: Slot, schema: pa.Schema) -> dict[str, Any]:
    return {
        "key": key,
        "rows": slot.rows,
        "columns": slot.columns,
        "bytes": slot.size,
        "partitions": slot.partitions,
        "generation": slot.generation,
        "created_millis": slot.created_millis,
        "schema": schema,
    }
