package dev.arrowshelf.cli.demo;

import dev.arrowshelf.cli.demo.WorkerMessages.SearchAnswer;
import dev.arrowshelf.cli.demo.WorkerMessages.SearchRequest;
import dev.arrowshelf.cli.demo.WorkerMessages.WayRequest;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A worker process of the demo, from the demo's side: another JVM with the same flags and jars.
/// For one thread at a time. Closing ends its input, waits for it to leave, and ends it by force
/// when it does not.
final class WorkerProcess implements AutoCloseable {
    private static final String COMMAND = "demo-worker";
    private static final int LEAVE_SECONDS = 10;

    private final Process process;
    private final DataOutputStream requests;
    private final DataInputStream answers;

    private WorkerProcess(Process process) {
        this.process = process;
        requests =
                new DataOutputStream(new BufferedOutputStream(process.getOutputStream(), 1 << 16));
        answers = new DataInputStream(new BufferedInputStream(process.getInputStream()));
    }

    /// Starts a worker on a shelf directory and does not wait for it.
    static WorkerProcess start(Path directory) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(flag -> !flag.startsWith("-XX:AOTCacheOutput="))
                .forEach(command::add);
        // Workers live for a second or two, and several share a processor: the second compiler
        // would cost more than it gives.
        command.add("-XX:TieredStopAtLevel=1");
        String classPath = System.getProperty("java.class.path");
        boolean isOneJar = classPath.endsWith(".jar") && classPath.indexOf(':') < 0;
        command.addAll(
                isOneJar
                        ? List.of("-jar", classPath)
                        : List.of("-cp", classPath, "dev.arrowshelf.cli.Main"));
        command.addAll(List.of(COMMAND, directory.toString()));
        return new WorkerProcess(
                new ProcessBuilder(command).redirectError(Redirect.INHERIT).start());
    }

    long pid() {
        return process.pid();
    }

    /// Waits until the worker has the table mapped and returns how many nanoseconds a get takes
    /// there.
    long awaitReady() throws IOException {
        if (answers.readInt() != WorkerMessages.READY) {
            throw new ShelfException(
                    ErrorCode.PROTOCOL, "worker says something else than ready: pid=" + pid());
        }
        return answers.readLong();
    }

    void request(SearchRequest request) throws IOException {
        request.write(requests);
    }

    void request(WayRequest request) throws IOException {
        request.write(requests);
    }

    SearchAnswer searchAnswer() throws IOException {
        return SearchAnswer.read(answers);
    }

    /// Sends a serialised table and waits until the worker has its copy; returns the rows the
    /// worker counted.
    long send(byte[] table) throws IOException {
        requests.writeByte(WorkerMessages.RECEIVE);
        requests.writeInt(table.length);
        requests.write(table);
        requests.flush();
        return answers.readLong();
    }

    /// Says which worker failed when its answer ended early.
    ShelfException died(EOFException cause) {
        return new ShelfException(
                ErrorCode.UNAVAILABLE, "worker process ended early: pid=" + pid(), cause);
    }

    @Override
    public void close() {
        try {
            requests.close();
            if (!process.waitFor(LEAVE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (IOException _) {
            // A worker that died has closed its end of the pipe; there is nothing to wait for.
            process.destroyForcibly();
        } catch (InterruptedException _) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
