"""What import_data takes besides what put takes: sources named by kind, and database connections."""

from __future__ import annotations

from typing import Any, Optional

import pyarrow as pa

from . import _sources

_FILE_KINDS = set(_sources.KINDS.values())


def read(
    source: Any,
    source_type: str = "auto",
    *,
    connection_options: Optional[dict[str, Any]] = None,
    query: Optional[str] = None,
    table_name: Optional[str] = None,
    schema: Optional[str] = None,
    options: Optional[dict[str, Any]] = None,
) -> Any:
    """Data that put takes. A source is a file, data, or an open connection with a query or a table's name.

    ValueError for what needs a driver or a download: open the connection, or read the file, and pass that.
    """
    if hasattr(source, "cursor"):
        return _of_connection(source, query or _statement(table_name, schema))
    if connection_options or options:
        raise ValueError("Options of drivers are not known here: open the connection and pass it as source")
    if _sources.is_path(source):
        if "://" in str(source):
            raise ValueError(f"Source is not a file of this host: source={source} (read it first, and pass the data)")
        if source_type != "auto" and source_type not in _FILE_KINDS:
            raise ValueError(f"Source is not an open connection: source_type={source_type} (pass the connection)")
        return _sources.read(source, "" if source_type == "auto" else source_type)
    return source


def _statement(table_name: Optional[str], schema: Optional[str]) -> str:
    if not table_name:
        raise ValueError("Neither query nor table_name is given for a database connection")
    names = [name for name in (schema, table_name) if name]
    return "select * from " + ".".join('"' + name.replace('"', '""') + '"' for name in names)


def _of_connection(connection: Any, sql: str) -> pa.Table:
    cursor = connection.cursor()
    try:
        cursor.execute(sql)
        if hasattr(cursor, "fetch_arrow_table"):
            return cursor.fetch_arrow_table()
        names = [column[0] for column in cursor.description]
        rows = cursor.fetchall()
        return pa.table({name: [row[place] for row in rows] for place, name in enumerate(names)})
    finally:
        cursor.close()
