"""The cache: what goes in comes back equal, keys, SQL, times to live, options, and the end of its shelf."""

from __future__ import annotations

import concurrent.futures
import io
import json
import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import Iterator

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from arrow_cache import ArrowCache, ArrowCacheConfig
from arrow_cache.config import DEFAULTS
from daemon import wait_until
from pyarrow import csv, feather, parquet

HARD_KEYS = ["my-key", "123", "select", 'a"b', "Ключ", "Upper", "a b", "a.b", "../evil", "(x)", "x" * 300]


@pytest.fixture(scope="module")
def shared() -> Iterator[ArrowCache]:
    with ArrowCache() as cache:
        yield cache


@pytest.fixture
def cache(shared: ArrowCache) -> Iterator[ArrowCache]:
    yield shared
    shared.clear()


def table(rows: int = 1000) -> pa.Table:
    return pa.table({"id": pa.array(range(rows), pa.int64()), "v": pa.array(np.arange(rows) * 0.5)})


def test_an_array_changed_after_put_leaves_the_cache_alone(cache: ArrowCache) -> None:
    array = np.arange(10)
    cache.put("array", array)
    array[:] = 0
    assert cache.get("array", np.ndarray).tolist() == list(range(10))


def test_arrays_have_the_originals_columns(cache: ArrowCache) -> None:
    cache.put("one", np.arange(6))
    cache.put("two", np.arange(6).reshape(3, 2))
    cache.put("three", np.arange(24).reshape(2, 3, 4))
    assert [cache.get(key, "arrow").column_names for key in ("one", "two", "three")] == [["values"], ["col_0", "col_1"], ["values"]]
    assert len(cache.get("three")) == 24


def test_arrow_tables_come_back_equal_and_as_every_target(cache: ArrowCache) -> None:
    given = table().append_column("s", pa.array(["a", "b"] * 500)).replace_schema_metadata({"who": "me"})
    cache.put("t", given)
    back = cache.get("t", "arrow")
    assert back.equals(given, check_metadata=True)
    assert cache.get("t").equals(given) and type(cache.get("t", "pandas")) is pd.DataFrame
    assert cache.get("t", dict) == given.to_pydict()
    assert parquet.read_table(cache.get("t", "parquet")).equals(given)
    assert isinstance(cache.get("t", io.BytesIO), io.BytesIO)
    assert cache.get("t", "reader").read_all().equals(given)
    assert cache.get("t", pl.DataFrame)["s"].to_list() == given["s"].to_pylist()
    with pytest.raises(ValueError, match="target_type='xml'"):
        cache.get("t", "xml")


def test_batches_readers_dicts_and_rows_can_be_put(cache: ArrowCache) -> None:
    given = table(10)
    cache.put("batch", given.to_batches()[0])
    cache.put("reader", given.to_reader())
    cache.put("dict", given.to_pydict())
    cache.put("rows", given.to_pylist())
    cache.put("series", pd.Series([1, 2], name="n"))
    assert all(cache.get(key, "arrow").equals(given) for key in ("batch", "reader", "dict", "rows"))
    assert cache.get("series")["n"].tolist() == [1, 2]
    with pytest.raises(TypeError, match="builtins.int"):
        cache.put("number", 7)


def test_files_can_be_put(cache: ArrowCache, tmp_path: Path) -> None:
    given = table(10)
    parquet.write_table(given, tmp_path / "a.parquet")
    csv.write_csv(given, tmp_path / "a.csv")
    feather.write_feather(given, str(tmp_path / "a.feather"))
    (tmp_path / "a.json").write_text(json.dumps(given.to_pylist()))
    (tmp_path / "a.ndjson").write_text("\n".join(map(json.dumps, given.to_pylist())))
    for name in ("a.parquet", "a.csv", "a.feather", "a.json", "a.ndjson"):
        cache.put(name, str(tmp_path / name))
        assert cache.get(name, "arrow").to_pydict() == given.to_pydict(), name
    assert cache.get_metadata("a.csv")["storage_format"] == "csv"
    with pytest.raises(FileNotFoundError):
        cache.put("none", str(tmp_path / "none.parquet"))
    with pytest.raises(ValueError, match="Kind of file"):
        cache.put("none", "a.docx")


