package dev.arrowshelf.memory;

/// What the kernel said when a lease was asked for: the only reference counter a shelf has.
public enum LeaseAnswer {
    /// Nobody has the file open or mapped in the way the lease excludes.
    GRANTED,
    /// Somebody has it open or mapped.
    IN_USE,
    /// The kernel or file system gives no answer here; treat it like [#IN_USE], never as free.
    UNKNOWN
}
