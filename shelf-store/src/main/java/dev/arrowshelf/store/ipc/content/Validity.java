package dev.arrowshelf.store.ipc.content;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Which slots of a column are null.
///
/// @param base memory that holds the bitmap
/// @param at where the bitmap begins
/// @param present false when no slot is null and there may be no bitmap
record Validity(MemorySegment base, long at, boolean present) {
    /// Returns whether the slot holds a value.
    boolean isValid(long row) {
        return !present
                || (base.get(ValueLayout.JAVA_BYTE, at + (row >>> 3)) >>> (row & 7) & 1) != 0;
    }
}
