package dev.arrowshelf.store.ipc.content;

import dev.arrowshelf.store.ipc.metadata.BatchMetadata;
import dev.arrowshelf.store.ipc.metadata.FieldLayout;
import java.lang.foreign.MemorySegment;

/// Checks the views of a binary or text column: each is short and lies in its slot, or points
/// inside one of the data buffers.
///
/// ```
/// 0   length                  4
/// 4   the bytes themselves   12    up to 12 bytes
///
/// 4   first bytes             4    from 13 bytes on
/// 8   number of data buffer   4
/// 12  offset in it            4
/// ```
final class ViewCheck {
    private static final int VIEW_BYTES = 16;
    private static final int INLINE_BYTES = 12;

    private final BatchMetadata batch;
    private final MemorySegment base;
    private final long bodyOffset;
    private final boolean utf8;

    ViewCheck(BatchMetadata batch, MemorySegment base, long bodyOffset, boolean utf8) {
        this.batch = batch;
        this.base = base;
        this.bodyOffset = bodyOffset;
        this.utf8 = utf8;
    }

    /// Checks a column; slots that are null may hold anything.
    ///
    /// @param buffer index of the column's first buffer, the validity
    void check(FieldLayout field, Validity validity, int buffer, int dataBuffers, long length) {
        long views = bodyOffset + batch.bufferOffset(buffer + 1);
        for (long row = 0; row < length; row++) {
            long at = views + VIEW_BYTES * row;
            if (!isGood(at, buffer + 2, dataBuffers) && validity.isValid(row)) {
                throw batch.bytes()
                        .invalid(
                                "view points outside its data or is not UTF-8: column="
                                        + field.path()
                                        + ", row="
                                        + row
                                        + ", bytes="
                                        + base.get(Chunk.INT, at)
                                        + ", buffer="
                                        + base.get(Chunk.INT, at + 8)
                                        + ", offset="
                                        + base.get(Chunk.INT, at + 12)
                                        + ", buffers="
                                        + dataBuffers);
            }
        }
    }

    private boolean isGood(long at, int firstData, int dataBuffers) {
        int bytes = base.get(Chunk.INT, at);
        if (bytes < 0) {
            return false;
        }
        if (bytes <= INLINE_BYTES) {
            return !utf8 || Utf8.isValid(base, at + 4, at + 4 + bytes);
        }
        int data = base.get(Chunk.INT, at + 8);
        int offset = base.get(Chunk.INT, at + 12);
        if (data < 0
                || data >= dataBuffers
                || offset < 0
                || offset > batch.bufferBytes(firstData + data) - bytes) {
            return false;
        }
        long from = bodyOffset + batch.bufferOffset(firstData + data) + offset;
        return !utf8 || Utf8.isValid(base, from, from + bytes);
    }
}
