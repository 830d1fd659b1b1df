package dev.arrowshelf.cli.command;

import dev.arrowshelf.cli.demo.DemoWorker;
import dev.arrowshelf.cli.line.CommandContext;
import dev.arrowshelf.cli.line.ExitCode;
import dev.arrowshelf.cli.line.Options;
import dev.arrowshelf.cli.line.Subcommand;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/// `demo-worker`: what the demo starts as its worker processes; not for people.
public final class DemoWorkerCommand implements Subcommand {
    private final PositionalParamSpec directory =
            Options.parameter("0", "DIR", "The demo's shelf directory.");

    @Override
    public CommandSpec spec() {
        CommandSpec spec =
                Options.command(this, "demo-worker", "A worker process of the demo.")
                        .addPositional(directory);
        spec.usageMessage().hidden(true);
        return spec;
    }

    @Override
    public int run(CommandContext context) throws IOException {
        new DemoWorker(context.terminal().in(), context.terminal().bytesOut())
                .run(Path.of(directory.<String>getValue()));
        return ExitCode.OK;
    }
}
