package dev.arrowshelf.redis.link;

import dev.arrowshelf.redis.link.RedisOptions.RetryOptions;
import dev.arrowshelf.store.model.ShelfException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;

/// Tries commands again whose failure may pass, waiting longer each time, with jitter, until they
/// were tried often and long enough. Nodes of a cluster that send a command to each other are
/// waited for as long as an answer is, at least: they are there, and are about to agree.
///
/// Thread-safe; the scheduler is the caller's.
final class Retries {
    private static final Duration LONGEST_DELAY = Duration.ofSeconds(2);
    private static final int MOST_DOUBLINGS = 20;

    private final RetryOptions options;
    private final Duration patience;
    private final boolean cluster;
    private final ScheduledExecutorService scheduler;
    private final Runnable refresh;
    private final LongAdder retried = new LongAdder();

    /// Tries again as the options say.
    ///
    /// @param refresh looks anew which node has which slot, without waiting
    Retries(RedisOptions options, ScheduledExecutorService scheduler, Runnable refresh) {
        this.options = options.retry();
        Duration timeout = options.limits().timeout();
        Duration deadline = this.options.deadline();
        this.patience = timeout.compareTo(deadline) > 0 ? timeout : deadline;
        this.cluster = options.mode() == RedisOptions.Mode.CLUSTER;
        this.scheduler = scheduler;
        this.refresh = refresh;
    }

    /// Runs a command until it succeeds or is given up.
    ///
    /// @param what the command's name, for the error
    /// @param key its key, for the error; may be empty
    <T> CompletableFuture<T> run(String what, byte[] key, Supplier<CompletionStage<T>> command) {
        CompletableFuture<T> result = new CompletableFuture<>();
        attempt(
                new Run<>(
                        what,
                        new String(key, StandardCharsets.UTF_8),
                        command,
                        result,
                        System.nanoTime()),
                1);
        return result;
    }

    /// Returns how many tries were not the first.
    long retried() {
        return retried.sum();
    }

    private <T> void attempt(Run<T> run, int number) {
        CompletionStage<T> answer;
        try {
            answer = run.command.get();
        } catch (RuntimeException failure) {
            failed(run, number, failure);
            return;
        }
        answer.whenComplete((value, failure) -> {
            if (failure == null) {
                run.result.complete(value);
            } else {
                failed(run, number, failure);
            }
        });
    }

    private <T> void failed(Run<T> run, int number, Throwable failure) {
        Duration spent = Duration.ofNanos(System.nanoTime() - run.beginNanos);
        boolean changing = cluster && Failures.isRedirection(failure);
        Duration deadline = changing ? patience : options.deadline();
        boolean enough = number >= options.attempts() && spent.compareTo(deadline) >= 0;
        if (enough || scheduler.isShutdown() || !Failures.mayPass(failure, cluster)) {
            run.result.completeExceptionally(error(run, failure));
            return;
        }
        retried.increment();
        if (changing) {
            refresh.run();
        }
        try {
            var _ =
                    scheduler.schedule(
                            () -> attempt(run, number + 1),
                            delayNanos(number),
                            TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException _) {
            run.result.completeExceptionally(error(run, failure));
        }
    }

    private ShelfException error(Run<?> run, Throwable failure) {
        return Failures.asShelfException(failure, run.what, run.key, cluster);
    }

    /// Half to one and a half of the doubled delay, so that many clients do not come back at once.
    long delayNanos(int failures) {
        long doubled = options.delay().toNanos() << Math.min(failures - 1, MOST_DOUBLINGS);
        long most = LONGEST_DELAY.toNanos();
        long middle = doubled < 0 || doubled > most ? most : doubled;
        return middle / 2 + ThreadLocalRandom.current().nextLong(middle + 1);
    }

    private record Run<T>(
            String what,
            String key,
            Supplier<CompletionStage<T>> command,
            CompletableFuture<T> result,
            long beginNanos) {}
}
