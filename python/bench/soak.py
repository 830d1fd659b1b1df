"""A shelf with twice as many bytes as its memory limit, two writers and four readers, for some minutes.

    python soak.py [--minutes 1]

Nothing may be lost, no error but typed ones, the limit never exceeded, memory flat at the end. Prints the row.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

import numpy as np  # noqa: E402
import pyarrow as pa  # noqa: E402
import pyarrow.compute as pc  # noqa: E402
from report import Row, table  # noqa: E402

import arrowshelf  # noqa: E402
from arrowshelf.server import server_command  # noqa: E402

LIMIT = 256 << 20
TABLES = 128
ROWS = 512 << 10
"""Of 8 bytes: 4 MiB a table, 512 MiB in all."""
WRITERS = 2
READERS = 4
FLAT = 1.25
"""Most growth of the daemon's own memory from the third quarter to the last one, by their medians."""
PARTITION_ROWS = 200_000


def content(number: int, version: int) -> pa.Table:
    values = np.arange(ROWS, dtype="int64") + number
    values[0] = version
    return pa.table({"v": values})


def adds_up_to(number: int, version: int) -> int:
    return ROWS * (ROWS - 1) // 2 + number * ROWS - number + version


def work(directory: str, end: float, writer: int, seed: int, said: "multiprocessing.SimpleQueue[dict]") -> None:
    """Puts (writer 0 or 1, each its own tables) or reads until the end; says what it saw."""
    chosen = random.Random(seed)
    shelf = arrowshelf.connect(dir=directory)
    done = typed = 0
    wrong: list[str] = []
    versions: dict[int, int] = {}
    while time.time() < end and not wrong:
        number = chosen.randrange(TABLES)
        try:
            if writer >= 0:
                number -= (number - writer) % WRITERS
                versions[number] = versions.get(number, 0) + 1
                shelf.put(content(number, versions[number]), f"t{number}", partition_rows=PARTITION_ROWS)
            else:
                got = shelf.get_arrow(f"t{number}")["v"]
                if pc.sum(got).as_py() != adds_up_to(number, got[0].as_py()):
                    wrong.append(f"t{number} adds up to something else")
                del got
            done += 1
        except arrowshelf.ArrowShelfError as error:
            if isinstance(error, KeyError):
                wrong.append(f"t{number} is lost: {error}")
            typed += 1
        except Exception as error:
            wrong.append(f"{type(error).__name__}: {error}")
    said.put({"writer": writer, "done": done, "typed": typed, "wrong": wrong})


def resident_bytes(pid: int) -> int:
    """What a process holds of its own, mapped files not counted."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) << 10
    return 0


def run(minutes: float) -> Row:
    with tempfile.TemporaryDirectory(dir="/dev/shm", prefix="soak-") as place, tempfile.TemporaryDirectory(
        dir=os.environ.get("TMPDIR", "/var/tmp"), prefix="soak-"
    ) as disk:
        directory = os.path.join(place, "shelf")
        flags = ["--dir", directory, "--port", "0", "--ephemeral", "--memory-limit", str(LIMIT), "--spill-dir", disk]
        daemon = subprocess.Popen(server_command(flags), stdout=subprocess.DEVNULL)
        try:
            while not os.path.exists(os.path.join(directory, "shelf.sock")):
                if daemon.poll() is not None:
                    raise RuntimeError(f"daemon ended: code={daemon.returncode}")
                time.sleep(0.05)
            return soak(directory, daemon.pid, minutes)
        finally:
            daemon.terminate()
            daemon.wait()


def soak(directory: str, pid: int, minutes: float) -> Row:
    shelf = arrowshelf.connect(dir=directory)
    for number in range(TABLES):
        shelf.put(content(number, 0), f"t{number}", partition_rows=PARTITION_ROWS)
    context = multiprocessing.get_context("spawn")
    said = context.SimpleQueue()
    end = time.time() + 60 * minutes
    workers = [
        context.Process(target=work, args=(directory, end, number if number < WRITERS else -1, number, said))
        for number in range(WRITERS + READERS)
    ]
    for worker in workers:
        worker.start()
    most = 0
    samples: list[int] = []
    while any(worker.is_alive() for worker in workers) and time.time() < end + 60:
        usage = shelf.memory_usage()
        most = max(most, sum(usage[f"{name}_bytes"] for name in ("resident", "writing", "pool", "unlinked")))
        samples.append(resident_bytes(pid))
        time.sleep(0.2)
    wrong = [f"worker ended: code={worker.exitcode}" for worker in workers if worker.exitcode != 0]
    results = [said.get() for worker in workers if worker.exitcode == 0]
    wrong += [text for result in results for text in result["wrong"]]
    for number in range(TABLES):
        got = shelf.get_arrow(f"t{number}")["v"]
        if pc.sum(got).as_py() != adds_up_to(number, got[0].as_py()):
            wrong.append(f"t{number} adds up to something else at the end")
        del got
    quarter = max(1, len(samples) // 4)
    grows = statistics.median(samples[-quarter:]) / statistics.median(samples[-2 * quarter : -quarter])
    if most > LIMIT:
        wrong.append(f"limit was exceeded: bytes={most}, limit={LIMIT}")
    if grows > FLAT:
        wrong.append(f"the daemon's memory grows: {grows:.2f} x")
    gets = sum(result["done"] for result in results if result["writer"] < 0)
    puts = sum(result["done"] for result in results if result["writer"] >= 0)
    typed = sum(result["typed"] for result in results)
    note = f"{minutes:g} min, {puts} puts, {typed} typed errors, most {most / LIMIT:.0%} of the limit, "
    note += f"memory {statistics.median(samples[-quarter:]) / 2**20:.0f} MiB, x {grows:.2f}"
    for text in wrong:
        print(f"soak: {text}", file=sys.stderr)
    return Row("cache", "gets, working set twice the limit, 2 writers and 4 readers", "/s", gets / (60 * minutes),
               "nothing lost, limit kept, memory flat", not wrong, equal=not wrong, note=note)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=1.0)
    row = run(parser.parse_args().minutes)
    print(table([row]))
    return 0 if row.equal else 1


if __name__ == "__main__":
    sys.exit(main())
