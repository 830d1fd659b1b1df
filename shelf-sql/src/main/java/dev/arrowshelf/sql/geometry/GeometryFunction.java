package dev.arrowshelf.sql.geometry;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// A function about geometries: a native one over binary values, and a macro of the usual name that
/// turns geometries into these and back.
///
/// @param name in SQL
/// @param parameters in order
/// @param result what it returns
/// @param body computes the result of a row; null is NULL
record GeometryFunction(String name, List<Kind> parameters, Kind result, Body body) {
    GeometryFunction {
        parameters = List.copyOf(parameters);
    }

    /// A kind of value.
    enum Kind {
        GEOMETRY("BLOB"),
        NUMBER("DOUBLE"),
        COUNT("INTEGER"),
        TRUTH("BOOLEAN"),
        TEXT("VARCHAR");

        private final String type;

        Kind(String type) {
            this.type = type;
        }

        /// Returns the SQL type of the native function's values.
        String type() {
            return type;
        }
    }

    /// Computes a row.
    @FunctionalInterface
    interface Body {
        @Nullable Object of(Row row);
    }

    /// Returns the name of the native function: the number of its parameters is part of it.
    String nativeName() {
        return "arrowshelf_" + name.toLowerCase(java.util.Locale.ROOT) + parameters.size();
    }

    /// Returns what the macro of this function says behind its name.
    String macro() {
        String names =
                IntStream.range(0, parameters.size())
                        .mapToObj(GeometryFunction::parameter)
                        .collect(Collectors.joining(", ", "(", ")"));
        String call =
                IntStream.range(0, parameters.size())
                        .mapToObj(index ->
                                parameters.get(index) == Kind.GEOMETRY
                                        ? "st_asbinary(" + parameter(index) + ")"
                                        : parameter(index))
                        .collect(Collectors.joining(", ", nativeName() + "(", ")"));
        return names + " AS " + (result == Kind.GEOMETRY ? "st_geomfromwkb(" + call + ")" : call);
    }

    private static String parameter(int index) {
        return "abcd".substring(index, index + 1);
    }
}
