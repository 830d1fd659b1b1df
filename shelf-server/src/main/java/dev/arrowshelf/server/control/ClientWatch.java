package dev.arrowshelf.server.control;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/// Notices that a client went away while its query runs: the connection's own thread is busy with
/// the query and reads nothing.
///
/// Thread-safe; one thread looks after all clients, and touches a connection only between the begin
/// and the end of its [Watch].
final class ClientWatch implements AutoCloseable {
    private static final long EVERY_MILLIS = 100;

    private final ScheduledThreadPoolExecutor looker =
            new ScheduledThreadPoolExecutor(
                    1, Thread.ofPlatform().daemon().name("shelf-client-watch").factory());

    ClientWatch() {
        looker.setRemoveOnCancelPolicy(true);
    }

    /// Begins to watch a connection that nobody reads from until the watch is closed.
    ///
    /// @param gone called when the client has closed its end, again and again until it returns that
    ///   there was something to end: what it ends may not have begun yet
    Watch begin(SocketChannel channel, BooleanSupplier gone) {
        Watch watch = new Watch(channel, gone);
        watch.look =
                looker.scheduleWithFixedDelay(
                        watch, EVERY_MILLIS, EVERY_MILLIS, TimeUnit.MILLISECONDS);
        return watch;
    }

    @Override
    public void close() {
        looker.shutdownNow();
    }

    /// One connection while it is watched.
    static final class Watch implements AutoCloseable, Runnable {
        private final SocketChannel channel;
        private final BooleanSupplier gone;
        private final ByteBuffer one = ByteBuffer.allocate(1);
        private boolean over;
        private volatile Future<?> look;

        private Watch(SocketChannel channel, BooleanSupplier gone) {
            this.channel = channel;
            this.gone = gone;
            this.look = java.util.concurrent.CompletableFuture.completedFuture(null);
        }

        /// Reads without waiting. A client that sends before it has its reply breaks the protocol,
        /// and is as good as gone.
        @Override
        public synchronized void run() {
            if (over) {
                return;
            }
            boolean silent;
            try {
                channel.configureBlocking(false);
                try {
                    silent = channel.read(one.clear()) == 0;
                } finally {
                    channel.configureBlocking(true);
                }
                if (!silent) {
                    channel.close();
                }
            } catch (IOException _) {
                silent = false;
            }
            if (!silent) {
                over = gone.getAsBoolean();
            }
        }

        /// Ends the watch; the connection is its thread's alone again.
        @Override
        public void close() {
            look.cancel(false);
            synchronized (this) {
                over = true;
            }
        }
    }
}
