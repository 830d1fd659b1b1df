package dev.arrowshelf.memory.control;

import dev.arrowshelf.memory.stamp.AccessStamps;
import dev.arrowshelf.memory.stamp.Lifetime;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.jspecify.annotations.Nullable;

/// The owner's hand on the control block: publishes and withdraws tables, and replaces the block
/// when it is full.
///
/// Single writer: the caller holds one lock around every method, and holds the [OwnerLock]. A fresh
/// writer's block lies in `tmp/` and is seen by nobody until [#install]. `close` says in the block
/// that nobody owns the shelf now.
public final class ControlWriter implements AutoCloseable {
    /*
     * Replacing the block
     *
     * 1. the new block is written into tmp/, whole;
     * 2. `superseded` of the old block is set;
     * 3. the new one is renamed to `control`.
     *
     * If we die after 1, the old block stays true and tmp/ is swept at the next start. After 2, readers open `control` by
     * name again, find the old block, see that its owner is gone, and use it as it is: it was true when we
     * died, since nothing is published between 2 and 3. After 3, readers find the new block. In each case the next owner
     * builds a block from descriptors and slabs and supersedes whatever has the name.
     */
    private static final int LEAST_SLOTS = 256;
    private static final int MOST_SLOTS = 1 << 30;
    private static final long LEAST_HEAP_BYTES = 16 << 10;
    private static final long GUESSED_KEY_BYTES = 40;
    private static final double FULL = 0.8;
    private static final double GROWS_SOON = 2 / 3.0;

    private final Path directory;
    private final ControlSettings settings;
    private final ControlSteps steps;
    private ControlBlock block;
    private AccessStamps stamps;
    private @Nullable Path uninstalled;
    private String address = "";
    private int live;
    private int used;
    private boolean closed;

    private ControlWriter(Path directory, ControlSettings settings, ControlSteps steps)
            throws IOException {
        this.directory = directory;
        this.settings = settings;
        this.steps = steps;
        long incarnation = settings.generations().getAsLong();
        this.uninstalled = temporary(incarnation);
        this.block =
                newBlock(
                        incarnation,
                        slotsFor(settings.tables()),
                        settings.tables() * GUESSED_KEY_BYTES);
        this.stamps = AccessStamps.create(directory, incarnation, block.slots().slotCount());
    }

    /// Writes an empty block into the directory's `tmp/`, which must exist.
    public static ControlWriter create(Path directory, ControlSettings settings)
            throws IOException {
        return create(directory, settings, ControlSteps.NONE);
    }

    static ControlWriter create(Path directory, ControlSettings settings, ControlSteps steps)
            throws IOException {
        return new ControlWriter(directory, settings, steps);
    }

    /// Gives the block the name `control`; readers of the one that had it move over.
    public void install() throws IOException {
        Path from = uninstalled;
        if (from == null) {
            return;
        }
        steps.reached(ControlSteps.Step.BLOCK_WRITTEN);
        if (ControlBlock.supersede(directory.resolve(ControlLayout.FILE_NAME))) {
            steps.reached(ControlSteps.Step.OLD_SUPERSEDED);
        }
        AccessStamps.install(directory, block.get(ControlLayout.INCARNATION_AT));
        rename(from);
        uninstalled = null;
    }

    /// Shows a table under its key, in place of what the key named before; returns the slot.
    ///
    /// The table's bytes must be in place already. Grows the block when it is full, which needs
    /// room in the file system.
    public int publish(byte[] key, long generation, SlotLocation location, TableFigures figures)
            throws IOException {
        return publish(
                key, generation, location, figures, Lifetime.unlimited(settings.clock().millis()));
    }

