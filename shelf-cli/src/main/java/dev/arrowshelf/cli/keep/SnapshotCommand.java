package dev.arrowshelf.cli.keep;

import dev.arrowshelf.cli.line.CommandContext;
import dev.arrowshelf.cli.line.Compression;
import dev.arrowshelf.cli.line.ExitCode;
import dev.arrowshelf.cli.line.Options;
import dev.arrowshelf.cli.line.Subcommand;
import dev.arrowshelf.store.Shelf;
import dev.arrowshelf.store.model.SpillCodec;
import dev.arrowshelf.store.model.TableInfo;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/// `snapshot`: persists every table of the shelf.
public final class SnapshotCommand implements Subcommand {
    private final PositionalParamSpec directory =
            Options.parameter("0", "DIRECTORY", "Where tables are persisted.");
    private final OptionSpec compression =
            Options.text("--compression", "NAME", "none, lz4 or zstd (default: none).");

    @Override
    public CommandSpec spec() {
        return Options.command(
                        this,
                        "snapshot",
                        "Writes every table to a directory, each whole or not at all; load puts them back.")
                .addPositional(directory)
                .addOption(compression);
    }

    @Override
    public int run(CommandContext context) throws IOException {
        Path place = Path.of(directory.<String>getValue()).toAbsolutePath();
        SpillCodec codec = Compression.parse(compression.getValue());
        int tables = 0;
        try (Shelf shelf = context.choice().open()) {
            for (TableInfo table : shelf.list()) {
                tables += shelf.persist(table.name(), place, codec) ? 1 : 0;
            }
        }
        context.terminal().out().println("persisted: tables=" + tables);
        return ExitCode.OK;
    }
}
