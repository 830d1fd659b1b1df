package dev.arrowshelf.redis.process;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// A Sentinel of the tests' own that watches one master, called `main`. Owns its process.
public final class PrivateSentinel implements AutoCloseable {
    private final int port;
    private final Process process;

    private PrivateSentinel(int port, Process process) {
        this.port = port;
        this.process = process;
    }

    /// Starts one.
    ///
    /// @param folder where its configuration lies; the caller removes it
    public static PrivateSentinel watch(PrivateRedis master, Path folder) throws IOException {
        int port = PrivateRedis.freePort();
        Path configuration = folder.resolve("sentinel.conf");
        Files.write(
                configuration,
                List.of(
                        "port " + port,
                        "bind 127.0.0.1",
                        "dir " + folder,
                        "sentinel monitor main 127.0.0.1 " + master.port() + " 1",
                        "sentinel down-after-milliseconds main 10000",
                        "sentinel failover-timeout main 10000"));
        String program = RedisBinary.find(folder).toString();
        return new PrivateSentinel(
                port,
                new ProcessBuilder(program, configuration.toString(), "--sentinel")
                        .redirectErrorStream(true)
                        .redirectOutput(folder.resolve("sentinel.log").toFile())
                        .start());
    }

    /// Returns where the master it watches is to be asked for.
    public String url() {
        return "redis-sentinel://127.0.0.1:" + port + "/0?master=main";
    }

    /// Returns its own address.
    public String ownUrl() {
        return "redis://127.0.0.1:" + port;
    }

    /// Returns whether it can be connected to.
    public boolean accepts() {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 200);
            return true;
        } catch (IOException _) {
            return false;
        }
    }

    @Override
    public void close() {
        try {
            int _ = process.destroyForcibly().waitFor();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
