package dev.arrowshelf.sql.geometry;

import static dev.arrowshelf.sql.geometry.GeometryFunction.Kind.GEOMETRY;
import static dev.arrowshelf.sql.geometry.GeometryFunction.Kind.NUMBER;
import static dev.arrowshelf.sql.geometry.GeometryFunction.Kind.TRUTH;

import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;
import org.locationtech.jts.geom.Geometry;
import org.locationtech.jts.geom.prep.PreparedGeometry;

/// Whether two geometries touch, contain or equal each other.
final class GeometryRelations {
    private final GeometryCatalogue functions;

    private GeometryRelations(GeometryCatalogue functions) {
        this.functions = functions;
    }

    static void addTo(GeometryCatalogue catalogue) {
        new GeometryRelations(catalogue).relations();
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
        functions.add(
                "ST_DWithin",
                TRUTH,
                row -> row.geometry(0).isWithinDistance(row.geometry(1), row.number(2)),
                GEOMETRY,
                GEOMETRY,
                NUMBER);
    }

    /// A relation of two geometries; either may be the one that stands in many rows.
    private void relation(
            String name,
            BiPredicate<Geometry, Geometry> plain,
            @Nullable BiPredicate<PreparedGeometry, Geometry> first,
            @Nullable BiPredicate<PreparedGeometry, Geometry> second) {
        functions.add(
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
}
