"""Arrow Cache's side of the SQL benchmark: answers one query a line with its time and rows.

    python sql_cache_worker.py FOLDER TABLE...
"""

from __future__ import annotations

import decimal
import json
import os
import sys
import time

import pyarrow as pa
from arrow_cache import ArrowCache, ArrowCacheConfig


def plain(value: object) -> object:
    return float(value) if isinstance(value, (float, decimal.Decimal)) else value


def main(folder: str, names: list[str]) -> None:
    limit = 6 << 30
    config = ArrowCacheConfig(memory_limit=limit, dictionary_encoding=False, spill_directory=os.path.join(folder, "spill"),
                              storage_path=os.path.join(folder, "storage"))
    cache = ArrowCache(max_size_bytes=limit, config=config)
    for name in names:
        table = pa.ipc.open_file(pa.memory_map(f"{folder}/{name}.arrow")).read_all()
        cache.put(name, table, auto_partition=False)
    print("ready", flush=True)
    for line in sys.stdin:
        began = time.perf_counter()
        result = cache.query(json.loads(line))
        spent = (time.perf_counter() - began) * 1e3
        print(json.dumps({"ms": spent, "rows": [[plain(value) for value in row.values()] for row in result.to_pylist()]}), flush=True)
    cache.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
