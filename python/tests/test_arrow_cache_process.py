"""The private shelf of a cache: it starts with the cache, and ends with it, with its process, with nobody else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pyarrow as pa
import pytest
from arrow_cache import ArrowCache, clear_arrow_cache
from daemon import wait_until


def table(rows: int = 1000) -> pa.Table:
    return pa.table({"id": pa.array(range(rows), pa.int64())})


@pytest.fixture
def cache():
    with ArrowCache() as cache:
        yield cache


PROGRAM = """
import sys, pyarrow as pa
from arrow_cache import ArrowCache
cache = ArrowCache()
cache.put("t", pa.table({"x": [1, 2, 3]}))
print(cache._shelf.directory, flush=True)
"""


def run(program: str) -> "subprocess.Popen[str]":
    return subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_the_shelf_goes_with_the_interpreter() -> None:
    process = run(PROGRAM)
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    assert not Path(said.strip()).exists()


def test_the_shelf_goes_when_its_owner_is_killed() -> None:
    process = run(PROGRAM + "sys.stdin.read()")
    assert process.stdout is not None and process.stdin is not None
    home = Path(process.stdout.readline().strip())
    assert home.is_dir()
    process.send_signal(signal.SIGKILL)
    process.wait(30)
    wait_until(lambda: not home.exists(), "the shelf to go")
    process.stdin.close()
    process.stdout.close()


def test_a_forked_child_uses_the_shelf_and_leaves_it(cache: ArrowCache) -> None:
    cache.put("t", table())
    child = os.fork()
    if child == 0:
        code = 1
        try:
            good = cache.query("select count(*) as n from _cache_t")["n"].to_pylist() == [1000]
            cache.close()
            code = 0 if good else 2
        finally:
            os._exit(code)
    assert os.waitpid(child, 0)[1] == 0
    assert len(cache.get("t")) == 1000


def test_a_cache_made_by_a_thread_outlives_it() -> None:
    made: list[ArrowCache] = []
    thread = threading.Thread(target=lambda: made.append(ArrowCache()))
    thread.start()
    thread.join(120)
    with made[0] as cache:
        cache.put("t", table())
        assert len(cache.get("t")) == 1000


def test_a_cache_that_nobody_refers_to_ends() -> None:
    cache = ArrowCache()
    home = cache._shelf.directory
    del cache
    wait_until(lambda: not home.exists(), "the shelf to go")


def test_sweeping_leaves_caches_in_use_alone(cache: ArrowCache) -> None:
    cache.put("t", table())
    clear_arrow_cache()
    assert len(cache.get("t")) == 1000
