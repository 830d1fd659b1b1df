"""Two daemons with shelves of their own, which only a Redis connects."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Callable

import pyarrow as pa
import pytest
from daemon import LAUNCHER, Daemon, wait_until
from private_redis import Redis

import arrowshelf

PASSWORD = "only-in-the-environment"


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Redis]:
    server = Redis(tmp_path, PASSWORD)
    yield server
    server.kill()


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([str(LAUNCHER), *arguments], capture_output=True, text=True, timeout=120)


def table(start: int, rows: int = 300_000) -> pa.Table:
    return pa.table({"v": pa.array(range(start, start + rows), pa.int64())})


def tier_of(shelf: arrowshelf.Connection) -> str:
    return str(shelf._open().status()["features"]["tier"])  # type: ignore[union-attr]


def test_a_table_reaches_another_host_and_the_shelf_outlives_redis(
    redis: Redis, start_daemon: "Callable[..., Daemon]", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDIS_PASSWORD", PASSWORD)
    flags = ("--redis-url", redis.url, "--redis-refresh", "0.2")
    hosts = [start_daemon(*flags, name=name) for name in ("a", "b")]
    here, there = (host.connect() for host in hosts)
    wait_until(lambda: tier_of(here) == tier_of(there) == "on", "the tier to answer", 40)
    for host in hosts:
        command = Path(f"/proc/{host.pid}/cmdline").read_bytes()
        assert PASSWORD.encode() not in command

    here.put(table(1), "prices")
    with pytest.raises(KeyError):
        there.get_arrow("prices")
    generation = here.publish("prices")
    assert there.get_arrow("prices").equals(table(1))
    assert there.promote("prices", generation)
    assert not there.promote("nothing")

    here.put(table(2), "prices")
    here.publish("prices")
    wait_until(lambda: there.get_arrow("prices").equals(table(2)), "the copy to follow", 40)
    here.demote("prices")
    assert here.list_keys() == []
    shown = run("--dir", str(hosts[0].directory), "get", "prices", "--limit", "1", "--json")
    assert shown.stdout.strip() == '{"v":2}', shown.stderr
    assert here.list_keys() == ["prices"]
    here.put(table(3, 5), "small")
    assert run("--dir", str(hosts[0].directory), "publish", "small").returncode == 0
    assert run("--dir", str(hosts[1].directory), "promote", "small").returncode == 0
    assert there.get_arrow("small").equals(table(3, 5))
    assert run("--dir", str(hosts[1].directory), "promote", "nothing").returncode != 0

    here.put(table(6, 5), "gone")
    here.publish("gone")
    assert there.get_arrow("gone").num_rows == 5
    here.delete("gone")
    wait_until(lambda: "gone" not in there.list_keys(), "the copy to end", 40)
    with pytest.raises(KeyError):
        there.get_arrow("gone")

    redis.kill()
    with pytest.raises(KeyError, match="tier"):
        there.get_arrow("unknown")
    begin = time.monotonic()
    with pytest.raises(KeyError, match="tier"):
        there.get_arrow("unknown")
    with pytest.raises(arrowshelf.ArrowShelfError):
        there.publish("small")
    assert time.monotonic() - begin < 3  # each would look for Redis for two seconds
    assert there.get_arrow("prices").equals(table(2))
    there.put(table(4), "own")
    assert "tier is down" in run("--dir", str(hosts[1].directory), "status").stdout
    redis.restart()
    wait_until(lambda: tier_of(here) == tier_of(there) == "on", "the tier to be back", 40)
    there.publish("own")
    assert here.get_arrow("own").equals(table(4))


def test_a_password_on_the_command_line_is_refused(directory: Path) -> None:
    url = f"redis://:{PASSWORD}@127.0.0.1:1/0"
    refused = run("--dir", str(directory / "shelf"), "server", "--port", "0", "--redis-url", url)
    assert refused.returncode == 1, refused
    assert "REDIS_PASSWORD" in refused.stderr
    assert PASSWORD not in refused.stderr + refused.stdout


def test_a_shelf_without_a_tier_says_so(shelf: arrowshelf.Connection) -> None:
    shelf.put(table(1, 5), "t")
    for ask in (shelf.publish, shelf.demote, shelf.promote):
        with pytest.raises(arrowshelf.ArrowShelfError, match="--redis-url"):
            ask("t")
    assert shelf.get_arrow("t").num_rows == 5
