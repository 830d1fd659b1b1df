package dev.arrowshelf.store.space;

import dev.arrowshelf.memory.HostMemory;
import dev.arrowshelf.memory.NoSpaceException;
import dev.arrowshelf.memory.pool.Blank;
import dev.arrowshelf.memory.pool.ColdPages;
import dev.arrowshelf.memory.pool.WarmPool;
import dev.arrowshelf.store.directory.Pages;
import java.io.IOException;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Hands out files for puts, charged to the memory limit before a page of them exists.
///
/// Thread-safe; no locks of its own. Before a put fails the pool gives its pages back and withdrawn
/// segments are looked at once more.
public final class Space {
    private static final long HOST_IS_ASKED_FROM_BYTES = 64L << 20;
    private static final long GROWTH_LIMIT_BYTES = 256L << 20;

    private final MemoryLedger ledger;
    private final WarmPool pool;
    private final Graveyard graveyard;
    private final LongSupplier fileSystemFree;
    private final boolean populates;
    private volatile RoomMaker roomMaker = RoomMaker.NONE;

    /// @param populates whether writers may fault pages in themselves; otherwise every file is
    ///   allocated here
    public Space(
            MemoryLedger ledger,
            WarmPool pool,
            Graveyard graveyard,
            LongSupplier fileSystemFree,
            boolean populates) {
        this.ledger = ledger;
        this.pool = pool;
        this.graveyard = graveyard;
        this.fileSystemFree = fileSystemFree;
        this.populates = populates;
    }

    /// Has puts that do not fit wait for room.
    public void setRoomMaker(RoomMaker maker) {
        roomMaker = maker;
    }

    /// Refuses a table that does not fit even where it is alone: nothing that leaves makes room.
    ///
    /// @throws dev.arrowshelf.store.model.ShelfException `OUT_OF_MEMORY`
    public void requireLessThanAll(long bytes) {
        if (bytes > ledger.grantable()) {
            throw ledger.tooLarge(bytes);
        }
    }

    /// Gives a file with room for `bytes`, warm as far as the pool had pages.
    ///
    /// @throws dev.arrowshelf.store.model.ShelfException `OUT_OF_MEMORY`
    public DraftFile take(long bytes, ColdPages cold) throws IOException {
        return takePatiently(bytes, cold, Long.MAX_VALUE);
    }

    /// Gives a file likewise, and waits no longer than that for room.
    ///
    /// @throws dev.arrowshelf.store.model.ShelfException `OUT_OF_MEMORY`
    public DraftFile takePatiently(long bytes, ColdPages cold, long mostNanos) throws IOException {
        Reservation reserved = reserve(bytes, Blank.roundedSize(bytes), mostNanos);
        Blank blank;
        try {
            blank =
                    pool.take(
                            bytes,
                            ColdPages.LEFT_TO_TAKER,
                            pooled -> ledger.taken(reserved, pooled));
        } catch (IOException | RuntimeException failure) {
            ledger.cancel(reserved);
            throw asOutOfMemory(failure, bytes);
        }
        DraftFile file = new DraftFile(blank, reserved.bytes());
        try {
            fit(file, reserved, bytes);
            makeColdPages(file, cold);
            return file;
        } catch (IOException | RuntimeException failure) {
            giveBack(file);
            throw asOutOfMemory(failure, bytes);
        }
    }

    /// Gives a file with room for `bytes`, and for `hoped` where nobody has to give way for it: a
    /// put that does not say how large it becomes begins with warm pages then. What it does not
    /// need is cut off when it is sealed.
    ///
    /// @throws dev.arrowshelf.store.model.ShelfException `OUT_OF_MEMORY`
    public DraftFile take(long bytes, long hoped, ColdPages cold) throws IOException {
        boolean free =
                cold == ColdPages.LEFT_TO_TAKER
                        && hoped <= pool.bytes()
                        && hoped <= ledger.grantable() - ledger.charged();
        return take(free ? Math.max(bytes, hoped) : bytes, cold);
    }

    /// Keeps the pool from preparing pages until what is returned is closed, for a while at most.
    public WarmPool.Hold holdPool() {
        return pool.hold();
    }

    /// Makes a file hold at least `bytes`; by half as much again when that is to be had, since a
    /// writer that appends comes again.
    ///
    /// @throws dev.arrowshelf.store.model.ShelfException `OUT_OF_MEMORY`; the file is as before
    public void grow(DraftFile file, long bytes, ColdPages cold) throws IOException {
        if (bytes <= file.bytes()) {
            return;
        }
        long generous =
                Blank.roundedSize(
                        Math.max(
                                bytes,
                                file.bytes() + Math.min(file.bytes() / 2, GROWTH_LIMIT_BYTES)));
        long had = file.chargedBytes();
        Reservation more =
                reserve(Math.max(0, bytes - had), Math.max(0, generous - had), Long.MAX_VALUE);
        file.charge(had + more.bytes());
        long target = Math.max(bytes, Math.min(generous, file.chargedBytes()));
        try {
            file.blank().resize(target, ColdPages.LEFT_TO_TAKER);
            fit(file, more, target);
            makeColdPages(file, cold);
        } catch (IOException | RuntimeException failure) {
            fit(file, more, file.bytes());
            throw asOutOfMemory(failure, bytes);
        }
    }

