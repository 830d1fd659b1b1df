"""Vector search: how it is asked for and how its answers are read (docs/spec/local-protocol.md).

The search runs in the owner, over an index that all processes share; what is sent are the queries, what comes back are
distances and row numbers. numpy is used where it is installed, and not needed.
"""

from __future__ import annotations

import json
import math
import struct
import sys
import uuid
from array import array
from collections.abc import Sequence
from typing import Any, NamedTuple, Optional, Union

import pyarrow as pa

from . import _socket
from ._socket import U32, U64, ControlSocket, Cursor, frame_text

KEY_PREFIX = "\x01shelf/search/"
METRICS = ("l2", "ip", "cosine", "haversine")
INDEXES = ("auto", "exact", "kd", "ivf", "hnsw")

_FLOAT, _DOUBLE, TABLE = range(3)
NO_FILTER, COLUMN_FILTER, ROWS_FILTER, CONDITION = range(4)
_INLINE_BYTES = 4 << 20
_TICKET_BYTES = 64 << 10
_F64 = struct.Struct("<d")


class Neighbours(tuple):  # type: ignore[type-arg]
    """Distances and row numbers, as a pair; `facts` says which index was used, why, and what was left out."""

    facts: dict[str, Any]

    @property
    def distances(self) -> Any:
        return self[0]

    @property
    def ids(self) -> Any:
        return self[1]


class Around(tuple):  # type: ignore[type-arg]
    """Distances, row numbers, starts: the rows of query i lie from starts[i] to starts[i + 1]. `facts` as always."""

    facts: dict[str, Any]

    @property
    def distances(self) -> Any:
        return self[0]

    @property
    def ids(self) -> Any:
        return self[1]

    @property
    def starts(self) -> Any:
        return self[2]


class Queries(NamedTuple):
    """Vectors on their way to the owner: in the request, as a table, or as the key of a table that is there."""

    form: int
    dimensions: int
    data: bytes
    table: Optional[pa.Table] = None


class Search(NamedTuple):
    """What is searched, and how."""

    key: str
    columns: Sequence[str]
    metric: str
    index: str
    recall: float
    filter: "tuple[int, bytes]"
    k: int
    radius: Optional[float] = None


def table_of(queries: Queries) -> pa.Table:
    """The vectors as a table of one column of lists."""
    if queries.table is not None:
        return queries.table
    kind = pa.float32() if queries.form == _FLOAT else pa.float64()
    size = len(queries.data) // (kind.bit_width // 8)
    values = pa.Array.from_buffers(kind, size, [None, pa.py_buffer(queries.data)])
    return pa.table({"queries": pa.FixedSizeListArray.from_arrays(values, queries.dimensions)})


class Found(NamedTuple):
    """An answer: bytes, or the key that it lies under until it is taken."""

    facts: dict[str, Any]
    queries: int
    k: int
    data: "bytes | str"
    starts: Optional[bytes] = None


def search_of(
    key: str,
    k: int,
    columns: "Sequence[str] | str | None",
    index: str,
    metric: str,
    filter: Any,
    recall: Optional[float],
    radius: Optional[float] = None,
    where: Optional[str] = None,
) -> Search:
    """Checks what can be checked without the table."""
    if isinstance(k, bool) or not isinstance(k, int) and not hasattr(k, "__index__"):
        raise TypeError(f"k is not a whole number: type={type(k).__name__}")
    if not 1 <= int(k) < 2**31:
        raise ValueError(f"k is out of range: k={k}, least=1")
    if metric not in METRICS:
        raise ValueError(f"Unknown metric: metric={metric!r}, known={', '.join(METRICS)}")
    if index not in INDEXES:
        raise ValueError(f"Unknown index: index={index!r}, known={', '.join(INDEXES)}")
    if recall is not None and not 0 < recall <= 1:
        raise ValueError(f"Recall is out of range: recall={recall}")
    names = [columns] if isinstance(columns, str) else list(columns or ())
    distance = None if radius is None else float(radius)
    return Search(key, names, metric, index, recall or 0.0, _filter_of(filter, where), int(k), distance)


