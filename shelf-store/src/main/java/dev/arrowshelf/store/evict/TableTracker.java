package dev.arrowshelf.store.evict;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.arrowshelf.store.catalog.TableKey;
import dev.arrowshelf.store.model.EvictionMode;
import dev.arrowshelf.store.publish.Catalogue;
import dev.arrowshelf.store.publish.TableEntry;
import dev.arrowshelf.store.publish.TableWatcher;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// What the owner remembers about tables to choose those that leave: who put them, how they are
/// used.
///
/// Thread-safe: one lock guards the policy and the lists; taken inside the lock of a key, and never
/// around the catalogue's.
public final class TableTracker implements TableWatcher {
    /// Reading all stamps takes no more than this part of the time: at once for a few tables, from
    /// time to time for many.
    private static final int ABSORB_PART = 20;

    private final EvictionPolicy policy;
    private final EvictionMode mode;
    private final Deadlines deadlines;
    private final LongSupplier limitBytes;
    private final UseSource source;
    private final TraceRecorder trace;

    @GuardedBy("this")
    private final Map<TableKey, Tracked> tables = new HashMap<>();

    /// Those of which something is in memory: what the policy knows.
    @GuardedBy("this")
    private final Map<Candidate, Tracked> inMemory = new HashMap<>();

    /// What each client has in memory.
    @GuardedBy("this")
    private final Map<String, Long> bytesOfClients = new HashMap<>();

    @GuardedBy("this")
    private long puts;

    @GuardedBy("this")
    private long nextAbsorbNanos = System.nanoTime();

    /// A table with what names it and what the policy knows of it.
    ///
    /// @param slab the slab in memory that it lies in among others; 0: none
    /// @param residentBytes what of it is in memory
    public record Tracked(
            TableKey key,
            long generation,
            String client,
            long slab,
            Candidate candidate,
            long residentBytes) {
        Tracked at(TableEntry entry) {
            return new Tracked(key, generation, client, slabOf(entry), candidate, resident(entry));
        }
    }

    /// Where uses are stamped.
    @FunctionalInterface
    public interface UseSource {
        /// Shows every table's stamps.
        void forEach(Catalogue.UseVisitor visitor);
    }

    TableTracker(
            EvictionPolicy policy,
            EvictionMode mode,
            Deadlines deadlines,
            LongSupplier limitBytes,
            UseSource source,
            TraceRecorder trace) {
        this.policy = policy;
        this.mode = mode;
        this.deadlines = deadlines;
        this.limitBytes = limitBytes;
        this.source = source;
        this.trace = trace;
    }

    @Override
    public void shown(TableKey key, TableEntry entry, String client) {
        note(key, entry);
        if (mode == EvictionMode.OFF) {
            return;
        }
        synchronized (this) {
            Candidate candidate =
                    new Candidate(
                            key.text(),
                            ++puts,
                            Math.max(1, entry.figures().bytes()),
                            entry.figures().createdMillis(),
                            entry.attributes().expiresMillis());
            Tracked tracked =
                    new Tracked(
                            key,
                            entry.generation(),
                            client,
                            slabOf(entry),
                            candidate,
                            resident(entry));
            forget(tables.put(key, tracked));
            remember(tracked);
            trace.add(key.text(), candidate.bytes(), 1);
        }
    }

    private static long resident(TableEntry entry) {
        boolean onDisk = entry.partitions() == entry.spilled();
        return onDisk ? 0 : Math.max(1, entry.residentBytes());
    }

    private static long slabOf(TableEntry entry) {
        return entry instanceof TableEntry.InSlab small && !small.place().spilled()
                ? small.place().slab()
                : 0;
    }

    @Override
    public synchronized void moved(TableKey key, TableEntry entry) {
        Tracked known = tables.get(key);
        if (known != null && known.generation() == entry.generation()) {
            Tracked after = known.at(entry);
            tables.put(key, after);
            if (known.residentBytes() > 0 && after.residentBytes() > 0) {
                inMemory.put(known.candidate(), after);
                count(known.client(), after.residentBytes() - known.residentBytes());
            } else {
                forget(known);
                remember(after);
            }
        }
    }

    @GuardedBy("this")
    private void remember(Tracked table) {
        if (table.residentBytes() > 0) {
            policy.added(table.candidate());
            inMemory.put(table.candidate(), table);
            count(table.client(), table.residentBytes());
        }
    }

