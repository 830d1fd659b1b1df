package dev.arrowshelf.sql.session;

/// Why a query was interrupted.
enum StopReason {
    NONE,
    CANCELLED,
    TIMEOUT
}
