package dev.arrowshelf.store.ipc.content;

import dev.arrowshelf.store.ipc.metadata.BatchMetadata;
import dev.arrowshelf.store.ipc.metadata.FieldLayout;
import dev.arrowshelf.store.model.ShelfException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// One column of a batch in memory: its own buffers, counted from 0, and the lengths of its
/// children.
final class ColumnBuffers {
    private final BatchMetadata batch;
    private final MemorySegment base;
    private final long bodyOffset;
    private final FieldLayout field;
    private final int node;
    private final int buffer;
    private final int dataBuffers;

    /// @param base memory that holds the body
    /// @param bodyOffset where the body begins in it
    ColumnBuffers(
            BatchMetadata batch,
            MemorySegment base,
            long bodyOffset,
            FieldLayout field,
            int node,
            int buffer,
            int dataBuffers) {
        this.batch = batch;
        this.base = base;
        this.bodyOffset = bodyOffset;
        this.field = field;
        this.node = node;
        this.buffer = buffer;
        this.dataBuffers = dataBuffers;
    }

    /// Returns the memory that all positions refer to.
    MemorySegment base() {
        return base;
    }

    /// Returns the field.
    FieldLayout field() {
        return field;
    }

    /// Returns the number of rows.
    long length() {
        return batch.length(node);
    }

    /// Returns the number of nulls that the batch states, -1 for unknown.
    long nulls() {
        return batch.nullCount(node);
    }

    /// Returns where a buffer of this column begins. A column without validity has its children's
    /// buffers from 0 on.
    long at(int index) {
        return bodyOffset + batch.bufferOffset(buffer + index);
    }

    /// Returns the length of a buffer of this column.
    long bytes(int index) {
        return batch.bufferBytes(buffer + index);
    }

    /// Returns how many data buffers follow the views.
    int dataBuffers() {
        return dataBuffers;
    }

    /// Returns the length of the first child.
    long childLength() {
        return batch.length(node + 1);
    }

    /// Returns the length of each child.
    long[] childLengths() {
        long[] lengths = new long[field.children().size()];
        int child = node + 1;
        for (int i = 0; i < lengths.length; i++) {
            lengths[i] = batch.length(child);
            child += field.children().get(i).nodes();
        }
        return lengths;
    }

    /// Returns whether the slot holds a value, by the bitmap in buffer 0. A null count of 0 means
    /// that there are no nulls whatever the bitmap says, as all readers have it.
    boolean isValid(long row) {
        return batch.nullCount(node) == 0
                || bytes(0) == 0
                || (base.get(ValueLayout.JAVA_BYTE, at(0) + (row >>> 3)) >>> (row & 7) & 1) != 0;
    }

    /// Returns the error for a row.
    ShelfException wrong(String fact, long row, long value) {
        return wrong(fact, "row=" + row + ", value", value);
    }

    /// Returns the error for the whole column.
    ShelfException wrong(String fact, String name, long value) {
        return batch.bytes().invalid(fact + ": column=" + field.path() + ", " + name + "=" + value);
    }
}
