"""Many dimensions: exact search, and lists (IVF) in batches and one query at a time, beside faiss."""

from __future__ import annotations

import json
import subprocess
import tempfile
from typing import Any

import numpy as np

from large import timed
from peers import ROOT
from report import Row, median
from vectors import THREADS, Compared, Shelf, many_dimensions, present, recall, words

DIMENSIONS = 128
ROUNDS = 5
ALONE = 300
"""Queries that are asked one by one."""


def _faiss() -> Any:
    import faiss

    faiss.omp_set_num_threads(THREADS)
    return faiss


def exact_rows(quick: bool) -> list[Row]:
    """Exact search in 128 dimensions, and of clouds so tight and far out that expanding the square loses them."""
    found = present({"faiss": ("faiss", _faiss)})
    if not found:
        return []
    count, asked = (20_000, 1_000) if quick else (100_000, 10_000)
    points, queries = many_dimensions(count, DIMENSIONS, asked)
    flat = found["faiss"].IndexFlatL2(DIMENSIONS)
    flat.add(points)
    shelf = Shelf(points)
    try:
        truth = flat.search(queries, 10)[1]
        table = Compared("vector-exact", points, queries, truth, 3)
        rows = [table.row(f"exact, {count:,} x {DIMENSIONS}, {asked:,} queries, k = 10", "ms", 0.9,
                          lambda: shelf.search(queries, 10, index="exact"), {"faiss Flat": lambda: flat.search(queries, 10)[1]})]
        return [*rows, _tight(found["faiss"], shelf, 500 if quick else 2_000)]
    finally:
        shelf.stop()


def _tight(faiss: Any, shelf: Shelf, asked: int) -> Row:
    """Who is right where it is hard: the truth is computed in double precision."""
    random = np.random.default_rng(5)
    points = (random.random((50, 3))[random.integers(0, 50, 20_000)] * 1000 + random.normal(size=(20_000, 3)) * 1e-3).astype(np.float32)
    queries = points[:asked]
    wide = points.astype(np.float64)
    truth = np.stack([np.argsort(((wide - query) ** 2).sum(axis=1), kind="stable")[:10] for query in queries.astype(np.float64)])
    flat = faiss.IndexFlatL2(3)
    flat.add(points)
    shelf.put(points)
    mine = recall(points, queries, shelf.search(queries, 10, index="exact"), truth)
    theirs = recall(points, queries, flat.search(queries, 10)[1], truth)
    return Row("vector-exact", "exact search of tight clouds far from the origin: share of the true neighbours", "%", mine * 100,
               "100", mine > 0.9999, {"faiss Flat": theirs * 100}, mine > 0.9999)


def list_rows(quick: bool) -> list[Row]:
    """Lists: build, batches and single queries, over made-up points and over words."""
    found = present({"faiss": ("faiss", _faiss)})
    if not found:
        return []
    count, asked = (20_000, 1_000) if quick else (100_000, 10_000)
    sets = [(f"{count:,} x {DIMENSIONS}", *many_dimensions(count, DIMENSIONS, asked))]
    label, points, queries = words(quick)
    if label.startswith("GloVe"):
        sets.append((label, points, queries))
    return [row for each in sets for row in _lists(found["faiss"], *each, 3 if quick else ROUNDS)]


