package dev.arrowshelf.memory.control;

import static dev.arrowshelf.memory.control.ControlLayout.LONG;
import static dev.arrowshelf.memory.control.ControlLayout.WORD;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.arrowshelf.memory.ForeignFileException;
import dev.arrowshelf.memory.owner.ProcessIdentity;
import dev.arrowshelf.memory.stamp.AccessStamps;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.jspecify.annotations.Nullable;

/// One control block as a reader sees it: keys to slots, without asking anybody.
///
/// Thread-safe. A reader of a superseded block still answers, from what the block held last;
/// [ControlView] moves on to the next one. After `close` every method throws
/// [IllegalStateException].
public final class ControlReader implements AutoCloseable {
    private static final long HEARTBEAT_COUNTS_MILLIS = 5_000;
    private static final int LEAST_HINTS = 1 << 10;
    private static final int MOST_HINTS = 1 << 16;
    private static final int WAYS = 4;
    private static final int SPREAD = 0x9E3779B9;

    private final Path directory;
    private final InstantSource clock;
    private final Mapping mapping;
    private final MemorySegment block;
    private final SlotTable slots;
    private final AtomicIntegerArray hints;
    private volatile @Nullable AccessStamps stamps;

    @GuardedBy("this")
    private boolean stampsTried;

    private ControlReader(Path directory, InstantSource clock, Mapping mapping) {
        this.directory = directory;
        this.clock = clock;
        this.mapping = mapping;
        this.block = mapping.block();
        this.slots = new SlotTable(block);
        this.hints =
                new AtomicIntegerArray(Math.clamp(2L * slots.slotCount(), LEAST_HINTS, MOST_HINTS));
    }

    /// Gets called for each table; it must not wait.
    @FunctionalInterface
    public interface Visitor {
        void visit(byte[] key, Slot slot);
    }

    /// Maps the block that has the name `control` in this directory now.
    ///
    /// @throws java.nio.file.NoSuchFileException when there is no shelf
    /// @throws dev.arrowshelf.memory.ForeignFileException when it is no control block of this
    ///   version
    public static ControlReader open(Path directory) throws IOException {
        return open(directory, InstantSource.system());
    }

    static ControlReader open(Path directory, InstantSource clock) throws IOException {
        Path path = directory.resolve(ControlLayout.FILE_NAME);
        Mapping mapping = Mapping.open(path);
        try {
            ControlLayout.validate(mapping.block(), path);
            return new ControlReader(directory, clock, mapping);
        } catch (Throwable failure) {
            mapping.close();
            throw failure;
        }
    }

    /// Whether another block has taken the name `control`, or is about to.
    public boolean isSuperseded() {
        return (long) WORD.getAcquire(block, ControlLayout.SUPERSEDED_AT) != 0;
    }

    /// The live slot of a key, or null. A key that was found before is found without hashing or
    /// allocating but the result.
    ///
    /// @throws CatalogueBusyException when a slot stays unstable while its owner lives
    public @Nullable Slot find(byte[] key) throws CatalogueBusyException {
        int hash = Arrays.hashCode(key) * SPREAD;
        int set = ((hash >>> Short.SIZE) * WAYS) & (hints.length() - 1);
        for (int way = 0; way < WAYS; way++) {
            int remembered = hints.getPlain(set + way) - 1;
            Slot slot = remembered < 0 ? null : slots.readLive(remembered, key);
            if (slot != null) {
                return slot;
            }
        }
        Slot slot = search(key);
        if (slot != null) {
            remember(set, hash, slot.index());
        }
        return slot;
    }

    /// The sequence of a slot now, in one load with acquire: while it equals a [Slot]'s, that slot
    /// is true.
    public long sequence(int index) {
        return slots.sequence(index);
    }

    /// Shows every live table with its key, in no order; tables that come or go meanwhile may be
    /// missed.
    public void forEach(Visitor visitor) throws CatalogueBusyException {
        for (int index = 0; index < slots.slotCount(); index++) {
            if (slots.sequence(index) == 0) {
                continue; // never written: nothing to look at, no checksum to compute
            }
            SlotTable.Entry entry = settled(index);
            if (entry != null) {
                visitor.visit(entry.key(), entry.slot());
            }
        }
    }

    /// Everything in the block's head.
    public ControlHeader header() {
        return ControlHeader.read(block);
    }

    /// What the owner found the directory to offer.
    public ShelfFeatures features() {
        return ShelfFeatures.ofWord(block.get(LONG, ControlLayout.FEATURES_AT));
    }

    /// Counts publications and withdrawals.
    public long changes() {
        return (long) WORD.getAcquire(block, ControlLayout.CHANGES_AT);
    }

    /// The generation taken for this control file.
    public long incarnation() {
        return block.get(LONG, ControlLayout.INCARNATION_AT);
    }

    /// Whether the process that owns the shelf runs, seen from here.
    public boolean ownerAlive() {
        ProcessIdentity owner = ControlHeader.ownerOf(block);
        if (owner.isAlive()) {
            return true;
        }
        long heartbeat = (long) WORD.getOpaque(block, ControlLayout.HEARTBEAT_AT);
        return owner.pid() != 0
                && clock.millis() - heartbeat < HEARTBEAT_COUNTS_MILLIS
                && daemonAnswers();
    }

