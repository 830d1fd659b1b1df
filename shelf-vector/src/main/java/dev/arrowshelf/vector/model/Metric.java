package dev.arrowshelf.vector.model;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.util.Arrays;
import java.util.stream.Collectors;

/// What "near" means. Distances ascend: the best comes first.
public enum Metric {
    /// The Euclidean distance, not squared.
    L2("l2", 1),
    /// The negative inner product.
    INNER_PRODUCT("ip", 2),
    /// One minus the cosine of the angle; a vector of length zero has none and is left out.
    COSINE("cosine", 3),
    /// The great-circle distance in metres on a sphere of 6,371,008.8 m; two columns, latitude and
    /// longitude in degrees.
    HAVERSINE("haversine", 4);

    private final String text;
    private final int code;

    Metric(String text, int code) {
        this.text = text;
        this.code = code;
    }

    /// Returns the number in stored indexes.
    public int code() {
        return code;
    }

    /// Returns the name users write.
    public String text() {
        return text;
    }

    /// Returns the metric of a name. Error: `INVALID_ARGUMENT`.
    public static Metric parse(String text) {
        for (Metric metric : values()) {
            if (metric.text.equals(text)) {
                return metric;
            }
        }
        throw new ShelfException(
                ErrorCode.INVALID_ARGUMENT,
                "unknown metric: metric="
                        + text
                        + ", known="
                        + Arrays.stream(values())
                                .map(Metric::text)
                                .collect(Collectors.joining(" ")));
    }
}
