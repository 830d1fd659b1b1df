package dev.arrowshelf.sql.prune;

/// What the values of a column lie between: the range of their keys, and where they are geometries
/// the ranges of the keys of their coordinates.
///
/// @param values keys of the values themselves
/// @param x keys of the first coordinates
/// @param y keys of the second coordinates
public record Bounds(KeyRange values, KeyRange x, KeyRange y) {
    /// Nothing is known.
    public static final Bounds ALL = new Bounds(KeyRange.ALL, KeyRange.ALL, KeyRange.ALL);

    /// Returns the bounds of values that have keys.
    static Bounds ofValues(KeyRange values) {
        return new Bounds(values, KeyRange.ALL, KeyRange.ALL);
    }

    /// Returns the bounds of geometries.
    static Bounds ofBox(KeyRange x, KeyRange y) {
        return new Bounds(KeyRange.ALL, x, y);
    }

    /// Returns whether a value may lie between both.
    public boolean meets(Bounds other) {
        return values.meets(other.values) && x.meets(other.x) && y.meets(other.y);
    }

    /// Returns the bounds of values that lie between both.
    Bounds and(Bounds other) {
        return new Bounds(values.and(other.values), x.and(other.x), y.and(other.y));
    }

    /// Returns the bounds of values that lie between one of them.
    Bounds or(Bounds other) {
        return new Bounds(values.or(other.values), x.or(other.x), y.or(other.y));
    }
}