def test_databases_and_files_can_be_imported(cache: ArrowCache, tmp_path: Path) -> None:
    parquet.write_table(table(5), tmp_path / "a.dat")
    cache.import_data("file", str(tmp_path / "a.dat"), "parquet")
    base = sqlite3.connect(":memory:")
    base.execute("create table points (x integer, s text)")
    base.execute("insert into points values (1, 'a'), (2, null)")
    cache.import_data("points", base, table_name="points", metadata={"from": "sqlite"})
    cache.import_query("sum", "select sum(x) as s from points", base, "sqlite")
    base.close()
    assert cache.get("file", "arrow").equals(table(5))
    assert cache.get("points", dict) == {"x": [1, 2], "s": ["a", None]}
    assert cache.get("sum", dict) == {"s": [3]}
    with pytest.raises(ValueError, match="not a file of this host"):
        cache.import_data("far", "s3://bucket/a.parquet")


def test_slices_reach_any_place_and_end_with_the_table(cache: ArrowCache) -> None:
    cache.put("t", table())
    assert cache.get("t", dict, offset=10, limit=2)["id"] == [10, 11]
    assert cache.get("t", "pandas", offset=990, limit=100)["id"].tolist() == list(range(990, 1000))
    assert len(cache.get("t", offset=5000, limit=10)) == 0
    with pytest.raises(ValueError):
        cache.get("t", offset=-1)


@pytest.mark.parametrize("key", HARD_KEYS)
def test_any_key_works_everywhere(cache: ArrowCache, key: str, tmp_path: Path) -> None:
    assert cache.put(key, table(3)) == key
    cache.put(key + "_2024", table(7))
    name = '"_cache_' + key.replace('"', '""') + '"'
    assert cache.query(f"select count(*) as n from {name}")["n"].to_pylist() == [3]
    assert cache.persist(key, str(tmp_path / "store"))
    assert cache.remove(key) and not cache.remove(key) and key not in cache
    assert cache.load(key, str(tmp_path / "store"))
    assert cache.get(key, "arrow").equals(table(3))
    assert [entry.name for entry in tmp_path.iterdir()] == ["store"]


def test_queries_return_arrow_and_take_parameters(cache: ArrowCache) -> None:
    cache.put("Sales", table())
    cache.put("words", pa.table({"s": ["a", "b"] * 500, "id": range(1000)}))
    assert cache.query("select max(v) as m from _cache_sales").equals(pa.table({"m": [499.5]}))
    result = cache.query("select * from _cache_Sales where id < ? order by id", params=[3], target_type="pandas")
    assert result["id"].tolist() == [0, 1, 2]
    joined = cache.query("select s, sum(v) as v from _cache_Sales a, _cache_words b where a.id = b.id group by s order by s")
    assert joined["s"].to_pylist() == ["a", "b"]
    assert cache.query("-- _cache_none\nselect 1 as one")["one"].to_pylist() == [1]
    assert "Sales" not in cache.explain("select 1")
    with pytest.raises(KeyError):
        cache.query("select * from _cache_nothing")


def test_keys_metadata_and_counts(cache: ArrowCache) -> None:
    cache.put("t", table(), metadata={"source": "database", "version": 2})
    cache.put("words", pa.table({"s": ["a", "b", None, "b"] * 500}))
    assert cache.get_keys() == cache.list() == ["t", "words"] and len(cache) == 2
    facts = cache.get_metadata("t")
    assert facts["metadata"] == {"source": "database", "version": 2}
    assert facts["num_rows"] == 1000 and facts["schema"].names == ["id", "v"] and facts["expires_at"] is None
    assert facts["column_min_max"]["id"] == (0, 999) and facts["access_count"] == 0
    words = cache.get_metadata("words")
    assert words["column_min_max"]["s"] == ("a", "b") and words["column_null_counts"]["s"] == 500
    assert words["column_dictionary_encoded"]["s"] and words["column_types"]["s"] == "string"
    assert cache.get_metadata("none") is None
    with pytest.raises(TypeError):
        cache.put("t", table(), metadata={"x": object()})
    with pytest.raises(TypeError):
        cache.put(7, table())  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="exists"):
        cache.put("t", table(), overwrite=False)
    before = cache.status()
    cache.get("t")
    assert cache.get("none", default=5) == 5
    after = cache.status()
    assert (after["hits"] - before["hits"], after["misses"] - before["misses"]) == (1, 1)
    assert after["entry_count"] == 2 and after["current_size_bytes"] > 0
    assert after["memory"]["process_rss"] > 0 and after["dictionary_saved_bytes"] > 0


