package dev.arrowshelf.store.evict;

import dev.arrowshelf.memory.stamp.Lifetime;
import dev.arrowshelf.store.catalog.Slabs;
import dev.arrowshelf.store.catalog.TableKey;
import dev.arrowshelf.store.directory.ShelfDirectory;
import dev.arrowshelf.store.model.CacheOptions;
import dev.arrowshelf.store.model.EvictionMode;
import dev.arrowshelf.store.model.TableAttributes;
import dev.arrowshelf.store.model.TableDetails;
import dev.arrowshelf.store.publish.Catalogue;
import dev.arrowshelf.store.publish.Publisher;
import dev.arrowshelf.store.publish.TableEntry;
import dev.arrowshelf.store.publish.TableWatcher;
import dev.arrowshelf.store.space.MemoryLedger;
import dev.arrowshelf.store.space.Space;
import dev.arrowshelf.store.spill.SpillStore;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// What makes a shelf a cache: lifetimes, eviction, recall.
///
/// Thread-safe. Made in two steps, since it watches the publisher that it works with: [#watcher]
/// first, then [#begin]. [#close] ends its thread.
public final class ShelfCache implements AutoCloseable {
    private final CacheOptions options;
    private final Deadlines deadlines;
    private final TableTracker tracker;
    private final TraceRecorder trace;
    private @Nullable Parts parts;

    private record Parts(
            Catalogue catalogue,
            Publisher publisher,
            Departures departures,
            Recaller recaller,
            Evictor evictor) {}

    /// Begins to watch tables.
    ///
    /// @param limitBytes the shelf's memory limit
    /// @param uses where uses are stamped
    public ShelfCache(
            CacheOptions options,
            InstantSource clock,
            LongSupplier limitBytes,
            TableTracker.UseSource uses) {
        this.options = options;
        this.deadlines = new Deadlines(clock, System::nanoTime);
        this.trace = new TraceRecorder(options.trace());
        this.tracker =
                new TableTracker(
                        EvictionPolicy.of(
                                options.eviction().policy(),
                                options.eviction().weights(),
                                limitBytes.getAsLong()),
                        options.eviction().mode(),
                        deadlines,
                        limitBytes,
                        uses,
                        trace);
    }

    /// Returns what is to be told about tables.
    public TableWatcher watcher() {
        return tracker;
    }

    /// Takes up its work.
    public void begin(
            ShelfDirectory directory,
            boolean leases,
            Catalogue catalogue,
            Publisher publisher,
            Slabs slabs,
            SpillStore spills,
            Space space,
            MemoryLedger ledger) {
        Departures departures =
                new Departures(
                        options.eviction().mode(),
                        directory,
                        leases,
                        catalogue,
                        publisher,
                        slabs,
                        spills);
        Recaller recaller =
                new Recaller(options.eviction(), catalogue, publisher, space, ledger, spills);
        Evictor evictor =
                new Evictor(options.eviction(), options.putWait(), ledger, tracker, departures);
        parts = new Parts(catalogue, publisher, departures, recaller, evictor);
        if (options.eviction().mode() != EvictionMode.OFF) {
            space.setRoomMaker(evictor);
        }
    }

    /// Starts to make room.
    public void start() {
        parts().evictor().start();
    }

    /// Ends tables whose time is over, and has the evictor look at the marks.
    public void beat() {
        for (Deadlines.Deadline due : deadlines.due()) {
            end(due);
        }
        if (trace.isOn()) {
            tracker.absorbUses();
            trace.flush();
        }
        if (options.eviction().mode() != EvictionMode.OFF) {
            parts().evictor().kick();
        }
    }

    private void end(Deadlines.Deadline due) {
        Catalogue.Use use = parts().catalogue().use(due.key());
        if (use == null || use.generation() != due.generation()) {
            return;
        }
        long now = deadlines.nowMillis();
        if (isOver(use.lifetime(), now)) {
            parts().publisher().delete(due.key(), entry -> entry.generation() == due.generation());
        } else if (use.lifetime().mostIdleMillis() != 0) {
            deadlines.add(due.key(), due.generation(), idleEnd(use.lifetime(), now));
        }
    }

    private static boolean isOver(Lifetime lifetime, long now) {
        long expires = lifetime.expiresMillis();
        return (expires != 0 && expires <= now)
                || (lifetime.mostIdleMillis() != 0 && idleEnd(lifetime, now) <= now);
    }

    private static long idleEnd(Lifetime lifetime, long now) {
        return Math.min(lifetime.lastUseMillis(), now) + lifetime.mostIdleMillis();
    }

