"""Approximate nearest neighbours of 100,000 points by six threads that share one table, with FAISS.

Needs a running daemon.

What faiss.search returns first are squared distances, and second the row numbers of the neighbours; the mean distance
of the ten nearest neighbours of 100,000 points in the unit cube is about 0.0223.
"""

import multiprocessing as mp
import time
from multiprocessing.pool import ThreadPool

import faiss
import numpy as np
import pandas as pd

import arrowshelf

POINTS = 100_000
WORKERS = 6
NEIGHBORS = 10
LISTS = 100
PROBES = 10


def search(task):
    """Mean distance from the points of one range to their nearest neighbours."""
    key, start, end = task
    table = arrowshelf.get_arrow(key).combine_chunks()
    axes = [table.column(axis).chunk(0).to_numpy(zero_copy_only=True) for axis in ("x", "y", "z")]
    points = np.stack(axes, axis=1).astype(np.float32)

    quantizer = faiss.IndexFlatL2(3)
    index = faiss.IndexIVFFlat(quantizer, 3, LISTS, faiss.METRIC_L2)
    index.train(points)
    index.add(points)
    index.nprobe = PROBES

    # One more than wanted, because each point finds itself first.
    squares, _ = index.search(points[start:end], NEIGHBORS + 1)
    return float(np.mean(np.sqrt(squares[:, 1:])))


def main():
    try:
        arrowshelf.list_keys()
    except arrowshelf.ConnectionError as error:
        raise SystemExit(f"no daemon: {error}") from error

    frame = pd.DataFrame(np.random.rand(POINTS, 3), columns=["x", "y", "z"])
    key = arrowshelf.put(frame)
    step = POINTS // WORKERS
    tasks = [(key, worker * step, (worker + 1) * step) for worker in range(WORKERS)]

    begin = time.perf_counter()
    with ThreadPool(processes=WORKERS) as pool:
        means = pool.map(search, tasks)
    seconds = time.perf_counter() - begin

    mean = float(np.mean(means))
    print(f"mean distance of the {NEIGHBORS} nearest neighbours: {mean:.6f}")
    print(f"{seconds:.2f} s, {POINTS / seconds:,.0f} points per second, {WORKERS} threads")
    arrowshelf.delete(key)
    assert 0.021 < mean < 0.024, mean


if __name__ == "__main__":
    mp.set_start_method("spawn", force=True)
    main()
