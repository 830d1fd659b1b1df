"""The command lines of the ArrowRedis program and of its benchmark suite, every flag of their READMEs, run by ours."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from daemon import LAUNCHER
from private_redis import Redis

import arrowshelf.redis

COMPAT = Path(__file__).parents[1] / "compat"
PASSWORD = "word-in-the-url"
AWS = ("--aws-access-key", "a", "--aws-secret-key", "s", "--aws-region", "us-east-1")


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    server = Redis(tmp_path_factory.mktemp("redis"), PASSWORD)
    yield server
    server.kill()


def url(redis: Redis) -> str:
    return f"redis://:{PASSWORD}@127.0.0.1:{redis.port}/0"


def run(script: str, *arguments: str, status: int = 0) -> "subprocess.CompletedProcess[str]":
    done = subprocess.run([sys.executable, str(COMPAT / script), *arguments], capture_output=True, text=True, timeout=300)
    assert done.returncode == status, done.stderr
    return done


def arrow(*arguments: str, status: int = 0) -> str:
    return run("bench_arrow.py", *arguments, status=status).stdout


def gen(file: Path, *more: str, seed: int = 7) -> str:
    sizes = ("--partitions", "3", "--batches", "2", "--rows", "500", "--compression", "zstd")
    strings = ("--dict-strings", "--string-cardinality", "40", "--seed", str(seed))
    return arrow("gen", "--out", str(file), *sizes, *strings, *more)


def test_every_flag_of_the_program(redis: Redis, tmp_path: Path) -> None:
    file, again, back = tmp_path / "data.arrow", tmp_path / "again.arrow", tmp_path / "back.arrow"
    assert f"Wrote {file}" in gen(file, "--parallel", "--workers", "2")
    gen(again, "--no-parallel")
    assert file.read_bytes() == again.read_bytes()

    where = ("--redis-url", url(redis), "--prefix", "demo:v1", "--cluster", "off")
    stored = arrow("split", "--inp", str(file), *where, "--batches", "2", "--compression", "zstd", "--max-inflight", "4")
    assert "Stored 6 chunks to Redis under 'demo:v1:'" in stored
    pace = ("--pipeline", "2", "--concurrency", "3", "--batches", "2")
    assert "Read 3,000 rows from Redis" in arrow("read", *where, "--partitions", "all", *pace)
    part = arrow("read", *where, "--partitions", "0,2", *pace, "--out", str(back), "--compression", "lz4")
    assert "Read 2,000 rows from Redis" in part and f"Saved to {back}" in part
    assert "3,000 rows" in arrow("local-read", "--inp", str(file), "--partitions", "all")
    assert "1,000 rows" in arrow("local-read", "--inp", str(file), "--partitions", "1")

    arrow("read", *where, "--partitions", "all", *pace, "--out", str(back))
    assert "FILES ARE IDENTICAL!" in arrow("verify", "--file1", str(file), "--file2", str(back))
    gen(again, seed=8)
    assert "FILES DIFFER" in arrow("verify", "--file1", str(file), "--file2", str(again), status=1)


def test_values_are_those_of_the_program(redis: Redis, tmp_path: Path) -> None:
    file = tmp_path / "data.arrow"
    gen(file)
    arrow("split", "--inp", str(file), "--redis-url", url(redis), "--prefix", "own", "--batches", "2")
    facts = arrowshelf.redis.list_data_sets(url(redis))
    assert [fact["layout"] for fact in facts if fact["prefix"] == "own"] == ["arrowredis"]
    with pa.memory_map(str(file)) as source:
        rows = pa.ipc.open_file(source).read_all()
    assert arrowshelf.redis.read(url(redis), "own").equals(rows)


def test_loss_is_no_success(redis: Redis, tmp_path: Path) -> None:
    file = tmp_path / "data.arrow"
    gen(file)
    where = ("--redis-url", url(redis), "--prefix", "loss")
    arrow("read", *where, "--partitions", "all", "--batches", "2", status=1)
    arrow("split", "--inp", str(file), *where, "--batches", "2")
    arrow("read", *where, "--partitions", "9", "--batches", "2", status=1)
    arrow("read", *where, "--partitions", "all", "--batches", "1", status=1)
    arrow("read", *where, "--partitions", "all", "--batches", "2", "--cluster", "on", status=1)


@pytest.mark.parametrize(
    "arguments",
    [
        ("s3-upload", "--inp", "f", "--bucket", "b", "--key", "k", *AWS),
        ("s3-read", "--bucket", "b", "--key", "k", "--partitions", "0", *AWS),
    ],
)
def test_s3_is_refused_in_words(arguments: tuple[str, ...]) -> None:
    assert "S3 is not supported" in run("bench_arrow.py", *arguments, status=1).stderr


def test_every_flag_of_the_suite(redis: Redis, tmp_path: Path) -> None:
    folder, results = tmp_path / "files", tmp_path / "results.json"
    flags = ("--redis-url", url(redis), "--size", "50mb", "--output-dir", str(folder), "--cluster", "off", "--no-cleanup")
    pace = ("--max-inflight", "64", "--pipeline", "16", "--concurrency", "32")
    done = run("benchmark_test.py", *flags, *pace, "--output-json", str(results), "--verify")
    assert "Split (s)" in done.stdout
    (result,) = json.loads(results.read_text())
    assert result["config"]["target_size_mb"] == 50
    assert result["read_rows"] == result["local_read_rows"] == 4 * 8 * 50_000
    assert result["verification_enabled"] and result["verification_passed"]
    assert list(folder.glob("*.arrow"))
    refused = run("benchmark_test.py", *flags, "--s3-bucket", "b", "--s3-key-prefix", "p", *AWS, status=1)
    assert "S3 is not supported" in refused.stderr


def test_the_demo_runs_by_itself_and_leaves_nothing() -> None:
    before = set(Path("/dev/shm").glob("arrowshelf-redis-demo-*"))
    done = subprocess.run([str(LAUNCHER), "redis-demo"], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "the files are identical" in done.stdout
    assert set(Path("/dev/shm").glob("arrowshelf-redis-demo-*")) <= before
