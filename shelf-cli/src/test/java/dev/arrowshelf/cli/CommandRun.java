package dev.arrowshelf.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.arrowshelf.cli.text.Terminal;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// A command line run in this process, and what came of it.
///
/// @param code the exit code
/// @param out standard output, text and bytes in their order
/// @param err standard error
record CommandRun(int code, String out, String err) {
    /// Runs a command line with nothing to read.
    static CommandRun of(String... arguments) {
        return withInput(new byte[0], arguments);
    }

    /// Runs a command line with standard input.
    static CommandRun withInput(byte[] input, String... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Terminal terminal =
                new Terminal(
                        new ByteArrayInputStream(input),
                        print(out),
                        out,
                        print(err),
                        false,
                        false,
                        false);
        int code = Program.run(terminal, "arrowshelf test", arguments);
        return new CommandRun(
                code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    /// Returns standard output line by line.
    List<String> lines() {
        return out.lines().toList();
    }

    /// Returns standard output, which must be one JSON value.
    JsonNode json() {
        try {
            return new ObjectMapper().readTree(out);
        } catch (IOException broken) {
            throw new UncheckedIOException("not JSON: " + out, broken);
        }
    }

    private static PrintStream print(ByteArrayOutputStream bytes) {
        return new PrintStream(bytes, false, StandardCharsets.UTF_8);
    }
}
