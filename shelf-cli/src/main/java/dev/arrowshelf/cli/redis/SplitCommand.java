package dev.arrowshelf.cli.redis;

import dev.arrowshelf.cli.line.CommandContext;
import dev.arrowshelf.cli.line.ErrorReport;
import dev.arrowshelf.cli.line.ExitCode;
import dev.arrowshelf.cli.line.Options;
import dev.arrowshelf.cli.line.Subcommand;
import dev.arrowshelf.cli.text.Figures;
import dev.arrowshelf.cli.text.PrintableText;
import dev.arrowshelf.cli.text.ProgressBar;
import dev.arrowshelf.cli.text.Terminal;
import dev.arrowshelf.memory.ByteSize;
import dev.arrowshelf.redis.DataSets;
import dev.arrowshelf.redis.ipc.Compression;
import dev.arrowshelf.redis.layout.DataSetKeys;
import dev.arrowshelf.redis.layout.Layout;
import dev.arrowshelf.redis.layout.PartitionRule;
import dev.arrowshelf.redis.progress.Progress;
import dev.arrowshelf.redis.split.SplitOptions;
import dev.arrowshelf.redis.split.SplitReport;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/// `split`: splits an Arrow file into Redis.
public final class SplitCommand implements Subcommand {
    private static final String AS_IT_IS = "keep";

    private final RedisConnection connection = new RedisConnection();
    private final OptionSpec input =
            OptionSpec.builder(Options.text("--inp", "FILE", "The Arrow file to split."))
                    .required(true)
                    .build();
    private final OptionSpec prefix =
            OptionSpec.builder(Options.text("--prefix", "TEXT", "What every key begins with."))
                    .required(true)
                    .build();
    private final OptionSpec batches =
            Options.number(
                    "--batches",
                    "N",
                    1,
                    "Batches of a partition, for files without a partition column (default: 1).");
    private final OptionSpec compression =
            Options.text(
                    "--compression",
                    "CODEC",
                    "zstd, lz4, uncompressed, or keep: what batches are stored as. Those that are so already travel"
                            + " as they are (default: zstd).");
    private final OptionSpec maxInflight =
            Options.number(
                    "--max-inflight",
                    "N",
                    256,
                    "Most chunks sent and not yet answered (default: 256).");
    private final OptionSpec layout =
            Options.text(
                    "--layout",
                    "NAME",
                    "arrowshelf, or arrowredis for readers of that program (default: arrowshelf).");
    private final OptionSpec column =
            Options.text(
                    "--partition-column",
                    "NAME",
                    "Column of whole numbers whose values are partitions (default: partition).");
    private final OptionSpec width =
            Options.number(
                    "--partition-width",
                    "N",
                    0,
                    "Puts N neighbouring values into one partition; 0: each value is one.");
    private final OptionSpec chunkBytes =
            Options.size("--chunk-bytes", "About how long a chunk of several batches gets.");
    private final OptionSpec ttl =
            Options.number(
                    "--ttl", "SECONDS", 0, "Lets the data set expire; 0: never (default: 0).");
    private final OptionSpec resume =
            Options.flag("Goes on with a broken split of the same file.", "--resume");
    private final OptionSpec json =
            Options.flag("Prints what was stored as a JSON object.", "--json");

    @Override
    public CommandSpec spec() {
        CommandSpec spec =
                Options.command(
                                this,
                                "split",
                                "Splits an Arrow file into Redis, by partition. A data set of the same prefix is replaced in one step"
                                        + " when all of the new one is there.")
                        .addOption(input)
                        .addOption(prefix)
                        .addOption(batches)
                        .addOption(compression)
                        .addOption(maxInflight)
                        .addOption(layout)
                        .addOption(column)
                        .addOption(width)
                        .addOption(chunkBytes)
                        .addOption(ttl)
                        .addOption(resume)
                        .addOption(json);
        return connection.addTo(spec);
    }

    @Override
    public int run(CommandContext context) throws IOException {
        Terminal terminal = context.terminal();
        SplitOptions options = options();
        Progress progress = new Progress();
        SplitReport report;
        try (DataSets sets = connection.connect(terminal);
                ProgressBar _ =
                        new ProgressBar(terminal, "split", progress::totalBytes, progress::bytes)) {
            report = sets.split(Path.of(input.<String>getValue()), options, progress);
        }
        report.warnings()
                .forEach(text -> ErrorReport.printLine(terminal.err(), "warning: " + text));
        print(report, terminal);
        return ExitCode.OK;
    }

    private SplitOptions options() {
        String codec = compression.getValue();
        ByteSize chunk = chunkBytes.getValue();
        String layoutName = layout.getValue();
        String columnName = column.getValue();
        return new SplitOptions(
                new DataSetKeys(prefix.getValue()),
                layoutName == null ? Layout.ARROWSHELF : Layout.of(layoutName),
                AS_IT_IS.equals(codec)
                        ? Optional.empty()
                        : Optional.of(codec == null ? Compression.ZSTD : Compression.of(codec)),
                new PartitionRule(
                        columnName == null ? "partition" : columnName,
                        width.<Long>getValue(),
                        Lines.number(batches.getValue(), "number of batches")),
                new SplitOptions.Limits(
                        chunk == null ? SplitOptions.Limits.DEFAULT.chunkBytes() : chunk.bytes(),
                        Lines.number(maxInflight.getValue(), "number of chunks in flight")),
                Duration.ofSeconds(ttl.<Long>getValue()),
                resume.getValue());
    }

    private void print(SplitReport report, Terminal terminal) {
        if (json.<Boolean>getValue()) {
            terminal.out()
                    .println(
                            DataSetFacts.write(prefix.getValue(), report.manifest())
                                    .field("file_bytes", report.fileBytes())
                                    .field("sent_bytes", report.sentBytes())
                                    .field("resumed_chunks", report.resumedChunks())
                                    .field("retries", report.retries())
                                    .name("seconds")
                                    .value(report.time().toNanos() / 1e9)
                                    .endObject());
            return;
        }
        terminal.out()
                .println(
                        "Stored "
                                + report.manifest().chunks()
                                + " chunks to Redis under '"
                                + PrintableText.of(prefix.getValue())
                                + ":'");
        terminal.out()
                .println(
                        "   Partitions: "
                                + Figures.grouped(report.manifest().partitions().size())
                                + ", rows: "
                                + Figures.grouped(report.manifest().rows()));
        terminal.out().println("   File size: " + Lines.size(report.fileBytes()));
        terminal.out().println("   Time: " + Lines.seconds(report.time()));
        terminal.out()
                .println(
                        "   Throughput: "
                                + Lines.bytesPerSecond(report.fileBytes(), report.time()));
        if (report.resumedChunks() > 0) {
            terminal.out().println("   Resumed: " + report.resumedChunks() + " chunks were there");
        }
    }
}
