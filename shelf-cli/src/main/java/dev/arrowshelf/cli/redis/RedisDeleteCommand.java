package dev.arrowshelf.cli.redis;

import dev.arrowshelf.cli.line.CommandContext;
import dev.arrowshelf.cli.line.ExitCode;
import dev.arrowshelf.cli.line.Options;
import dev.arrowshelf.cli.line.Subcommand;
import dev.arrowshelf.cli.text.Figures;
import dev.arrowshelf.redis.DataSets;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.io.IOException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/// `redis-delete`: removes a data set from Redis.
public final class RedisDeleteCommand implements Subcommand {
    private final RedisConnection connection = new RedisConnection();
    private final PositionalParamSpec prefix =
            Options.parameter("0", "PREFIX", "The data set's prefix.");

    @Override
    public CommandSpec spec() {
        return connection.addTo(
                Options.command(
                                this,
                                "redis-delete",
                                "Removes a data set from Redis, with what broken splits left of it.")
                        .addPositional(prefix));
    }

    @Override
    public int run(CommandContext context) throws IOException {
        try (DataSets sets = connection.connect(context.terminal())) {
            long removed = sets.delete(prefix.getValue());
            if (removed == 0) {
                throw new ShelfException(
                        ErrorCode.NOT_FOUND, "no such data set: prefix=" + prefix.getValue());
            }
            context.terminal().out().println("Removed " + Figures.counted(removed, "key"));
        }
        return ExitCode.OK;
    }
}
