package dev.arrowshelf.cli.redis;

import dev.arrowshelf.cli.line.CommandContext;
import dev.arrowshelf.cli.line.ExitCode;
import dev.arrowshelf.cli.line.Options;
import dev.arrowshelf.cli.line.Subcommand;
import dev.arrowshelf.cli.text.Figures;
import dev.arrowshelf.memory.ByteSize;
import dev.arrowshelf.redis.DataSets;
import dev.arrowshelf.redis.file.FileComparison;
import dev.arrowshelf.redis.gen.DataSetGenerator;
import dev.arrowshelf.redis.gen.GenOptions;
import dev.arrowshelf.redis.ipc.Compression;
import dev.arrowshelf.redis.link.RedisOptions;
import dev.arrowshelf.redis.process.PrivateRedis;
import dev.arrowshelf.redis.progress.Progress;
import dev.arrowshelf.redis.read.ReadOptions;
import dev.arrowshelf.redis.read.ReadReport;
import dev.arrowshelf.redis.read.ReadTarget;
import dev.arrowshelf.redis.split.SplitOptions;
import dev.arrowshelf.redis.split.SplitReport;
import dev.arrowshelf.redis.tier.RedisTier;
import dev.arrowshelf.store.Shelf;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.model.ShelfOptions;
import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.store.tier.TierOptions;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine.Model.CommandSpec;

/// `redis-demo`: shows gen, split, read and verify, and two shelves that share a table, with a
/// Redis of its own.
public final class RedisDemoCommand implements Subcommand {
    private static final String PREFIX = "demo:v1";
    private static final ByteSize SHELF_LIMIT = ByteSize.parse("256MiB");

    @Override
    public CommandSpec spec() {
        return Options.command(
                this,
                "redis-demo",
                "Shows what gen, split, read and verify do, and two shelves that share a table, with a Redis of its own. Takes a few seconds"
                        + " and leaves nothing behind.");
    }

    @Override
    public int run(CommandContext context) throws IOException {
        PrintStream out = context.terminal().out();
        Path folder = Files.createTempDirectory("arrowshelf-redis-demo");
        Path memory = Files.createTempDirectory(memory(folder), "arrowshelf-redis-demo-");
        try (PrivateRedis redis = PrivateRedis.start();
                DataSets sets = DataSets.connect(RedisOptions.of(redis.url()))) {
            say(out, "1. A Redis of our own listens on port " + redis.port() + ".");
            Path file = folder.resolve("data.arrow");
            generate(file, out);
            split(sets, file, out);
            verify(sets, file, folder.resolve("back.arrow"), out);
            share(redis.url(), sets, memory, out);
            say(out, "Redis stops, files and shelves are gone.");
        } finally {
            remove(folder);
            remove(memory);
        }
        return ExitCode.OK;
    }

    private static void generate(Path file, PrintStream out) throws IOException {
        GenOptions options =
                new GenOptions(
                        8,
                        4,
                        50_000,
                        Compression.ZSTD,
                        new GenOptions.Strings(true, 5000),
                        42,
                        Runtime.getRuntime().availableProcessors());
        long begin = System.nanoTime();
        long bytes = new DataSetGenerator(options, new Progress()).write(file);
        Duration time = Duration.ofNanos(System.nanoTime() - begin);
        say(
                out,
                "2. gen: "
                        + Figures.grouped(options.allRows())
                        + " rows in 8 partitions, "
                        + Lines.size(bytes)
                        + " in "
                        + Lines.seconds(time)
                        + " ("
                        + Lines.rowsPerSecond(options.allRows(), time)
                        + ").");
    }

    private static void split(DataSets sets, Path file, PrintStream out) throws IOException {
        SplitReport report =
                sets.split(file, SplitOptions.of(PREFIX).withTimeToLive(Duration.ofMinutes(10)));
        say(
                out,
                "3. split: "
                        + report.manifest().chunks()
                        + " chunks under '"
                        + PREFIX
                        + ":' in "
                        + Lines.seconds(report.time())
                        + " ("
                        + Lines.bytesPerSecond(report.fileBytes(), report.time())
                        + "); the manifest came last.");
    }

    private static void verify(DataSets sets, Path file, Path back, PrintStream out)
            throws IOException {
        ReadReport part =
                sets.read(
                        ReadOptions.of(PREFIX).withPartitions(List.of(0L, 3L)),
                        ReadTarget.nowhere());
        say(
                out,
                "4. read: partitions 0 and 3, "
                        + Figures.grouped(part.rows())
                        + " rows decoded in "
                        + Lines.seconds(part.times().total())
                        + ".");
        sets.read(ReadOptions.of(PREFIX), ReadTarget.file(back, Optional.empty()));
        Optional<String> difference = new FileComparison(file, back, new Progress()).difference();
        if (difference.isPresent()) {
            throw new ShelfException(
                    ErrorCode.INTERNAL, "what was read back differs: " + difference.get());
        }
        say(out, "5. verify: all of it read back into a file, the files are identical.");
    }

    /// Each shelf stands for a host: nothing but Redis connects them.
    private static void share(String url, DataSets sets, Path memory, PrintStream out)
            throws IOException {
        try (Shelf here = host(memory.resolve("host-a"), url);
                Shelf there = host(memory.resolve("host-b"), url)) {
            sets.read(ReadOptions.of(PREFIX), ReadTarget.shelf(here, "shared", PutOptions.DEFAULT));
            long begin = System.nanoTime();
            long generation = here.publish("shared").orElseThrow();
            long published = System.nanoTime() - begin;
            begin = System.nanoTime();
            try (ShelfTable table = there.get("shared")) {
                long fetched = System.nanoTime() - begin;
                say(
                        out,
                        "6. host-a reads the data set into its shelf and publishes the table 'shared', "
                                + Lines.size(table.byteSize())
                                + ", in "
                                + Figures.time(published)
                                + " (generation "
                                + Long.toHexString(generation)
                                + ").");
                say(
                        out,
                        "7. host-b, another shelf, asks for 'shared', which it never saw: "
                                + Figures.grouped(table.rowCount())
                                + " rows in its shared memory after "
                                + Figures.time(fetched)
                                + ".");
            }
            begin = System.nanoTime();
            try (ShelfTable _ = there.get("shared")) {
                say(
                        out,
                        "8. host-b asks again: "
                                + Figures.time(System.nanoTime() - begin)
                                + ", read in place.");
            }
        }
    }

    private static Shelf host(Path directory, String url) {
        return Shelf.open(
                options(directory),
                RedisTier.open(RedisOptions.of(url), RedisTier.DEFAULT_PREFIX),
                TierOptions.DEFAULT);
    }

    private static ShelfOptions options(Path directory) {
        return ShelfOptions.of(directory)
                .withMemoryLimit(SHELF_LIMIT)
                .withWarmPool(new ByteSize(0))
                .withEphemeral(true);
    }

    private static Path memory(Path other) {
        Path tmpfs = Path.of("/dev/shm");
        return Files.isDirectory(tmpfs) ? tmpfs : other;
    }

    private static void say(PrintStream out, String text) {
        out.println(text);
        out.flush();
    }

    private static void remove(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
