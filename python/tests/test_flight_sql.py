"""Flight SQL with clients that know nothing of ours: the ADBC driver, and pyarrow.flight by hand."""

from __future__ import annotations

import datetime
import threading
import time
from typing import Iterator

import pyarrow as pa
import pytest
from daemon import Daemon, wait_until

import arrowshelf

adbc = pytest.importorskip("adbc_driver_flightsql.dbapi")


@pytest.fixture
def database(shelf: "arrowshelf.Connection", shared_daemon: Daemon) -> "Iterator[adbc.Connection]":
    shelf.put(pa.table({"id": range(1000), "name": [f"row {i}" for i in range(1000)]}), key="orders")
    with adbc.connect(f"grpc://{shared_daemon.address}", autocommit=True) as connection:
        yield connection


def rows(database: "adbc.Connection", sql: str, parameters: "object" = None) -> pa.Table:
    with database.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetch_arrow_table()


def test_a_statement_gives_an_arrow_table(database: "adbc.Connection") -> None:
    assert rows(database, "select sum(id)::bigint as s, max(name) as m from orders").to_pylist() == [
        {"s": 499500, "m": "row 999"}
    ]
    assert rows(database, "from orders").num_rows == 1000
    assert rows(database, "from orders where id < 0").num_rows == 0


def test_parameters_keep_their_types(database: "adbc.Connection") -> None:
    assert rows(database, "select count(*) as n from orders where id >= ?", [990]).to_pylist() == [{"n": 10}]
    values = [7, 2.5, "Ключ", datetime.date(2024, 2, 29), True, b"\x00\xff"]
    found = rows(database, "select ?::int as i, ?::double as d, ? as s, ?::date as t, ?::bool as b, ?::blob as x", values)
    assert list(found.to_pylist()[0].values()) == values


def test_catalogues_schemas_and_tables_are_listed(database: "adbc.Connection") -> None:
    objects = database.adbc_get_objects(depth="all").read_all().to_pylist()
    assert [catalog["catalog_name"] for catalog in objects] == ["memory"]
    [schema] = objects[0]["catalog_db_schemas"]
    assert schema["db_schema_name"] == "shelf"
    [table] = schema["db_schema_tables"]
    assert table["table_name"] == "orders" and table["table_type"] == "TABLE"
    assert [column["column_name"] for column in table["table_columns"]] == ["id", "name"]
    assert database.adbc_get_table_types() == ["TABLE"]
    assert database.adbc_get_info()["vendor_name"] == "ArrowShelf"
    described = database.adbc_get_table_schema("orders", db_schema_filter="shelf")
    assert described.names == rows(database, "select * from orders limit 0").schema.names


def test_errors_have_kinds_that_drivers_know(database: "adbc.Connection") -> None:
    from adbc_driver_manager import Error, ProgrammingError

    with pytest.raises(ProgrammingError, match="syntax error"):
        rows(database, "select from where")
    with pytest.raises(Error, match="orders"):
        rows(database, "from ordders")
    with pytest.raises(Error, match="only statements that read"):
        rows(database, "drop table orders")
    with pytest.raises(Error, match="only statements that read"), database.cursor() as cursor:
        cursor.executescript("delete from orders")
    assert rows(database, "select 1 as n").to_pylist() == [{"n": 1}]


def test_tables_are_ingested(database: "adbc.Connection", shelf: "arrowshelf.Connection") -> None:
    from adbc_driver_manager import Error

    first, second = pa.table({"x": [1, 2, 3]}), pa.table({"x": [4, 5]})
    with database.cursor() as cursor:
        assert cursor.adbc_ingest("made", first, mode="create") == 3
        with pytest.raises(Error, match="exists"):
            cursor.adbc_ingest("made", first, mode="create")
        assert cursor.adbc_ingest("made", second, mode="append") == 2
        with pytest.raises(Error, match="no table"):
            cursor.adbc_ingest("nosuch", first, mode="append")
        with pytest.raises(Error, match="other columns"):
            cursor.adbc_ingest("made", pa.table({"y": ["a"]}), mode="append")
        assert shelf.get_arrow("made")["x"].to_pylist() == [1, 2, 3, 4, 5]
        cursor.adbc_ingest("made", second, mode="replace")
        assert shelf.get_arrow("made")["x"].to_pylist() == [4, 5]
        cursor.adbc_ingest("made", first, mode="create_append")
        cursor.adbc_ingest("made", first, mode="replace", catalog_name="memory", db_schema_name="shelf")
        cursor.adbc_ingest("made", second, mode="append")
        for place in ({"catalog_name": "other"}, {"db_schema_name": "other"}, {"temporary": True}):
            with pytest.raises(Error, match="there is one|no temporary"):
                cursor.adbc_ingest("elsewhere", first, mode="create", **place)
        assert sorted(shelf.list_keys()) == ["made", "orders"]
    assert rows(database, "select sum(x)::bigint as s from made").to_pylist() == [{"s": 15}]


def test_a_query_is_cancelled_at_once(database: "adbc.Connection") -> None:
    failures: "list[BaseException]" = []
    begun = threading.Event()
    with database.cursor() as cursor:

        def run() -> None:
            begun.set()
            try:
                cursor.execute("select sum(a.range * b.range) from range(3000000) a, range(3000000) b")
                cursor.fetchall()
            except Exception as failure:  # any kind: the driver chooses
                failures.append(failure)

        worker = threading.Thread(target=run)
        worker.start()
        assert begun.wait(10)
        wait_until(lambda: cancel_tried(cursor, worker), "the query to end")
        worker.join(10)
        assert not worker.is_alive() and failures
    begin = time.monotonic()
    assert rows(database, "select 1 as n").num_rows == 1
    assert time.monotonic() - begin < 5


def cancel_tried(cursor: "adbc.Cursor", worker: threading.Thread) -> bool:
    cursor.adbc_cancel()
    worker.join(0.2)
    return not worker.is_alive()


def test_a_large_result_comes_in_messages_that_the_driver_takes(database: "adbc.Connection") -> None:
    found = rows(database, "select range as n, repeat('x', 100) as s from range(1000000)")
    assert found.num_rows == 1_000_000 and found["n"][-1].as_py() == 999_999


def test_plain_flight_runs_statements(shelf: "arrowshelf.Connection", shared_daemon: Daemon) -> None:
    flight = pytest.importorskip("pyarrow.flight")
    shelf.put(pa.table({"id": range(10)}), key="orders")

    def text(number: int, value: bytes) -> bytes:
        return bytes([number << 3 | 2, len(value)]) + value

    kind = b"type.googleapis.com/arrow.flight.protocol.sql.CommandStatementQuery"
    command = text(1, kind) + text(2, text(1, b"select sum(id)::bigint as s from orders"))
    with flight.connect(f"grpc://{shared_daemon.address}") as client:
        info = client.get_flight_info(flight.FlightDescriptor.for_command(command))
        assert info.schema.names == ["s"]
        assert client.do_get(info.endpoints[0].ticket).read_all().to_pylist() == [{"s": 45}]
