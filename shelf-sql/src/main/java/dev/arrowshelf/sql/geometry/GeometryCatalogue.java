package dev.arrowshelf.sql.geometry;

import static dev.arrowshelf.sql.geometry.GeometryFunction.Kind.COUNT;
import static dev.arrowshelf.sql.geometry.GeometryFunction.Kind.GEOMETRY;
import static dev.arrowshelf.sql.geometry.GeometryFunction.Kind.NUMBER;
import static dev.arrowshelf.sql.geometry.GeometryFunction.Kind.TEXT;
import static dev.arrowshelf.sql.geometry.GeometryFunction.Kind.TRUTH;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.BiPredicate;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import org.locationtech.jts.geom.Coordinate;
import org.locationtech.jts.geom.Envelope;
import org.locationtech.jts.geom.Geometry;
import org.locationtech.jts.geom.GeometryFactory;
import org.locationtech.jts.geom.LineString;
import org.locationtech.jts.geom.Lineal;
import org.locationtech.jts.geom.Point;
import org.locationtech.jts.geom.Polygon;
import org.locationtech.jts.geom.Polygonal;
import org.locationtech.jts.geom.prep.PreparedGeometry;
import org.locationtech.jts.geom.util.GeometryFixer;
import org.locationtech.jts.io.ParseException;
import org.locationtech.jts.io.WKTReader;
import org.locationtech.jts.simplify.DouglasPeuckerSimplifier;
import org.locationtech.jts.simplify.TopologyPreservingSimplifier;

/// The functions about geometries, named and behaving as those of DuckDB's spatial extension.
final class GeometryCatalogue {
    private static final GeometryFactory FACTORY = new GeometryFactory();
    private static final double EARTH_METRES = 6_371_008.8;

    private final List<GeometryFunction> functions = new ArrayList<>();

    private GeometryCatalogue() {
        relations();
        measures();
        properties();
        makers();
        operations();
    }

    static List<GeometryFunction> functions() {
        return List.copyOf(new GeometryCatalogue().functions);
    }

