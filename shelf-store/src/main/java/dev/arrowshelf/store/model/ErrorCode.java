package dev.arrowshelf.store.model;

/// The closed list of error codes. The names are part of the local protocol and of the JSON output.
public enum ErrorCode {
    /// No table has this key.
    NOT_FOUND(ErrorKind.USER),
    /// A table has this key already, and replacing was not allowed.
    ALREADY_EXISTS(ErrorKind.USER),
    /// The key is empty, too long or not UTF-8.
    INVALID_KEY(ErrorKind.USER),
    /// An argument, option or configuration value is wrong.
    INVALID_ARGUMENT(ErrorKind.USER),
    /// Bytes that should be Arrow IPC are damaged or hostile.
    INVALID_IPC(ErrorKind.USER),
    /// Arrow IPC that is well-formed, but of a version, endianness or feature that is not
    /// supported.
    UNSUPPORTED_IPC(ErrorKind.USER),
    /// A SQL statement is wrong, or fails over its data.
    INVALID_SQL(ErrorKind.USER),
    /// A query or the build of an index was cancelled.
    CANCELLED(ErrorKind.USER),
    /// A request of the local protocol breaks the protocol.
    PROTOCOL(ErrorKind.USER),
    /// The caller may not do this (another uid, a foreign file).
    FORBIDDEN(ErrorKind.USER),
    /// The memory limit or the file system is full.
    OUT_OF_MEMORY(ErrorKind.RESOURCE),
    /// Too many requests, mappings or clients at once.
    BUSY(ErrorKind.RESOURCE),
    /// A result is larger than its reader allows.
    TOO_LARGE(ErrorKind.RESOURCE),
    /// A query took longer than allowed.
    TIMEOUT(ErrorKind.RESOURCE),
    /// A slot of the control block did not become stable in time.
    CATALOGUE_BUSY(ErrorKind.RESOURCE),
    /// Another process owns the shelf directory.
    SHELF_OWNED(ErrorKind.EXTERNAL),
    /// No daemon answers at the address, or the connection broke.
    UNAVAILABLE(ErrorKind.EXTERNAL),
    /// A data set in Redis lacks values that its manifest names.
    INCOMPLETE(ErrorKind.EXTERNAL),
    /// A system call or file operation failed.
    IO(ErrorKind.EXTERNAL),
    /// Stored bytes do not match their checksum or format.
    CORRUPT(ErrorKind.INTERNAL),
    /// The shelf, table or connection was closed before.
    CLOSED(ErrorKind.USER),
    /// A bug.
    INTERNAL(ErrorKind.INTERNAL);

    private final ErrorKind kind;

    ErrorCode(ErrorKind kind) {
        this.kind = kind;
    }

    /// Returns who has to act.
    public ErrorKind kind() {
        return kind;
    }
}
