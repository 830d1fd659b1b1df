"""Small tables on disk, and the sudden end of a process that persists a Parquet file."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest

import arrowshelf

TABLES = 200

KILLED_AT = """
import os, signal, sys
import arrowshelf
from arrowshelf import _parquet
from pathlib import Path
from pyarrow import parquet

directory, target, step = sys.argv[1:]

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

def half_written(table, draft, **options):
    written = draft.with_name("whole")
    whole_table(table, written, **options)
    data = written.read_bytes()
    written.unlink()
    draft.write_bytes(data[: len(data) // 2])
    die()

whole_table = parquet.write_table
replace = Path.replace
unlink = Path.unlink
if step == "half written":
    parquet.write_table = half_written
elif step == "written":
    Path.replace = die
elif step == "named":
    _parquet._leave_only = die
elif step == "manifest removed":
    Path.iterdir = die
arrowshelf.connect(dir=directory).persist("t", target, format="parquet")
"""


def table(number: int, rows: int = 20) -> pa.Table:
    return pa.table({"v": pa.array(range(number, number + rows), pa.int64())})


def test_small_tables_are_read_on_disk_and_come_back_one_by_one(start_daemon):
    daemon = start_daemon()
    with daemon.connect() as shelf:
        for number in range(TABLES):
            shelf.put(table(number), f"t{number}")
        assert shelf.spill("t0") > 0
        assert [file.suffix for file in (daemon.directory.parent / "disk").glob("*/*.slab")] == [".slab"]
        assert shelf.details("t7")["spilled_partitions"] == 1
        assert shelf.info("t7")["partitions"] == 1
        assert shelf.get_arrow("t7").equals(table(7))
        assert shelf.details("t7")["spilled_partitions"] == 0
        assert shelf.details("t8")["spilled_partitions"] == 1
        assert shelf.get_arrow("t9", offset=5, limit=5).equals(table(9).slice(5, 5))
        shelf.delete("t10")
        shelf.put(table(1000), "t11")
    daemon.kill()
    with daemon.connect() as shelf:  # nobody to ask: read where they lie
        assert shelf.get_arrow("t8").equals(table(8))
    daemon.start()
    with daemon.connect() as shelf:
        assert len(shelf.list_keys()) == TABLES - 1
        assert shelf.get_arrow("t11").equals(table(1000))
        for number in range(12, TABLES):
            assert shelf.get_arrow(f"t{number}").equals(table(number))


def test_damage_on_disk_is_seen_by_who_reads_it(start_daemon):
    daemon = start_daemon()
    with daemon.connect() as shelf:
        for number in range(TABLES):
            shelf.put(table(number), f"t{number:03}")
        shelf.spill("t000")
    daemon.kill()
    [slab] = (daemon.directory.parent / "disk").glob("*/*.slab")
    data = bytearray(slab.read_bytes())
    data[data.index(b"t050") + 300] ^= 1
    slab.write_bytes(data)
    with daemon.connect() as shelf:
        with pytest.raises(arrowshelf.ArrowShelfError, match="damaged"):
            shelf.get_arrow("t050")
        assert shelf.get_arrow("t051").equals(table(51))
        assert shelf.get_arrow("t049").equals(table(49))


@pytest.mark.parametrize("before", ["arrow", "parquet"])
@pytest.mark.parametrize("step", ["half written", "written", "named", "manifest removed"])
def test_a_parquet_file_is_there_whole_or_not_at_all(shared_daemon, shelf, tmp_path, before, step):
    shelf.put(table(1), "t")
    shelf.persist("t", tmp_path, format=before)
    shelf.put(table(2), "t")
    killed = subprocess.run([sys.executable, "-c", KILLED_AT, str(shared_daemon.directory), str(tmp_path), step])
    assert killed.returncode == -signal.SIGKILL
    assert shelf.persisted(tmp_path) == ["t"]
    assert shelf.load("t", tmp_path)
    # a manifest that is still there counts; without one, the file of this name
    new = step == "manifest removed" or (step == "named" and before == "parquet")
    assert shelf.get_arrow("t").equals(table(2 if new else 1))
    shelf.put(table(3), "t")
    assert shelf.persist("t", tmp_path)
    assert shelf.load("t", tmp_path) and shelf.get_arrow("t").equals(table(3))
    assert not [file for file in Path(tmp_path, "t").iterdir() if "parquet" in file.name]
