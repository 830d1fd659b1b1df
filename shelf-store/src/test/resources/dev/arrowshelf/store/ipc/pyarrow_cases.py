"""The other side of PyarrowSegmentIT.

pyarrow_cases.py DIRECTORY writes tables of every type as streams and files into DIRECTORY/in and prints "ready". When a line comes
on stdin, it compares the segments (DIRECTORY/out/<case>.<partition>) and slab payloads (DIRECTORY/out/<case>.slab) that were made of
them, and prints one line for each case: its name, a tab, and "ok" or what is wrong.
"""

import decimal
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.ipc as ipc

ROWS = 100
DICTIONARY = pa.dictionary(pa.int32(), pa.string())
TEXT = [None if i % 5 == 3 else f"s{i}" * (i % 17) for i in range(ROWS)]
LISTS = [None if i % 7 == 3 else list(range(i % 5)) for i in range(ROWS)]


def some(values: Iterable[object]) -> list[object]:
    """Replaces some values by nulls."""
    return [None if i % 4 == 1 else value for i, value in enumerate(values)]


def numbers() -> Iterator[tuple[str, pa.Array]]:
    """Types whose values have a fixed width."""
    yield "null", pa.nulls(ROWS)
    yield "bool", pa.array(some(i % 3 == 0 for i in range(ROWS)))
    for kind in (pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64()):
        yield str(kind), pa.array(some(range(ROWS)), kind)
    yield "half", pa.array([i / 2 for i in range(ROWS)], pa.float32()).cast(pa.float16())
    yield "float", pa.array(some(i / 2 for i in range(ROWS)), pa.float32())
    yield "double", pa.array([i / 2 for i in range(ROWS)])
    for name, kind in (
        ("decimal32", pa.decimal32(7, 2)),
        ("decimal64", pa.decimal64(15, 3)),
        ("decimal128", pa.decimal128(30, 2)),
        ("decimal256", pa.decimal256(60, 5)),
    ):
        yield name, pa.array(some(decimal.Decimal(i).scaleb(-2) for i in range(ROWS)), kind)
    small = pa.array(some(range(ROWS)), pa.int32())
    large = pa.array(some(range(ROWS)), pa.int64())
    yield "date32", small.cast(pa.date32())
    yield "date64", pa.array([i * 86_400_000 for i in range(ROWS)], pa.int64()).cast(pa.date64())
    for unit in ("s", "ms", "us", "ns"):
        coarse = unit in ("s", "ms")
        yield f"time-{unit}", (small.cast(pa.time32(unit)) if coarse else large.cast(pa.time64(unit)))
        yield f"timestamp-{unit}", large.cast(pa.timestamp(unit))
        yield f"zoned-{unit}", large.cast(pa.timestamp(unit, "Europe/Berlin"))
        yield f"duration-{unit}", large.cast(pa.duration(unit))
    yield "interval", pa.array(some((i, i + 1, i + 2) for i in range(ROWS)), pa.month_day_nano_interval())
    yield "fixed-binary", pa.array(some(b"%04d" % i for i in range(ROWS)), pa.binary(4))
    yield "fixed-binary-0", pa.array([b""] * ROWS, pa.binary(0))


def texts() -> Iterator[tuple[str, pa.Array]]:
    """Types whose values have any length."""
    for name, kind in (("utf8", pa.string()), ("large-utf8", pa.large_string()), ("utf8-view", pa.string_view())):
        yield name, pa.array(TEXT, kind)
    blobs = [None if text is None else text.encode() for text in TEXT]
    for name, kind in (("binary", pa.binary()), ("large-binary", pa.large_binary()), ("binary-view", pa.binary_view())):
        yield name, pa.array(blobs, kind)
    yield "long-views", pa.array(["y" * i for i in range(ROWS)], pa.string_view())
    yield "extension", pa.ExtensionArray.from_storage(
        pa.uuid(), pa.array([bytes([i]) * 16 for i in range(ROWS)], pa.binary(16))
    )


