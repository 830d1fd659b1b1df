package dev.arrowshelf.redis.process;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// A line to a Redis that can be held after so many bytes, so that a test knows that something is
/// in its middle. While it is held nothing passes, not even that the server has died.
///
/// Thread-safe. Owns its sockets and threads until [#close].
public final class HeldLine implements AutoCloseable {
    private static final int STEP_BYTES = 1 << 16;
    private static final long PATIENCE_SECONDS = 60;

    private final ServerSocket listening;
    private final int port;

    @GuardedBy("this")
    private final List<Socket> sockets = new ArrayList<>();

    @GuardedBy("this")
    private long left = Long.MAX_VALUE;

    @GuardedBy("this")
    private CountDownLatch held = new CountDownLatch(1);

    private HeldLine(ServerSocket listening, int port) {
        this.listening = listening;
        this.port = port;
    }

    /// Begins to relay; everything passes.
    public static HeldLine to(PrivateRedis redis) throws IOException {
        HeldLine line =
                new HeldLine(
                        new ServerSocket(
                                PrivateRedis.freePort(), 50, InetAddress.getLoopbackAddress()),
                        redis.port());
        start(line::accept);
        return line;
    }

    private static void start(Runnable work) {
        Thread _ = Thread.ofPlatform().daemon().name("held-line").start(work);
    }

    /// Returns where to connect to.
    public String url() {
        return "redis://127.0.0.1:" + listening.getLocalPort() + "/0";
    }

    /// Lets so many bytes more pass, of both directions and all connections together.
    public synchronized void holdAfter(long bytes) {
        left = bytes;
        held = new CountDownLatch(1);
    }

    /// Waits until the line is held and somebody wants to send more.
    public void awaitHeld() throws InterruptedException {
        CountDownLatch latch;
        synchronized (this) {
            latch = held;
        }
        if (!latch.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            throw new AssertionError("line was not held in time: redis=" + port);
        }
    }

    /// Lets everything pass again.
    public synchronized void release() {
        left = Long.MAX_VALUE;
        notifyAll();
    }

    private synchronized void pass(int bytes) throws IOException {
        while (left <= 0) {
            held.countDown();
            try {
                wait();
            } catch (InterruptedException failure) {
                throw new IOException(failure);
            }
        }
        left -= bytes;
    }

    private void accept() {
        try {
            while (true) {
                Socket client = listening.accept();
                keep(client);
                start(() -> relay(client));
            }
        } catch (IOException _) { // closed
        }
    }

    private synchronized void keep(Socket socket) {
        sockets.add(socket);
    }

    private void relay(Socket client) {
        try {
            pass(0);
            Socket server = new Socket(InetAddress.getLoopbackAddress(), port);
            keep(server);
            server.setTcpNoDelay(true);
            client.setTcpNoDelay(true);
            start(() -> pump(server, client));
            pump(client, server);
        } catch (IOException _) {
            close(client);
        }
    }

    private void pump(Socket from, Socket to) {
        byte[] step = new byte[STEP_BYTES];
        try {
            for (int bytes = read(from, step); bytes >= 0; bytes = read(from, step)) {
                pass(bytes);
                to.getOutputStream().write(step, 0, bytes);
            }
        } catch (IOException _) { // one of the two has ended, and so does the other
        } finally {
            close(from);
            close(to);
        }
    }

    /// That a side has ended passes when the line is not held.
    private int read(Socket from, byte[] step) throws IOException {
        int bytes;
        try {
            bytes = from.getInputStream().read(step);
        } catch (IOException _) {
            bytes = -1;
        }
        if (bytes < 0) {
            pass(0);
        }
        return bytes;
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException failure) {
            throw new AssertionError(failure);
        }
    }

    @Override
    public void close() throws IOException {
        listening.close();
        release();
        List<Socket> open;
        synchronized (this) {
            open = List.copyOf(sockets);
        }
        open.forEach(HeldLine::close);
    }
}
