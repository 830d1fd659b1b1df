package dev.arrowshelf.store.ipc.content;

import dev.arrowshelf.store.ipc.metadata.BatchMetadata;
import dev.arrowshelf.store.ipc.metadata.FieldLayout;
import dev.arrowshelf.store.ipc.metadata.FieldShape;
import dev.arrowshelf.store.ipc.metadata.FieldVisitor;
import dev.arrowshelf.store.ipc.metadata.FieldWalk;
import dev.arrowshelf.store.ipc.metadata.SchemaMetadata;
import dev.arrowshelf.store.model.ShelfException;
import java.lang.foreign.MemorySegment;

/// Checks the content of batches whose structure is known to be right. Keeps small arrays between
/// batches; not safe for use by several threads at once.
public final class ContentCheck {
    private final SchemaMetadata schema;
    private final boolean utf8;
    private final AscentCheck ascent = new AscentCheck();
    private final RangeCheck range = new RangeCheck();

    /// Begins checks of the batches of one table.
    ///
    /// @param utf8 whether text must be UTF-8
    public ContentCheck(SchemaMetadata schema, boolean utf8) {
        this.schema = schema;
        this.utf8 = utf8;
    }

    /// Checks one uncompressed batch.
    ///
    /// @param base memory that holds the body
    /// @param bodyOffset where the body begins in it
    /// @param dictionaryLengths length of each dictionary of the schema at this point
    public void check(
            BatchMetadata batch, MemorySegment base, long bodyOffset, long[] dictionaryLengths) {
        FieldWalk.walk(
                batch,
                FieldWalk.fieldsOf(batch, schema),
                new Columns(batch, base, bodyOffset, dictionaryLengths));
    }

    /// The columns of one batch.
    private final class Columns implements FieldVisitor {
        private final BatchMetadata batch;
        private final MemorySegment base;
        private final long bodyOffset;
        private final long[] dictionaryLengths;

        Columns(
                BatchMetadata batch,
                MemorySegment base,
                long bodyOffset,
                long[] dictionaryLengths) {
            this.batch = batch;
            this.base = base;
            this.bodyOffset = bodyOffset;
            this.dictionaryLengths = dictionaryLengths;
        }

        @Override
        public void field(FieldLayout field, int node, int buffer, int dataBuffers) {
            long length = batch.length(node);
            switch (field.shape()) {
                case NULL, FIXED, FIXED_LIST, STRUCT -> {}
                case VARIABLE -> variable(field, node, buffer, length);
                case LIST, MAP -> offsets(field, buffer + 1, length, batch.length(node + 1));
                case LIST_VIEW -> listViews(field, buffer, length, batch.length(node + 1));
                case VIEW ->
                        new ViewCheck(batch, base, bodyOffset, utf8 && field.utf8())
                                .check(field, validity(node, buffer), buffer, dataBuffers, length);
                case SPARSE_UNION, DENSE_UNION -> union(field, node, buffer, length);
                case RUN_ENDS -> runEnds(field, buffer, length, batch.length(node + 1));
                case INDEX -> indices(field, node, buffer, length);
            }
        }

        private void variable(FieldLayout field, int node, int buffer, long length) {
            offsets(field, buffer + 1, length, batch.bufferBytes(buffer + 2));
            if (utf8 && field.utf8()) {
                text(field, node, buffer, length);
            }
        }

        private void offsets(FieldLayout field, int buffer, long length, long limit) {
            if (length == 0 && batch.bufferBytes(buffer) == 0) {
                return;
            }
            int width = field.width();
            long at = at(buffer);
            long bad = ascent.firstBad(base, at, length + 1, width, 0);
            if (bad >= 0) {
                throw wrong(
                        field,
                        "offset is negative or decreases",
                        bad,
                        Chunk.number(base, at, bad, width));
            }
            long last = Chunk.number(base, at, length, width);
            if (last > limit) {
                throw wrong(field, "offset lies beyond the data, limit=" + limit, length, last);
            }
        }

        private void text(FieldLayout field, int node, int buffer, long length) {
            if (length == 0) {
                return;
            }
            int width = field.width();
            long offsets = at(buffer + 1);
            long data = at(buffer + 2);
            long end = Chunk.number(base, offsets, length, width);
            boolean all =
                    Utf8.isValid(base, data + Chunk.number(base, offsets, 0, width), data + end);
            Validity validity = validity(node, buffer);
            for (long row = 0; row < length; row++) {
                long from = Chunk.number(base, offsets, row, width);
                long to = Chunk.number(base, offsets, row + 1, width);
                boolean whole =
                        from == to
                                || (all
                                        && isBoundary(data, from, end)
                                        && isBoundary(data, to, end));
                if (!whole
                        && validity.isValid(row)
                        && !Utf8.isValid(base, data + from, data + to)) {
                    throw wrong(field, "text is not UTF-8, bytes=" + (to - from), row, from);
                }
            }
        }

