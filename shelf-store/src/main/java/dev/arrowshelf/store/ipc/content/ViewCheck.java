package dev.arrowshelf.store.ipc.content;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// Checks the views of a binary or text column: each is short and lies in its slot, zeroes behind
/// it, or points inside one of the data buffers and begins as the value there. Slots that are null
/// may hold anything. Readers compare views by all that they hold.
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
    private static final int VIEW_INTS = 4;
    private static final int INLINE_BYTES = 12;
    private static final int FIRST_DATA = 2;
    private static final int HIGH_BITS = 0x8080_8080;

    private final Utf8 utf8;
    private int[] window = {};

    ViewCheck(Utf8 utf8) {
        this.utf8 = utf8;
    }

    /// Checks a column.
    ///
    /// @param text whether the values must be UTF-8
    void check(ColumnBuffers column, boolean text) {
        long[] dataBytes = new long[column.dataBuffers()];
        for (int i = 0; i < dataBytes.length; i++) {
            dataBytes[i] = column.bytes(FIRST_DATA + i);
        }
        long length = column.length();
        for (long row = 0; row < length; row += Chunk.LENGTH) {
            int count = (int) Math.min(Chunk.LENGTH, length - row);
            if (window.length < VIEW_INTS * count) {
                window = new int[VIEW_INTS * count];
            }
            MemorySegment.copy(
                    column.base(),
                    Chunk.INT,
                    column.at(1) + VIEW_BYTES * row,
                    window,
                    0,
                    VIEW_INTS * count);
            for (int i = 0; i < count; i++) {
                String fault = fault(column, row + i, VIEW_INTS * i, dataBytes, text);
                if (fault != null && column.isValid(row + i)) {
                    throw column.wrong(
                            describe(fault, VIEW_INTS * i, dataBytes.length),
                            row + i,
                            window[VIEW_INTS * i]);
                }
            }
        }
    }

    private @Nullable String fault(
            ColumnBuffers column, long row, int at, long[] dataBytes, boolean text) {
        if (window[at] >= 0 && window[at] <= INLINE_BYTES) {
            if (!isPadded(at)) {
                return "view has bytes behind its value";
            }
        } else if (!liesInside(at, dataBytes)) {
            return "view points outside its data";
        } else if (column.base().get(Chunk.INT, dataAt(column, at)) != window[at + 1]) {
            return "view begins with other bytes than its value";
        }
        return text && !isText(column, row, at) ? "view is not UTF-8" : null;
    }

    /// Returns whether a short view has zeroes behind its bytes.
    private boolean isPadded(int at) {
        int bytes = window[at];
        for (int word = 1; word < VIEW_INTS; word++, bytes -= Integer.BYTES) {
            int used = Math.clamp(bytes, 0, Integer.BYTES) * Byte.SIZE;
            if (used < Integer.SIZE && window[at + word] >>> used != 0) {
                return false;
            }
        }
        return true;
    }

    private long dataAt(ColumnBuffers column, int at) {
        return column.at(FIRST_DATA + window[at + 2]) + window[at + 3];
    }

    private boolean liesInside(int at, long[] dataBytes) {
        int bytes = window[at];
        if (bytes < 0) {
            return false;
        }
        int data = window[at + 2];
        int offset = window[at + 3];
        return data >= 0
                && data < dataBytes.length
                && offset >= 0
                && offset <= dataBytes[data] - bytes;
    }

    private boolean isText(ColumnBuffers column, long row, int at) {
        int bytes = window[at];
        if (bytes > INLINE_BYTES) {
            long from = dataAt(column, at);
            return utf8.isValid(column.base(), from, from + bytes);
        }
        if (((window[at + 1] | window[at + 2] | window[at + 3]) & HIGH_BITS) == 0) {
            return true;
        }
        long from = column.at(1) + VIEW_BYTES * row + Integer.BYTES;
        return utf8.isValid(column.base(), from, from + bytes);
    }

    private String describe(String fault, int at, int dataBuffers) {
        return fault
                + ", buffer="
                + window[at + 2]
                + ", offset="
                + window[at + 3]
                + ", buffers="
                + dataBuffers;
    }
}
