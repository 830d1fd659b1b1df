package dev.arrowshelf.store.table;

import dev.arrowshelf.memory.ForeignFileException;
import dev.arrowshelf.memory.LeasedFileException;
import dev.arrowshelf.memory.MappingBudget;
import dev.arrowshelf.memory.NoSpaceException;
import dev.arrowshelf.memory.control.CatalogueBusyException;
import dev.arrowshelf.memory.control.ControlReader;
import dev.arrowshelf.memory.control.ControlView;
import dev.arrowshelf.memory.control.Place;
import dev.arrowshelf.memory.control.Slot;
import dev.arrowshelf.memory.stamp.AccessStamps;
import dev.arrowshelf.store.catalog.TableKey;
import dev.arrowshelf.store.evict.Recaller;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.model.TableInfo;
import dev.arrowshelf.store.table.batch.AllValid;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.jspecify.annotations.Nullable;

/// The tables of a shelf directory as a reader has them: resolves names through the control block
/// and maps what they name. Needs no owner and asks nobody.
///
/// Thread-safe.
///
/// Memory rule: mappings are shared by all handles of a table and kept while nobody uses them,
/// until the table is withdrawn or others need their place. After [#close()] handles, readers and
/// vectors that are still open stay valid.
public final class TableSpace implements AutoCloseable {
    /* Why a get is right.

    A mapping stays true for ever: sealed files never change, and the owner reuses pages only when the kernel says that nobody has them
    open or mapped. So the only question is whether the name still means this mapping, and the slot's sequence answers it: it counts up
    with each change. Two loads, `superseded` of the block and the sequence, both with acquire.

    On the way to a new mapping the slot is looked at twice, before the files are opened and after they are mapped: a file that was
    renamed and recycled between its name being resolved and its being opened belongs to a slot whose sequence has changed meanwhile,
    or to a block that was superseded meanwhile. */
    private static final long PATIENCE_NANOS = 1_000_000_000;
    private static final long PAUSE_NANOS = 20_000;
    private static final int SURE_AFTER = 16;

    private final Path directory;
    private final ControlView view;
    private final TableOpener opener;
    private final TableCache cache = new TableCache();
    private final BufferAllocator allocator = new RootAllocator();
    private final AllValid allValid = new AllValid(allocator);
    private final TableSweeper sweeper;
    private final Recall recall;
    private final InstantSource clock = InstantSource.system();
    private volatile boolean closed;

    /// Somebody who makes spilled partitions readable: the owner, in this process or another.
    @FunctionalInterface
    public interface Recall {
        /// Nobody: what lies on disk is mapped there, checked and decompressed by this process.
        Recall NOBODY = (_, _, _) -> Recaller.Answer.NOBODY;

        /// Brings a partition back to memory, or checks it on disk.
        ///
        /// @param generation of the table; of another one nothing is done
        /// @throws dev.arrowshelf.store.model.ShelfException `CORRUPT` when it is damaged,
        ///   `OUT_OF_MEMORY`
        Recaller.Answer recall(byte[] key, long generation, int partition);

        /// Brings a table to the shelf that it lacks, from a tier behind it; returns whether it is
        /// there now. Called on a miss only.
        default boolean fetch(byte[] key) {
            return false;
        }
    }

    private TableSpace(Path directory, ControlView view, Recall recall) {
        this.directory = directory;
        this.view = view;
        this.recall = recall;
        this.opener = new TableOpener(directory, recall);
        this.sweeper = new TableSweeper(view, cache, opener, clock);
    }

    /// Opens a shelf directory for reading. Errors: `UNAVAILABLE` when there is no shelf,
    /// `FORBIDDEN` when it is not this user's, `CORRUPT` when its control block is not one.
    public static TableSpace open(Path directory) {
        return open(directory, Recall.NOBODY);
    }

    /// Opens a shelf directory for reading, with somebody who makes spilled tables readable.
    public static TableSpace open(Path directory, Recall recall) {
        try {
            TableSpace space = new TableSpace(directory, ControlView.open(directory), recall);
            space.sweeper.start();
            return space;
        } catch (NoSuchFileException missing) {
            throw new ShelfException(
                    ErrorCode.UNAVAILABLE, "there is no shelf: directory=" + directory, missing);
        } catch (IOException failure) {
            throw failed("shelf cannot be opened: directory=" + directory, failure);
        }
    }

