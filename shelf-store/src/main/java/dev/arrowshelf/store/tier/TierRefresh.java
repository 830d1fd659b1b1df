package dev.arrowshelf.store.tier;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.model.TableDetails;
import dev.arrowshelf.store.model.TableInfo;
import dev.arrowshelf.store.owner.ShelfOwner;
import dev.arrowshelf.store.persist.SharedTier;
import dev.arrowshelf.store.tier.TierJournal.Copy;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Compares the copies of a shelf with the tier again and again. A copy that was used lately is
/// replaced by the later table; another is taken off the shelf, and comes back when it is asked
/// for. While the tier is down, copies stay as they are.
///
/// Owns a thread until [#close].
final class TierRefresh implements AutoCloseable {
    private static final Logger LOG = System.getLogger(TierRefresh.class.getName());
    private static final int LATELY_ROUNDS = 10;
    private static final int NAMES_AT_ONCE = 1000;
    private static final long CLOSE_MILLIS = 10_000;

    private final ShelfOwner owner;
    private final SharedTier tier;
    private final TierJournal journal;
    private final Renewal renewal;
    private final TierOptions options;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Thread thread =
            Thread.ofPlatform().daemon().name("shelf-tier").unstarted(this::run);

    /// Brings the later table in place of a copy.
    @FunctionalInterface
    interface Renewal {
        /// Brings it.
        void renew(String name, Copy copy);
    }

    TierRefresh(
            ShelfOwner owner,
            SharedTier tier,
            TierJournal journal,
            Renewal renewal,
            TierOptions options) {
        this.owner = owner;
        this.tier = tier;
        this.journal = journal;
        this.renewal = renewal;
        this.options = options;
    }

    void start() {
        thread.start();
    }

    private void run() {
        try {
            while (!closing.await(pauseNanos(), TimeUnit.NANOSECONDS)) {
                round();
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private long pauseNanos() {
        long middle = options.refresh().toNanos();
        return middle / 2 + ThreadLocalRandom.current().nextLong(middle + 1);
    }

    private void round() {
        if (!tier.state().equals(SharedTier.ON)) {
            return;
        }
        List<String> names = new ArrayList<>();
        List<Copy> copies = new ArrayList<>();
        try {
            for (Map.Entry<String, Copy> each : journal.all().entrySet()) {
                if (isHere(each.getKey(), each.getValue())) {
                    names.add(each.getKey());
                    copies.add(each.getValue());
                }
            }
            for (int from = 0; from < names.size(); from += NAMES_AT_ONCE) {
                int to = Math.min(names.size(), from + NAMES_AT_ONCE);
                compare(names.subList(from, to), copies.subList(from, to));
            }
        } catch (ShelfException failure) {
            boolean expected =
                    failure.code() == ErrorCode.UNAVAILABLE || failure.code() == ErrorCode.CLOSED;
            LOG.log(expected ? Level.DEBUG : Level.WARNING, "copies were not compared", failure);
        } catch (IOException failure) {
            LOG.log(Level.WARNING, "copies were not compared", failure);
        }
    }

    private boolean isHere(String name, Copy copy) {
        TableInfo info = owner.info(name.getBytes(StandardCharsets.UTF_8));
        return info != null && info.generation() == copy.local();
    }

    private void compare(List<String> names, List<Copy> copies) throws IOException {
        List<Long> published = tier.generations(names);
        for (int i = 0; i < names.size(); i++) {
            String name = names.get(i);
            Copy copy = copies.get(i);
            journal.told(name, published.get(i));
            if (published.get(i) > copy.published()) {
                replace(name, copy);
            }
        }
    }

    private void replace(String name, Copy copy) {
        byte[] key = name.getBytes(StandardCharsets.UTF_8);
        @Nullable TableDetails details = owner.details(key);
        long lately = System.currentTimeMillis() - LATELY_ROUNDS * options.refresh().toMillis();
        try {
            if (details != null && details.lastUseMillis() < lately) {
                boolean _ = owner.delete(key, copy.local());
            } else {
                renewal.renew(name, copy);
            }
        } catch (ShelfException failure) {
            LOG.log(Level.WARNING, "copy was not renewed: name=" + name, failure);
        }
    }

    /// Ends the thread after what it is at. Idempotent.
    @Override
    public void close() {
        closing.countDown();
        try {
            thread.join(CLOSE_MILLIS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
