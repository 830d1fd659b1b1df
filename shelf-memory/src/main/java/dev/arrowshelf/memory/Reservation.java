package dev.arrowshelf.memory;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicBoolean;

/// A range of addresses that belongs to one region: counted in the [MappingBudget], given back
/// once.
final class Reservation {
    private final long address;
    private final long bytes;
    private final int mappings;
    private final AtomicBoolean held = new AtomicBoolean(true);

    private Reservation(long address, long bytes, int mappings) {
        this.address = address;
        this.bytes = bytes;
        this.mappings = mappings;
    }

    /// Addresses without memory, aligned like a mapping of that length.
    static Reservation of(long bytes, int mappings) throws IOException {
        MappingBudget.process().acquire(mappings);
        try {
            return new Reservation(reserve(bytes), bytes, mappings);
        } catch (Throwable failure) {
            MappingBudget.process().release(mappings);
            throw failure;
        }
    }

    /// A mapping of the first bytes of a file.
    static Reservation mapped(FileHandle file, long bytes, boolean writable) throws IOException {
        if (bytes >= HugePages.pageBytes()) {
            Reservation reservation = of(bytes, 1);
            try {
                reservation.map(file, 0, bytes, writable);
                return reservation;
            } catch (Throwable failure) {
                reservation.release();
                throw failure;
            }
        }
        MappingBudget.process().acquire(1);
        try {
            long address =
                    NativeAccess.map(
                            0,
                            bytes,
                            protection(writable),
                            NativeAccess.MAP_SHARED,
                            file.descriptor(),
                            0);
            Reservation reservation = new Reservation(address, bytes, 1);
            keepFromChildren(address, bytes, writable);
            return reservation;
        } catch (Throwable failure) {
            MappingBudget.process().release(1);
            throw failure;
        }
    }

    long address() {
        return address;
    }

    long bytes() {
        return bytes;
    }

    void map(FileHandle file, long from, long to, boolean writable) throws IOException {
        mapOver(address, file, from, to, writable);
    }

    /// Maps the bytes from..to of the file over reserved or mapped addresses, beginning at a page.
    static void mapOver(long address, FileHandle file, long from, long to, boolean writable)
            throws IOException {
        long start = from & -NativeAccess.pageBytes();
        long mapped =
                NativeAccess.map(
                        address + start,
                        to - start,
                        protection(writable),
                        NativeAccess.MAP_SHARED | NativeAccess.MAP_FIXED,
                        file.descriptor(),
                        start);
        keepFromChildren(mapped, to - start, writable);
    }

    void release() {
        if (held.compareAndSet(true, false)) {
            NativeAccess.unmap(address, wholePages(bytes));
            MappingBudget.process().release(mappings);
        }
    }

    private static long reserve(long bytes) throws IOException {
        long alignment =
                bytes >= HugePages.pageBytes() ? HugePages.pageBytes() : NativeAccess.pageBytes();
        long wanted = wholePages(bytes);
        long all = Math.addExact(wanted, alignment);
        int flags =
                NativeAccess.MAP_PRIVATE | NativeAccess.MAP_ANONYMOUS | NativeAccess.MAP_NORESERVE;
        long begin = NativeAccess.map(0, all, NativeAccess.PROT_NONE, flags, -1, 0);
        long aligned = (begin + alignment - 1) & -alignment;
        // the slack would cost two more mappings each time
        if (aligned > begin) {
            NativeAccess.unmap(begin, aligned - begin);
        }
        if (begin + all > aligned + wanted) {
            NativeAccess.unmap(aligned + wanted, begin + all - aligned - wanted);
        }
        return aligned;
    }

    /// A forked child would keep the writable mapping and with it the right to change a sealed
    /// file.
    private static void keepFromChildren(long address, long bytes, boolean writable)
            throws IOException {
        if (writable) {
            int errno = NativeAccess.advise(address, wholePages(bytes), NativeAccess.MADV_DONTFORK);
            if (errno != 0) {
                throw NativeAccess.failure(
                        "madvise", errno, "advice=MADV_DONTFORK, bytes=" + bytes);
            }
        }
    }

    private static int protection(boolean writable) {
        return writable ? NativeAccess.PROT_READ | NativeAccess.PROT_WRITE : NativeAccess.PROT_READ;
    }

    private static long wholePages(long bytes) {
        long page = NativeAccess.pageBytes();
        return Math.addExact(bytes, page - 1) & -page;
    }
}
