"""Queries against a real daemon."""

from __future__ import annotations

import asyncio
import datetime
import decimal
import os
import signal
import threading
import time
import uuid
from pathlib import Path
from typing import Any, Callable, Iterator

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from daemon import Daemon, segments_mapped, wait_until

import arrowshelf

ENDLESS = "select count(*) from range(1000000000) a, range(1000000000) b where a.range = -b.range - 1"


@pytest.fixture
def shelf(shared_daemon: Daemon) -> Iterator[arrowshelf.Connection]:
    """A connection to a shelf with one table of 100,000 rows."""
    connection = arrowshelf.connect(dir=shared_daemon.directory)
    connection.delete_all()
    count = 100_000
    connection.put(pa.table({"n": np.arange(count), "s": [f"word {i % 10}" for i in range(count)]}), "t")
    yield connection
    connection.delete_all()
    connection.close()


def test_a_small_result_travels_in_the_answer(shelf: arrowshelf.Connection) -> None:
    result = shelf.query("select s, sum(n) as total from t group by s order by s limit 2")
    assert result.to_pylist() == [{"s": "word 0", "total": 499950000}, {"s": "word 1", "total": 499960000}]


def test_a_large_result_is_read_in_place_and_leaves_no_table(shelf: arrowshelf.Connection) -> None:
    result = shelf.query("select n, s from t order by n desc")
    assert result.num_rows == 100_000
    assert result.column("n")[0].as_py() == 99_999
    assert segments_mapped(shelf_directory(shelf))
    assert shelf.list_keys() == ["t"]
    assert result.column("n").to_numpy().sum() == 4999950000


@pytest.mark.parametrize("sql", ["select * from t", "from t", "select n, s from _cache_t;"])
def test_columns_of_a_table_are_the_table_itself(shelf: arrowshelf.Connection, sql: str) -> None:
    stored = shelf.get_arrow("t")
    result = shelf.query(sql)
    assert result.equals(shelf.query("select n, s from t where true"))
    assert result.schema.metadata is None
    assert addresses(result) == addresses(stored)
    assert shelf.query("select s, n from t").column_names == ["s", "n"]
    assert addresses(shelf.query("select n from t")) == addresses(stored.select(["n"]))
    assert shelf.list_keys() == ["t"]


def test_columns_of_a_table_outlive_it(shelf: arrowshelf.Connection) -> None:
    result = shelf.query("from t")
    shelf.put(pa.table({"other": [1, 2]}), "t")
    assert shelf.query("from t").to_pydict() == {"other": [1, 2]}
    shelf.delete("t")
    assert result.column("n").to_numpy().sum() == 4999950000
    with pytest.raises(arrowshelf.ServerError, match="no such table"):
        shelf.query("from t")


def test_columns_that_sql_gives_other_types_come_from_sql(shelf: arrowshelf.Connection) -> None:
    encoded = pa.array(["a", "b", "a"]).dictionary_encode()
    shelf.put(pa.table({"d": encoded, "l": pa.array(["x", "y", "z"], pa.large_string())}), "typed")
    for sql in ["from typed", "select l, d from typed"]:
        result = shelf.query(sql)
        assert result.schema.field("d").type == pa.string()
        assert result.schema.field("l").type == pa.string()
        assert result.column("d").to_pylist() == ["a", "b", "a"]


def test_a_table_of_pandas_is_a_plain_table_in_sql(shelf: arrowshelf.Connection) -> None:
    shelf.put(pa.Table.from_pandas(pd.DataFrame({"x": [1.5, 2.5]}, index=pd.Index([7, 8], name="i"))), "frame")
    expected = shelf.query("select * from frame where true", target_type="pandas")
    pd.testing.assert_frame_equal(shelf.query("select * from frame", target_type="pandas"), expected)


def test_columns_of_tables_that_are_replaced_all_the_time_are_of_one_of_them(shelf: arrowshelf.Connection) -> None:
    ended = threading.Event()

    def replace() -> None:
        with arrowshelf.connect(dir=shelf_directory(shelf)) as writer:
            number = 0
            while not ended.is_set():
                number += 1
                names = ["a", "b"] if number % 2 else ["b", "c", "a"]
                writer.put(pa.table({name: [number] * 50 for name in names}), "moving")

    shelf.put(pa.table({"a": [0] * 50, "b": [0] * 50}), "moving")
    thread = threading.Thread(target=replace)
    thread.start()
    try:
        for _ in range(300):
            result = shelf.query("select b, a from moving")
            assert result.column_names == ["b", "a"]
            assert len(set(result.column("a").to_pylist() + result.column("b").to_pylist())) == 1
    finally:
        ended.set()
        thread.join(30)


