package dev.arrowshelf.sql.scan;

import dev.arrowshelf.sql.arrow.ScratchPool;
import dev.arrowshelf.sql.tables.NearestFunction;
import dev.arrowshelf.sql.tables.TableNames;
import dev.arrowshelf.sql.tables.TableSource;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.table.ShelfTable;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The tables that queries hold now, each under a ticket: a random number, so that a query that
/// calls the table function by itself cannot name a table that another query may give back any
/// moment.
///
/// Thread-safe. Owns the memory of all queries until [#close()].
public final class Tables implements AutoCloseable {
    private final TableNames names;
    private final List<SystemTable> system;
    private final TableImages images = new TableImages();
    private final ScratchPool memory = new ScratchPool();
    private final LongAdder skipped = new LongAdder();
    private final SecureRandom random = new SecureRandom();
    private final Map<Long, PinnedTable> byTicket = new ConcurrentHashMap<>();

    /// @param source where names in SQL are looked up
    /// @param system tables about the shelf and the engine
    public Tables(TableSource source, List<SystemTable> system) {
        this.names = new TableNames(source);
        this.system = List.copyOf(system);
    }

    /// Returns the statements that make the functions of the system tables.
    public String definitions() {
        return system.stream().map(SystemTable::definition).collect(Collectors.joining())
                + NearestFunction.DEFINITION;
    }

    /// Returns the rows of a system table as JSON, or null when a name means none.
    @Nullable String facts(String name, boolean defining) {
        return system.stream()
                .filter(table -> table.source().equals(name))
                .map(table -> defining ? "[]" : table.json())
                .findFirst()
                .orElse(null);
    }

    /// Begins the snapshot of a query.
    public QuerySnapshot snapshot() {
        return new QuerySnapshot(this, false);
    }

    /// Begins the snapshot of the statements that make the functions: it has no rows of system
    /// tables, which would have to be read for them.
    public QuerySnapshot ofDefinitions() {
        return new QuerySnapshot(this, true);
    }

    /// Returns whether tables are of the generations that they had under these names.
    public boolean areCurrent(Map<List<String>, Long> generations) {
        return generations.entrySet().stream()
                .allMatch(table -> generation(table.getKey()) == table.getValue());
    }

    /// Returns the table that a name means, or null when it is qualified with something that is no
    /// shelf; the caller closes it. Error: `NOT_FOUND`.
    public @Nullable ShelfTable find(List<String> name) {
        return names.find(name);
    }

    private long generation(List<String> name) {
        try (ShelfTable table = names.find(name)) {
            return table == null ? 0 : table.generation();
        } catch (ShelfException _) {
            return 0; // no table of this name any more
        }
    }

    /// Returns how many tables queries hold.
    public int pinned() {
        return byTicket.size();
    }

    /// Returns how many row groups queries have passed over because of their filters, so far.
    public long groupsSkipped() {
        return skipped.sum();
    }

    void skipped() {
        skipped.increment();
    }

    /// Returns how many blocks of memory queries hold.
    public int blocksLent() {
        return memory.lent();
    }

    TableNames names() {
        return names;
    }

    ScratchPool memory() {
        return memory;
    }

    PinnedTable issue(QuerySnapshot snapshot, ShelfTable table) {
        TableImage image = images.of(table);
        while (true) {
            long ticket = random.nextLong(Long.MAX_VALUE);
            PinnedTable pinned = new PinnedTable(snapshot, table, image, ticket);
            if (byTicket.putIfAbsent(ticket, pinned) == null) {
                return pinned;
            }
        }
    }

    void revoke(PinnedTable pinned) {
        byTicket.remove(pinned.ticket());
    }

    PinnedTable of(long ticket) {
        PinnedTable pinned = byTicket.get(ticket);
        if (pinned == null) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT,
                    "this function is for the shelf's own use: name the table instead");
        }
        return pinned;
    }

    @Override
    public void close() {
        memory.close();
    }
}
