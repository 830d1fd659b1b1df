"""What goes into a cache comes back equal: a table of types of pandas, GeoPandas, polars and numpy."""

from __future__ import annotations

import datetime
import decimal
from typing import Any, Iterator

import geopandas
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from arrow_cache import ArrowCache
from geopandas.testing import assert_geodataframe_equal
from shapely.geometry import LineString, Point, Polygon


@pytest.fixture(scope="module")
def cache() -> Iterator[ArrowCache]:
    with ArrowCache() as cache:
        yield cache


def numbers() -> pd.DataFrame:
    return pd.DataFrame({"i": [1, 2, 3, 4], "f": [0.5, np.nan, 2.5, 3.5]})


def indexed(index: Any) -> pd.DataFrame:
    return numbers().set_index(index)


def of(values: Any) -> pd.DataFrame:
    return pd.DataFrame({"c": values, "i": range(len(values))})


def with_attributes() -> pd.DataFrame:
    frame = numbers()
    frame.attrs = {"unit": "m", "levels": [1, 2]}
    return frame


def with_named_columns() -> pd.DataFrame:
    frame = numbers()
    frame.columns.name = "what"
    return frame


DAYS = pd.date_range("2024-01-01", periods=4, tz="Europe/Berlin")
PANDAS = {
    "plain": numbers,
    "text": lambda: of(["a", None, "c", "ä"]),
    "repeated text": lambda: of(["a", "b", None, "b"] * 500),
    "one column": lambda: numbers()[["i"]],
    "one text column": lambda: pd.DataFrame({"s": ["a", "b"]}),
    "no rows": lambda: numbers().iloc[:0],
    "many rows": lambda: pd.DataFrame({"i": range(250_000), "s": ["x", "y"] * 125_000}),
    "named index": lambda: indexed(pd.Index(list("wxyz"), name="letter")),
    "unnamed index": lambda: indexed(pd.Index([9, 7, 5, 3])),
    "range index": lambda: indexed(pd.RangeIndex(10, 50, 10, name="step")),
    "multi index": lambda: indexed(pd.MultiIndex.from_product([["a", "b"], [1, 2]], names=["x", "y"])),
    "unnamed multi index": lambda: indexed(pd.MultiIndex.from_product([["a", "b"], DAYS[:2]])),
    "time index": lambda: indexed(DAYS),
    "time index without steps": lambda: indexed(DAYS[[0, 3, 1, 2]]),
    "hours": lambda: indexed(pd.date_range("2024-01-01", periods=4, freq="h", name="t")),
    "category index": lambda: indexed(pd.CategoricalIndex(list("abca"), name="c")),
    "index named as a column": lambda: indexed(pd.Index([4, 3, 2, 1], name="f")).rename_axis("g"),
    "named columns": with_named_columns,
    "numbers as names": lambda: pd.DataFrame(np.arange(6.0).reshape(3, 2)),
    "multi columns": lambda: pd.DataFrame([[1, 2.5]], columns=pd.MultiIndex.from_tuples([("a", "x"), ("b", "y")])),
    "attributes": with_attributes,
    "zones": lambda: pd.DataFrame({"t": DAYS, "u": DAYS.tz_localize(None), "v": DAYS.tz_convert("UTC")}),
    "units": lambda: of(pd.Series(DAYS.tz_localize(None)).dt.as_unit("s")),
    "missing times": lambda: of(pd.to_datetime(["2024-01-01", None])),
    "differences": lambda: of(pd.to_timedelta([1, None, 3], unit="s")),
    "periods": lambda: of(pd.period_range("2024-01", periods=3, freq="M")),
    "intervals": lambda: of(pd.interval_range(0, 3)),
    "categories": lambda: of(pd.Categorical(list("abab"), ["b", "a", "z"], ordered=True)),
    "missing categories": lambda: of(pd.Categorical(["u", "v", "u", None])),
    "categories of numbers": lambda: of(pd.Categorical([3, 1, 3])),
    "nullable": lambda: pd.DataFrame({
        "n": pd.array([1, None, 3], "Int64"), "b": pd.array([True, None, False], "boolean"),
        "f": pd.array([1.5, None, 2.0], "Float32"), "u": pd.array([1, 2, None], "UInt8"),
    }),
    "nullable text": lambda: of(pd.array(["a", None, "b"], "string")),
    "arrow types": lambda: pd.DataFrame({
        "i": pd.array([1, None], pd.ArrowDtype(pa.int32())), "s": pd.array(["a", None], pd.ArrowDtype(pa.string())),
    }),
    "small numbers": lambda: pd.DataFrame({name: np.array([1, 2], name) for name in ("i1", "u2", "f4", "f2", "?")}),
    "objects: text": lambda: of(pd.Series(["a", "b", None] * 5, dtype=object)),
    "objects: numbers": lambda: of(pd.Series([1, 2, 3], dtype=object)),
    "objects: bytes": lambda: of(pd.Series([b"a", b"\xff"], dtype=object)),
    "objects: dates": lambda: of(pd.Series([datetime.date(2024, 1, 1), None], dtype=object)),
    "objects: times": lambda: of(pd.Series([datetime.time(1, 2, 3), None], dtype=object)),
    "objects: decimals": lambda: of(pd.Series([decimal.Decimal("1.25"), None], dtype=object)),
    "objects: booleans": lambda: of(pd.Series([True, None, False], dtype=object)),
    "objects: dicts": lambda: of(pd.Series([{"a": 1}, {"a": 2}], dtype=object)),
    "objects: nothing": lambda: of(pd.Series([None, None], dtype=object)),
    "sparse": lambda: of(pd.arrays.SparseArray([0, 0, 1])),
}


