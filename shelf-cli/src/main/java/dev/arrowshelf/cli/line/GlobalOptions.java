package dev.arrowshelf.cli.line;

import dev.arrowshelf.client.config.Setting;
import dev.arrowshelf.client.config.Settings;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ScopeType;

/// The options that every subcommand takes, before its name or after it. For one command line.
public final class GlobalOptions {
    private final OptionSpec directory =
            text(
                    "--dir",
                    "DIR",
                    "The shelf's own directory (else ARROWSHELF_DIR, else the config file, else /dev/shm/arrowshelf-<uid>/default).");
    private final OptionSpec address =
            text(
                    "--address",
                    "HOST:PORT",
                    "A daemon, on this or another host (else ARROWSHELF_ADDRESS, else the config file).");
    private final OptionSpec config =
            text(
                    "--config",
                    "FILE",
                    "The config file (else ARROWSHELF_CONFIG, else ~/.config/arrowshelf/arrowshelf.conf).");
    private final OptionSpec debug =
            OptionSpec.builder("--debug")
                    .type(boolean.class)
                    .arity("0")
                    .initialValue(false)
                    .scopeType(ScopeType.INHERIT)
                    .description("On an error, prints the stack trace as well.")
                    .build();

    /// Adds the options to the command above all subcommands; do so before subcommands are added.
    public void addTo(CommandSpec root) {
        root.addOption(directory).addOption(address).addOption(config).addOption(debug);
    }

    /// Returns whether stack traces are wanted.
    public boolean debug() {
        return debug.getValue();
    }

    /// Returns all settings: these options, then the environment, then the config file.
    public Settings settings() {
        return settings(Map.of());
    }

    /// Returns all settings where a subcommand has options of its own for some of them.
    public Settings settings(Map<Setting, String> more) {
        Map<Setting, String> arguments = new EnumMap<>(Setting.class);
        put(arguments, Setting.DIR, directory);
        put(arguments, Setting.ADDRESS, address);
        arguments.putAll(more);
        return Settings.read(arguments, System.getenv(), config.getValue());
    }

    /// Whether an argument is one of these options and has its value in the next argument.
    public static boolean takesNextArgument(String argument) {
        return switch (argument) {
            case "--dir", "--address", "--config" -> true;
            default -> false;
        };
    }

    private static void put(Map<Setting, String> arguments, Setting setting, OptionSpec option) {
        @Nullable String value = option.getValue();
        if (value != null) {
            arguments.put(setting, value);
        }
    }

    private static OptionSpec text(String name, String label, String description) {
        return OptionSpec.builder(name)
                .type(String.class)
                .arity("1")
                .paramLabel(label)
                .scopeType(ScopeType.INHERIT)
                .description(description)
                .build();
    }
}
