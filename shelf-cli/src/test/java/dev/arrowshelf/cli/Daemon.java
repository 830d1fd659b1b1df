package dev.arrowshelf.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A daemon of the built distribution, as a child process. Closing kills it, and only it.
final class Daemon implements AutoCloseable {
    private static final String READY = "arrowshelf: ready: ";
    private static final long END_SECONDS = 30;

    private final Process process;
    private final String ready;

    private Daemon(Process process, String ready) {
        this.process = process;
        this.ready = ready;
    }

    /// Starts a daemon on a free port and waits for the line that says that it is ready.
    static Daemon start(Arrowshelf arrowshelf, Path directory, String... options) {
        List<String> arguments =
                new ArrayList<>(List.of("server", "--dir", directory.toString(), "--port", "0"));
        arguments.addAll(List.of(options));
        try {
            Process process = arrowshelf.start(arguments.toArray(String[]::new));
            BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
            String line = out.readLine();
            if (line == null || !line.startsWith(READY)) {
                String err = process.errorReader(StandardCharsets.UTF_8).readAllAsString();
                process.destroyForcibly();
                throw new AssertionError("daemon does not start: says=" + line + ", err=" + err);
            }
            return new Daemon(process, line.substring(READY.length()));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    long pid() {
        return process.pid();
    }

    /// Returns a fact from the line that says that it is ready.
    String fact(String name) {
        for (String fact : ready.split(", ", -1)) {
            if (fact.startsWith(name + "=")) {
                return fact.substring(name.length() + 1);
            }
        }
        throw new AssertionError("daemon does not say: name=" + name + ", says=" + ready);
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /// Sends a signal by name and returns the exit code.
    int end(String signal) {
        try {
            int sent =
                    new ProcessBuilder("kill", "-" + signal, Long.toString(pid()))
                            .start()
                            .waitFor();
            if (sent != 0) {
                throw new AssertionError("signal not sent: signal=" + signal + ", code=" + sent);
            }
            return awaitEnd();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }

    /// Waits for its end and returns the exit code.
    int awaitEnd() {
        try {
            if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
                throw new AssertionError("daemon does not end: pid=" + pid());
            }
            return process.exitValue();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
        awaitEnd();
    }
}
