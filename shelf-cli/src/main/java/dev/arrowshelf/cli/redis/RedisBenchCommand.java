package dev.arrowshelf.cli.redis;

import dev.arrowshelf.cli.line.CommandContext;
import dev.arrowshelf.cli.line.ExitCode;
import dev.arrowshelf.cli.line.Options;
import dev.arrowshelf.cli.line.Subcommand;
import dev.arrowshelf.cli.text.Figures;
import dev.arrowshelf.cli.text.JsonText;
import dev.arrowshelf.cli.text.Terminal;
import dev.arrowshelf.redis.DataSets;
import dev.arrowshelf.redis.file.FileComparison;
import dev.arrowshelf.redis.file.LocalRead;
import dev.arrowshelf.redis.gen.DataSetGenerator;
import dev.arrowshelf.redis.ipc.Compression;
import dev.arrowshelf.redis.progress.Progress;
import dev.arrowshelf.redis.read.ReadOptions;
import dev.arrowshelf.redis.read.ReadReport;
import dev.arrowshelf.redis.read.ReadTarget;
import dev.arrowshelf.redis.split.SplitOptions;
import dev.arrowshelf.redis.split.SplitReport;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/// `redis-bench`: makes files of several sizes, splits, reads and compares them.
public final class RedisBenchCommand implements Subcommand {
    private static final String RULE = "=".repeat(80);

    private final RedisConnection connection = new RedisConnection();
    private final OptionSpec size =
            Options.text("--size", "SIZE", "50mb, 250mb, 512mb, 1gb or all (default: all).");
    private final OptionSpec outputDir =
            Options.text(
                    "--output-dir", "DIR", "Where the files are made (default: ./benchmark_data).");
    private final OptionSpec noCleanup = Options.flag("Keeps files and data sets.", "--no-cleanup");
    private final OptionSpec maxInflight =
            Options.number("--max-inflight", "N", 256, "As of split (default: 256).");
    private final OptionSpec pipeline =
            Options.number("--pipeline", "N", 64, "As of read (default: 64).");
    private final OptionSpec concurrency =
            Options.number("--concurrency", "N", 256, "As of read (default: 256).");
    private final OptionSpec outputJson =
            Options.text("--output-json", "FILE", "Writes the results as a JSON array.");
    private final OptionSpec verify =
            Options.flag("Reads into a file as well and compares it with the first.", "--verify");
    private final List<OptionSpec> s3 =
            Stream.of(
                            "--s3-bucket",
                            "--s3-key-prefix",
                            "--aws-access-key",
                            "--aws-secret-key",
                            "--aws-region")
                    .map(name -> Options.text(name, "TEXT", "Refused: S3 is not supported yet."))
                    .toList();

    @Override
    public CommandSpec spec() {
        CommandSpec spec =
                Options.command(
                                this,
                                "redis-bench",
                                "Makes Arrow files of several sizes, splits them into Redis, reads them back, and says how long it took.")
                        .addOption(size)
                        .addOption(outputDir)
                        .addOption(noCleanup)
                        .addOption(maxInflight)
                        .addOption(pipeline)
                        .addOption(concurrency)
                        .addOption(outputJson)
                        .addOption(verify);
        s3.forEach(spec::addOption);
        return connection.addTo(spec);
    }

    @Override
    public int run(CommandContext context) throws IOException {
        for (OptionSpec option : s3) {
            if (option.getValue() != null) {
                throw new ShelfException(
                        ErrorCode.INVALID_ARGUMENT,
                        "S3 is not supported yet: option=" + option.longestName());
            }
        }
        Terminal terminal = context.terminal();
        String wanted = size.getValue();
        String directory = outputDir.getValue();
        List<BenchSize> sizes = BenchSize.named(wanted == null ? "all" : wanted);
        Path folder =
                Files.createDirectories(
                        Path.of(directory == null ? "./benchmark_data" : directory));
        List<BenchResult> results = new ArrayList<>();
        try (DataSets sets = connection.connect(terminal)) {
            terminal.out().println(RULE);
            terminal.out().println("ArrowShelf Redis benchmark suite");
            terminal.out().println(RULE);
            for (BenchSize each : sizes) {
                results.add(run(each, folder, sets, terminal.out()));
            }
        }
        summary(results, terminal.out());
        String file = outputJson.getValue();
        if (file != null) {
            JsonText json = new JsonText().beginArray();
            results.forEach(result -> result.write(json));
            Files.writeString(Path.of(file), json.endArray() + "\n", StandardCharsets.UTF_8);
        }
        boolean failed =
                results.stream()
                        .anyMatch(result -> result.verified().filter(it -> !it.same()).isPresent());
        return failed ? ExitCode.USER : ExitCode.OK;
    }

