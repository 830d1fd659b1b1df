package dev.arrowshelf.store.space;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.arrowshelf.memory.ByteSize;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.MemoryUsage;
import dev.arrowshelf.store.model.ShelfException;
import java.util.function.LongSupplier;

/// Every byte of a shelf by what it is used for, and the limit that their sum keeps to. Figures are
/// bytes of pages, see [Pages].
///
/// Thread-safe: each method is one step under the ledger's own monitor. The two suppliers are asked
/// outside of it, since the pool has a lock of its own and asks the ledger for room. Bytes of the
/// pool are not in the ledger's sums: the pool counts them, and gives them back before a put fails.
public final class MemoryLedger {
    private final MemoryLimit limit;
    private final LongSupplier poolBytes;
    private final LongSupplier fileSystemFree;
    private final LongSupplier spilledBytes;

    @GuardedBy("this")
    private long resident;

    @GuardedBy("this")
    private long writing;

    @GuardedBy("this")
    private long unlinked;

    /// Begins with nothing.
    ///
    /// @param poolBytes what the warm pool holds now
    /// @param fileSystemFree free bytes of the file system that holds the shelf
    public MemoryLedger(MemoryLimit limit, LongSupplier poolBytes, LongSupplier fileSystemFree) {
        this(limit, poolBytes, fileSystemFree, () -> 0);
    }

    /// Begins with nothing.
    ///
    /// @param spilledBytes bytes on disk, which are reported and not limited
    public MemoryLedger(
            MemoryLimit limit,
            LongSupplier poolBytes,
            LongSupplier fileSystemFree,
            LongSupplier spilledBytes) {
        this.spilledBytes = spilledBytes;
        this.limit = limit;
        this.poolBytes = poolBytes;
        this.fileSystemFree = fileSystemFree;
    }

    /// Returns the limit in force.
    public MemoryLimit limit() {
        return limit;
    }

    /// Charges bytes that are about to be written, if the limit allows them when the pool gives
    /// way; see [#excess].
    public synchronized boolean reserve(long bytes) {
        if (bytes > limit.bytes() - resident - writing - unlinked) {
            return false;
        }
        writing += bytes;
        return true;
    }

    /// Returns by how much the shelf with its pool is above the limit; 0 when it is not.
    public long excess() {
        long pool = poolBytes.getAsLong();
        return Math.max(0, charged() + pool - limit.bytes());
    }

    /// Returns whether the pool may grow by this many bytes.
    public boolean hasRoomForPool(long bytes) {
        return bytes <= limit.bytes() - charged() - poolBytes.getAsLong()
                && bytes <= fileSystemFree.getAsLong();
    }

    /// Returns what counts against the limit beside the pool, which gives way.
    public synchronized long charged() {
        return resident + writing + unlinked;
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
        long pool = poolBytes.getAsLong();
        long free = fileSystemFree.getAsLong();
        long spilled = spilledBytes.getAsLong();
        synchronized (this) {
            return new MemoryUsage(
                    limit.bytes(),
                    resident,
                    writing,
                    pool,
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

    private static String size(long bytes) {
        return new ByteSize(Math.max(0, bytes)).toString();
    }
}
