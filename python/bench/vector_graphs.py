"""Graphs (HNSW) over word vectors, beside hnswlib, usearch and faiss, each with the least setting that reaches a recall."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from large import timed
from report import Row
from vectors import THREADS, Compared, Shelf, least_setting, present, words

SECTION = "vector-graph"
LINKS = 16
SOME = slice(0, 500)


class _Graph(NamedTuple):
    """A library's graph: built, then searched with so many candidates."""

    build: Callable[[np.ndarray], Any]
    search: Callable[[Any, np.ndarray, int], np.ndarray]


def _hnswlib() -> _Graph:
    import hnswlib

    def build(points: np.ndarray) -> Any:
        index = hnswlib.Index("l2", points.shape[1])
        index.init_index(len(points), M=LINKS, ef_construction=200)
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
        index = Index(ndim=points.shape[1], metric="l2sq", dtype="f32", connectivity=LINKS)
        index.add(np.arange(len(points)), points, threads=THREADS)
        return index

    def search(index: Any, queries: np.ndarray, candidates: int) -> np.ndarray:
        index.expansion_search = candidates
        return index.search(queries, 10, threads=THREADS).keys.astype(np.int64)

    return _Graph(build, search)


def _faiss(links: int) -> _Graph:
    import faiss

    faiss.omp_set_num_threads(THREADS)

    def build(points: np.ndarray) -> Any:
        index = faiss.IndexHNSWFlat(points.shape[1], links)
        index.add(points)
        return index

    def search(index: Any, queries: np.ndarray, candidates: int) -> np.ndarray:
        index.hnsw.efSearch = candidates
        return index.search(queries, 10)[1]

    return _Graph(build, search)


def rows(quick: bool) -> list[Row]:
    """The build, and batches at equal recall."""
    label, points, queries = words(quick)
    peers = present({"hnswlib": ("hnswlib", _hnswlib), "usearch": ("usearch", _usearch), "faiss HNSW32": ("faiss", lambda: _faiss(32))})
    built: dict[str, Any] = {}
    times: dict[str, float] = {}
    shelf = Shelf(points)
    try:
        mine, _ = timed(lambda: shelf.search(queries[:1], 10, index="hnsw"))
        for name, peer in peers.items():
            seconds, built[name] = timed(lambda peer=peer: peer.build(points))
            times[name] = seconds * 1e3
        rival = times.get("hnswlib", float("inf"))
        found = [Row(SECTION, f"{label}: HNSW with {LINKS} links, build, with measuring recall", "ms", mine * 1e3, "<= hnswlib",
                     mine * 1e3 <= rival, times)]
        truth = shelf.search(queries, 10, index="exact")
        table = Compared(SECTION, points, queries, truth, 3)
        least = dict.fromkeys(peers, 20)
        for wanted in (0.95, 0.99):
            missing = []
            ways = {}
            for name, peer in peers.items():
                index = built[name]
                setting = least_setting(lambda value, peer=peer, index=index: peer.search(index, queries[SOME], value), points,
                                        queries[SOME], truth[SOME], wanted, least[name])
                if setting:
                    least[name] = setting
                    ways[name] = lambda peer=peer, index=index, setting=setting: peer.search(index, queries, setting)
                else:
                    missing.append(f", {name} does not reach it")
            for kind in ("hnsw", "ivf"):
                if ways:
                    found.append(table.row(f"{label}: ours by {kind}, theirs by graphs, batches, recall >= {wanted}{''.join(missing)}",
                                           "queries/s", 1.0,
                                           lambda kind=kind, wanted=wanted: shelf.search(queries, 10, index=kind, recall=wanted),
                                           ways, wanted - 0.01))
        return found
    finally:
        shelf.stop()
