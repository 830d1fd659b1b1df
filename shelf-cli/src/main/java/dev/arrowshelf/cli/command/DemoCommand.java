package dev.arrowshelf.cli.command;

import dev.arrowshelf.cli.demo.Demo;
import dev.arrowshelf.cli.demo.DemoSize;
import dev.arrowshelf.cli.line.CommandContext;
import dev.arrowshelf.cli.line.ExitCode;
import dev.arrowshelf.cli.line.Options;
import dev.arrowshelf.cli.line.Subcommand;
import dev.arrowshelf.client.config.ShelfPlace;
import java.io.IOException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/// `demo`: shows what the shelf does, on a shelf of its own.
public final class DemoCommand implements Subcommand {
    private final OptionSpec points =
            Options.number(
                    "--points",
                    "N",
                    DemoSize.DEFAULT.points(),
                    "Number of points (default: 100000).");
    private final OptionSpec workers =
            Options.number(
                    "--workers",
                    "N",
                    DemoSize.DEFAULT.workers(),
                    "Number of worker processes (default: 6).");
    private final OptionSpec seed =
            Options.number(
                    "--seed",
                    "N",
                    DemoSize.DEFAULT.seed(),
                    "Where the random points begin (default: 42).");

    @Override
    public CommandSpec spec() {
        return Options.command(
                        this,
                        "demo",
                        "Shows what the shelf does, with processes of its own and figures measured on this machine. Takes a few seconds"
                                + " and leaves nothing behind.")
                .addOption(points)
                .addOption(workers)
                .addOption(seed);
    }

    @Override
    public int run(CommandContext context) throws IOException {
        DemoSize size =
                new DemoSize(
                        (int) Math.min(points.<Long>getValue(), Integer.MAX_VALUE),
                        (int) Math.min(workers.<Long>getValue(), Integer.MAX_VALUE),
                        seed.<Long>getValue());
        new Demo(ShelfPlace.userDirectory(), size, context.terminal().out()).run();
        return ExitCode.OK;
    }
}