def addresses(table: pa.Table) -> list[int]:
    """Where the values of each column lie."""
    return [chunk.buffers()[-1].address for column in table.columns for chunk in column.chunks]


def shelf_directory(shelf: arrowshelf.Connection) -> Path:
    return shelf._open().directory  # type: ignore[union-attr]


@pytest.mark.parametrize("name", ["my-key", "123", "select", 'a"b', "Ключ", "UPPER", "data.csv", "/etc/passwd"])
def test_any_key_is_a_table(shelf: arrowshelf.Connection, name: str) -> None:
    shelf.put(pa.table({"x": [1, 2]}), name)
    quoted = '"' + name.replace('"', '""') + '"'
    cached = '"_cache_' + name.replace('"', '""') + '"'
    assert shelf.query(f"select sum(x) as s from {quoted}").to_pylist() == [{"s": 3}]
    assert shelf.query(f"select sum(x) as s from {cached}").to_pylist() == [{"s": 3}]
    assert shelf.query(f"select sum(x) as s from main.{cached}").to_pylist() == [{"s": 3}]


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        -7,
        1.5,
        "text; 'quoted' ключ",
        b"\x00\xff",
        decimal.Decimal("12.340"),
        datetime.date(2024, 2, 29),
        datetime.time(1, 2, 3, 4),
        datetime.datetime(2024, 2, 29, 1, 2, 3, 4),
        datetime.datetime(2024, 2, 29, 1, 2, 3, tzinfo=datetime.timezone.utc),
        [1, 2, 3],
    ],
)
def test_parameters_of_every_kind(shelf: arrowshelf.Connection, value: Any) -> None:
    assert shelf.query("select $1 as x", [value]).to_pylist() == [{"x": value}]
    assert shelf.query("select $it as x", {"it": value}).to_pylist() == [{"x": value}]


def test_parameters_choose_rows(shelf: arrowshelf.Connection) -> None:
    assert shelf.query("select n from t where n between ? and ?", [3, np.int64(5)]).column("n").to_pylist() == [3, 4, 5]


def test_results_of_every_kind(shelf: arrowshelf.Connection) -> None:
    sql = "select n, s from t where n < 2 order by n"
    assert isinstance(shelf.query(sql, target_type="arrow"), pa.Table)
    assert isinstance(shelf.query(sql, None, "pandas"), pd.DataFrame)
    assert isinstance(shelf.query(sql, None, "polars"), pl.DataFrame)
    assert shelf.query(sql, None, "dict") == {"n": [0, 1], "s": ["word 0", "word 1"]}
    assert shelf.query(sql, None, "numpy")["n"].tolist() == [0, 1]
    assert shelf.query(sql, None, "reader").read_all().num_rows == 2
    with pytest.raises(ValueError, match="target_type"):
        shelf.query(sql, None, "spark")


def test_a_result_becomes_a_table(shelf: arrowshelf.Connection) -> None:
    assert shelf.query("select n from t where n % 2 = 0", into="even") == 50_000
    assert shelf.get_arrow("even").num_rows == 50_000
    assert shelf.query("select max(n) as m from even", into="even") == 1
    assert shelf.query("from even").to_pylist() == [{"m": 99_998}]


def test_plans(shelf: arrowshelf.Connection) -> None:
    assert "ARROWSHELF_SCAN" in shelf.explain("select sum(n) from t")
    assert "Total Time" in shelf.explain("select sum(n) from t", analyze=True)
    assert shelf.explain("select 1", format="json").startswith("[")
    with pytest.raises(ValueError, match="format"):
        shelf.explain("select 1", format="xml")


@pytest.mark.parametrize(
    "sql, error",
    [
        ("selec 1", arrowshelf.InvalidSqlError),
        ("select nosuch from t", arrowshelf.InvalidSqlError),
        ("select 1; select 2", arrowshelf.InvalidSqlError),
        ("", arrowshelf.InvalidSqlError),
        ("select cast(s as integer) from t", arrowshelf.InvalidSqlError),
        ("select * from nosuch", KeyError),
        ("drop table t", PermissionError),
        ("select * from read_csv('/etc/passwd')", PermissionError),
        ("copy t to '/tmp/x'", arrowshelf.ForbiddenError),
    ],
)
def test_refusals(shelf: arrowshelf.Connection, sql: str, error: "type[Exception]") -> None:
    with pytest.raises(error):
        shelf.query(sql)
    assert shelf.query("select 1 as x").to_pylist() == [{"x": 1}]


