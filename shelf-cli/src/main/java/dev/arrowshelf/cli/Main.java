package dev.arrowshelf.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// The `arrowshelf` command. Alone it is an error of usage; each subcommand is a class of its own.
@Command(
        name = "arrowshelf",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description =
                "Apache Arrow tables in shared memory: put once, read in place by every process.")
public final class Main implements Runnable {

    @Spec private CommandSpec spec;

    Main() {}

    public static void main(String[] arguments) {
        System.exit(new CommandLine(new Main()).execute(arguments));
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Missing subcommand");
    }
}
