package dev.arrowshelf.sql.geometry;

import dev.arrowshelf.sql.duckdb.ApiFunction;
import dev.arrowshelf.sql.duckdb.Call;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.locationtech.jts.geom.Geometry;

/// The vector that a function fills, one row after the other. Valid during the callback that has
/// it.
final class ResultVector {
    private final MemorySegment vector;
    private final MemorySegment factory;
    private final GeometryFunction.Kind kind;
    private final MemorySegment data;

    private ResultVector(
            MemorySegment vector,
            MemorySegment factory,
            GeometryFunction.Kind kind,
            MemorySegment data) {
        this.vector = vector;
        this.factory = factory;
        this.kind = kind;
        this.data = data;
    }

    /// @param rows how many there will be
    /// @param factory makes values of the types whose layout is DuckDB's own affair
    static ResultVector of(
            Call call,
            MemorySegment vector,
            long rows,
            MemorySegment factory,
            GeometryFunction.Kind kind) {
        call.run(ApiFunction.VECTOR_SET_SIZE, vector, rows);
        MemorySegment data = call.get(ApiFunction.VECTOR_GET_DATA_MUTABLE, vector);
        return new ResultVector(vector, factory, kind, Call.view(data, Long.MAX_VALUE));
    }

    void set(long row, @Nullable Object value) {
        if (value == null) {
            try (Call call = new Call()) {
                call.run(ApiFunction.VECTOR_SET_NULL, vector, row);
            }
            return;
        }
        switch (kind) {
            case TRUTH -> data.set(ValueLayout.JAVA_BOOLEAN, row, (Boolean) value);
            case NUMBER -> data.setAtIndex(ValueLayout.JAVA_DOUBLE, row, (Double) value);
            case COUNT -> data.setAtIndex(ValueLayout.JAVA_INT, row, (Integer) value);
            case TEXT ->
                    set(
                            row,
                            ApiFunction.VALUE_CREATE_VARCHAR,
                            value.toString().getBytes(StandardCharsets.UTF_8));
            case GEOMETRY ->
                    set(row, ApiFunction.VALUE_CREATE_BLOB, Geometries.write((Geometry) value));
        }
    }

    private void set(long row, ApiFunction create, byte[] bytes) {
        try (Call call = new Call()) {
            MemorySegment made = call.get(create, factory, call.bytes(bytes));
            try {
                call.run(ApiFunction.VECTOR_SET_VALUE, vector, row, made);
            } finally {
                Call.destroy(ApiFunction.VALUE_DESTROY, made);
            }
        }
    }
}