def queries_of(queries: Any) -> Queries:
    """Takes an array of one or two dimensions, a sequence of numbers or of sequences, a frame, a pyarrow table, or the
    key of a table."""
    if isinstance(queries, str):
        return Queries(TABLE, 0, queries.encode("utf-8"))
    if isinstance(queries, pa.Table):
        return Queries(TABLE, 0, b"", queries)
    if hasattr(queries, "__dataframe__") or type(queries).__module__.split(".")[0] in ("pandas", "polars"):
        queries = queries.to_numpy()
    if hasattr(queries, "__array__"):
        return _of_array(queries)
    return _of_rows(queries)


def _of_array(queries: Any) -> Queries:
    import numpy as np

    values = np.asarray(queries)
    if values.ndim not in (1, 2):
        raise ValueError(f"Queries are no rows of vectors: shape={values.shape}")
    rows = values.reshape(1, -1) if values.ndim == 1 else values
    single = rows.dtype in (np.float32, np.float16)
    plain = np.ascontiguousarray(rows, dtype=np.float32 if single else np.float64)
    form = _FLOAT if single else _DOUBLE
    if plain.nbytes <= _INLINE_BYTES:
        return Queries(form, plain.shape[1], plain.tobytes())
    flat = pa.array(plain.reshape(-1))
    return Queries(TABLE, 0, b"", pa.table({"queries": pa.FixedSizeListArray.from_arrays(flat, plain.shape[1])}))


def _of_rows(queries: Any) -> Queries:
    rows = list(queries)
    if rows and not isinstance(rows[0], (int, float)):
        rows = [list(row) for row in rows]
    else:
        rows = [rows]
    width = len(rows[0])
    if any(len(row) != width for row in rows):
        raise ValueError("Queries are of different lengths")
    values = array("d", [float(value) for row in rows for value in row])
    if sys.byteorder != "little":
        values.byteswap()
    return Queries(_DOUBLE, max(1, width), values.tobytes())


def _filter_of(filter: Any, where: Optional[str]) -> "tuple[int, bytes]":
    if where is not None:
        if filter is not None:
            raise ValueError("Give a filter or a condition, not both")
        return CONDITION, where.encode("utf-8")
    if filter is None:
        return NO_FILTER, b""
    if isinstance(filter, str):
        return COLUMN_FILTER, filter.encode("utf-8")
    kind = getattr(getattr(filter, "dtype", None), "kind", "")
    rows = filter.nonzero()[0] if kind == "b" else filter
    return ROWS_FILTER, array("q", [int(row) for row in rows]).tobytes()


def ask(link: ControlSocket, search: Search, queries: Queries) -> Found:
    """Sends a search and waits for its answer, as long as it takes."""
    kind, value = search.filter
    names = [search.metric, search.index]
    link.wait_longer(None)
    try:
        answer = link.request(
            _socket.SEARCH if search.radius is None else _socket.WITHIN,
            *(() if search.radius is None else (_F64.pack(search.radius),)),
            frame_text(search.key.encode("utf-8")),
            U32.pack(len(search.columns)),
            *(frame_text(name.encode("utf-8")) for name in search.columns),
            *(frame_text(name.encode("utf-8")) for name in names),
            U64.pack(struct.unpack("<Q", _F64.pack(search.recall))[0]),
            U32.pack(kind),
            frame_text(value),
            U32.pack(search.k),
            U32.pack(queries.form),
            U32.pack(queries.dimensions),
            frame_text(queries.data),
        )
    finally:
        link.wait_as_usual()
    cursor = Cursor(answer)
    facts = json.loads(cursor.text())
    starts = None if search.radius is None else cursor.raw(cursor.u32())
    if starts is None:
        count, k = cursor.u32(), cursor.u32()
    else:
        count, k = U32.unpack_from(starts, len(starts) - U32.size)[0], 1
    lent = cursor.u32()
    return Found(facts, count, k, cursor.text() if lent else cursor.raw(cursor.u32()), starts)


def temporary_key() -> str:
    return KEY_PREFIX + str(uuid.uuid4())


