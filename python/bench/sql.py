"""SQL over shared tables beside DuckDB over its own tables, DuckDB over a pyarrow table, and Arrow Cache: in turn, answers compared.

Ours is asked through the Python client of a warm daemon. DuckDB runs in this process, with as many threads. Arrow Cache has a process
and libraries of its own. What is measured in one process only, the engine against DuckDB's own, is the Java part of the section.
"""

from __future__ import annotations

import decimal
import json
import math
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.flight as flight

from cache import peer_python
from large import timed
from peers import ROOT, ArrowShelf, scratch
from report import Row, median

THREADS = os.cpu_count() or 1
FIRST_ROUNDS = 2
WARM_SECONDS = 2.0
"""How long a query is asked before it is timed: until then the daemon's compiler works beside it, on the same processors."""

CALLS_WARM_SECONDS = 12.0
"""The same for calls over Flight and for large results, which pass through much more code of a daemon that has just been started."""

MEMORY = "6GiB"
QUICK_ROWS = 2_000_000

TABLES = {
    "t": """select range as id, (hash(range) % 100)::int as k, (hash(range + 1) % 1000000) / 1e6 as v,
        timestamp '2023-01-01' + interval (range) second as ts, 'word ' || (hash(range + 2) % 1000) as s from range({rows})""",
    "d100": "select range::int as k, 'group ' || range as name from range(100)",
    "dim": "select range * 10 as id, (range % 7)::int as w from range({rows} // 10)",
}

QUERIES: dict[str, tuple[str, str, float]] = {
    "sum of a column": ("select sum(v) from {t}", "native", 1.15),
    "count, two predicates": ("select count(*) from {t} where v > 0.25 and k < 50", "native", 1.15),
    "count distinct words": ("select count(distinct s) from {t}", "native", 1.15),
    "window over a tenth of the rows": ("select max(c) from (select count(*) over (partition by k order by id rows 9 preceding) c from {t}"
                                        " where id < {rows} // 10) as counted", "native", 1.15),
    "group by 100 numbers": ("select k, sum(v), count(*) from {t} group by k order by k", "native", 1.6),
    "group by 1,000 words": ("select s, count(*) from {t} group by s order by s", "", 0),
    "join with 100 rows": ("select name, sum(v) from {t} join {d100} using (k) group by name order by name", "arrow", 1.0),
    "join with a tenth of the rows": ("select w, sum(v) from {t} join {dim} using (id) group by w order by w", "arrow", 1.0),
    "semi-join with 1,430 rows": ("select sum(v) from {t} where id in (select id from {dim} where w = 3 and id < 100000)", "arrow", 1.0),
    "ten greatest": ("select id, v from {t} order by v desc, id limit 10", "arrow", 1.0),
    "1,000 rows by a sorted column": ("select sum(id) from {t} where id between {rows} // 2 and {rows} // 2 + 1000", "ms", 5.0),
}
"""SQL, what the goal compares with (`native` and `arrow` by a factor, `ms` alone), and the goal."""


def plain(table: pa.Table) -> list[tuple[Any, ...]]:
    """The rows, with every number that is no integer as a float."""
    return [tuple(float(value) if isinstance(value, (float, decimal.Decimal)) else value for value in row.values()) for row in table.to_pylist()]


def same(rows: list[tuple[Any, ...]], others: list[tuple[Any, ...]]) -> bool:
    """Whether two answers are equal; sums of floats depend on the order of addition."""
    return len(rows) == len(others) and all(
        len(row) == len(other) and all(math.isclose(a, b, rel_tol=1e-9) if isinstance(a, float) and isinstance(b, float) else a == b
                                       for a, b in zip(row, other))
        for row, other in zip(rows, others))


def served(rows: int, **more: Any) -> ArrowShelf:
    """A daemon with memory for queries."""
    shelf = ArrowShelf({"flags": ["--memory-limit", "8GiB", "--sql-memory", MEMORY, *more.get("flags", [])]})
    shelf.start()
    return shelf


