"""gen, split and read against redis-benchmark and a sensible redis-py program, in turn, results compared.

The redis-py program is what one would write: two threads, record batches decoded by pyarrow and written as zstd streams, and
the other way round. Rates are MiB/s of the file's bytes, medians of the rounds. Needs redis-server, redis-cli and redis-benchmark.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Callable, Iterator

import pyarrow as pa
import redis
from report import Row, median

ROOT = Path(__file__).resolve().parents[2]
SIZES = {"50mb": (4, 8), "1gb": (32, 16)}  # partitions, batches of each
ROWS = 50_000
ROUNDS = 3
MIB = 1 << 20
PREFIX = "bench"


def free_port() -> int:
    """A port whose neighbour 10000 above exists too: the bus of a cluster listens there."""
    while True:
        with socket.socket() as sock:
            sock.bind(("127.0.0.1", 0))
            port = int(sock.getsockname()[1])
            if port < 55_000:
                return port


def run(*command: str) -> tuple[dict[str, Any], float, int]:
    """Runs our command with --json; returns its facts, seconds of the whole process, and peak KiB of its own."""
    began = time.perf_counter()
    peak = 0
    with tempfile.TemporaryFile("w+") as out:
        process = subprocess.Popen([str(ROOT / "arrowshelf"), *command, "--json"], stdout=out)
        while process.poll() is None:
            peak = max(peak, own_kib(process.pid))
            time.sleep(0.005)
        seconds = time.perf_counter() - began
        out.seek(0)
        text = out.read()
    if process.returncode != 0:
        raise RuntimeError(f"command failed: command={command}, status={process.returncode}")
    return json.loads(text), seconds, peak


def own_kib(pid: int) -> int:
    """Memory of its own now: files that it has mapped are not counted."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:  # it has just ended
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("RssAnon")), 0)


def py_split(file: Path, client: redis.Redis) -> None:
    """The sensible program's split."""

    def store(part: range) -> None:
        with pa.memory_map(str(file)) as source:
            reader = pa.ipc.open_file(source)
            for index in part:
                sink = pa.BufferOutputStream()
                options = pa.ipc.IpcWriteOptions(compression="zstd")
                with pa.ipc.new_stream(sink, reader.schema, options=options) as writer:
                    writer.write_batch(reader.get_batch(index))
                client.set(f"py:{index:05d}", memoryview(sink.getvalue()))

    with pa.memory_map(str(file)) as source:
        count = pa.ipc.open_file(source).num_record_batches
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(store, [range(start, count, 2) for start in range(2)]))


def py_read(count: int, client: redis.Redis) -> int:
    """The sensible program's read into tables; returns the rows."""

    def load(part: range) -> int:
        rows = 0
        for index in part:
            rows += pa.ipc.open_stream(pa.py_buffer(client.get(f"py:{index:05d}"))).read_all().num_rows
        return rows

    with ThreadPoolExecutor(2) as pool:
        return sum(pool.map(load, [range(start, count, 2) for start in range(2)]))


def redis_benchmark(port: int, bytes_each: int) -> dict[str, float]:
    """MiB/s of redis-benchmark with two connections."""
    command = ["redis-benchmark", "-p", str(port), "-t", "set,get", "-c", "2", "-n", "400"]
    text = subprocess.run(
        [*command, "-d", str(bytes_each), "-r", "300", "--csv"], capture_output=True, text=True, check=True
    ).stdout
    rates: dict[str, float] = {}
    for line in text.splitlines():
        cells = [cell.strip('"') for cell in line.split(",")]
        if cells[0] in ("SET", "GET"):
            rates[cells[0]] = float(cells[1]) * bytes_each / MIB
    return rates


def timed(action: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    result = action()
    return time.perf_counter() - began, result


@contextlib.contextmanager
def private_cluster(folder: Path) -> Iterator[int]:
    """Runs three masters that share all slots; gives the port of one."""
    with contextlib.ExitStack() as stack:
        ports = []
        for node in ("a", "b", "c"):
            (folder / node).mkdir()
            port, _ = stack.enter_context(private_redis(folder / node, "--cluster-enabled", "yes"))
            ports.append(port)
        nodes = [f"127.0.0.1:{port}" for port in ports]
        subprocess.run(["redis-cli", "--cluster", "create", *nodes, "--cluster-yes"], check=True, stdout=subprocess.DEVNULL)
        clients = [redis.Redis(port=port) for port in ports]
        deadline = time.monotonic() + 30
        while not all(client.cluster("info")["cluster_state"] == "ok" for client in clients):
            if time.monotonic() > deadline:
                raise RuntimeError("cluster does not agree: ports=" + str(ports))
            time.sleep(0.02)
        yield ports[0]


@contextlib.contextmanager
def private_redis(folder: Path, *flags: str) -> Iterator[tuple[int, redis.Redis]]:
    """Runs a Redis of our own on a free port; gives the port and a client."""
    port = free_port()
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder), *flags]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        client = redis.Redis(port=port)
        deadline = time.monotonic() + 20
        while True:
            try:
                client.ping()
                break
            except redis.ConnectionError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
        yield port, client
    finally:
        server.kill()
        server.wait()


class Figures:
    """What each program reached, round by round."""

    def __init__(self, size: float) -> None:
        self.size = size
        self.rates: dict[str, list[float]] = {}
        self.peaks: dict[str, int] = {}
        self.first_rows: list[float] = []

    def note(self, name: str, seconds: float, kib: int = 0) -> None:
        self.rates.setdefault(name, []).append(self.size / seconds)
        self.peaks[name] = max(self.peaks.get(name, 0), kib)

    def of(self, name: str) -> float:
        return median(self.rates[name])

    def first_row(self) -> float:
        """Milliseconds."""
        return median(self.first_rows) * 1000


