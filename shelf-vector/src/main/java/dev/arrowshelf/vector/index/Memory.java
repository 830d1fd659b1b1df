package dev.arrowshelf.vector.index;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;

/// What fits on the heap: asked before a large array is made, so that too large a search is an
/// error and not the end of the process.
public final class Memory {
    private static final int SHARE = 2;

    private Memory() {}

    /// Returns `count` when an array of `count` times `width` values of up to 8 bytes may be made.
    /// Error: `OUT_OF_MEMORY`.
    public static int arrayOf(long count, long width, String what) {
        long values = Math.multiplyHigh(count, width) != 0 ? Long.MAX_VALUE : count * width;
        require(values > Integer.MAX_VALUE - 8 ? Long.MAX_VALUE / 8 : values, 4, what);
        if (values > Integer.MAX_VALUE - 8) {
            throw refused(values, 4, what);
        }
        return (int) count;
    }

    /// Checks that so many values of so many bytes fit. Error: `OUT_OF_MEMORY`.
    public static void require(long values, int bytes, String what) {
        if (values > Runtime.getRuntime().maxMemory() / SHARE / bytes) {
            throw refused(values, bytes, what);
        }
    }

    private static ShelfException refused(long values, int bytes, String what) {
        return new ShelfException(
                ErrorCode.OUT_OF_MEMORY,
                "does not fit on the heap: what="
                        + what
                        + ", values="
                        + values
                        + ", bytes each="
                        + bytes
                        + ", heap limit="
                        + Runtime.getRuntime().maxMemory());
    }
}
