package dev.arrowshelf.sql.geometry;

import dev.arrowshelf.sql.duckdb.ApiFunction;
import dev.arrowshelf.sql.duckdb.Call;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/// The values of a vector of DuckDB, read where they lie. Valid during the callback that has it.
final class ColumnValues {
    /* A view: addresses of data, of the validity bits (none: all valid) and of the row numbers behind a dictionary or constant (none: as
    they are), then the number of rows. A text or binary value takes 16 bytes: its length, then the bytes themselves where they are at
    most 12, otherwise four bytes of prefix and an address. */
    private static final long VIEW_BYTES = 32;
    private static final long WORD_BITS = 64;
    private static final long VALUE_BYTES = 16;
    private static final int INLINE = 12;
    private static final int OTHER = 0;

    private final MemorySegment data;
    private final MemorySegment validity;
    private final MemorySegment selection;

    private ColumnValues(MemorySegment data, MemorySegment validity, MemorySegment selection) {
        this.data = data;
        this.validity = validity;
        this.selection = selection;
    }

    static ColumnValues of(Call call, MemorySegment vector) {
        if ((int) call.getLong(ApiFunction.VECTOR_GET_VECTOR_TYPE, vector) == OTHER) {
            call.run(ApiFunction.VECTOR_FLATTEN, vector);
        }
        MemorySegment view = call.allocate(VIEW_BYTES);
        call.run(ApiFunction.VECTOR_GET_VIEW, vector, view);
        return new ColumnValues(
                pointer(view, 0), pointer(view, Long.BYTES), pointer(view, 2L * Long.BYTES));
    }

    private static MemorySegment pointer(MemorySegment view, long offset) {
        MemorySegment address = view.get(ValueLayout.ADDRESS, offset);
        return address.address() == 0 ? address : Call.view(address, Long.MAX_VALUE);
    }

    boolean isPresent(long row) {
        long index = index(row);
        if (validity.address() == 0) {
            return true;
        }
        long word = validity.getAtIndex(ValueLayout.JAVA_LONG, index / WORD_BITS);
        return ((word >>> (index % WORD_BITS)) & 1) != 0;
    }

    double number(long row) {
        return data.getAtIndex(ValueLayout.JAVA_DOUBLE, index(row));
    }

    int count(long row) {
        return data.getAtIndex(ValueLayout.JAVA_INT, index(row));
    }

    String text(long row) {
        return new String(bytes(row), StandardCharsets.UTF_8);
    }

    byte[] bytes(long row) {
        long place = index(row) * VALUE_BYTES;
        int length = data.get(ValueLayout.JAVA_INT, place);
        MemorySegment content =
                length <= INLINE
                        ? data.asSlice(place + Integer.BYTES, length)
                        : Call.view(data.get(ValueLayout.ADDRESS, place + Long.BYTES), length);
        return content.toArray(ValueLayout.JAVA_BYTE);
    }

    private long index(long row) {
        return selection.address() == 0
                ? row
                : Integer.toUnsignedLong(selection.getAtIndex(ValueLayout.JAVA_INT, row));
    }
}
