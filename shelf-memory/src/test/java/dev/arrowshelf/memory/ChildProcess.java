package dev.arrowshelf.memory;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/// Another process that a test talks to line by line and ends: a JVM with our classes, or python3.
public final class ChildProcess implements AutoCloseable {
    private static final long SECONDS = 60;

    private final Process process;
    private final BufferedReader output;

    private ChildProcess(List<String> command) throws IOException {
        process =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        output = process.inputReader(StandardCharsets.UTF_8);
    }

    /// A JVM that runs a main class of the tests.
    public static ChildProcess java(List<String> flags, Class<?> main, String... arguments)
            throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx128m"));
        command.add("--enable-native-access=ALL-UNNAMED");
        command.addAll(flags);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(List.of(arguments));
        return new ChildProcess(command);
    }

    /// A Python interpreter that runs a script.
    public static ChildProcess python(String script, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("python3", "-c", script));
        command.addAll(List.of(arguments));
        return new ChildProcess(command);
    }

    /// The next line it prints.
    public String readLine() throws IOException {
        return Objects.requireNonNull(output.readLine(), "the child ended early");
    }

    /// Sends it an empty line.
    public void sendLine() throws IOException {
        process.getOutputStream().write('\n');
        process.getOutputStream().flush();
    }

    /// Ends it as `kill -9` does, and waits until it is gone.
    public void kill() throws InterruptedException {
        process.destroyForcibly();
        awaitEnd();
    }

    /// Closes its standard input, which it takes as the sign to end, and waits; returns its exit
    /// code.
    public int finish() throws IOException, InterruptedException {
        process.getOutputStream().close();
        return awaitEnd();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }

    private int awaitEnd() throws InterruptedException {
        if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new IllegalStateException("child did not end: seconds=" + SECONDS);
        }
        return process.exitValue();
    }
}
