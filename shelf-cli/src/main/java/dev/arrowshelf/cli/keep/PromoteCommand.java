package dev.arrowshelf.cli.keep;

import dev.arrowshelf.cli.line.CommandContext;
import dev.arrowshelf.cli.line.ErrorReport;
import dev.arrowshelf.cli.line.ExitCode;
import dev.arrowshelf.cli.line.Options;
import dev.arrowshelf.cli.line.Subcommand;
import dev.arrowshelf.store.Shelf;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.tier.TierAnswer;
import dev.arrowshelf.store.tier.TierAnswer.Outcome;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/// `promote`: brings the tier's table of a name to the shelf.
public final class PromoteCommand implements Subcommand {
    private static final int HEXADECIMAL = 16;

    private final PositionalParamSpec name = Options.parameter("0", "NAME", "Name of the table.");
    private final OptionSpec least =
            Options.text(
                    "--least",
                    "GENERATION",
                    "The least generation that will do, as publish printed it elsewhere.");

    @Override
    public CommandSpec spec() {
        return Options.command(
                        this,
                        "promote",
                        "Brings a table from the Redis behind the daemon to this shelf, unless its latest generation is there already.")
                .addPositional(name)
                .addOption(least);
    }

    @Override
    public int run(CommandContext context) throws IOException {
        String table = name.getValue();
        try (Shelf shelf = context.choice().open()) {
            TierAnswer answer = shelf.promote(table, leastGeneration());
            if (answer.outcome() == Outcome.MISSING) {
                ErrorReport.printLine(
                        context.terminal().err(), "no such table in the tier: name=" + table);
                return ExitCode.USER;
            }
            context.terminal()
                    .out()
                    .println(
                            (answer.outcome() == Outcome.HERE ? "is here" : "fetched")
                                    + ": generation="
                                    + Long.toHexString(answer.published()));
            return ExitCode.OK;
        }
    }

    private long leastGeneration() {
        @Nullable String text = least.getValue();
        try {
            return text == null ? 0 : Long.parseLong(text, HEXADECIMAL);
        } catch (NumberFormatException wrong) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT, "not a generation: text=" + text, wrong);
        }
    }
}
