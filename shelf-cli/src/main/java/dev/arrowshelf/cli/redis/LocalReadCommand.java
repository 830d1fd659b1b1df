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
import dev.arrowshelf.redis.file.LocalRead;
import dev.arrowshelf.redis.progress.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/// `local-read`: reads partitions of an Arrow file, for comparing.
public final class LocalReadCommand implements Subcommand {
    private final OptionSpec input =
            OptionSpec.builder(Options.text("--inp", "FILE", "The Arrow file."))
                    .required(true)
                    .build();
    private final OptionSpec partitions =
            OptionSpec.builder(
                            Options.text(
                                    "--partitions",
                                    "LIST",
                                    "Numbers with commas between them, or all."))
                    .required(true)
                    .build();
    private final OptionSpec column =
            Options.text(
                    "--partition-column",
                    "NAME",
                    "Column whose values are partitions (default: partition).");
    private final OptionSpec json =
            Options.flag("Prints what was read as a JSON object.", "--json");

    @Override
    public CommandSpec spec() {
        return Options.command(
                        this,
                        "local-read",
                        "Reads partitions of an Arrow file and decodes them: what reading them from Redis is compared with.")
                .addOption(input)
                .addOption(partitions)
                .addOption(column)
                .addOption(json);
    }

    @Override
    public int run(CommandContext context) throws IOException {
        Terminal terminal = context.terminal();
        Path path = Path.of(input.<String>getValue());
        String name = column.getValue();
        Progress progress = new Progress();
        long begin = System.nanoTime();
        long rows;
        try (ProgressBar _ =
                new ProgressBar(terminal, "read", progress::totalBytes, progress::bytes)) {
            rows =
                    new LocalRead(
                                    path,
                                    name == null ? "partition" : name,
                                    Lines.partitions(partitions.getValue()),
                                    progress)
                            .run();
        }
        Duration time = Duration.ofNanos(System.nanoTime() - begin);
        long bytes = Files.size(path);
        if (json.<Boolean>getValue()) {
            terminal.out()
                    .println(
                            new JsonText()
                                    .beginObject()
                                    .field("file", input.<String>getValue())
                                    .field("rows", rows)
                                    .field("bytes", bytes)
                                    .name("seconds")
                                    .value(time.toNanos() / 1e9)
                                    .endObject());
            return ExitCode.OK;
        }
        terminal.out()
                .println(
                        "Read "
                                + Figures.grouped(rows)
                                + " rows from "
                                + PrintableText.of(input.getValue()));
        terminal.out().println("   File size: " + Lines.size(bytes));
        terminal.out().println("   Time: " + Lines.seconds(time));
        terminal.out()
                .println(
                        "   Throughput: "
                                + Lines.bytesPerSecond(bytes, time)
                                + ", "
                                + Lines.rowsPerSecond(rows, time));
        return ExitCode.OK;
    }
}
