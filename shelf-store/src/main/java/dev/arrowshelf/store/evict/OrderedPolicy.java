package dev.arrowshelf.store.evict;

import java.util.Comparator;
import java.util.Iterator;
import java.util.TreeSet;

/// Keeps tables in an order that changes only when one of them is used.
final class OrderedPolicy implements EvictionPolicy {
    private final TreeSet<Candidate> tables;
    private long clock;

    /// @param coldestFirst what leaves first is least
    OrderedPolicy(Comparator<Candidate> coldestFirst) {
        this.tables = new TreeSet<>(coldestFirst.thenComparingLong(Candidate::order));
    }

    @Override
    public void added(Candidate table) {
        clock = Math.max(clock, table.order());
        tables.add(table);
    }

    @Override
    public void used(Candidate table, long times, long nowMillis) {
        boolean known = tables.remove(table);
        table.use(times, nowMillis, ++clock);
        if (known) {
            tables.add(table);
        }
    }

    @Override
    public void removed(Candidate table) {
        tables.remove(table);
    }

    @Override
    public Iterator<Candidate> coldestFirst() {
        return tables.iterator();
    }
}
