package dev.arrowshelf.cli.prompt;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/// Statements from standard input, one after the other; the first that fails ends it.
public final class SqlScript {
    private SqlScript() {}

    /// Runs all statements of a text.
    public static void run(InputStream in, StatementRunner runner, PrintStream out)
            throws IOException {
        String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        for (String statement : StatementText.split(text)) {
            runner.run(statement, out);
            out.flush();
        }
    }
}
