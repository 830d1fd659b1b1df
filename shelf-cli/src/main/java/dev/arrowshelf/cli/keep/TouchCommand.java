package dev.arrowshelf.cli.keep;

import dev.arrowshelf.cli.line.CommandContext;
import dev.arrowshelf.cli.line.ErrorReport;
import dev.arrowshelf.cli.line.ExitCode;
import dev.arrowshelf.cli.line.Options;
import dev.arrowshelf.cli.line.Seconds;
import dev.arrowshelf.cli.line.Subcommand;
import dev.arrowshelf.store.Shelf;
import java.io.IOException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/// `touch`: says that a table was used, and how long it lives from now on.
public final class TouchCommand implements Subcommand {
    private final PositionalParamSpec name = Options.parameter("0", "NAME", "Name of the table.");
    private final OptionSpec timeToLive =
            Options.text("--ttl", "SECONDS", "How long it lives from now on; 0 is for ever.");
    private final OptionSpec mostIdle =
            Options.text("--max-idle", "SECONDS", "How long it may go unused; 0 is any time.");

    @Override
    public CommandSpec spec() {
        return Options.command(
                        this,
                        "touch",
                        "Says that a table was used now, and perhaps how long it lives from now on.")
                .addPositional(name)
                .addOption(timeToLive)
                .addOption(mostIdle);
    }

    @Override
    public int run(CommandContext context) throws IOException {
        String table = name.getValue();
        try (Shelf shelf = context.choice().open()) {
            if (!shelf.touch(
                    table,
                    Seconds.parse("--ttl", timeToLive.getValue()),
                    Seconds.parse("--max-idle", mostIdle.getValue()))) {
                ErrorReport.printLine(context.terminal().err(), "no such table: name=" + table);
                return ExitCode.USER;
            }
            return ExitCode.OK;
        }
    }
}
