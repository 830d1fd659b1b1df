package dev.arrowshelf.store.directory;

import java.util.HexFormat;
import java.util.Optional;

/// The name of a file that carries a generation: `<generation>[-<partition>].<kind>`, in lower-case
/// hexadecimal digits.
///
/// @param generation never used twice in a shelf
/// @param partition number of the partition; 0 where the name has none
/// @param kind what the file is
public record ShelfFileName(long generation, int partition, Kind kind) {
    private static final int GENERATION_DIGITS = 16;
    private static final int PARTITION_DIGITS = 8;
    private static final long GREATEST_GENERATION = 1L << 62;

    /// What a file with a generation in its name is.
    public enum Kind {
        /// A sealed partition of a table, in `segments/`.
        SEGMENT(".arrow", true),
        /// A file of small tables, in `segments/`.
        SLAB(".slab", false),
        /// A table descriptor, in `tables/`, or in `tmp/` while it is written.
        DESCRIPTOR(".table", false),
        /// A file without content in use, in `pool/`.
        BLANK(".blank", false),
        /// A withdrawn segment or slab that may still be mapped, in `tmp/`.
        DEAD(".dead", true);

        private final String suffix;
        private final boolean hasPartition;

        Kind(String suffix, boolean hasPartition) {
            this.suffix = suffix;
            this.hasPartition = hasPartition;
        }
    }

    /// Reads a name; empty when it is no name of this form.
    public static Optional<ShelfFileName> parse(String name) {
        for (Kind kind : Kind.values()) {
            if (name.endsWith(kind.suffix)) {
                return parse(name.substring(0, name.length() - kind.suffix.length()), kind);
            }
        }
        return Optional.empty();
    }

    private static Optional<ShelfFileName> parse(String stem, Kind kind) {
        int expected = GENERATION_DIGITS + (kind.hasPartition ? 1 + PARTITION_DIGITS : 0);
        if (stem.length() != expected || !isLowerHex(stem, 0, GENERATION_DIGITS)) {
            return Optional.empty();
        }
        long generation = HexFormat.fromHexDigitsToLong(stem, 0, GENERATION_DIGITS);
        if (generation <= 0 || generation > GREATEST_GENERATION) {
            return Optional
                    .empty(); // no clock gave this: a planted name must not use the generations up
        }
        if (!kind.hasPartition) {
            return Optional.of(new ShelfFileName(generation, 0, kind));
        }
        if (stem.charAt(GENERATION_DIGITS) != '-'
                || !isLowerHex(stem, GENERATION_DIGITS + 1, expected)) {
            return Optional.empty();
        }
        int partition = HexFormat.fromHexDigits(stem, GENERATION_DIGITS + 1, expected);
        return partition < 0
                ? Optional.empty()
                : Optional.of(new ShelfFileName(generation, partition, kind));
    }

    private static boolean isLowerHex(String text, int from, int to) {
        for (int i = from; i < to; i++) {
            char digit = text.charAt(i);
            if ((digit < '0' || digit > '9') && (digit < 'a' || digit > 'f')) {
                return false;
            }
        }
        return true;
    }

    /// Returns the name as it stands in the directory.
    public String text() {
        HexFormat hex = HexFormat.of();
        String stem = hex.toHexDigits(generation);
        return kind.hasPartition
                ? stem + '-' + hex.toHexDigits(partition) + kind.suffix
                : stem + kind.suffix;
    }
}
