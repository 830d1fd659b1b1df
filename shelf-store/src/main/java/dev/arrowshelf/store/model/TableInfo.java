package dev.arrowshelf.store.model;

/// Facts about one generation of a table.
///
/// @param name the key
/// @param generation never used twice in a shelf
/// @param rows rows of all partitions
/// @param bytes bytes on the shelf: the sum of the segments' sizes, or of the slab record
/// @param columns top-level columns
/// @param partitions partitions; 1 for a table in a slab
/// @param createdMillis when it was put, milliseconds since 1970
public record TableInfo(
        String name,
        long generation,
        long rows,
        long bytes,
        int columns,
        int partitions,
        long createdMillis) {}
