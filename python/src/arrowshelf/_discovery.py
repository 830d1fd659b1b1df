"""From an address to the shelf's directory: an address on this host is served from a directory that can be mapped."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path
from typing import Iterator, Optional

import pyarrow as pa

from . import _config
from ._control import ControlBlock
from .exceptions import ArrowShelfError, ConnectionError

_LOOPBACK = {"localhost", "127.0.0.1", "::1", "0.0.0.0", "::", "[::]", ""}
_CONNECT_SECONDS = 3.0
_DESCRIBE_SECONDS = 10.0


def runtime_directory() -> Path:
    """Where shelves of this user lie unless told otherwise."""
    return Path("/dev/shm") / f"arrowshelf-{os.geteuid()}"


def find_directory(address: str, root: Optional[Path] = None) -> Optional[Path]:
    """The directory of the shelf that a daemon serves at this address; None when it is on another host.

    Raises ConnectionError when nobody answers there.
    """
    wanted = _normal(address)
    for directory, block in _shelves(root or runtime_directory()):
        if block.address and _normal(block.address) == wanted and block.owner_lives():
            return directory
    return _ask(address)


def absent(place: str, port: int = _config.DEFAULT_PORT, reason: str = "") -> ConnectionError:
    """The error for a daemon that does not answer, with what to do about it."""
    start = "arrowshelf-server" if port == _config.DEFAULT_PORT else f"arrowshelf-server --port {port}"
    because = f", reason={reason}" if reason else ""
    return ConnectionError(f"No ArrowShelf daemon answers: {place}{because} (start one with: {start})")


def _shelves(root: Path) -> Iterator[tuple[Path, ControlBlock]]:
    try:
        names = sorted(os.listdir(root))
    except OSError:
        return
    for name in names:
        try:
            yield root / name, ControlBlock(root / name)
        except ArrowShelfError:
            continue


def _ask(address: str) -> Optional[Path]:
    """Asks the daemon itself, which may serve a directory of any place."""
    host, port = _config.split_address(address)
    try:
        socket.create_connection((host, port), _CONNECT_SECONDS).close()
    except OSError as error:
        raise absent(f"address={address}", port, error.strerror or str(error)) from error
    try:
        from pyarrow import flight
    except ImportError:
        raise ConnectionError(
            f"Directory of the shelf is not known, and this pyarrow has no Flight to ask for it: address={address} "
            "(name it: arrowshelf.connect(dir=...) or ARROWSHELF_DIR)"
        ) from None
    try:
        with flight.connect(f"grpc://{uri_host(host)}:{port}") as client:
            options = flight.FlightCallOptions(timeout=_DESCRIBE_SECONDS)
            answers = list(client.do_action(flight.Action("shelf.describe", b""), options))
        described = json.loads(answers[0].body.to_pybytes())
    except (flight.FlightError, pa.ArrowException, IndexError, ValueError) as error:
        raise absent(f"address={address}", port, f"not a shelf: {error}") from error
    return _same_host(described)


def _same_host(described: dict[str, object]) -> Optional[Path]:
    """The described directory when it is here, ours and the very same shelf."""
    directory = Path(str(described["directory"]))
    try:
        block = ControlBlock(directory)
    except ArrowShelfError:
        return None
    same = block.shelf_id.hex() == str(described.get("shelf_id", "")).replace("-", "").lower()
    return directory if same and described.get("uid") == os.geteuid() else None


def _normal(address: str) -> tuple[str, int]:
    host, port = _config.split_address(address)
    return ("localhost" if host.lower() in _LOOPBACK else host.lower()), port


def uri_host(host: str) -> str:
    """A host as it stands in a URI."""
    return f"[{host}]" if ":" in host else host