def test_a_query_stops_at_its_time_limit(shelf: arrowshelf.Connection) -> None:
    with pytest.raises(TimeoutError):
        shelf.query(ENDLESS, timeout=0.2)
    with pytest.raises(ValueError, match="timeout"):
        shelf.query("select 1", timeout=0)


def test_control_c_cancels_the_query(shelf: arrowshelf.Connection) -> None:
    timer = threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT))
    timer.start()
    begin = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        shelf.query(ENDLESS)
    timer.join()
    assert time.monotonic() - begin < 20
    assert shelf.query("select 1 as x").to_pylist() == [{"x": 1}]


def test_an_event_loop_goes_on_while_queries_run(shelf: arrowshelf.Connection) -> None:
    async def ask() -> None:
        many = [shelf.query_async("select max(n) + $1 as m from t", [i]) for i in range(20)]
        assert [table.to_pylist() for table in await asyncio.gather(*many)] == [[{"m": 99_999 + i}] for i in range(20)]
        assert await shelf.query_async("select n from t where n < 3", into="three") == 3
        assert await shelf.query_async("select n from t where n < 3 order by n", target_type="dict") == {"n": [0, 1, 2]}
        with pytest.raises(arrowshelf.InvalidSqlError):
            await shelf.query_async("selec 1")
        with pytest.raises(TimeoutError):
            await shelf.query_async(ENDLESS, timeout=0.2)

    asyncio.run(ask())


def test_a_cancelled_task_cancels_its_query_and_those_that_wait(shelf: arrowshelf.Connection) -> None:
    async def ask() -> None:
        tasks = [asyncio.ensure_future(shelf.query_async(ENDLESS)) for _ in range(6)]
        while shelf.query_usage()["running"] == 0:
            await asyncio.wait(tasks, timeout=0.05)
        begin = time.monotonic()
        for task in tasks:
            task.cancel()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        assert {type(outcome) for outcome in outcomes} == {asyncio.CancelledError}
        used = shelf.query_usage()
        assert used["running"] == used["waiting"] == 0 and time.monotonic() - begin < 20
        assert (await shelf.query_async("select 1 as x")).to_pylist() == [{"x": 1}]

    asyncio.run(ask())


def test_a_table_that_changes_is_read_as_it_was(shelf: arrowshelf.Connection) -> None:
    stop = threading.Event()

    def replace() -> None:
        connection = arrowshelf.connect(dir=shelf_directory(shelf))
        while not stop.is_set():
            count = 50_000
            connection.put(pa.table({"a": np.full(count, 1), "b": np.full(count, -1)}), "moving")
            connection.put(pa.table({"a": np.full(count, 2), "b": np.full(count, -2)}), "moving")
        connection.close()

    shelf.put(pa.table({"a": [1], "b": [-1]}), "moving")
    thread = threading.Thread(target=replace)
    thread.start()
    try:
        for _ in range(50):
            both = shelf.query("select sum(x.a + y.b) as z from moving x positional join moving y")
            assert both.to_pylist() == [{"z": 0}]
    finally:
        stop.set()
        thread.join()


def test_the_functions_of_the_package(
    shared_daemon: Daemon, shelf: arrowshelf.Connection, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("ARROWSHELF_DIR", str(shared_daemon.directory))
    arrowshelf.close()
    name = str(uuid.uuid4())
    arrowshelf.put(pa.table({"x": [1, 2, 3]}), name)
    assert arrowshelf.query(f'select sum(x) as s from "{name}"').to_pylist() == [{"s": 6}]
    assert arrowshelf.explain("select 1")
    arrowshelf.delete(name)
    arrowshelf.close()


def test_what_queries_do_and_keep_is_told(start_daemon: Callable[..., Daemon]) -> None:
    daemon = start_daemon("--sql-result-cache", "16MiB", "--sql-twins", "64MiB")
    with daemon.connect() as shelf:
        begun = shelf.query_usage()
        assert begun.pop("instances") <= 1 and set(begun.values()) == {0}
        shelf.put(pa.table({"n": np.arange(100_000)}), "t")
        for _ in range(3):
            assert shelf.query("select sum(n)::bigint as s from t").to_pylist() == [{"s": 4_999_950_000}]
        used = shelf.query_usage()
        assert (used["kept_results"], used["result_hits"], used["result_misses"]) == (1, 2, 1)
        assert used["kept_bytes"] > 0 and used["running"] == used["held_tables"] == 0

        def copied() -> bool:
            shelf.query("select count(*) as c, random() as r from t")
            return shelf.query_usage()["twin_bytes"] > 0

        wait_until(copied, "the table to be copied for queries")
