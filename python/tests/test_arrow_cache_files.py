"""Caches and disks: eviction, spilling, persisted tables, damaged files, and whose files are removed."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Iterator

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from arrow_cache import ArrowCache
from arrowshelf.exceptions import ArrowShelfError
from daemon import wait_until
from pyarrow import parquet

MIB = 1 << 20


def table(mib: int = 4, seed: int = 0) -> pa.Table:
    return pa.table({"x": np.random.default_rng(seed).random(mib * MIB // 8)})


def options(folder: Path, **more: Any) -> dict[str, Any]:
    return {"spill_directory": str(folder / "spill"), "storage_path": str(folder / "storage"), **more}


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ArrowCache]:
    """One for the tests that need none of their own."""
    with ArrowCache(config=options(tmp_path_factory.mktemp("cache"))) as cache:
        yield cache


@pytest.mark.parametrize("compression", ["none", "lz4", "zstd"])
def test_what_does_not_fit_is_spilled_and_comes_back_equal(tmp_path: Path, compression: str) -> None:
    with ArrowCache(max_size_bytes=20 * MIB, config=options(tmp_path, compression_type=compression)) as cache:
        tables = {f"t{number}": table(seed=number) for number in range(8)}
        for key, given in tables.items():
            cache.put(key, given, metadata={"key": key})
            assert cache.status()["current_size_bytes"] <= 20 * MIB
        wait_until(lambda: cache.status()["spilled_bytes"] >= 12 * MIB, "tables to be spilled")
        for key, given in tables.items():
            assert cache.get(key, "arrow").equals(given)
            assert cache.get_metadata(key)["metadata"] == {"key": key}
        rows = [cache.query(f"select count(*) as n from _cache_{key}")["n"][0].as_py() for key in tables]
        assert rows == [given.num_rows for given in tables.values()]
        assert cache.status()["current_size_bytes"] <= 20 * MIB
        cache.remove("t0")
        assert cache.get("t0") is None
    assert list(tmp_path.iterdir()) == []


def test_a_join_of_spilled_tables_brings_both_in(tmp_path: Path) -> None:
    with ArrowCache(max_size_bytes=20 * MIB, config=options(tmp_path)) as cache:
        for number in range(6):
            cache.put(f"t{number}", table(seed=number))
        joined = cache.query("select (select count(*) from _cache_t0) + (select count(*) from _cache_t1) as n")
        assert joined["n"].to_pylist() == [2 * table().num_rows]


def test_without_spilling_tables_are_dropped_by_the_policy(tmp_path: Path) -> None:
    config = options(tmp_path, spill_to_disk=False)
    with ArrowCache(max_size_bytes=13 * MIB, eviction_policy="lru", config=config) as cache:
        for number in range(3):
            cache.put(f"t{number}", table(seed=number))
        cache.get("t0")
        cache.put("t3", table(seed=3))
        assert cache.get_keys() == ["t0", "t2", "t3"]
        with pytest.raises(MemoryError, match="larger than the cache"):
            cache.put("huge", table(16))
        assert cache.get_keys() == ["t0", "t2", "t3"]


def test_a_spilled_byte_that_changed_is_noticed(tmp_path: Path) -> None:
    with ArrowCache(max_size_bytes=12 * MIB, config=options(tmp_path)) as cache:
        for number in range(3):
            cache.put(f"t{number}", table(seed=number), auto_partition=False)
        wait_until(lambda: cache._connection.details("t0")["spilled_partitions"] == 1, "t0 to be spilled")
        for file in spilled_files(tmp_path):
            flip(file)
        with pytest.raises(ArrowShelfError, match="checksum"):
            cache.get("t0", "arrow")
        assert cache.get("t2", "arrow").equals(table(seed=2))


def spilled_files(folder: Path) -> list[Path]:
    return [file for file in (folder / "spill").glob("*/*.arrow*") if file.suffix != ".draft"]


def flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.chmod(0o600)
    file.write_bytes(content)


def test_a_persisted_table_is_loaded_by_another_cache(tmp_path: Path) -> None:
    given = table().append_column("s", pa.array(["a", "b", "c", "d"] * (MIB // 8)))
    with ArrowCache(config=options(tmp_path)) as cache:
        cache.put("t", given, ttl=1000, metadata={"a": 1})
        expires = cache.get_metadata("t")["expires_at"]
        assert cache.persist("t", str(tmp_path / "kept")) and not cache.persist("none", str(tmp_path / "kept"))
    with ArrowCache(config=options(tmp_path)) as cache:
        cache.put("t", table(1))
        assert cache.load("t", str(tmp_path / "kept")) and not cache.load("none", str(tmp_path / "kept"))
        assert cache.get("t", "arrow").equals(given)
        facts = cache.get_metadata("t")
        assert facts["metadata"] == {"a": 1} and abs(facts["expires_at"] - expires) < 5
    assert (tmp_path / "kept" / "t" / "manifest").is_file()


def test_persisting_again_replaces_in_one_step(cache: ArrowCache, tmp_path: Path) -> None:
    for rows in (5, 3):
        cache.put("t", pa.table({"x": range(rows)}))
        cache.persist("t", str(tmp_path / "kept"))
    assert len(list((tmp_path / "kept" / "t").iterdir())) == 2
    cache.load("t", str(tmp_path / "kept"))
    assert len(cache.get("t")) == 3


@pytest.mark.parametrize("damage", ["flip", "cut", "remove", "manifest"])
def test_damaged_files_are_refused_and_the_cache_keeps_its_table(cache: ArrowCache, tmp_path: Path, damage: str) -> None:
    cache.put("t", table())
    cache.persist("t", str(tmp_path / "kept"))
    file = next((tmp_path / "kept" / "t").glob("*.arrow*"))
    if damage == "flip":
        flip(file)
    elif damage == "cut":
        file.write_bytes(file.read_bytes()[:-100])
    elif damage == "remove":
        file.unlink()
    else:
        manifest = (file.parent / "manifest").read_bytes()
        (file.parent / "manifest").write_bytes(manifest[:-1])
    with pytest.raises(ArrowShelfError) as raised:
        cache.load("t", str(tmp_path / "kept"))
    assert getattr(raised.value, "code", "") == "CORRUPT"
    assert cache.get("t", "arrow").equals(table())


def test_a_write_that_fails_leaves_the_old_table(cache: ArrowCache, tmp_path: Path) -> None:
    cache.put("t", table())
    cache.persist("t", str(tmp_path / "kept"))
    cache.put("other", table())
    (tmp_path / "kept" / "other").write_text("in the way")
    with pytest.raises(ArrowShelfError):
        cache.persist("other", str(tmp_path / "kept"))
    assert cache.load("t", str(tmp_path / "kept"))


def test_tables_of_the_original_can_be_loaded(cache: ArrowCache, tmp_path: Path) -> None:
    (tmp_path / "kept" / "t").mkdir(parents=True)
    parquet.write_table(table(), tmp_path / "kept" / "t" / "data.parquet")
    assert cache.load("t", str(tmp_path / "kept"))
    assert cache.get("t", "arrow").equals(table())


def test_closing_removes_what_the_cache_wrote_and_nothing_of_others(tmp_path: Path) -> None:
    for folder in ("spill", "storage"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "others.txt").write_text("mine")
    with ArrowCache(config=options(tmp_path)) as cache:
        cache.put("t", table())
        cache.persist("t")
        cache.persist("t", str(tmp_path / "kept"))
        assert (tmp_path / "storage" / "t").is_dir()
    left = sorted(str(file.relative_to(tmp_path)) for file in tmp_path.rglob("*.t*"))
    assert left == ["spill/others.txt", "storage/others.txt"]
    assert (tmp_path / "kept" / "t" / "manifest").is_file() and not (tmp_path / "storage" / "t").exists()


def test_a_persistent_cache_has_its_tables_again(tmp_path: Path) -> None:
    config = options(tmp_path, persistent_storage=True)
    with ArrowCache(config=config) as cache:
        cache.put("t", table(), metadata={"a": 1})
        cache.put("gone", table())
        cache.put("ended", table(), ttl=1)
        cache.persist("ended")
        ends = time.time() + 1
    wait_until(lambda: time.time() > ends, "the end of a table")
    with ArrowCache(config=config) as cache:
        assert sorted(cache.get_keys()) == ["gone", "t"]
        assert cache.get_metadata("t")["metadata"] == {"a": 1}
        assert cache.query("select count(*) as n from _cache_t")["n"].to_pylist() == [table().num_rows]
        cache.remove("gone")
    with ArrowCache(config=config) as cache:
        assert cache.get_keys() == ["t"] and cache.get("t", "arrow").equals(table())


def test_a_persistent_cache_that_is_not_closed_is_written_when_the_interpreter_ends(tmp_path: Path) -> None:
    config = json.dumps(options(tmp_path, persistent_storage=True)).replace("true", "True")
    program = f"import arrow_cache as a\nc = a.ArrowCache(config={config})\nc.put('t', {{'x': [1, 2]}})"
    subprocess.run([sys.executable, "-c", program], check=True, timeout=120)
    with ArrowCache(config=options(tmp_path, persistent_storage=True)) as cache:
        assert cache.get("t", dict) == {"x": [1, 2]}


def test_a_persistent_cache_told_to_delete_leaves_nothing(tmp_path: Path) -> None:
    with ArrowCache(config=options(tmp_path, persistent_storage=True, delete_files_on_close=True)) as cache:
        cache.put("t", table())
        cache.persist("t")
    assert list(tmp_path.iterdir()) == []


def test_clean_ups_remove_what_nobody_needs(tmp_path: Path) -> None:
    with ArrowCache(max_size_bytes=12 * MIB, config=options(tmp_path)) as cache:
        for number in range(3):
            cache.put(f"t{number}", table())
        cache.persist("t1")
        assert cache.cleanup_spill_files() == 0 and cache.get("t0", "arrow").equals(table())
        assert cache.cleanup_persisted_files() == 1 and not (tmp_path / "storage").exists()
        assert cache.get("t1", "arrow").equals(table())


def test_tables_of_an_earlier_cache_are_named_at_once_and_read_when_they_are_asked_for(tmp_path: Path) -> None:
    config = options(tmp_path, persistent_storage=True, enable_compression=False)
    with ArrowCache(config=config) as cache:
        for number in range(3):
            cache.put(f"t{number}", table(seed=number))
    with ArrowCache(config=config) as cache:
        assert cache.get_keys() == ["t0", "t1", "t2"] and cache.contains("t2")
        assert cache.status()["current_size_bytes"] < MIB and cache.status()["entry_count"] == 3
        assert cache.get("t1", "arrow").equals(table(seed=1))
        assert 4 * MIB <= cache.status()["current_size_bytes"] < 6 * MIB


@pytest.mark.parametrize("damage", ["flip", "remove", "manifest"])
def test_a_damaged_table_of_an_earlier_cache_is_an_error_and_the_others_are_there(tmp_path: Path, damage: str) -> None:
    config = options(tmp_path, persistent_storage=True)
    with ArrowCache(config=config) as cache:
        cache.put("bad", table(seed=1))
        cache.put("good", table(seed=2))
    file = next((tmp_path / "storage" / "bad").glob("*.arrow*"))
    if damage == "flip":
        flip(file)
    elif damage == "remove":
        file.unlink()
    else:
        manifest = file.parent / "manifest"
        manifest.write_bytes(manifest.read_bytes()[:-1] + b"?")
    with ArrowCache(config=config) as cache:
        for _ in range(2):
            with pytest.raises(ArrowShelfError) as raised:
                cache.get("bad")
            assert getattr(raised.value, "code", "") == "CORRUPT"
        assert cache.get("good", "arrow").equals(table(seed=2))
        cache.put("bad", table(seed=3))
        assert cache.get("bad", "arrow").equals(table(seed=3))
    with ArrowCache(config=config) as cache:
        assert cache.get("bad", "arrow").equals(table(seed=3))


def test_a_table_persisted_as_parquet_is_for_everybody_and_comes_back(tmp_path: Path) -> None:
    frame = pd.DataFrame({"s": ["a", "b", None] * 2000, "i": range(6000)}, index=pd.Index(range(6000, 0, -1), name="n"))
    with ArrowCache(config=options(tmp_path, partition_size_rows=2500)) as cache:
        cache.put("t", frame, metadata={"a": 1})
        assert cache.persist("t", str(tmp_path / "kept"), format="parquet") and cache.persist("t", format="parquet")
        pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "kept" / "t" / "table.parquet").astype(frame.dtypes), frame)
        cache.remove("t")
        assert cache.load("t", str(tmp_path / "kept"))
        pd.testing.assert_frame_equal(cache.get("t"), frame)
        assert cache.get_metadata("t")["metadata"] == {"a": 1}
    assert (tmp_path / "kept" / "t" / "table.parquet").is_file() and not (tmp_path / "storage").exists()


def test_partitions_are_those_that_were_asked_for_and_never_too_many_small_ones(tmp_path: Path) -> None:
    rows = 6_400_000
    large = pa.table({"v": np.arange(rows, dtype="int8")})
    with ArrowCache(config=options(tmp_path)) as cache:
        for count, expected in ((100_000, 1), (100_001, 2), (3_200_000, 32), (rows, 32)):
            cache.put("t", large.slice(0, count))
            assert cache.get_metadata("t")["partitions"] == expected
    with ArrowCache(config=options(tmp_path, partition_size_rows=100_000)) as cache:
        cache.put("t", large)
        assert cache.get_metadata("t")["partitions"] == 64
        assert cache.get("t", "arrow", offset=rows - 2)["v"].to_pylist() == large["v"][-2:].to_pylist()
