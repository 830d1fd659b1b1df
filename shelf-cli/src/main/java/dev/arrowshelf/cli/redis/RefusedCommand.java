package dev.arrowshelf.cli.redis;

import dev.arrowshelf.cli.line.CommandContext;
import dev.arrowshelf.cli.line.Options;
import dev.arrowshelf.cli.line.Subcommand;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import picocli.CommandLine.Model.CommandSpec;

/// A command of the ArrowRedis program that there is not (yet): says so, whatever its flags.
public final class RefusedCommand implements Subcommand {
    private final String name;

    /// Makes a refusal.
    public RefusedCommand(String name) {
        this.name = name;
    }

    @Override
    public CommandSpec spec() {
        CommandSpec spec = Options.command(this, name, "Not available: S3 is not supported yet.");
        spec.usageMessage().hidden(true);
        spec.parser().unmatchedArgumentsAllowed(true);
        return spec;
    }

    @Override
    public int run(CommandContext context) {
        throw new ShelfException(
                ErrorCode.INVALID_ARGUMENT,
                "S3 is not supported yet: command="
                        + name
                        + ", use=read --out, then copy the file");
    }
}
