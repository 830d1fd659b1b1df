package dev.arrowshelf.sql.geometry;

import java.util.ArrayList;
import java.util.List;

/// The functions about geometries, named and behaving as those of DuckDB's spatial extension.
final class GeometryCatalogue {
    private final List<GeometryFunction> functions = new ArrayList<>();

    private GeometryCatalogue() {}

    static List<GeometryFunction> functions() {
        GeometryCatalogue catalogue = new GeometryCatalogue();
        GeometryRelations.addTo(catalogue);
        GeometryMeasures.addTo(catalogue);
        GeometryMakers.addTo(catalogue);
        return List.copyOf(catalogue.functions);
    }

    void add(
            String name,
            GeometryFunction.Kind result,
            GeometryFunction.Body body,
            GeometryFunction.Kind... parameters) {
        functions.add(new GeometryFunction(name, List.of(parameters), result, body));
    }
}
