"""Whole programs and new processes: the original program, the first search of a process, one index for all of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from peers import ROOT, ArrowShelf
from report import Row, median
from vectors import THREADS, Shelf, present

NEIGHBOURS = 11
PROCESSES = 8

_PYKDTREE = """
import os, sys
import numpy as np
from pykdtree.kdtree import KDTree
points = np.load(sys.argv[1])
distances, ids = KDTree(points).query(points, int(sys.argv[2]))
print(float(distances[:, 1:].mean()))
"""

_FIRST_SEARCH = """
import sys, time
import arrowshelf
shelf = arrowshelf.connect(dir=sys.argv[1])
begin = time.perf_counter()
found = shelf.search("vectors", [0.5, 0.5, 0.5], 11)
print(time.perf_counter() - begin, found.facts["index"])
"""


def _environment(directory: str) -> "dict[str, str]":
    return {**os.environ, "PYTHONPATH": str(ROOT / "python" / "src"), "ARROWSHELF_DIR": directory, "OMP_NUM_THREADS": str(THREADS)}


def _run(directory: str, *command: str) -> "tuple[float, str]":
    begin = time.perf_counter()
    done = subprocess.run(command, env=_environment(directory), check=True, capture_output=True, text=True)
    return time.perf_counter() - begin, done.stdout


def program_rows(quick: bool) -> list[Row]:
    """The original program with six processes, and the same with the shelf's search: from a warm daemon, and with its start."""
    if not present({"faiss": ("faiss", lambda: True)}):
        return []
    ours = str(ROOT / "examples" / "parallel_nearest_neighbors_search.py")
    original = str(ROOT / "examples" / "parallel_nearest_neighbors_processes.py")
    warm = ArrowShelf({})
    warm.start()
    directory = str(warm.config["dir"])
    times: dict[str, list[float]] = {"warm": [], "cold": [], "original": []}
    means: dict[str, float] = {}
    try:
        for number in range(1 + (1 if quick else 3)):
            for name, program in {"warm": ours, "original": original}.items():
                seconds, text = _run(directory, sys.executable, program)
                means[name] = float(text.split(":")[1].split()[0])
                if number:
                    times[name].append(seconds * 1e3)
            begin = time.perf_counter()
            cold = ArrowShelf({})
            cold.start()
            try:
                _, text = _run(str(cold.config["dir"]), sys.executable, ours)
                if number:
                    times["cold"].append((time.perf_counter() - begin) * 1e3)
            finally:
                cold.stop()
            means["cold"] = float(text.split(":")[1].split()[0])
    finally:
        warm.stop()
    theirs = median(times["original"])
    equal = max(means.values()) - min(means.values()) < 2e-4
    section = "vector-program"
    return [Row(section, f"the original program, six processes, whole, {state}", "ms", median(times[name]), f"<= {goal:g} x",
                median(times[name]) <= goal * theirs, {"the original with faiss": theirs}, equal)
            for name, state, goal in (("warm", "warm daemon", 0.15), ("cold", "with the start of the daemon", 0.3))]


def start_rows(quick: bool) -> list[Row]:
    """What a new process pays: a whole command without an index, the first search on one that exists, and its memory."""
    points = np.random.default_rng(7).random((100_000, 3), dtype=np.float32)
    shelf = Shelf(points)
    try:
        found = _command_rows(shelf, points, 3 if quick else 7)
        shelf.search(points[:1], NEIGHBOURS, index="kd")
        found.append(_first_row(shelf, 3 if quick else 9))
        found.append(_memory_row(shelf))
        return found
    finally:
        shelf.stop()


def _command_rows(shelf: Shelf, points: np.ndarray, rounds: int) -> list[Row]:
    """One command searches for all points, in a table that is new each time, so that no index is there: by the warm daemon, and by itself."""
    command = [str(ROOT / "arrowshelf"), "search", "vectors", "--dir", shelf.directory, "--queries", "vectors", "--neighbours",
               str(NEIGHBOURS), "--index", "kd", "--summary"]
    saved = Path(shelf.directory).parent / "points.npy"
    np.save(saved, points)
    everyone: "dict[str, Callable[[], tuple[float, str]]]" = {
        "by the warm daemon": lambda: _run(shelf.directory, *command),
        "by itself": lambda: _run(shelf.directory, *command, "--here"),
    }
    ours = list(everyone)
    if present({"pykdtree": ("pykdtree", lambda: True)}):
        everyone["python + pykdtree"] = lambda: _run("", sys.executable, "-c", _PYKDTREE, str(saved), str(NEIGHBOURS))
    times: dict[str, list[float]] = {name: [] for name in everyone}
    means: dict[str, float] = {}
    for number in range(2 + rounds):
        for name, action in everyone.items():
            if name in ours:
                shelf.put(points)
            seconds, text = action()
            means[name] = float(json.loads(text)["mean_distance"]) * NEIGHBOURS / (NEIGHBOURS - 1) if name in ours else float(text)
            if number >= 2:
                times[name].append(seconds * 1e3)
    saved.unlink()
    equal = max(means.values()) - min(means.values()) < 1e-6
    peers = {name: median(values) for name, values in times.items() if name not in ours}
    return [Row("vector-start", f"100,000 x 3, {NEIGHBOURS} nearest of each, no index there: a whole command, its start included, {name}", "ms",
                median(times[name]), "<= 350 ms", median(times[name]) <= 350, peers, equal) for name in ours]


def _first_row(shelf: Shelf, rounds: int) -> Row:
    times = []
    for _ in range(rounds):
        _, text = _run(shelf.directory, sys.executable, "-c", _FIRST_SEARCH, shelf.directory)
        seconds, index = text.split()
        assert index == "kd", index
        times.append(float(seconds) * 1e3)
    mine = median(times)
    return Row("vector-start", "the first search of a new Python process, the index is there", "ms", mine, "<= 5 ms", mine <= 5)


class _Reader:
    """A Java process that has the index mapped: it searched once, says how long that took, and waits."""

    def __init__(self, directory: str) -> None:
        self._process = subprocess.Popen([str(ROOT / "scripts" / "bench-java"), "dev.arrowshelf.bench.VectorReader", directory, "vectors"],
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.answer: dict[str, Any] = json.loads(self._process.stdout.readline())

    def index_pss(self, segment_bytes: int) -> int:
        """The proportional share of the mappings that are as large as the index."""
        size, counting, found = 0, False, 0
        with open(f"/proc/{self._process.pid}/smaps") as lines:
            for line in lines:
                first = line.split(None, 1)[0]
                if "-" in first and not first.endswith(":"):
                    begin, end = (int(part, 16) for part in first.split("-"))
                    counting = "/segments/" in line and end - begin >= segment_bytes
                elif counting and first == "Pss:":
                    size += int(line.split()[1]) << 10
                    found += 1
        return size

    def stop(self) -> None:
        self._process.communicate("\n", timeout=30)


def _memory_row(shelf: Shelf) -> Row:
    """Proportional shares of all searching processes together, over the index: one copy is 1."""
    readers: list[_Reader] = []
    try:
        for _ in range(PROCESSES):
            readers.append(_Reader(shelf.directory))
        index = int(readers[0].answer["index_bytes"])
        shared = sum(reader.index_pss(index) for reader in readers) / index
        same = len({tuple(reader.answer["rows"]) for reader in readers}) == 1
    finally:
        for reader in readers:
            reader.stop()
    return Row("vector-start", f"memory of one index in {PROCESSES} searching Java processes, over its size", "x", shared, "<= 1.2", shared <= 1.2, equal=same)
