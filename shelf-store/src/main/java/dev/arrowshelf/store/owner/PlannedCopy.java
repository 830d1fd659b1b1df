package dev.arrowshelf.store.owner;

import dev.arrowshelf.store.ipc.CopyRange;
import java.util.Objects;

/// One range of body bytes and the planned file it goes to. Source positions count the body bytes
/// of one request from 0.
///
/// @param file number of a [PlannedFile] of this or an earlier plan of the same put
/// @param range what is copied, where to, and how it is encoded
public record PlannedCopy(int file, CopyRange range) {
    /// Checks the number.
    public PlannedCopy {
        Objects.requireNonNull(range, "range");
        if (file < 0) {
            throw new IllegalArgumentException("file number is negative: file=" + file);
        }
    }
}
