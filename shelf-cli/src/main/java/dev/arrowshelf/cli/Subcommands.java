package dev.arrowshelf.cli;

import dev.arrowshelf.cli.command.ClearCommand;
import dev.arrowshelf.cli.command.CompletionCommand;
import dev.arrowshelf.cli.command.DeleteCommand;
import dev.arrowshelf.cli.command.DemoCommand;
import dev.arrowshelf.cli.command.DemoWorkerCommand;
import dev.arrowshelf.cli.command.ExplainCommand;
import dev.arrowshelf.cli.command.GetCommand;
import dev.arrowshelf.cli.command.HelpCommand;
import dev.arrowshelf.cli.command.IndexCommand;
import dev.arrowshelf.cli.command.InfoCommand;
import dev.arrowshelf.cli.command.ListCommand;
import dev.arrowshelf.cli.command.PutCommand;
import dev.arrowshelf.cli.command.SearchCommand;
import dev.arrowshelf.cli.command.ServerCommand;
import dev.arrowshelf.cli.command.SqlCommand;
import dev.arrowshelf.cli.command.StatusCommand;
import dev.arrowshelf.cli.keep.DemoteCommand;
import dev.arrowshelf.cli.keep.ExpireCommand;
import dev.arrowshelf.cli.keep.LoadCommand;
import dev.arrowshelf.cli.keep.PersistCommand;
import dev.arrowshelf.cli.keep.PromoteCommand;
import dev.arrowshelf.cli.keep.PublishCommand;
import dev.arrowshelf.cli.keep.SimulateCommand;
import dev.arrowshelf.cli.keep.SnapshotCommand;
import dev.arrowshelf.cli.keep.SpillCommand;
import dev.arrowshelf.cli.keep.TopCommand;
import dev.arrowshelf.cli.keep.TouchCommand;
import dev.arrowshelf.cli.line.Subcommand;
import dev.arrowshelf.cli.redis.GenCommand;
import dev.arrowshelf.cli.redis.LocalReadCommand;
import dev.arrowshelf.cli.redis.ReadCommand;
import dev.arrowshelf.cli.redis.RedisBenchCommand;
import dev.arrowshelf.cli.redis.RedisDeleteCommand;
import dev.arrowshelf.cli.redis.RedisDemoCommand;
import dev.arrowshelf.cli.redis.RedisListCommand;
import dev.arrowshelf.cli.redis.RefusedCommand;
import dev.arrowshelf.cli.redis.SplitCommand;
import dev.arrowshelf.cli.redis.VerifyCommand;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The list of subcommands, in the order of the help.
final class Subcommands {
    private static final List<String> NAMES =
            List.of(
                    "server",
                    "put",
                    "get",
                    "sql",
                    "explain",
                    "list",
                    "info",
                    "delete",
                    "clear",
                    "touch",
                    "expire",
                    "spill",
                    "persist",
                    "load",
                    "snapshot",
                    "publish",
                    "demote",
                    "promote",
                    "simulate",
                    "status",
                    "search",
                    "index",
                    "top",
                    "gen",
                    "split",
                    "read",
                    "verify",
                    "local-read",
                    "redis-list",
                    "redis-delete",
                    "redis-bench",
                    "redis-demo",
                    "demo",
                    "completion",
                    "help",
                    "demo-worker");

    private Subcommands() {}

    /// Returns the subcommand of a name, or null. Only this one's class is loaded.
    static @Nullable Subcommand named(String name) {
        return switch (name) {
            case "server" -> new ServerCommand();
            case "put" -> new PutCommand();
            case "get" -> new GetCommand();
            case "sql" -> new SqlCommand();
            case "explain" -> new ExplainCommand();
            case "list" -> new ListCommand();
            case "info" -> new InfoCommand();
            case "delete" -> new DeleteCommand();
            case "clear" -> new ClearCommand();
            case "touch" -> new TouchCommand();
            case "expire" -> new ExpireCommand();
            case "spill" -> new SpillCommand();
            case "persist" -> new PersistCommand();
            case "load" -> new LoadCommand();
            case "snapshot" -> new SnapshotCommand();
            case "publish" -> new PublishCommand();
            case "demote" -> new DemoteCommand();
            case "promote" -> new PromoteCommand();
            case "simulate" -> new SimulateCommand();
            case "status" -> new StatusCommand();
            case "search" -> new SearchCommand();
            case "index" -> new IndexCommand();
            case "top" -> new TopCommand();
            case "gen" -> new GenCommand();
            case "split" -> new SplitCommand();
            case "read" -> new ReadCommand();
            case "verify" -> new VerifyCommand();
            case "local-read" -> new LocalReadCommand();
            case "redis-list" -> new RedisListCommand();
            case "redis-delete" -> new RedisDeleteCommand();
            case "redis-bench" -> new RedisBenchCommand();
            case "redis-demo" -> new RedisDemoCommand();
            case "s3-upload", "s3-read" -> new RefusedCommand(name);
            case "demo" -> new DemoCommand();
            case "completion" -> new CompletionCommand();
            case "help" -> new HelpCommand();
            case "demo-worker" -> new DemoWorkerCommand();
            default -> null;
        };
    }

    static List<Subcommand> all() {
        return NAMES.stream().map(name -> Objects.requireNonNull(named(name), name)).toList();
    }
}
