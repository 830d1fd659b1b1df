package dev.arrowshelf.store.publish;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.arrowshelf.memory.NoSpaceException;
import dev.arrowshelf.memory.control.ControlSettings;
import dev.arrowshelf.memory.control.ControlWriter;
import dev.arrowshelf.memory.control.MemoryFigures;
import dev.arrowshelf.memory.control.Place;
import dev.arrowshelf.memory.control.Slot;
import dev.arrowshelf.memory.control.SlotLocation;
import dev.arrowshelf.memory.stamp.AccessStamps;
import dev.arrowshelf.memory.stamp.Lifetime;
import dev.arrowshelf.store.catalog.SlabPlace;
import dev.arrowshelf.store.catalog.TableKey;
import dev.arrowshelf.store.model.TableAttributes;
import dev.arrowshelf.store.model.TableInfo;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/// Which table each key names: the control block that readers see, and what the owner remembers
/// beside it about tables in segments.
///
/// Thread-safe: the monitor makes the single writer of the control block; under it only memory is
/// touched, but for the rare growth of the block. Who changes a key's table holds that key's lock
/// of [KeyLocks] around the whole change.
public final class Catalogue implements AutoCloseable {
    private final Path directory;
    private final IntFunction<ControlSettings> settings;
    private final Consumer<ControlWriter.Room> account;

    @GuardedBy("this")
    private ControlWriter control;

    @GuardedBy("this")
    private ControlWriter.Room counted = ControlWriter.Room.NONE;

    @GuardedBy("this")
    private final Map<Long, TableEntry.InSegments> inSegments = new HashMap<>();

    @GuardedBy("this")
    private String address = "";

    /// Prepares a control block with room for some tables, which nobody sees before [#install].
    ///
    /// @param settings of a block with room for a number of tables
    /// @param account is told how large the block is, and will be; under the catalogue's lock
    public Catalogue(
            Path directory,
            IntFunction<ControlSettings> settings,
            int tables,
            Consumer<ControlWriter.Room> account)
            throws IOException {
        this.directory = directory;
        this.settings = settings;
        this.account = account;
        this.control = ControlWriter.create(directory, settings.apply(tables));
        count();
    }

    @GuardedBy("this")
    private void count() {
        ControlWriter.Room now = control.room();
        if (!now.equals(counted)) {
            counted = now;
            account.accept(now);
        }
    }

    /// Shows the block to readers in place of the one that an earlier owner left.
    public synchronized void install() throws IOException {
        control.install();
    }

    /// Returns what a key names, or null.
    public synchronized @Nullable TableEntry find(TableKey key) {
        byte[] bytes = key.bytes();
        return entry(control.find(bytes), bytes.length);
    }

    /// Shows a table under its key. The table's truth (descriptor or live record) is in place
    /// already; what the key named before is found by [#find] and is removed by the caller
    /// afterwards.
    ///
    /// Death before or after: the next owner builds the block anew from the truth.
    ///
    /// @throws IOException when the block is full and cannot grow; nothing was shown then
    public synchronized void publish(
            TableKey key, TableEntry entry, @Nullable TableEntry replaced, long lastUseMillis)
            throws IOException {
        byte[] bytes = key.bytes();
        control.publish(
                bytes,
                entry.generation(),
                entry.location(),
                entry.figures(),
                lifetime(entry, lastUseMillis));
        count();
        if (entry instanceof TableEntry.InSegments segments) {
            inSegments.put(entry.generation(), segments);
        }
        if (replaced instanceof TableEntry.InSegments) {
            inSegments.remove(replaced.generation());
        }
    }

    private static Lifetime lifetime(TableEntry entry, long lastUseMillis) {
        TableAttributes attributes = entry.attributes();
        return new Lifetime(
                attributes.expiresMillis(),
                attributes.mostIdleMillis(),
                Math.max(0, lastUseMillis));
    }

    /// Shows that a table's files lie elsewhere, or its life has changed; stamps stay. False when
    /// the key names another generation by now.
    public synchronized boolean relocate(TableKey key, TableEntry entry) {
        if (!control.relocate(key.bytes(), entry.generation(), entry.location())) {
            return false;
        }
        if (entry instanceof TableEntry.InSegments segments) {
            inSegments.put(entry.generation(), segments);
        }
        return true;
    }

