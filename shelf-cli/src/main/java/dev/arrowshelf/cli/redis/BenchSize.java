package dev.arrowshelf.cli.redis;

import dev.arrowshelf.redis.gen.GenOptions;
import dev.arrowshelf.redis.ipc.Compression;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.util.List;
import java.util.Locale;

/// A size of the suite.
///
/// @param name as the suite prints it
/// @param megabytes about how large the file gets
/// @param partitions number of partitions
/// @param batches batches of each
record BenchSize(String name, int megabytes, int partitions, int batches) {
    private static final int ROWS = 50_000;
    private static final int CARDINALITY = 5000;
    private static final long SEED = 42;

    static final List<BenchSize> ALL =
            List.of(
                    new BenchSize("50MB", 50, 4, 8),
                    new BenchSize("250MB", 250, 8, 16),
                    new BenchSize("512MB", 512, 16, 16),
                    new BenchSize("1GB", 1024, 32, 16));

    /// Returns the sizes of a name; all of them for `all`.
    static List<BenchSize> named(String name) {
        if (name.equalsIgnoreCase("all")) {
            return ALL;
        }
        List<BenchSize> found =
                ALL.stream().filter(size -> size.name().equalsIgnoreCase(name)).toList();
        if (found.isEmpty()) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT,
                    "size is not known: size=" + name + ", known=50mb, 250mb, 512mb, 1gb, all");
        }
        return found;
    }

    /// Returns how its file is made.
    GenOptions options() {
        return new GenOptions(
                partitions,
                batches,
                ROWS,
                Compression.ZSTD,
                new GenOptions.Strings(true, CARDINALITY),
                SEED,
                Runtime.getRuntime().availableProcessors());
    }

    String fileName() {
        return "bench_" + name.toLowerCase(Locale.ROOT) + ".arrow";
    }
}
