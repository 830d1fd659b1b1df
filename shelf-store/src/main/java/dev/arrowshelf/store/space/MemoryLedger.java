package dev.arrowshelf.store.space;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.arrowshelf.memory.ByteSize;
import dev.arrowshelf.memory.control.ControlWriter;
import dev.arrowshelf.memory.pool.PoolAccount;
import dev.arrowshelf.store.directory.Pages;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.MemoryUsage;
import dev.arrowshelf.store.model.ShelfException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Every byte of a shelf by what it is used for, and the limit that their sum keeps to. Figures are
/// bytes of pages, see [Pages].
///
/// Thread-safe: each method is one step under the ledger's own monitor, under which nobody else is
/// called. Bytes of the pool are counted here too, and give way to puts: a put may be charged bytes
/// that the pool still has, which are *promised* to it and count once, until it has taken a blank
/// or the pool has shrunk. So the sum never passes the limit, whenever it is looked at.
///
/// What grows beside puts (descriptors, the control block) is not asked first: puts leave room for
/// it.
public final class MemoryLedger {
    private static final int LEFT_SHIFT = 8;
    private static final long MOST_LEFT_BYTES = 1L << 20;

    private final MemoryLimit limit;
    private final long most;
    private final LongSupplier fileSystemFree;
    private final LongSupplier spilledBytes;

    @GuardedBy("this")
    private ControlWriter.Room control = ControlWriter.Room.NONE;

    @GuardedBy("this")
    private long pool;

    @GuardedBy("this")
    private long promised;

    @GuardedBy("this")
    private long resident;

    @GuardedBy("this")
    private long writing;

    @GuardedBy("this")
    private long unlinked;

    /// Begins with nothing.
    ///
    /// @param fileSystemFree free bytes of the file system that holds the shelf
    /// @param spilledBytes bytes on disk, which are reported and not limited
    public MemoryLedger(MemoryLimit limit, LongSupplier fileSystemFree, LongSupplier spilledBytes) {
        this.limit = limit;
        this.most = limit.bytes() - Math.min(MOST_LEFT_BYTES, limit.bytes() >> LEFT_SHIFT);
        this.fileSystemFree = fileSystemFree;
        this.spilledBytes = spilledBytes;
    }

    /// Returns the limit in force.
    public MemoryLimit limit() {
        return limit;
    }

    /// Returns the most that a put alone could be charged.
    public synchronized long grantable() {
        return Math.max(0, most - control.growthBytes());
    }

    /// Counts the control block, and has puts leave the room for its growth, which is asked for
    /// nowhere when it comes.
    public synchronized void control(ControlWriter.Room now) {
        resident += pages(now) - pages(control);
        control = now;
    }

    private static long pages(ControlWriter.Room room) {
        return Pages.of(room.blockBytes()) + Pages.of(room.stampBytes());
    }

    /// Charges bytes that are about to be written, if the limit allows them when the pool gives
    /// way; null when it does not. See [#excess].
    synchronized @Nullable Reservation reserve(long bytes) {
        if (bytes > grantable() - charged()) {
            return null;
        }
        long over = Math.max(0, charged() + pool - promised() + bytes - grantable());
        writing += bytes;
        promised += over;
        return new Reservation(bytes, over);
    }

    /// A put took a blank out of the pool, which may be larger than what it was charged.
    synchronized void taken(Reservation reservation, long blankBytes) {
        long kept = Math.min(reservation.promised(), blankBytes);
        long more = Math.max(0, blankBytes - reservation.bytes());
        pool -= blankBytes;
        promised -= kept;
        writing += more;
        reservation.change(reservation.bytes() + more, reservation.promised() - kept);
    }

    /// Ends what the pool promised: the put has its file, and the pool has shrunk as far as it had
    /// to. The charge stays.
    synchronized void settlePromise(Reservation reservation) {
        promised -= reservation.promised();
        reservation.change(reservation.bytes(), 0);
    }

    /// Ends a charge: nothing came of it.
    synchronized void cancel(Reservation reservation) {
        promised -= reservation.promised();
        writing -= reservation.bytes();
        reservation.change(0, 0);
    }

