package dev.arrowshelf.cli.keep;

import dev.arrowshelf.cli.line.CommandContext;
import dev.arrowshelf.cli.line.ErrorReport;
import dev.arrowshelf.cli.line.ExitCode;
import dev.arrowshelf.cli.line.Options;
import dev.arrowshelf.cli.line.Subcommand;
import dev.arrowshelf.store.Shelf;
import java.io.IOException;
import java.util.OptionalLong;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/// `demote`: stores a table in the tier and takes it off the shelf.
public final class DemoteCommand implements Subcommand {
    private final PositionalParamSpec name = Options.parameter("0", "NAME", "Name of the table.");

    @Override
    public CommandSpec spec() {
        return Options.command(
                        this,
                        "demote",
                        "Stores a table in the Redis behind the daemon and takes it off this shelf; the next use brings it back.")
                .addPositional(name);
    }

    @Override
    public int run(CommandContext context) throws IOException {
        String table = name.getValue();
        try (Shelf shelf = context.choice().open()) {
            OptionalLong published = shelf.demote(table);
            if (published.isEmpty()) {
                ErrorReport.printLine(context.terminal().err(), "no such table: name=" + table);
                return ExitCode.USER;
            }
            context.terminal()
                    .out()
                    .println("published: generation=" + Long.toHexString(published.getAsLong()));
            return ExitCode.OK;
        }
    }
}
