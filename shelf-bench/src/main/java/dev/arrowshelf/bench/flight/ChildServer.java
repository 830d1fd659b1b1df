package dev.arrowshelf.bench.flight;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A server in a child process, which says its port and ends when its standard input does.
public final class ChildServer implements AutoCloseable {
    private static final long END_SECONDS = 20;

    private final Process process;
    private final int port;

    private ChildServer(List<String> command) throws IOException {
        process =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        BufferedReader output = process.inputReader(StandardCharsets.UTF_8);
        String line = output.readLine();
        if (line == null) {
            throw new IOException("server did not start: command=" + command);
        }
        port = Integer.parseInt(line.strip());
    }

    /// A Java server with the flags of this process.
    public static ChildServer java(List<String> flags, String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(flags);
        command.addAll(List.of("-cp", System.getProperty("java.class.path")));
        command.add(FlightServerMain.class.getName());
        command.addAll(List.of(arguments));
        return new ChildServer(command);
    }

    /// A Python script of this package.
    public static ChildServer python(String interpreter, Path script, String... arguments)
            throws IOException {
        List<String> command = new ArrayList<>(List.of(interpreter, script.toString()));
        command.addAll(List.of(arguments));
        return new ChildServer(command);
    }

    /// Copies a script of this package out of the jar.
    public static Path script(Path directory, String name) throws IOException {
        Path target = directory.resolve(name);
        try (InputStream script = ChildServer.class.getResourceAsStream(name)) {
            if (script == null) {
                throw new IOException("no such script: name=" + name);
            }
            Files.copy(script, target);
        }
        return target;
    }

    /// Returns the port it listens on.
    public int port() {
        return port;
    }

    /// Returns its process id.
    public long pid() {
        return process.pid();
    }

    @Override
    public void close() throws IOException {
        process.getOutputStream().close();
        try {
            if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
