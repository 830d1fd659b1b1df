package dev.arrowshelf.cli.command;

import dev.arrowshelf.cli.line.CommandContext;
import dev.arrowshelf.cli.line.ExitCode;
import dev.arrowshelf.cli.line.Options;
import dev.arrowshelf.cli.line.Subcommand;
import java.util.List;
import picocli.AutoComplete;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;

/// `completion`: prints a script that completes this command in a shell.
public final class CompletionCommand implements Subcommand {
    private static final List<String> SHELLS = List.of("bash", "zsh");

    private final PositionalParamSpec shell = Options.parameter("0", "SHELL", "bash or zsh.");
    private final CommandSpec spec =
            Options.command(
                            this,
                            "completion",
                            "Prints a script that completes this command:%n  source <(arrowshelf completion bash)")
                    .addPositional(shell);

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
        String wanted = shell.getValue();
        if (!SHELLS.contains(wanted)) {
            throw new ParameterException(
                    spec.commandLine(), "unknown shell: shell=" + wanted + ", known=" + SHELLS);
        }
        // The script works in both; in zsh it needs bash's way of completing, which it must load
        // first.
        if (wanted.equals("zsh")) {
            context.terminal()
                    .out()
                    .println(
                            "autoload -U +X compinit && compinit\nautoload -U +X bashcompinit && bashcompinit");
        }
        context.terminal().out().print(AutoComplete.bash("arrowshelf", spec.root().commandLine()));
        return ExitCode.OK;
    }
}
