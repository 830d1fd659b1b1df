"""ArrowCache beside the original Arrow Cache 0.2.2, each in a process of its own with its own libraries."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from report import Row

BENCH = Path(__file__).resolve().parent
PEER = BENCH.parent / ".venv-arrow-cache"
PEER_PACKAGES = ["arrow-cache==0.2.2", "duckdb==1.3.2", "pandas", "psutil", "pyyaml", "requests"]
"""The original declares two packages too few, and works with this DuckDB at the newest."""

ROW_BYTES = 48
GOALS = {"put": 5, "put without dictionaries": 5, "get": 5, "persist": 3, "load": 3}
NAMES = {
    "start": "ArrowCache()",
    "put": "put",
    "put without dictionaries": "put, dictionary_encoding=False",
    "put of one row": "put of one row",
    "get": "get as Arrow",
    "get as pandas": "get as pandas",
    "slice": "get of 1000 rows as pandas",
    "persist": "persist, zstd",
    "load": "load",
}
OF_ONE_SIZE = ("start", "put of one row", "slice")


def peer_python() -> str:
    """The interpreter that has the original, in an environment of its own."""
    python = PEER / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(PEER)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", *PEER_PACKAGES], check=True)
    return str(python)


def measured(python: str, path: str, size: int, rounds: int) -> dict:
    """Runs one side; `path` is where its `arrow_cache` lies when it is not installed."""
    environment = {**os.environ, "PYTHONPATH": path}
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR", "/var/tmp")) as folder:
        command = [python, str(BENCH / "cache_worker.py"), str(size // ROW_BYTES), str(rounds), folder]
        said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment, cwd=folder).stdout
    return json.loads(said.splitlines()[-1])


def rows(size: int, label: str, rounds: int) -> list[Row]:
    ours = measured(sys.executable, str(BENCH.parent / "src"), size, rounds)
    theirs = measured(peer_python(), "", size, rounds)
    equal = ours["sums"] == theirs["sums"]
    result = []
    for name, what in NAMES.items():
        mine, other = ours["times"][name], theirs["times"][name]
        goal = GOALS.get(name)
        result.append(Row("cache", what if name in OF_ONE_SIZE else f"{what} of {label}", "ms", mine,
                          f"{goal} x as fast" if goal else "-", other >= goal * mine if goal else None,
                          {"arrow-cache 0.2.2": other}, equal))
    return result
