"""The programs that Arrow Cache documents, area by area, as they stand there but for names and sizes."""

from __future__ import annotations

import concurrent.futures
import os
from pathlib import Path
from typing import Iterator

import geopandas
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from arrow_cache import ArrowCache, ArrowCacheConfig
from shapely.geometry import Point


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The programs use the default folders, which lie where the program is started."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def shared() -> Iterator[ArrowCache]:
    cache = ArrowCache()
    yield cache
    cache.close()


@pytest.fixture
def cache(shared: ArrowCache) -> ArrowCache:
    shared.clear()
    return shared


def small_frame() -> pd.DataFrame:
    return pd.DataFrame({"a": [1, 2, 3], "b": ["x", "y", "z"]})


def test_the_first_program(in_a_folder_of_its_own: Path) -> None:
    cache = ArrowCache()
    df = small_frame()
    cache.put("my_dataframe", df)
    result = cache.query("SELECT * FROM _cache_my_dataframe WHERE a > 1")
    cached = cache.get("my_dataframe")
    cache.close()
    assert result.to_pydict() == {"a": [2, 3], "b": ["y", "z"]}
    pd.testing.assert_frame_equal(cached, df)
    assert os.listdir(in_a_folder_of_its_own) == []


def test_the_program_that_configures_everything(in_a_folder_of_its_own: Path) -> None:
    config = ArrowCacheConfig(
        memory_limit=1024 * 1024 * 1024,
        memory_spill_threshold=0.8,
        auto_partition=True,
        partition_size_rows=100_000,
        partition_size_bytes=50 * 1024 * 1024,
        enable_compression=True,
        compression_type="lz4",
        dictionary_encoding=True,
        thread_count=4,
        cache_query_plans=True,
        spill_to_disk=True,
        spill_directory=".arrow_cache_spill",
        persistent_storage=True,
        storage_path=".arrow_cache_storage",
        delete_files_on_close=True,
    )
    cache = ArrowCache(config=config)
    cache.put("t", small_frame())
    assert cache.status()["max_size_bytes"] == 1 << 30
    cache.persist("t")
    assert os.listdir(".arrow_cache_storage") == ["t"]
    cache.close()
    assert os.listdir(in_a_folder_of_its_own) == []


def test_programs_that_store_and_retrieve(cache: ArrowCache) -> None:
    df = pd.DataFrame({"v": np.arange(2000)})
    cache.put("my_dataframe", df, ttl=3600)
    cache.put("my_dataframe", df, metadata={"source": "database", "version": 2})
    pd.testing.assert_frame_equal(cache.get("my_dataframe"), df)
    part = cache.get("my_dataframe", offset=1000, limit=100)
    assert part["v"].tolist() == list(range(1000, 1100))
    table = cache.get("my_dataframe", target_type="arrow")
    assert isinstance(table, pa.Table) and table.num_rows == 2000
    facts = cache.get_metadata("my_dataframe")
    assert facts is not None and facts["metadata"] == {"source": "database", "version": 2}
    assert facts["expires_at"] is None


def test_programs_that_query(cache: ArrowCache) -> None:
    cache.put("my_dataframe", pd.DataFrame({"a": [1, 2, 2, 30]}))
    result = cache.query("""
        SELECT
            a,
            COUNT(*) as count
        FROM _cache_my_dataframe
        GROUP BY a
    """)
    assert sorted(zip(result["a"].to_pylist(), result["count"].to_pylist())) == [(1, 1), (2, 2), (30, 1)]
    plan = cache.explain("SELECT * FROM _cache_my_dataframe WHERE a > 10")
    assert "a > 10" in plan


