package dev.arrowshelf.cli.line;

import java.io.IOException;
import picocli.CommandLine.Model.CommandSpec;

/// A subcommand: what it is called and takes, and what it does. An instance serves one command
/// line.
public interface Subcommand {
    /// Returns the name, the help and the options. Built by hand, not from annotations: reading
    /// those is most of the start-up of a short command.
    CommandSpec spec();

    /// Does the work and returns the exit code. Whatever it throws is reported by [ErrorReport].
    int run(CommandContext context) throws IOException;

    /// Returns whether the other subcommands must be there too, because this one shows them.
    default boolean needsAll() {
        return false;
    }
}
