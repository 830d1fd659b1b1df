package dev.arrowshelf.store.table.batch;

import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.compression.NoCompressionCodec;
import org.apache.arrow.vector.ipc.message.ArrowFieldNode;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/// Takes some columns and rows out of a record batch, buffer by buffer, for every layout that Arrow
/// has.
///
/// There are two ways. *In place*: buffers of the result are slices of the source's; children of
/// lists and bytes of strings stay whole. Only what cannot be a slice is made anew: bitmaps that
/// begin within a byte, run ends. *Compact*: offsets begin at 0 and nothing is kept that the rows
/// do not need, so that the result can be stored by itself.
///
/// Immutable and thread-safe. Results belong to the caller; they hold on to the source's memory as
/// long as they live.
public final class BatchCutter {
    private final BufferAllocator allocator;
    private final List<VectorShape> shapes;
    private final boolean compact;
    private final @Nullable AllValid allValid;

    private BatchCutter(
            BufferAllocator allocator,
            Schema schema,
            boolean compact,
            @Nullable AllValid allValid) {
        this.allocator = allocator;
        this.shapes = schema.getFields().stream().map(VectorShape::of).toList();
        this.compact = compact;
        this.allValid = allValid;
    }

    /// Returns a cutter in place.
    public static BatchCutter inPlace(BufferAllocator allocator, Schema schema, AllValid allValid) {
        return new BatchCutter(allocator, schema, false, allValid);
    }

    /// Returns a compact cutter.
    public static BatchCutter compact(BufferAllocator allocator, Schema schema) {
        return new BatchCutter(allocator, schema, true, null);
    }

    /// Returns the given rows of all columns.
    public ArrowRecordBatch cut(BatchParts batch, long from, long count) {
        return cut(batch, null, from, count);
    }

    /// Returns the given rows of some columns, in the given order; null is all columns.
    public ArrowRecordBatch cut(BatchParts batch, int @Nullable [] columns, long from, long count) {
        Parts out = new Parts(allocator, compact, allValid);
        try {
            VectorCut cut = new VectorCut(batch, compact, out);
            if (columns == null) {
                for (VectorShape shape : shapes) {
                    cut.vector(shape, from, count);
                }
            } else {
                cutSome(cut, columns, from, count);
            }
            return out.toBatch(count);
        } catch (Throwable failure) {
            out.release();
            throw failure;
        }
    }

    private void cutSome(VectorCut cut, int[] columns, long from, long count) {
        VectorCut.Position[] begins = new VectorCut.Position[shapes.size()];
        int last = -1;
        for (int column : columns) {
            last = Math.max(last, column);
        }
        for (int column = 0; column <= last; column++) {
            begins[column] = cut.position();
            cut.skip(shapes.get(column));
        }
        for (int column : columns) {
            cut.moveTo(begins[column]);
            cut.vector(shapes.get(column), from, count);
        }
    }

    /// The record batch to be: what was cut so far.
    static final class Parts {
        private final BufferAllocator allocator;
        private final boolean compact;
        private final @Nullable AllValid allValid;
        private final List<ArrowFieldNode> nodes = new ArrayList<>();
        private final List<ArrowBuf> buffers = new ArrayList<>();
        private final List<Long> variadicCounts = new ArrayList<>();

        private Parts(BufferAllocator allocator, boolean compact, @Nullable AllValid allValid) {
            this.allocator = allocator;
            this.compact = compact;
            this.allValid = allValid;
        }

        void node(long length, long nulls) {
            nodes.add(new ArrowFieldNode(length, nulls));
        }

        void variadic(long count) {
            variadicCounts.add(count);
        }

        /// Adds a part of a lent buffer.
        void slice(ArrowBuf lent, long from, long bytes) {
            ArrowBuf slice = lent.slice(from, bytes);
            slice.getReferenceManager().retain();
            buffers.add(slice);
        }

        /// Adds a whole lent buffer.
        void whole(ArrowBuf lent) {
            slice(lent, 0, lent.capacity());
        }

        /// Adds a buffer of its own, to be filled by the caller.
        ArrowBuf fresh(long bytes) {
            ArrowBuf buffer = allocator.buffer(bytes);
            buffers.add(buffer.writerIndex(bytes));
            return buffer;
        }

        /// Returns the buffer that was added last; it stays the batch's.
        ArrowBuf lastBuffer() {
            return buffers.getLast();
        }

        void empty() {
            buffers.add(allocator.getEmpty());
        }

        /// Adds the validity of a vector that has no bitmap because it has no nulls.
        void allValid(long values) {
            buffers.add(
                    allValid == null || values == 0 ? allocator.getEmpty() : allValid.take(values));
        }

        /// Adds the validity of some values and returns how many of them are null. A vector that
        /// states no nulls has none, whatever its bitmap holds.
        long validity(ArrowBuf bits, long from, long count, long length, long nulls) {
            if (nulls == 0) {
                allValid(count);
                return 0;
            }
            if (bits.capacity() == 0) {
                empty();
                return count;
            }
            bits(bits, from, count);
            if (nulls == length) {
                return count;
            }
            return from == 0 && count == length
                    ? nulls
                    : count - Bitmaps.ones(buffers.getLast(), count);
        }

        /// Adds a range of bits; what fills up the last byte is 0 in a compact batch.
        void bits(ArrowBuf bits, long from, long count) {
            if ((from & 7) == 0 && (!compact || (count & 7) == 0)) {
                slice(bits, from >>> 3, Bitmaps.bytesOf(count));
            } else {
                Bitmaps.copy(bits, from, count, fresh(Bitmaps.bytesOf(count)));
            }
        }

        private ArrowRecordBatch toBatch(long rows) {
            return new ArrowRecordBatch(
                    Math.toIntExact(rows),
                    nodes,
                    buffers,
                    NoCompressionCodec.DEFAULT_BODY_COMPRESSION,
                    variadicCounts,
                    true,
                    false);
        }

        private void release() {
            for (ArrowBuf buffer : buffers) {
                buffer.close();
            }
            buffers.clear();
        }
    }
}
