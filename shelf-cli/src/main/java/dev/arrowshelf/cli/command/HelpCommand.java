package dev.arrowshelf.cli.command;

import dev.arrowshelf.cli.line.CommandContext;
import dev.arrowshelf.cli.line.ExitCode;
import dev.arrowshelf.cli.line.Options;
import dev.arrowshelf.cli.line.Subcommand;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;

/// `help`: what `--help` shows, of the whole command or of a subcommand.
public final class HelpCommand implements Subcommand {
    private final PositionalParamSpec command =
            PositionalParamSpec.builder()
                    .index("0")
                    .arity("0..1")
                    .type(String.class)
                    .paramLabel("COMMAND")
                    .description("A subcommand.")
                    .build();
    private final CommandSpec spec =
            Options.command(this, "help", "Shows the help of a command.").addPositional(command);

    @Override
    public CommandSpec spec() {
        return spec;
    }

    @Override
    public boolean needsAll() {
        return true;
    }

    @Override
    public int run(CommandContext context) {
        CommandLine root = spec.root().commandLine();
        @Nullable String wanted = command.getValue();
        CommandLine shown = wanted == null ? root : root.getSubcommands().get(wanted);
        if (shown == null) {
            throw new ParameterException(root, "no such command: command=" + wanted);
        }
        shown.usage(context.terminal().out());
        return ExitCode.OK;
    }
}