    @GuardedBy("this")
    private void count(String client, long bytes) {
        bytesOfClients.merge(
                client, bytes, (before, more) -> before + more == 0 ? null : before + more);
    }

    /// Notes when a table may be over by itself.
    void note(TableKey key, TableEntry entry) {
        long expires = entry.attributes().expiresMillis();
        long idle = entry.attributes().mostIdleMillis();
        if (expires != 0) {
            deadlines.add(key, entry.generation(), expires);
        }
        if (idle != 0) {
            deadlines.add(key, entry.generation(), deadlines.nowMillis() + idle);
        }
    }

    @Override
    public synchronized void gone(TableKey key, TableEntry entry) {
        Tracked known = tables.get(key);
        if (known != null && known.generation() == entry.generation()) {
            tables.remove(key);
            forget(known);
        }
    }

    @GuardedBy("this")
    private void forget(@Nullable Tracked gone) {
        if (gone != null && inMemory.remove(gone.candidate()) != null) {
            policy.removed(gone.candidate());
            count(gone.client(), -gone.residentBytes());
        }
    }

    @Override
    public synchronized void allGone() {
        inMemory.keySet().forEach(policy::removed);
        inMemory.clear();
        tables.clear();
        bytesOfClients.clear();
        deadlines.clear();
    }

    /// Tells the policy what readers stamped since the last time, in the order of their last uses.
    void absorbUses() {
        synchronized (this) {
            if (System.nanoTime() - nextAbsorbNanos < 0) {
                return;
            }
        }
        absorbUsesNow();
    }

    /// Does so whenever the last time was.
    void absorbUsesNow() {
        long began = System.nanoTime();
        record Used(TableKey key, long generation, long lastUse, long uses) {}
        List<Used> stamps = new ArrayList<>();
        source.forEach((key, generation, lastUse, uses) ->
                stamps.add(new Used(TableKey.of(key), generation, lastUse, uses)));
        stamps.sort(Comparator.comparingLong(Used::lastUse));
        synchronized (this) {
            for (Used used : stamps) {
                Tracked known = tables.get(used.key());
                if (known != null && known.generation() == used.generation()) {
                    Candidate candidate = known.candidate();
                    long times = used.uses() - candidate.uses();
                    if (times > 0) {
                        trace.add(candidate.name(), candidate.bytes(), times);
                        policy.used(candidate, times, used.lastUse());
                    }
                }
            }
            long now = System.nanoTime();
            nextAbsorbNanos = now + ABSORB_PART * (now - began);
        }
    }

    /// Returns the tables that have something in memory, in the order in which they should leave.
    /// Tables of clients that hold more than their share of it come before all others.
    synchronized List<Tracked> coldestFirst() {
        long share = limitBytes.getAsLong() / Math.max(1, bytesOfClients.size());
        List<Tracked> greedy = new ArrayList<>();
        List<Tracked> others = new ArrayList<>();
        Map<String, Long> left = new HashMap<>(bytesOfClients);
        Iterator<Candidate> coldest = policy.coldestFirst();
        while (coldest.hasNext()) {
            Tracked table = inMemory.get(coldest.next());
            if (table == null) {
                continue;
            }
            long held = left.getOrDefault(table.client(), 0L);
            if (bytesOfClients.size() > 1 && held > share) {
                left.put(table.client(), held - table.residentBytes());
                greedy.add(table);
            } else {
                others.add(table);
            }
        }
        greedy.addAll(others);
        return bySlab(greedy);
    }

    /// Small tables leave by the slab: it takes the place of the one in its middle.
    private static List<Tracked> bySlab(List<Tracked> order) {
        Map<Long, Integer> left = new HashMap<>();
        for (Tracked table : order) {
            if (table.slab() != 0) {
                left.merge(table.slab(), 1, Integer::sum);
            }
        }
        if (left.isEmpty()) {
            return order;
        }
        left.replaceAll((_, tables) -> (tables + 1) / 2);
        List<Tracked> bySlab = new ArrayList<>();
        for (Tracked table : order) {
            if (table.slab() == 0 || left.merge(table.slab(), -1, Integer::sum) == 0) {
                bySlab.add(table);
            }
        }
        return bySlab;
    }
}
