package dev.arrowshelf.sql.geometry;

import static dev.arrowshelf.sql.geometry.GeometryFunction.Kind.COUNT;
import static dev.arrowshelf.sql.geometry.GeometryFunction.Kind.GEOMETRY;
import static dev.arrowshelf.sql.geometry.GeometryFunction.Kind.NUMBER;
import static dev.arrowshelf.sql.geometry.GeometryFunction.Kind.TEXT;
import static dev.arrowshelf.sql.geometry.GeometryFunction.Kind.TRUTH;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import org.locationtech.jts.geom.Coordinate;
import org.locationtech.jts.geom.Envelope;
import org.locationtech.jts.geom.Geometry;
import org.locationtech.jts.geom.LineString;
import org.locationtech.jts.geom.Lineal;
import org.locationtech.jts.geom.Point;
import org.locationtech.jts.geom.Polygon;
import org.locationtech.jts.geom.Polygonal;

/// What can be said of geometries in numbers, texts and truth values.
final class GeometryMeasures {
    private static final double EARTH_METRES = 6_371_008.8;

    private final GeometryCatalogue functions;

    private GeometryMeasures(GeometryCatalogue functions) {
        this.functions = functions;
    }

    static void addTo(GeometryCatalogue catalogue) {
        GeometryMeasures made = new GeometryMeasures(catalogue);
        made.measures();
        made.properties();
    }

    private void measures() {
        number("ST_Area", Geometry::getArea);
        number("ST_Length", geometry -> geometry instanceof Lineal ? geometry.getLength() : 0);
        number(
                "ST_Perimeter",
                geometry -> geometry instanceof Polygonal ? geometry.getLength() : 0);
        coordinate("ST_X", Coordinate::getX);
        coordinate("ST_Y", Coordinate::getY);
        coordinate("ST_Z", Coordinate::getZ);
        edge("ST_XMin", Envelope::getMinX);
        edge("ST_XMax", Envelope::getMaxX);
        edge("ST_YMin", Envelope::getMinY);
        edge("ST_YMax", Envelope::getMaxY);
        functions.add(
                "ST_Distance",
                NUMBER,
                row -> row.geometry(0).distance(row.geometry(1)),
                GEOMETRY,
                GEOMETRY);
        functions.add(
                "ST_Distance_Sphere",
                NUMBER,
                row -> metres(row.geometry(0), row.geometry(1)),
                GEOMETRY,
                GEOMETRY);
    }

    private void properties() {
        truth("ST_IsEmpty", Geometry::isEmpty);
        truth("ST_IsValid", Geometry::isValid);
        truth("ST_IsSimple", Geometry::isSimple);
        truth("ST_IsClosed", geometry -> geometry instanceof LineString line && line.isClosed());
        truth("ST_IsRing", geometry -> geometry instanceof LineString line && line.isRing());
        count("ST_NPoints", Geometry::getNumPoints);
        count("ST_NumPoints", Geometry::getNumPoints);
        count("ST_NumGeometries", Geometry::getNumGeometries);
        count("ST_NGeometries", Geometry::getNumGeometries);
        count("ST_Dimension", Geometry::getDimension);
        count(
                "ST_NumInteriorRings",
                geometry ->
                        geometry instanceof Polygon polygon ? polygon.getNumInteriorRing() : null);
        functions.add(
                "ST_GeometryType",
                TEXT,
                row -> row.geometry(0).getGeometryType().toUpperCase(Locale.ROOT),
                GEOMETRY);
    }

    private void number(String name, ToDoubleFunction<Geometry> body) {
        functions.add(name, NUMBER, row -> body.applyAsDouble(row.geometry(0)), GEOMETRY);
    }

    private void coordinate(String name, ToDoubleFunction<Coordinate> body) {
        functions.add(
                name,
                NUMBER,
                row -> {
                    Geometry geometry = row.geometry(0);
                    if (!(geometry instanceof Point)) {
                        throw new ShelfException(
                                ErrorCode.INVALID_SQL,
                                name + " is for points: type=" + geometry.getGeometryType());
                    }
                    double value =
                            geometry.isEmpty()
                                    ? Double.NaN
                                    : body.applyAsDouble(geometry.getCoordinate());
                    return Double.isNaN(value) ? null : value;
                },
                GEOMETRY);
    }

    private void edge(String name, ToDoubleFunction<Envelope> body) {
        functions.add(
                name,
                NUMBER,
                row -> {
                    Envelope box = row.geometry(0).getEnvelopeInternal();
                    return box.isNull() ? null : body.applyAsDouble(box);
                },
                GEOMETRY);
    }

    private void truth(String name, Predicate<Geometry> body) {
        functions.add(name, TRUTH, row -> body.test(row.geometry(0)), GEOMETRY);
    }

    private void count(String name, Function<Geometry, @Nullable Integer> body) {
        functions.add(name, COUNT, row -> body.apply(row.geometry(0)), GEOMETRY);
    }

    /// The way between two points of the globe, x their longitude and y their latitude.
    private static double metres(Geometry from, Geometry to) {
        Coordinate a = from.getCoordinate();
        Coordinate b = to.getCoordinate();
        double latitude = Math.toRadians(b.y - a.y);
        double longitude = Math.toRadians(b.x - a.x);
        double square =
                Math.pow(Math.sin(latitude / 2), 2)
                        + Math.cos(Math.toRadians(a.y))
                                * Math.cos(Math.toRadians(b.y))
                                * Math.pow(Math.sin(longitude / 2), 2);
        return 2 * EARTH_METRES * Math.asin(Math.min(1, Math.sqrt(square)));
    }
}