    private BenchResult run(BenchSize each, Path folder, DataSets sets, PrintStream out)
            throws IOException {
        Path file = folder.resolve(each.fileName());
        String prefix = "bench:" + each.name();
        try {
            out.println("Starting benchmark: " + each.name());
            out.flush();
            long begin = System.nanoTime();
            long bytes = new DataSetGenerator(each.options(), new Progress()).write(file);
            Duration gen = since(begin);
            step(out, "Generated " + Lines.size(bytes), gen, bytes);
            SplitReport split = sets.split(file, splitOptions(prefix));
            step(out, "Uploaded " + split.manifest().chunks() + " chunks", split.time(), bytes);
            ReadReport read = sets.read(readOptions(prefix), ReadTarget.nowhere());
            step(
                    out,
                    "Read " + Figures.grouped(read.rows()) + " rows",
                    read.times().total(),
                    bytes);
            begin = System.nanoTime();
            long rows = new LocalRead(file, "partition", Optional.empty(), new Progress()).run();
            BenchResult.Local local = new BenchResult.Local(rows, since(begin));
            step(out, "Read " + Figures.grouped(rows) + " rows of the file", local.time(), bytes);
            return new BenchResult(
                    each,
                    bytes,
                    gen,
                    split,
                    read,
                    local,
                    verify.<Boolean>getValue()
                            ? Optional.of(verified(file, folder, prefix, sets, out))
                            : Optional.empty());
        } finally {
            if (!noCleanup.<Boolean>getValue()) {
                Files.deleteIfExists(file);
                sets.delete(prefix);
            }
        }
    }

    private BenchResult.Verified verified(
            Path file, Path folder, String prefix, DataSets sets, PrintStream out)
            throws IOException {
        Path back = folder.resolve(file.getFileName() + ".back");
        try {
            sets.read(readOptions(prefix), ReadTarget.file(back, Optional.of(Compression.ZSTD)));
            long begin = System.nanoTime();
            Optional<String> difference =
                    new FileComparison(file, back, new Progress()).difference();
            out.println(
                    difference
                            .map(text -> "   Verification FAILED: " + text)
                            .orElse("   Verification passed"));
            return new BenchResult.Verified(difference.isEmpty(), since(begin));
        } finally {
            Files.deleteIfExists(back);
        }
    }

    private SplitOptions splitOptions(String prefix) {
        return SplitOptions.of(prefix)
                .withCompression(Compression.ZSTD)
                .withLimits(
                        new SplitOptions.Limits(
                                SplitOptions.Limits.DEFAULT.chunkBytes(),
                                Lines.number(
                                        maxInflight.getValue(), "number of chunks in flight")));
    }

    private ReadOptions readOptions(String prefix) {
        return ReadOptions.of(prefix)
                .withLimits(
                        new ReadOptions.Limits(
                                Lines.number(pipeline.getValue(), "number of keys"),
                                Lines.number(concurrency.getValue(), "concurrency"),
                                ReadOptions.Limits.DEFAULT.bytes()));
    }

    private static void step(PrintStream out, String what, Duration time, long bytes) {
        out.println("   " + what + " in " + Lines.seconds(time));
        out.println("   Throughput: " + Lines.bytesPerSecond(bytes, time));
        out.flush();
    }

    private static void summary(List<BenchResult> results, PrintStream out) {
        out.println(RULE);
        out.println("Summary");
        out.println(RULE);
        out.println(row("Benchmark", "Size (MB)", "Gen (s)", "Split (s)", "Read (s)", "Total (s)"));
        out.println("-".repeat(80));
        for (BenchResult result : results) {
            out.println(
                    row(
                            result.size().name(),
                            Figures.decimal(result.fileBytes() / (double) (1 << 20), 2),
                            seconds(result.gen()),
                            seconds(result.split().time()),
                            seconds(result.read().times().total()),
                            seconds(result.total())));
        }
        out.println(RULE);
    }

    private static String row(String... cells) {
        StringBuilder row = new StringBuilder();
        for (String cell : cells) {
            row.append(cell).repeat(' ', Math.max(1, 13 - cell.length()));
        }
        return row.toString().stripTrailing();
    }

    private static String seconds(Duration time) {
        return Figures.decimal(time.toNanos() / 1e9, 2);
    }

    private static Duration since(long begin) {
        return Duration.ofNanos(System.nanoTime() - begin);
    }
}
