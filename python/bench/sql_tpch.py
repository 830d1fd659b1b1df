"""TPC-H over shared tables, over copies that the engine made of them, over DuckDB's own tables and over pyarrow tables: in turn, answers compared."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from typing import Any

import pyarrow as pa

from large import timed
from peers import ArrowShelf
from report import Row, median
from sql import FIRST_ROUNDS, engine, plain, same, served
from tpch import QUERIES, TABLES

COPIES = "arrowshelf, from copies"


def rows(quick: bool) -> list[Row]:
    """The 22 queries of TPC-H over tables of its generator: over the shelf, and over copies that the engine made of its tables."""
    scale = "0.1" if quick else "1"
    folder = tempfile.mkdtemp(prefix="bench-tpch-", dir=os.environ.get("TMPDIR", "/var/tmp"))
    shelf, copies = served(0), served(0, flags=["--sql-twins", "4GiB"])
    native, over_arrow = engine(), engine()
    try:
        generator = os.path.join(os.path.dirname(sys.executable), "tpchgen-cli")
        subprocess.run([generator, "parquet", "-s", scale, f"--output-dir={folder}"], check=True, capture_output=True)
        for name in TABLES:
            native.execute(f"create table {name} as from read_parquet('{folder}/{name}.parquet')")
            table = native.sql(f"from {name}").to_arrow_table()
            over_arrow.register(name, table)
            for each in (shelf, copies):
                each.shelf.put(table, name)
        await_copies(copies, TABLES)
        ways: dict[str, Callable[[str], pa.Table]] = {
            "arrowshelf": shelf.shelf.query,
            COPIES: copies.shelf.query,
            "DuckDB native": lambda sql: native.sql(sql).to_arrow_table(),
            "DuckDB over pyarrow": lambda sql: over_arrow.sql(sql).to_arrow_table(),
        }
        measured = {number: _query(sql, ways, quick) for number, sql in QUERIES.items()}
        totals = {name: sum(times[name] for times, _, _ in measured.values()) for name in ways}
        equal = all(same_answers for _, same_answers, _ in measured.values())
        ours, copied = totals.pop("arrowshelf"), totals.pop(COPIES)
        what = f"TPC-H, scale factor {scale}, all 22"
        return [Row("sql-tpch", what, "ms", ours, "faster than over pyarrow", ours < totals["DuckDB over pyarrow"], totals, equal),
                Row("sql-tpch", f"{what}, from copies", "ms", copied, "<= 1.3 x native", copied <= 1.3 * totals["DuckDB native"], totals, equal),
                *(Row("sql-tpch", f"query {number}", "ms", times.pop("arrowshelf"), "-", None, times, same_answers, f"{count} rows")
                  for number, (times, same_answers, count) in measured.items())]
    finally:
        shelf.stop()
        copies.stop()
        subprocess.run(["rm", "-rf", folder], check=False)


def await_copies(shelf: ArrowShelf, names: Iterable[str]) -> None:
    """Names each table until the engine reads its copy."""
    deadline = time.monotonic() + 60
    for name in names:
        sql = f"select count(*) from {name}"
        while "ARROWSHELF_SCAN" in shelf.shelf.explain(sql):
            if time.monotonic() > deadline:
                raise RuntimeError(f"No copy was made: table={name}")


def _query(sql: str, ways: dict[str, Callable[[str], pa.Table]], quick: bool) -> tuple[dict[str, float], bool, int]:
    """The median of each side, whether all answers are equal, and how many rows they have."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    answers: dict[str, list[tuple[Any, ...]]] = {}
    for attempt in range(FIRST_ROUNDS + (2 if quick else 3)):
        for name, ask in ways.items():
            seconds, table = timed(lambda ask=ask: ask(sql))
            answers[name] = plain(table)
            if attempt >= FIRST_ROUNDS:
                times[name].append(seconds * 1e3)
    wanted = answers["DuckDB native"]
    return {name: median(values) for name, values in times.items()}, all(same(answer, wanted) for answer in answers.values()), len(wanted)
