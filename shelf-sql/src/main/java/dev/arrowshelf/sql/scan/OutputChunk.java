package dev.arrowshelf.sql.scan;

import dev.arrowshelf.sql.arrow.Scratch;
import dev.arrowshelf.sql.duckdb.ApiFunction;
import dev.arrowshelf.sql.duckdb.Call;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/// The vectors of the chunk that DuckDB wants filled now.
///
/// One thread at a time. The chunk is DuckDB's, valid during one call of it.
final class OutputChunk {
    private static final MethodHandle VECTOR = ApiFunction.DATA_CHUNK_GET_VECTOR.handle();
    private static final MethodHandle REFERENCE = ApiFunction.VECTOR_REFERENCE.handle();
    private static final MethodHandle SET_SIZE = ApiFunction.VECTOR_SET_SIZE.handle();
    private static final MethodHandle DATA = ApiFunction.VECTOR_GET_DATA_MUTABLE.handle();
    private static final MethodHandle VALIDITY =
            ApiFunction.VECTOR_FLAT_GET_VALIDITY_MUTABLE.handle();

    private final MemorySegment slot;
    private final MemorySegment error;
    private MemorySegment chunk = MemorySegment.NULL;

    OutputChunk(Scratch scratch) {
        MemorySegment slots = scratch.allocate(2L * Long.BYTES);
        this.slot = slots.asSlice(0, Long.BYTES);
        this.error = slots.asSlice(Long.BYTES, Long.BYTES);
    }

    void use(MemorySegment present) {
        chunk = present;
    }

    /// Makes a vector one with that of another chunk.
    void refer(int index, MemorySegment other, long otherIndex, long rows) throws Throwable {
        MemorySegment target = vector(chunk, index);
        check((int) REFERENCE.invokeExact(target, vector(other, otherIndex), error));
        check((int) SET_SIZE.invokeExact(target, rows, error));
    }

    /// Says how many rows a vector has of which nobody reads a value.
    void size(int index, long rows) throws Throwable {
        check((int) SET_SIZE.invokeExact(vector(chunk, index), rows, error));
    }

    /// Returns the memory for the values of a vector.
    MemorySegment data(int index, int rows, int bytes) throws Throwable {
        MemorySegment vector = vector(chunk, index);
        check((int) SET_SIZE.invokeExact(vector, (long) rows, error));
        check((int) DATA.invokeExact(vector, slot, error));
        return Call.view(slot.get(ValueLayout.ADDRESS, 0), (long) rows * bytes);
    }

    /// Returns the memory for the validity bits of a vector: whole words.
    MemorySegment validity(int index, int rows) throws Throwable {
        MemorySegment vector = vector(chunk, index);
        check((int) VALIDITY.invokeExact(vector, slot, error));
        return Call.view(
                slot.get(ValueLayout.ADDRESS, 0),
                (long) Math.ceilDiv(rows, Long.SIZE) * Long.BYTES);
    }

    private MemorySegment vector(MemorySegment of, long index) throws Throwable {
        check((int) VECTOR.invokeExact(of, index, slot, error));
        return slot.get(ValueLayout.ADDRESS, 0);
    }

    private void check(int code) {
        if (code != 0) {
            throw Call.failure(code, error);
        }
    }
}