def test_what_is_past_its_time_is_seen_nowhere(cache: ArrowCache) -> None:
    cache.put("short", table(), ttl=0.3)
    cache.put("large and short", table(200_000), ttl=timedelta(milliseconds=300))
    cache.put("long", table(), ttl=0.3)
    assert cache.update_ttl("long", 1000) and not cache.update_ttl("none", 1)
    assert cache.contains("short")
    wait_until(lambda: cache.get("short") is None and cache.get("large and short") is None, "the end of two tables")
    assert not cache.contains("short") and cache.get("short", default="gone") == "gone"
    wait_until(lambda: cache.get_keys() == ["long"], "the tables to leave the shelf")
    with pytest.raises(KeyError):
        cache.query("select * from _cache_short")
    assert cache.update_ttl("long", None) and cache.get_metadata("long")["expires_at"] is None


def test_threads_share_a_cache(cache: ArrowCache) -> None:
    cache.put("large", table(10_000))

    def work(number: int) -> int:
        cache.put(f"own{number}", table(100))
        part = cache.get("large", offset=number * 1000, limit=1000)
        total = cache.query(f"select count(*) as n from _cache_own{number}")["n"][0].as_py()
        return sum(part["id"].to_pylist()) + total

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        results = list(pool.map(work, range(10)))
    assert sum(results) == sum(range(10_000)) + 1000
    assert cache.status()["entry_count"] == 11


def test_options_have_the_documented_defaults_and_wrong_ones_are_refused(tmp_path: Path) -> None:
    config = ArrowCacheConfig()
    assert config.to_dict() == DEFAULTS and config["partition_size_rows"] == 100_000 and config.get("none", 1) == 1
    config = ArrowCacheConfig(memory_limit=1 << 30, compression_type="lz4")
    config.save_to_file(tmp_path / "config.json")
    assert ArrowCacheConfig.from_file(tmp_path / "config.json") == config == ArrowCacheConfig.from_dict(config.to_dict())
    for name in ("background_threads", "query_plan_cache_size", "prefetch_limit"):
        with pytest.raises(ValueError, match="cannot apply"):
            ArrowCacheConfig(**{name: 7})
    for wrong in ({"memory": 1}, {"compression_type": "snappy"}, {"memory_limit": 0}, {"auto_partition": 1}, {"memory_spill_threshold": 2}):
        with pytest.raises(ValueError):
            ArrowCacheConfig(**wrong)
    for arguments in ({"eviction_policy": "random"}, {"policy_args": {"colour": 1}}, {"check_interval": 0}, {"max_size_bytes": 0},
                      {"eviction_policy": "lru", "policy_args": {"lru_weight": 2}}, {"metadata_db_path": "a.db"}):  # fmt: skip
        with pytest.raises(ValueError):
            ArrowCache(**arguments)


def test_options_act() -> None:
    options = {"partition_size_rows": 100, "thread_count": 1, "dictionary_encoding": False, "cache_query_plans": True, "pandas_use_categories": False}
    with ArrowCache(config=options) as cache:
        cache.put("t", table())
        cache.put("whole", table(), auto_partition=False)
        cache.put("c", pd.DataFrame({"c": pd.Categorical(["a", "b"])}))
        assert cache.get_metadata("t")["partitions"] == 10 and cache.get_metadata("whole")["partitions"] == 1
        assert list(cache.status()["options_without_effect"]) == ["cache_query_plans"]
        assert str(cache.get("c").dtypes["c"]) != "category"
        cache.update_config(partition_size_rows=500)
        cache.put("t", table())
        assert cache.get_metadata("t")["partitions"] == 2
        with pytest.raises(ValueError, match="fixed"):
            cache.update_config({"storage_path": "/elsewhere"})


def test_a_closed_cache_answers_as_the_original() -> None:
    with ArrowCache() as cache:
        cache.put("t", table())
        held = cache.get("t", "arrow")
        home = cache._shelf.directory
    cache.close()
    assert not home.exists()
    assert cache.get("t") is None and not cache.contains("t") and cache.get_keys() == []
    with pytest.raises(ValueError, match="Cache is closed"):
        cache.query("select 1")
    with pytest.raises(ValueError, match="Cache is closed"):
        cache.put("t", table())
    assert pc.sum(held["id"]).as_py() == sum(range(1000))
