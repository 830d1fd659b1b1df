"""Tables that end, tables that lie on disk, tables that were persisted: through the daemon."""

from __future__ import annotations

import time

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
