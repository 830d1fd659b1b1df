"""Few dimensions: k-d trees beside pykdtree, cKDTree, and the lists of the program that this one replaces."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from large import timed
from report import Row
from vectors import THREADS, Shelf, present, recall, rounds_of

SECTION = "vector-few"
NEIGHBOURS = 11
ROUNDS = 5

Search = Callable[[np.ndarray], np.ndarray]


def _lists(points: np.ndarray) -> np.ndarray:
    """As the original program: a hundred lists, ten of them looked through."""
    import faiss

    faiss.omp_set_num_threads(THREADS)
    index = faiss.IndexIVFFlat(faiss.IndexFlatL2(points.shape[1]), points.shape[1], 100, faiss.METRIC_L2)
    index.train(points)
    index.add(points)
    index.nprobe = 10
    return index.search(points, NEIGHBOURS)[1]


def _ckdtree(points: np.ndarray) -> np.ndarray:
    from scipy.spatial import cKDTree

    return cKDTree(points, balanced_tree=False, compact_nodes=False).query(points, NEIGHBOURS, workers=THREADS)[1]


def _pykdtree(points: np.ndarray) -> np.ndarray:
    from pykdtree.kdtree import KDTree

    return KDTree(points).query(points, NEIGHBOURS)[1]


def _clouds(count: int, random: np.random.Generator) -> np.ndarray:
    """Fifty clouds of very different width."""
    widths = 10.0 ** random.uniform(-4, 0, 50)
    cloud = random.integers(0, 50, count)
    return (random.random((50, 3))[cloud] * 10 + random.normal(size=(count, 3)) * widths[cloud, None]).astype(np.float32)


def _with_equal(count: int, random: np.random.Generator) -> np.ndarray:
    points = random.random((count, 3), dtype=np.float32)
    points[: count // 10] = points[0]
    return points


def rows(quick: bool) -> list[Row]:
    """Eleven nearest of each point, itself included: put, build and search together."""
    random = np.random.default_rng(7)
    count = 20_000 if quick else 100_000
    even = random.random((count, 3), dtype=np.float32)
    found = [_row(f"{count:,} uniform 3-D points", even, 0.8, 3 if quick else ROUNDS), _original(even, 2 if quick else 3)]
    found.append(_row(f"{count:,} points in 50 clouds", _clouds(count, random), 1.0, 3))
    found.append(_row(f"{count:,} points, a tenth of them equal", _with_equal(count, random), 1.0, 3))
    found.append(_row(f"{count:,} uniform 8-D points", random.random((count, 8), dtype=np.float32), 1.0, 3))
    if not quick:
        found.append(_row("1,000,000 uniform 3-D points", random.random((1_000_000, 3), dtype=np.float32), 1.0, 3))
    return [row for row in found if row is not None]


def _row(label: str, points: np.ndarray, goal: float, rounds: int) -> "Row | None":
    peers = present({"pykdtree": ("pykdtree", lambda: _pykdtree), "cKDTree": ("scipy", lambda: _ckdtree)})
    return _compared(f"{label}, {NEIGHBOURS} nearest of each: put, build, search", points, peers, "pykdtree", goal, rounds)


def _original(points: np.ndarray, rounds: int) -> "Row | None":
    peers = present({"faiss IVF100/10": ("faiss", lambda: _lists)})
    return _compared(f"the same points, beside the search of the original program", points, peers, "faiss IVF100/10", 0.04, rounds)


def _compared(label: str, points: np.ndarray, peers: "dict[str, Search]", rival: str, goal: float, rounds: int) -> "Row | None":
    if rival not in peers:
        return None
    shelf = Shelf()

    def ours() -> np.ndarray:
        shelf.put(points)
        return shelf.search(points, NEIGHBOURS)

    try:
        for _ in range(3):
            ours()
        seconds, found = rounds_of({"arrowshelf": ours} | {name: (lambda peer=peer: peer(points)) for name, peer in peers.items()}, rounds)
    finally:
        shelf.stop()
    sample = np.random.default_rng(1).choice(len(points), 2000, replace=False)
    reached = recall(points, points[sample], found["arrowshelf"][sample], found[rival][sample])
    figures = {name: value * 1e3 for name, value in seconds.items()}
    mine = figures.pop("arrowshelf")
    return Row(SECTION, label, "ms", mine, f"<= {goal:g} x {rival}", mine <= goal * figures[rival], figures, reached > 0.9999)


def huge_rows(quick: bool) -> list[Row]:
    """Ten million points: how long the build takes, how much memory it needs, and a search of a hundred thousand."""
    count = 1_000_000 if quick else 10_000_000
    points = np.random.default_rng(8).random((count, 3), dtype=np.float32)
    shelf = Shelf(points)
    try:
        built, _ = timed(lambda: shelf.search(points[:1], NEIGHBOURS, index="kd"))
        peak = _peak_megabytes(shelf.pid)
        asked = points[:100_000]
        shelf.search(asked, NEIGHBOURS)
        searched, ids = timed(lambda: shelf.search(asked, NEIGHBOURS))
    finally:
        shelf.stop()
    exact = bool((ids[:, 0] == np.arange(len(asked))).mean() > 0.9999)
    return [Row("vector-huge", f"{count:,} uniform 3-D points: build of the tree", "s", built, "stated", None, equal=exact),
            Row("vector-huge", "the daemon's memory at its peak, the shelf included", "MB", peak, "stated", None,
                note=f"the points are {points.nbytes / 1e6:.0f} MB"),
            Row("vector-huge", f"{NEIGHBOURS} nearest of 100,000 of them", "ms", searched * 1e3, "stated", None, equal=exact)]


def _peak_megabytes(pid: int) -> float:
    with open(f"/proc/{pid}/status") as lines:
        return next(int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith("VmHWM:"))
