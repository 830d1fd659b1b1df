package dev.arrowshelf.cli.redis;

import dev.arrowshelf.cli.line.ErrorReport;
import dev.arrowshelf.cli.line.Options;
import dev.arrowshelf.cli.text.Terminal;
import dev.arrowshelf.memory.ByteSize;
import dev.arrowshelf.redis.DataSets;
import dev.arrowshelf.redis.link.RedisOptions;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/// The options that say how Redis is reached, the same for all commands.
final class RedisConnection {
    private static final List<String> URL_VARIABLES = List.of("ARROWSHELF_REDIS_URL", "REDIS_URL");
    private static final List<String> PASSWORD_VARIABLES =
            List.of("ARROWSHELF_REDIS_PASSWORD", "REDIS_PASSWORD");

    private final OptionSpec url =
            Options.text(
                    "--redis-url",
                    "URL",
                    "redis://host:port/database, rediss:// for TLS, redis-sentinel://host:port/database?master=NAME."
                            + " Without it: $ARROWSHELF_REDIS_URL or $REDIS_URL.");
    private final OptionSpec cluster =
            Options.text(
                    "--cluster",
                    "on|off",
                    "Whether this is a Redis Cluster; off also for a proxy before one (default: off).");
    private final OptionSpec user = Options.text("--user", "NAME", "ACL user.");
    private final OptionSpec passwordFile =
            Options.text(
                    "--password-file",
                    "FILE",
                    "File with the password. Without it: $ARROWSHELF_REDIS_PASSWORD or $REDIS_PASSWORD.");
    private final OptionSpec caFile =
            Options.text("--tls-ca", "FILE", "PEM file of the certificates to believe.");
    private final OptionSpec certificateFile =
            Options.text("--tls-cert", "FILE", "PEM file of the client's certificate.");
    private final OptionSpec keyFile =
            Options.text("--tls-key", "FILE", "PEM file of the client's private key.");
    private final OptionSpec insecure = Options.flag("Believes any certificate.", "--tls-insecure");
    private final OptionSpec connections =
            Options.number(
                    "--connections",
                    "N",
                    50,
                    "Most connections to one node; not more than four are of use (default: 50).");
    private final OptionSpec timeout =
            Options.number(
                    "--timeout", "SECONDS", 10, "Longest wait for one answer (default: 10).");
    private final OptionSpec connectTimeout =
            Options.number(
                    "--connect-timeout",
                    "SECONDS",
                    5,
                    "Longest wait for a connection (default: 5).");
    private final OptionSpec noKeepAlive =
            Options.flag("Lets the system drop idle connections.", "--no-keepalive");
    private final OptionSpec attempts =
            Options.number(
                    "--attempts",
                    "N",
                    3,
                    "Least number of tries of a command whose failure may pass (default: 3).");
    private final OptionSpec retryDelay =
            Options.number(
                    "--retry-delay",
                    "MILLISECONDS",
                    1000,
                    "About how long to wait before the second try; each wait is longer (default: 1000).");
    private final OptionSpec retrySeconds =
            Options.number(
                    "--retry-seconds", "SECONDS", 30, "How long to go on trying (default: 30).");
    private final OptionSpec bytesInFlight =
            Options.size(
                    "--inflight-bytes", "Most bytes sent and not yet answered (default: 16MiB).");

    /// Adds the options to a command.
    CommandSpec addTo(CommandSpec spec) {
        for (OptionSpec option :
                List.of(
                        url,
                        cluster,
                        user,
                        passwordFile,
                        caFile,
                        certificateFile,
                        keyFile,
                        insecure,
                        connections,
                        timeout,
                        connectTimeout,
                        noKeepAlive,
                        attempts,
                        retryDelay,
                        retrySeconds,
                        bytesInFlight)) {
            spec.addOption(option);
        }
        return spec;
    }

    /// Connects as the options say.
    DataSets connect(Terminal terminal) throws IOException {
        return DataSets.connect(options(terminal));
    }

    /// Returns what the options and the environment say together.
    RedisOptions options(Terminal terminal) throws IOException {
        String given = url.getValue();
        String address = given == null ? variable(URL_VARIABLES) : given;
        if (address == null) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT,
                    "no Redis named: set=--redis-url or $ARROWSHELF_REDIS_URL");
        }
        RedisOptions options = RedisOptions.of(address);
        if (given != null && !options.login().password().isEmpty()) {
            ErrorReport.printLine(
                    terminal.err(),
                    "warning: a password on the command line is seen by others; use $REDIS_PASSWORD or --password-file");
        }
        if (isOn()) {
            options = options.withMode(RedisOptions.Mode.CLUSTER);
        }
        return options.withLogin(login(options.login()))
                .withTls(tls(options.tls()))
                .withLimits(limits())
                .withRetry(
                        new RedisOptions.RetryOptions(
                                Math.toIntExact(attempts.<Long>getValue()),
                                Duration.ofMillis(retryDelay.<Long>getValue()),
                                Duration.ofSeconds(retrySeconds.<Long>getValue())));
    }

    private boolean isOn() {
        String text = cluster.getValue();
        return switch (text) {
            case null -> false;
            case "on" -> true;
            case "off" -> false;
            default ->
                    throw new ShelfException(
                            ErrorCode.INVALID_ARGUMENT,
                            "cluster is neither on nor off: cluster=" + text);
        };
    }

    /// Returns the password that the environment holds, or nothing.
    static String passwordOfEnvironment() {
        String found = variable(PASSWORD_VARIABLES);
        return found == null ? "" : found;
    }

    private RedisOptions.Login login(RedisOptions.Login inUrl) throws IOException {
        String name = user.getValue();
        String file = passwordFile.getValue();
        String password = inUrl.password();
        if (file != null) {
            password = Files.readString(Path.of(file), StandardCharsets.UTF_8).strip();
        } else if (password.isEmpty()) {
            String variable = variable(PASSWORD_VARIABLES);
            password = variable == null ? "" : variable;
        }
        return new RedisOptions.Login(name == null ? inUrl.user() : name, password);
    }

    private RedisOptions.Tls tls(RedisOptions.Tls inUrl) {
        return new RedisOptions.Tls(
                either(caFile.getValue(), inUrl.caFile()),
                either(certificateFile.getValue(), inUrl.certificateFile()),
                either(keyFile.getValue(), inUrl.keyFile()),
                inUrl.verify() && !insecure.<Boolean>getValue());
    }

    private RedisOptions.Limits limits() {
        ByteSize bytes = bytesInFlight.getValue();
        return new RedisOptions.Limits(
                Math.toIntExact(connections.<Long>getValue()),
                bytes == null ? RedisOptions.Limits.DEFAULT.bytesInFlight() : bytes.bytes(),
                Duration.ofSeconds(Math.max(1, timeout.<Long>getValue())),
                Duration.ofSeconds(Math.max(1, connectTimeout.<Long>getValue())),
                !noKeepAlive.<Boolean>getValue());
    }

    private static String either(@Nullable String option, String other) {
        return option == null ? other : option;
    }

    private static @Nullable String variable(List<String> names) {
        return names.stream()
                .map(System::getenv)
                .filter(value -> value != null && !value.isEmpty())
                .findFirst()
                .orElse(null);
    }
}
