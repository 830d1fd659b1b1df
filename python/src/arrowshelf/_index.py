"""Vector indexes: built in the background by the shelf's owner (docs/spec/local-protocol.md)."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Optional

from . import _search, _socket
from ._socket import U32, U64, Cursor, frame_text
from .exceptions import server_error

Ask = Callable[..., bytes]
"""Sends a verb and the parts of its request to the owner, and returns the answer."""

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

    def parts(self) -> "tuple[bytes, ...]":
        return (
            frame_text(self.key.encode("utf-8")),
            U32.pack(len(self.columns)),
            *(frame_text(name.encode("utf-8")) for name in self.columns),
            frame_text(self.metric.encode("utf-8")),
            frame_text(self.index.encode("utf-8")),
            U32.pack(self.lists),
            frame_text(self.storage.encode("utf-8")),
        )


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

    def __init__(self, ask: Ask, key: str, number: int) -> None:
        self._ask = ask
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
        return self._ask(_socket.INDEX_CANCEL, U64.pack(self.id)) != b"\0"

    def _look(self, seconds: float) -> "dict[str, Any]":
        answer = self._ask(_socket.INDEX_STATE, U64.pack(self.id), U32.pack(int(seconds * 1000)))
        state: "dict[str, Any]" = json.loads(Cursor(answer).text())
        return state

    def __repr__(self) -> str:
        return f"<arrowshelf.IndexBuild {self.id} of {self.key!r}>"


def build(ask: Ask, order: Order) -> IndexBuild:
    """Has the owner begin a build."""
    return IndexBuild(ask, order.key, Cursor(ask(_socket.INDEX_BUILD, *order.parts())).u64())


def listed(ask: Ask) -> "dict[str, list[dict[str, Any]]]":
    """The indexes that are there, and the builds."""
    found: "dict[str, list[dict[str, Any]]]" = json.loads(Cursor(ask(_socket.INDEX_LIST)).text())
    return found


def drop(ask: Ask, key: str) -> int:
    """Drops the indexes of a table; how many there were."""
    return Cursor(ask(_socket.INDEX_DROP, frame_text(key.encode("utf-8")))).u32()
