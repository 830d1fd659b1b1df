package dev.arrowshelf.testkit;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// Another JVM that runs a main class of the test's class path with the test's flags, and talks by
/// lines of text.
///
/// Thread-safe. [#close()] kills the process, and only that one.
public final class ChildJvm implements AutoCloseable {
    private static final String END = "\0end";

    private final Process process;
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();

    private ChildJvm(Process process) {
        this.process = process;
        Thread.ofPlatform().daemon().name("child-" + process.pid()).start(this::readLines);
    }

    /// Starts a class that has a `main`.
    public static ChildJvm start(Class<?> main, String... arguments) {
        return startBehind(List.of(), main, arguments);
    }

    /// Starts a class that has a `main` by a command which runs what follows it.
    public static ChildJvm startBehind(List<String> launcher, Class<?> main, String... arguments) {
        List<String> command = new ArrayList<>(launcher);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        for (String flag : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
            if (flag.startsWith("--")
                    || flag.startsWith("-ea")
                    || flag.startsWith("-Darrow")
                    || flag.startsWith("-XX:")) {
                command.add(flag);
            }
        }
        command.add("-Xmx256m");
        command.add("-cp");
        command.add(
                System.getProperty(
                        "surefire.test.class.path", System.getProperty("java.class.path")));
        command.add(main.getName());
        command.addAll(List.of(arguments));
        try {
            return new ChildJvm(new ProcessBuilder(command).redirectErrorStream(true).start());
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /// Returns the process id.
    public long pid() {
        return process.pid();
    }

    /// Returns the rest of the first line that begins so; others are passed over.
    public String await(String begin) {
        StringBuilder seen = new StringBuilder();
        try {
            while (true) {
                String line = lines.poll(60, TimeUnit.SECONDS);
                if (line == null || line.equals(END)) {
                    throw new AssertionError("child did not say '" + begin + "', but:\n" + seen);
                }
                if (line.startsWith(begin)) {
                    return line.substring(begin.length());
                }
                seen.append(line).append('\n');
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }

    /// Returns all lines that were not awaited, up to the end of its output; it must have ended.
    public List<String> rest() {
        List<String> rest = new ArrayList<>();
        try {
            for (String line = lines.poll(60, TimeUnit.SECONDS);
                    line != null && !line.equals(END);
                    line = lines.poll(60, TimeUnit.SECONDS)) {
                rest.add(line);
            }
            return rest;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }

    /// Sends a line to its standard input.
    public void say(String line) {
        try {
            process.outputWriter().write(line + "\n");
            process.outputWriter().flush();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /// Kills it at once (`SIGKILL`) and waits until it is gone.
    public void kill() {
        process.destroyForcibly();
        awaitEnd();
    }

    /// Waits until it has ended and returns its exit code.
    public int awaitEnd() {
        try {
            if (!process.waitFor(60, TimeUnit.SECONDS)) {
                throw new AssertionError("child does not end: pid=" + process.pid());
            }
            return process.exitValue();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }

    @Override
    public void close() {
        kill();
    }

    private void readLines() {
        try (BufferedReader reader = process.inputReader()) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                lines.add(line);
            }
        } catch (IOException ended) {
            lines.add("output ended: " + ended.getMessage());
        } finally {
            lines.add(END);
        }
    }
}
