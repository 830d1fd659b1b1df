package dev.arrowshelf.cli.keep;

import dev.arrowshelf.cli.line.CommandContext;
import dev.arrowshelf.cli.line.ErrorReport;
import dev.arrowshelf.cli.line.ExitCode;
import dev.arrowshelf.cli.line.Options;
import dev.arrowshelf.cli.line.Subcommand;
import dev.arrowshelf.store.Shelf;
import java.io.IOException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/// `spill`: sends a table to disk, as far as nobody has it mapped.
public final class SpillCommand implements Subcommand {
    private final PositionalParamSpec name = Options.parameter("0", "NAME", "Name of the table.");

    @Override
    public CommandSpec spec() {
        return Options.command(
                        this,
                        "spill",
                        "Sends a table to disk now, as far as nobody has it mapped; it comes back when it is used.")
                .addPositional(name);
    }

    @Override
    public int run(CommandContext context) throws IOException {
        String table = name.getValue();
        try (Shelf shelf = context.choice().open()) {
            if (shelf.info(table) == null) {
                ErrorReport.printLine(context.terminal().err(), "no such table: name=" + table);
                return ExitCode.USER;
            }
            long bytes = shelf.spill(table);
            context.terminal().out().println("spilled: bytes=" + bytes);
            return ExitCode.OK;
        }
    }
}
