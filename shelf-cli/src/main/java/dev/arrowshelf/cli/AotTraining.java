package dev.arrowshelf.cli;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import picocli.CommandLine;

/// The training run behind the launcher's AOT cache: runs usual command lines in one process, so
/// that the classes they load are noted. What a command answers, even a failure, does not matter.
final class AotTraining {

    private AotTraining() {}

    /// Takes two shelf directories: one that a daemon serves, one without an owner.
    public static void main(String[] arguments) {
        if (arguments.length != 2) {
            throw new IllegalArgumentException(
                    "two directories wanted: arguments=" + List.of(arguments));
        }
        PrintStream nowhere =
                new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
        System.setOut(nowhere);
        System.setErr(nowhere);
        run("--version");
        run("--help");
        for (String directory : arguments) {
            run("list", "--dir", directory);
            run("status", "--dir", directory);
        }
    }

    private static void run(String... line) {
        new CommandLine(new Main()).execute(line);
    }
}
