package dev.arrowshelf.cli;

import dev.arrowshelf.cli.text.Terminal;

/// The `arrowshelf` command.
public final class Main {
    private Main() {}

    /// Runs a command line; its exit code becomes the process's.
    public static void main(String[] arguments) {
        Logging.configure();
        int code = Program.run(Terminal.ofProcess(), Version.text(), arguments);
        // Not exit: that asks for a logger first, which takes as long as a short command. Each
        // command has closed what it opened.
        Runtime.getRuntime().halt(code);
    }
}
