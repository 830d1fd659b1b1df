"""Large tables: put, first get, first touch, repeated get; warm and cold; in place; many readers of one copy."""

from __future__ import annotations

import time

import numpy as np
import pyarrow as pa

from peers import ArrowShelf, IpcFile, Peer, available, total, touch_memory
from reader import Reader
from report import Row, median

GB = 1_000_000_000


def frame(size: int, seed: int = 1) -> pa.Table:
    """Makes ten float64 columns of `size` bytes together."""
    random = np.random.default_rng(seed)
    return pa.table({f"c{i}": random.random(size // 80) for i in range(10)})


def as_array(table: pa.Table) -> np.ndarray:
    return np.stack([column.chunk(0).to_numpy() for column in table.columns])


def timed(action) -> tuple[float, object]:
    started = time.perf_counter()
    result = action()
    return time.perf_counter() - started, result


def started(peers: list[type[Peer]], **config) -> list[Peer]:
    running = []
    for kind in peers:
        peer = kind(dict(config))
        peer.start()
        peer.attach()
        running.append(peer)
    return running


def put_rows(size: int, label: str, names: list[str], rounds: int, goal_ms: float | None, batch: int = 1) -> list[Row]:
    """put / delete in a loop, all peers in turn."""
    data = frame(size)
    array = as_array(data)
    touch_memory(size * 6)
    running = started(available(names))
    times: dict[str, list[float]] = {peer.name: [] for peer in running}
    equal = True
    try:
        for round_number in range(rounds + 2):
            for peer in running:
                value = array if peer.numpy_only else data
                if isinstance(peer, ArrowShelf) and size >= 100_000_000 and round_number == 1:
                    peer.pool_ready(size >> 20)
                spent = 0.0
                for _ in range(batch):
                    seconds, reference = timed(lambda: peer.put(value))
                    spent += seconds
                    if round_number == rounds + 1:
                        equal &= abs(total(peer.get(reference)) - float(array.sum())) < 1e-6 * abs(float(array.sum()))
                    peer.delete(reference)
                if round_number >= 2:
                    times[peer.name].append(spent / batch * 1e3)
    finally:
        for peer in running:
            peer.stop()
    ours = median(times.pop("arrowshelf"))
    return [Row("put", f"Python put of {label}, put / delete in a loop", "ms", ours, f"<= {goal_ms:g} ms" if goal_ms else "-",
                ours <= goal_ms if goal_ms else None, {name: median(v) for name, v in times.items()}, equal)]


def cold_rows(rounds: int) -> list[Row]:
    """put of 1 GB with nothing prepared: pool off, fresh files."""
    data = frame(GB)
    shelf, file = ArrowShelf({"flags": ["--warm-pool", "0"]}), IpcFile()
    times: dict[str, list[float]] = {shelf.name: [], file.name: []}
    for peer in (shelf, file):
        peer.start()
        peer.attach()
    equal = True
    try:
        for _ in range(rounds):
            for peer in (shelf, file):
                seconds, reference = timed(lambda: peer.put(data))
                times[peer.name].append(seconds * 1e3)
                equal &= peer.get(reference).equals(data)
                peer.delete(reference)
    finally:
        shelf.stop()
        file.stop()
    ours, theirs = median(times[shelf.name]), median(times[file.name])
    return [Row("put", "Python put of 1 GB, nothing prepared", "ms", ours, "<= 0.75 x IPC file", ours <= 0.75 * theirs,
                {file.name: theirs}, equal)]


def get_rows(size: int, label: str, names: list[str], rounds: int, first_us: float | None, touch_ms: float | None) -> list[Row]:
    """First get of a table in a reader that never mapped it, sum of every byte, get again."""
    data = frame(size)
    expected = total(data)
    touch_memory(size * 6)
    running = started([kind for kind in available(names) if not kind.numpy_only], across=True)
    readers = {peer.name: Reader(kind_of(peer), peer.config).ready() for peer in running}
    first: dict[str, list[float]] = {peer.name: [] for peer in running}
    touch: dict[str, list[float]] = {peer.name: [] for peer in running}
    again: dict[str, list[float]] = {peer.name: [] for peer in running}
    equal = True
    try:
        for round_number in range(rounds + 1):
            for peer in running:
                reference = peer.put(data)
                got, touched, value = readers[peer.name].ask("first+sum", reference)
                repeated = median([readers[peer.name].ask("again", reference) for _ in range(20)])
                equal &= abs(value - expected) < 1e-6 * expected
                readers[peer.name].ask("release")
                peer.delete(reference)
                if round_number:
                    first[peer.name].append(got * 1e6)
                    touch[peer.name].append(touched * 1e3)
                    again[peer.name].append(repeated * 1e6)
    finally:
        for reader in readers.values():
            reader.close()
        for peer in running:
            peer.stop()

    def row(what: str, unit: str, times: dict[str, list[float]], goal: float | None) -> Row:
        medians = {name: median(values) for name, values in times.items()}
        ours = medians.pop("arrowshelf")
        return Row("get", f"Python {what} of {label}", unit, ours, f"<= {goal:g} {unit}" if goal else "-",
                   ours <= goal if goal else None, medians, equal)

    rows = [row("first get_arrow", "us", first, first_us), row("repeated get_arrow", "us", again, 10.0)]
    if touch_ms:
        rows.append(row("first get_arrow and sum of every byte", "ms", touch, touch_ms))
    return rows


def kind_of(peer: Peer) -> str:
    from peers import ALL

    return next(name for name, kind in ALL.items() if type(peer) is kind)


def in_place_rows(rounds: int) -> list[Row]:
    """Built in place: numpy arrays allocated on the shelf; only the seal is timed, in a daemon that has sealed some before."""
    rows = []
    shelf = ArrowShelf()
    shelf.start()
    try:
        for _ in range(500):
            with shelf.shelf.builder("built", 1 << 20) as builder:
                builder.seal({"c": builder.empty(1_000, "f8")})
        for size, label in ((1_000_000, "1 MB"), (100_000_000, "100 MB"), (GB, "1 GB")):
            times = []
            equal = True
            for round_number in range(rounds + 1):
                key = f"built-{label}-{round_number}"
                with shelf.shelf.builder(key, size + (1 << 20)) as builder:
                    columns = {f"c{i}": builder.empty(size // 80, "f8") for i in range(10)}
                    for number, column in enumerate(columns.values()):
                        column[:] = number
                    seconds, _ = timed(lambda: builder.seal(columns))
                if round_number:
                    times.append(seconds * 1e6)
                equal &= total(shelf.get(key)) == sum(range(10)) * float(size // 80)
                shelf.delete(key)
                del columns, column
            ours = median(times)
            rows.append(Row("put", f"Python seal of {label} built in place", "us", ours, "<= 200 us", ours <= 200, {}, equal))
    finally:
        shelf.stop()
    return rows


def many_readers_rows(counts: tuple[int, ...], size: int) -> list[Row]:
    """A 5 GB frame, nothing prepared; then many processes at once read it in place."""
    data = frame(size)
    expected = total(data)
    touch_memory(size + size // 4)
    shelf = ArrowShelf({"flags": ["--warm-pool", "0"]})
    shelf.start()
    rows = []
    try:
        seconds, key = timed(lambda: shelf.put(data))
        del data
        goal = 2.0 * size / (5 * GB)
        rows.append(Row("scale", f"Python put of {size / GB:g} GB, nothing prepared", "s", seconds, f"<= {goal:g} s", seconds <= goal))
        for count in counts:
            readers = [Reader("arrowshelf", shelf.config) for _ in range(count)]
            for reader in readers:
                reader.ready()
            for reader in readers:
                reader.send("again", key)
            times = [reader.receive() * 1e3 for reader in readers]
            ours = median(times)
            rows.append(Row("scale", f"first get in each of {count} processes at once", "ms", ours, "<= 1 ms", ours <= 1.0,
                            note=f"slowest {max(times):.2f} ms"))
            if count <= 16:
                equal = all(abs(reader.ask("sum")[1] - expected) < 1e-6 * expected for reader in readers)
                shared = sum(reader.ask("pss") for reader in readers) / size
                rows.append(Row("scale", f"PSS of the segment's mappings of {count} readers over the data", "x", shared, "<= 1.02",
                                shared <= 1.02, equal=equal))
            for reader in readers:
                reader.close()
    finally:
        shelf.stop()
    return rows
