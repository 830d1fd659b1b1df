package dev.arrowshelf.redis.split;

import dev.arrowshelf.redis.layout.Manifest;
import java.time.Duration;
import java.util.List;

/// What a split did.
///
/// @param manifest what was published
/// @param fileBytes length of the file
/// @param sentBytes bytes of values that were sent; less than the data set's after a resumption
/// @param resumedChunks chunks that were there already
/// @param retries commands that were tried again
/// @param time how long it took
/// @param warnings what the operator should know, in plain words
public record SplitReport(
        Manifest manifest,
        long fileBytes,
        long sentBytes,
        long resumedChunks,
        long retries,
        Duration time,
        List<String> warnings) {
    /// Copies the list.
    public SplitReport {
        warnings = List.copyOf(warnings);
    }
}
