package dev.arrowshelf.sql.duckdb;

/// A refusal of DuckDB: its code and its text. Stays inside this module; callers of the engine see
/// the shelf's own exception.
public final class DuckDbException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int code;

    /// Creates an exception of a code that is not 0.
    public DuckDbException(int code, String text) {
        super(text);
        this.code = code;
    }

    /// Returns the code of DuckDB's own list.
    public int code() {
        return code;
    }
}
