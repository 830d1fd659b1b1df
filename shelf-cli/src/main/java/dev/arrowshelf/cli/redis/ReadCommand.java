package dev.arrowshelf.cli.redis;

import dev.arrowshelf.cli.line.CommandContext;
import dev.arrowshelf.cli.line.ErrorReport;
import dev.arrowshelf.cli.line.ExitCode;
import dev.arrowshelf.cli.line.Options;
import dev.arrowshelf.cli.line.Subcommand;
import dev.arrowshelf.cli.text.Figures;
import dev.arrowshelf.cli.text.JsonText;
import dev.arrowshelf.cli.text.PrintableText;
import dev.arrowshelf.cli.text.ProgressBar;
import dev.arrowshelf.cli.text.Terminal;
import dev.arrowshelf.memory.ByteSize;
import dev.arrowshelf.redis.DataSets;
import dev.arrowshelf.redis.ipc.Compression;
import dev.arrowshelf.redis.layout.DataSetKeys;
import dev.arrowshelf.redis.progress.Progress;
import dev.arrowshelf.redis.read.ReadOptions;
import dev.arrowshelf.redis.read.ReadReport;
import dev.arrowshelf.redis.read.ReadTarget;
import dev.arrowshelf.store.Shelf;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.model.ShelfException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/// `read`: reads a data set from Redis.
public final class ReadCommand implements Subcommand {
    private static final String AS_IT_IS = "keep";

    private final RedisConnection connection = new RedisConnection();
    private final OptionSpec prefix =
            OptionSpec.builder(Options.text("--prefix", "TEXT", "What every key begins with."))
                    .required(true)
                    .build();
    private final OptionSpec partitions =
            Options.text(
                    "--partitions",
                    "LIST",
                    "Numbers with commas between them, or all (default: all).");
    private final OptionSpec batches =
            Options.number(
                    "--batches",
                    "N",
                    0,
                    "Batches of a partition; needed only where no manifest was written.");
    private final OptionSpec columns =
            Options.text("--columns", "NAMES", "Columns with commas between them.");
    private final OptionSpec pipeline =
            Options.number("--pipeline", "N", 64, "Most keys asked for in one go (default: 64).");
    private final OptionSpec concurrency =
            Options.number("--concurrency", "N", 256, "Most goes at once (default: 256).");
    private final OptionSpec readAhead =
            Options.size(
                    "--read-ahead-bytes",
                    "Most bytes asked for and not yet used (default: 64MiB).");
    private final OptionSpec out =
            Options.text("--out", "FILE", "Writes an Arrow file; without it nothing is kept.");
    private final OptionSpec toShelf =
            Options.text("--to-shelf", "NAME", "Puts a table of this name on the shelf.");
    private final OptionSpec compression =
            Options.text(
                    "--compression",
                    "CODEC",
                    "zstd, lz4, uncompressed, or keep: what the file's batches are (default: zstd).");
    private final OptionSpec allowMissing =
            Options.flag(
                    "Leaves missing chunks out, and says which, instead of failing.",
                    "--allow-missing");
    private final OptionSpec json =
            Options.flag("Prints what was read as a JSON object.", "--json");

    @Override
    public CommandSpec spec() {
        CommandSpec spec =
                Options.command(
                                this,
                                "read",
                                "Reads partitions of a data set from Redis: into a file, onto the shelf, or to nowhere for measuring."
                                        + " What is not whole is an error.")
                        .addOption(prefix)
                        .addOption(partitions)
                        .addOption(batches)
                        .addOption(columns)
                        .addOption(pipeline)
                        .addOption(concurrency)
                        .addOption(readAhead)
                        .addOption(out)
                        .addOption(toShelf)
                        .addOption(compression)
                        .addOption(allowMissing)
                        .addOption(json);
        return connection.addTo(spec);
    }

