"""Files of other formats become tables, piece by piece."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Optional

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest
from daemon import Daemon

import arrowshelf
from arrowshelf import InvalidDataError
from arrowshelf._json import ArrayLines

TABLE = pa.table({"n": np.arange(300_000), "x": np.arange(300_000) / 4, "s": [f"a, \"{i % 7}\"\n" for i in range(300_000)]})


def written(folder: Path, ending: str) -> Path:
    path = folder / f"rows{ending}"
    if ending == ".parquet":
        pa.parquet.write_table(TABLE, path, row_group_size=50_000)
    elif ending == ".csv":
        pa.csv.write_csv(TABLE, path)
    elif ending == ".jsonl":
        TABLE.to_pandas().to_json(path, orient="records", lines=True)
    else:
        make = pa.ipc.new_file if ending == ".arrow" else pa.ipc.new_stream
        with pa.OSFile(str(path), "wb") as file, make(file, TABLE.schema) as writer:
            writer.write_table(TABLE, 50_000)
    return path


@pytest.mark.parametrize("ending", [".parquet", ".csv", ".jsonl", ".arrow", ".arrows"])
def test_a_file_becomes_an_equal_table(shelf: arrowshelf.Connection, tmp_path: Path, ending: str) -> None:
    key = shelf.put_file(written(tmp_path, ending), "rows")
    assert key == "rows"
    table = shelf.get_arrow("rows")
    assert table.cast(TABLE.schema).combine_chunks().equals(TABLE.combine_chunks())
    assert shelf.query("select count(*) as c, sum(n)::bigint as n from rows").to_pylist() == [
        {"c": 300_000, "n": 300_000 * 299_999 // 2}
    ]


def test_the_format_may_be_named_and_options_are_those_of_put(shelf: arrowshelf.Connection, tmp_path: Path) -> None:
    path = written(tmp_path, ".parquet").rename(tmp_path / "no ending")
    shelf.put_file(path, "rows", format="parquet", partition_rows=100_000, metadata={"from": "a file"})
    assert shelf.info("rows")["partitions"] >= 3 and shelf.details("rows")["metadata"] == {"from": "a file"}
    with pytest.raises(ValueError, match="Format cannot be told"):
        shelf.put_file(path)
    with pytest.raises(ValueError, match="Unknown format"):
        shelf.put_file(path, format="xlsx")


@pytest.mark.parametrize("ending", [".parquet", ".csv", ".jsonl", ".arrow"])
def test_what_is_no_such_file_leaves_nothing_behind(shelf: arrowshelf.Connection, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"rows{ending}"
    path.write_bytes(b"\x00\x01\x02 nothing of that kind \xff" if ending != ".csv" else b"a,b\n1,2\n3\n")
    with pytest.raises(InvalidDataError, match="rows"):
        shelf.put_file(path, "rows")
    with pytest.raises(FileNotFoundError):
        shelf.put_file(tmp_path / f"missing{ending}")
    for wrong in ("[1, 2]", '[{"a": 1}', '[{"a": 1}] {"a": 2}]', "[]"):
        (tmp_path / "array.json").write_text(wrong)
        with pytest.raises(InvalidDataError, match="array"):
            shelf.put_file(tmp_path / "array.json", "rows")
    assert shelf.list_keys() == []


@pytest.mark.parametrize("indent", [None, 2])
def test_one_json_array_is_a_row_for_each_object(
    shelf: arrowshelf.Connection, tmp_path: Path, indent: Optional[int]
) -> None:
    rows = [
        {"n": i, "s": '],[ "\\" \n' * (i % 5), "list": [i, {"deep": [[i]]}["deep"][0][0]], "in": {"a, b": f"{{{i}\\"}}
        for i in range(60_000)
    ]
    path = tmp_path / "rows.json"
    path.write_text("\ufeff \n" + json.dumps(rows, indent=indent), encoding="utf-8")
    shelf.put_file(path, "rows")
    assert shelf.get_arrow("rows").to_pylist() == rows


@pytest.mark.parametrize("piece", [1, 2, 3, 7, 4096])
def test_json_arrays_are_read_in_pieces_of_any_size(piece: int) -> None:
    text = b'[ {"a": "\\\\", "b": [1, 2]},\n{"a": "\\"]},{[", "b": []} ,{"a":"","b":[3]}]\n'
    source = ArrayLines(io.BytesIO(text))
    lines = b"".join(iter(lambda: source.read(piece), b"")).splitlines()
    assert [json.loads(line) for line in lines if line.strip()] == json.loads(text)


PUT = """
import sys
import pyarrow as pa
import arrowshelf
arrowshelf.connect(dir=sys.argv[1]).put_file(sys.argv[2], "large")
print(pa.default_memory_pool().max_memory())
"""


def test_a_large_file_needs_little_memory(shelf: arrowshelf.Connection, shared_daemon: Daemon, tmp_path: Path) -> None:
    path = tmp_path / "large.parquet"
    batch = pa.record_batch({"a": np.arange(500_000), "b": np.random.default_rng(1).random(500_000)})
    with pa.parquet.ParquetWriter(path, batch.schema, compression="none", use_dictionary=False) as writer:
        for _ in range(40):  # 320 MB
            writer.write_batch(batch)
    said = subprocess.run(
        [sys.executable, "-c", PUT, str(shared_daemon.directory), str(path)], check=True, capture_output=True, text=True
    )
    assert shelf.info("large")["rows"] == 20_000_000
    assert int(said.stdout) < 100 << 20