def _lists(faiss: Any, label: str, points: np.ndarray, queries: np.ndarray, rounds: int) -> list[Row]:
    dimensions = points.shape[1]
    lists = int(np.sqrt(len(points)))

    def made() -> Any:
        index = faiss.IndexIVFFlat(faiss.IndexFlatL2(dimensions), dimensions, lists, faiss.METRIC_L2)
        index.train(points)
        index.add(points)
        return index

    shelf = Shelf(points)
    try:
        truth = shelf.search(queries, 10, index="exact")
        section = "vector-ivf"
        theirs, ours = [], []
        for number in range(3):
            shelf.put(points)
            ours.append(timed(lambda: shelf.search(queries[:1], 10, index="ivf"))[0])
            seconds, index = timed(made)
            theirs.append(seconds)
        build, other = median(ours) * 1e3, median(theirs) * 1e3
        rows = [Row(section, f"IVF of {label}: build, with measuring recall", "ms", build, "<= faiss", build <= other, {"faiss IVF": other})]
        table = Compared(section, points, queries, truth, rounds)
        for wanted in (0.95, 0.99):
            index.nprobe = 1
            while index.nprobe < lists and recall(points, queries, index.search(queries, 10)[1], truth) < wanted:
                index.nprobe += max(1, index.nprobe // 10)
            rows.append(table.row(f"IVF, {label}, batches, recall >= {wanted} (faiss nprobe {index.nprobe})", "queries/s", 2.5,
                                  lambda wanted=wanted: shelf.search(queries, 10, index="ivf", recall=wanted),
                                  {"faiss IVF": lambda: index.search(queries, 10)[1]}, wanted - 0.01))
            rows.extend(_alone(faiss, label, shelf, index, points, queries, truth, wanted))
        return rows
    finally:
        shelf.stop()


class _InPlace:
    """A Java process that searches the shelf's lists on its own thread, a query whenever it is asked."""

    def __init__(self, shelf: Shelf, queries: np.ndarray, wanted: float) -> None:
        with tempfile.NamedTemporaryFile() as file:
            queries.tofile(file.name)
            self._process = subprocess.Popen(
                [str(ROOT / "scripts" / "bench-java"), "dev.arrowshelf.bench.SingleQueries", shelf.directory, "vectors", file.name,
                 str(queries.shape[1]), str(wanted)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            self.ask(0)  # it has read the file

    def ask(self, number: int) -> "tuple[float, list[int]]":
        """Its own time in seconds, and the rows found."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(f"{number}\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        return answer["micros"] / 1e6, answer["rows"]

    def stop(self) -> None:
        self._process.communicate(timeout=30)


def _alone(faiss: Any, label: str, shelf: Shelf, index: Any, points: np.ndarray, queries: np.ndarray, truth: np.ndarray, wanted: float) -> list[Row]:
    """One query after the other, in turn, one thread each: the median by the daemon, in place from Java, and by faiss."""
    asked = np.ascontiguousarray(queries[:ALONE])
    faiss.omp_set_num_threads(1)
    times: dict[str, list[float]] = {"daemon": [], "in place": [], "faiss IVF": []}
    ids: dict[str, list[Any]] = {"daemon": [], "in place": []}
    java = _InPlace(shelf, asked, wanted)
    try:
        for number in range(2 * ALONE):
            query = asked[number % ALONE : number % ALONE + 1]
            by_daemon, found = timed(lambda: shelf.search(query, 10, index="ivf", recall=wanted))
            in_place, rows = java.ask(number % ALONE)
            theirs, _ = timed(lambda: index.search(query, 10))
            if number >= ALONE:
                for name, seconds in (("daemon", by_daemon), ("in place", in_place), ("faiss IVF", theirs)):
                    times[name].append(seconds)
                ids["daemon"].append(found[0])
                ids["in place"].append(rows)
    finally:
        java.stop()
    faiss.omp_set_num_threads(THREADS)
    other = median(times["faiss IVF"]) * 1e6
    return [_alone_row(label, wanted, way, median(times[name]) * 1e6, other, recall(points, asked, np.array(ids[name]), truth[:ALONE]))
            for name, way in (("in place", "in place, from Java"), ("daemon", "from Python, by the daemon and back"))]


def _alone_row(label: str, wanted: float, way: str, mine: float, other: float, reached: float) -> Row:
    return Row("vector-ivf", f"IVF, {label}, one query at a time, recall >= {wanted}, {way}", "us", mine, "<= faiss", mine <= other,
               {"faiss IVF": other}, reached >= wanted - 0.02, f"recall {reached:.4f}")
