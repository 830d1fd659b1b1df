package dev.arrowshelf.redis.link;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.lettuce.core.RedisCommandTimeoutException;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Up to two threads with a [BulkConnection] each to one server. They begin with the first large
/// value and end, connections with them, when none came for a while.
///
/// Whatever goes wrong, but a time limit, ends a command with an [IOException]: it is to be done by
/// the other client then, which knows what to do about it. A server that cannot be connected to is
/// left alone for a moment.
///
/// Thread-safe. Futures complete on the lanes' threads. The scheduler is the caller's.
final class BulkLanes implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(BulkLanes.class.getName());
    private static final int MOST_LANES = 2;
    private static final long IDLE_MILLIS = 10_000;
    private static final long REST_NANOS = 1_000_000_000;

    private final SocketAddress address;
    private final RedisOptions options;
    private final ScheduledExecutorService scheduler;
    private final int most;

    @GuardedBy("this")
    private final Deque<Job<?>> waiting = new ArrayDeque<>();

    @GuardedBy("this")
    private final List<Lane> lanes = new ArrayList<>();

    @GuardedBy("this")
    private int idle;

    @GuardedBy("this")
    private long restingUntilNanos = System.nanoTime();

    @GuardedBy("this")
    private boolean closed;

    BulkLanes(SocketAddress address, RedisOptions options, ScheduledExecutorService scheduler) {
        this.address = address;
        this.options = options;
        this.scheduler = scheduler;
        this.most = most(options);
    }

    /// Returns how many connections may be made beside the other client's.
    static int most(RedisOptions options) {
        int connections = options.limits().connections();
        return Math.min(MOST_LANES, connections - Connections.wanted(options));
    }

    /// Something that a connection does.
    @FunctionalInterface
    interface Command<T> {
        /// Does it, and returns the answer.
        T run(BulkConnection connection) throws IOException;
    }

    private record Job<T>(Command<T> command, CompletableFuture<T> result) {
        void run(BulkConnection connection) throws IOException {
            T answer = command.run(connection);
            result.complete(answer);
        }
    }

    /// Has a command done; null when this server is left alone now.
    synchronized <T> @Nullable CompletableFuture<T> run(Command<T> command) {
        if (closed || System.nanoTime() - restingUntilNanos < 0) {
            return null;
        }
        CompletableFuture<T> result = new CompletableFuture<>();
        waiting.add(new Job<>(command, result));
        if (idle < waiting.size() && lanes.size() < most) {
            Lane lane = new Lane();
            lanes.add(lane);
            lane.thread.start();
        }
        notifyAll();
        return result;
    }

    private synchronized @Nullable Job<?> next(Lane lane) {
        long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(IDLE_MILLIS);
        idle++;
        try {
            while (waiting.isEmpty() && !closed) {
                long left = TimeUnit.NANOSECONDS.toMillis(until - System.nanoTime());
                if (left <= 0) {
                    break;
                }
                wait(left);
            }
        } catch (InterruptedException _) { // as good as idle: the thread is its lane's own
            Thread.currentThread().interrupt();
        } finally {
            idle--;
        }
        Job<?> job = waiting.poll();
        if (job == null) {
            lanes.remove(lane);
        }
        return job;
    }

    /// Leaves the server alone for a moment; what waits goes another way.
    private void rest(IOException reason) {
        List<Job<?>> left;
        synchronized (this) {
            restingUntilNanos = System.nanoTime() + REST_NANOS;
            left = List.copyOf(waiting);
            waiting.clear();
        }
        LOG.log(Level.DEBUG, "no connection for large values: address=" + address, reason);
        left.forEach(job -> job.result().completeExceptionally(reason));
    }

    /// Ends what is under way. Idempotent.
    @Override
    public void close() {
        List<Job<?>> left;
        List<Lane> ending;
        synchronized (this) {
            closed = true;
            left = List.copyOf(waiting);
            waiting.clear();
            ending = List.copyOf(lanes);
            notifyAll();
        }
        left.forEach(job -> job.result().completeExceptionally(new IOException("link is closed")));
        ending.forEach(Lane::closeConnection);
    }

    private final class Lane implements Runnable {
        private final Thread thread =
                Thread.ofPlatform().daemon().name("redis-bulk").unstarted(this);
        private volatile @Nullable BulkConnection connection;

        @Override
        public void run() {
            for (Job<?> job = next(this); job != null; job = next(this)) {
                perform(job);
            }
            closeConnection();
        }

        private void perform(Job<?> job) {
            try (TimeLimit limit = new TimeLimit(this)) {
                boolean connecting = true;
                try {
                    BulkConnection usable = connected();
                    connecting = false;
                    job.run(usable);
                } catch (BulkConnection.RefusedException failure) {
                    if (connecting) {
                        closeConnection();
                        rest(failure);
                    }
                    job.result().completeExceptionally(failure);
                } catch (IOException | RuntimeException failure) {
                    closeConnection();
                    boolean late = limit.end();
                    if (connecting && failure instanceof IOException refused) {
                        rest(refused);
                    }
                    job.result().completeExceptionally(late ? limit.failure() : failure);
                }
            }
        }

        private BulkConnection connected() throws IOException {
            BulkConnection known = connection;
            if (known != null && known.isOpen()) {
                return known;
            }
            BulkConnection fresh = BulkConnection.to(address);
            connection = fresh;
            fresh.open(address, options);
            return fresh;
        }

        private void closeConnection() {
            BulkConnection known = connection;
            if (known != null) {
                known.close();
            }
        }
    }

    /// Closes a lane's connection when its command takes too long, unless it ends before.
    private final class TimeLimit implements AutoCloseable {
        private final Lane lane;
        private final Duration time = options.limits().timeout();
        private final @Nullable Future<?> alarm;
        private boolean over;
        private boolean late;

        TimeLimit(Lane lane) {
            this.lane = lane;
            this.alarm = alarm();
        }

        private @Nullable Future<?> alarm() {
            try {
                return scheduler.schedule(this::ring, time.toNanos(), TimeUnit.NANOSECONDS);
            } catch (RejectedExecutionException _) { // the link is being closed, and this with it
                return null;
            }
        }

        private synchronized void ring() {
            if (!over) {
                late = true;
                lane.closeConnection();
            }
        }

        /// Ends the watch; returns whether the time was over.
        synchronized boolean end() {
            over = true;
            return late;
        }

        RedisCommandTimeoutException failure() {
            return new RedisCommandTimeoutException("no answer within " + time);
        }

        @Override
        public void close() {
            boolean _ = end();
            if (alarm != null) {
                alarm.cancel(false);
            }
        }
    }
}
