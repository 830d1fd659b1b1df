package dev.arrowshelf.sql.geometry;

import static dev.arrowshelf.sql.geometry.GeometryFunction.Kind.COUNT;
import static dev.arrowshelf.sql.geometry.GeometryFunction.Kind.GEOMETRY;
import static dev.arrowshelf.sql.geometry.GeometryFunction.Kind.NUMBER;
import static dev.arrowshelf.sql.geometry.GeometryFunction.Kind.TEXT;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.util.List;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.locationtech.jts.geom.Coordinate;
import org.locationtech.jts.geom.CoordinateFilter;
import org.locationtech.jts.geom.Envelope;
import org.locationtech.jts.geom.Geometry;
import org.locationtech.jts.geom.GeometryFactory;
import org.locationtech.jts.geom.LineString;
import org.locationtech.jts.geom.Polygon;
import org.locationtech.jts.geom.util.GeometryFixer;
import org.locationtech.jts.io.ParseException;
import org.locationtech.jts.io.WKTReader;
import org.locationtech.jts.simplify.DouglasPeuckerSimplifier;
import org.locationtech.jts.simplify.TopologyPreservingSimplifier;

/// Geometries made of numbers, texts and other geometries.
final class GeometryMakers {
    private static final GeometryFactory FACTORY = new GeometryFactory();

    private final GeometryCatalogue functions;

    private GeometryMakers(GeometryCatalogue functions) {
        this.functions = functions;
    }

    static void addTo(GeometryCatalogue catalogue) {
        GeometryMakers made = new GeometryMakers(catalogue);
        made.makers();
        made.operations();
    }

    private void makers() {
        for (String name : List.of("ST_Point", "ST_MakePoint")) {
            functions.add(
                    name,
                    GEOMETRY,
                    row -> FACTORY.createPoint(new Coordinate(row.number(0), row.number(1))),
                    NUMBER,
                    NUMBER);
        }
        functions.add("ST_GeomFromText", GEOMETRY, row -> parsed(row.text(0)), TEXT);
        functions.add(
                "ST_MakeLine",
                GEOMETRY,
                row ->
                        FACTORY.createLineString(
                                new Coordinate[] {
                                    row.geometry(0).getCoordinate(), row.geometry(1).getCoordinate()
                                }),
                GEOMETRY,
                GEOMETRY);
        functions.add(
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
        geometry("ST_FlipCoordinates", GeometryMakers::flipped);
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
        functions.add(
                "ST_Buffer",
                GEOMETRY,
                row -> row.geometry(0).buffer(row.number(1)),
                GEOMETRY,
                NUMBER);
        functions.add(
                "ST_Simplify",
                GEOMETRY,
                row -> DouglasPeuckerSimplifier.simplify(row.geometry(0), row.number(1)),
                GEOMETRY,
                NUMBER);
        functions.add(
                "ST_SimplifyPreserveTopology",
                GEOMETRY,
                row -> TopologyPreservingSimplifier.simplify(row.geometry(0), row.number(1)),
                GEOMETRY,
                NUMBER);
        functions.add(
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

    private void geometry(String name, Function<Geometry, @Nullable Geometry> body) {
        functions.add(name, GEOMETRY, row -> body.apply(row.geometry(0)), GEOMETRY);
    }

    private void pair(String name, BinaryOperator<Geometry> body) {
        functions.add(
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
                (CoordinateFilter)
                        place -> {
                            double x = place.x;
                            place.x = place.y;
                            place.y = x;
                        });
        copy.geometryChanged();
        return copy;
    }
}
