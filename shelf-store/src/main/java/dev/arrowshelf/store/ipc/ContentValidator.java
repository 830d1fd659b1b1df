package dev.arrowshelf.store.ipc;

import java.lang.foreign.MemorySegment;

/// Checks a finished segment or slab payload: structure and content, as docs/spec/segments.md section 4 says.
public final class ContentValidator {
    private ContentValidator() {}

    /// Checks everything that a reader relies on.
    ///
    /// @throws dev.arrowshelf.store.model.ShelfException INVALID_IPC that names message, column and numbers
    public static void validate(MemorySegment file, boolean utf8) {
        throw new UnsupportedOperationException();
    }
}
