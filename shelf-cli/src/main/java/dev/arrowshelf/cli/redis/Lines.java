package dev.arrowshelf.cli.redis;

import dev.arrowshelf.cli.text.Figures;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Figures and lists as these commands write them.
final class Lines {
    private static final double MEBIBYTE = 1 << 20;
    private static final double NANOS = 1e9;

    private Lines() {}

    /// Returns `12.34 MB`, MB being 2^20 bytes as in the original program.
    static String size(long bytes) {
        return Figures.decimal(bytes / MEBIBYTE, 2) + " MB";
    }

    /// Returns `1.23s`.
    static String seconds(Duration time) {
        return Figures.decimal(time.toNanos() / NANOS, 2) + "s";
    }

    /// Returns `123.45 MB/s`.
    static String bytesPerSecond(long bytes, Duration time) {
        return Figures.decimal(megabytesPerSecond(bytes, time), 2) + " MB/s";
    }

    /// Returns `1,234 rows/s`.
    static String rowsPerSecond(long rows, Duration time) {
        return Figures.grouped((long) perSecond(rows, time)) + " rows/s";
    }

    static double megabytesPerSecond(long bytes, Duration time) {
        return perSecond(bytes, time) / MEBIBYTE;
    }

    static double perSecond(long count, Duration time) {
        return count * NANOS / Math.max(1, time.toNanos());
    }

    /// Reads `all` (nothing) or numbers with commas between them.
    static Optional<List<Long>> partitions(String text) {
        if (text.equalsIgnoreCase("all")) {
            return Optional.empty();
        }
        List<Long> parts = new ArrayList<>();
        for (String part : text.split(",", -1)) {
            try {
                parts.add(Long.parseLong(part.strip()));
            } catch (NumberFormatException _) {
                throw new ShelfException(
                        ErrorCode.INVALID_ARGUMENT,
                        "partitions are numbers with commas between them, or all: text=" + text);
            }
        }
        return Optional.of(parts);
    }

    /// Returns an option's number as an int.
    static int number(Long value, String what) {
        if (value > Integer.MAX_VALUE) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT, what + " is too large: value=" + value);
        }
        return value.intValue();
    }
}