    /// Shows a table that may end by itself, as [#publish(byte[], long, SlotLocation,
    /// TableFigures)] does.
    public int publish(
            byte[] key,
            long generation,
            SlotLocation location,
            TableFigures figures,
            Lifetime lifetime)
            throws IOException {
        checkKey(key);
        KeyHash hash = KeyHash.of(key);
        ControlBlock.Content content = new ControlBlock.Content(generation, location, figures);
        Spot spot = spotFor(hash, key);
        if (!spot.holdsKey() && !fits(spot, key.length)) {
            rebuild(key.length);
            spot = spotFor(hash, key);
        }
        long keyOffset = spot.holdsKey() ? block.keyOffset(spot.index()) : block.appendKey(key);
        stamps.begin(
                spot.index(),
                lifetime.lastUseMillis(),
                lifetime.expiresMillis(),
                lifetime.mostIdleMillis());
        block.writeLive(spot.index(), hash, keyOffset, key.length, content);
        live += spot.live() ? 0 : 1;
        used += spot.fresh() ? 1 : 0;
        changed();
        return spot.index();
    }

    /// Shows that a table's files lie elsewhere now; its lifetime and stamps stay. False when the
    /// key names another generation.
    public boolean relocate(byte[] key, long generation, SlotLocation location) {
        Slot slot = find(key);
        if (slot == null || slot.generation() != generation) {
            return false;
        }
        KeyHash hash = KeyHash.of(key);
        block.writeLive(
                slot.index(),
                hash,
                block.keyOffset(slot.index()),
                key.length,
                new ControlBlock.Content(generation, location, slot.figures()));
        changed();
        return true;
    }

    /// When tables were used and how long they live, by slot.
    public AccessStamps stamps() {
        return stamps;
    }

    /// Sets how long a slot's table lives.
    public void setLifetime(int slot, long expiresMillis, long mostIdleMillis) {
        stamps.setLifetime(slot, expiresMillis, mostIdleMillis);
    }

    /// Takes a key's table out of sight; returns what it was, or null when the key names nothing.
    public @Nullable Slot withdraw(byte[] key) {
        Slot slot = find(key);
        if (slot != null) {
            block.writeWithdrawn(slot.index());
            live--;
            changed();
        }
        return slot;
    }

    /// The live slot of a key, or null.
    public @Nullable Slot find(byte[] key) {
        Spot spot = spotFor(KeyHash.of(key), key);
        return spot.live() ? block.slots().readLive(spot.index(), key) : null;
    }

    /// Shows every live table with its key.
    public void forEach(ControlReader.Visitor visitor) {
        SlotTable slots = block.slots();
        for (int index = 0; index < slots.slotCount(); index++) {
            SlotTable.Entry entry = slots.readLive(index);
            if (entry != null) {
                visitor.visit(entry.key(), entry.slot());
            }
        }
    }

    /// How many tables are live.
    public int tables() {
        return live;
    }

    /// Everything in the block's head.
    public ControlHeader header() {
        return ControlHeader.read(block.bytes());
    }

    /// Says that the owner lives; about once a second.
    public void heartbeat() {
        block.set(ControlLayout.HEARTBEAT_AT, settings.clock().millis());
    }

    /// Says where the shelf's memory is.
    public void setMemoryFigures(MemoryFigures figures) {
        block.set(ControlLayout.MEMORY_LIMIT_AT, figures.limitBytes());
        block.set(ControlLayout.RESIDENT_AT, figures.residentBytes());
        block.set(ControlLayout.POOL_AT, figures.poolBytes());
        block.set(ControlLayout.UNLINKED_AT, figures.unlinkedBytes());
        block.set(ControlLayout.WRITING_AT, figures.writingBytes());
    }

    /// Says where the daemon serves, as `host:port`; empty when it does not.
    public void setAddress(String hostAndPort) {
        byte[] text = hostAndPort.getBytes(StandardCharsets.UTF_8);
        if (text.length > ControlLayout.MOST_ADDRESS_BYTES) {
            throw new IllegalArgumentException(
                    "address is too long: bytes=%d, most=%d"
                            .formatted(text.length, ControlLayout.MOST_ADDRESS_BYTES));
        }
        address = hostAndPort;
        block.setAddress(text);
    }

