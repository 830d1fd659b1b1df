"""Nearest neighbours of 100,000 points by six processes that share one table and one index of it.

Needs a running daemon. The same program as parallel_nearest_neighbors_processes.py, with the shelf's own search in the place
of FAISS: the index is built once, in the daemon, and is exact; the workers need nothing but the client.
"""

import multiprocessing as mp
import time

import numpy as np
import pandas as pd

import arrowshelf

POINTS = 100_000
WORKERS = 6
NEIGHBORS = 10


def search(task):
    """Mean distance from the points of one range to their nearest neighbours."""
    key, start, end = task
    table = arrowshelf.get_arrow(key).combine_chunks()
    axes = [table.column(axis).chunk(0).to_numpy(zero_copy_only=True)[start:end] for axis in ("x", "y", "z")]

    # One more than wanted, because each point finds itself first.
    distances, ids = arrowshelf.search(key, np.stack(axes, axis=1), NEIGHBORS + 1)
    assert (ids[:, 0] == np.arange(start, end)).all()
    return float(np.mean(distances[:, 1:]))


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
    with mp.Pool(processes=WORKERS) as pool:
        means = pool.map(search, tasks)
    seconds = time.perf_counter() - begin

    mean = float(np.mean(means))
    print(f"mean distance of the {NEIGHBORS} nearest neighbours: {mean:.6f}")
    print(f"{seconds:.2f} s, {POINTS / seconds:,.0f} points per second, {WORKERS} processes")
    arrowshelf.delete(key)
    assert 0.021 < mean < 0.024, mean


if __name__ == "__main__":
    mp.set_start_method("spawn", force=True)
    main()
