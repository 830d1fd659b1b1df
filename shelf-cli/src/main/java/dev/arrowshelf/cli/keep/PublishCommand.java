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

/// `publish`: stores a table in the tier, and prints its generation there.
public final class PublishCommand implements Subcommand {
    private final PositionalParamSpec name = Options.parameter("0", "NAME", "Name of the table.");

    @Override
    public CommandSpec spec() {
        return Options.command(
                        this,
                        "publish",
                        "Stores a table in the Redis behind the daemon, so that shelves of other hosts find it by its name.")
                .addPositional(name);
    }

    @Override
    public int run(CommandContext context) throws IOException {
        String table = name.getValue();
        try (Shelf shelf = context.choice().open()) {
            OptionalLong published = shelf.publish(table);
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