    /// Cuts a file that is longer than its content needs.
    public void cut(DraftFile file, long bytes) throws IOException {
        if (bytes < file.bytes()) {
            file.blank().resize(bytes, ColdPages.LEFT_TO_TAKER);
            recharge(file);
        }
    }

    /// Ends a file that becomes no table. Who still has it mapped is waited for in the background.
    public void giveBack(DraftFile file) {
        file.blank().close();
        ledger.abandon(file.chargedBytes());
        graveyard.add(file.path(), file.chargedBytes(), Graveyard.Fate.REUSED);
    }

    /// Ends a file whose writer did not let go: its pages are never used again.
    public void discard(DraftFile file) {
        file.blank().close();
        ledger.abandon(file.chargedBytes());
        graveyard.add(file.path(), file.chargedBytes(), Graveyard.Fate.FREED);
    }

    /// Turns the errors of a full file system into the shelf's own.
    public RuntimeException full(NoSpaceException cause, long wantedBytes) {
        RuntimeException error = ledger.outOfMemory(wantedBytes);
        error.initCause(cause);
        return error;
    }

    /// Charges `generous` bytes where they are to be had at once, else `bytes`, for which it waits.
    private Reservation reserve(long bytes, long generous, long mostNanos) throws IOException {
        Reservation reserved = ledger.reserve(Pages.of(generous));
        if (reserved != null && generous > bytes && !hasRoomOnHost(reserved.bytes())) {
            ledger.cancel(reserved);
            reserved = null;
        }
        if (reserved == null) {
            reserved = reserveWaiting(bytes, mostNanos);
        }
        try {
            if (!hasRoomOnHost(reserved.bytes())) {
                throw ledger.outOfMemory(bytes);
            }
            long excess = ledger.excess();
            // blanks that the put itself will take are not asked back first
            if (excess > reserved.bytes()) {
                pool.releaseForPut(excess - reserved.bytes());
            }
            return reserved;
        } catch (IOException | RuntimeException failure) {
            ledger.cancel(reserved);
            throw failure;
        }
    }

    private Reservation reserveWaiting(long bytes, long mostNanos) {
        Attempt attempt = new Attempt(Pages.of(bytes));
        if (!attempt.getAsBoolean()) {
            roomMaker.awaitRoom(Pages.of(bytes), mostNanos, attempt);
        }
        Reservation made = attempt.made;
        if (made == null) {
            throw ledger.outOfMemory(bytes);
        }
        return made;
    }

    /// Looks at withdrawn files, and tries again to charge.
    private final class Attempt implements BooleanSupplier {
        private final long bytes;
        private @Nullable Reservation made;

        Attempt(long bytes) {
            this.bytes = bytes;
        }

        @Override
        public boolean getAsBoolean() {
            graveyard.sweep();
            made = ledger.reserve(bytes);
            return made != null;
        }
    }

    private boolean hasRoomOnHost(long charged) {
        long reusable = pool.bytes();
        long room = fileSystemFree.getAsLong();
        if (charged - reusable >= HOST_IS_ASKED_FROM_BYTES) {
            room = Math.min(room, HostMemory.availableBytes());
        }
        return charged - reusable <= room;
    }

    /// Brings the file and its charge together, with the pool out of the way.
    private void fit(DraftFile file, Reservation reserved, long least) throws IOException {
        try {
            if (Pages.of(file.bytes()) > file.chargedBytes()) {
                // no room for the step that blanks are rounded up to
                file.blank().resize(least, ColdPages.LEFT_TO_TAKER);
            }
            recharge(file);
        } finally {
            ledger.settlePromise(reserved);
        }
    }

    /// Charges what the file's length really is, and has the pool give way for it.
    private void recharge(DraftFile file) throws IOException {
        long charged = Pages.of(file.bytes());
        ledger.release(file.chargedBytes() - charged);
        file.charge(charged);
        long excess = ledger.excess();
        if (excess > 0) {
            pool.releaseForPut(excess);
        }
    }

    private void makeColdPages(DraftFile file, ColdPages cold) throws IOException {
        long missing = file.bytes() - file.warmBytes();
        if (missing <= 0 || (populates && cold == ColdPages.LEFT_TO_TAKER)) {
            return;
        }
        try {
            file.handle().allocate(file.warmBytes(), missing);
        } catch (NoSpaceException full) {
            if (pool.releaseForPut(missing) == 0) {
                throw full;
            }
            file.handle().allocate(file.warmBytes(), missing);
        }
        file.allPagesPresent();
    }

    private RuntimeException asOutOfMemory(Exception failure, long bytes) throws IOException {
        switch (failure) {
            case NoSpaceException full -> throw full(full, bytes);
            case IOException other -> throw other;
            case RuntimeException other -> throw other;
            default -> throw new IllegalStateException(failure);
        }
    }
}
