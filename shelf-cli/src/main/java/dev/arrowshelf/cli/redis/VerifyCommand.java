package dev.arrowshelf.cli.redis;

import dev.arrowshelf.cli.line.CommandContext;
import dev.arrowshelf.cli.line.ExitCode;
import dev.arrowshelf.cli.line.Options;
import dev.arrowshelf.cli.line.Subcommand;
import dev.arrowshelf.cli.text.ProgressBar;
import dev.arrowshelf.cli.text.Terminal;
import dev.arrowshelf.redis.file.FileComparison;
import dev.arrowshelf.redis.progress.Progress;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/// `verify`: compares two Arrow files.
public final class VerifyCommand implements Subcommand {
    private final OptionSpec first =
            OptionSpec.builder(Options.text("--file1", "FILE", "One file.")).required(true).build();
    private final OptionSpec second =
            OptionSpec.builder(Options.text("--file2", "FILE", "The other file."))
                    .required(true)
                    .build();

    @Override
    public CommandSpec spec() {
        return Options.command(
                        this,
                        "verify",
                        "Compares two Arrow files: schema, rows, values. Batches and compression may differ. Exit code 1 when the files do.")
                .addOption(first)
                .addOption(second);
    }

    @Override
    public int run(CommandContext context) throws IOException {
        Terminal terminal = context.terminal();
        Progress progress = new Progress();
        Optional<String> difference;
        try (ProgressBar _ =
                new ProgressBar(terminal, "verify", progress::totalBytes, progress::bytes)) {
            difference =
                    new FileComparison(
                                    Path.of(first.<String>getValue()),
                                    Path.of(second.<String>getValue()),
                                    progress)
                            .difference();
        }
        if (difference.isEmpty()) {
            terminal.out().println("FILES ARE IDENTICAL!");
            return ExitCode.OK;
        }
        terminal.out().println("FILES DIFFER: " + difference.get());
        return ExitCode.USER;
    }
}
