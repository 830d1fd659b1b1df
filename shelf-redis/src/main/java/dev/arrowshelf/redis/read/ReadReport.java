package dev.arrowshelf.redis.read;

import dev.arrowshelf.redis.layout.Manifest;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// What a read did.
///
/// @param manifest what was followed, where there was one
/// @param rows rows read
/// @param bytes bytes of values that were read
/// @param chunks values read
/// @param missing keys that were left out because that was allowed
/// @param retries commands that were tried again
/// @param times how long it took
public record ReadReport(
        Optional<Manifest> manifest,
        long rows,
        long bytes,
        long chunks,
        List<String> missing,
        long retries,
        Times times) {

    /// How long it took, from the first command.
    ///
    /// @param total until everything was where it should go
    /// @param firstRow until the first rows were at hand
    /// @param parse of that, on the threads that use the batches together
    public record Times(Duration total, Duration firstRow, Duration parse) {}

    /// Copies the list.
    public ReadReport {
        missing = List.copyOf(missing);
    }
}