def is_numbered(frame: pd.DataFrame) -> bool:
    return isinstance(frame.index, pd.RangeIndex) and frame.index.name is None and frame.index.step == 1


@pytest.mark.parametrize("name", PANDAS)
def test_pandas_frames_come_back_equal(cache: ArrowCache, name: str) -> None:
    frame = PANDAS[name]()
    cache.put("frame", frame)
    back = cache.get("frame")
    pd.testing.assert_frame_equal(back, frame)
    assert type(back) is pd.DataFrame and back.attrs == frame.attrs
    part = frame.iloc[1:3].reset_index(drop=True) if is_numbered(frame) else frame.iloc[1:3]
    pd.testing.assert_frame_equal(cache.get("frame", offset=1, limit=2), part, check_freq=False)


def test_objects_of_many_kinds_are_refused(cache: ArrowCache) -> None:
    with pytest.raises((TypeError, ValueError)):
        cache.put("mixed", pd.DataFrame({"o": [1, "a", object()]}))
    with pytest.raises((TypeError, ValueError)):
        cache.put("twice", pd.DataFrame([[1, 2]], columns=["a", "a"]))


def test_the_index_can_be_left_out(cache: ArrowCache) -> None:
    cache.put("frame", numbers().set_index("i"), preserve_index=False)
    assert list(cache.get("frame").columns) == ["f"] and list(cache.get("frame").index) == [0, 1, 2, 3]


@pytest.mark.parametrize("name", ["plain", "one column", "text", "nullable", "zones", "categories"])
def test_a_frame_that_was_got_can_be_changed_and_the_cache_keeps_its_own(cache: ArrowCache, name: str) -> None:
    frame = PANDAS[name]()
    cache.put("frame", frame)
    back = cache.get("frame")
    for column in back:
        back.loc[0, column] = back.loc[len(back) - 1, column]
    pd.testing.assert_frame_equal(cache.get("frame"), frame)


def geo_frames() -> dict[str, geopandas.GeoDataFrame]:
    points = [Point(0, 1), Point(2, 3), None]
    plain = geopandas.GeoDataFrame({"n": [1, 2, 3], "s": ["a", None, "c"]}, geometry=points, crs="EPSG:4326")
    two = plain.set_index(pd.Index(["x", "y", "z"], name="id")).rename_geometry("here")
    two["there"] = geopandas.GeoSeries([LineString([(0, 0), (1, 1)])] * 3, index=two.index, crs="EPSG:3857")
    attributed = plain.copy()
    attributed.attrs = {"source": "map"}
    return {
        "plain": plain,
        "two geometries and an index": two,
        "other active geometry": two.set_geometry("there"),
        "without a CRS": plain.set_crs(None, allow_override=True),
        "mixed": geopandas.GeoDataFrame(geometry=[Point(1, 2, 3), Polygon([(0, 0), (1, 0), (1, 1)])], crs=3857),
        "multi index": plain.set_index(pd.MultiIndex.from_tuples([("a", 1), ("a", 2), ("b", 1)], names=["k", "n2"])),
        "no rows": plain.iloc[:0],
        "attributes": attributed,
    }


