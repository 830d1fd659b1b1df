package dev.arrowshelf.cli.command;

import dev.arrowshelf.cli.line.CommandContext;
import dev.arrowshelf.cli.line.ExitCode;
import dev.arrowshelf.cli.line.Options;
import dev.arrowshelf.cli.line.SqlSettings;
import dev.arrowshelf.cli.line.StoreSettings;
import dev.arrowshelf.cli.line.Subcommand;
import dev.arrowshelf.cli.redis.TierSettings;
import dev.arrowshelf.cli.rehearsal.WarmUp;
import dev.arrowshelf.cli.text.Terminal;
import dev.arrowshelf.client.config.Address;
import dev.arrowshelf.client.config.Setting;
import dev.arrowshelf.client.config.Settings;
import dev.arrowshelf.memory.ByteSize;
import dev.arrowshelf.server.ServerOptions;
import dev.arrowshelf.server.ShelfServer;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.model.ShelfOptions;
import dev.arrowshelf.store.model.ShelfStatus;
import dev.arrowshelf.store.owner.ShelfOwner;
import java.io.IOException;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/// `server`: owns a shelf and serves it until told to stop.
///
/// SIGTERM and SIGINT stop it cleanly, and so does a client's shutdown request: no new puts,
/// sockets closed, tables kept (unless ephemeral), exit code 0.
public final class ServerCommand implements Subcommand {
    private final Map<Setting, OptionSpec> values = new EnumMap<>(Setting.class);
    private final Map<Setting, OptionSpec> switches = new EnumMap<>(Setting.class);
    private final OptionSpec stopWith =
            Options.text("--stop-with", "PID", "Stops when this process has ended.");
    private final CommandSpec spec =
            Options.command(
                    this,
                    "server",
                    "Owns the shelf and serves it to local and remote clients, in the foreground, until SIGTERM, SIGINT or a shutdown"
                            + " request. Tables outlive it.");

    /// Makes the command with an option for each setting of a daemon.
    public ServerCommand() {
        value(
                Setting.HOST,
                "HOST",
                "Interface to listen on (default: " + Address.DEFAULT_HOST + ", this host only).");
        value(
                Setting.PORT,
                "PORT",
                "Port to listen on; 0 takes a free one (default: " + Address.DEFAULT_PORT + ").");
        value(
                Setting.MEMORY_LIMIT,
                "SIZE",
                "Most memory the shelf may take, as 512MiB or 4GB (default: half of the tmpfs, at most half of RAM).");
        value(
                Setting.WARM_POOL,
                "SIZE",
                "Most memory for prepared pages, a part of the limit; 0 is off (default: a quarter of the limit).");
        value(
                Setting.SMALL_TABLE_LIMIT,
                "SIZE",
                "Tables up to this size lie together in slabs; 0 is off (default: 64KiB).");
        value(
                Setting.EVICT,
                "MODE",
                "What becomes of tables that have to leave memory: spill (to disk, and back when used), drop or off (default: spill).");
        value(
                Setting.EVICTION_POLICY,
                "NAME",
                "Which leave first: tinylfu, lru, lfu, fifo, size, ttl or weighted (default: tinylfu).");
        value(
                Setting.EVICTION_WEIGHTS,
                "R,F,S,A",
                "Weights of recency, frequency, size and age for weighted (default: 1,1,1,0.5).");
        value(
                Setting.HIGH_WATER,
                "PART",
                "Part of the memory limit above which tables leave (default: 0.9).");
        value(Setting.LOW_WATER, "PART", "Part down to which they leave then (default: 0.8).");
        value(
                Setting.HOST_RESERVE,
                "SIZE",
                "Available memory of the host below which tables leave as well (default: 0, never).");
        value(
                Setting.SPILL_DIR,
                "DIRS",
                "Directories for tables on disk, with colons (default: arrowshelf/spill in the user's state folder).");
        value(
                Setting.SPILL_COMPRESSION,
                "NAME",
                "How tables on disk are stored: none, lz4 or zstd (default: none, mapped where they lie).");
        value(Setting.SPILL_LEVEL, "N", "Level of zstd, 1 to 19 (default: 3).");
        value(
                Setting.PUT_WAIT,
                "SECONDS",
                "How long a put that does not fit waits for room (default: 10).");
        value(
                Setting.RECORD_TRACE,
                "FILE",
                "Appends every put and use to a text file, which `arrowshelf simulate` reads.");
        value(Setting.TTL, "SECONDS", "How long tables live by default (default: for ever).");
        value(
                Setting.MAX_IDLE,
                "SECONDS",
                "How long tables may go unused by default (default: any time).");
        value(
                Setting.REDIS_URL,
                "URL",
                "Redis in which shelves of several hosts share tables; without a password (that is $REDIS_PASSWORD's or --redis-password-file's).");
        value(
                Setting.REDIS_PREFIX,
                "TEXT",
                "What the shared tables' keys begin with (default: shelf).");
        value(
                Setting.REDIS_CLUSTER,
                "on|off",
                "Whether that Redis is a Redis Cluster (default: off).");
        value(Setting.REDIS_PASSWORD_FILE, "FILE", "File with the password of that Redis.");
        value(
                Setting.REDIS_REFRESH,
                "SECONDS",
                "About how often copies of shared tables are compared with Redis (default: 5).");
        value(
                Setting.SQL_MEMORY,
                "SIZE",
                "Memory for queries besides the tables they read (default: 1GiB).");
        value(
                Setting.SQL_TEMPORARY_DIR,
                "DIR",
                "Where large sorts and joins put what does not fit (default: nowhere, such a query fails).");
        value(Setting.SQL_TEMPORARY_LIMIT, "SIZE", "Most bytes there (default: 16GiB).");
        value(
                Setting.SQL_RESULT_CACHE,
                "SIZE",
                "Keeps results up to so many bytes until a table they were made of changes (default: 0, none).");
        value(
                Setting.SQL_TWINS,
                "SIZE",
                "Copies tables that queries name again and again into DuckDB's own storage, up to so many bytes: joins are faster (default: 0, none).");
        value(Setting.SQL_THREADS, "N", "Threads that work on queries (default: all processors).");
        value(
                Setting.SQL_QUERIES,
                "N",
                "Queries that run at a time, others wait (default: processors, at least 4).");
        value(Setting.SQL_TIMEOUT, "SECONDS", "How long a query may run (default: 600).");
        toggle(
                "--ephemeral",
                Setting.EPHEMERAL,
                "Removes the directory and all tables at the end.");
        toggle(
                "--no-leases",
                Setting.LEASES,
                "Does not ask the kernel who still maps a segment; also stops recycling.");
        toggle(
                "--no-recycle",
                Setting.RECYCLE,
                "Does not use the pages of deleted segments again.");
        toggle("--no-collapse", Setting.COLLAPSE, "Does not make huge pages.");
        toggle(
                "--no-populate",
                Setting.POPULATE,
                "Allocates all pages of a put at once instead of as they are written.");
        spec.addOption(stopWith);
        toggle(
                "--no-warm-up",
                Setting.WARM_UP,
                "Does not rehearse after the start, which takes a second of one processor and makes the first requests fast.");
    }

