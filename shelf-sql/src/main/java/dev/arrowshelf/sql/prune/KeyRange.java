package dev.arrowshelf.sql.prune;

/// Keys from `least` to `greatest`, both included; none where the first is the larger one.
///
/// @param least the first key
/// @param greatest the last key
public record KeyRange(long least, long greatest) {
    /// Every key.
    public static final KeyRange ALL = new KeyRange(Long.MIN_VALUE, Long.MAX_VALUE);

    /// No key.
    public static final KeyRange NONE = new KeyRange(Long.MAX_VALUE, Long.MIN_VALUE);

    /// Returns whether both have a key in common.
    public boolean meets(KeyRange other) {
        return Math.max(least, other.least) <= Math.min(greatest, other.greatest);
    }

    /// Returns whether all keys of another range are among these.
    public boolean holds(KeyRange other) {
        return least <= other.least && other.greatest <= greatest;
    }

    /// Returns the keys that both have.
    KeyRange and(KeyRange other) {
        return new KeyRange(Math.max(least, other.least), Math.min(greatest, other.greatest));
    }

    /// Returns a range with the keys of both.
    KeyRange or(KeyRange other) {
        return new KeyRange(Math.min(least, other.least), Math.max(greatest, other.greatest));
    }
}
