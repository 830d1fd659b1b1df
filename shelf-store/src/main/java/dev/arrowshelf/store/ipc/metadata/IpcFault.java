package dev.arrowshelf.store.ipc.metadata;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;

/// The two things that can be wrong with IPC from outside. The callers throw what these return.
public final class IpcFault {
    private IpcFault() {}

    /// Returns the error for bytes that are damaged or hostile.
    public static ShelfException invalid(String message) {
        return new ShelfException(ErrorCode.INVALID_IPC, message);
    }

    /// Returns the error for bytes that are well-formed, but of a kind that is not supported.
    public static ShelfException unsupported(String message) {
        return new ShelfException(ErrorCode.UNSUPPORTED_IPC, message);
    }
}
