"""A cache of frames in a private shelf: nothing to start, nothing left when it ends. Programs of Arrow Cache run so."""

from __future__ import annotations

import argparse
import concurrent.futures
import os
import tempfile

import numpy as np
import pandas as pd
from arrow_cache import ArrowCache, ArrowCacheConfig

BATCHES = 10


def purchases(rows: int) -> pd.DataFrame:
    random = np.random.default_rng(1)
    return pd.DataFrame({
        "customer": random.integers(0, 100, rows),
        "country": random.choice(["at", "de", "fr", "it"], rows),
        "amount": random.random(rows).round(2),
    })


def main(rows: int, folder: str) -> None:
    frame = purchases(rows)
    config = ArrowCacheConfig(
        memory_limit=512 << 20,
        partition_size_rows=10_000,
        spill_directory=os.path.join(folder, "spill"),
        storage_path=os.path.join(folder, "storage"),
    )
    with ArrowCache(config=config) as cache:
        cache.put("purchases", frame, ttl=3600, metadata={"source": "generated"})
        pd.testing.assert_frame_equal(cache.get("purchases"), frame)

        by_country = cache.query(
            "SELECT country, sum(amount) AS total FROM _cache_purchases GROUP BY country ORDER BY country",
            target_type="pandas",
        )
        expected = frame.groupby("country")["amount"].sum()
        assert np.allclose(by_country["total"], expected) and by_country["country"].tolist() == list(expected.index)

        def largest(batch: int) -> float:
            size = rows // BATCHES
            return float(cache.get("purchases", offset=batch * size, limit=size)["amount"].max())

        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            assert max(pool.map(largest, range(BATCHES))) == frame["amount"][: rows // BATCHES * BATCHES].max()

        assert cache.persist("purchases", os.path.join(folder, "kept"))
        cache.clear()
        assert cache.load("purchases", os.path.join(folder, "kept"))
        facts, status = cache.get_metadata("purchases"), cache.status()
        print(f"{facts['num_rows']} rows in {facts['partitions']} partitions, {facts['size_bytes']} bytes")
        print(f"hits {status['hits']}, text as dictionaries saved {status['dictionary_saved_bytes']} bytes")
        print(by_country.to_string(index=False))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    with tempfile.TemporaryDirectory() as place:
        main(parser.parse_args().rows, place)