    /// Returns the table of this name as it is now, or null. Errors: `INVALID_KEY`,
    /// `CATALOGUE_BUSY`, `BUSY` when this process has no mapping left, `CORRUPT`, `IO`.
    public @Nullable ShelfTable find(String name) {
        try {
            CachedTable cached = cache.get(name);
            if (cached != null && cached.isCurrent(view.current())) {
                if (cached.isOver(clock)) {
                    cache.drop(cached);
                    return null; // as good as deleted, whenever its owner gets to it
                }
                if (cached.table().retain()) {
                    return handle(cached);
                }
            }
            ShelfTable found = findSlowly(name);
            return found == null && wasFetched(name) ? findSlowly(name) : found;
        } catch (IOException failure) {
            throw failed("table cannot be opened: name=" + name, failure);
        } catch (IllegalStateException closing) {
            checkOpen();
            throw closing;
        }
    }

    private boolean wasFetched(String name) {
        byte[] key = TableName.toKey(name);
        return !TableKey.isInternal(key) && recall.fetch(key);
    }

    /// Returns facts about the table of this name, or null.
    public @Nullable TableInfo info(String name) {
        byte[] key = TableName.toKey(name);
        checkOpen();
        try {
            ControlReader control = view.current();
            Slot slot = control.find(key);
            return slot == null || isOver(control, slot) ? null : MappedTable.info(name, slot);
        } catch (IOException failure) {
            throw failed("table cannot be looked up: name=" + name, failure);
        }
    }

    /// Returns facts about all tables but the shelf's own, in no order.
    public List<TableInfo> list() {
        return list(false);
    }

    /// Returns facts about the shelf's own tables (indexes, answers), in no order.
    public List<TableInfo> internalTables() {
        return list(true);
    }

    private List<TableInfo> list(boolean internal) {
        checkOpen();
        List<TableInfo> tables = new ArrayList<>();
        try {
            ControlReader control = view.current();
            control.forEach((key, slot) -> {
                if (TableKey.isInternal(key) == internal && !isOver(control, slot)) {
                    tables.add(MappedTable.info(TableName.ofKey(key), slot));
                }
            });
            return tables;
        } catch (IOException failure) {
            throw failed("tables cannot be listed: directory=" + directory, failure);
        }
    }

    /// Lets go of a table that nobody in this process uses, so that its owner finds it free. For an
    /// owner in this process that is about to withdraw it.
    public void letGo(String name) {
        CachedTable cached = cache.get(name);
        if (cached != null && cached.table().isIdle()) {
            cache.drop(cached);
        }
    }

    /// Lets go of all tables that nobody in this process uses.
    public void letGoOfAll() {
        cache.clear();
    }

