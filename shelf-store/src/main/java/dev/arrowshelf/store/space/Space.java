package dev.arrowshelf.store.space;

import dev.arrowshelf.memory.HostMemory;
import dev.arrowshelf.memory.NoSpaceException;
import dev.arrowshelf.memory.pool.Blank;
import dev.arrowshelf.memory.pool.ColdPages;
import dev.arrowshelf.memory.pool.WarmPool;
import dev.arrowshelf.store.catalog.Pages;
import java.io.IOException;
import java.util.function.LongSupplier;

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

    /// Gives a file with room for `bytes`, warm as far as the pool had pages.
    ///
    /// @throws dev.arrowshelf.store.model.ShelfException `OUT_OF_MEMORY`
    public DraftFile take(long bytes, ColdPages cold) throws IOException {
        long charged = reserve(bytes);
        Blank blank;
        try {
            blank = pool.take(bytes, ColdPages.LEFT_TO_TAKER);
        } catch (IOException | RuntimeException failure) {
            ledger.release(charged);
            throw asOutOfMemory(failure, bytes);
        }
        DraftFile file = new DraftFile(blank, charged);
        try {
            recharge(file);
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
                        && hoped <= ledger.limit().bytes() - ledger.charged();
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
                Math.max(bytes, file.bytes() + Math.min(file.bytes() / 2, GROWTH_LIMIT_BYTES));
        long target = generous;
        if (!ledger.reserve(Pages.of(generous) - file.chargedBytes())) {
            target = bytes;
            reserve(Pages.of(bytes) - file.chargedBytes());
        }
        file.charge(Pages.of(target));
        try {
            file.blank().resize(target, ColdPages.LEFT_TO_TAKER);
            recharge(file);
            makeColdPages(file, cold);
        } catch (IOException | RuntimeException failure) {
            recharge(file);
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

    private long reserve(long bytes) throws IOException {
        long charged = Pages.of(bytes);
        if (!ledger.reserve(charged)) {
            graveyard.sweep();
            boolean charges =
                    ledger.reserve(charged)
                            || roomMaker.awaitRoom(charged, () -> sweepAndReserve(charged));
            if (!charges) {
                throw ledger.outOfMemory(bytes);
            }
        }
        try {
            requireRoomOnHost(charged);
            long excess = ledger.excess();
            // blanks that the put itself will take are not asked back first
            if (excess > charged) {
                pool.releaseForPut(excess - charged);
            }
            return charged;
        } catch (IOException | RuntimeException failure) {
            ledger.release(charged);
            throw failure;
        }
    }

    private boolean sweepAndReserve(long charged) {
        graveyard.sweep();
        return ledger.reserve(charged);
    }

    private void requireRoomOnHost(long charged) {
        long reusable = pool.bytes();
        long room = fileSystemFree.getAsLong();
        if (charged - reusable >= HOST_IS_ASKED_FROM_BYTES) {
            room = Math.min(room, HostMemory.availableBytes());
        }
        if (charged - reusable > room) {
            throw ledger.outOfMemory(charged);
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
