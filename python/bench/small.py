"""Small tables: put and get rates, listing, deleting, the cost of many."""

from __future__ import annotations

import os
import subprocess
import time

import numpy as np
import pandas as pd
import pyarrow as pa

from peers import ArrowShelf, IpcFile, available
from reader import Reader
from report import Row, median


BLOCK = 50
"""How many puts one peer does before it is the next one's turn."""

REHEARSAL_SECONDS = 3.0
"""How long a daemon is left alone after its start, so that its rehearsal is over."""


def tiny() -> pa.Table:
    return pa.table({"a": [1.0, 2.0, 3.0], "b": [1, 2, 3], "c": ["x", "yy", "z"]})


def kilobyte(number: int) -> pa.Table:
    """Makes a table with 1,000 bytes of values."""
    return pa.table({"id": np.full(50, number, dtype="i8"), "value": np.arange(50, dtype="f8"), "flag": np.arange(25, dtype="i8").repeat(2).astype("i4")})


def latency_rows(names: list[str], rounds: int) -> list[Row]:
    """One tiny table after the other, the peers in turn, a block of puts each."""
    table, frame = tiny(), tiny().to_pandas()
    running = []
    for kind in available(names):
        peer = kind()
        peer.start()
        peer.attach()
        running.append(peer)
    time.sleep(REHEARSAL_SECONDS)
    puts: dict[str, list[float]] = {peer.name: [] for peer in running}
    frames: list[float] = []
    equal = True
    try:
        for block in range(-1, rounds // BLOCK):
            for peer in running:
                for _ in range(BLOCK):
                    started = time.perf_counter()
                    reference = peer.put(table)
                    spent = time.perf_counter() - started
                    if block >= 0:
                        puts[peer.name].append(spent * 1e6)
                    else:
                        equal &= peer.get(reference).equals(table)
                    peer.delete(reference)
            shelf = running[0]
            for _ in range(BLOCK):
                started = time.perf_counter()
                reference = shelf.put(frame)
                if block >= 0:
                    frames.append((time.perf_counter() - started) * 1e6)
                shelf.delete(reference)
    finally:
        for peer in running:
            peer.stop()
    medians = {name: median(values) for name, values in puts.items()}
    ours = medians.pop("arrowshelf")
    return [Row("small", "Python put of a tiny table, p50", "us", ours, "<= 120 us", ours <= 120, medians, equal),
            Row("small", "the same from a pandas frame, p50", "us", median(frames), "-", None,
                note="pandas to Arrow conversion included")]


def rate_rows(count: int) -> list[Row]:
    """Many small tables in a row: put, first get, get again, list, delete; and puts to a daemon that has just started."""
    shelf, file = ArrowShelf(), IpcFile()
    fresh = ArrowShelf()
    rows = []
    rates: dict[str, dict[str, float]] = {}
    table = tiny()
    fresh.start()
    fresh.attach()
    try:
        started = time.perf_counter()
        for _ in range(count):
            fresh.put(table)
        fresh_rate = count / (time.perf_counter() - started)
    finally:
        fresh.stop()
    for peer, kind in ((shelf, "arrowshelf"), (file, "ipc")):
        peer.start()
        peer.attach()
        reader = Reader(kind, peer.config).ready()
        time.sleep(REHEARSAL_SECONDS if kind == "arrowshelf" else 0)
        try:
            references, marks = [], []
            for _ in range(count):
                references.append(peer.put(table))
                marks.append(time.perf_counter())
            tenth = count // 10
            first_tenth = marks[tenth] - marks[0]
            last_tenth = marks[-1] - marks[-1 - tenth]
            put_rate = (count - 1) / (marks[-1] - marks[0])
            # a first get of another table, so that the reader has started up
            warm = peer.put(table)
            reader.ask("each", [warm])
            first, found = reader.ask("each", references)
            again, found_again = reader.ask("each", references)
            equal = found == found_again == 3.0 * count
            listed = 0.0
            if kind == "arrowshelf":
                started = time.perf_counter()
                equal &= set(references) <= set(peer.shelf.list_keys())
                listed = (time.perf_counter() - started) * 1e3
            started = time.perf_counter()
            for reference in references:
                peer.delete(reference)
            rates[peer.name] = {"put": put_rate, "first": count / sum(first), "again": count / sum(again), "list": listed,
                                "delete": (time.perf_counter() - started) / count * 1e6, "drift": last_tenth / first_tenth, "equal": equal}
        finally:
            reader.close()
            peer.stop()
    ours, theirs = rates[shelf.name], rates[file.name]
    label = f"{count:,} tiny tables"

    def row(what: str, unit: str, key: str, goal: str, met: bool | None, note: str = "") -> Row:
        return Row("small", f"{label}: {what}", unit, ours[key], goal, met, {file.name: theirs[key]} if theirs[key] else {}, bool(ours["equal"]), note)

    rows.append(row("put", "/s", "put", ">= 8,000 /s", ours["put"] >= 8000, f"last tenth took {ours['drift']:.2f} x the first"))
    rows.append(Row("small", f"{label}: put to a daemon that has just started", "/s", fresh_rate, "-", None))
    rows.append(row("get, each for the first time", "/s", "first", ">= 20,000 /s", ours["first"] >= 20000))
    rows.append(row("get again", "/s", "again", ">= 50,000 /s", ours["again"] >= 50000))
    rows.append(row("list_keys", "ms", "list", "-", None))
    rows.append(row("delete", "us", "delete", "-", None))
    return rows


def resident(pid: int) -> float:
    """Returns the resident set of a process, MB."""
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) / 1e3 for line in status if line.startswith("VmRSS"))