    /// Ends the ownership in the block and the mapping; tables stay readable. The second call does
    /// nothing.
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        block.setAddress(new byte[0]);
        block.set(ControlLayout.OWNER_PID_AT, 0);
        block.close();
        stamps.close();
    }

    private void changed() {
        block.set(ControlLayout.TABLES_AT, live);
        block.set(ControlLayout.CHANGES_AT, block.get(ControlLayout.CHANGES_AT) + 1);
    }

    private boolean fits(Spot spot, int keyBytes) {
        boolean roomForSlot = !spot.fresh() || used + 1 <= FULL * block.slots().slotCount();
        return roomForSlot && keyBytes <= block.heapFreeBytes();
    }

    /// Where a key is, was, or would go: the first withdrawn slot of its chain, else the never used
    /// one at its end.
    private Spot spotFor(KeyHash hash, byte[] key) {
        SlotTable slots = block.slots();
        int reusable = -1;
        int index = slots.firstSlot(hash);
        for (int step = 0; step < slots.slotCount(); step++, index = slots.following(index)) {
            switch (slots.glance(index, hash, key)) {
                case LIVE -> {
                    return new Spot(index, true, true, false);
                }
                case WITHDRAWN -> {
                    return new Spot(index, true, false, false);
                }
                case NEVER_USED -> {
                    return reusable >= 0
                            ? new Spot(reusable, false, false, false)
                            : new Spot(index, false, false, true);
                }
                case OTHER_KEY ->
                        reusable =
                                reusable < 0 && slots.isSettledWithoutTable(index)
                                        ? index
                                        : reusable;
                case UNSTABLE ->
                        throw new IllegalStateException(
                                "slot is unstable for its own writer: index=" + index);
            }
        }
        throw new IllegalStateException("no slot is free: slots=" + slots.slotCount());
    }

    /// Returns how large the block and its stamps are, and how much they will grow, if that is not
    /// far off: once two thirds of the room are taken.
    public Room room() {
        int slots = block.slots().slotCount();
        long heap = block.heapBytes();
        long taken = heap - block.heapFreeBytes();
        long bytes = ControlBlock.bytesFor(slots, heap);
        long stamps = AccessStamps.bytesFor(slots);
        boolean soon = used > FULL * slots * GROWS_SOON || taken > heap * GROWS_SOON;
        int next = slotsFor(live + 1);
        long grown = ControlBlock.bytesFor(next, 2 * taken) + AccessStamps.bytesFor(next);
        return new Room(bytes, stamps, soon ? Math.max(0, grown - bytes - stamps) : 0);
    }

    /// Moves the live slots to a new block with at least twice the room they need, and makes it the
    /// current one.
    private void rebuild(int keyBytes) throws IOException {
        ControlBlock before = block;
        long[] heap = {keyBytes};
        forEach((key, _) -> heap[0] += key.length);
        long incarnation = settings.generations().getAsLong();
        Path path = temporary(incarnation);
        ControlBlock next = newBlock(incarnation, slotsFor(live + 1), 2 * heap[0]);
        AccessStamps old = stamps;
        AccessStamps moved = AccessStamps.create(directory, incarnation, next.slots().slotCount());
        copyHeader(before, next);
        copySlots(before.slots(), old, next, moved);
        block = next;
        stamps = moved;
        used = live;
        if (uninstalled != null) {
            Files.delete(uninstalled);
            AccessStamps.discard(directory, before.get(ControlLayout.INCARNATION_AT));
            uninstalled = path;
        } else {
            steps.reached(ControlSteps.Step.BLOCK_WRITTEN);
            before.set(ControlLayout.SUPERSEDED_AT, 1);
            steps.reached(ControlSteps.Step.OLD_SUPERSEDED);
            AccessStamps.install(directory, incarnation);
            rename(path);
        }
        before.close();
        old.close();
    }

    private ControlBlock newBlock(long incarnation, int slots, long heapBytes) throws IOException {
        ControlBlock made =
                ControlBlock.create(
                        temporary(incarnation),
                        slots,
                        Math.max(LEAST_HEAP_BYTES, heapBytes),
                        steps);
        made.set(ControlLayout.INCARNATION_AT, incarnation);
        made.set(ControlLayout.FEATURES_AT, settings.features().word());
        MemorySegment bytes = made.bytes();
        long id = ControlLayout.SHELF_ID_AT;
        bytes.set(ControlLayout.LONG_BIG_ENDIAN, id, settings.shelfId().getMostSignificantBits());
        bytes.set(
                ControlLayout.LONG_BIG_ENDIAN,
                id + Long.BYTES,
                settings.shelfId().getLeastSignificantBits());
        made.set(ControlLayout.HEARTBEAT_AT, settings.clock().millis());
        made.set(ControlLayout.OWNER_START_AT, settings.owner().startTime());
        made.set(ControlLayout.OWNER_PID_AT, settings.owner().pid());
        return made;
    }

    private void copyHeader(ControlBlock from, ControlBlock to) {
        to.set(ControlLayout.CHANGES_AT, from.get(ControlLayout.CHANGES_AT));
        to.set(ControlLayout.TABLES_AT, live);
        for (long word = ControlLayout.MEMORY_LIMIT_AT;
                word <= ControlLayout.WRITING_AT;
                word += Long.BYTES) {
            to.set(word, from.get(word));
        }
        to.setAddress(address.getBytes(StandardCharsets.UTF_8));
    }

    private static void copySlots(
            SlotTable from, AccessStamps stamped, ControlBlock to, AccessStamps stamps) {
        SlotTable target = to.slots();
        for (int index = 0; index < from.slotCount(); index++) {
            SlotTable.Entry entry = from.readLive(index);
            if (entry == null) {
                continue;
            }
            KeyHash hash = from.hash(index);
            int free = target.firstSlot(hash);
            while (target.sequence(free) != 0) {
                free = target.following(free);
            }
            Slot slot = entry.slot();
            ControlBlock.Content content =
                    new ControlBlock.Content(slot.generation(), slot.location(), slot.figures());
            stamps.copy(free, stamped, index);
            to.writeLive(free, hash, to.appendKey(entry.key()), entry.key().length, content);
        }
    }

    private void rename(Path from) throws IOException {
        Files.move(
                from, directory.resolve(ControlLayout.FILE_NAME), StandardCopyOption.ATOMIC_MOVE);
        steps.reached(ControlSteps.Step.RENAMED);
    }

    private Path temporary(long incarnation) {
        return directory.resolve("tmp").resolve("control-%016x".formatted(incarnation));
    }

    private static int slotsFor(int tables) {
        long wanted = Math.max(LEAST_SLOTS, 2L * tables);
        if (wanted > MOST_SLOTS) {
            throw new IllegalStateException("too many tables for one shelf: tables=" + tables);
        }
        return Integer.highestOneBit((int) wanted - 1) << 1;
    }

    private static void checkKey(byte[] key) {
        if (key.length == 0 || key.length > ControlLayout.MOST_KEY_BYTES) {
            throw new IllegalArgumentException(
                    "key length is out of range: bytes=%d, most=%d"
                            .formatted(key.length, ControlLayout.MOST_KEY_BYTES));
        }
    }

    /// A place in a key's chain.
    private record Spot(int index, boolean holdsKey, boolean live, boolean fresh) {}

    /// What a control block takes.
    ///
    /// @param blockBytes length of its file
    /// @param stampBytes length of the file of its stamps
    /// @param growthBytes by how much both will grow; 0 where that is far off
    public record Room(long blockBytes, long stampBytes, long growthBytes) {
        /// Nothing.
        public static final Room NONE = new Room(0, 0, 0);

        public Room {
            if (blockBytes < 0 || stampBytes < 0 || growthBytes < 0) {
                throw new IllegalArgumentException(
                        "room is negative: block=%d, stamps=%d, growth=%d"
                                .formatted(blockBytes, stampBytes, growthBytes));
            }
        }
    }
}