        private boolean isBoundary(long data, long offset, long end) {
            return offset == end || Utf8.isBoundary(base, data + offset);
        }

        private void listViews(FieldLayout field, int buffer, long length, long limit) {
            int width = field.width();
            long offsets = at(buffer + 1);
            long sizes = at(buffer + 2);
            for (long row = 0; row < length; row++) {
                long offset = Chunk.number(base, offsets, row, width);
                long size = Chunk.number(base, sizes, row, width);
                if (offset < 0 || size < 0 || offset > limit - size) {
                    throw wrong(
                            field,
                            "list view lies outside its child, length=" + limit + ", size=" + size,
                            row,
                            offset);
                }
            }
        }

        private void union(FieldLayout field, int node, int buffer, long length) {
            long typeIds = at(buffer);
            boolean dense = field.shape() == FieldShape.DENSE_UNION;
            long offsets = dense ? at(buffer + 1) : 0;
            long[] limits = childLengths(field, node);
            for (long row = 0; row < length; row++) {
                int typeId = (int) Chunk.number(base, typeIds, row, Byte.BYTES);
                int child = field.childOfType(typeId);
                if (child < 0) {
                    throw wrong(field, "union has no such type id", row, typeId);
                }
                if (dense) {
                    long offset = Chunk.number(base, offsets, row, Integer.BYTES);
                    if (offset < 0 || offset >= limits[child]) {
                        throw wrong(
                                field,
                                "union offset lies outside its child, length=" + limits[child],
                                row,
                                offset);
                    }
                }
            }
        }

        private long[] childLengths(FieldLayout field, int node) {
            long[] lengths = new long[field.children().size()];
            int child = node + 1;
            for (int i = 0; i < lengths.length; i++) {
                lengths[i] = batch.length(child);
                child += field.children().get(i).nodes();
            }
            return lengths;
        }

        /// The run ends are the first child: no buffers of the parent come before its validity.
        private void runEnds(FieldLayout field, int buffer, long length, long runs) {
            if (runs == 0) {
                return;
            }
            int width = field.children().getFirst().width() / Byte.SIZE;
            long at = at(buffer + 1);
            long first = Chunk.number(base, at, 0, width);
            long bad = first == 0 ? 0 : ascent.firstBad(base, at, runs, width, 1);
            if (bad >= 0) {
                throw wrong(
                        field,
                        "run end is not positive or does not increase",
                        bad,
                        Chunk.number(base, at, bad, width));
            }
            long last = Chunk.number(base, at, runs - 1, width);
            if (last < length) {
                throw wrong(field, "run ends do not reach the length=" + length, runs - 1, last);
            }
        }

        private void indices(FieldLayout field, int node, int buffer, long length) {
            int width = field.width() / Byte.SIZE;
            long at = at(buffer + 1);
            long limit = dictionaryLengths[field.dictionary()];
            long suspect =
                    range.firstSuspect(base, at, length, width, field.signedIndices(), limit);
            if (suspect < 0) {
                return;
            }
            Validity validity = validity(node, buffer);
            long mask =
                    field.signedIndices() || width == Long.BYTES ? -1L : (1L << field.width()) - 1;
            for (long row = suspect; row < length; row++) {
                long index = Chunk.number(base, at, row, width) & mask;
                if ((index < 0 || index >= limit) && validity.isValid(row)) {
                    throw wrong(
                            field,
                            "index lies outside its dictionary, length=" + limit,
                            row,
                            index);
                }
            }
        }

        private Validity validity(int node, int buffer) {
            return new Validity(
                    base, at(buffer), batch.nullCount(node) != 0 && batch.bufferBytes(buffer) != 0);
        }

        private long at(int buffer) {
            return bodyOffset + batch.bufferOffset(buffer);
        }

        private ShelfException wrong(FieldLayout field, String fact, long row, long value) {
            return batch.bytes()
                    .invalid(
                            fact
                                    + ": column="
                                    + field.path()
                                    + ", row="
                                    + row
                                    + ", value="
                                    + value);
        }
    }
}
