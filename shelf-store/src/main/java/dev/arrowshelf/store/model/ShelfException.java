package dev.arrowshelf.store.model;

import org.jspecify.annotations.Nullable;

/// The one exception of the store. The message is a fact followed by `name=value` pairs; the code
/// says what happened, its kind who has to act. Immutable and safe to share between threads.
public final class ShelfException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ErrorCode code;

    /// Creates an exception without a cause.
    public ShelfException(ErrorCode code, String message) {
        this(code, message, null);
    }

    /// Creates an exception that keeps its cause.
    public ShelfException(ErrorCode code, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    /// Returns what happened.
    public ErrorCode code() {
        return code;
    }

    /// Returns who has to act.
    public ErrorKind kind() {
        return code.kind();
    }
}
