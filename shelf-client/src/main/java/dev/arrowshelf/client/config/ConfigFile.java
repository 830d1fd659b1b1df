package dev.arrowshelf.client.config;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/// The config file: lines `key = value`, `#` begins a comment line. A key that nobody knows is an
/// error.
final class ConfigFile {
    /// Names the config file when no argument does.
    static final String VARIABLE = "ARROWSHELF_CONFIG";

    private ConfigFile() {}

    /// Reads the file that an argument or the environment names, or the default one, which need not
    /// exist.
    static Map<Setting, String> read(
            @org.jspecify.annotations.Nullable String argument, Map<String, String> environment) {
        String named = argument != null ? argument : environment.get(VARIABLE);
        Path file = named != null && !named.isEmpty() ? Path.of(named) : defaultFile(environment);
        try {
            return parse(file, Files.readAllLines(file));
        } catch (NoSuchFileException missing) {
            if (named == null || named.isEmpty()) {
                return Map.of();
            }
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT,
                    "config file does not exist: file=" + file,
                    missing);
        } catch (IOException failure) {
            throw new ShelfException(
                    ErrorCode.IO,
                    "cannot read the config file: file=" + file + ", error=" + failure.getMessage(),
                    failure);
        }
    }

    private static Path defaultFile(Map<String, String> environment) {
        String home = environment.getOrDefault("XDG_CONFIG_HOME", "");
        Path folder =
                home.isEmpty()
                        ? Path.of(System.getProperty("user.home"), ".config")
                        : Path.of(home);
        return folder.resolve("arrowshelf").resolve("arrowshelf.conf");
    }

    private static Map<Setting, String> parse(Path file, List<String> lines) {
        Map<Setting, String> settings = new EnumMap<>(Setting.class);
        for (int number = 1; number <= lines.size(); number++) {
            String line = lines.get(number - 1).strip();
            if (line.isEmpty() || line.startsWith("#")) {
                continue;
            }
            int equals = line.indexOf('=');
            if (equals <= 0) {
                throw bad("config line is not `key = value`", file, number, line);
            }
            String key = line.substring(0, equals).strip();
            Setting setting = Setting.of(key).orElse(null);
            if (setting == null) {
                throw bad("unknown key in the config file", file, number, key);
            }
            settings.put(setting, line.substring(equals + 1).strip());
        }
        return settings;
    }

    private static ShelfException bad(String fact, Path file, int line, String text) {
        return new ShelfException(
                ErrorCode.INVALID_ARGUMENT,
                fact + ": file=" + file + ", line=" + line + ", text=" + text);
    }
}
