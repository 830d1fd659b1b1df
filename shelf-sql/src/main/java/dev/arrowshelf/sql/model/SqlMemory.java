package dev.arrowshelf.sql.model;

import dev.arrowshelf.memory.ByteSize;
import java.nio.file.Path;
import java.util.Optional;

/// What queries may use besides the tables they read.
///
/// @param limit all together
/// @param temporaryDirectory where large sorts and joins put what does not fit; empty: nowhere
/// @param temporaryLimit the most bytes there
/// @param resultCache bytes of results that are kept for the next time they are asked for; 0: none
/// @param twins bytes of tables that are copied into DuckDB's own storage when queries name them
///   again and again; 0: none
public record SqlMemory(
        ByteSize limit,
        Optional<Path> temporaryDirectory,
        ByteSize temporaryLimit,
        ByteSize resultCache,
        ByteSize twins) {
    /// Returns 1 GiB, nothing on disk, and no results kept.
    public static SqlMemory defaults() {
        return new SqlMemory(
                ByteSize.parse("1GiB"),
                Optional.empty(),
                ByteSize.parse("16GiB"),
                new ByteSize(0),
                new ByteSize(0));
    }
}
