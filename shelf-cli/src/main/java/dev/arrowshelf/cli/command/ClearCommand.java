package dev.arrowshelf.cli.command;

import dev.arrowshelf.cli.line.CommandContext;
import dev.arrowshelf.cli.line.ExitCode;
import dev.arrowshelf.cli.line.Options;
import dev.arrowshelf.cli.line.Subcommand;
import dev.arrowshelf.cli.text.Figures;
import dev.arrowshelf.cli.text.Terminal;
import dev.arrowshelf.store.Shelf;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/// `clear`: removes all tables, after asking.
public final class ClearCommand implements Subcommand {
    private final OptionSpec yes = Options.flag("Does not ask.", "-y", "--yes");
    private final CommandSpec spec =
            Options.command(
                            this,
                            "clear",
                            "Removes all tables. Processes that read them keep what they have.")
                    .addOption(yes);

    @Override
    public CommandSpec spec() {
        return spec;
    }

    @Override
    public int run(CommandContext context) throws IOException {
        Terminal terminal = context.terminal();
        if (!yes.<Boolean>getValue() && !isConfirmed(terminal)) {
            terminal.err().println("Nothing was removed.");
            return ExitCode.USER;
        }
        try (Shelf shelf = context.choice().open()) {
            terminal.out().println(Figures.counted(shelf.deleteAll(), "table") + " removed");
        }
        return ExitCode.OK;
    }

    private boolean isConfirmed(Terminal terminal) throws IOException {
        if (!terminal.inIsTerminal()) {
            throw new ParameterException(
                    spec.commandLine(), "nobody to ask whether all tables shall go: add --yes");
        }
        terminal.err().print("Remove all tables? [y/N] ");
        terminal.flush();
        String answer =
                new BufferedReader(new InputStreamReader(terminal.in(), StandardCharsets.UTF_8))
                        .readLine();
        return answer != null
                && (answer.strip().equalsIgnoreCase("y") || answer.strip().equalsIgnoreCase("yes"));
    }
}
