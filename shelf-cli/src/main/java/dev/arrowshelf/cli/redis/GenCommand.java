package dev.arrowshelf.cli.redis;

import dev.arrowshelf.cli.line.CommandContext;
import dev.arrowshelf.cli.line.ExitCode;
import dev.arrowshelf.cli.line.Options;
import dev.arrowshelf.cli.line.Subcommand;
import dev.arrowshelf.cli.text.Figures;
import dev.arrowshelf.cli.text.JsonText;
import dev.arrowshelf.cli.text.PrintableText;
import dev.arrowshelf.cli.text.ProgressBar;
import dev.arrowshelf.cli.text.Terminal;
import dev.arrowshelf.redis.gen.DataSetGenerator;
import dev.arrowshelf.redis.gen.GenOptions;
import dev.arrowshelf.redis.ipc.Compression;
import dev.arrowshelf.redis.progress.Progress;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/// `gen`: writes an Arrow file of random rows to measure with.
public final class GenCommand implements Subcommand {
    private final OptionSpec out =
            OptionSpec.builder(Options.text("--out", "FILE", "The file to write."))
                    .required(true)
                    .build();
    private final OptionSpec partitions =
            Options.number("--partitions", "N", 8, "Number of partitions (default: 8).");
    private final OptionSpec batches =
            Options.number("--batches", "N", 8, "Record batches of a partition (default: 8).");
    private final OptionSpec rows =
            Options.number("--rows", "N", 100_000, "Rows of a record batch (default: 100000).");
    private final OptionSpec compression =
            Options.text("--compression", "CODEC", "zstd, lz4 or uncompressed (default: zstd).");
    private final OptionSpec dictStrings =
            Options.flag("Dictionary-encodes the column of text.", "--dict-strings");
    private final OptionSpec cardinality =
            Options.number(
                    "--string-cardinality",
                    "N",
                    5000,
                    "Number of different words (default: 5000).");
    private final OptionSpec seed =
            Options.number(
                    "--seed",
                    "N",
                    123,
                    "Same seed, same bytes, whatever the number of workers (default: 123).");
    private final OptionSpec parallel =
            Options.flag("Uses several workers; the default.", "--parallel");
    private final OptionSpec noParallel = Options.flag("Uses one worker.", "--no-parallel");
    private final OptionSpec workers =
            Options.number("--workers", "N", 0, "Number of workers (default: one a processor).");
    private final OptionSpec json =
            Options.flag("Prints what was written as a JSON object.", "--json");

    @Override
    public CommandSpec spec() {
        return Options.command(
                        this,
                        "gen",
                        "Writes an Arrow IPC file of random rows: ten columns of different types, one of them the partition.")
                .addOption(out)
                .addOption(partitions)
                .addOption(batches)
                .addOption(rows)
                .addOption(compression)
                .addOption(dictStrings)
                .addOption(cardinality)
                .addOption(seed)
                .addOption(parallel)
                .addOption(noParallel)
                .addOption(workers)
                .addOption(json);
    }

    @Override
    public int run(CommandContext context) throws IOException {
        GenOptions options = options();
        Terminal terminal = context.terminal();
        Progress progress = new Progress();
        Path path = Path.of(out.<String>getValue());
        long begin = System.nanoTime();
        long bytes;
        try (ProgressBar _ = new ProgressBar(terminal, "gen", 0, progress::bytes)) {
            bytes = new DataSetGenerator(options, progress).write(path);
        }
        print(options, bytes, Duration.ofNanos(System.nanoTime() - begin), terminal);
        return ExitCode.OK;
    }

    private GenOptions options() {
        String codec = compression.getValue();
        long threads = noParallel.<Boolean>getValue() ? 1 : workers.<Long>getValue();
        return new GenOptions(
                Lines.number(partitions.getValue(), "number of partitions"),
                Lines.number(batches.getValue(), "number of batches"),
                Lines.number(rows.getValue(), "number of rows"),
                codec == null ? Compression.ZSTD : Compression.of(codec),
                new GenOptions.Strings(
                        dictStrings.getValue(),
                        Lines.number(cardinality.getValue(), "string cardinality")),
                seed.<Long>getValue(),
                threads == 0
                        ? Runtime.getRuntime().availableProcessors()
                        : Lines.number(threads, "number of workers"));
    }

    private void print(GenOptions options, long bytes, Duration time, Terminal terminal) {
        String path = PrintableText.of(out.getValue());
        if (json.<Boolean>getValue()) {
            terminal.out()
                    .println(
                            new JsonText()
                                    .beginObject()
                                    .field("file", out.<String>getValue())
                                    .field("partitions", options.partitions())
                                    .field("batches", options.batches())
                                    .field("rows_per_batch", options.rows())
                                    .field("rows", options.allRows())
                                    .field("bytes", bytes)
                                    .name("seconds")
                                    .value(time.toNanos() / 1e9)
                                    .endObject());
            return;
        }
        terminal.out().println("Wrote " + path);
        terminal.out()
                .println(
                        "   Partitions: "
                                + Figures.grouped(options.partitions())
                                + " × Batches: "
                                + Figures.grouped(options.batches())
                                + " × Rows: "
                                + Figures.grouped(options.rows()));
        terminal.out().println("   File size: " + Lines.size(bytes));
        terminal.out().println("   Time: " + Lines.seconds(time));
        terminal.out()
                .println(
                        "   Throughput: "
                                + Lines.bytesPerSecond(bytes, time)
                                + ", "
                                + Lines.rowsPerSecond(options.allRows(), time));
    }
}