def nested() -> Iterator[tuple[str, pa.Array]]:
    """Types with children."""
    item = pa.int32()
    for name, kind in (
        ("list", pa.list_(item)),
        ("large-list", pa.large_list(item)),
        ("list-view", pa.list_view(item)),
        ("large-list-view", pa.large_list_view(item)),
    ):
        yield name, pa.array(LISTS, kind)
    yield "fixed-list", pa.array(some([i, i + 1] for i in range(ROWS)), pa.list_(pa.int16(), 2))
    yield "fixed-list-0", pa.array([[]] * ROWS, pa.list_(pa.int16(), 0))
    yield "map", pa.array(some([(f"k{j}", j) for j in range(i % 4)] for i in range(ROWS)), pa.map_(pa.string(), pa.int64()))
    yield "struct", pa.array(some({"a": i, "b": f"x{i}"} for i in range(ROWS)))
    yield "struct-0", pa.array([{}] * ROWS, pa.struct([]))
    yield "list-list", pa.array([[[1], [2, 3]][: i % 3] for i in range(ROWS)])
    yield "list-view-in-struct", pa.array(
        [[{"q": f"zz{i}"}] for i in range(ROWS)], pa.list_(pa.struct([("q", pa.string_view())]))
    )
    kinds = pa.array([i % 2 for i in range(ROWS)], pa.int8())
    yield "sparse-union", pa.UnionArray.from_sparse(kinds, [pa.array(range(ROWS)), pa.array(TEXT)])
    yield "dense-union", pa.UnionArray.from_dense(
        pa.array([5 if i % 2 else 9 for i in range(ROWS)], pa.int8()),
        pa.array([i // 2 for i in range(ROWS)], pa.int32()),
        [pa.array(range(ROWS)), pa.array(TEXT)],
        ["a", "b"],
        [5, 9],
    )
    for kind in (pa.int16(), pa.int32(), pa.int64()):
        yield f"runs-{kind}", pa.RunEndEncodedArray.from_arrays(pa.array([10, 40, ROWS], kind), pa.array(["x", None, "y"]))


def dictionaries() -> Iterator[tuple[str, pa.Array]]:
    """Dictionary-encoded columns."""
    encoded = pa.array(TEXT).dictionary_encode()
    for kind in (pa.int8(), pa.uint8(), pa.int16(), pa.uint16(), pa.int32(), pa.uint32(), pa.int64(), pa.uint64()):
        yield f"dictionary-{kind}", encoded.cast(pa.dictionary(kind, pa.string()))
    yield "dictionary-in-list", pa.array([["a", "b"][: i % 3] for i in range(ROWS)], pa.list_(DICTIONARY))
    inner = pa.DictionaryArray.from_arrays(pa.array([0, 1, 0], pa.int8()), pa.array(["in0", "in1"]))
    values = pa.StructArray.from_arrays([inner, pa.array([1, 2, 3])], ["i", "n"])
    yield "dictionary-of-dictionary", pa.DictionaryArray.from_arrays(
        pa.array([i % 3 for i in range(ROWS)], pa.int16()), values
    )


def changing(words: list[str], others: list[str], rows: int) -> pa.RecordBatch:
    """A batch with dictionaries of its own."""
    columns = [
        pa.DictionaryArray.from_arrays(pa.array([i % len(each) for i in range(rows)], pa.int32()), pa.array(each))
        for each in (words, others)
    ]
    return pa.record_batch([*columns, pa.array(range(rows))], schema=CHANGING)


CHANGING = pa.schema([("d", DICTIONARY), ("e", DICTIONARY), ("x", pa.int64())])


def write(
    name: str, schema: pa.Schema, batches: list[pa.RecordBatch], file: bool = False, **options: object
) -> None:
    """Writes one case."""
    with pa.OSFile(str(INPUT / name), "wb") as sink:
        writer = (ipc.new_file if file else ipc.new_stream)(sink, schema, options=ipc.IpcWriteOptions(**options))
        for batch in batches:
            writer.write(batch)
        writer.close()


def write_all() -> None:
    """Writes all cases."""
    columns = dict([*numbers(), *texts(), *nested(), *dictionaries()])
    for name, column in columns.items():
        table = pa.table({name: column}).replace_schema_metadata({b"k": b"\x00v\xff"})
        write(name, table.schema, table.to_batches())
        part = pa.table({name: column.slice(7, 31)})
        write(f"{name}-slice", part.schema, part.to_batches())
        write(f"{name}-rows-0", part.schema, [pa.record_batch([column.slice(3, 0)], [name])])
        write(f"{name}-batches-0", part.schema, [])
    table = pa.table(columns)
    batches = table.to_batches(max_chunksize=33)
    for compression in (None, "lz4", "zstd"):
        write(f"all-{compression}", table.schema, batches, compression=compression)
        write(f"all-{compression}-file", table.schema, batches, True, compression=compression)
    long = pa.table({"s": [f"abc{i}" for i in range(300_000)], "n": pa.array(range(300_000))})
    for compression in ("lz4", "zstd"):
        write(f"long-{compression}", long.schema, long.to_batches(), compression=compression)
    write("columns-0", pa.schema([]), [pa.RecordBatch.from_struct_array(columns["struct-0"])])
    write("columns-0-rows-0", pa.schema([], {b"a": b"b"}), [])
    deltas = [changing(["a", "b"], ["q"], 4), changing(["a", "b", "c"], ["q"], 5), changing(["a", "b", "c"], ["q", "r"], 6)]
    write("dictionary-delta", CHANGING, deltas, emit_dictionary_deltas=True)
    write("dictionary-replaced", CHANGING, [*deltas, changing(["z"], ["q", "r"], 3), changing(["m"], ["n"], 7)])
    old = pa.table({n: c for n, c in columns.items() if not any(w in n for w in ("union", "runs", "view"))})
    write("v4", old.schema, old.to_batches(), metadata_version=ipc.MetadataVersion.V4)
    write("v4-file", old.schema, old.to_batches(), True, metadata_version=ipc.MetadataVersion.V4)
    write("legacy", old.schema, old.to_batches(), metadata_version=ipc.MetadataVersion.V4, use_legacy_format=True)


def addresses(array: pa.Array) -> Iterator[int]:
    """The addresses of all buffers that have bytes."""
    yield from (buffer.address for buffer in array.buffers() if buffer is not None and buffer.size)
    if isinstance(array.type, pa.DictionaryType):
        yield from addresses(array.dictionary)


def check(name: str) -> None:
    """Compares what was made of one case with what was written."""
    with pa.memory_map(str(INPUT / name)) as source:
        file = name.endswith("-file")
        wanted = (ipc.open_file if file else ipc.open_stream)(source).read_all()
    parts = []
    while (path := OUTPUT / f"{name}.{len(parts)}").exists():
        part = ipc.open_file(pa.memory_map(str(path))).read_all()
        part.validate(full=True)
        for column in part.columns:
            for chunk in column.chunks:
                assert all(address % 64 == 0 for address in addresses(chunk)), "a buffer is not aligned"
        parts.append(part)
    assert parts, "no segment"
    compare(name, pa.concat_tables(parts) if len(parts) > 1 else parts[0], wanted)
    payload = OUTPUT / f"{name}.slab"
    if payload.exists():
        small = ipc.open_stream(pa.memory_map(str(payload))).read_all()
        small.validate(full=True)
        compare(name, small, wanted)


def compare(name: str, found: pa.Table, wanted: pa.Table) -> None:
    """Compares tables; a delta makes dictionaries of earlier batches longer, which is no difference in what they say."""
    assert found.schema.equals(wanted.schema, check_metadata=True), f"schema: {found.schema}"
    assert found.num_rows == wanted.num_rows, f"rows: {found.num_rows}"
    if name in ("dictionary-delta", "dictionary-replaced"):
        assert found.to_pydict() == wanted.to_pydict(), "values differ"
    else:
        assert found.equals(wanted), "values differ"
        assert [c.num_chunks for c in found.columns] == [c.num_chunks for c in wanted.columns], "chunks differ"


def main() -> None:
    write_all()
    print("ready", flush=True)
    sys.stdin.readline()
    for path in sorted(INPUT.iterdir()):
        try:
            check(path.name)
            print(f"{path.name}\tok")
        except Exception as error:  # whatever pyarrow says of a segment is the result
            print(f"{path.name}\t{type(error).__name__}: {' '.join(str(error).split())[:500]}")


INPUT = Path(sys.argv[1]) / "in"
OUTPUT = Path(sys.argv[1]) / "out"
if __name__ == "__main__":
    main()
