"""One side of the cache benchmark: prints its times and what its tables add up to as one line of JSON.

    python cache_worker.py ROWS ROUNDS FOLDER

It imports whichever `arrow_cache` its interpreter finds: ours or the original, which is why it is a program.
"""

from __future__ import annotations

import json
import logging
import os
import statistics
import sys
import time

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from arrow_cache import ArrowCache, ArrowCacheConfig


def data(rows: int) -> pa.Table:
    """Five columns, 48 bytes a row; one of them is text of a thousand words."""
    random = np.random.default_rng(7)
    words = pa.array([f"word-{number:05}" for number in range(1000)])
    numbers = random.integers(0, 1000, rows).astype("int32")
    return pa.table({
        "id": np.arange(rows),
        "k": random.integers(0, 100, rows),
        "v": random.random(rows),
        "w": random.random(rows),
        "s": pa.DictionaryArray.from_arrays(pa.array(numbers), words).cast(pa.string()),
    })


def adds_up_to(table: pa.Table) -> list[object]:
    text = table["s"]
    if pa.types.is_dictionary(text.type):
        text = text.cast(pa.string())
    middle = table.slice(table.num_rows // 2, 1)
    return [
        table.num_rows,
        *(pc.sum(table[name]).as_py() for name in ("id", "k")),
        *(round(pc.sum(table[name]).as_py(), 3) for name in ("v", "w")),
        pc.count_distinct(text).as_py(),
        pc.sum(pc.binary_length(text)).as_py(),
        str(text[table.num_rows // 2]),
        middle["v"].to_pylist(),
    ]


def main(rows: int, rounds: int, folder: str) -> None:
    logging.disable(logging.WARNING)  # the original logs each put
    table = data(rows)
    times: dict[str, list[float]] = {}

    def timed(name: str, action):
        started = time.perf_counter()
        result = action()
        times.setdefault(name, []).append((time.perf_counter() - started) * 1e3)
        return result

    def options(**more):
        return ArrowCacheConfig(
            spill_directory=os.path.join(folder, "spill"), storage_path=os.path.join(folder, "storage"), **more
        )

    sums: dict[str, list[object]] = {}
    limit = 6 << 30
    for _ in range(3):
        timed("start", lambda: ArrowCache(config=options())).close()
    for encoded, name in ((True, "put"), (False, "put without dictionaries")):
        cache = ArrowCache(max_size_bytes=limit, config=options(memory_limit=limit, dictionary_encoding=encoded))
        for number in range(rounds + 1):
            timed(name, lambda: cache.put(f"t{number % 2}", table))
        times[name].pop(0)
        if encoded:
            for _ in range(20):
                timed("get", lambda: cache.get("t0", target_type="arrow"))
            sums["get"] = adds_up_to(cache.get("t0", target_type="arrow"))
            for _ in range(rounds):
                frame = timed("get as pandas", lambda: cache.get("t0", target_type="pandas"))
            sums["pandas"] = [len(frame), int(frame["id"].sum()), str(frame["s"].iloc[rows // 2])]
            del frame
            for _ in range(20):
                part = timed("slice", lambda: cache.get("t0", target_type="pandas", offset=rows // 2, limit=1000))
            sums["slice"] = [part["id"].tolist()[-1], str(part["s"].iloc[0])]
            small = {"a": [1], "b": ["x"]}
            for _ in range(20):
                timed("put of one row", lambda: cache.put("small", small))
        cache.close()
    cache = ArrowCache(max_size_bytes=limit, config=options(memory_limit=limit))
    cache.put("p", table, auto_partition=False)
    for _ in range(rounds):
        timed("persist", lambda: cache.persist("p"))
        timed("load", lambda: cache.load("p"))
        sums["load"] = adds_up_to(cache.get("p", target_type="arrow"))
    cache.close()
    medians = {name: statistics.median(values) for name, values in times.items()}
    print(json.dumps({"times": medians, "sums": sums}), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