    /// Returns by how much the shelf with its pool is above the limit; 0 when it is not.
    public synchronized long excess() {
        return Math.max(0, charged() + pool - grantable());
    }

    /// What the pool has and puts are charged already; no more than is above the limit, since the
    /// pool may have given way by other means.
    @GuardedBy("this")
    private long promised() {
        return Math.min(promised, excess());
    }

    /// Returns who counts the pool's bytes.
    public PoolAccount poolAccount() {
        return new OfPool();
    }

    private synchronized boolean growPool(long bytes) {
        if (bytes > grantable() - charged() - pool + promised()) {
            return false;
        }
        pool += bytes;
        return true;
    }

    private synchronized void addPool(long bytes) {
        pool += bytes;
    }

    /// The pages of a withdrawn file belong to the pool from now on.
    synchronized void pooled(long bytes) {
        unlinked -= bytes;
        pool += bytes;
    }

    /// Returns what counts against the limit beside the pool, which gives way.
    public synchronized long charged() {
        return resident + writing + unlinked;
    }

    /// Returns what is withdrawn and perhaps still mapped.
    public synchronized long unlinked() {
        return unlinked;
    }

    /// Ends a charge: nothing came of it.
    public synchronized void release(long writingBytes) {
        writing -= writingBytes;
    }

    /// Turns what was being written into what stays.
    public synchronized void settle(long writingBytes, long residentBytes) {
        writing -= writingBytes;
        resident += residentBytes;
    }

    /// Counts what was found at start, or takes it off.
    public synchronized void addResident(long bytes) {
        resident += bytes;
    }

    /// Counts withdrawn files that were found at start.
    public synchronized void addUnlinked(long bytes) {
        unlinked += bytes;
    }

    /// Turns what stayed into what is withdrawn, and perhaps still mapped.
    public synchronized void withdraw(long bytes) {
        resident -= bytes;
        unlinked += bytes;
    }

    /// Turns what was being written into what is given up, and still mapped by its writer.
    public synchronized void abandon(long bytes) {
        writing -= bytes;
        unlinked += bytes;
    }

    /// Ends the charge of a withdrawn file: its pages are free, or belong to the pool.
    public synchronized void free(long bytes) {
        unlinked -= bytes;
    }

    /// Returns all figures.
    public MemoryUsage usage() {
        long free = fileSystemFree.getAsLong();
        long spilled = spilledBytes.getAsLong();
        synchronized (this) {
            return new MemoryUsage(
                    limit.bytes(),
                    resident,
                    writing,
                    pool - promised(),
                    unlinked,
                    spilled,
                    free,
                    limit.reason());
        }
    }

    /// Makes the error of a put that does not fit, with the numbers that decide it.
    public ShelfException outOfMemory(long wantedBytes) {
        MemoryUsage usage = usage();
        return new ShelfException(
                ErrorCode.OUT_OF_MEMORY,
                "shelf is full: wanted=%s, resident=%s, writing=%s, unlinked=%s, pool=%s, limit=%s (%s), free=%s"
                        .formatted(
                                size(wantedBytes),
                                size(usage.resident()),
                                size(usage.writing()),
                                size(usage.unlinked()),
                                size(usage.pool()),
                                size(usage.limit()),
                                limit.reason(),
                                size(usage.fileSystemFree())));
    }

    /// Makes the error of a table that is larger than the limit.
    ShelfException tooLarge(long wantedBytes) {
        return new ShelfException(
                ErrorCode.OUT_OF_MEMORY,
                "table is larger than the shelf: wanted=%s, most=%s, limit=%s (%s), setAside=%s (for the catalogue's growth and descriptors)"
                        .formatted(
                                size(wantedBytes),
                                size(grantable()),
                                size(limit.bytes()),
                                limit.reason(),
                                size(limit.bytes() - grantable())));
    }

    private static String size(long bytes) {
        return new ByteSize(Math.max(0, bytes)).toString();
    }

    private final class OfPool implements PoolAccount {
        @Override
        public boolean grow(long bytes) {
            return bytes <= fileSystemFree.getAsLong() && growPool(bytes);
        }

        @Override
        public void add(long bytes) {
            addPool(bytes);
        }

        @Override
        public void shrink(long bytes) {
            addPool(-bytes);
        }
    }
}