    @Override
    public int run(CommandContext context) throws IOException {
        if (out.getValue() != null && toShelf.getValue() != null) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT, "read has one target: give=--out or --to-shelf");
        }
        ReadOptions options = options();
        String table = toShelf.getValue();
        ReadReport report;
        if (table == null) {
            report = read(options, fileOrNowhere(), context.terminal());
        } else {
            try (Shelf shelf = context.choice().open()) {
                report =
                        read(
                                options,
                                ReadTarget.shelf(shelf, table, PutOptions.DEFAULT),
                                context.terminal());
            }
        }
        print(report, context.terminal());
        return ExitCode.OK;
    }

    private ReadReport read(ReadOptions options, ReadTarget target, Terminal terminal)
            throws IOException {
        Progress progress = new Progress();
        try (DataSets sets = connection.connect(terminal);
                ProgressBar _ =
                        new ProgressBar(terminal, "read", progress::totalBytes, progress::bytes)) {
            return sets.read(options, target, progress);
        }
    }

    private ReadTarget fileOrNowhere() {
        String path = out.getValue();
        String codec = compression.getValue();
        if (path == null) {
            return ReadTarget.nowhere();
        }
        return ReadTarget.file(
                Path.of(path),
                AS_IT_IS.equals(codec)
                        ? Optional.empty()
                        : Optional.of(codec == null ? Compression.ZSTD : Compression.of(codec)));
    }

    private ReadOptions options() {
        String parts = partitions.getValue();
        String names = columns.getValue();
        int number = Lines.number(batches.getValue(), "number of batches");
        ByteSize ahead = readAhead.getValue();
        return new ReadOptions(
                new DataSetKeys(prefix.getValue()),
                parts == null ? Optional.empty() : Lines.partitions(parts),
                number == 0 ? OptionalInt.empty() : OptionalInt.of(number),
                names == null ? Optional.empty() : Optional.of(List.of(names.split(",", -1))),
                allowMissing.getValue(),
                new ReadOptions.Limits(
                        Lines.number(pipeline.getValue(), "number of keys"),
                        Lines.number(concurrency.getValue(), "concurrency"),
                        ahead == null ? ReadOptions.Limits.DEFAULT.bytes() : ahead.bytes()));
    }

    private void print(ReadReport report, Terminal terminal) {
        long present = report.chunks();
        long asked = present + report.missing().size();
        terminal.err()
                .println(
                        "Fetched "
                                + present
                                + "/"
                                + asked
                                + " present chunks in "
                                + Lines.seconds(report.times().total())
                                + "; parsed in "
                                + Lines.seconds(report.times().parse())
                                + "; rows="
                                + Figures.grouped(report.rows()));
        for (String key : report.missing()) {
            ErrorReport.printLine(terminal.err(), "warning: chunk is missing: key=" + key);
        }
        if (json.<Boolean>getValue()) {
            printJson(report, terminal);
            return;
        }
        terminal.out().println("Read " + Figures.grouped(report.rows()) + " rows from Redis");
        String path = out.getValue();
        String table = toShelf.getValue();
        if (path != null) {
            terminal.out().println("Saved to " + PrintableText.of(path));
        } else if (table != null) {
            terminal.out().println("Put on the shelf as " + PrintableText.of(table));
        }
        terminal.out()
                .println(
                        "   Size: "
                                + Lines.size(report.bytes())
                                + ", time: "
                                + Lines.seconds(report.times().total())
                                + ", first row after "
                                + Figures.time(report.times().firstRow().toNanos()));
        terminal.out()
                .println(
                        "   Throughput: "
                                + Lines.bytesPerSecond(report.bytes(), report.times().total())
                                + ", "
                                + Lines.rowsPerSecond(report.rows(), report.times().total()));
    }

    private void printJson(ReadReport report, Terminal terminal) {
        JsonText text =
                new JsonText()
                        .beginObject()
                        .field("prefix", prefix.<String>getValue())
                        .field("rows", report.rows())
                        .field("bytes", report.bytes())
                        .field("chunks", report.chunks())
                        .field("retries", report.retries())
                        .name("seconds")
                        .value(report.times().total().toNanos() / 1e9)
                        .name("first_row_seconds")
                        .value(report.times().firstRow().toNanos() / 1e9)
                        .name("parse_seconds")
                        .value(report.times().parse().toNanos() / 1e9)
                        .name("missing")
                        .beginArray();
        report.missing().forEach(text::value);
        terminal.out().println(text.endArray().endObject());
    }
}
