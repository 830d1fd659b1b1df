"""Vector indexes: built in the background by the shelf's owner (docs/spec/local-protocol.md)."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Optional, Protocol

from . import _search, _socket
from ._socket import U32, U64, Cursor, frame_text
from .exceptions import server_error

KINDS = tuple(kind for kind in _search.INDEXES if kind != "exact")
STORAGES = ("auto", "float32", "float16", "int8")
_LOOK_SECONDS = 0.2


class Order(NamedTuple):
    """Which index to build."""

    key: str
    columns: Sequence[str]
    metric: str
    index: str
    lists: int
    storage: str


def order_of(
    key: str, columns: "Sequence[str] | str | None", index: str, metric: str, lists: int, storage: str
) -> Order:
    """Checks what can be checked without the table."""
    if metric not in _search.METRICS:
        raise ValueError(f"Unknown metric: metric={metric!r}, known={', '.join(_search.METRICS)}")
    if index not in KINDS:
        raise ValueError(f"Unknown index: index={index!r}, known={', '.join(KINDS)}")
    if not 0 <= lists < 2**31:
        raise ValueError(f"Number of lists is out of range: lists={lists}")
    if storage not in STORAGES:
        raise ValueError(f"Unknown storage: storage={storage!r}, known={', '.join(STORAGES)}")
    names = [columns] if isinstance(columns, str) else list(columns or ())
    return Order(key, names, metric, index, lists, storage)


class IndexBuild:
    """The build of an index, which goes on in the owner whether anybody waits for it or not."""

    def __init__(self, indexes: "Indexes", key: str, number: int) -> None:
        self._indexes = indexes
        self.key = key
        self.id = number

    def state(self) -> "dict[str, Any]":
        """How far it is: `state` (waiting, running, done, failed), `phase`, `share` of the phase, `millis`, and what
        is built. When it failed, `code` and `message` say why."""
        return self._look(0.0)

    def wait(self, timeout: Optional[float] = None) -> bool:
        """Waits until the index is there; False when it is not yet. A build that failed raises its error. Ctrl-C ends
        the waiting, not the build."""
        end = None if timeout is None else time.monotonic() + timeout
        while True:
            left = _LOOK_SECONDS if end is None else min(_LOOK_SECONDS, max(0.0, end - time.monotonic()))
            state = self._look(left)
            if state["state"] == "done":
                return True
            if state["state"] == "failed":
                raise server_error("", state["code"], state["message"])
            if end is not None and time.monotonic() >= end:
                return False

    def cancel(self) -> bool:
        """Ends it at its next step; it leaves nothing. False when it was over."""
        return self._indexes.cancel(self.id)

    def _look(self, seconds: float) -> "dict[str, Any]":
        return self._indexes.state(self.id, int(seconds * 1000))

    def __repr__(self) -> str:
        return f"<arrowshelf.IndexBuild {self.id} of {self.key!r}>"


def build(indexes: "Indexes", order: Order) -> IndexBuild:
    """Has the owner begin a build."""
    return IndexBuild(indexes, order.key, indexes.build(order))


class Indexes(Protocol):
    """How requests about indexes reach the owner."""

    def build(self, order: Order) -> int: ...

    def state(self, build: int, wait_millis: int) -> "dict[str, Any]": ...

    def cancel(self, build: int) -> bool: ...

    def listed(self) -> "dict[str, list[dict[str, Any]]]": ...

    def drop(self, key: str) -> int: ...


class LocalIndexes:
    """Over the owner's socket."""

    def __init__(self, ask: Callable[..., bytes]) -> None:
        self._ask = ask

    def build(self, order: Order) -> int:
        texts = (order.metric, order.index)
        return Cursor(
            self._ask(
                _socket.INDEX_BUILD,
                _framed(order.key),
                U32.pack(len(order.columns)),
                *map(_framed, order.columns),
                *map(_framed, texts),
                U32.pack(order.lists),
                _framed(order.storage),
            )
        ).u64()

    def state(self, build: int, wait_millis: int) -> "dict[str, Any]":
        return self._told(self._ask(_socket.INDEX_STATE, U64.pack(build), U32.pack(wait_millis)))

    def cancel(self, build: int) -> bool:
        return self._ask(_socket.INDEX_CANCEL, U64.pack(build)) != b"\0"

    def listed(self) -> "dict[str, list[dict[str, Any]]]":
        return self._told(self._ask(_socket.INDEX_LIST))

    def drop(self, key: str) -> int:
        return Cursor(self._ask(_socket.INDEX_DROP, _framed(key))).u32()

    @staticmethod
    def _told(answer: bytes) -> "dict[str, Any]":
        told: "dict[str, Any]" = json.loads(Cursor(answer).text())
        return told


class RemoteIndexes:
    """By actions of Flight."""

    def __init__(self, act: Callable[[str, str, bytes], "dict[str, Any]"]) -> None:
        self._act = act

    def build(self, order: Order) -> int:
        wanted = {**order._asdict(), "columns": list(order.columns), "table": order.key}
        del wanted["key"]
        return int(self._asked("build", order.key, wanted)["build"])

    def state(self, build: int, wait_millis: int) -> "dict[str, Any]":
        return self._asked("state", "", {"build": build, "wait_millis": wait_millis})

    def cancel(self, build: int) -> bool:
        return bool(self._asked("cancel", "", {"build": build})["cancelled"])

    def listed(self) -> "dict[str, list[dict[str, Any]]]":
        return self._act("shelf.index_list", "", b"")

    def drop(self, key: str) -> int:
        return int(self._act("shelf.index_drop", key, key.encode("utf-8"))["dropped"])

    def _asked(self, verb: str, key: str, wanted: "dict[str, Any]") -> "dict[str, Any]":
        return self._act("shelf.index_" + verb, key, json.dumps(wanted).encode("utf-8"))


def _framed(text: str) -> bytes:
    return frame_text(text.encode("utf-8"))
