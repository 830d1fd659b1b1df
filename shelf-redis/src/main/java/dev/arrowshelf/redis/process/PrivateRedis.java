package dev.arrowshelf.redis.process;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// A Redis server of this process's own: nothing is saved, only this host reaches it, and it ends
/// with [#close]. Owns the process and its directory.
public final class PrivateRedis implements AutoCloseable {
    private static final Duration START = Duration.ofSeconds(20);
    private static final int TRY_MILLIS = 20;
    private static final int PORT_TRIES = 100;
    private static final int BUS_OFFSET = 10_000;
    private static final int LEAST_PORT = 12_000;
    private static final int GREATEST_PORT = 22_768;

    private final Path directory;
    private final List<String> command;
    private final int port;
    private Process process;

    private PrivateRedis(Path directory, List<String> command, int port) throws IOException {
        this.directory = directory;
        this.command = command;
        this.port = port;
        this.process = launch();
    }

    /// Starts a server on a free port.
    ///
    /// @param arguments more of the server's own, `--name value`
    /// @throws ShelfException UNAVAILABLE when there is no program, or it does not start
    public static PrivateRedis start(String... arguments) throws IOException {
        return startAt(freePort(), arguments);
    }

    /// Starts a server on a port.
    public static PrivateRedis startAt(int port, String... arguments) throws IOException {
        Path directory = Files.createTempDirectory("arrowshelf-redis");
        try {
            List<String> command = new ArrayList<>();
            command.add(RedisBinary.find(directory).toString());
            command.addAll(
                    List.of(
                            "--port",
                            Integer.toString(port),
                            "--bind",
                            "127.0.0.1",
                            "--save",
                            "",
                            "--appendonly",
                            "no",
                            "--dir",
                            directory.toString(),
                            "--loglevel",
                            "warning"));
            command.addAll(List.of(arguments));
            PrivateRedis server = new PrivateRedis(directory, command, port);
            try {
                server.awaitStart();
                return server;
            } catch (Throwable failure) {
                server.close();
                throw failure;
            }
        } catch (Throwable failure) {
            remove(directory);
            throw failure;
        }
    }

    /// Returns where it listens.
    public String url() {
        return "redis://127.0.0.1:" + port + "/0";
    }

    /// Returns the port.
    public int port() {
        return port;
    }

    /// Returns its directory.
    public Path directory() {
        return directory;
    }

    /// Returns the process's id.
    public long pid() {
        return process.pid();
    }

    /// Kills it without warning.
    public void kill() {
        // Not by the future of its end: that one needs a thread of the common pool.
        Process dying = process.destroyForcibly();
        boolean interrupted = false;
        while (dying.isAlive()) {
            try {
                dying.waitFor();
            } catch (InterruptedException _) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /// Starts it again after it was killed, with the same port and directory.
    public void restart() throws IOException {
        kill();
        process = launch();
        awaitStart();
    }

    /// Returns a port that nobody listens on, and that no system gives to outgoing connections: it
    /// stays free while the server restarts, and a client that tries it meanwhile cannot reach
    /// itself. So is the one 10000 above, a cluster's.
    public static int freePort() throws IOException {
        IOException taken = new IOException("no port is free");
        for (int tries = 0; tries < PORT_TRIES; tries++) {
            int port = ThreadLocalRandom.current().nextInt(LEAST_PORT, GREATEST_PORT);
            try (ServerSocket _ = listen(port);
                    ServerSocket _ = listen(port + BUS_OFFSET)) {
                return port;
            } catch (IOException failure) {
                taken = failure;
            }
        }
        throw taken;
    }

    private static ServerSocket listen(int port) throws IOException {
        return new ServerSocket(port, 1, InetAddress.getLoopbackAddress());
    }

    private Process launch() throws IOException {
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("log").toFile())
                .directory(directory.toFile())
                .start();
    }

    private void awaitStart() throws IOException {
        long deadline = System.nanoTime() + START.toNanos();
        while (!accepts()) {
            if (!process.isAlive() || System.nanoTime() > deadline) {
                throw new ShelfException(
                        ErrorCode.UNAVAILABLE,
                        "redis-server does not start: program="
                                + command.getFirst()
                                + ", log="
                                + Files.readString(directory.resolve("log")).strip());
            }
            try {
                boolean _ = process.waitFor(TRY_MILLIS, TimeUnit.MILLISECONDS);
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
                throw new ShelfException(ErrorCode.UNAVAILABLE, "interrupted while starting");
            }
        }
    }

    private boolean accepts() {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 200);
            return true;
        } catch (IOException _) {
            return false;
        }
    }

    /// Ends the server and removes its directory. Idempotent.
    @Override
    public void close() {
        kill();
        remove(directory);
    }

    private static void remove(Path directory) {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException failure) {
            System.getLogger(PrivateRedis.class.getName())
                    .log(System.Logger.Level.DEBUG, "directory stays: " + directory, failure);
        }
    }
}
