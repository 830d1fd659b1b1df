package dev.arrowshelf.store.catalog;

/// A live table of a slab.
///
/// @param place where it lies; [SlabPlace#NONE] before it is appended
/// @param generation generation of the table
/// @param key its key
/// @param rows its rows
/// @param columns its top-level columns
/// @param createdMillis when it was put, milliseconds since 1970
/// @param expiresMillis when it ends, milliseconds since 1970; 0: not by itself
public record SlabRecord(
        SlabPlace place,
        long generation,
        TableKey key,
        long rows,
        int columns,
        long createdMillis,
        long expiresMillis) {
    /// A table that does not end by itself.
    public SlabRecord(
            SlabPlace place,
            long generation,
            TableKey key,
            long rows,
            int columns,
            long createdMillis) {
        this(place, generation, key, rows, columns, createdMillis, 0);
    }

    /// Returns the same table at another place.
    public SlabRecord at(SlabPlace other) {
        return new SlabRecord(other, generation, key, rows, columns, createdMillis, expiresMillis);
    }
}