    /// When tables were used and how long they live, by slot; null where there are no stamps for
    /// this block, or this user may not write them.
    public @Nullable AccessStamps stamps() {
        AccessStamps known = stamps;
        return known == null ? openStamps() : known;
    }

    private synchronized @Nullable AccessStamps openStamps() {
        if (!stampsTried) {
            stampsTried = true;
            stamps = AccessStamps.open(directory, incarnation(), slots.slotCount());
        }
        return stamps;
    }

    /// Ends the mapping; the second call does nothing.
    @Override
    public void close() {
        mapping.close();
        synchronized (this) {
            stampsTried = true;
            AccessStamps opened = stamps;
            stamps = null;
            if (opened != null) {
                opened.close();
            }
        }
    }

    /// Notes where a key was found; any thread may overwrite it, since a hint is only a place to
    /// look first.
    private void remember(int set, int hash, int index) {
        int way = hash & (WAYS - 1);
        for (int candidate = 0; candidate < WAYS; candidate++) {
            way = hints.getPlain(set + candidate) == 0 ? candidate : way;
        }
        hints.setPlain(set + way, index + 1);
    }

    private @Nullable Slot search(byte[] key) throws CatalogueBusyException {
        KeyHash hash = KeyHash.of(key);
        int index = slots.firstSlot(hash);
        for (int step = 0; step < slots.slotCount(); step++, index = slots.following(index)) {
            switch (settledGlance(index, hash, key)) {
                case NEVER_USED, WITHDRAWN -> {
                    return null;
                }
                case LIVE -> {
                    return liveOrGone(index, hash, key);
                }
                case OTHER_KEY, UNSTABLE -> {}
            }
        }
        return null;
    }

    private @Nullable Slot liveOrGone(int index, KeyHash hash, byte[] key)
            throws CatalogueBusyException {
        Patience patience = patience();
        while (true) {
            Slot slot = slots.readLive(index, key);
            if (slot != null) {
                return slot;
            }
            SlotTable.Glance glance = slots.glance(index, hash, key);
            boolean gone = glance != SlotTable.Glance.LIVE && glance != SlotTable.Glance.UNSTABLE;
            if (gone || !patience.again()) {
                return null;
            }
        }
    }

    private SlotTable.Glance settledGlance(int index, KeyHash hash, byte[] key)
            throws CatalogueBusyException {
        SlotTable.Glance glance = slots.glance(index, hash, key);
        if (glance != SlotTable.Glance.UNSTABLE) {
            return glance;
        }
        Patience patience = patience();
        while (glance == SlotTable.Glance.UNSTABLE && patience.again()) {
            glance = slots.glance(index, hash, key);
        }
        return glance;
    }

    private SlotTable.@Nullable Entry settled(int index) throws CatalogueBusyException {
        Patience patience = null;
        while (true) {
            SlotTable.Entry entry = slots.readLive(index);
            if (entry != null || slots.isSettledWithoutTable(index)) {
                return entry;
            }
            patience = patience == null ? patience() : patience;
            if (!patience.again()) {
                return null;
            }
        }
    }

    private Patience patience() {
        return new Patience("slot stays unstable", this::ownerAlive);
    }

    private boolean daemonAnswers() {
        try (SocketChannel socket = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            return socket.connect(UnixDomainSocketAddress.of(directory.resolve("shelf.sock")));
        } catch (IOException
                | IllegalArgumentException
                | UnsupportedOperationException _) { // nobody listens
            return false;
        }
    }

    /// A control file mapped for reading, by way of java.nio: linking the first system call of this
    /// room takes longer than all the rest of a command that only looks something up.
    ///
    /// Any thread may read. The mapping owns its arena; [#block] ends with [#close].
    private static final class Mapping implements AutoCloseable {
        private final Arena arena = Arena.ofShared();
        private final AtomicBoolean open = new AtomicBoolean(true);
        private final MemorySegment block;

        private Mapping(Path path) throws IOException {
            try (FileChannel file =
                    FileChannel.open(
                            path, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS))) {
                long bytes = file.size();
                if (bytes == 0) {
                    throw new ForeignFileException("file is empty", path, "");
                }
                block = file.map(MapMode.READ_ONLY, 0, bytes, arena);
            } catch (Throwable failure) {
                arena.close();
                throw failure;
            }
        }

        /// Maps all of a file.
        ///
        /// @throws java.nio.file.NoSuchFileException when there is none
        /// @throws ForeignFileException when it is not a regular file of this user
        static Mapping open(Path path) throws IOException {
            // Looked at before it is opened: opening a pipe would wait for its writer. Only this
            // user
            // can put another file there meanwhile.
            if (!Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
                if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
                    throw new NoSuchFileException(path.toString());
                }
                throw new ForeignFileException("not a regular file", path, "");
            }
            Object user = Files.getAttribute(path, "unix:uid", LinkOption.NOFOLLOW_LINKS);
            Object ours = Files.getAttribute(Path.of("/proc/self"), "unix:uid");
            if (!Objects.equals(user, ours)) {
                throw new ForeignFileException(
                        "file belongs to another user", path, "uid=" + user + ", ours=" + ours);
            }
            return new Mapping(path);
        }

        /// The mapped bytes, read-only.
        MemorySegment block() {
            return block;
        }

        /// Ends the mapping; the second call does nothing.
        @Override
        public void close() {
            if (open.compareAndSet(true, false)) {
                arena.close();
            }
        }
    }
}