def neighbours(found: Found, lent: Optional[pa.Table]) -> Neighbours:
    """The answer as two arrays of one row a query; memoryviews where numpy is not installed."""
    if lent is None:
        data = memoryview(found.data)  # type: ignore[arg-type]
        end = 4 * found.queries * found.k
        buffers: "tuple[Any, Any]" = (data[:end], data[end:])
    else:
        columns = [lent.column(name).combine_chunks() for name in ("distance", "id")]
        chunks = [column.chunk(0) if isinstance(column, pa.ChunkedArray) else column for column in columns]
        buffers = (chunks[0].buffers()[1] or b"", chunks[1].buffers()[1] or b"")
    shape = (found.queries, found.k)
    result = Neighbours((_shaped(buffers[0], "f", shape), _shaped(buffers[1], "q", shape)))
    result.facts = found.facts
    return result


def call_json(search: Search, queries: "Queries | str", rows: str) -> bytes:
    """The search as a ticket of Flight (docs/spec/flight.md).

    `queries`: vectors, or the key of a table; `rows`: the key of a table of row numbers, or empty.
    """
    kind, value = search.filter
    wanted: "dict[str, Any]" = {
        "table": search.key,
        "metric": search.metric,
        "index": search.index,
        "recall": search.recall,
        "queries": queries if isinstance(queries, str) else _numbers(queries),
    }
    if search.columns:
        wanted["columns"] = list(search.columns)
    if search.radius is None:
        wanted["k"] = search.k
    else:
        wanted["radius"] = _number(search.radius)
    if rows:
        wanted["rows"] = rows
    elif kind == ROWS_FILTER:
        wanted["filter"] = array("q", value).tolist()
    elif kind != NO_FILTER:
        wanted["filter" if kind == COLUMN_FILTER else "where"] = value.decode("utf-8")
    return json.dumps({"search": wanted}).encode("utf-8")


def _numbers(queries: Queries) -> "list[list[float | str]]":
    flat = [_number(value) for value in array("f" if queries.form == _FLOAT else "d", queries.data)]
    width = queries.dimensions
    return [flat[at : at + width] for at in range(0, len(flat), width)]


def _number(value: float) -> "float | str":
    """JSON has no form for what is not finite: it goes as a text."""
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def is_short(queries: Queries) -> bool:
    """Whether the vectors fit well into a ticket."""
    return queries.table is None and queries.form != TABLE and len(queries.data) <= _TICKET_BYTES


def row_table(search: Search) -> Optional[pa.Table]:
    """Row numbers that are too many for a ticket."""
    kind, value = search.filter
    if kind != ROWS_FILTER or len(value) <= _TICKET_BYTES:
        return None
    return pa.table({"row": pa.Array.from_buffers(pa.int64(), len(value) // 8, [None, pa.py_buffer(value)])})


def streamed(answer: pa.Table) -> "tuple[Found, pa.Table]":
    """An answer that came by Flight."""
    facts = json.loads((answer.schema.metadata or {})[b"shelf-search"])
    count, k = facts.pop("queries"), facts.pop("k")
    if k:
        return Found(facts, count, k, b""), answer
    starts = array("I", [0]) * (count + 1)
    for query in answer.column("query").to_pylist():
        starts[query + 1] += 1
    for query in range(count):
        starts[query + 1] += starts[query]
    return Found(facts, answer.num_rows, 1, b"", starts.tobytes()), answer


def around(found: Found, lent: Optional[pa.Table]) -> Around:
    """The answer to a radius: two arrays of one place a row that was found, and where each query's rows begin."""
    distances, ids = (_flat(column) for column in neighbours(found, lent))
    data = found.starts or b""
    try:
        import numpy as np

        starts: Any = np.frombuffer(data, dtype="<u4").astype(np.int64)
    except ImportError:
        starts = memoryview(data).cast("I")
    result = Around((distances, ids, starts))
    result.facts = found.facts
    return result


def _flat(column: Any) -> Any:
    if not isinstance(column, memoryview):
        return column.reshape(-1)
    return column.cast("B").cast(column.format) if column.ndim > 1 else column


def _shaped(data: Any, code: str, shape: "tuple[int, int]") -> Union[Any, memoryview]:
    size = shape[0] * shape[1]
    try:
        import numpy as np
    except ImportError:
        flat = memoryview(data).cast("B")[: size * struct.calcsize(code)]
        return flat.cast(code, shape=list(shape)) if size else flat.cast(code)
    return np.frombuffer(data, dtype="<f4" if code == "f" else "<i8", count=size).reshape(shape)
