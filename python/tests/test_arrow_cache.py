"""Arrow Cache's programs, unchanged, over a private shelf."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from arrow_cache import ArrowCache, ArrowCacheConfig
from daemon import wait_until


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def shared(place):
    config = ArrowCacheConfig(
        memory_limit=256 << 20, spill_directory=str(place / "spill"), storage_path=str(place / "storage")
    )
    with ArrowCache(config=config) as cache:
        yield cache


@pytest.fixture
def cache(shared):
    shared.clear()
    return shared


def frame(rows: int = 3) -> pd.DataFrame:
    return pd.DataFrame({"a": range(rows), "b": ["x", "y", "z"] * (rows // 3)})


def test_the_readme_works(cache):
    cache.put("my_dataframe", frame(), ttl=3600, metadata={"source": "database", "version": 2})
    pd.testing.assert_frame_equal(cache.get("my_dataframe"), frame())
    assert isinstance(cache.get("my_dataframe", target_type="arrow"), pa.Table)
    pd.testing.assert_frame_equal(
        cache.get("my_dataframe", offset=1, limit=1).reset_index(drop=True), frame()[1:2].reset_index(drop=True)
    )
    assert cache.get_metadata("my_dataframe")["metadata"] == {"source": "database", "version": 2}
    assert cache.status()["entry_count"] == 1
    assert cache.contains("my_dataframe")
    assert cache.remove("my_dataframe")
    assert not cache.remove("my_dataframe")
    assert cache.get("my_dataframe") is None
    assert cache.get("my_dataframe", default=7) == 7


def test_sql_over_cached_tables(cache):
    cache.put("my_dataframe", frame())
    result = cache.query("SELECT a FROM _cache_my_dataframe WHERE a > 0 ORDER BY a")
    assert result.column("a").to_pylist() == [1, 2]
    assert cache.explain("SELECT * FROM _cache_my_dataframe")


def test_frames_come_back_equal(cache):
    index = pd.MultiIndex.from_product([["a", "b"], pd.date_range("2024-01-01", periods=2, tz="Europe/Berlin")])
    data = pd.DataFrame(
        {
            "text": ["x", None, "y", "z"],
            "cat": pd.Categorical(["u", "v", "u", None]),
            "int": pd.array([1, None, 3, 4], dtype="Int64"),
            "when": pd.date_range("2024-01-01", periods=4, tz="UTC"),
            "flag": [True, False, True, True],
        },
        index=index.set_names(["k", "t"]),
    )
    data.attrs["unit"] = "m"
    cache.put("f", data)
    back = cache.get("f")
    pd.testing.assert_frame_equal(back, data)
    assert back.attrs == {"unit": "m"}


def test_few_different_texts_become_dictionaries_and_texts_again(cache):
    data = pa.table({"s": pa.array(["red", "green", "blue"] * 10_000)})
    cache.put("s", data)
    assert cache.status()["dictionary_saved_bytes"] > 0
    back = cache.get("s")
    assert back.schema == data.schema
    assert back.column("s").to_pylist() == data.column("s").to_pylist()
    assert cache.get_metadata("s")["columns"][0]["dictionary_encoded"]


@pytest.mark.parametrize(
    "array", [np.arange(5), np.arange(6.0).reshape(2, 3), np.arange(24, dtype="int32").reshape(2, 3, 4)]
)
def test_arrays_come_back(cache, array):
    cache.put("n", array)
    back = cache.get("n", target_type="numpy")
    np.testing.assert_array_equal(back, array)


def test_polars_dicts_and_lists(cache):
    polars = pytest.importorskip("polars")
    cache.put("p", polars.DataFrame({"a": [1, 2], "b": ["x", None]}))
    assert cache.get("p").equals(polars.DataFrame({"a": [1, 2], "b": ["x", None]}))
    cache.put("d", {"a": [1, 2]})
    assert cache.get("d", target_type="dict") == {"a": [1, 2]}
    cache.put("l", [{"a": 1}, {"a": 2}])
    assert cache.get("l")["a"].tolist() == [1, 2]


def test_geographic_frames_come_back_equal(cache):
    geopandas = pytest.importorskip("geopandas")
    from shapely.geometry import Point

    data = geopandas.GeoDataFrame({"n": [1, 2]}, geometry=[Point(0, 1), Point(2, 3)], crs="EPSG:4326")
    cache.put("g", data)
    back = cache.get("g")
    assert back.crs == data.crs
    assert back.geometry.geom_equals(data.geometry).all()
    assert cache.get_metadata("g")["geometry_column"] == "geometry"


def test_files(cache, tmp_path):
    frame(6).to_parquet(tmp_path / "f.parquet")
    frame(6).to_csv(tmp_path / "f.csv", index=False)
    cache.put("parquet", str(tmp_path / "f.parquet"))
    cache.import_data("csv", tmp_path / "f.csv")
    assert cache.get("parquet", "pandas")["a"].tolist() == cache.get("csv", "pandas")["a"].tolist()


def test_slices_past_the_end_are_empty(cache):
    cache.put("t", frame())
    assert len(cache.get("t", offset=99)) == 0
    assert len(cache.get("t", offset=2, limit=99)) == 1


def test_mistakes_are_errors(cache):
    with pytest.raises(TypeError):
        cache.put(1, frame())
    cache.put("t", frame())
    with pytest.raises(ValueError):
        cache.put("t", frame(), overwrite=False)
    with pytest.raises(ValueError):
        cache.get("t", target_type="nothing")
    with pytest.raises(ValueError):
        ArrowCache(eviction_policy="magic")
    with pytest.raises(ValueError):
        ArrowCacheConfig(no_such_option=1)
    with pytest.raises(ValueError, match="cannot apply"):
        ArrowCacheConfig(prefetch_limit=9)
    with pytest.raises(MemoryError):
        cache.put("big", pa.table({"v": np.zeros(40 << 20)}))


def test_ttl(cache):
    cache.put("t", frame(), ttl=0.2)
    assert cache.contains("t")
    wait_until(lambda: not cache.contains("t"), "the end of the table")
    cache.put("u", frame())
    assert cache.update_ttl("u", 100)
    assert cache.get_metadata("u")["expires_at"] > time.time() + 50
    assert not cache.update_ttl("nothing", 1)


def test_persist_and_load(cache, tmp_path):
    cache.put("../evil", frame(3000))
    assert cache.persist("../evil", storage_dir=tmp_path / "store")
    cache.remove("../evil")
    assert cache.load("../evil", storage_dir=tmp_path / "store")
    pd.testing.assert_frame_equal(cache.get("../evil"), frame(3000))
    assert not (tmp_path / "evil").exists()


def test_threads(cache):
    def work(number: int) -> None:
        for step in range(10):
            cache.put(f"t{number}", frame(3 * (step + 1)))
            assert len(cache.get(f"t{number}")) == 3 * (step + 1)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(cache.get_keys()) == 8


def test_a_working_set_larger_than_the_limit_spills(place):
    config = ArrowCacheConfig(
        memory_limit=32 << 20, spill_directory=str(place / "spill2"), storage_path=str(place / "storage2")
    )
    with ArrowCache(config=config) as cache:
        for number in range(12):
            cache.put(f"t{number}", pa.table({"v": np.arange(number, number + (1 << 19))}))
        assert cache.status()["spilled_bytes"] > 0
        for number in range(12):
            column = cache.get(f"t{number}").column("v")
            assert column[0].as_py() == number
            assert len(column) == 1 << 19
    assert not (place / "spill2").exists()


def test_tables_of_a_persistent_cache_are_there_again(place):
    config = ArrowCacheConfig(
        memory_limit=64 << 20,
        spill_directory=str(place / "spill3"),
        storage_path=str(place / "storage3"),
        persistent_storage=True,
    )
    with ArrowCache(config=config) as cache:
        cache.put("t", frame(30))
    with ArrowCache(config=config) as cache:
        assert cache.get_keys() == ["t"]
        pd.testing.assert_frame_equal(cache.get("t"), frame(30))
        cache.remove("t")
    with ArrowCache(config=config) as cache:
        assert cache.get_keys() == []


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_the_shelf_ends_with_its_process(place, how):
    program = textwrap.dedent(f"""
        import sys
        from arrow_cache import ArrowCache
        cache = ArrowCache(max_size_bytes=64 << 20, config=dict(spill_directory={str(place / "spill4")!r}))
        cache.put("t", {{"a": [1]}})
        print(cache._shelf.directory, flush=True)
        sys.stdin.read()
    """)
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=dict(os.environ)
    )
    directory = Path(process.stdout.readline().decode().strip())
    assert (directory / "control").exists()
    process.send_signal(how)
    process.wait(30)
    wait_until(lambda: not directory.exists(), "the shelf to end", 30)


def test_after_close(place):
    cache = ArrowCache(max_size_bytes=64 << 20, config=dict(spill_directory=str(place / "spill5")))
    cache.put("t", frame())
    cache.close()
    cache.close()
    assert cache.get("t") is None
    with pytest.raises(ValueError, match="closed"):
        cache.query("select 1")
