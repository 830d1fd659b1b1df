"""Where the shelf is: arguments win over environment, environment over the config file, the file over defaults."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Mapping, Optional

from .exceptions import ArrowShelfError

DEFAULT_HOST = "localhost"
DEFAULT_PORT = 50051
DEFAULT_ADDRESS = f"{DEFAULT_HOST}:{DEFAULT_PORT}"

_UNITS = {
    "": 1,
    "b": 1,
    **{f"{letter}b": 1000**power for power, letter in enumerate("kmgtp", start=1)},
    **{f"{letter}ib": 1024**power for power, letter in enumerate("kmgtp", start=1)},
}
_SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Config:
    """The place of a shelf: its directory, or the address of the daemon that serves it."""

    directory: Optional[Path]
    address: str

    @property
    def place(self) -> str:
        """What messages call this shelf."""
        return f"directory={self.directory}" if self.directory else f"address={self.address}"


def resolve(
    address: Optional[str] = None,
    directory: "str | os.PathLike[str] | None" = None,
    config: "str | os.PathLike[str] | None" = None,
    environ: Mapping[str, str] = os.environ,
) -> Config:
    """Finds the place from the first of arguments, environment and config file that names one."""
    if address or directory:
        return _config(address, directory)
    address, named = environ.get("ARROWSHELF_ADDRESS"), environ.get("ARROWSHELF_DIR")
    if address or named:
        return _config(address, named)
    settings = read_file(config, environ)
    return _config(settings.get("address"), settings.get("dir"))


def read_file(config: "str | os.PathLike[str] | None", environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The settings of the config file; a default file that does not exist has none."""
    named = config if config is not None else environ.get("ARROWSHELF_CONFIG")
    path = Path(named) if named else _default_file(environ)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        if named:
            raise ArrowShelfError(f"Config file does not exist: file={path}") from None
        return {}
    settings: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        name, separator, value = line.partition("=")
        if not separator or not name.strip():
            raise ArrowShelfError(f"Config line is not `key = value`: file={path}, line={number}, text={line!r}")
        settings[name.strip()] = value.strip()
    if "address" not in settings and ("host" in settings or "port" in settings):
        settings["address"] = f"{settings.get('host', DEFAULT_HOST)}:{settings.get('port', DEFAULT_PORT)}"
    return settings


def parse_size(size: "int | str") -> int:
    """Bytes of `512MiB`, `4GB`, `1.5 GiB`, or a plain number."""
    if isinstance(size, int):
        if size < 0:
            raise ValueError(f"Size is negative: size={size}")
        return size
    match = _SIZE.fullmatch(size)
    unit = match and _UNITS.get(match[2].lower())
    if not match or not unit:
        raise ValueError(f"Size is not like 512MiB, 4GB or plain bytes: text={size!r}")
    return int(float(match[1]) * unit) if "." in match[1] else int(match[1]) * unit


def split_address(address: str) -> tuple[str, int]:
    """Host and port of `host:port`, `[::1]:50051` or a bare host."""
    text = address.split("://", 1)[-1].strip()
    host, separator, port = text.rpartition(":")
    if not separator or (":" in host and not host.endswith("]")):
        host, port = text, str(DEFAULT_PORT)
    host = host.strip("[]")
    if not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise ValueError(f"Address is not host:port: address={address!r}")
    return host, int(port)


def _config(address: Optional[str], directory: "str | os.PathLike[str] | None") -> Config:
    if address:
        split_address(address)
    place = Path(directory).expanduser().absolute() if directory else None
    return Config(place, address or DEFAULT_ADDRESS)


def _default_file(environ: Mapping[str, str]) -> Path:
    home = environ.get("XDG_CONFIG_HOME") or os.path.join(os.path.expanduser("~"), ".config")
    return Path(home) / "arrowshelf" / "arrowshelf.conf"
