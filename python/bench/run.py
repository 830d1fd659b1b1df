#!/usr/bin/env python3
"""Runs the benchmarks: ours and the peers in one run, equal results checked, and writes docs/benchmarks.md.

    ./dev bench                      everything (about a quarter of an hour)
    ./dev bench --only put,get      some sections: put, get, small, scale, daemon, java, flight, redis, cache, sql,
                                    sql-service, sql-java, sql-tpch, redis-tier, redis-fleet; vector, which is vector-few,
                                    vector-exact, vector-ivf, vector-graph, vector-program, vector-start
    ./dev bench --only vector-huge  ten million points; only on request
    ./dev bench --quick --json -    fewer rounds; figures as JSON
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

import cache  # noqa: E402
import large  # noqa: E402
import redis_sets  # noqa: E402
import small  # noqa: E402
import soak  # noqa: E402
import sql  # noqa: E402
import sql_tpch  # noqa: E402
import vector_graphs  # noqa: E402
import vector_lists  # noqa: E402
import vector_program  # noqa: E402
import vector_trees  # noqa: E402
from report import Row, as_json, machine, table  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
EVERYONE = ["arrowshelf", "ipc", "shared_memory", "pickle", "ray", "vineyard"]
VECTOR = {"vector-few": vector_trees.rows, "vector-exact": vector_lists.exact_rows, "vector-ivf": vector_lists.list_rows,
          "vector-graph": vector_graphs.rows, "vector-program": vector_program.program_rows, "vector-start": vector_program.start_rows}
ON_REQUEST = {"vector-huge": vector_trees.huge_rows}
SECTIONS = ["put", "get", "small", "scale", "daemon", "java", "flight", "redis", *VECTOR, "cache",
            "sql", "sql-service", "sql-java", "sql-tpch", "redis-tier", "redis-fleet"]
PAGES = {**dict.fromkeys([*VECTOR, *ON_REQUEST], "benchmarks-vector.md"), "cache": "benchmarks-cache.md",
         "sql": "benchmarks-sql.md", "sql-service": "benchmarks-sql.md",
         "sql-java": "benchmarks-sql.md", "sql-tpch": "benchmarks-sql.md",
         "redis": "benchmarks-redis.md", "redis-tier": "benchmarks-redis.md", "redis-fleet": "benchmarks-redis.md"}
"""Where the tables of a section are, when not in benchmarks.md."""


def java_rows(main: str, section: str, quick: bool) -> list[Row]:
    """Runs one Java benchmark, which prints a JSON row a line."""
    command = [str(ROOT / "scripts" / "bench-java"), main] + (["--quick"] if quick else [])
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env={**os.environ, "SHELF_PYTHON": sys.executable}).stdout
    return [Row(section=section, **json.loads(line)) for line in output.splitlines() if line.startswith("{")]


def measure(section: str, quick: bool, minutes: float) -> list[Row]:
    rounds = 3 if quick else 9
    big = 100_000_000 if quick else large.GB
    label = "100 MB" if quick else "1 GB"
    if section == "put":
        rows = large.put_rows(1_000_000, "1 MB", EVERYONE, rounds * 3, None)
        rows += large.put_rows(100_000_000, "100 MB", EVERYONE, rounds, None)
        if not quick:
            rows += large.put_rows(large.GB, "1 GB", EVERYONE, rounds, 65) + large.cold_rows(5)
        return rows + large.in_place_rows(rounds)
    if section == "get":
        names = ["arrowshelf", "ipc", "pickle", "ray", "vineyard"]
        rows = large.get_rows(1_000, "a small table", names, rounds * 5, 60, None)
        return rows + large.get_rows(big, label, names, rounds, 250, 40 if not quick else 4)
    if section == "small":
        return small.latency_rows(["arrowshelf", "ipc", "ray"], 300 if quick else 2000) + small.rate_rows(2_000 if quick else 10_000)
    if section == "scale":
        return large.many_readers_rows((4,) if quick else (8, 16, 300), large.GB if quick else 5 * large.GB)
    if section == "daemon":
        return small.daemon_rows(((1_000, 1.0),) if quick else ((10_000, 1.0), (100_000, 2.0)))
    if section == "redis":
        return redis_sets.rows(quick)
    if section == "redis-tier":
        return java_rows("dev.arrowshelf.bench.RedisValueBenchmark", section, quick) + java_rows("dev.arrowshelf.bench.TierBenchmark", section, quick)
    if section == "redis-fleet":
        return java_rows("dev.arrowshelf.bench.FleetBenchmark", section, quick)
    if section in VECTOR or section in ON_REQUEST:
        return (VECTOR | ON_REQUEST)[section](quick)
    if section == "cache":
        rows = cache.rows(100_000_000 if quick else 960_000_000, "100 MB" if quick else "960 MB", 3)
        rows += java_rows("dev.arrowshelf.bench.SpillBenchmark", section, quick)
        rows += java_rows("dev.arrowshelf.bench.PolicyBenchmark", section, quick)
        return [*rows, soak.run(min(minutes, 0.1) if quick else minutes)]
    if section == "sql":
        return sql.query_rows(quick)
    if section == "sql-service":
        return sql.service_rows(quick)
    if section == "sql-tpch":
        return sql_tpch.rows(quick)
    if section == "sql-java":
        return java_rows("dev.arrowshelf.bench.SqlBenchmark", section, quick)
    if section == "java":
        return java_rows("dev.arrowshelf.bench.StoreBenchmark", section, quick)
    return java_rows("dev.arrowshelf.bench.FlightBenchmark", section, quick)


def main() -> int:
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default=",".join(SECTIONS), help="sections, separated by commas")
    parser.add_argument("--quick", action="store_true", help="fewer rounds and smaller tables; never written to docs")
    parser.add_argument("--minutes", type=float, default=1.0, help="how long the soak of the cache section lasts (default: 1)")
    parser.add_argument("--json", metavar="FILE", help="figures as JSON; - is standard output")
    parser.add_argument("--write", action="store_true", help="put the figures into docs/benchmarks.md")
    options = parser.parse_args()
    chosen = [section for name in options.only.split(",") for section in (VECTOR if name == "vector" else [name])]
    unknown = sorted(set(chosen) - set(SECTIONS) - set(ON_REQUEST))
    if unknown:
        parser.error(f"unknown section: {', '.join(unknown)}")
    rows: list[Row] = []
    failed = []
    for section in chosen:
        print(f"== {section}", file=sys.stderr, flush=True)
        try:
            new = measure(section, options.quick, options.minutes)
        except Exception as error:  # the other sections still count
            print(f"{section} failed: {type(error).__name__}: {error}", file=sys.stderr)
            failed.append(section)
            continue
        rows += new
        print(table(new), flush=True)
    if options.json:
        text = json.dumps(as_json(rows), indent=1)
        print(text) if options.json == "-" else Path(options.json).write_text(text + "\n")
    if options.write and not options.quick:
        write(rows)
    return 1 if failed or not all(row.equal for row in rows) else 0


def write(rows: list[Row]) -> None:
    """Replaces the measured tables of the pages in docs, section by section; what was not run stays."""
    for name in dict.fromkeys(PAGES.get(row.section, "benchmarks.md") for row in rows):
        write_page(ROOT / "docs" / name, [row for row in rows if PAGES.get(row.section, "benchmarks.md") == name])


def write_page(page: Path, rows: list[Row]) -> None:
    """Replaces the sections of one page."""
    text = page.read_text()
    facts = ", ".join(f"{name} {value}" for name, value in machine().items())
    for section in dict.fromkeys(row.section for row in rows):
        begin, end = f"<!-- {section} -->\n", f"<!-- /{section} -->"
        body = f"{begin}Measured {datetime.date.today()} on {facts}.\n\n{table([row for row in rows if row.section == section])}\n{end}"
        if begin in text:
            text = text[: text.index(begin)] + body + text[text.index(end) + len(end):]
        else:
            text += f"\n## {section}\n{body}\n"
    page.write_text(text)


if __name__ == "__main__":
    sys.exit(main())