def daemon_rows(counts: tuple[int, ...]) -> list[Row]:
    """Start, restart with many tables, their cost on tmpfs, idle memory."""
    rows = []
    ready = []
    for _ in range(5):
        shelf = ArrowShelf()
        shelf.start()
        ready.append(shelf.ready_seconds)
        idle = resident(shelf.daemon.pid)
        shelf.stop()
    rows.append(Row("daemon", "start until ready", "s", median(ready), "<= 1 s", median(ready) <= 1.0))
    rows.append(Row("daemon", "resident memory when idle", "MB", idle, "stated", None))
    for count, goal in counts:
        # Without a warm pool: the bytes of a pool that is just being filled would count as the tables'.
        shelf = ArrowShelf({"flags": ["--warm-pool", "0"]})
        shelf.start()
        before = allocated(shelf.config["dir"])
        content = 0
        for number in range(count):
            table = kilobyte(number)
            shelf.shelf.put(table, key=f"table-{number:06d}")
            content += 0 if content else ipc_bytes(table)
        content *= count
        cost = allocated(shelf.config["dir"])
        keys = len(shelf.shelf.list_keys())
        shelf.stop(keep=True)
        again = ArrowShelf({"dir": shelf.config["dir"]})
        again.start()
        value = again.shelf.get_arrow(f"table-{count - 1:06d}").equals(kilobyte(count - 1))
        equal = value and keys == len(again.shelf.list_keys()) == count
        rows.append(Row("daemon", f"restart with {count:,} tables of 1 KB until ready", "s", again.ready_seconds, f"<= {goal:g} s",
                        again.ready_seconds <= goal, equal=equal))
        if count >= 100_000:
            ratio = (cost - before) / content
            rows.append(Row("daemon", f"tmpfs bytes of {count:,} tables of 1 KB over their IPC stream bytes", "x", ratio, "<= 1.3",
                            ratio <= 1.3, note=f"one stream is {content // count:,} bytes"))
        again.stop()
    return rows


def ipc_bytes(table: pa.Table) -> int:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue().size


def allocated(directory: str) -> int:
    """Returns the bytes of allocated pages below a directory."""
    return sum(os.lstat(os.path.join(folder, file)).st_blocks * 512 for folder, _, files in os.walk(directory) for file in files)
