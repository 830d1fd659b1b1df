package dev.arrowshelf.sql.duckdb;

import org.jspecify.annotations.Nullable;

/// DuckDB's library is missing, cannot be loaded, or is not the one this code was written for.
public final class LibraryException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    LibraryException(String message) {
        this(message, null);
    }

    LibraryException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
