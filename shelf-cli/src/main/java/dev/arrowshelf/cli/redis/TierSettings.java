package dev.arrowshelf.cli.redis;

import dev.arrowshelf.client.config.Setting;
import dev.arrowshelf.client.config.Settings;
import dev.arrowshelf.redis.link.RedisOptions;
import dev.arrowshelf.redis.link.RedisOptions.Login;
import dev.arrowshelf.redis.link.RedisOptions.Mode;
import dev.arrowshelf.redis.tier.RedisTier;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.owner.ShelfOwner;
import dev.arrowshelf.store.tier.SharedTables;
import dev.arrowshelf.store.tier.TierOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Turns settings into the tier of a daemon.
public final class TierSettings {
    private TierSettings() {}

    /// Opens the tier that the settings name, or returns null when they name none. It need not
    /// answer yet.
    ///
    /// @param arguments what the command line says: other users see it, so it must not hold a
    ///   password
    public static @Nullable SharedTables open(
            Settings settings, Map<Setting, String> arguments, ShelfOwner owner)
            throws IOException {
        Optional<String> url = settings.text(Setting.REDIS_URL);
        if (url.isEmpty() || url.get().isEmpty()) {
            return null;
        }
        RedisOptions options = RedisOptions.of(url.get());
        if (arguments.containsKey(Setting.REDIS_URL) && !options.login().password().isEmpty()) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT,
                    "password on the command line is seen by others (use $REDIS_PASSWORD or --redis-password-file)");
        }
        boolean cluster = settings.flag(Setting.REDIS_CLUSTER).orElse(false);
        RedisTier tier =
                RedisTier.open(
                        options.withMode(cluster ? Mode.CLUSTER : options.mode())
                                .withLogin(login(settings, options.login())),
                        settings.text(Setting.REDIS_PREFIX).orElse(RedisTier.DEFAULT_PREFIX));
        try {
            TierOptions how =
                    settings.text(Setting.REDIS_REFRESH)
                            .map(text -> new TierOptions(seconds(text)))
                            .orElse(TierOptions.DEFAULT);
            return SharedTables.open(owner, tier, how);
        } catch (Throwable failure) {
            tier.close();
            throw failure;
        }
    }

    private static Login login(Settings settings, Login inUrl) throws IOException {
        Optional<String> file = settings.text(Setting.REDIS_PASSWORD_FILE);
        if (file.isPresent()) {
            String password = Files.readString(Path.of(file.get()), StandardCharsets.UTF_8);
            return new Login(inUrl.user(), password.strip());
        }
        return inUrl.password().isEmpty()
                ? new Login(inUrl.user(), RedisConnection.passwordOfEnvironment())
                : inUrl;
    }

    private static Duration seconds(String text) {
        try {
            return Duration.ofMillis(Math.round(Double.parseDouble(text) * 1000));
        } catch (NumberFormatException wrong) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT, "not a number of seconds: text=" + text, wrong);
        }
    }
}
