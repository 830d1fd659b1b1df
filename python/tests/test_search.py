"""Vector search against a real daemon."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from typing import Any, Iterator

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from daemon import LAUNCHER, Daemon, wait_until

import arrowshelf


@pytest.fixture
def shelf(shared_daemon: Daemon) -> Iterator[arrowshelf.Connection]:
    """A connection to an empty shelf."""
    connection = arrowshelf.connect(dir=shared_daemon.directory)
    connection.delete_all()
    yield connection
    connection.delete_all()
    connection.close()


def nearest(points: np.ndarray, queries: np.ndarray, k: int) -> np.ndarray:
    return np.sort(np.sqrt(((queries[:, None, :] - points[None, :, :]) ** 2).sum(axis=2)), axis=1)[:, :k]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("count", [1, 7, 6000])
def test_finds_the_nearest_rows(shelf: arrowshelf.Connection, dtype: type, count: int) -> None:
    random = np.random.default_rng(3)
    points = random.random((3000, 3)).astype(dtype)
    queries = random.random((count, 3)).astype(dtype)
    shelf.put(pd.DataFrame(points, columns=["x", "y", "z"]), "points")

    distances, ids = shelf.search("points", queries, 9)

    assert distances.shape == ids.shape == (count, 9)
    assert distances.dtype == np.float32 and ids.dtype == np.int64
    some = slice(0, 50)
    np.testing.assert_allclose(distances[some], nearest(points, queries[some], 9), rtol=1e-4, atol=1e-6)
    found = np.sqrt(((points[ids] - queries[:, None, :]) ** 2).sum(axis=2))
    np.testing.assert_allclose(found, distances, rtol=1e-4, atol=1e-6)
    assert shelf.list_keys() == ["points"]


def test_many_queries_travel_as_tables_and_leave_nothing(shelf: arrowshelf.Connection) -> None:
    random = np.random.default_rng(4)
    points = random.random((200_000, 3))
    shelf.put(pd.DataFrame(points, columns=["x", "y", "z"]), "points")

    found = shelf.search("points", points, 2)

    assert (found.ids[:, 0] == np.arange(200_000)).all()
    assert (found.distances[:, 0] == 0).all()
    assert found.facts["index"] == "kd"
    again = shelf.search("points", "points", 2)
    np.testing.assert_array_equal(again.ids, found.ids)
    assert shelf.list_keys() == ["points"]


def test_a_column_of_lists_is_a_vector(shelf: arrowshelf.Connection) -> None:
    random = np.random.default_rng(5)
    points = random.random((2000, 40), dtype=np.float32)
    shelf.put(points, "vectors")

    distances, ids = shelf.search("vectors", points[17], 3)

    assert ids.shape == (1, 3)
    assert ids[0, 0] == 17 and distances[0, 0] == 0


def test_metrics_filters_and_columns(shelf: arrowshelf.Connection) -> None:
    frame = pd.DataFrame({"lat": [48.1, 52.5, 50.1], "lon": [11.6, 13.4, 8.7], "open": [True, False, True]})
    shelf.put(frame, "towns")

    distances, ids = shelf.search("towns", [52.4, 13.0], 3, columns=["lat", "lon"], metric="haversine")
    assert ids.tolist() == [[1, 2, 0]]
    assert 28_000 < distances[0, 0] < 31_000
    by_air = {"columns": ["lat", "lon"], "metric": "haversine"}
    assert shelf.search("towns", [52.4, 13.0], 2, filter="open", **by_air).ids.tolist() == [[2, 0]]
    assert shelf.search("towns", [52.4, 13.0], 2, filter=[0], **by_air).ids.tolist() == [[0, -1]]
    mask = np.array([False, True, True])
    assert shelf.search("towns", [48.1, 11.6], 2, ["lat", "lon"], filter=mask).ids.tolist() == [[2, 1]]


def test_a_wished_recall_chooses_lists_and_their_number(shelf: arrowshelf.Connection) -> None:
    random = np.random.default_rng(8)
    centres = random.random((60, 24)) * 10
    points = (centres[random.integers(0, 60, 60_000)] + random.normal(0, 1, (60_000, 24))).astype(np.float32)
    shelf.put(points, "vectors")
    queries = points[:500] + np.float32(0.01)

    exact = shelf.search("vectors", queries, 10)
    assert exact.facts["index"] == "exact"
    probes = []
    for recall in (0.8, 0.95, 1.0):
        found = shelf.search("vectors", queries, 10, index="ivf", recall=recall)
        met = np.mean([len(np.intersect1d(a, b)) for a, b in zip(found.ids, exact.ids)]) / 10
        assert met > recall - 0.03
        probes.append(int(found.facts["reason"].rsplit("probes=", 1)[1]))
    assert probes == sorted(probes) and probes[0] < probes[2]
    assert shelf.search("vectors", queries, 10, recall=0.9).facts["index"] == "ivf"


def test_an_index_built_on_the_command_line_serves_everybody(
    shelf: arrowshelf.Connection, shared_daemon: Daemon
) -> None:
    points = np.random.default_rng(9).random((5000, 3))
    shelf.put(pd.DataFrame(points, columns=["x", "y", "z"]), "points")
    assert shelf.search("points", points[0], 1).facts["index"] == "exact"

    for action in ("build", "list", "drop"):
        table = [] if action == "list" else ["points"]
        done = subprocess.run(
            [LAUNCHER, "index", action, *table, "--dir", shared_daemon.directory],
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        if action == "list":
            assert "points" in done.stdout
            found = shelf.search("points", points[:1], 1)
            assert found.facts["reason"] == "a k-d tree is there and exact" and found.ids.tolist() == [[0]]
    wait_until(lambda: shelf.search("points", points[0], 1).facts["index"] == "exact", "the daemon to let go")


def test_a_command_is_answered_by_the_daemon_as_in_place(shelf: arrowshelf.Connection, shared_daemon: Daemon) -> None:
    points = np.random.default_rng(14).random((6000, 3))
    frame = pd.DataFrame(points, columns=["x", "y", "z"]).assign(open=np.arange(6000) % 2 == 0)
    shelf.put(frame, "points")

    def run(*more: str, place: "tuple[str, str]" = ("--dir", str(shared_daemon.directory))) -> "dict[str, object]":
        line = [LAUNCHER, "search", "points", *place, "--columns", "x,y,z", *more]
        done = subprocess.run(line, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        found: "dict[str, object]" = json.loads(done.stdout)
        found.pop("millis", None)
        return found

    for more in (["--query", "0.5,0.5,0.5;0.1,0.2,0.3", "--json"], ["--query", "0.5,0.5,0.5", "--radius", "0.2", "--json"],
                 ["--query", "0.5,0.5,0.5", "--where", "open and x > 0.6", "--json"],
                 ["--queries", "points", "--neighbours", "7", "--index", "kd", "--filter", "open", "--summary"]):
        asked, in_place = run(*more), run(*more, "--here")
        assert {**asked, "reason": ""} == {**in_place, "reason": ""}
        streamed = run(*more, place=("--address", shared_daemon.address))  # it is not among this user's shelves
        assert {**streamed, "reason": ""} == {**in_place, "reason": ""}
    wait_until(lambda: len(shelf.indexes()) == 1, "the index that the daemon built to be listed")
    wrong = subprocess.run([LAUNCHER, "search", "none", "--dir", shared_daemon.directory, "--query", "1"], capture_output=True, text=True, timeout=60)
    assert wrong.returncode != 0 and "no such table" in wrong.stderr


def test_a_replaced_table_is_searched_anew(shelf: arrowshelf.Connection) -> None:
    random = np.random.default_rng(6)
    for _ in range(3):
        points = random.random((20_000, 3))
        shelf.put(pd.DataFrame(points, columns=["x", "y", "z"]), "points")
        assert (shelf.search("points", points, 1).ids[:, 0] == np.arange(20_000)).all()


def test_wrong_searches_are_typed_errors(shelf: arrowshelf.Connection) -> None:
    shelf.put(pa.table({"x": [1.0, 2.0], "s": ["a", "b"]}), "t")
    with pytest.raises(KeyError):
        shelf.search("none", [1.0], 1)
    with pytest.raises(ValueError, match="k is out of range"):
        shelf.search("t", [1.0], 0)
    with pytest.raises(ValueError, match="Unknown metric"):
        shelf.search("t", [1.0], 1, metric="far")
    with pytest.raises(arrowshelf.ServerError, match="other dimensions"):
        shelf.search("t", [1.0, 2.0], 1)
    with pytest.raises(arrowshelf.ServerError, match="no coordinates"):
        shelf.search("t", [1.0], 1, columns="s")
    assert shelf.search("t", [1.0], 5).ids.tolist() == [[0, 1, -1, -1, -1]]
    assert np.isinf(shelf.search("t", [float("nan")], 1).distances).all()


def test_works_without_numpy(shelf: arrowshelf.Connection, shared_daemon: Daemon) -> None:
    shelf.put(pa.table({"x": [0.0, 1.0, 5.0], "y": [0.0, 1.0, 5.0]}), "t")
    program = (
        "import sys; sys.modules['numpy'] = None\n"
        "import arrowshelf\n"
        f"shelf = arrowshelf.connect(dir={str(shared_daemon.directory)!r})\n"
        "distances, ids = shelf.search('t', [[1.0, 1.0], [4.0, 4.0]], 2)\n"
        "print(ids.tolist(), distances[0, 0])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[0] == "[[1, 0], [2, 1]] 0.0"


def test_a_worker_that_searches_points_loads_little(shelf: arrowshelf.Connection, shared_daemon: Daemon) -> None:
    shelf.put(np.random.default_rng(7).random((2000, 3)), "points")
    program = (
        "import sys, arrowshelf\n"
        f"shelf = arrowshelf.connect(dir={str(shared_daemon.directory)!r})\n"
        "points = shelf.get_arrow('points').combine_chunks()\n"
        "import numpy as np\n"
        "shelf.put(np.ones((5, 3)), 'more')\n"
        "print(shelf.search('points', np.full((1, 3), 0.5), 2).ids.shape)\n"
        "heavy = {'asyncio', 'pandas', 'pyarrow.compute', 'pyarrow.dataset', 'pyarrow.flight', 'pyarrow.parquet'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[:2] == ["(1, 2)", "[]"]


def test_all_rows_within_a_distance(shelf: arrowshelf.Connection) -> None:
    random = np.random.default_rng(8)
    points = random.random((4000, 3), dtype=np.float32)
    shelf.put(pd.DataFrame(points, columns=["x", "y", "z"]), "points")
    for count in (3, 2500):
        queries = points[:count]

        distances, ids, starts = shelf.within("points", queries, 0.15)

        assert len(starts) == count + 1 and starts[-1] == len(ids) == len(distances)
        for query in range(0, count, 100):
            all_distances = np.sqrt(((points.astype(np.float64) - queries[query]) ** 2).sum(axis=1))
            mine = ids[starts[query] : starts[query + 1]]
            assert mine[0] == query
            assert set(mine) == set(np.flatnonzero(all_distances <= 0.15))
            np.testing.assert_allclose(distances[starts[query] : starts[query + 1]], all_distances[mine], atol=1e-6)
    assert shelf.list_keys() == ["points"]
    with pytest.raises(arrowshelf.ArrowShelfError, match="radius out of range"):
        shelf.within("points", points[0], -1)


def test_conditions_in_sql_filter_inside_the_search(shelf: arrowshelf.Connection) -> None:
    random = np.random.default_rng(9)
    points = random.random((300_000, 3), dtype=np.float32)
    prices = random.random(300_000)
    batches = [pa.record_batch({"x": points[i::7, 0], "y": points[i::7, 1], "z": points[i::7, 2], "price": prices[i::7]}) for i in range(7)]
    shelf.put(pa.Table.from_batches(batches), "points")
    rows = np.concatenate([np.arange(300_000)[i::7] for i in range(7)])
    passing = np.flatnonzero(prices[rows] < 0.25)

    found = shelf.search("points", points[5], 10, columns=["x", "y", "z"], where="price < 0.25")

    all_distances = np.sqrt(((points[rows].astype(np.float64) - points[5]) ** 2).sum(axis=1))
    best = passing[np.argsort(all_distances[passing])[:10]]
    assert list(found.ids[0]) == list(best)
    near = shelf.within("points", points[5], 0.05, columns=["x", "y", "z"], where="price < 0.25")
    assert set(near.ids) == set(passing[all_distances[passing] <= 0.05])
    with pytest.raises(ValueError, match="not both"):
        shelf.search("points", points[5], 10, filter="x", where="price < 0.25")


@pytest.mark.parametrize("index", ["ivf", "hnsw"])
def test_approximate_indexes_reach_their_recall(shelf: arrowshelf.Connection, index: str) -> None:
    random = np.random.default_rng(10)
    centres = random.normal(size=(50, 32))
    points = (centres[random.integers(0, 50, 8000)] + random.normal(size=(8000, 32)) * 0.3).astype(np.float32)
    shelf.put(points, "vectors")
    queries = points[::80] + np.float32(0.05)

    exact = shelf.search("vectors", queries, 10, index="exact")
    found = shelf.search("vectors", queries, 10, index=index, recall=0.95)

    assert found.facts["index"] == index
    assert (found.distances <= exact.distances[:, -1:] * 1.0001).mean() > 0.93


def test_neighbours_are_a_table_of_sql(shelf: arrowshelf.Connection) -> None:
    random = np.random.default_rng(11)
    points = random.random((5000, 3), dtype=np.float32)
    names = [f"p{row}" for row in range(5000)]
    shelf.put(pa.table({"name": pa.array(names).dictionary_encode(), "x": points[:, 0], "y": points[:, 1], "z": points[:, 2]}), "points")
    shelf.put(pd.DataFrame({"name": names, "size": range(5000)}), "sizes")

    found = shelf.query(
        "SELECT n.name, n.row, n.distance, size FROM nearest('points', ['x', 'y', 'z'], [0.5, 0.5, 0.5], 6) n "
        "JOIN sizes USING (name) ORDER BY distance"
    )

    expected = shelf.search("points", [0.5, 0.5, 0.5], 6, columns=["x", "y", "z"])
    assert found.column("row").to_pylist() == found.column("size").to_pylist() == list(expected.ids[0])
    assert found.column("name").to_pylist() == [names[row] for row in expected.ids[0]]
    np.testing.assert_allclose(found.column("distance").to_numpy(), expected.distances[0])
    assert sorted(shelf.list_keys()) == ["points", "sizes"]


def test_neighbours_take_parameters(shelf: arrowshelf.Connection) -> None:
    points = np.random.default_rng(13).random((3000, 3), dtype=np.float32)
    shelf.put(pd.DataFrame(points, columns=["x", "y", "z"]), "points")
    expected = shelf.search("points", points[:2].astype(float) + 0.01, 4)

    sql = "SELECT row, distance FROM nearest('points', ['x', 'y', 'z'], ?, ?) ORDER BY query, distance"
    one = shelf.query(sql, [[float(value) + 0.01 for value in points[0]], 4])
    two = shelf.query(sql, [[[float(value) + 0.01 for value in row] for row in points[:2]], 4])
    named = shelf.query("SELECT row FROM nearest($table, '', $q, $k, recall := $r)",
                        {"table": "points", "q": [float(value) + 0.01 for value in points[0]], "k": 4, "r": 0.9})

    assert one.column("row").to_pylist() == named.column("row").to_pylist() == list(expected.ids[0])
    assert two.column("row").to_pylist() == list(expected.ids.reshape(-1))
    np.testing.assert_allclose(two.column("distance").to_numpy(), expected.distances.reshape(-1), rtol=1e-6)
    with pytest.raises(arrowshelf.ServerError, match="argument=k"):
        shelf.query(sql, [[0.5, 0.5, 0.5], 0])
    with pytest.raises(arrowshelf.ServerError, match="other dimensions"):
        shelf.query(sql, [[0.5, 0.5], 3])
    assert shelf.list_keys() == ["points"]


@pytest.fixture
def remote(shared_daemon: Daemon) -> Iterator[arrowshelf.Connection]:
    """A connection as another host has it."""
    connection = arrowshelf.connect(shared_daemon.address, force_streaming=True)
    yield connection
    connection.close()


@pytest.mark.parametrize(
    "limit",
    [{}, {"filter": "open"}, {"filter": [5, 17, 2999]}, {"filter": range(0, 30_000, 2)}, {"where": "x < 0.5 AND open"}],
    ids=["all", "column", "rows", "many rows", "condition"],
)
def test_clients_of_other_hosts_search_by_flight(
    shelf: arrowshelf.Connection, remote: arrowshelf.Connection, limit: "dict[str, Any]"
) -> None:
    random = np.random.default_rng(12)
    points = random.random((30_000, 3), dtype=np.float32)
    frame = pd.DataFrame(points, columns=["x", "y", "z"]).assign(open=np.arange(30_000) % 3 == 0, row="taken")
    shelf.put(frame, "it's")
    shelf.put(points[:20], "queries")
    unknown = np.array([[0.5, np.nan, 0.5], [0.1, 0.2, np.inf], [0.5, 0.5, 0.5]])
    for queries in (points[:4], points[9].astype(np.float64), [[0.5, 0.5, 0.5]], points, "queries", unknown):
        found = remote.search("it's", queries, 6, columns=["x", "y", "z"], **limit)
        expected = shelf.search("it's", queries, 6, columns=["x", "y", "z"], **limit)
        np.testing.assert_array_equal(found.ids, expected.ids)
        np.testing.assert_array_equal(found.distances, expected.distances)
        assert {**found.facts, "reason": ""} == {**expected.facts, "reason": ""}
    for queries in (points[:50], points[9:10], np.full((2, 3), 9.0)):
        close = remote.within("it's", queries, 0.05, columns=["x", "y", "z"], **limit)
        truth = shelf.within("it's", queries, 0.05, columns=["x", "y", "z"], **limit)
        np.testing.assert_array_equal(close.starts, truth.starts)
        np.testing.assert_array_equal(close.ids, truth.ids)
        np.testing.assert_array_equal(close.distances, truth.distances)
    assert sorted(shelf.list_keys()) == ["it's", "queries"]


def test_clients_of_other_hosts_ask_for_metric_index_and_recall(
    shelf: arrowshelf.Connection, remote: arrowshelf.Connection
) -> None:
    points = np.random.default_rng(13).random((5000, 24), dtype=np.float32)
    shelf.put(points, "vectors")
    shelf.put(pd.DataFrame({"lat": [52.5, 48.9], "lon": [13.4, 2.35]}), "places")

    approximate = remote.search("vectors", points[:200], 5, index="ivf", recall=0.9)
    cosine = remote.search("vectors", points[:5], 3, metric="cosine")
    berlin = remote.search("places", [52.0, 13.0], 2, columns=["lat", "lon"], metric="haversine")

    assert approximate.facts["index"] == "ivf"
    assert (approximate.ids[:, 0] == np.arange(200)).mean() > 0.85
    np.testing.assert_array_equal(cosine.ids, shelf.search("vectors", points[:5], 3, metric="cosine").ids)
    assert berlin.ids.tolist() == [[0, 1]]
    assert 60_000 < berlin.distances[0, 0] < 64_000


def test_clients_of_other_hosts_get_typed_errors(shelf: arrowshelf.Connection, remote: arrowshelf.Connection) -> None:
    shelf.put(pd.DataFrame({"name": ["a"]}), "names")
    shelf.put(np.zeros((3, 2)), "points")

    with pytest.raises(arrowshelf.KeyNotFoundError):
        remote.search("none", [1.0])
    with pytest.raises(arrowshelf.ServerError, match="column"):
        remote.search("names", [1.0])
    with pytest.raises(arrowshelf.ServerError, match="dimensions"):
        remote.search("points", [1.0])
    with pytest.raises(arrowshelf.ServerError):
        remote.search("points", [1.0, 2.0], where="no such thing")
    with pytest.raises(ValueError, match="not both"):
        remote.search("points", [1.0, 2.0], where="true", filter=[1])
    assert sorted(shelf.list_keys()) == ["names", "points"]


def test_clients_of_other_hosts_build_indexes(shelf: arrowshelf.Connection, remote: arrowshelf.Connection) -> None:
    shelf.put(np.random.default_rng(9).random((4000, 24), dtype=np.float32), "vectors")

    build = remote.build_index("vectors", index="ivf", lists=40)

    assert build.state()["state"] == "done"
    assert not build.cancel()
    assert remote.index_builds()[-1]["build"] == build.id
    (index,) = [each for each in remote.indexes() if each["table"] == "vectors"]
    assert index["settings"].startswith("lists=40")
    assert remote.drop_indexes("vectors") == 1
    with pytest.raises(arrowshelf.KeyNotFoundError):
        remote.build_index("none")


def test_conditions_know_tables_with_any_columns(shelf: arrowshelf.Connection) -> None:
    shelf.put(pd.DataFrame({"x": [1.0, 2.0, 3.0], "row": ["a", "b", "c"]}), 'so "called"')

    found = shelf.search('so "called"', [0.0], 3, columns=["x"], where="row <> 'a' -- the first")

    assert found.ids.tolist() == [[1, 2, -1]]


def test_indexes_are_built_in_the_background_and_listed(shelf: arrowshelf.Connection) -> None:
    random = np.random.default_rng(9)
    shelf.put(random.random((4000, 24), dtype=np.float32), "vectors")

    build = shelf.build_index("vectors", index="ivf", lists=40)

    state = build.state()
    assert (state["state"], state["index"], state["table"]) == ("done", "ivf", "vectors")
    assert [each["build"] for each in shelf.index_builds() if each["table"] == "vectors"][-1] == build.id
    wait_until(lambda: len(shelf.indexes()) == 1, "indexes of deleted tables to go")
    (index,) = shelf.indexes()
    assert (index["table"], index["points"], index["dimensions"]) == ("vectors", 4000, 24)
    assert index["settings"].startswith("lists=40")
    assert shelf.search("vectors", random.random(24), 3, index="ivf", recall=0.9).ids.shape == (1, 3)
    assert shelf.build_index("vectors", index="ivf").state()["state"] == "done"
    assert shelf.drop_indexes("vectors") == 1
    wait_until(lambda: shelf.indexes() == [], "indexes of deleted tables to go")
    assert shelf.list_keys() == ["vectors"]


def test_rounded_lists_find_what_is_there_with_right_distances(shelf: arrowshelf.Connection) -> None:
    points = np.random.default_rng(12).random((6000, 24), dtype=np.float32)
    shelf.put(points, "vectors")
    shelf.build_index("vectors", index="ivf")
    (whole,) = shelf.indexes()

    for storage, share in (("float16", 0.65), ("int8", 0.45)):
        shelf.build_index("vectors", index="ivf", storage=storage)
        (index,) = shelf.indexes()
        assert index["settings"].endswith(storage)
        assert index["bytes"] < share * whole["bytes"]
        found = shelf.search("vectors", points[:50], 4, index="ivf", recall=1.0)
        assert (found.ids[:, 0] == np.arange(50)).all()
        np.testing.assert_allclose(found.distances, nearest(points, points[:50], 4), rtol=1e-4, atol=1e-6)
    with pytest.raises(ValueError, match="storage"):
        shelf.build_index("vectors", storage="int4")


def test_a_build_is_cancelled_and_leaves_nothing(shelf: arrowshelf.Connection) -> None:
    shelf.put(np.random.default_rng(10).random((100_000, 24), dtype=np.float32), "vectors")
    build = shelf.build_index("vectors", index="hnsw", wait=False)
    wait_until(lambda: build.state()["phase"] == "linking", "the build to begin")
    assert build.state()["state"] == "running"
    assert not build.wait(timeout=0.01)

    assert build.cancel()

    with pytest.raises(arrowshelf.QueryCancelledError):
        build.wait(timeout=30)
    assert not build.cancel()
    wait_until(lambda: shelf.indexes() == [], "indexes of deleted tables to go")
    assert build.state()["code"] == "CANCELLED"


def test_wrong_builds_are_typed_errors(shelf: arrowshelf.Connection) -> None:
    shelf.put(pd.DataFrame({"name": ["a"]}), "names")

    with pytest.raises(arrowshelf.KeyNotFoundError):
        shelf.build_index("none")
    with pytest.raises(arrowshelf.ServerError):
        shelf.build_index("names")
    with pytest.raises(ValueError, match="exact"):
        shelf.build_index("names", index="exact")
    with pytest.raises(ValueError, match="metric"):
        shelf.build_index("names", metric="far")


def test_an_interrupted_command_cancels_the_build_of_the_daemon(
    shelf: arrowshelf.Connection, shared_daemon: Daemon
) -> None:
    shelf.put(np.random.default_rng(11).random((100_000, 24), dtype=np.float32), "vectors")
    place = ["--dir", str(shared_daemon.directory)]
    command = [LAUNCHER, "index", "build", "vectors", "--index", "hnsw", *place]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as building:
        wait_until(lambda: any(build["state"] == "running" for build in shelf.index_builds()), "the build to begin")
        listed = subprocess.run([LAUNCHER, "index", "list", *place], check=True, capture_output=True, text=True)
        building.send_signal(signal.SIGINT)
        _, errors = building.communicate(timeout=60)

    assert "hnsw of vectors is being built" in listed.stdout
    assert building.returncode == 130, errors
    assert shelf.index_builds()[-1]["code"] == "CANCELLED"
    wait_until(lambda: shelf.indexes() == [], "indexes of deleted tables to go")
