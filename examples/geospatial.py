"""Patterns in GPS positions: many processes look at one shared table, each at its own region or period.

    python examples/geospatial.py --rows 50_000_000

Nearest neighbours by region, clusters, hotspots, and a heat map for each period of the day. Needs a running daemon.
"""

import argparse
import multiprocessing as mp
import time

import numpy as np
import pandas as pd

import arrowshelf

WEST, EAST, SOUTH, NORTH = 13.0, 13.8, 52.3, 52.7
CENTERS = np.array([(13.40, 52.52), (13.20, 52.44), (13.63, 52.39)])  # where the generated positions gather
REGIONS = 4  # strips from west to east
CELLS = 64
PERIODS = {"night": (0, 6), "morning": (6, 12), "afternoon": (12, 18), "evening": (18, 24)}
SAMPLE = 200
KILOMETRES = np.array([111.32 * np.cos(np.radians(52.5)), 111.32])  # of a degree of longitude, of latitude


def generate(rows, seed=23):
    """Positions around a few centers, and everywhere else."""
    random = np.random.default_rng(seed)
    near = random.integers(0, len(CENTERS) + 1, rows)  # the last number is "everywhere"
    longitude = random.uniform(WEST, EAST, rows)
    latitude = random.uniform(SOUTH, NORTH, rows)
    for number, (x, y) in enumerate(CENTERS):
        here = near == number
        longitude[here] = np.clip(random.normal(x, 0.02, here.sum()), WEST, EAST)
        latitude[here] = np.clip(random.normal(y, 0.012, here.sum()), SOUTH, NORTH)
    hour = random.integers(0, 24, rows, dtype=np.int8)
    return pd.DataFrame({"longitude": longitude, "latitude": latitude, "hour": hour})


def columns(key, *names):
    table = arrowshelf.get_arrow(key)
    return [table.column(name).chunk(0).to_numpy(zero_copy_only=True) for name in names]


def cells(longitude, latitude):
    """Number of the map cell of each position."""
    column = np.minimum(((longitude - WEST) / (EAST - WEST) * CELLS).astype(np.int64), CELLS - 1)
    row = np.minimum(((latitude - SOUTH) / (NORTH - SOUTH) * CELLS).astype(np.int64), CELLS - 1)
    return row * CELLS + column


def nearest(key, region):
    """Distances in km from some positions of a region to the nearest other position, wherever that is."""
    longitude, latitude = columns(key, "longitude", "latitude")
    width = (EAST - WEST) / REGIONS
    inside = np.flatnonzero((longitude >= WEST + region * width) & (longitude < WEST + (region + 1) * width))
    rows = inside[:: max(1, len(inside) // SAMPLE)][:SAMPLE]
    distances = np.empty(len(rows))
    for place, row in enumerate(rows):
        square = ((longitude - longitude[row]) * KILOMETRES[0]) ** 2 + ((latitude - latitude[row]) * KILOMETRES[1]) ** 2
        square[row] = np.inf
        distances[place] = np.sqrt(square.min())
    return rows, distances


def clusters(key):
    """Centers of clusters, by k-means that begins in corners of the map."""
    longitude, latitude = columns(key, "longitude", "latitude")
    counts = np.bincount(cells(longitude, latitude), minlength=CELLS * CELLS)
    dense = np.flatnonzero(counts > 4 * counts.mean())
    x = WEST + (dense % CELLS + 0.5) * (EAST - WEST) / CELLS
    y = SOUTH + (dense // CELLS + 0.5) * (NORTH - SOUTH) / CELLS
    points = np.column_stack([x, y])
    centers = np.array([((WEST + EAST) / 2, NORTH), (WEST, SOUTH), (EAST, SOUTH)])
    for _ in range(20):
        labels = np.argmin((((points[:, None] - centers[None]) * KILOMETRES) ** 2).sum(2), axis=1)
        members = [labels == label for label in range(len(centers))]
        centers = np.stack([np.average(points[own], axis=0, weights=counts[dense][own]) for own in members])
    return centers


def hotspots(key):
    """The ten fullest cells and how full they are."""
    counts = np.bincount(cells(*columns(key, "longitude", "latitude")), minlength=CELLS * CELLS)
    top = np.argsort(counts)[::-1][:10]
    return top, counts[top]


def heatmap(key, period):
    """Positions in each cell in one period of the day."""
    longitude, latitude, hour = columns(key, "longitude", "latitude", "hour")
    begin, end = PERIODS[period]
    now = (hour >= begin) & (hour < end)
    return np.bincount(cells(longitude[now], latitude[now]), minlength=CELLS * CELLS).reshape(CELLS, CELLS)


def run(task):
    function, arguments = task
    return (function.__name__, *arguments[1:]), function(*arguments)


def check(frame, results):
    """Compares with the original frame."""
    maps = sum(results["heatmap", period] for period in PERIODS)
    assert maps.sum() == len(frame)
    counts = frame.groupby(cells(frame["longitude"].to_numpy(), frame["latitude"].to_numpy())).size()
    top, fullest = results["hotspots",]
    assert (counts.loc[top].to_numpy() == fullest).all() and fullest[0] == counts.max()
    for center in results["clusters",]:
        assert (np.abs((CENTERS - center) * KILOMETRES).sum(1) < 2).any(), center
    positions = frame[["longitude", "latitude"]].to_numpy() * KILOMETRES
    for region in range(REGIONS):
        rows, distances = results["nearest", region]
        assert len(rows) > 0
        others = np.delete(positions, rows[0], axis=0)
        assert np.isclose(np.sqrt(((others - positions[rows[0]]) ** 2).sum(1)).min(), distances[0])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=200_000, help="number of positions")
    parser.add_argument("--workers", type=int, default=4, help="number of processes")
    options = parser.parse_args()

    frame = generate(options.rows)
    begin = time.perf_counter()
    key = arrowshelf.put(frame)
    print(f"{len(frame):,} positions put in {(time.perf_counter() - begin) * 1000:.1f} ms")

    tasks = [(nearest, (key, region)) for region in range(REGIONS)]
    tasks += [(clusters, (key,)), (hotspots, (key,))]
    tasks += [(heatmap, (key, period)) for period in PERIODS]
    begin = time.perf_counter()
    with mp.get_context("spawn").Pool(options.workers) as pool:
        results = dict(pool.map(run, tasks, chunksize=1))
    print(f"{len(tasks)} analyses in {time.perf_counter() - begin:.2f} s with {options.workers} processes")

    check(frame, results)
    for region in range(REGIONS):
        metres = results["nearest", region][1].mean() * 1000
        print(f"  region {region}: nearest neighbour at {metres:6.1f} m on average")
    for longitude, latitude in results["clusters",]:
        print(f"  cluster around {longitude:.3f} E, {latitude:.3f} N")
    print(f"  fullest cell holds {results['hotspots',][1][0]:,} positions; all results checked")
    arrowshelf.delete(key)


if __name__ == "__main__":
    main()
