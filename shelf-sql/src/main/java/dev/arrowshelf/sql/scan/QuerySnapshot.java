package dev.arrowshelf.sql.scan;

import dev.arrowshelf.sql.arrow.Scratch;
import dev.arrowshelf.sql.tables.TableNames;
import dev.arrowshelf.store.table.ShelfTable;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The tables of one query: each is looked up once, and stays what it was then, however often the
/// query names it and whatever happens to it on the shelf.
///
/// Thread-safe. Closed when DuckDB has ended the query; closing gives the tables back.
public final class QuerySnapshot implements AutoCloseable {
    private final Tables tables;
    private final boolean defining;
    private final Map<List<String>, PinnedTable> byName = new HashMap<>();
    private final Map<Long, PinnedTable> byGeneration = new HashMap<>();
    private final List<Scratch> scratches = new ArrayList<>();
    private final List<Runnable> endings = new ArrayList<>();
    private @Nullable RuntimeException failure;
    private boolean closed;
    private boolean passing;

    /// @param defining whether system tables are empty
    QuerySnapshot(Tables tables, boolean defining) {
        this.tables = tables;
        this.defining = defining;
    }

    /// Returns the first failure in a callback of this query, or null. DuckDB passes on its text
    /// only.
    public synchronized @Nullable RuntimeException failure() {
        return failure;
    }

    /// Returns the generation of each table that the query has named so far; empty when it also
    /// reads what is made for it alone.
    public synchronized Optional<Map<List<String>, Long>> generations() {
        return passing
                ? Optional.empty()
                : Optional.of(
                        byName.entrySet().stream()
                                .collect(
                                        Collectors.toMap(
                                                Map.Entry::getKey,
                                                pinned -> pinned.getValue().table().generation())));
    }

    /// Returns zeroed memory that lives as long as this snapshot.
    public MemorySegment memory(long bytes) {
        return scratch().allocate(bytes);
    }

    /// A row group was not touched.
    void skipped() {
        tables.skipped();
    }

    /// Returns the rows of a system table as JSON, or null when the name means none.
    @Nullable String facts(List<String> name) {
        String rows = name.size() == 1 ? tables.facts(name.getFirst(), defining) : null;
        if (rows != null) {
            pass();
        }
        return rows;
    }

    private synchronized void pass() {
        passing = true;
    }

    /// Has something done when the query has ended.
    synchronized void atEnd(Runnable ending) {
        endings.add(ending);
    }

    synchronized void fail(RuntimeException cause) {
        if (failure == null) {
            failure = cause;
        }
    }

    /// Returns the table of a name, or null when the name is not about tables of a shelf.
    synchronized @Nullable PinnedTable pin(List<String> name) {
        checkOpen();
        PinnedTable known = byName.get(name);
        if (known != null) {
            return known;
        }
        passing |= TableNames.isMadeForQuery(name);
        ShelfTable found = tables.names().find(name);
        if (found == null) {
            return null;
        }
        PinnedTable pinned = byGeneration.get(found.generation());
        if (pinned == null) {
            try {
                pinned = tables.issue(this, found);
            } catch (Throwable damaged) {
                found.close();
                throw damaged;
            }
            byGeneration.put(found.generation(), pinned);
        } else {
            found.close();
        }
        byName.put(name, pinned);
        return pinned;
    }

    /// Returns memory that lives as long as this snapshot, for one thread.
    synchronized Scratch scratch() {
        checkOpen();
        Scratch scratch = tables.memory().scratch();
        scratches.add(scratch);
        return scratch;
    }

    @Override
    public synchronized void close() {
        closed = true;
        endings.forEach(Runnable::run);
        endings.clear();
        byGeneration
                .values()
                .forEach(pinned -> {
                    tables.revoke(pinned);
                    pinned.table().close();
                });
        byGeneration.clear();
        byName.clear();
        scratches.forEach(Scratch::close);
        scratches.clear();
    }

    private void checkOpen() {
        if (closed) {
            throw new IllegalStateException("query has ended");
        }
    }
}
