# %% [markdown]
# A notebook in plain text: each `# %%` begins a cell (VS Code, Jupytext and Spyder run them one by one).
# The data are loaded once and put on the shelf under a name. Cells run again, a restarted kernel, or another
# notebook find them there at once. Needs a running daemon.
#
#     python examples/notebook.py --rows 5_000_000

# %%
import argparse
import multiprocessing as mp
import sys
import time

import numpy as np
import pandas as pd

import arrowshelf

NAME = "notebook/measurements"
SENSORS = 50


# %% Loading: slow, done once
def load(rows, seed=5):
    """Stands for the slow part: reading files, parsing, joining."""
    random = np.random.default_rng(seed)
    sensor = random.integers(0, SENSORS, rows, dtype=np.int16)
    hour = random.integers(0, 24, rows, dtype=np.int8)
    value = 20 + 5 * np.sin(hour / 24 * 2 * np.pi) + sensor * 0.1 + random.normal(0, 1, rows)
    value[random.random(rows) < 0.001] += 50
    return pd.DataFrame({"sensor": sensor, "hour": hour, "value": value})


# %% A cell: means by hour
def by_hour():
    table = arrowshelf.get_arrow(NAME)
    hour = table.column("hour").chunk(0).to_numpy(zero_copy_only=True)
    value = table.column("value").chunk(0).to_numpy(zero_copy_only=True)
    return np.bincount(hour, weights=value, minlength=24) / np.maximum(1, np.bincount(hour, minlength=24))


# %% Another one: sensors with outliers
def outliers(limit=10.0):
    value = arrowshelf.get_numpy_view(NAME, "value")
    sensor = arrowshelf.get_numpy_view(NAME, "sensor")
    return np.bincount(sensor[np.abs(value - np.median(value)) > limit + SENSORS * 0.1], minlength=SENSORS)


# %% A third one, tried again and again with other parameters: every trial in a process of its own
def histogram(bins):
    value = arrowshelf.get_numpy_view(NAME, "value")
    return np.histogram(value, bins=bins, range=(0, 100))[0]


# %%
def restarted_kernel(results):
    """What a kernel that was restarted does: no loading, the name is enough."""
    begin = time.perf_counter()
    table = arrowshelf.get_arrow(NAME)
    results.put((table.num_rows, time.perf_counter() - begin, by_hour()))


# %%
def main(rows):
    spawn = mp.get_context("spawn")

    begin = time.perf_counter()
    frame = load(rows)
    loaded = time.perf_counter() - begin
    arrowshelf.put(frame, key=NAME)
    print(f"loaded {len(frame):,} rows in {loaded * 1000:.0f} ms, put under the name {NAME!r}")

    means = by_hour()
    assert np.allclose(means, frame.groupby("hour")["value"].mean())
    print(f"warmest hour: {int(means.argmax())}")

    suspects = outliers()
    assert suspects.sum() == (np.abs(frame["value"] - frame["value"].median()) > 10.0 + SENSORS * 0.1).sum()
    print(f"{suspects.sum()} outliers in {np.count_nonzero(suspects)} sensors")

    with spawn.Pool(3) as pool:
        for bins, counts in zip((10, 20, 50), pool.map(histogram, (10, 20, 50))):
            assert counts.sum() == len(frame) - ((frame["value"] < 0) | (frame["value"] > 100)).sum()
            print(f"histogram with {bins} bins: fullest holds {counts.max():,}")

    results = spawn.Queue()
    kernel = spawn.Process(target=restarted_kernel, args=(results,))
    kernel.start()
    rows_there, seconds, again = results.get(timeout=60)
    kernel.join()
    assert rows_there == len(frame) and np.array_equal(again, means)
    print(f"a restarted kernel has {rows_there:,} rows after {seconds * 1000:.2f} ms instead of {loaded * 1000:.0f} ms")

    arrowshelf.delete(NAME)


# %%
if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="A notebook whose data stay on the shelf.")
    parser.add_argument("--rows", type=int, default=300_000, help="number of measurements")
    # A notebook's kernel has arguments of its own.
    options, _ = parser.parse_known_args(sys.argv[1:])
    main(options.rows)
