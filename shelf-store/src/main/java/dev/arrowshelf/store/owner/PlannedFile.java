package dev.arrowshelf.store.owner;

import java.nio.file.Path;
import java.util.Objects;

/// A file of a put under way that the writer maps and fills. It is named again, with its new
/// figures, whenever its size changes.
///
/// @param number number of the partition, from 0
/// @param file absolute path, below `tmp/` of the shelf directory
/// @param bytes length of the file
/// @param warmBytes bytes from the file's beginning that have pages already
public record PlannedFile(int number, Path file, long bytes, long warmBytes) {
    /// Checks the figures.
    public PlannedFile {
        Objects.requireNonNull(file, "file");
        if (number < 0 || warmBytes < 0 || bytes < warmBytes) {
            throw new IllegalArgumentException(
                    "planned file is impossible: number="
                            + number
                            + ", bytes="
                            + bytes
                            + ", warmBytes="
                            + warmBytes);
        }
    }
}