@pytest.mark.parametrize("name", geo_frames())
def test_geographic_frames_come_back_equal(cache: ArrowCache, name: str) -> None:
    frame = geo_frames()[name]
    cache.put("geo", frame)
    back = cache.get("geo")
    assert_geodataframe_equal(back, frame)
    assert back.crs == frame.crs and back.attrs == frame.attrs
    assert back.geometry.name == frame.geometry.name
    part = frame.iloc[1:2].reset_index(drop=True) if is_numbered(frame) else frame.iloc[1:2]
    assert_geodataframe_equal(cache.get("geo", "geopandas", offset=1, limit=1), part)


def test_geometries_are_described(cache: ArrowCache) -> None:
    cache.put("geo", geo_frames()["plain"])
    facts = cache.get_metadata("geo")
    assert facts is not None
    assert (facts["geometry_column"], facts["geometry_type"], facts["crs_info"]) == ("geometry", "Point", "EPSG:4326")


def polars_frames() -> dict[str, pl.DataFrame]:
    day = datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc)
    return {
        "plain": pl.DataFrame({"i": [1, None, 3], "f": [0.5, 1.5, float("nan")], "s": ["a", None, "c"]}),
        "repeated text": pl.DataFrame({"s": ["a", None] * 600}),
        "categories": pl.DataFrame({"c": pl.Series(["x", "y", None] * 400, dtype=pl.Categorical)}),
        "enums": pl.DataFrame({"e": pl.Series(["lo", "hi", None], dtype=pl.Enum(["lo", "hi"]))}),
        "decimals": pl.DataFrame({"d": pl.Series([1, 2, None]).cast(pl.Decimal(10, 2))}),
        "times": pl.DataFrame({"t": [day], "d": [day.date()], "c": [day.time()], "e": [datetime.timedelta(seconds=1)]}),
        "nested": pl.DataFrame({"l": [[1, 2], None], "s": [{"a": 1}, {"a": 2}]}),
        "arrays": pl.DataFrame({"a": pl.Series([[1, 2], [3, 4]], dtype=pl.Array(pl.Int32, 2))}),
        "bytes": pl.DataFrame({"b": [b"a", None], "n": [None, None], "u": pl.Series([1, 2], dtype=pl.UInt8)}),
        "no rows": pl.DataFrame(schema={"i": pl.Int32, "s": pl.String}),
    }


@pytest.mark.parametrize("name", polars_frames())
def test_polars_frames_come_back_equal(cache: ArrowCache, name: str) -> None:
    frame = polars_frames()[name]
    cache.put("frame", frame)
    back = cache.get("frame")
    assert back.schema == frame.schema
    assert back.equals(frame)
    assert cache.get("frame", pl.DataFrame, offset=1).equals(frame[1:])


ARRAYS = {
    "one": np.arange(6),
    "two": np.arange(6.0).reshape(3, 2),
    "three": np.arange(24, dtype="i2").reshape(2, 3, 4),
    "none": np.array(7.5),
    "big endian": np.arange(4, dtype=">i4"),
    "halves": np.arange(4, dtype="f2"),
    "booleans": np.array([True, False]),
    "times": np.array(["2024-01-01", "NaT"], dtype="M8[ms]"),
    "strided": np.arange(10)[::2],
    "fortran": np.asfortranarray(np.arange(6).reshape(2, 3)),
    "not a number": np.array([1.0, np.nan]),
}


@pytest.mark.parametrize("name", ARRAYS)
def test_arrays_come_back_with_shape_and_type(cache: ArrowCache, name: str) -> None:
    array = ARRAYS[name]
    cache.put("array", array)
    back = cache.get("array", "numpy")
    assert back.dtype == array.dtype and back.shape == array.shape and back.flags.writeable
    np.testing.assert_array_equal(back, array)


@pytest.mark.parametrize("array", [np.array([1j]), np.array([{}]), np.zeros(2, [("a", "i4")])], ids=str)
def test_arrays_that_arrow_does_not_know_are_refused(cache: ArrowCache, array: Any) -> None:
    with pytest.raises(TypeError):
        cache.put("array", array)
