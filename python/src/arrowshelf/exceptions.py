"""The errors of this package.

Everything derives from `ArrowShelfError`. Errors that the owner of a shelf answers with are `ServerError` and
carry the answer's `kind` (USER, RESOURCE, EXTERNAL, INTERNAL) and `code`; where Python has a builtin for the same
thing, the error is that builtin too, so `except KeyError` and `except MemoryError` work.
"""

from __future__ import annotations

import builtins


class ArrowShelfError(Exception):
    """Anything that goes wrong in this package."""


class ConnectionError(ArrowShelfError, builtins.ConnectionError):
    """No daemon answers, or it went away."""


class ClosedError(ArrowShelfError):
    """The connection was used after `close()`."""


class ServerError(ArrowShelfError):
    """A request that was refused; `kind` and `code` say why in a fixed vocabulary."""

    def __init__(self, message: str, kind: str = "USER", code: str = "") -> None:
        super().__init__(message)
        self.kind = kind
        self.code = code

    def __str__(self) -> str:
        return str(self.args[0])

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.args[0], self.kind, self.code)


class KeyNotFoundError(ServerError, KeyError):
    """No table has this key."""


class InvalidKeyError(ServerError, ValueError):
    """A key that is empty, too long, or no text that UTF-8 can hold."""


class AlreadyExistsError(ServerError):
    """The key is taken and `overwrite=False` was asked for."""


class OutOfMemoryError(ServerError, MemoryError):
    """The table does not fit: the memory limit or the file system is full."""


class InvalidDataError(ServerError, ValueError):
    """The data is no valid Arrow data, or of a kind that a shelf does not hold."""


class InvalidSqlError(ServerError, ValueError):
    """The statement is wrong, or fails over its data."""


class ForbiddenError(ServerError, PermissionError):
    """The request reaches for something that it may not have."""

    def __str__(self) -> str:
        return str(self.args[0])


class QueryCancelledError(ServerError):
    """The query was cancelled."""


class QueryTimeoutError(ServerError, TimeoutError):
    """The query took longer than allowed."""

    def __str__(self) -> str:
        return str(self.args[0])


class ResultTooLargeError(ServerError):
    """A result is larger than its reader allows."""


class BusyError(ServerError):
    """Too many requests at once."""


class CatalogueBusyError(ServerError):
    """The catalogue did not come to rest in time."""


class ColumnNotFoundError(ArrowShelfError, KeyError):
    """The table has no such column."""

    def __str__(self) -> str:
        return str(self.args[0])


class NullValuesError(ArrowShelfError, ValueError):
    """The column has missing values, which a numpy view cannot show."""


class NotBuildableError(ArrowShelfError, ValueError):
    """The table cannot be built in place, or its builder is finished."""


_BY_CODE: dict[str, type[ServerError]] = {
    "NOT_FOUND": KeyNotFoundError,
    "INVALID_KEY": InvalidKeyError,
    "ALREADY_EXISTS": AlreadyExistsError,
    "OUT_OF_MEMORY": OutOfMemoryError,
    "INVALID_IPC": InvalidDataError,
    "UNSUPPORTED_IPC": InvalidDataError,
    "CATALOGUE_BUSY": CatalogueBusyError,
    "TOO_LARGE": ResultTooLargeError,
    "INVALID_SQL": InvalidSqlError,
    "FORBIDDEN": ForbiddenError,
    "CANCELLED": QueryCancelledError,
    "TIMEOUT": QueryTimeoutError,
    "BUSY": BusyError,
}


def server_error(kind: str, code: str, message: str) -> ServerError:
    """The exception for an error answer."""
    return _BY_CODE.get(code, ServerError)(message, kind, code)


def key_not_found(key: str, tier: str = "") -> KeyNotFoundError:
    """The exception for a key that no table has; `tier` says why the tier behind the shelf could not be asked."""
    reason = f" (the tier behind the shelf is down: {tier})" if tier else ""
    return KeyNotFoundError(f"Key not found: {key!r}{reason}", "USER", "NOT_FOUND")
