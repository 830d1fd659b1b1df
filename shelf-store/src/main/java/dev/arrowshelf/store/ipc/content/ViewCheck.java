package dev.arrowshelf.store.ipc.content;

import java.lang.foreign.MemorySegment;

/// Checks the views of a binary or text column: each is short and lies in its slot, or points
/// inside one of the data buffers. Slots that are null may hold anything.
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
                boolean good =
                        liesInside(VIEW_INTS * i, dataBytes)
                                && (!text || isText(column, row + i, VIEW_INTS * i));
                if (!good && column.isValid(row + i)) {
                    throw column.wrong(
                            describe(VIEW_INTS * i, dataBytes.length),
                            row + i,
                            window[VIEW_INTS * i]);
                }
            }
        }
    }

    private boolean liesInside(int at, long[] dataBytes) {
        int bytes = window[at];
        if (bytes <= INLINE_BYTES) {
            return bytes >= 0;
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
            long from = column.at(FIRST_DATA + window[at + 2]) + window[at + 3];
            return utf8.isValid(column.base(), from, from + bytes);
        }
        if (((window[at + 1] | window[at + 2] | window[at + 3]) & HIGH_BITS) == 0) {
            return true;
        }
        long from = column.at(1) + VIEW_BYTES * row + Integer.BYTES;
        return utf8.isValid(column.base(), from, from + bytes);
    }

    private String describe(int at, int dataBuffers) {
        return "view points outside its data or is not UTF-8, buffer="
                + window[at + 2]
                + ", offset="
                + window[at + 3]
                + ", buffers="
                + dataBuffers;
    }
}