    /// Unmaps what nobody uses. Idempotent.
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        sweeper.close();
        cache.clear();
        view.close();
        allValid.close();
    }

    /// Returns the allocator of vectors whose reader was given none. It stays open while one of
    /// them lives.
    BufferAllocator allocator() {
        return allocator;
    }

    AllValid allValid() {
        return allValid;
    }

    /// Takes back the count of a handle. A table that is withdrawn by now is not kept.
    void closed(CachedTable cached) {
        MappedTable table = cached.table();
        try {
            CachedTable known = closed ? null : cache.get(table.name());
            if (known != null && known.table() == table && !known.isCurrent(view.current())) {
                cache.recheck(known, view.current());
            }
        } catch (IOException | IllegalStateException _) {
            // the next sweep looks again; giving a handle back never fails
        } finally {
            table.release();
        }
    }

    private ShelfTable handle(CachedTable cached) {
        sweeper.use(cached);
        return new TableHandle(this, cached);
    }

    private boolean isOver(ControlReader control, Slot slot) {
        AccessStamps stamps = control.stamps();
        return stamps != null
                && stamps.isLimited(slot.index())
                && stamps.isOver(slot.index(), clock.millis());
    }

    private @Nullable ShelfTable findSlowly(String name) throws IOException {
        byte[] key = TableName.toKey(name);
        long begun = System.nanoTime();
        long recalled = -1;
        long missingSequence = -1;
        int missing = 0;
        while (true) {
            checkOpen();
            ControlReader control = view.current();
            Slot slot = control.find(key);
            CachedTable cached = cache.get(name);
            if (slot == null) {
                if (cached != null) {
                    cache.drop(cached);
                }
                return null;
            }
            if (isOver(control, slot)) {
                return null;
            }
            if (slot.location().place() == Place.SPILLED_SLAB
                    && slot.sequence() != recalled
                    && (cached == null || !cached.table().isAt(slot))) {
                recalled = slot.sequence();
                recall.recall(key, slot.generation(), 0);
                continue; // it may be in memory now
            }
            try {
                ShelfTable table = open(name, control, slot, cached);
                if (table != null) {
                    return slot.location().spilled() == 0 ? table : ready(table);
                }
            } catch (NoSuchFileException gone) {
                missing = slot.sequence() == missingSequence ? missing + 1 : 0;
                missingSequence = slot.sequence();
                if (missing > SURE_AFTER && !control.isSuperseded()) {
                    throw new ShelfException(
                            ErrorCode.CORRUPT,
                            "file of a table is missing: name=%s, generation=%d, file=%s"
                                    .formatted(name, slot.generation(), gone.getFile()),
                            gone);
                }
            } catch (LeasedFileException _) {
                // the owner asks the kernel about this file: it is being withdrawn, or free again
                // in a moment
            }
            waitALittle(name, begun);
        }
    }

    /// A table of one partition is of no use without it: so who gets it hears at once when it is
    /// damaged. Others are brought back partition by partition, by whoever reads them.
    private static ShelfTable ready(ShelfTable table) {
        if (table.partitionCount() == 1 && table instanceof TableHandle handle) {
            try {
                handle.bytes(0);
            } catch (Throwable failure) {
                table.close();
                throw failure;
            }
        }
        return table;
    }

    /// Returns a handle, or null when the table changed meanwhile.
    private @Nullable ShelfTable open(
            String name, ControlReader control, Slot slot, @Nullable CachedTable cached)
            throws IOException {
        if (cached != null && cached.table().isAt(slot)) {
            CachedTable again =
                    new CachedTable(control, slot.index(), slot.sequence(), cached.table());
            boolean kept = cached.table().retain();
            if (kept && (cached.equals(again) || cache.confirm(cached, again))) {
                return handle(again);
            }
            if (kept) {
                cached.table().release();
            }
            return null;
        }
        MappedTable table = map(name, slot);
        CachedTable fresh = new CachedTable(control, slot.index(), slot.sequence(), table);
        boolean stable = false;
        try {
            stable = fresh.isCurrent(control) && !control.isSuperseded();
        } finally {
            if (!stable) {
                table.release(); // also when the space was closed meanwhile
            }
        }
        if (!stable) {
            return null;
        }
        table.retain();
        cache.add(fresh);
        if (closed) {
            cache.drop(fresh);
        }
        return handle(fresh);
    }

    private MappedTable map(String name, Slot slot) throws IOException {
        int mappings =
                slot.location().isInSlab()
                        ? 1
                        : (int) Math.min(slot.location().locator(), Integer.MAX_VALUE);
        if (cache.isFull() || MappingBudget.process().available() < mappings) {
            cache.evict(mappings);
        }
        try {
            return opener.open(name, slot);
        } catch (NoSpaceException _) {
            cache.evict(mappings);
            return opener.open(name, slot);
        }
    }

    private static void waitALittle(String name, long begun) {
        if (System.nanoTime() - begun > PATIENCE_NANOS) {
            throw new ShelfException(
                    ErrorCode.CATALOGUE_BUSY,
                    "table changes faster than it can be opened: name=%s, waitedMillis=%d"
                            .formatted(name, PATIENCE_NANOS / 1_000_000));
        }
        LockSupport.parkNanos(PAUSE_NANOS);
    }

    private void checkOpen() {
        if (closed) {
            throw new ShelfException(ErrorCode.CLOSED, "shelf is closed: directory=" + directory);
        }
    }

    private static ShelfException failed(String fact, IOException failure) {
        ErrorCode code =
                switch (failure) {
                    case CatalogueBusyException _ -> ErrorCode.CATALOGUE_BUSY;
                    case NoSpaceException _ -> ErrorCode.BUSY;
                    case ForeignFileException _ -> ErrorCode.FORBIDDEN;
                    default -> ErrorCode.IO;
                };
        return new ShelfException(code, fact + ", cause=" + failure.getMessage(), failure);
    }
}