def rows(quick: bool) -> list[Row]:
    """Measures one data set: 1gb, or 50mb when it shall be quick."""
    label = "50mb" if quick else "1gb"
    subprocess.run([str(ROOT / "arrowshelf"), "--version"], check=True, stdout=subprocess.DEVNULL)  # builds, if need be
    folder = Path(tempfile.mkdtemp(prefix="arrowshelf-bench-", dir="/dev/shm"))
    try:
        with private_redis(folder) as (port, client):
            return measured(folder, port, client, label, 1 if quick else ROUNDS)
    finally:
        shutil.rmtree(folder)


def measured(folder: Path, port: int, client: redis.Redis, label: str, rounds: int) -> list[Row]:
    partitions, batches = SIZES[label]
    file, back = folder / "data.arrow", folder / "back.arrow"
    os.environ["ARROWSHELF_REDIS_URL"] = url(port)
    facts, gen_seconds, gen_peak = gen(file, label)
    figures = Figures(file.stat().st_size / MIB)
    found = set()
    for _ in range(rounds):
        for name, rate in redis_benchmark(port, file.stat().st_size // (partitions * batches)).items():
            figures.rates.setdefault(name, []).append(rate)
        client.flushall()
        figures.note("redis-py split", timed(lambda: py_split(file, client))[0])
        seconds, count = timed(lambda: py_read(partitions * batches, client))
        figures.note("redis-py read", seconds)
        client.flushall()
        read = ours(figures, file, back)
        found |= {count, read["rows"]}
    equal = found == {facts["rows"]} and file.read_bytes() == back.read_bytes()
    whole = figures.first_row()
    client.flushall()
    back.unlink()
    cluster, cluster_equal = clustered(folder, file, back, rounds)
    os.environ["ARROWSHELF_REDIS_URL"] = url(port)
    small = first_row_of_a_small_set(folder)

    def rate(what: str, mine: str, goal: float, peers: dict[str, float]) -> Row:
        # The original's figures were measured on the 1gb set alone.
        value = figures.of(mine)
        return Row("redis", f"{what}, {label} set", "MiB/s", value, f">= {goal:.0f} MiB/s", None if label != "1gb" else value >= goal, peers, equal)

    def peak(what: str) -> Row:
        return Row("redis", f"{what}, peak memory (without mapped files), {label} set", "MiB", figures.peaks[what] / 1024, "stated", None, {}, equal)

    def on_cluster(what: str) -> Row:
        value, one = cluster.of(what), figures.of(what)
        return Row("redis", f"{what} with three masters on this machine, {label} set", "MiB/s", value, ">= one node's", value >= one,
                   {"one node": one}, cluster_equal)

    return [
        Row("redis", f"gen, {label} set, zstd, dictionary strings", "s", gen_seconds, "<= 11.8 s (the original 118)",
            None if label != "1gb" else gen_seconds <= 11.8, {}, equal),
        Row("redis", f"gen, peak memory, {label} set", "MiB", gen_peak / 1024, "<= 512 MiB (the original 1,884)", gen_peak <= 512 * 1024, {}, equal),
        rate("split", "split", 5 * 215, {"redis-py program": figures.of("redis-py split")}),
        rate("read, decoded", "read", 2.5 * 385, {"redis-py program": figures.of("redis-py read")}),
        rate("read --out, same codec", "read --out", 5 * 105, {}),
        peak("split"),
        peak("read"),
        peak("read --out"),
        Row("redis", f"read, time to first row, {label} set", "ms", whole, "not growing with the set", None, {"50mb set": small}, equal),
        on_cluster("split"),
        on_cluster("read"),
        Row("redis", f"redis-benchmark SET of the chunks' size, two connections ({label} set)", "MiB/s", figures.of("SET"), "-", None, {}, equal),
        Row("redis", f"redis-benchmark GET of the chunks' size, two connections ({label} set)", "MiB/s", figures.of("GET"), "-", None, {}, equal),
    ]


def url(port: int) -> str:
    return f"redis://127.0.0.1:{port}/0"


def gen(file: Path, label: str) -> tuple[dict[str, Any], float, int]:
    partitions, batches = SIZES[label]
    return run("gen", f"--out={file}", f"--partitions={partitions}", f"--batches={batches}", f"--rows={ROWS}", "--dict-strings", "--seed=42")


def ours(figures: Figures, file: Path, back: Path, *flags: str) -> dict[str, Any]:
    """split, read and read --out, noted; what read said."""
    split, _, peak = run("split", f"--inp={file}", f"--prefix={PREFIX}", *flags)
    figures.note("split", split["seconds"], peak)
    read, _, peak = run("read", f"--prefix={PREFIX}", *flags)
    figures.note("read", read["seconds"], peak)
    out, _, peak = run("read", f"--prefix={PREFIX}", f"--out={back}", *flags)
    figures.note("read --out", out["seconds"], peak)
    figures.first_rows.append(read["first_row_seconds"])
    return read


def clustered(folder: Path, file: Path, back: Path, rounds: int) -> tuple[Figures, bool]:
    """The same with three masters."""
    figures = Figures(file.stat().st_size / MIB)
    with private_cluster(folder) as port:
        os.environ["ARROWSHELF_REDIS_URL"] = url(port)
        for _ in range(rounds):
            ours(figures, file, back, "--cluster=on")
    return figures, file.read_bytes() == back.read_bytes()


def first_row_of_a_small_set(folder: Path) -> float:
    """Milliseconds until a read has the first row of the 50mb set."""
    file = folder / "small.arrow"
    gen(file, "50mb")
    run("split", f"--inp={file}", "--prefix=small")
    return median([run("read", "--prefix=small")[0]["first_row_seconds"] for _ in range(3)]) * 1000
