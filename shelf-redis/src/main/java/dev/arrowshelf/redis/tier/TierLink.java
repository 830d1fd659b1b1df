package dev.arrowshelf.redis.tier;

import dev.arrowshelf.redis.flow.Blocking;
import dev.arrowshelf.redis.link.RedisLink;
import dev.arrowshelf.redis.link.RedisOptions;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.persist.SharedTier;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The link of a tier with a breaker: when Redis does not answer, every call fails at once until
/// the breaker's own thread, which tries about once a second, has got an answer.
///
/// Thread-safe. Owns link and thread until [#close].
final class TierLink implements AutoCloseable {
    private static final Logger LOG = System.getLogger(TierLink.class.getName());
    private static final long TRY_MILLIS = 1000;
    private static final long CLOSE_MILLIS = 5000;

    private final RedisOptions options;
    private final byte[] probe;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Semaphore broken = new Semaphore(0);
    private final Thread thread =
            Thread.ofPlatform().daemon().name("redis-tier").unstarted(this::run);
    private volatile @Nullable RedisLink link;
    private volatile @Nullable Down down;

    private record Down(long sinceNanos, String reason) {}

    /// Connects, or begins to try.
    ///
    /// @param probe a key to ask for
    TierLink(RedisOptions options, byte[] probe) {
        this.options = options;
        this.probe = probe;
        try {
            link = RedisLink.connect(options);
        } catch (ShelfException failure) {
            breakNow(failure);
        }
        thread.start();
    }

    /// Runs something that needs Redis.
    ///
    /// @throws ShelfException `UNAVAILABLE` at once while it is down
    <T> T call(Function<RedisLink, T> use) {
        Down now = down;
        RedisLink open = link;
        if (closing.getCount() == 0) {
            throw new ShelfException(ErrorCode.CLOSED, "tier is closed");
        }
        if (now != null || open == null) {
            throw new ShelfException(ErrorCode.UNAVAILABLE, "tier is down: " + describe(now));
        }
        try {
            return use.apply(open);
        } catch (ShelfException failure) {
            if (failure.code() == ErrorCode.UNAVAILABLE) {
                breakNow(failure);
            }
            throw failure;
        }
    }

    /// Returns [SharedTier#ON], or why not.
    String state() {
        Down now = down;
        return now == null ? SharedTier.ON : describe(now);
    }

    private String describe(@Nullable Down now) {
        return now == null
                ? "redis=" + options.url()
                : "redis=%s, seconds=%d, error=%s"
                        .formatted(
                                options.url(),
                                Duration.ofNanos(System.nanoTime() - now.sinceNanos()).toSeconds(),
                                now.reason());
    }

    private synchronized void breakNow(ShelfException failure) {
        if (down == null) {
            down = new Down(System.nanoTime(), String.valueOf(failure.getMessage()));
            LOG.log(Level.WARNING, "tier is down: " + failure.getMessage());
            broken.release();
        }
    }

    private void run() {
        try {
            while (closing.getCount() > 0) {
                broken.acquire();
                while (down != null && !closing.await(pauseMillis(), TimeUnit.MILLISECONDS)) {
                    tryAgain();
                }
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private static long pauseMillis() {
        return TRY_MILLIS / 2 + ThreadLocalRandom.current().nextLong(TRY_MILLIS);
    }

    private void tryAgain() {
        try {
            RedisLink open = link;
            if (open == null) {
                open = RedisLink.connect(options);
                link = open;
            }
            long _ = Blocking.get(open.length(probe));
            synchronized (this) {
                down = null;
            }
            LOG.log(Level.INFO, "tier is back: redis=" + options.url());
        } catch (ShelfException failure) {
            LOG.log(Level.DEBUG, "tier is still down", failure);
        }
    }

    /// Idempotent.
    @Override
    public void close() {
        closing.countDown();
        broken.release();
        try {
            thread.join(CLOSE_MILLIS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        RedisLink open = link;
        if (open != null) {
            open.close();
        }
    }
}