    /// Says how long a key's table lives; false when the key names nothing.
    public synchronized boolean setLifetime(TableKey key, TableAttributes attributes) {
        Slot slot = control.find(key.bytes());
        if (slot == null) {
            return false;
        }
        control.setLifetime(slot.index(), attributes.expiresMillis(), attributes.mostIdleMillis());
        return true;
    }

    /// How a key's table is used and how long it lives; null when the key names nothing.
    public synchronized @Nullable Use use(TableKey key) {
        Slot slot = control.find(key.bytes());
        if (slot == null) {
            return null;
        }
        AccessStamps stamps = control.stamps();
        return new Use(
                slot.generation(),
                new Lifetime(
                        stamps.expires(slot.index()),
                        stamps.mostIdle(slot.index()),
                        Math.max(0, stamps.lastUse(slot.index()))),
                stamps.uses(slot.index()));
    }

    /// What the stamps say about a table.
    ///
    /// @param uses how often it was used, about
    public record Use(long generation, Lifetime lifetime, long uses) {}

    /// Stamps a key's table as used now.
    public synchronized void used(TableKey key, long nowMillis) {
        Slot slot = control.find(key.bytes());
        if (slot != null) {
            control.stamps().used(slot.index(), nowMillis, 1);
        }
    }

    /// Shows every table with how it is used; under the lock, so it must be quick.
    public synchronized void forEachUse(UseVisitor visitor) {
        AccessStamps stamps = control.stamps();
        control.forEach((key, slot) ->
                visitor.visit(
                        key,
                        slot.generation(),
                        stamps.lastUse(slot.index()),
                        stamps.uses(slot.index())));
    }

    /// Gets called for each table.
    @FunctionalInterface
    public interface UseVisitor {
        /// Takes one table's stamps.
        void visit(byte[] key, long generation, long lastUseMillis, long uses);
    }

    /// Takes a key's table out of sight and returns it, or null.
    public synchronized @Nullable TableEntry withdraw(TableKey key) {
        byte[] bytes = key.bytes();
        TableEntry entry = entry(control.withdraw(bytes), bytes.length);
        if (entry instanceof TableEntry.InSegments) {
            inSegments.remove(entry.generation());
        }
        return entry;
    }

    /// What was cleared.
    public record Cleared(int tables, List<TableEntry.InSegments> inSegments) {}

    /// Takes all tables out of sight: in one step by a new, empty block, or one after the other
    /// where a full file system has no room for it. The caller keeps every key from changing
    /// meanwhile.
    ///
    /// Death before the new block has its name: nothing was deleted. After it: the truth is still
    /// there, and so are the tables after a restart.
    public synchronized Cleared clear() throws IOException {
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
    }

    @GuardedBy("this")
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
        count();
    }

    public synchronized List<byte[]> keys() {
        List<byte[]> keys = new ArrayList<>(control.tables());
        control.forEach((key, _) -> keys.add(key));
        return keys;
    }

    public @Nullable TableInfo info(TableKey key) {
        TableEntry entry = find(key);
        return entry == null ? null : info(key.text(), entry);
    }

    public static TableInfo info(String name, TableEntry entry) {
        return new TableInfo(
                name,
                entry.generation(),
                entry.figures().rows(),
                entry.figures().bytes(),
                entry.figures().columns(),
                entry.partitions(),
                entry.figures().createdMillis());
    }

    public synchronized int tables() {
        return control.tables();
    }

    public synchronized void heartbeat(MemoryFigures figures) {
        control.setMemoryFigures(figures);
        control.heartbeat();
    }

    public synchronized String address() {
        return address;
    }

    public synchronized void setAddress(String hostAndPort) {
        control.setAddress(hostAndPort);
        address = hostAndPort;
    }

    @GuardedBy("this")
    private @Nullable TableEntry entry(@Nullable Slot slot, int keyBytes) {
        if (slot == null) {
            return null;
        }
        SlotLocation location = slot.location();
        if (location.isInSlab()) {
            return new TableEntry.InSlab(
                    slot.generation(),
                    slot.figures(),
                    SlabPlace.of(
                            location.locator(),
                            location.offset(),
                            location.length(),
                            keyBytes,
                            location.place() == Place.SPILLED_SLAB),
                    control.stamps().expires(slot.index()));
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
    public synchronized void close() {
        control.close();
    }
}
