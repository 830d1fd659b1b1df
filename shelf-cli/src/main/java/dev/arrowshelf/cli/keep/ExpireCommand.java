package dev.arrowshelf.cli.keep;

import dev.arrowshelf.cli.line.CommandContext;
import dev.arrowshelf.cli.line.ErrorReport;
import dev.arrowshelf.cli.line.ExitCode;
import dev.arrowshelf.cli.line.Options;
import dev.arrowshelf.cli.line.Seconds;
import dev.arrowshelf.cli.line.Subcommand;
import dev.arrowshelf.store.Shelf;
import java.io.IOException;
import java.time.Duration;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/// `expire`: ends a table, now or after a time.
public final class ExpireCommand implements Subcommand {
    private final PositionalParamSpec name = Options.parameter("0", "NAME", "Name of the table.");
    private final OptionSpec after =
            Options.text("--after", "SECONDS", "When it ends, from now on (default: 0).");

    @Override
    public CommandSpec spec() {
        return Options.command(this, "expire", "Ends a table after a time; at once without one.")
                .addPositional(name)
                .addOption(after);
    }

    @Override
    public int run(CommandContext context) throws IOException {
        String table = name.getValue();
        try (Shelf shelf = context.choice().open()) {
            Duration time = Seconds.parse("--after", after.getValue()).orElse(Duration.ZERO);
            if (!shelf.expire(table, time)) {
                ErrorReport.printLine(context.terminal().err(), "no such table: name=" + table);
                return ExitCode.USER;
            }
            return ExitCode.OK;
        }
    }
}
