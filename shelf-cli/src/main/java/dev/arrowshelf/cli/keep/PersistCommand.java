package dev.arrowshelf.cli.keep;

import dev.arrowshelf.cli.line.CommandContext;
import dev.arrowshelf.cli.line.Compression;
import dev.arrowshelf.cli.line.ErrorReport;
import dev.arrowshelf.cli.line.ExitCode;
import dev.arrowshelf.cli.line.Options;
import dev.arrowshelf.cli.line.Subcommand;
import dev.arrowshelf.store.Shelf;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.model.SpillCodec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
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
    private final OptionSpec format =
            Options.text(
                    "--format",
                    "NAME",
                    "arrow, or parquet: one file for other programs (default: arrow).");

    @Override
    public CommandSpec spec() {
        return Options.command(
                        this,
                        "persist",
                        "Writes a table to a directory, as Arrow files with checksums or as a Parquet file; load puts it back.")
                .addPositional(name)
                .addPositional(directory)
                .addOption(compression)
                .addOption(format);
    }

    @Override
    public int run(CommandContext context) throws IOException {
        String table = name.getValue();
        Path place = Path.of(directory.<String>getValue()).toAbsolutePath();
        try (Shelf shelf = context.choice().open()) {
            if (!persist(context, shelf, table, place)) {
                ErrorReport.printLine(context.terminal().err(), "no such table: name=" + table);
                return ExitCode.USER;
            }
            return ExitCode.OK;
        }
    }

    private boolean persist(CommandContext context, Shelf shelf, String table, Path place)
            throws IOException {
        SpillCodec codec = Compression.parse(compression.getValue());
        @Nullable String wanted = format.getValue();
        return switch (wanted == null ? "arrow" : wanted) {
            case "arrow" -> shelf.persist(table, place, codec);
            case "parquet" ->
                    ParquetTable.store(
                            context, shelf, table, place, codec.name().toLowerCase(Locale.ROOT));
            default ->
                    throw new ShelfException(
                            ErrorCode.INVALID_ARGUMENT,
                            "unknown format: name=" + wanted + ", known=arrow, parquet");
        };
    }
}
