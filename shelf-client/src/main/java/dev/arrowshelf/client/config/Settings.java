package dev.arrowshelf.client.config;

import dev.arrowshelf.memory.ByteSize;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Values of all settings: an argument wins over the environment, the environment over the config
/// file. Immutable.
public final class Settings {
    private final Map<Setting, String> arguments;
    private final Map<Setting, String> variables = new EnumMap<>(Setting.class);
    private final Map<Setting, String> file;

    private Settings(
            Map<Setting, String> arguments,
            Map<String, String> environment,
            Map<Setting, String> file) {
        this.arguments = Map.copyOf(arguments);
        this.file = Map.copyOf(file);
        for (Setting setting : Setting.values()) {
            setting.variable()
                    .map(environment::get)
                    .filter(value -> !value.isEmpty())
                    .ifPresent(value -> variables.put(setting, value));
        }
    }

    /// Reads the settings.
    ///
    /// @param arguments what the command line or the caller says
    /// @param environment usually `System.getenv()`
    /// @param configFile the config file an argument names, or null: `ARROWSHELF_CONFIG`, else the
    ///   user's own, which need not exist
    /// @throws ShelfException `INVALID_ARGUMENT` for a bad line or an unknown key, `IO`
    public static Settings read(
            Map<Setting, String> arguments,
            Map<String, String> environment,
            @Nullable String configFile) {
        return new Settings(arguments, environment, ConfigFile.read(configFile, environment));
    }

    /// Returns a value as it was written.
    public Optional<String> text(Setting setting) {
        return Optional.ofNullable(arguments.get(setting))
                .or(() -> Optional.ofNullable(variables.get(setting)))
                .or(() -> Optional.ofNullable(file.get(setting)));
    }

    /// Returns a size such as `512MiB`.
    public Optional<ByteSize> size(Setting setting) {
        return text(setting).map(value -> parsed(setting, value, ByteSize::parse));
    }

    /// Returns a whole number.
    public Optional<Integer> number(Setting setting) {
        return text(setting).map(value -> parsed(setting, value, Integer::valueOf));
    }

    /// Returns a switch: `true`, `on`, `yes` or `1`, and their opposites.
    public Optional<Boolean> flag(Setting setting) {
        return text(setting).map(value -> parsed(setting, value, Settings::flag));
    }

    /// Returns where the shelf is. The first of arguments, environment and config file that names a
    /// directory or an address decides both.
    public ShelfPlace place() {
        for (Map<Setting, String> level : java.util.List.of(arguments, variables, file)) {
            if (level.containsKey(Setting.DIR) || level.containsKey(Setting.ADDRESS)) {
                return ShelfPlace.of(level.get(Setting.DIR), level.get(Setting.ADDRESS));
            }
        }
        String host = file.get(Setting.HOST);
        String port = file.get(Setting.PORT);
        if (host == null && port == null) {
            return ShelfPlace.of(null, null);
        }
        return ShelfPlace.of(
                null,
                (host == null ? Address.DEFAULT_HOST : host)
                        + ":"
                        + (port == null ? Address.DEFAULT_PORT : port));
    }

    private static boolean flag(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "true", "on", "yes", "1" -> true;
            case "false", "off", "no", "0" -> false;
            default ->
                    throw new IllegalArgumentException(
                            "not a switch such as on or off: text=" + text);
        };
    }

    private static <T> T parsed(
            Setting setting, String text, java.util.function.Function<String, T> parser) {
        try {
            return parser.apply(text);
        } catch (IllegalArgumentException failure) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT,
                    "bad value: setting="
                            + setting.key()
                            + ", value="
                            + text
                            + ", error="
                            + failure.getMessage(),
                    failure);
        }
    }
}
