package dev.arrowshelf.cli.keep;

import dev.arrowshelf.cli.line.CommandContext;
import dev.arrowshelf.cli.line.Compression;
import dev.arrowshelf.cli.line.ErrorReport;
import dev.arrowshelf.cli.line.ExitCode;
import dev.arrowshelf.cli.line.Options;
import dev.arrowshelf.cli.line.Subcommand;
import dev.arrowshelf.store.Shelf;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/// `persist`: writes a table to a directory, whole or not at all.
public final class PersistCommand implements Subcommand {
    private final PositionalParamSpec name = Options.parameter("0", "NAME", "Name of the table.");
    private final PositionalParamSpec directory =
            Options.parameter("1", "DIRECTORY", "Where tables are persisted.");
    private final OptionSpec compression =
            Options.text("--compression", "NAME", "none, lz4 or zstd (default: none).");

    @Override
    public CommandSpec spec() {
        return Options.command(
                        this,
                        "persist",
                        "Writes a table to a directory, as Arrow files with checksums; load puts it back.")
                .addPositional(name)
                .addPositional(directory)
                .addOption(compression);
    }

    @Override
    public int run(CommandContext context) throws IOException {
        String table = name.getValue();
        Path place = Path.of(directory.<String>getValue()).toAbsolutePath();
        try (Shelf shelf = context.choice().open()) {
            if (!shelf.persist(table, place, Compression.parse(compression.getValue()))) {
                ErrorReport.printLine(context.terminal().err(), "no such table: name=" + table);
                return ExitCode.USER;
            }
            return ExitCode.OK;
        }
    }
}
