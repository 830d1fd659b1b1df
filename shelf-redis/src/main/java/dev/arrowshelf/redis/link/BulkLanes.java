package dev.arrowshelf.redis.link;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.lettuce.core.RedisCommandTimeoutException;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.SocketAddress;
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
/// value and end, connections with them, when none came for a while. Of values that are not very
/// long each has two under way.
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

    /// On one connection. Replies that Redis holds ready are memory of its own, and the more there
    /// are the fewer are still in a cache when they are sent.
    private static final int MOST_UNDER_WAY = 2;

    private static final long MOST_BYTES_UNDER_WAY = 5L << 20;

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
    interface Command<T> {
        /// Returns how long the value is that travels.
        long bytes();

        /// Sends it.
        void send(BulkConnection connection) throws IOException;

        /// Returns the answer, when those to all commands sent before were received.
        T receive(BulkConnection connection) throws IOException;
    }

    /// Has a command done; null when this server is left alone now.
    synchronized <T> @Nullable CompletableFuture<T> run(Command<T> command) {
        if (closed || System.nanoTime() - restingUntilNanos < 0) {
            return null;
        }
        Job<T> job = new Job<>(command);
        waiting.add(job);
        if (idle < waiting.size() && lanes.size() < most) {
            Lane lane = new Lane();
            lanes.add(lane);
            lane.thread.start();
        }
        notifyAll();
        return job.result;
    }

    /// Returns a command that a lane may send behind others: not one that another lane is about to
    /// take.
    private synchronized @Nullable Job<?> another(long room) {
        Job<?> first = waiting.peek();
        boolean fits = first != null && waiting.size() > idle && first.command.bytes() <= room;
        return fits ? waiting.poll() : null;
    }

    /// Waits for a command; null when the lane has ended.
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
        left.forEach(job -> job.result.completeExceptionally(reason));
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
        left.forEach(job -> job.result.completeExceptionally(new IOException("link is closed")));
        ending.forEach(Lane::closeConnection);
    }

    private final class Lane implements Runnable {
        private final Thread thread =
                Thread.ofPlatform().daemon().name("redis-bulk").unstarted(this);

        /// Sent by the connection, oldest first, and not answered. The lane's thread's own.
        private final Deque<Job<?>> sent = new ArrayDeque<>();

        private volatile @Nullable BulkConnection connection;

        /// While Redis works on one command, the next one travels.
        @Override
        public void run() {
            for (Job<?> job = next(this); job != null; job = next(this)) {
                send(job);
                while (!sent.isEmpty()) {
                    Job<?> more = sent.size() < MOST_UNDER_WAY ? another(room()) : null;
                    if (more == null) {
                        receive(sent.getFirst());
                    } else {
                        send(more);
                    }
                }
            }
            closeConnection();
        }

        private long room() {
            long bytes = MOST_BYTES_UNDER_WAY;
            for (Job<?> job : sent) {
                bytes -= job.command.bytes();
            }
            return bytes;
        }

        private void send(Job<?> job) {
            job.watch(new TimeLimit(this));
            boolean connecting = sent.isEmpty();
            try {
                BulkConnection usable = connected();
                connecting = false;
                job.command.send(usable);
                sent.add(job);
            } catch (IOException | RuntimeException failure) {
                if (connecting && failure instanceof IOException refused) {
                    rest(refused);
                }
                fail(job, failure);
            }
        }

        private void receive(Job<?> job) {
            try {
                job.receive(connected());
                sent.remove(job);
            } catch (BulkConnection.RefusedException refused) {
                sent.remove(job);
                job.fail(refused);
            } catch (IOException | RuntimeException failure) {
                sent.remove(job);
                fail(job, failure);
            }
        }

        /// Ends the connection, and with it whatever else was sent.
        private void fail(Job<?> job, Exception failure) {
            closeConnection();
            job.fail(failure);
            for (Job<?> other = sent.poll(); other != null; other = sent.poll()) {
                other.fail(new IOException("connection ended with another command", failure));
            }
        }

        /// What was sent is answered by the same connection, or not at all.
        private BulkConnection connected() throws IOException {
            BulkConnection known = connection;
            if (known != null && known.isOpen()) {
                return known;
            }
            if (!sent.isEmpty()) {
                throw new IOException("connection has ended");
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

    /// A command and its result.
    private static final class Job<T> {
        private final Command<T> command;
        private final CompletableFuture<T> result = new CompletableFuture<>();
        private @Nullable TimeLimit limit;

        Job(Command<T> command) {
            this.command = command;
        }

        void watch(TimeLimit time) {
            limit = time;
        }

        void receive(BulkConnection connection) throws IOException {
            T answer = command.receive(connection);
            boolean _ = isLate();
            result.complete(answer);
        }

        void fail(Exception failure) {
            result.completeExceptionally(
                    isLate() ? new RedisCommandTimeoutException("no answer in time") : failure);
        }

        /// Ends the watch.
        private boolean isLate() {
            TimeLimit time = limit;
            return time != null && time.end();
        }
    }

    /// Closes a lane's connection when its command takes too long, unless it ends before.
    private final class TimeLimit {
        private final Lane lane;
        private final @Nullable Future<?> alarm;
        private boolean over;
        private boolean late;

        TimeLimit(Lane lane) {
            this.lane = lane;
            this.alarm = alarm();
        }

        private @Nullable Future<?> alarm() {
            long nanos = options.limits().timeout().toNanos();
            try {
                return scheduler.schedule(this::ring, nanos, TimeUnit.NANOSECONDS);
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
            if (alarm != null) {
                alarm.cancel(false);
            }
            return late;
        }
    }
}