def test_programs_that_look_at_memory(cache: ArrowCache) -> None:
    cache.put("t", pd.DataFrame({"v": np.arange(1 << 20)}))
    status = cache.status()
    assert status["current_size_bytes"] / 1024 / 1024 >= 8
    assert status["entry_count"] == 1
    assert status["memory"]["allocated_bytes"] / 1024 / 1024 >= 8
    expected = {
        "entry_count", "partitioned_tables", "current_size_bytes", "max_size_bytes", "hits", "misses", "hit_ratio",
        "metadata_db_size_bytes", "memory", "query_cache", "active_background_tasks", "bg_queue_size", "system_memory",
    }  # fmt: skip
    assert expected <= set(status) and status["partitioned_tables"] == 1
    assert set(status["memory"]) == {
        "allocated_bytes", "limit_bytes", "usage_ratio", "pool_bytes_allocated", "pool_max_memory",
        "system_memory_used", "system_memory_total", "system_memory_available", "process_rss", "process_vms",
        "tracked_allocations",
    }  # fmt: skip
    assert set(status["query_cache"]) == {"size", "hit_count", "avg_execution_time", "enabled"}
    assert set(status["system_memory"]) == {"total", "available", "percent_used"}
    cache.clear()
    assert cache.status()["entry_count"] == 0 and cache.get_keys() == []


def test_programs_that_persist(cache: ArrowCache, in_a_folder_of_its_own: Path) -> None:
    cache.put("my_dataframe", small_frame())
    cache.persist("my_dataframe", storage_dir=str(in_a_folder_of_its_own / "storage"))
    cache.clear()
    cache.load("my_dataframe", storage_dir=str(in_a_folder_of_its_own / "storage"))
    pd.testing.assert_frame_equal(cache.get("my_dataframe"), small_frame())


def test_programs_with_large_data(cache: ArrowCache) -> None:
    pd.DataFrame({"v": range(250_000), "w": np.arange(250_000) / 4}).to_csv("large_dataset.csv", index=False)
    large = pd.read_csv("large_dataset.csv")
    cache.put("large_data", large)
    part = cache.get("large_data", offset=100_000, limit=1000)
    assert part["v"].tolist() == list(range(100_000, 101_000))
    facts = cache.get_metadata("large_data")
    assert facts is not None and facts["partitions"] == 3


def test_programs_with_geographic_data(cache: ArrowCache) -> None:
    points = geopandas.GeoDataFrame({"n": [1, 2]}, geometry=[Point(0, 0), Point(1, 2)], crs="EPSG:4326")
    points.to_file("some_geo_data.geojson")
    read = geopandas.read_file("some_geo_data.geojson")
    cache.put("geo_data", read)
    back = cache.get("geo_data")
    assert type(back) is geopandas.GeoDataFrame and back.crs == read.crs
    assert back.geometry.geom_equals(read.geometry).all()
    assert cache.query("SELECT count(*) AS n FROM _cache_geo_data")["n"].to_pylist() == [2]
    for name in ("some_geo_data.geojson", "points.parquet", "points.gpkg"):
        if name.endswith("parquet"):
            points.to_parquet(name)
        elif name.endswith("gpkg"):
            points.to_file(name)
        cache.put("file", name)
        assert cache.get("file").geometry.geom_equals(points.geometry).all()


def test_programs_with_threads(cache: ArrowCache) -> None:
    cache.put("large_data", pd.DataFrame({"v": range(10_000)}))

    def process_batch(batch_id: int) -> int:
        data = cache.get("large_data", offset=batch_id * 1000, limit=1000)
        return int(data["v"].sum())

    with concurrent.futures.ThreadPoolExecutor(max_workers=4) as executor:
        results = list(executor.map(process_batch, range(10)))
    assert sum(results) == sum(range(10_000))


def test_programs_that_clean_up(in_a_folder_of_its_own: Path) -> None:
    with ArrowCache() as cache:
        cache.put("temp_data", small_frame())
    assert cache.get("temp_data") is None
    cache = ArrowCache()
    try:
        cache.put("my_data", small_frame())
        result = cache.query("SELECT * FROM _cache_my_data")
        cache.persist("my_data")
    finally:
        cache.close()
    assert result.num_rows == 3
    assert os.listdir(in_a_folder_of_its_own) == []
