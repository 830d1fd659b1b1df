"""numpy arrays as tables and back: shape, dtype and order travel in the schema's metadata `arrowshelf.numpy`.

A one-dimensional array of native numbers is a column `values`; one of more dimensions is a column of nested
fixed-size lists, rows first, so that any Arrow program reads it as vectors. Everything else (text, dates, complex and
structured types, foreign byte order, no elements) is its raw bytes.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any, Optional

import pyarrow as pa

from .exceptions import ColumnNotFoundError, InvalidDataError, NullValuesError

if TYPE_CHECKING:
    import numpy as np

METADATA = b"arrowshelf.numpy"
COLUMN = "values"

_LONGEST_LIST = 2**31 - 1


def table_of(array: "np.ndarray[Any, Any]") -> pa.Table:
    """The table that stands for an array. The array's memory is used where its layout allows."""
    import numpy as np

    refuse_objects(array.dtype)
    if isinstance(array, np.ma.MaskedArray):
        raise TypeError("Masked array cannot be put: use array.filled(), or pyarrow.array(data, mask=mask) in a table")
    fortran = array.flags.f_contiguous and not array.flags.c_contiguous and not _is_column(array.dtype, array.shape)
    plain = np.ascontiguousarray(array.T if fortran else array)
    data = pa.py_buffer(bytes_of(plain)) if plain.nbytes else None
    return pa.Table.from_batches([batch_over(data, array.dtype, array.shape, "F" if fortran else "C")])


def batch_over(
    data: Optional[pa.Buffer], dtype: "np.dtype[Any]", shape: tuple[int, ...], order: str = "C"
) -> pa.RecordBatch:
    """The one-column batch that stands for an array whose elements lie in `data`."""
    if _is_column(dtype, shape):
        column = pa.Array.from_buffers(pa.from_numpy_dtype(dtype), math.prod(shape), [None, data])
        for length in reversed(shape[1:]):
            column = pa.FixedSizeListArray.from_arrays(column, length)
    else:
        column = pa.Array.from_buffers(pa.uint8(), data.size if data else 0, [None, data])
    return pa.RecordBatch.from_arrays([column], schema=_schema(column.type, dtype, shape, order))


def is_column_type(dtype: "np.dtype[Any]") -> bool:
    """Whether elements are what an Arrow column of numbers holds: native integers and floats of 8 to 64 bits."""
    return dtype.kind in "iuf" and dtype.isnative and dtype.itemsize <= 8


def refuse_objects(dtype: "np.dtype[Any]") -> None:
    """Raises for elements that are references and mean nothing to another process."""
    if dtype.hasobject or dtype.kind == "T":
        raise TypeError(
            f"Array of Python objects cannot lie in shared memory: dtype={dtype} "
            "(give it a fixed type, for example array.astype('U') or array.astype(float), or put it as a pandas frame)"
        )


def array_of(table: pa.Table) -> "Optional[np.ndarray[Any, Any]]":
    """The array that was put, read-only and over the table's own memory; None when no array was put."""
    described = (table.schema.metadata or {}).get(METADATA)
    if described is None or table.num_columns != 1:
        return None
    import numpy as np

    facts = json.loads(described)
    dtype, shape = _dtype(facts["dtype"]), tuple(facts["shape"])
    column = _one_chunk(table.column(0))
    while pa.types.is_fixed_size_list(column.type):
        column = column.flatten()
    data = column.buffers()[1]
    count = math.prod(shape) * dtype.itemsize
    if data is None or count == 0:
        array = np.empty(shape, dtype)
        array.flags.writeable = False
        return array
    start = column.offset * (column.type.bit_width // 8)
    if data.size < start + count:
        raise InvalidDataError(f"Array is shorter than its shape: shape={shape}, dtype={dtype}, bytes={data.size}")
    view: np.ndarray[Any, Any] = np.ndarray(shape, dtype, buffer=data, offset=start, order=facts.get("order", "C"))
    return view


def column_view(table: pa.Table, name: str) -> "np.ndarray[Any, Any]":
    """A read-only array of one column: over the shelf's memory for numbers and times, converted otherwise."""
    array = array_of(table) if name == COLUMN else None
    if array is not None:
        return array
    if name not in table.column_names:
        raise ColumnNotFoundError(f"Column does not exist: column={name!r}, columns={table.column_names}")
    column = table.column(name)
    if column.null_count:
        raise NullValuesError(
            f"Column has missing values, which a view cannot show: column={name!r}, nulls={column.null_count} "
            f"(use get_arrow(key).column(name).to_numpy() or fill them first)"
        )
    chunk = _one_chunk(column)
    view: np.ndarray[Any, Any]
    try:
        view = chunk.to_numpy(zero_copy_only=True)
    except pa.ArrowInvalid:
        view = chunk.to_numpy(zero_copy_only=False)
    view.flags.writeable = False
    return view


def _is_column(dtype: "np.dtype[Any]", shape: tuple[int, ...]) -> bool:
    """Whether an array is a column of numbers or of lists of them; all others are raw bytes."""
    lists = len(shape) == 1 or (len(shape) > 1 and all(0 < length <= _LONGEST_LIST for length in shape))
    return lists and is_column_type(dtype)


def _one_chunk(column: pa.ChunkedArray) -> pa.Array:
    if column.num_chunks == 1:
        return column.chunk(0)
    combined = column.combine_chunks()
    return pa.concat_arrays(combined.chunks) if isinstance(combined, pa.ChunkedArray) else combined


def _schema(kind: pa.DataType, dtype: "np.dtype[Any]", shape: tuple[int, ...], order: str) -> pa.Schema:
    import numpy as np

    facts = {"dtype": np.lib.format.dtype_to_descr(dtype), "shape": list(shape), "order": order}
    return pa.schema([pa.field(COLUMN, kind, nullable=False)], metadata={METADATA: json.dumps(facts).encode()})


def _dtype(described: Any) -> "np.dtype[Any]":
    import numpy as np

    return np.lib.format.descr_to_dtype(_tuples(described))


def _tuples(described: Any, fields: bool = True) -> Any:
    """The description of a dtype with the tuples that JSON made lists of: a list of fields, each a tuple."""
    if not isinstance(described, list):
        return described
    if fields:
        return [_tuples(field, fields=False) for field in described]
    name, kind, *shape = described
    name = tuple(name) if isinstance(name, list) else name
    return (name, _tuples(kind), *(tuple(part) if isinstance(part, list) else part for part in shape))


def bytes_of(array: "np.ndarray[Any, Any]") -> memoryview:
    """The memory of a C-contiguous array."""
    import numpy as np

    flat: Any = array.reshape(-1).view(np.uint8) if array.nbytes else b""
    return memoryview(flat)