def engine() -> Any:
    """A DuckDB in this process, limited as ours is."""
    import duckdb

    connection = duckdb.connect()
    connection.execute(f"set threads = {THREADS}; set memory_limit = '{MEMORY}'; set timezone = 'UTC'")
    return connection


class CacheProcess:
    """Arrow Cache over the same tables, asked line by line."""

    def __init__(self, tables: dict[str, pa.Table], folder: str) -> None:
        for name, table in tables.items():
            with pa.OSFile(f"{folder}/{name}.arrow", "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
                writer.write_table(table)
        command = [peer_python(), str(ROOT / "python" / "bench" / "sql_cache_worker.py"), folder, *tables]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=folder)
        if not self.process.stdout.readline():
            raise RuntimeError("Arrow Cache did not start")

    def ask(self, sql: str) -> tuple[float, list[tuple[Any, ...]]]:
        self.process.stdin.write(json.dumps(sql) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        return answer["ms"], [tuple(row) for row in answer["rows"]]

    def stop(self) -> None:
        self.process.stdin.close()
        self.process.wait(60)


def warm_up(sides: list[Callable[[], Any]], seconds: float) -> None:
    """Asks in turn for a while."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for ask in sides:
            ask()


def query_rows(quick: bool) -> list[Row]:
    """The queries over one large table and two small ones."""
    count = QUICK_ROWS if quick else 20_000_000
    rounds = 3
    native, over_arrow = engine(), engine()
    shelf = served(count)
    folder = tempfile.mkdtemp(prefix="bench-sql-", dir="/dev/shm")
    cache = None
    try:
        tables = {}
        for name, sql in TABLES.items():
            native.execute(f"create table {name} as {sql.format(rows=count)}")
            tables[name] = native.sql(f"from {name}").to_arrow_table()
            over_arrow.register(name, tables[name])
            shelf.shelf.put(tables[name], name)
        cache = CacheProcess(tables, folder)
        skipped = lambda: shelf.shelf.query("select value as n from shelf_engine() where name = 'groups_skipped'")  # noqa: E731
        return [_query_row(what, sql, against, goal, count, rounds, shelf, native, over_arrow, cache, skipped)
                for what, (sql, against, goal) in QUERIES.items()]
    finally:
        if cache is not None:
            cache.stop()
        shelf.stop()
        subprocess.run(["rm", "-rf", folder], check=False)


def _query_row(what: str, sql: str, against: str, goal: float, count: int, rounds: int, shelf: ArrowShelf, native: Any, over_arrow: Any,
               cache: CacheProcess, skipped: Callable[[], pa.Table]) -> Row:
    named = sql.format(rows=count, **{name: name for name in TABLES})
    prefixed = sql.format(rows=count, **{name: f"_cache_{name}" for name in TABLES})
    everyone: dict[str, Callable[[], pa.Table]] = {
        "arrowshelf": lambda: shelf.shelf.query(named),
        "DuckDB native": lambda: native.sql(named).to_arrow_table(),
        "DuckDB over pyarrow": lambda: over_arrow.sql(named).to_arrow_table(),
    }
    times: dict[str, list[float]] = {name: [] for name in [*everyone, "arrow-cache"]}
    answers: dict[str, list[tuple[Any, ...]]] = {}
    warm_up([everyone["arrowshelf"], everyone["DuckDB native"]], WARM_SECONDS if count > QUICK_ROWS else WARM_SECONDS / 10)
    for number in range(FIRST_ROUNDS + rounds):
        for name, ask in everyone.items():
            seconds, table = timed(ask)
            answers[name] = plain(table)
            if number >= FIRST_ROUNDS:
                times[name].append(seconds * 1e3)
        milliseconds, answers["arrow-cache"] = cache.ask(prefixed)
        if number >= FIRST_ROUNDS:
            times["arrow-cache"].append(milliseconds)
    equal = all(same(answer, answers["DuckDB native"]) for answer in answers.values())
    ours = median(times.pop("arrowshelf"))
    peers = {name: median(values) for name, values in times.items()}
    words, met = _goal(against, goal, ours, peers)
    note = ""
    if against == "ms":
        groups = -(-count // 122_880)
        before = skipped()["n"][0].as_py()
        shelf.shelf.query(named)
        note = f"{groups - (skipped()['n'][0].as_py() - before)} of at least {groups} row groups read"
    return Row("sql", f"{what}, {count:,} rows", "ms", ours, words, met, peers, equal, note)


def _goal(against: str, goal: float, ours: float, peers: dict[str, float]) -> tuple[str, bool | None]:
    if against == "native":
        return f"<= {goal:g} x native", ours <= goal * peers["DuckDB native"]
    if against == "arrow":
        met = ours <= goal * peers["DuckDB over pyarrow"] and 4 * ours <= peers["arrow-cache"]
        return "faster than over pyarrow, 4 x as fast as Arrow Cache", met
    return (f"<= {goal:g} ms", ours <= goal) if against == "ms" else ("-", None)


def smallest_rows(quick: bool) -> list[Row]:
    """SELECT 1 over the Unix socket and over Flight SQL."""
    import adbc_driver_flightsql.dbapi as adbc

    rounds = 300 if quick else 2000
    shelf = served(0)
    native = engine()
    try:
        warm_up([lambda: shelf.shelf.query("select 1")], WARM_SECONDS / 10 if quick else WARM_SECONDS)
        local = [timed(lambda: shelf.shelf.query("select 1"))[0] * 1e3 for _ in range(rounds)][rounds // 4:]
        peer = [timed(lambda: native.sql("select 1").to_arrow_table())[0] * 1e3 for _ in range(rounds)][rounds // 4:]
        remote, empty, equal = _through_adbc(adbc, shelf, rounds, WARM_SECONDS / 10 if quick else CALLS_WARM_SECONDS)
    finally:
        shelf.stop()
    return [Row("sql-service", "smallest query, local client, p50", "ms", median(local), "<= 1 ms", median(local) <= 1, {"DuckDB in process": median(peer)}, equal),
            Row("sql-service", "smallest query, ADBC, p50", "ms", median(remote), "<= 1.4 ms (the best Flight SQL peer, measured elsewhere)",
                median(remote) <= 1.4, {"a server (C++ and Python) that runs nothing": median(empty)}, equal)]


def _through_adbc(adbc: Any, shelf: ArrowShelf, rounds: int, warm: float) -> tuple[list[float], list[float], bool]:
    """Milliseconds of ADBC's smallest query, asked of us and of a server that runs nothing in turn."""
    command = [sys.executable, str(Path(__file__).with_name("sql_empty_server.py"))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            port = int(server.stdout.readline())
            with adbc.connect(f"grpc://127.0.0.1:{shelf.port}", autocommit=True) as ours, \
                 adbc.connect(f"grpc://127.0.0.1:{port}", autocommit=True) as theirs, ours.cursor() as first, theirs.cursor() as second:

                def ask(cursor: Any) -> pa.Table:
                    cursor.execute("select 1")
                    return cursor.fetch_arrow_table()

                warm_up([lambda: ask(first), lambda: ask(second)], warm)
                times = [(timed(lambda: ask(first))[0] * 1e3, timed(lambda: ask(second))[0] * 1e3) for _ in range(rounds)][rounds // 4:]
                equal = plain(ask(first)) == plain(ask(second)) == plain(shelf.shelf.query("select 1"))
        finally:
            assert server.stdin is not None
            server.stdin.close()
    return [ours for ours, _ in times], [theirs for _, theirs in times], equal


def result_rows(quick: bool) -> list[Row]:
    """A large result: mapped by a local client, and streamed over Flight."""
    count = 1_000_000 if quick else 10_000_000
    sql = f"select range as a, range * 0.5::double as b, range % 1000 as c from range({count})"
    stored = "select a, b, c from large"
    computed = "select a, b, c from large where a >= 0"  # every row, but not the table itself
    shelf = served(count)
    try:
        shelf.shelf.query(sql, into="large")
        client = flight.connect(f"grpc://127.0.0.1:{shelf.port}")
        ticket = client.get_flight_info(flight.FlightDescriptor.for_path("large")).endpoints[0].ticket
        peer = engine()
        peer.register("large", shelf.shelf.get_arrow("large"))
        nbytes = count * 24

        def sums(table: pa.Table) -> list[Any]:
            return plain(peer.sql("select count(*), sum(a), sum(b), sum(c) from taken").to_arrow_table()) if _take(peer, table) else []

        ways: dict[str, Callable[[], pa.Table]] = {
            "stored": lambda: shelf.shelf.query(stored),
            "computed": lambda: shelf.shelf.query(computed),
            "Flight DoGet of the same rows": lambda: client.do_get(ticket).read_all(),
            "DuckDB in process": lambda: peer.sql(stored).to_arrow_table(),
        }
        warm_up(list(ways.values()), 0 if quick else CALLS_WARM_SECONDS)
        times: dict[str, list[float]] = {name: [] for name in ways}
        found = {}
        for number in range(FIRST_ROUNDS + (3 if quick else 5)):
            for name, ask in ways.items():
                seconds, table = timed(ask)
                found[name] = sums(table)
                del table
                if number >= FIRST_ROUNDS:
                    times[name].append(nbytes / seconds / 1e9)
        rates = {name: median(values) for name, values in times.items()}
        equal = all(same(sums_of, found["stored"]) for sums_of in found.values())
        ours = {"columns of a table": rates.pop("stored"), "made by a query": rates.pop("computed")}
        return [Row("sql-service", f"{count:,} x 3 to a local client, {what}", "GB/s", rate, ">= 1 GB/s, 5 x DoGet",
                    rate >= 1 and rate >= 5 * rates["Flight DoGet of the same rows"], rates, equal)
                for what, rate in ours.items()]
    finally:
        shelf.stop()


def _take(connection: Any, table: pa.Table) -> bool:
    connection.register("taken", table)
    return True


CLIENT = """
import json, sys, time
import arrowshelf
shelf = arrowshelf.connect(dir=sys.argv[1])
sql, number = sys.argv[2], int(sys.argv[3])
answer = shelf.query(sql).to_pylist()
print("ready", flush=True)
sys.stdin.readline()
began = time.perf_counter()
same = all(shelf.query(sql).to_pylist() == answer for _ in range(number))
print(json.dumps([time.perf_counter() - began, same, answer]), flush=True)
"""


def many_rows(quick: bool) -> list[Row]:
    """Sixteen processes ask at once."""
    count, number, clients = (500_000, 10, 16) if quick else (2_000_000, 30, 16)
    sql = "select k, count(*) as n, min(id) as first, max(id) as last from t group by k order by k"
    shelf = served(count)
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "python" / "src")}
    running = []
    try:
        shelf.shelf.query(TABLES["t"].format(rows=count), into="t")
        command = [sys.executable, "-c", CLIENT, shelf.config["dir"], sql, str(number)]
        running = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment) for _ in range(clients)]
        for client in running:
            assert client.stdout.readline().strip() == "ready"
        for client in running:
            client.stdin.write("go\n")
            client.stdin.flush()
        said = [json.loads(client.stdout.readline()) for client in running]
    finally:
        for client in running:
            client.stdin.close()
            client.wait(60)
        shelf.stop()
    seconds = [each[0] for each in said]
    equal = all(same for _, same, _ in said) and all(answer == said[0][2] for _, _, answer in said)
    slowest = max(seconds) / median(seconds)
    return [Row("sql-service", f"{clients} clients at once, {number} queries each over {count:,} rows: the slowest over the median", "x", slowest, "<= 2",
                slowest <= 2, {}, equal, f"{clients * number / max(seconds):.0f} queries/s in all")]


def service_rows(quick: bool) -> list[Row]:
    """What is not about the engine but about the way to it and back."""
    return smallest_rows(quick) + result_rows(quick) + many_rows(quick)
