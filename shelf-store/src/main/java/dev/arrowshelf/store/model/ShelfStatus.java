package dev.arrowshelf.store.model;

import java.util.List;
import java.util.Map;

/// State of a shelf as its owner sees it.
///
/// @param directory the shelf directory
/// @param address "host:port" of the daemon; empty when embedded
/// @param ownerPid process that owns the shelf; 0 when nobody does
/// @param tables number of tables
/// @param memory where the bytes are
/// @param traffic what left memory and came back since the owner came
/// @param features what the kernel offers here and is in use, by name ("leases", "collapse", ...),
///   with "on" or the reason why not
/// @param warnings what the operator should know, in plain words
public record ShelfStatus(
        String directory,
        String address,
        long ownerPid,
        long tables,
        MemoryUsage memory,
        Traffic traffic,
        Map<String, String> features,
        List<String> warnings) {
    /// What left memory and came back since the owner came.
    ///
    /// @param evicted partitions and tables that left
    /// @param spilledBytes bytes written to disk, before compression
    /// @param restoredBytes bytes brought back from there
    public record Traffic(long evicted, long spilledBytes, long restoredBytes) {
        /// Nothing, or nobody there to tell.
        public static final Traffic NONE = new Traffic(0, 0, 0);
    }

    /// Copies the collections.
    public ShelfStatus {
        features = Map.copyOf(features);
        warnings = List.copyOf(warnings);
    }
}
