package dev.arrowshelf.store.owner;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.arrowshelf.memory.NoSpaceException;
import dev.arrowshelf.memory.control.ControlSettings;
import dev.arrowshelf.memory.control.ControlWriter;
import dev.arrowshelf.memory.control.MemoryFigures;
import dev.arrowshelf.memory.control.Place;
import dev.arrowshelf.memory.control.Slot;
import dev.arrowshelf.store.catalog.Slabs;
import dev.arrowshelf.store.catalog.TableKey;
import dev.arrowshelf.store.model.TableInfo;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/// Which table each key names: the control block that readers see, and what the owner remembers
/// beside it about tables in segments.
///
/// Thread-safe: one lock makes the single writer of the control block; under it only memory is
/// touched, but for the rare growth of the block. Who changes a key's table holds that key's lock
/// of [KeyLocks] around the whole change.
final class Catalogue implements AutoCloseable {
    private final Path directory;
    private final IntFunction<ControlSettings> settings;
    private final Slabs slabs;
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private ControlWriter control;

    @GuardedBy("lock")
    private final Map<Long, TableEntry.InSegments> inSegments = new HashMap<>();

    @GuardedBy("lock")
    private String address = "";

    /// Prepares a control block with room for some tables, which nobody sees before [#install].
    ///
    /// @param settings of a block with room for a number of tables
    Catalogue(Path directory, IntFunction<ControlSettings> settings, int tables, Slabs slabs)
            throws IOException {
        this.directory = directory;
        this.settings = settings;
        this.slabs = slabs;
        this.control = ControlWriter.create(directory, settings.apply(tables));
    }

    /// Shows the block to readers in place of the one that an earlier owner left.
    void install() throws IOException {
        lock.lock();
        try {
            control.install();
        } finally {
            lock.unlock();
        }
    }

    /// Returns what a key names, or null.
    @Nullable TableEntry find(TableKey key) {
        byte[] bytes = key.bytes();
        lock.lock();
        try {
            return entry(control.find(bytes), bytes.length);
        } finally {
            lock.unlock();
        }
    }

    /// Shows a table under its key. The table's truth (descriptor or live record) is in place
    /// already; what the key named before is found by [#find] and is removed by the caller
    /// afterwards.
    ///
    /// Death before or after: the next owner builds the block anew from the truth.
    ///
    /// @throws IOException when the block is full and cannot grow; nothing was shown then
    void publish(TableKey key, TableEntry entry, @Nullable TableEntry replaced) throws IOException {
        byte[] bytes = key.bytes();
        lock.lock();
        try {
            control.publish(bytes, entry.generation(), entry.location(), entry.figures());
            if (entry instanceof TableEntry.InSegments segments) {
                inSegments.put(entry.generation(), segments);
            }
            if (replaced instanceof TableEntry.InSegments) {
                inSegments.remove(replaced.generation());
            }
        } finally {
            lock.unlock();
        }
    }

    /// Takes a key's table out of sight and returns it, or null.
    @Nullable TableEntry withdraw(TableKey key) {
        byte[] bytes = key.bytes();
        lock.lock();
        try {
            TableEntry entry = entry(control.withdraw(bytes), bytes.length);
            if (entry instanceof TableEntry.InSegments) {
                inSegments.remove(entry.generation());
            }
            return entry;
        } finally {
            lock.unlock();
        }
    }

    /// What was cleared.
    record Cleared(int tables, List<TableEntry.InSegments> inSegments) {}

    /// Takes all tables out of sight: in one step by a new, empty block, or one after the other
    /// where a full file system has no room for it. The caller keeps every key from changing
    /// meanwhile.
    ///
    /// Death before the new block has its name: nothing was deleted. After it: the truth is still
    /// there, and so are the tables after a restart.
    Cleared clear() throws IOException {
        lock.lock();
        try {
            Cleared cleared = new Cleared(control.tables(), List.copyOf(inSegments.values()));
            try {
                replaceByEmptyBlock();
            } catch (NoSpaceException _) {
                for (byte[] key : keys()) {
                    control.withdraw(key);
                }
            }
            inSegments.clear();
            return cleared;
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private void replaceByEmptyBlock() throws IOException {
        ControlWriter empty = ControlWriter.create(directory, settings.apply(0));
        try {
            empty.setAddress(address);
            empty.setMemoryFigures(control.header().memory());
            empty.install();
        } catch (IOException | RuntimeException failure) {
            empty.close();
            throw failure;
        }
        control.close();
        control = empty;
    }

    List<byte[]> keys() {
        lock.lock();
        try {
            List<byte[]> keys = new ArrayList<>(control.tables());
            control.forEach((key, _) -> keys.add(key));
            return keys;
        } finally {
            lock.unlock();
        }
    }

    @Nullable TableInfo info(TableKey key) {
        TableEntry entry = find(key);
        return entry == null ? null : info(key.text(), entry);
    }

    static TableInfo info(String name, TableEntry entry) {
        return new TableInfo(
                name,
                entry.generation(),
                entry.figures().rows(),
                entry.figures().bytes(),
                entry.figures().columns(),
                entry.partitions(),
                entry.figures().createdMillis());
    }

    int tables() {
        lock.lock();
        try {
            return control.tables();
        } finally {
            lock.unlock();
        }
    }

    void heartbeat(MemoryFigures figures) {
        lock.lock();
        try {
            control.setMemoryFigures(figures);
            control.heartbeat();
        } finally {
            lock.unlock();
        }
    }

    String address() {
        lock.lock();
        try {
            return address;
        } finally {
            lock.unlock();
        }
    }

    void setAddress(String hostAndPort) {
        lock.lock();
        try {
            control.setAddress(hostAndPort);
            address = hostAndPort;
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private @Nullable TableEntry entry(@Nullable Slot slot, int keyBytes) {
        if (slot == null) {
            return null;
        }
        if (slot.location().place() == Place.SLAB) {
            return new TableEntry.InSlab(
                    slot.generation(),
                    slot.figures(),
                    slabs.placeOf(
                            slot.location().locator(),
                            slot.location().offset(),
                            slot.location().length(),
                            keyBytes));
        }
        TableEntry.InSegments entry = inSegments.get(slot.generation());
        if (entry == null) {
            throw new IllegalStateException(
                    "slot names segments that the owner does not know: generation=%016x"
                            .formatted(slot.generation()));
        }
        return entry;
    }

    /// Says in the block that nobody owns the shelf now, and lets go of it.
    @Override
    public void close() {
        lock.lock();
        try {
            control.close();
        } finally {
            lock.unlock();
        }
    }
}