    /// Says that a table was used now, and perhaps how long it lives from now on; false when the
    /// key names nothing.
    ///
    /// @param timeToLive from now on; zero is for ever
    /// @param mostIdle zero is any time
    public boolean touch(TableKey key, Optional<Duration> timeToLive, Optional<Duration> mostIdle)
            throws IOException {
        long now = deadlines.nowMillis();
        Catalogue.Use use = parts().catalogue().use(key);
        if (use == null || isOver(use.lifetime(), now)) {
            return false; // over, if not yet deleted
        }
        parts().catalogue().used(key, now);
        TableAttributes after =
                parts().publisher()
                        .movements()
                        .amend(
                                key,
                                before -> {
                                    TableAttributes changed = before;
                                    if (timeToLive.isPresent()) {
                                        long millis = timeToLive.get().toMillis();
                                        changed =
                                                changed.expiringAt(millis == 0 ? 0 : now + millis);
                                    }
                                    return mostIdle.isPresent()
                                            ? changed.idleAtMost(mostIdle.get().toMillis())
                                            : changed;
                                });
        if (after == null) {
            return false;
        }
        TableEntry entry = parts().catalogue().find(key);
        if (entry != null) {
            if (after.expiresMillis() != 0) {
                deadlines.add(key, entry.generation(), after.expiresMillis());
            }
            if (after.mostIdleMillis() != 0) {
                deadlines.add(key, entry.generation(), now + after.mostIdleMillis());
            }
        }
        return true;
    }

    /// Makes a table readable that may be spilled. It stays so for a moment, in which whoever asked
    /// maps it.
    public Recaller.Answer recall(TableKey key) throws IOException {
        return switch (parts().catalogue().find(key)) {
            case null -> Recaller.Answer.GONE;
            case TableEntry.InSlab _ -> parts().recaller().recall(key);
            case TableEntry.InSegments large -> {
                parts().departures().spare(large.generation());
                Recaller.Answer answer = parts().recaller().recall(key);
                parts().departures().spare(large.generation());
                yield answer;
            }
        };
    }

    /// Makes one partition readable, likewise.
    public Recaller.Answer recall(TableKey key, long generation, int partition) throws IOException {
        if (parts().catalogue().find(key) instanceof TableEntry.InSlab) {
            return parts().recaller().recall(key, generation, partition);
        }
        parts().departures().spare(generation);
        Recaller.Answer answer = parts().recaller().recall(key, generation, partition);
        parts().departures().spare(generation);
        return answer;
    }

    /// Names somebody who may keep a table elsewhere before it is dropped for lack of memory.
    public void beforeDrop(Consumer<TableKey> keeper) {
        parts().departures().beforeDrop(keeper);
    }

    /// Spills a table now as far as nobody uses it, a small one with all others of its slab;
    /// returns the bytes that left memory.
    public long spill(TableKey key) throws IOException {
        Departures departures = parts().departures();
        return switch (parts().catalogue().find(key)) {
            case null -> 0;
            case TableEntry.InSlab _ -> departures.spillWithSlab(key).freedBytes();
            case TableEntry.InSegments large ->
                    departures.spill(key, large.generation(), Long.MAX_VALUE).freedBytes();
        };
    }

    /// Returns everything known about a table, or null.
    public @Nullable TableDetails details(TableKey key) {
        TableEntry entry = parts().catalogue().find(key);
        Catalogue.Use use = parts().catalogue().use(key);
        if (entry == null || use == null || isOver(use.lifetime(), deadlines.nowMillis())) {
            return null;
        }
        return new TableDetails(
                Catalogue.info(key.text(), entry),
                use.lifetime().expiresMillis(),
                use.lifetime().mostIdleMillis(),
                use.lifetime().lastUseMillis(),
                use.uses(),
                entry.spilled(),
                entry.attributes().metadata());
    }

    /// Returns how many partitions or tables ever left memory.
    public long evicted() {
        return parts().departures().evicted();
    }

    /// Returns how many bytes ever came back from disk.
    public long restoredBytes() {
        return parts().recaller().restoredBytes();
    }

    /// Returns what the operator should know, or null.
    public @Nullable String problem() {
        return parts().departures().problem();
    }

    private Parts parts() {
        Parts begun = parts;
        if (begun == null) {
            throw new IllegalStateException("cache was not begun");
        }
        return begun;
    }

    @Override
    public void close() {
        Parts begun = parts;
        if (begun != null) {
            begun.evictor().close();
        }
        if (begun != null && trace.isOn()) {
            tracker.absorbUsesNow();
        }
        trace.close();
    }
}
