"""Many dimensions: exact search, and lists (IVF) in batches and one query at a time, beside faiss."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from large import timed
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
            rows.append(_alone(faiss, label, shelf, index, points, queries, truth, wanted))
        return rows
    finally:
        shelf.stop()


def _alone(faiss: Any, label: str, shelf: Shelf, index: Any, points: np.ndarray, queries: np.ndarray, truth: np.ndarray, wanted: float) -> Row:
    """One query after the other: the median of each, in turn, one thread for faiss; ours with the way to the daemon."""
    ask: Callable[[np.ndarray], np.ndarray] = lambda query: shelf.search(query, 10, index="ivf", recall=wanted)
    faiss.omp_set_num_threads(1)
    times: dict[str, list[float]] = {"arrowshelf": [], "faiss IVF": []}
    ids = []
    for number in range(2 * ALONE):
        query = queries[number % ALONE : number % ALONE + 1]
        mine, found = timed(lambda: ask(query))
        theirs, _ = timed(lambda: index.search(query, 10))
        if number >= ALONE:
            times["arrowshelf"].append(mine)
            times["faiss IVF"].append(theirs)
            ids.append(found[0])
    faiss.omp_set_num_threads(THREADS)
    reached = recall(points, queries[:ALONE], np.stack(ids), truth[:ALONE])
    mine, other = (median(times[name]) * 1e6 for name in ("arrowshelf", "faiss IVF"))
    return Row("vector-ivf", f"IVF, {label}, one query at a time, recall >= {wanted}", "us", mine, "<= faiss", mine <= other,
               {"faiss IVF": other}, reached >= wanted - 0.02, f"recall {reached:.4f}; ours includes the way to the daemon and back")
