"""Geometries in SQL: frames of GeoPandas go in, are asked with ST_ functions, and come back with their CRS."""

from __future__ import annotations

import numpy as np
import pytest

import arrowshelf
from arrow_cache import ArrowCache

geopandas = pytest.importorskip("geopandas")
shapely = pytest.importorskip("shapely")


@pytest.fixture
def places(shelf: arrowshelf.Connection) -> "geopandas.GeoDataFrame":
    random = np.random.default_rng(3)
    points = geopandas.points_from_xy(random.uniform(-10, 10, 20_000), random.uniform(-10, 10, 20_000))
    frame = geopandas.GeoDataFrame({"id": np.arange(20_000)}, geometry=points, crs="EPSG:4326")
    shelf.put(frame, "places")
    return frame


AREA = shapely.Polygon([(-3, -3), (4, -2), (5, 5), (-2, 3)])
HOLE = shapely.Polygon([(-3, -3), (4, -2), (5, 5), (-2, 3)], [[(0, 0), (1, 0), (1, 1)]])


@pytest.mark.parametrize("area", [AREA, HOLE], ids=["plain", "with a hole"])
@pytest.mark.parametrize("relation", ["contains", "covers", "intersects", "disjoint"])
def test_relations_are_those_of_geopandas(
    shelf: arrowshelf.Connection, places: "geopandas.GeoDataFrame", area: "shapely.Polygon", relation: str
) -> None:
    found = shelf.query(f"select id from places where ST_{relation}(ST_GeomFromText($1), geometry) order by id", [area.wkt])
    expected = places["id"][getattr(shapely, relation)(area, places.geometry.values)]
    assert found["id"].to_pylist() == expected.to_list()


def test_measures_are_those_of_geopandas(shelf: arrowshelf.Connection, places: "geopandas.GeoDataFrame") -> None:
    found = shelf.query(
        "select ST_X(geometry) as x, ST_Distance(geometry, ST_Point(1, 2)) as d, ST_Area(ST_Buffer(geometry, 2)) as a"
        " from places order by id",
        target_type="pandas",
    )
    assert np.array_equal(found["x"], places.geometry.x)
    assert np.allclose(found["d"], places.geometry.distance(shapely.Point(1, 2)))
    assert np.allclose(found["a"], 3.1214 * 4, rtol=1e-3)


def test_a_result_is_a_geographic_frame_with_its_crs(shelf: arrowshelf.Connection, places: "geopandas.GeoDataFrame") -> None:
    found = shelf.query("select * from places where ST_Within(geometry, ST_MakeEnvelope(0, 0, 5, 5))", target_type="pandas")
    assert isinstance(found, geopandas.GeoDataFrame)
    assert found.crs == places.crs and len(found) == places.geometry.within(shapely.box(0, 0, 5, 5)).sum()
    made = shelf.query("select ST_SetCRS(ST_Centroid(geometry), 'EPSG:4326') as c from places limit 3", target_type="pandas")
    assert made.set_geometry("c").geometry.geom_type.unique().tolist() == ["Point"]


def test_a_cache_of_frames_is_asked_as_before() -> None:
    frame = geopandas.GeoDataFrame(
        {"name": ["a", "b", "c"]}, geometry=[AREA, shapely.Point(0, 0).buffer(1), shapely.Point(9, 9).buffer(1)], crs="EPSG:4326"
    )
    with ArrowCache() as cache:
        cache.put("areas", frame)
        found = cache.query("SELECT name FROM _cache_areas WHERE ST_Contains(geometry, ST_Point(0, 0)) ORDER BY name")
        assert found["name"].to_pylist() == ["a", "b"]
        joined = cache.query(
            "SELECT a.name AS x, b.name AS y FROM _cache_areas a JOIN _cache_areas b ON ST_Intersects(a.geometry, b.geometry)"
            " WHERE a.name < b.name"
        )
        assert joined.to_pylist() == [{"x": "a", "y": "b"}]
