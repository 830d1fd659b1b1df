package dev.arrowshelf.memory;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/// A file mapped into this process, at a huge page boundary when it is at least one huge page long.
///
/// Any thread may read; the caller orders `extend`, `becomeReadOnly` and `close` against each
/// other. The region owns its [Arena], shared but for [#mapForThisThread]: [#segment] and all
/// slices of it end with [#close], and using them afterwards throws [IllegalStateException].
/// Addresses handed to native code carry no such check. A region never reaches past the end of its
/// file, so touching it finds a page or makes one; writing to a part of the file that has no pages
/// must go through [#populate] first, or a full file system kills the process.
public final class Region implements AutoCloseable {
    private final Arena arena;
    private final AtomicBoolean open = new AtomicBoolean(true);
    private final long address;
    private final MemorySegment reserved;
    private final @Nullable FileHandle growing;
    private volatile MemorySegment segment;

    private Region(
            Reservation reservation,
            Arena arena,
            long bytes,
            boolean writable,
            @Nullable FileHandle growing) {
        this.arena = arena;
        this.address = reservation.address();
        this.reserved =
                NativeAccess.segment(address, reservation.bytes(), arena, reservation::release);
        this.growing = growing;
        MemorySegment visible = reserved.asSlice(0, bytes);
        this.segment = writable ? visible : visible.asReadOnly();
    }

    /// Maps the first bytes of a file for reading.
    ///
    /// @throws NoSpaceException when this process has no mapping left
    public static Region mapReadOnly(FileHandle file, long bytes) throws IOException {
        return map(file, bytes, file.size(), false, Arena.ofShared());
    }

    /// Maps the first bytes of a file for reading by the calling thread alone, which also closes
    /// it: no other thread is asked then, and closing takes a microsecond instead of a handshake
    /// with all of them.
    public static Region mapForThisThread(FileHandle file, long bytes) throws IOException {
        return map(file, bytes, file.size(), false, Arena.ofConfined());
    }

    /// Opens a file, maps all of it for reading, and closes the descriptor. Fails like
    /// [FileHandle#openReadOnly].
    public static Region mapReadOnly(Path path) throws IOException {
        try (FileHandle file = FileHandle.openReadOnly(path)) {
            long bytes = file.size();
            if (bytes == 0) {
                throw new ForeignFileException("file is empty", path, "");
            }
            return map(file, bytes, bytes, false, Arena.ofShared());
        }
    }

    /// Maps the first bytes of a file for reading and writing, shared with every process but forked
    /// children.
    public static Region mapWritable(FileHandle file, long bytes) throws IOException {
        return map(file, bytes, file.size(), true, Arena.ofShared());
    }

    /// Reserves addresses for a file that grows in place, and maps what the file has now for
    /// reading and writing.
    public static Region reserveWritable(FileHandle file, long maxBytes) throws IOException {
        long bytes = file.size();
        checkBytes(bytes, maxBytes, file);
        Reservation reservation = Reservation.of(maxBytes, 2);
        try {
            reservation.map(file, 0, bytes, true);
            return new Region(reservation, Arena.ofShared(), bytes, true, file);
        } catch (Throwable failure) {
            reservation.release();
            throw failure;
        }
    }

    private static Region map(
            FileHandle file, long bytes, long fileBytes, boolean writable, Arena arena)
            throws IOException {
        checkBytes(bytes, fileBytes, file);
        Reservation reservation = Reservation.mapped(file, bytes, writable);
        return new Region(reservation, arena, bytes, writable, null);
    }

    private static void checkBytes(long bytes, long limit, FileHandle file) {
        if (bytes <= 0 || bytes > limit) {
            throw new IllegalArgumentException(
                    "mapping must lie within its file: bytes=%d, limit=%d, path=%s"
                            .formatted(bytes, limit, file.path()));
        }
    }

    /// The mapped bytes; read-only when the region is.
    public MemorySegment segment() {
        if (!open.getPlain()) {
            throw new IllegalStateException("region is closed");
        }
        return segment;
    }

    /// Where the mapping begins in this process.
    public long address() {
        return address;
    }

    /// How many bytes are mapped.
    public long byteSize() {
        return segment().byteSize();
    }

    /// Maps what the file grew by, at the addresses that follow. Earlier segments stay valid.
    public void extend(long newBytes) throws IOException {
        FileHandle file = growing;
        if (file == null) {
            throw new IllegalStateException(
                    "region was not reserved for growth: bytes=" + byteSize());
        }
        long mapped = byteSize();
        checkBytes(newBytes, Math.min(reserved.byteSize(), file.size()), file);
        if (newBytes > mapped) {
            Reservation.mapOver(address, file, mapped, newBytes, true);
            segment = reserved.asSlice(0, newBytes);
        }
    }

    /// Replaces the writable mapping by a read-only one of the same file at the same addresses:
    /// views keep reading.
    ///
    /// Writing through an older view or a raw address afterwards ends the process.
    public void becomeReadOnly(FileHandle readOnly) throws IOException {
        long bytes = byteSize();
        checkBytes(bytes, readOnly.size(), readOnly);
        Reservation.mapOver(address, readOnly, 0, bytes, false);
        segment = segment.asReadOnly();
    }

    /// Makes the pages of a range exist, as huge pages where the file system lets us; bytes already
    /// there stay.
    ///
    /// @throws NoSpaceException when the file system or the memory is full
    public void populate(long offset, long bytes) throws IOException {
        Objects.checkFromIndexSize(offset, bytes, byteSize());
        HugePages.populate(address, offset, bytes);
    }

    /// Ends the mapping; the second call does nothing. No thread sees the bytes any more when this
    /// returns.
    @Override
    public void close() {
        if (open.compareAndSet(true, false)) {
            arena.close();
        }
    }

    /// A range of addresses that belongs to one region: counted in the [MappingBudget], given back
    /// once.
    private static final class Reservation {
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
        static Reservation mapped(FileHandle file, long bytes, boolean writable)
                throws IOException {
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

        /// Maps the bytes from..to of the file over reserved or mapped addresses, beginning at a
        /// page.
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
                    bytes >= HugePages.pageBytes()
                            ? HugePages.pageBytes()
                            : NativeAccess.pageBytes();
            long wanted = wholePages(bytes);
            long all = Math.addExact(wanted, alignment);
            int flags =
                    NativeAccess.MAP_PRIVATE
                            | NativeAccess.MAP_ANONYMOUS
                            | NativeAccess.MAP_NORESERVE;
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
                int errno =
                        NativeAccess.advise(address, wholePages(bytes), NativeAccess.MADV_DONTFORK);
                if (errno != 0) {
                    throw NativeAccess.failure(
                            "madvise", errno, "advice=MADV_DONTFORK, bytes=" + bytes);
                }
            }
        }

        private static int protection(boolean writable) {
            return writable
                    ? NativeAccess.PROT_READ | NativeAccess.PROT_WRITE
                    : NativeAccess.PROT_READ;
        }

        private static long wholePages(long bytes) {
            long page = NativeAccess.pageBytes();
            return Math.addExact(bytes, page - 1) & -page;
        }
    }
}
