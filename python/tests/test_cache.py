"""Tables that end, tables that lie on disk, tables that were persisted: through the daemon."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import arrowshelf


def table(rows: int = 10, start: int = 0) -> pa.Table:
    return pa.table({"v": pa.array(range(start, start + rows), pa.int64())})


def until(condition, seconds: float = 5.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.01)


def exists(shelf: arrowshelf.Connection, key: str) -> bool:
    try:
        shelf.get_arrow(key)
        return True
    except KeyError:
        return False


@pytest.mark.parametrize("rows", [10, 200_000])
def test_a_table_ends_when_its_time_is_over(shelf, rows):
    shelf.put(table(rows), "brief", ttl=60)
    shelf.put(table(rows), "kept")
    assert exists(shelf, "brief")
    shelf.touch("brief", ttl=0.2)
    until(lambda: not exists(shelf, "brief"))
    assert exists(shelf, "kept")
    until(lambda: "brief" not in shelf.list_keys())


def test_touch_and_expire_change_the_time(shelf):
    shelf.put(table(), "t")
    assert shelf.touch("t", ttl=60)
    assert shelf.details("t")["expires"] > time.time() + 30
    assert shelf.touch("t", ttl=float("inf"))
    assert shelf.details("t")["expires"] is None
    assert shelf.expire("t")
    until(lambda: not exists(shelf, "t"))
    assert not shelf.touch("t")


def test_details_tell_uses_and_metadata(shelf):
    shelf.put(table(), "t", metadata={"source": "database", "version": 2})
    for _ in range(5):
        shelf.get_arrow("t")
    until(lambda: shelf.details("t")["uses"] >= 5)
    assert shelf.details("t")["metadata"] == {"source": "database", "version": 2}


def test_a_spilled_table_comes_back(shelf):
    data = table(300_000)
    shelf.put(data, "t", partition_rows=100_000)
    assert shelf.spill("t") > 2_000_000
    assert shelf.details("t")["spilled_partitions"] == 3
    assert shelf.get_arrow("t").equals(data)
    assert shelf.details("t")["spilled_partitions"] == 0


def test_a_table_in_use_stays_in_memory(shelf):
    shelf.put(table(300_000), "t")
    held = shelf.get_arrow("t")
    assert shelf.spill("t") == 0
    assert held.num_rows == 300_000


@pytest.mark.parametrize("rows", [10, 200_000])
@pytest.mark.parametrize("compression", ["none", "lz4", "zstd"])
def test_a_persisted_table_is_loaded_as_it_was(shelf, tmp_path, rows, compression):
    data = table(rows)
    shelf.put(data, "../evil/ключ", metadata=[1], ttl=100)
    assert shelf.persist("../evil/ключ", tmp_path, compression)
    assert shelf.persisted(tmp_path) == ["../evil/ключ"]
    shelf.delete("../evil/ключ")
    assert shelf.load("../evil/ключ", tmp_path)
    assert shelf.get_arrow("../evil/ключ").equals(data)
    assert shelf.details("../evil/ключ")["metadata"] == [1]
    assert shelf.details("../evil/ключ")["expires"] is not None
    assert not shelf.load("nothing", tmp_path)
    assert not shelf.persist("nothing", tmp_path)


def test_damage_in_a_persisted_table_is_found(shelf, tmp_path):
    shelf.put(table(200_000), "t")
    shelf.persist("t", tmp_path)
    (file,) = tmp_path.glob("t/*.arrow")
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    with pytest.raises(arrowshelf.exceptions.ServerError) as raised:
        shelf.load("t", tmp_path)
    assert raised.value.code == "CORRUPT"


@pytest.mark.parametrize("compression", ["none", "zstd"])
def test_some_rows_fetch_only_their_partitions(start_daemon, compression):
    daemon = start_daemon("--spill-compression", compression)
    whole = table(100_000)
    with daemon.connect() as shelf:
        shelf.put(whole, "t", partition_rows=10_000)
        shelf.spill("t")
        assert shelf.details("t")["spilled_partitions"] == 10
        assert shelf.get_arrow("t", offset=39_990, limit=20).equals(whole.slice(39_990, 20))
        assert shelf.details("t")["spilled_partitions"] == 8
        assert shelf.get_arrow("t", ["v"], 95_000, 10_000).equals(whole.slice(95_000))
        assert shelf.details("t")["spilled_partitions"] == 7
        assert shelf.get_arrow("t", [], 0, 5).num_columns == 0
        past = shelf.get_arrow("t", offset=100_000, limit=1)
        assert past.num_rows == 0 and past.schema == whole.schema
        assert shelf.details("t")["spilled_partitions"] == 6
        assert shelf.get_arrow("t").equals(whole)
        assert shelf.get_arrow("t", offset=5, limit=5).equals(whole.slice(5, 5))
        with pytest.raises(ValueError):
            shelf.get_arrow("t", offset=-1)
        with pytest.raises(KeyError):
            shelf.get_arrow("nothing", offset=1)


def test_some_rows_are_read_without_an_owner_and_damage_is_seen(start_daemon):
    daemon = start_daemon()
    whole = table(40_000)
    with daemon.connect() as shelf:
        shelf.put(whole, "t", partition_rows=10_000)
        shelf.spill("t")
    daemon.kill()
    with daemon.connect() as shelf:
        assert shelf.get_arrow("t", offset=15_000, limit=10).equals(whole.slice(15_000, 10))
        [stored] = (daemon.directory.parent / "disk").glob("*/*-00000002.arrow")
        data = bytearray(stored.read_bytes())
        data[len(data) // 2] ^= 1
        stored.unlink()
        stored.write_bytes(data)
        with pytest.raises(arrowshelf.ArrowShelfError, match="owner"):
            shelf.get_arrow("t", offset=25_000, limit=10)
        assert shelf.get_arrow("t", offset=35_000, limit=10).equals(whole.slice(35_000, 10))


@pytest.mark.parametrize("partition_rows", [None, 3000])
def test_encoded_text_takes_less_room_and_comes_back_as_text(shelf, partition_rows):
    rows = 20_000
    frame = pd.DataFrame(
        {
            "id": np.arange(rows),
            "word": [None if row % 11 == 0 else f"wörd-{row % 97}" for row in range(rows)],
            "own": [f"text-{row}" for row in range(rows)],
            "kind": pd.Categorical([f"kind-{row % 5}" for row in range(rows)]),
        }
    )
    shelf.put(frame, "plain", partition_rows=partition_rows)
    shelf.put(frame, "encoded", partition_rows=partition_rows, encode_text=True)
    pd.testing.assert_frame_equal(shelf.get("encoded"), frame)
    assert pa.types.is_dictionary(shelf.get_arrow("encoded").schema.field("word").type)
    saved = shelf.info("encoded")["encoded"]
    assert list(saved) == ["word"] and shelf.info("plain")["encoded"] == {}
    # heads and padding of buffers are not counted as saved
    gained = shelf.info("plain")["bytes"] - shelf.info("encoded")["bytes"]
    parts = shelf.info("plain")["partitions"]
    assert abs(gained - saved["word"]) < 4096 * parts
    sums = "select word, sum(id) as n, count(*) as c from {} where word <> 'wörd-3' group by 1 order by 1"
    assert shelf.query(sums.format("encoded")) == shelf.query(sums.format("plain"))
    assert shelf.query("select word from encoded where id = 12345").column(0).to_pylist() == [f"wörd-{12345 % 97}"]


def test_batches_can_be_encoded_and_encoded_tables_persisted(shelf, tmp_path):
    table = pa.table({"word": pa.array([f"word-{row % 7}" for row in range(5000)], pa.large_string())})
    shelf.put(table.to_reader(500), "reader", encode_text=True)
    assert shelf.info("reader")["encoded"]["word"] > 0
    shelf.persist("reader", tmp_path, "zstd")
    shelf.delete("reader")
    assert shelf.load("reader", tmp_path)
    assert shelf.get("reader")["word"].tolist() == table["word"].to_pylist()
    assert shelf.info("reader")["encoded"]["word"] > 0


@pytest.mark.parametrize("compression", ["none", "lz4", "zstd"])
def test_a_table_is_persisted_as_parquet_and_loaded_as_it_was(shelf, tmp_path, compression):
    rows = 5000
    before = pd.DataFrame(
        {
            "when": pd.date_range("2024-03-31", periods=rows, freq="min", tz="Europe/Berlin"),
            "kind": pd.Categorical([f"kind-{row % 5}" for row in range(rows)]),
            "whole": pd.array([None if row % 3 == 0 else row for row in range(rows)], "Int64"),
        }
    )
    key = "a/b ü"
    shelf.put(before, key, partition_rows=2000, ttl=3600, metadata={"from": "here"}, encode_text=True)
    assert shelf.persist(key, tmp_path, compression, format="parquet")
    assert [file.name for file in (tmp_path / "a%2Fb%20%C3%BC").iterdir()] == ["table.parquet"]
    assert shelf.persisted(tmp_path) == [key]
    shelf.delete(key)
    assert shelf.load(key, tmp_path)
    pd.testing.assert_frame_equal(shelf.get(key), before)
    details = shelf.details(key)
    assert details["metadata"] == {"from": "here"} and details["partitions"] == 3
    assert 3500 < details["expires"] - time.time() <= 3600
    # the other format takes its place, and is gone with it
    assert shelf.persist(key, tmp_path)
    assert not (tmp_path / "a%2Fb%20%C3%BC" / "table.parquet").exists()
    assert shelf.persist(key, tmp_path, format="parquet")
    assert shelf.forget_persisted(key, tmp_path) and not shelf.load(key, tmp_path)
    assert [*tmp_path.iterdir()] == []
    assert not shelf.persist("nothing", tmp_path, format="parquet")


def test_damage_in_a_parquet_file_is_found(shelf, tmp_path):
    shelf.put(table(50_000), "t")
    shelf.persist("t", tmp_path, format="parquet")
    file = tmp_path / "t" / "table.parquet"
    whole = file.read_bytes()
    for content in (b"", whole[: len(whole) // 2], whole[:20_000] + bytes(64) + whole[20_064:]):
        file.write_bytes(content)
        with pytest.raises(arrowshelf.ServerError) as raised:
            shelf.load("t", tmp_path)
        assert raised.value.code == "CORRUPT"
    assert shelf.get_arrow("t") == table(50_000)


def test_what_parquet_cannot_hold_is_refused_and_leaves_no_file(shelf, tmp_path):
    shelf.put(pa.table({"d": pa.array([(1, 2, 3)], pa.month_day_nano_interval())}), "t")
    with pytest.raises(arrowshelf.InvalidDataError):
        shelf.persist("t", tmp_path, format="parquet")
    assert [*(tmp_path / "t").iterdir()] == []
    with pytest.raises(ValueError):
        shelf.persist("t", tmp_path, format="csv")
