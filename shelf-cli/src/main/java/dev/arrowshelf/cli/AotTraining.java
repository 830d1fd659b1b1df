package dev.arrowshelf.cli;

import dev.arrowshelf.cli.text.Terminal;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

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
        Logging.configure();
        run("--version");
        run("--help");
        for (String directory : arguments) {
            run("list", "--dir", directory);
            run("list", "--dir", directory, "--long");
            run("list", "--dir", directory, "--json");
            run("status", "--dir", directory);
        }
    }

    private static void run(String... line) {
        Terminal terminal =
                new Terminal(
                        InputStream.nullInputStream(),
                        nowhere(),
                        OutputStream.nullOutputStream(),
                        nowhere(),
                        false,
                        false);
        int _ = Program.run(terminal, Version.text(), line);
    }

    private static PrintStream nowhere() {
        return new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
    }
}