    private void relations() {
        relation(
                "ST_Contains",
                Geometry::contains,
                PreparedGeometry::contains,
                PreparedGeometry::within);
        relation(
                "ST_ContainsProperly",
                (a, b) -> a.relate(b, "T**FF*FF*"),
                PreparedGeometry::containsProperly,
                null);
        relation(
                "ST_Within",
                Geometry::within,
                PreparedGeometry::within,
                PreparedGeometry::contains);
        relation(
                "ST_Intersects",
                Geometry::intersects,
                PreparedGeometry::intersects,
                PreparedGeometry::intersects);
        relation(
                "ST_Disjoint",
                Geometry::disjoint,
                PreparedGeometry::disjoint,
                PreparedGeometry::disjoint);
        relation(
                "ST_Covers",
                Geometry::covers,
                PreparedGeometry::covers,
                PreparedGeometry::coveredBy);
        relation(
                "ST_CoveredBy",
                Geometry::coveredBy,
                PreparedGeometry::coveredBy,
                PreparedGeometry::covers);
        relation(
                "ST_Touches",
                Geometry::touches,
                PreparedGeometry::touches,
                PreparedGeometry::touches);
        relation(
                "ST_Crosses",
                Geometry::crosses,
                PreparedGeometry::crosses,
                PreparedGeometry::crosses);
        relation(
                "ST_Overlaps",
                Geometry::overlaps,
                PreparedGeometry::overlaps,
                PreparedGeometry::overlaps);
        relation("ST_Equals", Geometry::equalsTopo, null, null);
        add(
                "ST_DWithin",
                TRUTH,
                row -> row.geometry(0).isWithinDistance(row.geometry(1), row.number(2)),
                GEOMETRY,
                GEOMETRY,
                NUMBER);
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
        add(
                "ST_Distance",
                NUMBER,
                row -> row.geometry(0).distance(row.geometry(1)),
                GEOMETRY,
                GEOMETRY);
        add(
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
        add(
                "ST_GeometryType",
                TEXT,
                row -> row.geometry(0).getGeometryType().toUpperCase(Locale.ROOT),
                GEOMETRY);
    }

    private void makers() {
        for (String name : List.of("ST_Point", "ST_MakePoint")) {
            add(
                    name,
                    GEOMETRY,
                    row -> FACTORY.createPoint(new Coordinate(row.number(0), row.number(1))),
                    NUMBER,
                    NUMBER);
        }
        add("ST_GeomFromText", GEOMETRY, row -> parsed(row.text(0)), TEXT);
        add(
                "ST_MakeLine",
                GEOMETRY,
                row ->
                        FACTORY.createLineString(
                                new Coordinate[] {
                                    row.geometry(0).getCoordinate(), row.geometry(1).getCoordinate()
                                }),
                GEOMETRY,
                GEOMETRY);
        add(
                "ST_MakeEnvelope",
                GEOMETRY,
                row ->
                        FACTORY.toGeometry(
                                new Envelope(
                                        row.number(0),
                                        row.number(2),
                                        row.number(1),
                                        row.number(3))),
                NUMBER,
                NUMBER,
                NUMBER,
                NUMBER);
        geometry("ST_MakePolygon", line -> FACTORY.createPolygon(line.getCoordinates()));
    }

    private void operations() {
        geometry("ST_Centroid", Geometry::getCentroid);
        geometry("ST_PointOnSurface", Geometry::getInteriorPoint);
        geometry("ST_Envelope", Geometry::getEnvelope);
        geometry("ST_ConvexHull", Geometry::convexHull);
        geometry("ST_Boundary", Geometry::getBoundary);
        geometry("ST_Reverse", Geometry::reverse);
        geometry("ST_Normalize", Geometry::norm);
        geometry("ST_MakeValid", GeometryFixer::fix);
        geometry("ST_FlipCoordinates", GeometryCatalogue::flipped);
        geometry(
                "ST_ExteriorRing",
                geometry -> geometry instanceof Polygon polygon ? polygon.getExteriorRing() : null);
        geometry(
                "ST_StartPoint",
                geometry ->
                        geometry instanceof LineString line && !line.isEmpty()
                                ? line.getStartPoint()
                                : null);
        geometry(
                "ST_EndPoint",
                geometry ->
                        geometry instanceof LineString line && !line.isEmpty()
                                ? line.getEndPoint()
                                : null);
        pair("ST_Union", Geometry::union);
        pair("ST_Intersection", Geometry::intersection);
        pair("ST_Difference", Geometry::difference);
        pair("ST_SymDifference", Geometry::symDifference);
        add("ST_Buffer", GEOMETRY, row -> row.geometry(0).buffer(row.number(1)), GEOMETRY, NUMBER);
        add(
                "ST_Simplify",
                GEOMETRY,
                row -> DouglasPeuckerSimplifier.simplify(row.geometry(0), row.number(1)),
                GEOMETRY,
                NUMBER);
        add(
                "ST_SimplifyPreserveTopology",
                GEOMETRY,
                row -> TopologyPreservingSimplifier.simplify(row.geometry(0), row.number(1)),
                GEOMETRY,
                NUMBER);
        add(
                "ST_PointN",
                GEOMETRY,
                row ->
                        row.geometry(0) instanceof LineString line
                                        && row.count(1) >= 1
                                        && row.count(1) <= line.getNumPoints()
                                ? line.getPointN(row.count(1) - 1)
                                : null,
                GEOMETRY,
                COUNT);
    }

    private void add(
            String name,
            GeometryFunction.Kind result,
            GeometryFunction.Body body,
            GeometryFunction.Kind... parameters) {
        functions.add(new GeometryFunction(name, List.of(parameters), result, body));
    }

    /// A relation of two geometries; either may be the one that stands in many rows.
    private void relation(
            String name,
            BiPredicate<Geometry, Geometry> plain,
            @Nullable BiPredicate<PreparedGeometry, Geometry> first,
            @Nullable BiPredicate<PreparedGeometry, Geometry> second) {
        add(
                name,
                TRUTH,
                row -> {
                    Geometry a = row.geometry(0);
                    Geometry b = row.geometry(1);
                    PreparedGeometry ready = first == null ? null : row.prepared(0);
                    if (ready != null && first != null) {
                        return first.test(ready, b);
                    }
                    PreparedGeometry other = second == null ? null : row.prepared(1);
                    if (other != null && second != null) {
                        return second.test(other, a);
                    }
                    return plain.test(a, b);
                },
                GEOMETRY,
                GEOMETRY);
    }

    private void number(String name, ToDoubleFunction<Geometry> body) {
        add(name, NUMBER, row -> body.applyAsDouble(row.geometry(0)), GEOMETRY);
    }

    private void coordinate(String name, ToDoubleFunction<Coordinate> body) {
        add(
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
        add(
                name,
                NUMBER,
                row -> {
                    Envelope box = row.geometry(0).getEnvelopeInternal();
                    return box.isNull() ? null : body.applyAsDouble(box);
                },
                GEOMETRY);
    }

    private void truth(String name, Predicate<Geometry> body) {
        add(name, TRUTH, row -> body.test(row.geometry(0)), GEOMETRY);
    }

    private void count(String name, Function<Geometry, @Nullable Integer> body) {
        add(name, COUNT, row -> body.apply(row.geometry(0)), GEOMETRY);
    }

    private void geometry(String name, Function<Geometry, @Nullable Geometry> body) {
        add(name, GEOMETRY, row -> body.apply(row.geometry(0)), GEOMETRY);
    }

    private void pair(String name, java.util.function.BinaryOperator<Geometry> body) {
        add(
                name,
                GEOMETRY,
                row -> body.apply(row.geometry(0), row.geometry(1)),
                GEOMETRY,
                GEOMETRY);
    }

    private static Geometry parsed(String text) {
        try {
            return new WKTReader(FACTORY).read(text);
        } catch (ParseException malformed) {
            throw new ShelfException(
                    ErrorCode.INVALID_SQL,
                    "not a geometry as text: cause=" + malformed.getMessage(),
                    malformed);
        }
    }

    private static Geometry flipped(Geometry geometry) {
        Geometry copy = geometry.copy();
        copy.apply(
                (org.locationtech.jts.geom.CoordinateFilter)
                        place -> {
                            double x = place.x;
                            place.x = place.y;
                            place.y = x;
                        });
        copy.geometryChanged();
        return copy;
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
