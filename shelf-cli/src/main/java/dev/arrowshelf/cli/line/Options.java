package dev.arrowshelf.cli.line;

import dev.arrowshelf.memory.ByteSize;
import picocli.CommandLine;
import picocli.CommandLine.IFactory;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.TypeConversionException;

/// Options and parameters as all subcommands make them.
public final class Options {
    /// Makes nothing: all specs are made by hand. Picocli's own factory looks for a class of Groovy
    /// first, which opens every jar of the class path.
    private static final IFactory NO_FACTORY = new NoFactory();

    private Options() {}

    /// Returns an empty spec.
    ///
    /// @param owner what the execution strategy finds in it
    public static CommandSpec spec(Object owner, String name) {
        return CommandSpec.wrapWithoutInspection(owner, NO_FACTORY).name(name);
    }

    /// Returns the command line of a spec.
    public static CommandLine commandLine(CommandSpec spec) {
        return new CommandLine(spec, NO_FACTORY);
    }

    /// Returns a spec with a name, a help option and its description.
    public static CommandSpec command(Subcommand subcommand, String name, String... description) {
        CommandSpec spec = spec(subcommand, name);
        spec.usageMessage().description(description).sortOptions(false).abbreviateSynopsis(true);
        return spec.addOption(help());
    }

    public static OptionSpec help() {
        return OptionSpec.builder("-h", "--help")
                .type(boolean.class)
                .usageHelp(true)
                .description("Shows this help.")
                .build();
    }

    /// Returns an option that is there or not.
    public static OptionSpec flag(String description, String... names) {
        return OptionSpec.builder(names)
                .type(boolean.class)
                .arity("0")
                .initialValue(false)
                .description(description)
                .build();
    }

    /// Returns an option with a text, null when not given.
    public static OptionSpec text(String name, String label, String description) {
        return value(name, label, String.class, description).build();
    }

    /// Returns an option with a whole number.
    public static OptionSpec number(String name, String label, long initial, String description) {
        return value(name, label, Long.class, description)
                .initialValue(initial)
                .converters((ITypeConverter<Long>) Options::wholeNumber)
                .build();
    }

    /// Returns an option with a size like `512MiB`, null when not given.
    public static OptionSpec size(String name, String description) {
        return value(name, "SIZE", ByteSize.class, description)
                .converters((ITypeConverter<ByteSize>) Options::byteSize)
                .build();
    }

    /// Returns a parameter that must be given.
    public static PositionalParamSpec parameter(String index, String label, String description) {
        return PositionalParamSpec.builder()
                .index(index)
                .arity("1")
                .required(true)
                .type(String.class)
                .paramLabel(label)
                .description(description)
                .build();
    }

    private static OptionSpec.Builder value(
            String name, String label, Class<?> type, String description) {
        return OptionSpec.builder(name)
                .type(type)
                .arity("1")
                .paramLabel(label)
                .description(description);
    }

    private static Long wholeNumber(String text) {
        try {
            long number = Long.parseLong(text.replace("_", ""));
            if (number >= 0) {
                return number;
            }
        } catch (NumberFormatException _) {
            // Said below.
        }
        throw new TypeConversionException("not a whole number from 0: text=" + text);
    }

    private static ByteSize byteSize(String text) {
        try {
            return ByteSize.parse(text);
        } catch (IllegalArgumentException wrong) {
            throw new TypeConversionException(wrong.getMessage());
        }
    }

    private static final class NoFactory implements IFactory {
        @Override
        public <K> K create(Class<K> type) {
            throw new UnsupportedOperationException(
                    "nothing is made by its class: class=" + type.getName());
        }
    }
}
