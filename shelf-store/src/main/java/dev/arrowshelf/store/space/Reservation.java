package dev.arrowshelf.store.space;

/// What a put is charged before it has its file, and how much of the pool is promised to it: bytes
/// that count once although the pool still has them.
///
/// Belongs to one put; the ledger alone changes it, under its monitor.
final class Reservation {
    private long bytes;
    private long promised;

    Reservation(long bytes, long promised) {
        this.bytes = bytes;
        this.promised = promised;
    }

    /// Returns what is charged.
    long bytes() {
        return bytes;
    }

    /// Returns what the pool still has and is charged already.
    long promised() {
        return promised;
    }

    void change(long newBytes, long newPromised) {
        bytes = newBytes;
        promised = newPromised;
    }
}