    @Override
    public CommandSpec spec() {
        return spec;
    }

    @Override
    public int run(CommandContext context) throws IOException {
        Map<Setting, String> arguments = arguments();
        Settings settings = context.global().settings(arguments);
        ShelfOptions shelf =
                StoreSettings.of(settings, settings.place().directoryOrDefault())
                        .withEphemeral(settings.flag(Setting.EPHEMERAL).orElse(false));
        try (ShelfOwner owner = ShelfOwner.open(shelf);
                ShelfServer server =
                        ShelfServer.start(
                                listener(settings),
                                owner,
                                TierSettings.open(settings, arguments, owner));
                WarmUp warmUp = WarmUp.create(server::requests)) {
            StopSignal signal =
                    StopSignal.install(() -> stop(server, owner, warmUp, context.terminal()));
            stopWithOther(server);
            sayReady(server, owner.status(), context.terminal());
            if (settings.flag(Setting.WARM_UP).orElse(true)) {
                warmUp.start();
            }
            server.awaitTermination();
            signal.remove();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        return ExitCode.OK;
    }

    /// Has the daemon stop when the process that it serves has ended, however it did.
    private void stopWithOther(ShelfServer server) {
        @Nullable String pid = stopWith.getValue();
        if (pid == null) {
            return;
        }
        Optional<ProcessHandle> other;
        try {
            other = ProcessHandle.of(Long.parseLong(pid));
        } catch (NumberFormatException malformed) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT, "not a process id: text=" + pid, malformed);
        }
        if (other.isPresent()) {
            CompletableFuture<Void> _ = other.get().onExit().thenRun(server::close);
        } else {
            server.close();
        }
    }

    private ServerOptions listener(Settings settings) {
        Address named = settings.text(Setting.ADDRESS).map(Address::parse).orElse(Address.DEFAULT);
        String host = settings.text(Setting.HOST).orElse(named.host());
        int port = settings.number(Setting.PORT).orElse(named.port());
        return ServerOptions.of(host, port).withSql(SqlSettings.of(settings));
    }

    private static void sayReady(ShelfServer server, ShelfStatus status, Terminal terminal) {
        status.warnings().forEach(warning -> terminal.err().println("arrowshelf: " + warning));
        terminal.out()
                .println(
                        "arrowshelf: ready: address="
                                + server.address()
                                + ", directory="
                                + status.directory()
                                + ", tables="
                                + status.tables()
                                + ", limit="
                                + new ByteSize(status.memory().limit())
                                + ", pid="
                                + status.ownerPid());
        terminal.flush();
    }

    private static void stop(
            ShelfServer server, ShelfOwner owner, WarmUp warmUp, Terminal terminal) {
        try (owner;
                warmUp) {
            server.close();
        }
        terminal.flush();
    }

    /// What the options say, as it would stand in the config file.
    private Map<Setting, String> arguments() {
        Map<Setting, String> arguments = new EnumMap<>(Setting.class);
        values.forEach((setting, option) -> {
            @Nullable String text = option.getValue();
            if (text != null) {
                arguments.put(setting, text);
            }
        });
        switches.forEach((setting, option) -> {
            if (option.<Boolean>getValue()) {
                arguments.put(setting, option.longestName().startsWith("--no-") ? "off" : "on");
            }
        });
        return arguments;
    }

    private void value(Setting setting, String label, String description) {
        OptionSpec option = Options.text("--" + setting.key(), label, description);
        values.put(setting, option);
        spec.addOption(option);
    }

    private void toggle(String name, Setting setting, String description) {
        OptionSpec option = Options.flag(description, name);
        switches.put(setting, option);
        spec.addOption(option);
    }
}
